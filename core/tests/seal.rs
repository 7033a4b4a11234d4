//! Claim: what is sealed validates, in every level and form; what can't be sealed leaves counter
//! and output as they were; nonces begin and end where they were told to.

use crate::common::*;
use sealwire::*;

const CLEAN: u8 = 0x5a;

fn panel() -> Receiver {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 2000);
    let secret = secret(1);
    panel.register(&PeerKey::hmac(KeyId(1), PUMP, &secret, TagLength::Full)).unwrap();
    register_hmac(&mut panel, 2, PUMP, 2, |key| key).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(2000)).unwrap();
    panel
}

fn full(start: NonceStart) -> Sealer {
    let to = Audience::Peer(PANEL);
    Sealer::hmac(KeyId(1), PUMP, to, &secret(1), TagLength::Full, start).unwrap()
}

fn unproven(level: Level) -> Sealer {
    Sealer::unproven(level, PUMP, NonceStart::Fresh).unwrap()
}

/// Seals and validates in every form; all forms have the same tag.
fn round_trip<S: SignP256>(mut make: impl FnMut() -> Sealer<S>) {
    let mut random = Random::new(4);
    let [mut sealer, mut detached, mut in_place] = [make(), make(), make()];
    let level = sealer.level();
    let requirement = Requirement::exactly(level, topic(), &AnyPeer);
    let mut panels = [(); 3].map(|()| panel());
    for round in 0..300_usize {
        let len = if round < 200 { round } else { random.index(5_000) };
        let payload = random.bytes(len);
        let now = at(i64::try_from(round).unwrap());
        let len = sealer.frame_len(payload.len(), now).unwrap();
        assert!(len - payload.len() <= MAX_OVERHEAD);

        let mut frame = vec![CLEAN; len + 3];
        let sealed = sealer.seal(&payload, &topic(), now, &mut frame).unwrap();
        assert_eq!(sealed.len(), len, "frame_len is exact");
        assert_eq!(frame[len..], [CLEAN; 3]);
        assert_eq!(sealed.nonce(), round as u64);
        let accepted = panels[0].validate(&frame[..len], &requirement, now).unwrap();
        assert_eq!(accepted.payload(), payload);
        assert_eq!(accepted.level(), level);
        assert_eq!(accepted.nonce(), sealed.nonce());
        assert_eq!(accepted.tag(), sealed.tag(&frame));
        assert_eq!(accepted.sender(), (level > Level::None).then_some(PUMP));
        assert_eq!(accepted.timestamp(), now.filter(|_| level >= Level::Timestamp));
        assert_eq!(accepted.time_rule(), TimeRule::Stamped);
        assert_eq!(accepted.group(), None);
        assert_eq!(accepted.role(), RoleId::NONE);
        assert_eq!(accepted.key_id().is_some(), level.is_proven());
        assert!(format!("{accepted:?}").contains("payload_len"));

        let len = detached.detached_len(payload.len(), now).unwrap();
        let mut form = vec![CLEAN; len + 3];
        let again = detached.seal_detached(&payload, &topic(), now, &mut form).unwrap();
        assert_eq!((again.len(), again.nonce()), (len, sealed.nonce()));
        assert_eq!(form[len..], [CLEAN; 3]);
        assert_eq!(again.tag(&form), sealed.tag(&frame));
        let accepted =
            panels[1].validate_detached(&form[..len], &payload, &requirement, now).unwrap();
        assert_eq!(accepted.payload(), payload);
        assert_eq!(accepted.tag(), sealed.tag(&frame));

        let mut buffer = vec![CLEAN; MAX_METADATA + payload.len() + MAX_TAG + 2];
        let range = MAX_METADATA..MAX_METADATA + payload.len();
        buffer[range.clone()].copy_from_slice(&payload);
        let (place, third) = in_place.seal_in_place(&mut buffer, range, &topic(), now).unwrap();
        assert_eq!(buffer[place.clone()], frame[..sealed.len()]);
        assert!(buffer[..place.start].iter().all(|byte| *byte == CLEAN));
        assert!(buffer[place.end..].iter().all(|byte| *byte == CLEAN));
        assert_eq!(third.tag(&buffer[place.clone()]), sealed.tag(&frame));
        panels[2].validate(&buffer[place], &requirement, now).unwrap();
    }
}

