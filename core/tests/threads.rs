//! Claim: every object may move between threads, what was checked on one thread may be admitted
//! on another, and of eight threads with the same frames each frame is accepted once.

use crate::common::*;
use sealwire::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, RwLock};
use std::thread;

const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}

#[test]
fn everything_moves_between_threads_and_may_be_read_from_several() {
    const {
        is_send::<Validator<Vec<Slot>, Vec<NonceEntry>, Toy>>();
        is_sync::<Validator<Vec<Slot>, Vec<NonceEntry>, Toy>>();
        is_send::<Validator<&'static mut [Slot]>>();
        is_sync::<Validator<[Slot; 4]>>();
        is_send::<Sealer>();
        is_sync::<Sealer>();
        is_send::<Requirement<'static>>();
        is_sync::<Requirement<'static>>();
        is_send::<Authenticated<'static, 'static>>();
        is_sync::<Authenticated<'static, 'static>>();
        is_send::<SignatureJob<'static, 'static, Toy>>();
        is_sync::<SignatureJob<'static, 'static, Toy>>();
        is_send::<Begun<'static, 'static, Toy>>();
        is_send::<Accepted<'static>>();
        is_sync::<Accepted<'static>>();
        is_send::<Rejection>();
        is_sync::<Rejection>();
        is_send::<Audit>();
        is_sync::<Audit>();
        is_send::<PeerSecret>();
        is_sync::<PeerSecret>();
        is_send::<PeerKey<'static>>();
        is_send::<Frame<'static>>();
        is_send::<Sealed>();
        is_send::<StreamDecoder<[u8; 64]>>();
        is_send::<Slot>();
        is_sync::<Slot>();
    }
    #[cfg(feature = "ecdsa")]
    const {
        is_send::<PortableSigner>();
        is_sync::<PortableSigner>();
        is_send::<Sealer<PortableSigner>>();
        is_send::<SecretScalar>();
    }
}

/// Eight threads; each offers every frame, in an order of its own, but stays within `near` of the
/// others. Gives how often each frame was accepted, as (times, frames) pairs.
fn offer_to_eight_threads(
    frames: &[Vec<u8>],
    near: usize,
    accept: impl Fn(&[u8]) -> bool + Sync,
) -> BTreeMap<usize, usize> {
    let counts: Vec<AtomicUsize> = frames.iter().map(|_| AtomicUsize::new(0)).collect();
    let together = Barrier::new(8);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (accept, counts, together) = (&accept, &counts, &together);
            scope.spawn(move || {
                for (frames, counts) in frames.chunks(near).zip(counts.chunks(near)) {
                    together.wait();
                    for step in 0..frames.len() {
                        let index = (step + thread * frames.len() / 8) % frames.len();
                        if accept(&frames[index]) {
                            counts[index].fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let mut histogram = BTreeMap::new();
    for count in counts {
        *histogram.entry(count.into_inner()).or_default() += 1;
    }
    histogram
}

#[test]
fn eight_threads_accept_each_of_ten_thousand_frames_once() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let frames: Vec<_> = (0..10_000).map(|_| seal(&mut sealer, b"1", at(0))).collect();
    let requirement = at_least(Level::Hmac);
    let panel = RwLock::new(panel);
    let counts = offer_to_eight_threads(&frames, 500, |frame| {
        let checked = panel.read().unwrap().check(frame, &requirement, at(0));
        panel.write().unwrap().admit(checked).is_ok()
    });
    assert_eq!(counts, BTreeMap::from([(1, 10_000)]));
    let audit = panel.into_inner().unwrap();
    assert_eq!(audit.audit().accepted(Level::Hmac), 10_000);
    assert_eq!(audit.audit().refused(Error::Replayed), 70_000);
}

#[test]
fn eight_threads_accept_each_frame_with_a_random_nonce_once() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 600);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(600)).unwrap();
    let mut sealer = hmac_sealer_from(1, PUMP, PANEL, 1, NonceStart::Random);
    let mut random = Random::new(3);
    let frames: Vec<_> = (0..600)
        .map(|_| {
            let mut frame = [0; 64];
            let nonce = random.next();
            let sealed = sealer.seal_with_nonce(nonce, b"1", &topic(), at(0), &mut frame).unwrap();
            frame[..sealed.len()].to_vec()
        })
        .collect();
    let requirement = at_least(Level::Hmac);
    let panel = Mutex::new(panel);
    let counts = offer_to_eight_threads(&frames, 600, |frame| {
        let checked = panel.lock().unwrap().check(frame, &requirement, at(0));
        thread::yield_now();
        panel.lock().unwrap().admit(checked).is_ok()
    });
    assert_eq!(counts, BTreeMap::from([(1, 600)]));
}

#[test]
fn a_signature_is_verified_on_another_thread_without_the_lock() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 0);
    let key = ToySigner::new(5).public_key();
    panel.register(&PeerKey::ecdsa(KeyId(5), PUMP, key)).unwrap();
    let frame = seal(&mut toy_sealer(5, PUMP, PANEL, 5), b"1", at(0));
    let requirement = at_least(Level::DigitalSignature);
    let begun = panel.begin(Frame::parse(&frame), &requirement, at(0)).unwrap();
    assert!(matches!(begun, Begun::Signature(_)));
    let checked = thread::scope(|scope| scope.spawn(move || begun.finish()).join().unwrap());
    assert_eq!(panel.admit(checked).unwrap().payload(), b"1");
}
