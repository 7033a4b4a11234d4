//! Bursts: many frames, one signature (`PROTOCOL.md` §5.1).
#![cfg(feature = "ecdsa")]

use std::sync::atomic::{AtomicUsize, Ordering};

use sealwire::*;

const NOW: u64 = 1_790_000_000;

fn id(byte: u8) -> ModuleId {
    ModuleId::new([byte; 16]).unwrap()
}

/// The portable engine, counting.
#[derive(Clone, Copy)]
struct Counting(&'static AtomicUsize);

impl VerifyP256 for Counting {
    fn accepts(&self, key: &PublicKey) -> bool {
        PortableVerifier.accepts(key)
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        PortableVerifier.verify(key, message, signature)
    }
}

fn counter() -> &'static AtomicUsize {
    Box::leak(Box::new(AtomicUsize::new(0)))
}

/// How often the engine is asked: of what is right a second time with `hardened`.
const fn asked(right: usize, wrong: usize) -> usize {
    if cfg!(feature = "hardened") { 2 * right + wrong } else { right + wrong }
}

type Panel = Validator<[Slot; 4], [NonceEntry; 0], Counting, [BurstEntry; 4]>;

fn signer() -> PortableSigner {
    PortableSigner::from_secret(&[0x11; 32]).unwrap()
}

fn panel(
    count: &'static AtomicUsize,
    key: impl FnOnce(PeerKey<'static>) -> PeerKey<'static>,
) -> Panel {
    let slots = [const { Slot::EMPTY }; 4];
    let mut panel = Validator::new(id(2), Limits::DEFAULT, Restart::FreshKeys, slots)
        .unwrap()
        .with_bursts(Counting(count), [BurstEntry::EMPTY; 4]);
    panel.register(&key(PeerKey::ecdsa(KeyId(7), id(1), signer().public_key()))).unwrap();
    panel
}

fn at(micros: i64) -> Option<Timestamp> {
    let now = Timestamp::from_secs(NOW).as_micros().checked_add_signed(micros).unwrap();
    Some(Timestamp::from_micros(now).unwrap())
}

fn frames(size: usize, start: NonceStart) -> Vec<Vec<u8>> {
    let payloads: Vec<Vec<u8>> = (0..size).map(|i| format!("reading {i}").into_bytes()).collect();
    let items: Vec<BurstItem<'_>> = payloads
        .iter()
        .enumerate()
        .map(|(i, payload)| BurstItem { payload, context: context(), now: at(i as i64) })
        .collect();
    let mut sealer =
        Sealer::ecdsa(KeyId(7), id(1), Audience::Peer(id(2)), signer(), start).unwrap();
    let mut nodes = vec![[0; 32]; burst_nodes(size)];
    let burst = sealer.seal_burst(&items, &mut nodes).unwrap();
    (0..size)
        .map(|i| {
            let mut frame = vec![0; burst.frame_len(i).unwrap()];
            assert_eq!(burst.write(i, &mut frame).unwrap(), frame.len());
            let too_small = frame.len() - 1;
            let mut untouched = vec![0xEE; too_small];
            assert_eq!(burst.write(i, &mut untouched), Err(Error::BufferTooSmall));
            assert!(untouched.iter().all(|&byte| byte == 0xEE));
            frame
        })
        .collect()
}

fn context() -> Context<'static> {
    Context::topic(b"pump/pressure").unwrap()
}

fn requirement() -> Requirement<'static> {
    Requirement::at_least(Level::DigitalSignature, context(), &AnyPeer)
}

#[test]
fn every_frame_of_every_size_stands_alone_and_in_any_order() {
    for size in [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 100, 255, 256] {
        let count = counter();
        let mut panel = panel(count, |key| key.bursts(10));
        let mut frames = frames(size, NonceStart::Fresh);
        frames.reverse();
        for (i, frame) in frames.iter().enumerate() {
            let accepted = panel.validate(frame, &requirement(), at(500)).unwrap();
            assert_eq!(accepted.payload(), format!("reading {}", size - 1 - i).as_bytes());
            assert_eq!(accepted.level(), Level::DigitalSignature);
            let overhead = frame.len() - accepted.payload().len();
            let depth = size.next_power_of_two().trailing_zeros() as usize;
            assert!(overhead <= 88 + 32 * depth, "{overhead} bytes for 1 of {size}");
            let again = panel.validate(frame, &requirement(), at(500)).unwrap_err();
            assert_eq!(again.error(), Error::Replayed);
        }
        assert_eq!(
            count.load(Ordering::Relaxed),
            asked(1, 0),
            "one verification for {size} frames"
        );
    }
}