#[test]
fn what_is_sealed_validates_at_every_level_and_in_every_form() {
    for level in [Level::None, Level::BasicAuth, Level::Timestamp] {
        round_trip(|| unproven(level));
    }
    round_trip(|| full(NonceStart::Fresh));
    round_trip(|| hmac_sealer(2, PUMP, PANEL, 2));
    round_trip(|| toy_sealer(3, PUMP, PANEL, 3));
}

#[cfg(feature = "ecdsa")]
#[test]
fn what_a_real_engine_signs_a_real_engine_verifies() {
    struct Entropy(Random);
    impl sealwire::Entropy for Entropy {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.iter_mut().for_each(|byte| *byte = self.0.next().to_le_bytes()[7]);
            Ok(())
        }
    }
    let mut entropy = Entropy(Random::new(8));
    let signer = PortableSigner::generate(&mut entropy).unwrap();
    let public = signer.public_key();
    let copy = PortableSigner::from_secret(signer.secret_bytes().secret_bytes()).unwrap();
    assert_eq!(copy.public_key(), public);
    assert_eq!(format!("{copy:?} {:?}", copy.secret_bytes()), "PortableSigner(…) SecretScalar(…)");
    let mut panel = Validator::new(PANEL, Limits::DEFAULT, Restart::FreshKeys, slots(2))
        .unwrap()
        .with_verifier(PortableVerifier);
    panel.register(&PeerKey::ecdsa(KeyId(1), PUMP, public)).unwrap();
    let to = Audience::Peer(PANEL);
    let mut plain = Sealer::ecdsa(KeyId(1), PUMP, to, signer, NonceStart::Fresh).unwrap();
    let start = NonceStart::Reserved { from: 100, until: 200 };
    let hedged = copy.hedged(entropy);
    let mut hedged = Sealer::ecdsa(KeyId(1), PUMP, to, hedged, start).unwrap();
    for round in 0..6 {
        let frames = [seal(&mut plain, b"4.2", at(round)), seal(&mut hedged, b"4.2", at(round))];
        for frame in &frames {
            let accepted = panel.validate(frame, &at_least(Level::DigitalSignature), at(round));
            assert_eq!(accepted.unwrap().payload(), b"4.2");
        }
        let tags = frames.map(|frame| frame[frame.len() - 64..].to_vec());
        assert_ne!(tags[0], tags[1]);
    }
}

#[cfg(feature = "ecdsa")]
#[test]
fn a_secret_scalar_lies_between_zero_and_the_order() {
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> =
        (0..64).step_by(2).map(|i| u8::from_str_radix(&order[i..i + 2], 16).unwrap()).collect();
    let mut below = order.clone();
    below[31] -= 1;
    for (scalar, expected) in [
        (vec![0; 32], Some(Error::KeyInvalid)),
        (order, Some(Error::KeyInvalid)),
        (vec![0xff; 32], Some(Error::KeyInvalid)),
        (vec![1; 31], Some(Error::KeyLength)),
        (vec![1; 33], Some(Error::KeyLength)),
        (vec![], Some(Error::KeyLength)),
        (below, None),
    ] {
        assert_eq!(PortableSigner::from_secret(&scalar).err(), expected);
    }
}

#[test]
fn a_source_that_fails_or_gives_zeros_makes_no_key() {
    struct Source(Result<u8, Error>);
    impl Entropy for Source {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill(self.0?);
            Ok(())
        }
    }
    for source in [Ok(0), Err(Error::NoEntropy)] {
        assert_eq!(PeerSecret::generate(&mut Source(source)).unwrap_err(), Error::NoEntropy);
        #[cfg(feature = "ecdsa")]
        assert_eq!(PortableSigner::generate(&mut Source(source)).unwrap_err(), Error::NoEntropy);
    }
    assert_eq!(PeerSecret::generate(&mut Source(Ok(7))).unwrap().secret_bytes(), &[7; 32]);
    #[cfg(feature = "ecdsa")]
    {
        // Above the order however often it is drawn.
        let stuck = PortableSigner::generate(&mut Source(Ok(0xff)));
        assert_eq!(stuck.unwrap_err(), Error::NoEntropy);
        let signer = PortableSigner::from_secret(&[7; 32]).unwrap();
        let mut hedged = signer.hedged(Source(Err(Error::NoEntropy)));
        assert_eq!(hedged.sign(&[b"x"]), Err(Error::NoEntropy));
    }
}

