//! Claim: the audit counts everything, folds repeats, and noise that anybody can make never
//! displaces an event of a proven frame.

use crate::common::*;
use sealwire::*;

/// A receiver of one key, and a known module for levels 2 and 3; the policy lets nobody do anything.
fn panel() -> (Receiver, Sealer) {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 64);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    for module in [PUMP, VALVE, LOGGER] {
        panel.register_module(&KnownModule::new(module).timestamps(8)).unwrap();
    }
    (panel, hmac_sealer(1, PUMP, PANEL, 1))
}

fn errors<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<(Error, u32)> {
    events.map(|event| (event.rejection.error(), event.repeats)).collect()
}

#[test]
fn counts_every_acceptance_by_level_and_every_refusal_by_reason() {
    let (mut panel, mut sealer) = panel();
    let mut plain = Sealer::unproven(Level::BasicAuth, PUMP, NonceStart::Fresh).unwrap();
    let lax = at_least(Level::BasicAuth);
    for round in 1..=20 {
        let proven = seal(&mut sealer, b"1", at(0));
        panel.validate(&proven, &lax, at(0)).unwrap();
        panel.validate(&seal(&mut plain, b"1", None), &lax, at(0)).unwrap();
        refused(panel.validate(&proven, &lax, at(0)));
        refused(panel.validate(b"", &lax, at(0)));
        let audit = panel.audit();
        assert_eq!(audit.accepted(Level::Hmac), round);
        assert_eq!(audit.accepted(Level::BasicAuth), round);
        assert_eq!(audit.accepted(Level::DigitalSignature), 0);
        assert_eq!(audit.refused(Error::Replayed), round);
        assert_eq!(audit.refused(Error::Truncated), round);
        let others = Error::ALL.iter().filter(|e| !matches!(e, Error::Replayed | Error::Truncated));
        assert_eq!(others.map(|e| audit.refused(*e)).sum::<u32>(), 0);
    }
}

#[test]
fn a_check_alone_counts_nothing() {
    let (mut panel, mut sealer) = panel();
    let frame = seal(&mut sealer, b"1", at(0));
    let requirement = at_least(Level::Hmac);
    let bad = panel.check(b"", &requirement, at(0));
    let passed = panel.check(&frame, &requirement, at(0));
    assert_eq!(panel.audit().refused(Error::Truncated), 0);
    refused(panel.admit(bad));
    panel.admit(passed).unwrap();
    assert_eq!(panel.audit().refused(Error::Truncated), 1);
    assert_eq!(panel.audit().accepted(Level::Hmac), 1);
}

#[test]
fn folds_repeats_and_keeps_the_first_of_them() {
    let (mut panel, mut sealer) = panel();
    let requirement = at_least(Level::Hmac);
    for nonce in 0..1000 {
        let mut forged = seal(&mut sealer, b"1", at(nonce));
        *forged.last_mut().unwrap() ^= 1;
        refused(panel.validate(&forged, &requirement, at(nonce)));
    }
    let events: Vec<&Event> = panel.audit().unproven().collect();
    let [event] = events[..] else { panic!("{events:?}") };
    assert_eq!(event.repeats, 1000);
    assert_eq!(event.rejection.error(), Error::TagWrong);
    assert_eq!(event.rejection.nonce(), 0);
    assert_eq!(event.rejection.level(), Some(Level::Hmac));
    assert_eq!(event.rejection.claim(), Some(Claim::Key(KeyId(1))));
    assert_eq!(event.rejection.step(), Step::Proof);
    assert_eq!(event.rejection.step().number(), 6);
    assert_eq!(event.at, Timestamp::ZERO, "nothing was admitted yet");
    assert_eq!(panel.audit().refused(Error::TagWrong), 1000);

    let frame = seal(&mut sealer, b"", at(0));
    panel.validate(&frame, &requirement, at(0)).unwrap();
    refused(panel.validate(&frame, &requirement, at(0)));
    assert_eq!(panel.audit().unproven().next().unwrap().at, stamp(NOW));
}

#[test]
fn keeps_the_last_events_newest_first_and_folds_only_neighbours_of_one_claim() {
    let (mut panel, _) = panel();
    for count in 0..30_usize {
        let key = u32::try_from(count).unwrap() / 2;
        // Each unknown key twice.
        let frame = seal(&mut hmac_sealer(100 + key, PUMP, PANEL, 1), b"", at(0));
        refused(panel.validate(&frame, &at_least(Level::Hmac), at(0)));
        let events: Vec<_> = panel.audit().unproven().collect();
        assert_eq!(events.len(), (count / 2 + 1).min(RING));
        for (back, event) in (0..).zip(&events) {
            assert_eq!(event.rejection.claim(), Some(Claim::Key(KeyId(100 + key - back))));
            let expected = if back == 0 && count % 2 == 0 { 1 } else { 2 };
            assert_eq!(event.repeats, expected);
        }
    }
    assert_eq!(panel.audit().refused(Error::UnknownKey), 30);
}