#[test]
fn a_flipped_bit_is_refused_alike_by_a_cold_and_a_warm_memory() {
    let frames = frames(5, NonceStart::Fresh);
    for index in [0, 4] {
        for bit in 0..frames[index].len() * 8 {
            let mut bad = frames[index].clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let mut cold = panel(counter(), |key| key.bursts(10));
            let mut warm = panel(counter(), |key| key.bursts(10));
            warm.validate(&frames[2], &requirement(), at(500)).unwrap();
            let cold = cold.validate(&bad, &requirement(), at(500)).unwrap_err();
            let warm = warm.validate(&bad, &requirement(), at(500)).unwrap_err();
            // A flip in the nonce may name the one that warmed the memory; either way refused.
            if cold.error() != warm.error() {
                assert_eq!(warm.error(), Error::Replayed, "bit {bit}: {cold} / {warm}");
                assert_eq!(cold.error(), Error::SignatureWrong);
            }
        }
        for len in 0..frames[index].len() {
            let mut panel = panel(counter(), |key| key.bursts(10));
            let error = panel.validate(&frames[index][..len], &requirement(), at(500)).unwrap_err();
            assert_eq!(error.error(), Error::Truncated);
        }
    }
}

#[test]
fn a_burst_under_a_key_without_bursts_is_refused() {
    let mut panel = panel(counter(), |key| key);
    let error =
        panel.validate(&frames(2, NonceStart::Fresh)[0], &requirement(), at(500)).unwrap_err();
    assert_eq!(error.error(), Error::KeyAlgorithm);
}

#[test]
fn single_frames_go_on_beside_bursts() {
    let count = counter();
    let mut panel = panel(count, |key| key.bursts(1));
    let start = NonceStart::Reserved { from: 100, until: 200 };
    let mut sealer =
        Sealer::ecdsa(KeyId(7), id(1), Audience::Peer(id(2)), signer(), start).unwrap();
    let mut frame = [0; 128];
    let sealed = sealer.seal(b"alone", &context(), at(0), &mut frame).unwrap();
    panel.validate(&frame[..sealed.len()], &requirement(), at(0)).unwrap();
    panel.validate(&frames(3, NonceStart::Fresh)[1], &requirement(), at(0)).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), asked(2, 0));
}

#[test]
fn forged_bursts_empty_only_their_keys_bucket_and_it_fills_again() {
    let count = counter();
    let mut panel = panel(count, |key| key.bursts(3));
    let known = frames(4, NonceStart::Fresh);
    let fresh = frames(4, NonceStart::Reserved { from: 100, until: 200 });
    panel.validate(&known[0], &requirement(), at(0)).unwrap();
    for i in 0..20_u8 {
        let mut forged = fresh[0].clone();
        let last = forged.len() - 1;
        forged[last] ^= i + 1;
        let error = panel.validate(&forged, &requirement(), at(0)).unwrap_err().error();
        assert!(matches!(error, Error::SignatureWrong | Error::VerificationBudget));
    }
    assert_eq!(count.load(Ordering::Relaxed), asked(1, 2), "no more than the bucket held");
    let error = panel.validate(&fresh[0], &requirement(), at(0)).unwrap_err();
    assert_eq!(error.error(), Error::VerificationBudget);
    // What was verified before needs no token.
    panel.validate(&known[1], &requirement(), at(0)).unwrap();
    panel.validate(&fresh[0], &requirement(), at(400_000)).unwrap();
}