#[test]
fn a_buffer_too_small_changes_neither_counter_nor_output() {
    let payload = [9; 40];
    let mut sealers =
        [full(NonceStart::Fresh), hmac_sealer(2, PUMP, PANEL, 2), unproven(Level::Timestamp)];
    for sealer in &mut sealers {
        let len = sealer.frame_len(payload.len(), at(0)).unwrap();
        for room in 0..len {
            let mut out = vec![CLEAN; room];
            let result = sealer.seal(&payload, &topic(), at(0), &mut out);
            assert_eq!(result.unwrap_err(), Error::BufferTooSmall);
            assert!(out.iter().all(|byte| *byte == CLEAN));
        }
        for room in 0..sealer.detached_len(payload.len(), at(0)).unwrap() {
            let mut out = vec![CLEAN; room];
            let result = sealer.seal_detached(&payload, &topic(), at(0), &mut out);
            assert_eq!(result.unwrap_err(), Error::BufferTooSmall);
            assert!(out.iter().all(|byte| *byte == CLEAN));
        }
        let before = len - payload.len() - sealer.algorithm().tag_len();
        for start in 0..=before {
            for after in 0..=sealer.algorithm().tag_len() {
                if start == before && after == sealer.algorithm().tag_len() {
                    continue;
                }
                let mut buffer = vec![CLEAN; start + payload.len() + after];
                let range = start..start + payload.len();
                let result = sealer.seal_in_place(&mut buffer, range, &topic(), at(0));
                assert_eq!(result.unwrap_err(), Error::BufferTooSmall);
                assert!(buffer.iter().all(|byte| *byte == CLEAN));
            }
        }
        assert_eq!(sealer.next_nonce(), 0);
        let mut exact = vec![0; len];
        assert_eq!(sealer.seal(&payload, &topic(), at(0), &mut exact).unwrap().nonce(), 0);
        assert_eq!(sealer.next_nonce(), 1);
        let range = before..before + payload.len();
        let (frame, sealed) = sealer.seal_in_place(&mut exact, range, &topic(), at(0)).unwrap();
        assert_eq!((frame, sealed.nonce()), (0..len, 1));
    }
}

#[test]
#[allow(clippy::reversed_empty_ranges, reason = "that is the point")]
fn a_range_outside_of_the_buffer_is_misuse() {
    let mut sealer = full(NonceStart::Fresh);
    let mut buffer = [CLEAN; 200];
    for range in [190..201, 201..201, 100..99, usize::MAX..usize::MAX, 0..usize::MAX] {
        let result = sealer.seal_in_place(&mut buffer, range, &topic(), at(0));
        assert_eq!(result.unwrap_err(), Error::InvalidArgument);
    }
    assert_eq!((buffer, sealer.next_nonce()), ([CLEAN; 200], 0));
}

#[test]
fn a_payload_too_long_is_refused_before_anything_else() {
    let sealer = full(NonceStart::Fresh);
    for len in [MAX_PAYLOAD + 1, 1 << 32, usize::MAX] {
        assert_eq!(sealer.frame_len(len, at(0)), Err(Error::PayloadTooLong));
        assert_eq!(sealer.detached_len(len, at(0)), Err(Error::PayloadTooLong));
    }
    assert_eq!(
        sealer.frame_len(MAX_PAYLOAD, at(0)).unwrap(),
        MAX_PAYLOAD + 1 + 1 + 1 + 8 + 1 + 4 + 32
    );
}

#[test]
fn overheads_are_what_the_protocol_promises() {
    let payload = 127;
    let late = Some(stamp(4_102_444_800_000_000)); // 2100
    let start = NonceStart::Reserved { from: (1 << 28) - 1, until: 1 << 28 };
    let to = Audience::Peer(PANEL);
    let id = KeyId(u32::MAX);
    let hmac = |tag| Sealer::hmac(id, PUMP, to, &secret(1), tag, start).unwrap();
    assert_eq!(hmac(TagLength::Short).frame_len(payload, late), Ok(payload + 36));
    assert_eq!(hmac(TagLength::Full).frame_len(payload, late), Ok(payload + 52));
    let signed = Sealer::ecdsa(id, PUMP, to, ToySigner::new(1), start).unwrap();
    assert_eq!(signed.frame_len(payload, late), Ok(payload + 84));
    // 10 more in any case.
    let last = NonceStart::Reserved { from: (1 << 63) - 1, until: 1 << 63 };
    let signed = Sealer::ecdsa(id, PUMP, to, ToySigner::new(1), last).unwrap();
    let most = signed.frame_len(MAX_PAYLOAD, Some(Timestamp::MAX)).unwrap() - MAX_PAYLOAD;
    assert!(most <= 94 && MAX_OVERHEAD == 94, "{most}");
}

