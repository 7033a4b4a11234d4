//! Sealwire beside its floor and its peers.

mod clock;

use std::hint::black_box;

use sealwire::*;

fn main() {
    let pump = ModuleId::new(*b"pump-000000-0001").unwrap();
    let panel = ModuleId::new(*b"panel-00000-0001").unwrap();
    let secret = PeerSecret::from_slice(&[7; 32]).unwrap();
    let context = Context::topic(b"plant/pump-17/pressure-1").unwrap();
    let now = Some(Timestamp::from_secs(1_790_000_000));
    let mut validator = Validator::new(
        panel,
        Limits::DEFAULT,
        Restart::FreshKeys,
        [const { Slot::EMPTY }; 16],
    )
    .unwrap();
    validator.register(&PeerKey::hmac(KeyId(0x8000_0001), pump, &secret, TagLength::Full)).unwrap();
    let mut sealer = Sealer::hmac(
        KeyId(0x8000_0001), pump, Audience::Peer(panel), &secret, TagLength::Full,
        NonceStart::Reserved { from: 1 << 21, until: 1 << 62 },
    )
    .unwrap();
    let mut sealer2 = Sealer::hmac(
        KeyId(0x8000_0001), pump, Audience::Peer(panel), &secret, TagLength::Full,
        NonceStart::Reserved { from: 1 << 21, until: 1 << 62 },
    )
    .unwrap();
    let requirement = Requirement::at_least(Level::Hmac, context, &AnyPeer);
    let frames = std::cell::RefCell::new(Vec::<[u8; 116]>::new());
    let i = std::cell::Cell::new(0);
    let mut state = [1_u32; 8];
    let block = [[3_u8; 64]];
    let mut out = [0; 160];
    let mut check_frame = [0; 116];
    sealer.seal(&[0x55; 64], &context, now, &mut check_frame).unwrap();
    let mut fresh = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, [const { Slot::EMPTY }; 16]).unwrap();
    fresh.register(&PeerKey::hmac(KeyId(0x8000_0001), pump, &secret, TagLength::Full)).unwrap();
    if std::env::args().nth(1).as_deref() == Some("seal") {
        for _ in 0..std::env::args().nth(2).map_or(20_000_000, |n| n.parse::<u32>().unwrap()) {
            black_box(sealer2.seal(black_box(&[0x55; 64]), black_box(&context), black_box(now), &mut out)).unwrap();
        }
        return;
    }
    if std::env::args().nth(1).as_deref() == Some("validate") {
        for _ in 0..2000 {
            let mut pool = vec![[0; 116]; 2000];
            for f in &mut pool {
                sealer.seal(&[0x55; 64], &context, now, f).unwrap();
            }
            for f in &pool {
                let _ = black_box(validator.validate(black_box(f), black_box(&requirement), black_box(now)));
            }
        }
        return;
    }
    if std::env::args().nth(1).as_deref() == Some("check") {
        for _ in 0..std::env::args().nth(2).map_or(20_000_000, |n| n.parse::<u32>().unwrap()) {
            let _ = black_box(fresh.check(black_box(&check_frame), black_box(&requirement), black_box(now)));
        }
        return;
    }
    let timings = clock::compare(
        &mut [
            clock::Job::new("floor", || {
                for _ in 0..3 {
                    sha2::block_api::compress256(black_box(&mut state), black_box(&block));
                }
            }),
            clock::Job::prepared("validate", |calls| {
                let mut frames = frames.borrow_mut();
                frames.clear();
                for _ in 0..calls {
                    let mut f = [0; 116];
                    sealer.seal(&[0x55; 64], &context, now, &mut f).unwrap();
                    frames.push(f);
                }
                i.set(0);
            }, || {
                let frames = frames.borrow();
                let r = validator.validate(black_box(&frames[i.get()]), black_box(&requirement), black_box(now));
                black_box(&r);
                assert!(r.is_ok());
                i.set(i.get() + 1);
            }),
            clock::Job::new("check", || {
                let r = fresh.check(black_box(&check_frame), black_box(&requirement), black_box(now));
                black_box(&r);
                assert!(r.is_ok());
            }),
            clock::Job::new("seal", || {
                black_box(sealer2.seal(black_box(&[0x55; 64]), black_box(&context), black_box(now), &mut out)).unwrap();
            }),
        ],
        500,
    );
    let floor = timings[0].nanos;
    for t in timings {
        println!("{:10} {:8.1} ns  {:.2}", t.name, t.nanos, t.nanos / floor);
    }
}