#[test]
fn memory_ends_with_the_key() {
    let count = counter();
    let mut panel = panel(count, |key| key.bursts(10));
    let frames = frames(3, NonceStart::Fresh);
    panel.validate(&frames[0], &requirement(), at(0)).unwrap();
    panel.remove(KeyId(7)).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(7), id(1), signer().public_key()).bursts(10)).unwrap();
    panel.validate(&frames[1], &requirement(), at(0)).unwrap();
    assert_eq!(
        count.load(Ordering::Relaxed),
        asked(2, 0),
        "verified anew under the key registered anew"
    );
}

#[test]
fn check_and_admit_remember_as_validate_does() {
    let count = counter();
    let mut panel = panel(count, |key| key.bursts(10));
    let frames = frames(8, NonceStart::Fresh);
    let requirement = requirement();
    for frame in &frames {
        let checked = panel.begin(Frame::parse(frame), &requirement, at(0)).and_then(Begun::finish);
        panel.admit(checked).unwrap();
    }
    assert_eq!(count.load(Ordering::Relaxed), asked(1, 0));
}

#[test]
fn refuses_what_a_burst_cannot_be() {
    let count = counter();
    let slots = [const { Slot::EMPTY }; 4];
    let key = PeerKey::ecdsa(KeyId(7), id(1), signer().public_key()).bursts(1);
    let mut bare = Validator::new(id(2), Limits::DEFAULT, Restart::FreshKeys, slots)
        .unwrap()
        .with_verifier(Counting(count));
    assert_eq!(bare.register(&key), Err(Error::BurstStorage));
    let secret = PeerSecret::from_slice(&[9; 32]).unwrap();
    let hmac = PeerKey::hmac(KeyId(8), id(3), &secret, TagLength::Full).bursts(1);
    assert_eq!(panel(count, |key| key).register(&hmac), Err(Error::KeyKind));

    let mut sealer =
        Sealer::ecdsa(KeyId(7), id(1), Audience::Peer(id(2)), signer(), NonceStart::Fresh).unwrap();
    let item = BurstItem { payload: b"x", context: context(), now: at(0) };
    let mut nodes = vec![[0; 32]; burst_nodes(257)];
    assert_eq!(sealer.seal_burst(&[], &mut nodes).unwrap_err(), Error::InvalidArgument);
    let many = vec![item; 257];
    assert_eq!(sealer.seal_burst(&many, &mut nodes).unwrap_err(), Error::InvalidArgument);
    let few = &mut nodes[..5];
    assert_eq!(sealer.seal_burst(&many[..4], few).unwrap_err(), Error::BufferTooSmall);
    let timeless = [BurstItem { now: None, ..item }];
    assert_eq!(sealer.seal_burst(&timeless, &mut nodes).unwrap_err(), Error::NoClock);
    assert_eq!(sealer.next_nonce(), 0, "nothing was counted");

    let start = NonceStart::Reserved { from: 0, until: 3 };
    let mut short = Sealer::ecdsa(KeyId(7), id(1), Audience::Peer(id(2)), signer(), start).unwrap();
    assert_eq!(short.seal_burst(&many[..4], &mut nodes).unwrap_err(), Error::NoncesSpent);
    let mut hmac = Sealer::hmac(
        KeyId(8),
        id(1),
        Audience::Peer(id(2)),
        &secret,
        TagLength::Full,
        NonceStart::Fresh,
    )
    .unwrap();
    assert_eq!(hmac.seal_burst(&many[..4], &mut nodes).unwrap_err(), Error::KeyKind);
}

#[test]
fn a_frame_moved_to_another_place_in_its_burst_is_refused() {
    let frames = frames(4, NonceStart::Fresh);
    let tag = |frame: &[u8]| frame.len() - (2 + 64 + 64);
    for (from, to) in [(0, 1), (1, 0), (2, 3), (0, 3)] {
        let mut moved = frames[from].clone();
        let (start, other) = (tag(&moved), tag(&frames[to]));
        moved.truncate(start);
        moved.extend_from_slice(&frames[to][other..]);
        let error = panel(counter(), |key| key.bursts(10))
            .validate(&moved, &requirement(), at(0))
            .unwrap_err();
        assert_eq!(error.error(), Error::SignatureWrong);
    }
}