#[test]
fn a_stamped_frame_needs_a_clock_from_level_3_on() {
    for mut sealer in [full(NonceStart::Fresh), unproven(Level::Timestamp)] {
        let mut out = [CLEAN; 100];
        assert_eq!(sealer.seal(b"", &topic(), None, &mut out).unwrap_err(), Error::NoClock);
        assert_eq!(sealer.frame_len(0, None), Err(Error::NoClock));
        assert_eq!((out, sealer.next_nonce()), ([CLEAN; 100], 0));
    }
    for level in [Level::None, Level::BasicAuth] {
        let frame = seal(&mut unproven(level), b"", None);
        assert_eq!(Metadata::parse(&frame).unwrap().0.timestamp(), Timestamp::ZERO);
    }
    let mut counting = full(NonceStart::Fresh).counter_only().unwrap();
    let frame = seal(&mut counting, b"", at(0));
    assert_eq!(Metadata::parse(&frame).unwrap().0.timestamp(), Timestamp::ZERO);
}

#[test]
fn only_a_key_that_counts_does_without_a_clock() {
    for level in [Level::None, Level::BasicAuth, Level::Timestamp] {
        assert_eq!(unproven(level).counter_only().unwrap_err(), Error::KeyKind);
    }
    assert_eq!(full(NonceStart::Random).counter_only().unwrap_err(), Error::KeyKind);
    assert!(toy_sealer(1, PUMP, PANEL, 1).counter_only().is_ok());
}

#[test]
fn nobody_seals_for_himself_and_nobody_proves_below_level_4() {
    for audience in [Audience::Peer(PUMP), Audience::Group(PUMP)] {
        let start = NonceStart::Fresh;
        let result = Sealer::hmac(KeyId(1), PUMP, audience, &secret(1), TagLength::Full, start);
        assert_eq!(result.unwrap_err(), Error::InvalidId);
        let result = Sealer::ecdsa(KeyId(1), PUMP, audience, ToySigner::new(1), start);
        assert_eq!(result.unwrap_err(), Error::InvalidId);
    }
    for level in [Level::Hmac, Level::DigitalSignature] {
        let result = Sealer::unproven(level, PUMP, NonceStart::Fresh);
        assert_eq!(result.unwrap_err(), Error::KeyKind);
    }
}

#[test]
fn nonces_begin_where_they_were_told_to() {
    assert_eq!(NONCE_LIMIT, 1 << 63);
    for (start, first, left) in [
        (NonceStart::Fresh, 0, NONCE_LIMIT),
        (NonceStart::Reserved { from: 0, until: 1 }, 0, 1),
        (NonceStart::Reserved { from: 7, until: 9 }, 7, 2),
        (NonceStart::Reserved { from: NONCE_LIMIT - 1, until: NONCE_LIMIT }, NONCE_LIMIT - 1, 1),
        (NonceStart::FromClock(stamp(NOW)), NOW, NONCE_LIMIT - NOW),
        (NonceStart::FromClock(Timestamp::MAX), NONCE_LIMIT - 1, 1),
        (NonceStart::FromClock(Timestamp::ZERO), 0, NONCE_LIMIT),
    ] {
        let mut sealer = full(start);
        assert_eq!((sealer.next_nonce(), sealer.nonces_left()), (first, left));
        let frame = seal(&mut sealer, b"", at(0));
        assert_eq!(Metadata::parse(&frame).unwrap().0.nonce(), first);
        assert_eq!((sealer.next_nonce(), sealer.nonces_left()), (first + 1, left - 1));
    }
    for (from, until) in
        [(0, 0), (1, 0), (5, 5), (0, NONCE_LIMIT + 1), (0, u64::MAX), (NONCE_LIMIT, NONCE_LIMIT)]
    {
        let start = NonceStart::Reserved { from, until };
        let to = Audience::Peer(PANEL);
        let result = Sealer::hmac(KeyId(1), PUMP, to, &secret(1), TagLength::Full, start);
        assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
        let result = Sealer::unproven(Level::Timestamp, PUMP, start);
        assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
        let result = Sealer::ecdsa(KeyId(1), PUMP, to, ToySigner::new(1), start);
        assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
    }
}