#[test]
fn folds_by_module_id_below_level_4_and_nothing_unread_with_something_read() {
    let (mut panel, _) = panel();
    for sender in [id(0x41), id(0x42), id(0x42)] {
        let mut sealer = Sealer::unproven(Level::BasicAuth, sender, NonceStart::Fresh).unwrap();
        let frame = seal(&mut sealer, b"", None);
        refused(panel.validate(&frame, &at_least(Level::BasicAuth), at(0)));
    }
    panel.count_lost(Error::Cobs);
    panel.count_lost(Error::Cobs);
    panel.count_lost(Error::StreamTooLong);
    assert_eq!(
        errors(panel.audit().unproven()),
        [
            (Error::StreamTooLong, 1),
            (Error::Cobs, 2),
            (Error::UnknownSender, 2),
            (Error::UnknownSender, 1),
        ]
    );
    let newest = panel.audit().unproven().next().unwrap().rejection;
    assert_eq!((newest.claim(), newest.level(), newest.nonce()), (None, None, 0));
    assert_eq!(newest.step(), Step::Parse);
}

#[test]
fn noise_never_displaces_a_refusal_of_a_proven_frame() {
    let (mut panel, mut sealer) = panel();
    let shut = Requirement::at_least(Level::None, topic(), &NoPolicy);
    let proven = seal(&mut sealer, b"open the valve", at(0));
    assert_eq!(verdict(panel.validate(&proven, &shut, at(0))), Err(Error::PolicyMissing));

    // All that a stranger can do: rubbish, unknown keys, wrong tags, replays, and whatever
    // levels 2 and 3 let anybody claim, which gets as far as the policy.
    let mut random = Random::new(1);
    let nobody = Rules(&[Rule { role: Some(RoleId(9)), kind: None, name: NamePattern::Any }]);
    let closed = Requirement::at_least(Level::None, topic(), &nobody);
    for round in 0..2000_u32 {
        let frame = match random.below(6) {
            0 => random.bytes(20),
            1 => seal(&mut hmac_sealer(5 + round % 9, PUMP, PANEL, 1), b"", at(0)),
            2 => seal(&mut hmac_sealer(1, PUMP, PANEL, 2), b"", at(0)),
            3 => proven.clone(),
            level => {
                let level = if level == 4 { Level::BasicAuth } else { Level::Timestamp };
                let sender = [PUMP, VALVE, LOGGER][random.index(3)];
                let start = NonceStart::Reserved { from: random.below(9), until: 10 };
                seal(&mut Sealer::unproven(level, sender, start).unwrap(), b"", at(0))
            }
        };
        let requirement = if random.one_in(2) { &shut } else { &closed };
        refused(panel.validate(&frame, requirement, at(0)));
    }
    assert_eq!(errors(panel.audit().proven()), [(Error::PolicyMissing, 1)]);
    assert_eq!(panel.audit().proven().next().unwrap().rejection.step(), Step::Policy);
    assert_eq!(panel.audit().unproven().count(), RING);
}

#[test]
fn the_proven_ring_keeps_both_refusals_of_admission_and_of_policy() {
    let (mut panel, mut sealer) = panel();
    let requirement = at_least(Level::Hmac);
    let frame = seal(&mut sealer, b"", at(0));
    let twice = [(); 2].map(|()| panel.check(&frame, &requirement, at(0)));
    let [first, second] = twice;
    panel.admit(first).unwrap();
    assert_eq!(panel.admit(second).unwrap_err().step(), Step::Admission);
    let shut = Requirement::exactly(Level::Hmac, topic(), &NoPolicy);
    refused(panel.validate(&seal(&mut sealer, b"", at(0)), &shut, at(0)));
    assert_eq!(errors(panel.audit().proven()), [(Error::PolicyMissing, 1), (Error::Replayed, 1)]);
    assert_eq!(panel.audit().unproven().count(), 0);
}

#[test]
fn a_rejection_says_where_and_why() {
    let (mut panel, mut sealer) = panel();
    seal(&mut sealer, b"", at(0));
    let frame = seal(&mut sealer, b"", at(0));
    let replayed =
        |panel: &mut Receiver| panel.validate(&frame, &at_least(Level::Hmac), at(0)).map(|_| ());
    replayed(&mut panel).unwrap();
    let rejection = replayed(&mut panel).unwrap_err();
    assert_eq!((rejection.nonce(), rejection.level()), (1, Some(Level::Hmac)));
    let rejection = panel.validate(b"", &at_least(Level::Hmac), None).unwrap_err();
    assert_eq!((rejection.nonce(), rejection.level()), (0, None));
    let text = rejection.to_string();
    assert_eq!(
        text,
        "refused at step 1: TRUNCATED: The frame ends before its metadata, payload or tag does."
    );
    let steps = [
        Step::Parse,
        Step::Level,
        Step::Sender,
        Step::Time,
        Step::Nonce,
        Step::Proof,
        Step::Admission,
        Step::Policy,
    ];
    assert!(steps.iter().map(|step| step.number()).eq(1..=8));
    assert!(steps.iter().map(|step| *step as u8).eq(1..=8));
    assert!(steps.is_sorted());
}