#[test]
fn a_spent_block_refuses_until_it_is_extended_and_a_spent_key_for_ever() {
    let mut sealer = full(NonceStart::Reserved { from: 10, until: 12 });
    seal(&mut sealer, b"", at(0));
    seal(&mut sealer, b"", at(0));
    let mut out = [CLEAN; 100];
    for _ in 0..3 {
        assert_eq!(sealer.seal(b"", &topic(), at(0), &mut out).unwrap_err(), Error::NoncesSpent);
        let result = sealer.seal_detached(b"", &topic(), at(0), &mut out);
        assert_eq!(result.unwrap_err(), Error::NoncesSpent);
        let result = sealer.seal_in_place(&mut out, 50..50, &topic(), at(0));
        assert_eq!(result.unwrap_err(), Error::NoncesSpent);
    }
    assert_eq!((out, sealer.next_nonce(), sealer.nonces_left()), ([CLEAN; 100], 12, 0));
    for until in [0, 11, 12, NONCE_LIMIT + 1, u64::MAX] {
        assert_eq!(sealer.extend(until), Err(Error::InvalidNonceStart));
    }
    sealer.extend(14).unwrap();
    assert_eq!(sealer.nonces_left(), 2);
    seal(&mut sealer, b"", at(0));

    sealer = full(NonceStart::Reserved { from: NONCE_LIMIT - 1, until: NONCE_LIMIT });
    let last = seal(&mut sealer, b"", at(0));
    assert_eq!(sealer.seal(b"", &topic(), at(0), &mut out).unwrap_err(), Error::KeySpent);
    assert_eq!(sealer.extend(u64::MAX), Err(Error::InvalidNonceStart));
    assert_eq!(full(NonceStart::Fresh).extend(NONCE_LIMIT), Err(Error::InvalidNonceStart));
    let mut block = full(NonceStart::Reserved { from: NONCE_LIMIT - 2, until: NONCE_LIMIT - 1 });
    assert_eq!(block.extend(NONCE_LIMIT), Ok(()), "the limit itself is the last border");
    assert_eq!(verdict(panel().validate(&last, &at_least(Level::Hmac), at(0))), Ok(()));
}

#[test]
fn random_nonces_come_with_the_frame_and_counting_ones_never() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 64);
    register_hmac(&mut panel, 2, PUMP, 2, |key| key.random_nonces(64)).unwrap();
    let mut sealer = hmac_sealer_from(2, PUMP, PANEL, 2, NonceStart::Random);
    let mut out = [CLEAN; 100];
    let result = sealer.seal(b"", &topic(), at(0), &mut out);
    assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
    let result = sealer.seal_detached(b"", &topic(), at(0), &mut out);
    assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
    let result = sealer.seal_in_place(&mut out, 50..50, &topic(), at(0));
    assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
    assert_eq!(sealer.extend(NONCE_LIMIT), Err(Error::InvalidNonceStart));
    let result = full(NonceStart::Fresh).seal_with_nonce(1, b"", &topic(), at(0), &mut out);
    assert_eq!(result.unwrap_err(), Error::InvalidNonceStart);
    assert_eq!(out, [CLEAN; 100]);
    // All 64 bits are the sender's to choose.
    for nonce in [0, 1, 1 << 35, NONCE_LIMIT - 1, NONCE_LIMIT, u64::MAX] {
        let needed = sealer.frame_len(3, at(0)).unwrap();
        let mut out = vec![0; needed];
        let sealed = sealer.seal_with_nonce(nonce, b"4.2", &topic(), at(0), &mut out).unwrap();
        assert_eq!(sealed.nonce(), nonce);
        out.truncate(sealed.len());
        let requirement = at_least(Level::Hmac);
        assert_eq!(panel.validate(&out, &requirement, at(0)).unwrap().nonce(), nonce);
        assert_eq!(refused(panel.validate(&out, &requirement, at(0))), Error::Replayed);
    }
}

/// A signer that gives what it was told to.
struct Broken(Result<Signature, Error>);

impl SignP256 for Broken {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_xy([1; 64])
    }

    fn sign(&mut self, _message: &[&[u8]]) -> Result<Signature, Error> {
        self.0
    }
}

const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

fn signature(r: [u8; 32], s: [u8; 32]) -> Signature {
    Signature::from_bytes([r, s].concat().try_into().unwrap())
}

#[test]
fn a_signer_that_fails_changes_neither_counter_nor_output() {
    let mut high = HALF_ORDER;
    high[31] += 1;
    let one = {
        let mut one = [0; 32];
        one[31] = 1;
        one
    };
    let broken = [
        (Err(Error::EngineFailed), Error::EngineFailed),
        (Err(Error::NoEntropy), Error::NoEntropy),
        (Ok(signature([0; 32], one)), Error::EngineFailed),
        (Ok(signature(one, [0; 32])), Error::EngineFailed),
        (Ok(signature([0xff; 32], one)), Error::EngineFailed),
        (Ok(signature(one, [0xff; 32])), Error::EngineFailed),
    ];
    let to = Audience::Peer(PANEL);
    for (output, expected) in broken {
        let mut sealer =
            Sealer::ecdsa(KeyId(3), PUMP, to, Broken(output), NonceStart::Fresh).unwrap();
        let mut out = [CLEAN; 200];
        assert_eq!(sealer.seal(b"4", &topic(), at(0), &mut out).unwrap_err(), expected);
        assert_eq!(sealer.seal_detached(b"4", &topic(), at(0), &mut out).unwrap_err(), expected);
        let result = sealer.seal_in_place(&mut out, 100..101, &topic(), at(0));
        assert_eq!(result.unwrap_err(), expected);
        assert_eq!((out, sealer.next_nonce()), ([CLEAN; 200], 0));
    }
    // A high s is not a fault: the core writes the low one.
    let mut signer = Broken(Ok(signature(one, high)));
    let mut sealer = Sealer::ecdsa(KeyId(3), PUMP, to, &mut signer, NonceStart::Fresh).unwrap();
    let frame = seal(&mut sealer, b"4", at(0));
    drop(sealer);
    assert_eq!(frame[frame.len() - 32..], HALF_ORDER);
    assert_eq!(<&mut Broken as SignP256>::public_key(&&mut signer), PublicKey::from_xy([1; 64]));
}

#[test]
fn an_output_too_small_costs_no_signature() {
    struct Never;
    impl SignP256 for Never {
        fn public_key(&self) -> PublicKey {
            PublicKey::from_xy([1; 64])
        }
        fn sign(&mut self, _message: &[&[u8]]) -> Result<Signature, Error> {
            panic!("signed for nothing")
        }
    }
    let to = Audience::Peer(PANEL);
    let mut sealer = Sealer::ecdsa(KeyId(3), PUMP, to, Never, NonceStart::Fresh).unwrap();
    for room in 0..sealer.frame_len(1, at(0)).unwrap() {
        let result = sealer.seal(b"4", &topic(), at(0), &mut vec![0; room]);
        assert_eq!(result.unwrap_err(), Error::BufferTooSmall);
    }
}

#[test]
fn a_verifier_that_fails_is_a_refusal_and_low_s_is_asked_before_it() {
    #[derive(Clone)]
    struct Engine(Error);
    impl VerifyP256 for Engine {
        fn accepts(&self, _key: &PublicKey) -> bool {
            true
        }
        fn verify(&self, _: &PublicKey, _: &[&[u8]], _: &Signature) -> Result<(), Error> {
            Err(self.0)
        }
    }
    let mut high = HALF_ORDER;
    high[31] += 1;
    for (s, expected) in [
        (HALF_ORDER, Error::EngineFailed),
        (high, Error::SignatureHighS),
        ([0; 32], Error::SignatureRange),
        ([0xff; 32], Error::SignatureRange),
    ] {
        let mut panel = Validator::new(PANEL, Limits::DEFAULT, Restart::FreshKeys, slots(2))
            .unwrap()
            .with_verifier(Engine(Error::EngineFailed));
        panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, PublicKey::from_xy([1; 64]))).unwrap();
        let mut frame = seal(&mut toy_sealer(3, PUMP, PANEL, 3), b"4", at(0));
        let place = frame.len() - 32;
        frame[place..].copy_from_slice(&s);
        let rejection =
            panel.validate(&frame, &at_least(Level::DigitalSignature), at(0)).unwrap_err();
        assert_eq!((rejection.error(), rejection.step()), (expected, Step::Proof));
    }
}

#[test]
fn a_sealer_shows_no_key() {
    let text = format!("{:?}", full(NonceStart::Fresh));
    assert_eq!(text, "Sealer { claim: Key(KeyId(1)), next: 0, .. }");
    let secret = secret(1);
    let key = PeerKey::hmac(KeyId(1), PUMP, &secret, TagLength::Full);
    assert!(format!("{key:?}").contains("PeerSecret(…)"));
    let mut panel = panel();
    assert!(format!("{panel:?}").len() < 300);
    let requirement = at_least(Level::Hmac);
    let frame = seal(&mut full(NonceStart::Fresh), b"payload", at(0));
    let checked = panel.check(&frame, &requirement, at(0));
    assert!(!format!("{checked:?}").contains("112, 97, 121"), "no payload in the debug text");
    panel.admit(checked).unwrap();
}
