//! Claim: a frame counts for the sender, receiver or group, algorithm, tag length and context
//! that it was sealed for, and for no other; and at the level that was required (§4, §5, §6).

use crate::common::*;
use sealwire::*;

/// Everybody who could be meant: two receivers, two groups, three senders, one secret a pair.
fn key<'k>(n: u32, from: ModuleId, secret: &'k PeerSecret) -> PeerKey<'k> {
    PeerKey::hmac(KeyId(n), from, secret, TagLength::Short)
}

fn lone(own: ModuleId, key: PeerKey<'_>) -> Receiver {
    let mut panel = receiver(own, Restart::FreshKeys, 2, 16);
    panel.register(&key).unwrap();
    panel
}

fn offer(panel: &mut Receiver, frame: &[u8]) -> Result<(), Error> {
    verdict(panel.validate(frame, &at_least(Level::Hmac).allow_groups(), at(0)))
}

fn sealed(from: ModuleId, to: Audience, tag: TagLength) -> Vec<u8> {
    let start = NonceStart::Fresh;
    seal(&mut Sealer::hmac(KeyId(1), from, to, &secret(1), tag, start).unwrap(), b"4.2", at(0))
}

fn signed(from: ModuleId, to: Audience) -> Vec<u8> {
    let start = NonceStart::Fresh;
    seal(&mut Sealer::ecdsa(KeyId(1), from, to, ToySigner::new(1), start).unwrap(), b"4.2", at(0))
}

#[test]
fn a_tag_is_for_one_sender_one_audience_and_one_length() {
    let secret = secret(1);
    let senders = [PUMP, VALVE];
    let receivers = [PANEL, LOGGER];
    // A group may have a module's ID: it is still another audience.
    let groups = [GROUP, PANEL];
    let lengths = [TagLength::Full, TagLength::Short];
    for from in senders {
        for to in receivers.map(Audience::Peer).into_iter().chain(groups.map(Audience::Group)) {
            for tag in lengths {
                let frame = sealed(from, to, tag);
                for own in receivers {
                    for sender in senders {
                        for registered in lengths {
                            for group in [None, Some(groups[0]), Some(groups[1])] {
                                let key = PeerKey::hmac(KeyId(1), sender, &secret, registered);
                                let key = group.map_or(key, |group| key.group(group));
                                let result = offer(&mut lone(own, key), &frame);
                                let audience = group.map_or(Audience::Peer(own), Audience::Group);
                                let expected = if registered != tag {
                                    Err(Error::KeyAlgorithm)
                                } else if sender == from && audience == to {
                                    Ok(())
                                } else {
                                    Err(Error::TagWrong)
                                };
                                assert_eq!(result, expected);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_signature_is_for_one_sender_and_one_audience() {
    let public = ToySigner::new(1).public_key();
    for from in [PUMP, VALVE] {
        for to in [
            Audience::Peer(PANEL),
            Audience::Peer(LOGGER),
            Audience::Group(GROUP),
            Audience::Group(PANEL),
        ] {
            let frame = signed(from, to);
            for own in [PANEL, LOGGER] {
                for sender in [PUMP, VALVE] {
                    for group in [None, Some(GROUP), Some(PANEL)] {
                        let key = PeerKey::ecdsa(KeyId(1), sender, public);
                        let key = group.map_or(key, |group| key.group(group));
                        let audience = group.map_or(Audience::Peer(own), Audience::Group);
                        let is_right = sender == from && audience == to;
                        let expected = if is_right { Ok(()) } else { Err(Error::SignatureWrong) };
                        assert_eq!(offer(&mut lone(own, key), &frame), expected);
                    }
                }
            }
        }
    }
}

#[test]
fn a_reflected_frame_is_refused() {
    // Both directions of one pair, under one key ID each: what the pump sealed comes back to it.
    let secret = secret(1);
    let mut pump = lone(PUMP, key(1, PANEL, &secret));
    let from_pump = sealed(PUMP, Audience::Peer(PANEL), TagLength::Short);
    let from_panel = sealed(PANEL, Audience::Peer(PUMP), TagLength::Short);
    assert_eq!(offer(&mut pump, &from_pump), Err(Error::TagWrong));
    assert_eq!(offer(&mut pump, &from_panel), Ok(()));
    // The same in a group, where both hold the key of both.
    let mut pump = lone(PUMP, key(1, PANEL, &secret).group(GROUP));
    let from_pump = sealed(PUMP, Audience::Group(GROUP), TagLength::Short);
    assert_eq!(offer(&mut pump, &from_pump), Err(Error::TagWrong));
}

#[test]
fn a_member_of_a_group_cannot_speak_in_a_private_conversation_nor_the_other_way_round() {
    let secret = secret(1);
    let private = sealed(PUMP, Audience::Peer(PANEL), TagLength::Short);
    let public = sealed(PUMP, Audience::Group(PANEL), TagLength::Short);
    assert_eq!(offer(&mut lone(PANEL, key(1, PUMP, &secret)), &public), Err(Error::TagWrong));
    let mut member = lone(PANEL, key(1, PUMP, &secret).group(PANEL));
    assert_eq!(offer(&mut member, &private), Err(Error::TagWrong));
}

#[test]
fn a_groups_tag_counts_only_where_a_group_will_do_and_its_signature_everywhere() {
    let secret = secret(1);
    let mut panel = lone(PANEL, key(1, PUMP, &secret).group(GROUP));
    let frame = sealed(PUMP, Audience::Group(GROUP), TagLength::Short);
    for strict in [
        at_least(Level::None),
        at_least(Level::Hmac),
        Requirement::exactly(Level::Hmac, topic(), &AnyPeer),
    ] {
        let rejection = panel.validate(&frame, &strict, at(0)).unwrap_err();
        assert_eq!((rejection.error(), rejection.step()), (Error::GroupNotAllowed, Step::Sender));
    }
    let lax = at_least(Level::Hmac).allow_groups();
    assert_eq!(panel.validate(&frame, &lax, at(0)).unwrap().group(), Some(GROUP));
    let public = ToySigner::new(1).public_key();
    let mut panel = lone(PANEL, PeerKey::ecdsa(KeyId(1), PUMP, public).group(GROUP));
    let frame = signed(PUMP, Audience::Group(GROUP));
    let accepted = panel.validate(&frame, &at_least(Level::Hmac), at(0)).unwrap();
    assert_eq!((accepted.group(), accepted.sender()), (Some(GROUP), Some(PUMP)));
}

#[test]
fn a_frame_counts_in_its_own_context_only() {
    let tags = [[1; 16].to_vec(), [1; 32].to_vec(), [1; 64].to_vec(), [2; 16].to_vec()];
    let mut contexts = vec![];
    for name in [&b""[..], b"a", b"b", b"aa", b"a\0", b"A"] {
        contexts.push(Context::topic(name).unwrap());
        contexts.push(Context::request(name).unwrap());
        contexts.push(Context::resource(name).unwrap());
        contexts.extend(tags.iter().map(|tag| Context::response(name, tag).unwrap()));
    }
    let secret = secret(1);
    let public = ToySigner::new(3).public_key();
    let make = || {
        let mut panel = lone(PANEL, key(1, PUMP, &secret));
        panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, public)).unwrap();
        panel
    };
    let mut panel = make();
    let mut hmac = hmac_sealer(1, PUMP, PANEL, 1);
    let mut ecdsa = toy_sealer(3, PUMP, PANEL, 3);
    for (i, sealed_about) in contexts.iter().enumerate() {
        let frames = [
            (seal_about(&mut hmac, b"x", sealed_about, at(0)), Error::TagWrong),
            (seal_about(&mut ecdsa, b"x", sealed_about, at(0)), Error::SignatureWrong),
        ];
        for (frame, wrong) in frames {
            for (j, required) in contexts.iter().enumerate().rev() {
                if i == j {
                    continue;
                }
                let requirement = Requirement::at_least(Level::Hmac, *required, &AnyPeer);
                assert_eq!(refused(panel.check(&frame, &requirement, at(0))), wrong);
            }
            let requirement = Requirement::at_least(Level::Hmac, *sealed_about, &AnyPeer);
            panel.validate(&frame, &requirement, at(0)).unwrap();
        }
    }
}

#[test]
fn a_response_answers_one_request() {
    let secret = secret(1);
    let mut panel = lone(PANEL, key(1, PUMP, &secret));
    let mut to_pump = hmac_sealer(7, PANEL, PUMP, 2);
    let mut from_pump = hmac_sealer(1, PUMP, PANEL, 1);
    let request = Context::request(b"valve/set").unwrap();
    let tags: Vec<_> = (0..2)
        .map(|_| {
            let mut frame = [0; 100];
            let sealed = to_pump.seal(b"50 %", &request, at(0), &mut frame).unwrap();
            sealed.tag(&frame).to_vec()
        })
        .collect();
    let answers = [&tags[0], &tags[1]].map(|tag| Context::response(b"valve/set", tag).unwrap());
    let frame = seal_about(&mut from_pump, b"ok", &answers[0], at(0));
    for (answer, expected) in [(answers[1], Err(Error::TagWrong)), (answers[0], Ok(()))] {
        let requirement = Requirement::at_least(Level::Hmac, answer, &AnyPeer);
        assert_eq!(verdict(panel.validate(&frame, &requirement, at(0))), expected);
    }
}

#[test]
fn a_sender_exchanged_is_a_wrong_tag() {
    // The module with the stolen key of one peer names another's key ID.
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(4), VALVE, ToySigner::new(4).public_key())).unwrap();
    for (named, from, of) in [(1, PUMP, 2), (1, VALVE, 2), (2, VALVE, 1), (2, PUMP, 1)] {
        let frame = seal(&mut hmac_sealer(named, from, PANEL, of), b"", at(0));
        assert_eq!(offer(&mut panel, &frame), Err(Error::TagWrong));
    }
    for (named, from, of) in [(3, PUMP, 4), (3, VALVE, 4), (4, VALVE, 3), (4, PUMP, 3)] {
        let frame = seal(&mut toy_sealer(named, from, PANEL, of), b"", at(0));
        assert_eq!(offer(&mut panel, &frame), Err(Error::SignatureWrong));
    }
    // Nor does its own frame count with another's ID put in afterwards.
    let mut frame = seal(&mut hmac_sealer(2, VALVE, PANEL, 2), b"", at(0));
    assert_eq!(frame[2], 2);
    frame[2] = 1;
    assert_eq!(offer(&mut panel, &frame), Err(Error::TagWrong));
}

#[test]
fn levels_are_what_the_receiver_requires() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 16);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(16)).unwrap();
    let make = |level: Level, nonce| match level {
        Level::Hmac => {
            let start = NonceStart::Reserved { from: nonce, until: 1000 };
            seal(&mut hmac_sealer_from(1, PUMP, PANEL, 1, start), b"", at(0))
        }
        Level::DigitalSignature => {
            let start = NonceStart::Reserved { from: nonce, until: 1000 };
            let to = Audience::Peer(PANEL);
            let sealer = Sealer::ecdsa(KeyId(3), PUMP, to, ToySigner::new(3), start);
            seal(&mut sealer.unwrap(), b"", at(0))
        }
        level => {
            let start = NonceStart::Reserved { from: nonce, until: 1000 };
            seal(&mut Sealer::unproven(level, PUMP, start).unwrap(), b"", at(0))
        }
    };
    let mut nonce = 0;
    for level in Level::ALL {
        for required in Level::ALL {
            for exactly in [false, true] {
                nonce += 1;
                let frame = make(level, nonce);
                let requirement = if exactly {
                    Requirement::exactly(required, topic(), &AnyPeer)
                } else {
                    Requirement::at_least(required, topic(), &AnyPeer)
                };
                let expected = match level.cmp(&required) {
                    std::cmp::Ordering::Less => Err(Error::LevelTooLow),
                    std::cmp::Ordering::Greater if exactly => Err(Error::LevelNotExact),
                    _ => Ok(()),
                };
                let result = panel.validate(&frame, &requirement, at(0));
                if let Ok(accepted) = &result {
                    assert_eq!(accepted.level(), level);
                }
                assert_eq!(verdict(result), expected);
            }
        }
    }
}

#[test]
fn a_frame_with_its_level_lowered_proves_nothing() {
    // Somebody cuts the tag off and writes a lower level over it, claiming the sender's ID.
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 16);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(16)).unwrap();
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"open", at(0));
    for level in 1..=3 {
        let mut lowered = vec![0x10 | level, 0];
        lowered.extend(PUMP.as_bytes());
        lowered.extend(&frame[3..frame.len() - 16]);
        let result = panel.validate(&lowered, &at_least(Level::Hmac), at(0));
        assert_eq!(verdict(result), Err(Error::LevelTooLow));
        let result = panel.validate(&lowered, &at_least(Level::None), at(0));
        assert_eq!(result.unwrap().level().number(), level);
    }
    // A frame's own level is checked in full also where less would do.
    for (at_byte, mask) in [(frame.len() - 1, 1), (5, 1), (frame.len() - 17, 4)] {
        let mut forged = frame.clone();
        forged[at_byte] ^= mask;
        assert_ne!(verdict(panel.validate(&forged, &at_least(Level::None), at(0))), Ok(()));
    }
}

#[test]
fn an_algorithm_exchanged_is_refused_before_any_tag() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 16);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    let hmac = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"0123456789abcdef", at(0));
    // A long tag where the key has short ones: the last 16 bytes of payload would be tag.
    let mut long = hmac.clone();
    long[1] = 1;
    assert_eq!(offer(&mut panel, &long), Err(Error::Truncated));
    long.extend([0; 16]);
    assert_eq!(offer(&mut panel, &long), Err(Error::KeyAlgorithm));
    // A signature's key for tags, and a tag's key for signatures.
    let mut other = hmac.clone();
    other[2] = 3;
    assert_eq!(offer(&mut panel, &other), Err(Error::KeyAlgorithm));
    let mut signed = seal(&mut toy_sealer(3, PUMP, PANEL, 3), b"", at(0));
    signed[2] = 1;
    assert_eq!(offer(&mut panel, &signed), Err(Error::KeyAlgorithm));
}

#[test]
fn a_known_module_is_no_key_and_a_key_no_known_module() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 16);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    for level in [Level::BasicAuth, Level::Timestamp] {
        let frame =
            seal(&mut Sealer::unproven(level, PUMP, NonceStart::Fresh).unwrap(), b"", at(0));
        let result = panel.validate(&frame, &at_least(Level::None), at(0));
        assert_eq!(verdict(result), Err(Error::UnknownSender));
    }
    // A frame of level 1 may name anybody; nobody is who sent it.
    let frame =
        seal(&mut Sealer::unproven(Level::None, PUMP, NonceStart::Fresh).unwrap(), b"", None);
    let accepted = panel.validate(&frame, &at_least(Level::None), None).unwrap();
    assert_eq!(
        (accepted.sender(), accepted.timestamp(), accepted.role()),
        (None, None, RoleId::NONE)
    );
}

#[test]
fn policy_is_asked_last_about_the_requirements_context_and_burns_the_nonce() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 16);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.role(RoleId(1))).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.role(RoleId(2))).unwrap();
    register_hmac(&mut panel, 3, LOGGER, 3, |key| key).unwrap();
    let mut sealers = [
        hmac_sealer(1, PUMP, PANEL, 1),
        hmac_sealer(2, VALVE, PANEL, 2),
        hmac_sealer(3, LOGGER, PANEL, 3),
    ];
    let set = |role, kind, name| Rule { role, kind, name };
    let cases: [(&[Rule<'_>], [bool; 3]); 10] = [
        (&[], [false; 3]),
        (&[Rule { role: None, kind: None, name: NamePattern::Any }], [true; 3]),
        (&[set(Some(RoleId(1)), None, NamePattern::Any)], [true, false, false]),
        (&[set(Some(RoleId::NONE), None, NamePattern::Any)], [false, false, true]),
        (&[set(None, Some(ContextKind::Topic), NamePattern::Any)], [true; 3]),
        (&[set(None, Some(ContextKind::Request), NamePattern::Any)], [false; 3]),
        (&[set(None, None, NamePattern::Exactly(b"pump/pressure/main/kPa24"))], [true; 3]),
        (&[set(None, None, NamePattern::Exactly(b"pump/pressure"))], [false; 3]),
        (&[set(Some(RoleId(2)), None, NamePattern::Prefix(b"pump/"))], [false, true, false]),
        (
            &[
                set(Some(RoleId(2)), None, NamePattern::Prefix(b"pump/x")),
                set(
                    Some(RoleId(1)),
                    Some(ContextKind::Topic),
                    NamePattern::Exactly(topic().name()),
                ),
            ],
            [true, false, false],
        ),
    ];
    for (rules, expected) in cases {
        let rules = Rules(rules);
        let requirement = Requirement::at_least(Level::Hmac, topic(), &rules);
        for (sealer, expected) in sealers.iter_mut().zip(expected) {
            let frame = seal(sealer, b"", at(0));
            let checked = panel.check(&frame, &requirement, at(0));
            assert!(checked.is_ok(), "the policy is not the check's business");
            let result = panel.admit(checked);
            if expected {
                result.unwrap();
            } else {
                let rejection = result.unwrap_err();
                assert_eq!(rejection.error(), Error::PolicyRefused);
                assert_eq!(rejection.step(), Step::Policy);
            }
            // Refused or not, the nonce is spent.
            assert_eq!(offer(&mut panel, &frame), Err(Error::Replayed));
        }
    }
    let shut = Requirement::at_least(Level::Hmac, topic(), &NoPolicy);
    let frame = seal(&mut sealers[0], b"", at(0));
    assert_eq!(verdict(panel.validate(&frame, &shut, at(0))), Err(Error::PolicyMissing));
    assert!(!format!("{shut:?}").is_empty());
}

#[test]
fn a_policy_sees_who_was_proven_at_which_level_and_for_which_group() {
    type Seen = (ModuleId, RoleId, Level, Option<ModuleId>, ContextKind);
    struct Look(std::sync::Mutex<Vec<Seen>>);
    impl Policy for Look {
        fn decide(&self, peer: &Peer, context: &Context<'_>) -> Result<(), Error> {
            let seen = (peer.sender(), peer.role(), peer.level(), peer.group(), context.kind());
            self.0.lock().unwrap().push(seen);
            Ok(())
        }
    }
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 16);
    let secret = secret(1);
    panel.register(&key(1, PUMP, &secret).group(GROUP).role(RoleId(4))).unwrap();
    panel.register_module(&KnownModule::new(VALVE).role(RoleId(5)).timestamps(4)).unwrap();
    let look = Look(Default::default());
    let requirement = Requirement::at_least(Level::None, topic(), &look).allow_groups();
    let frames = [
        sealed(PUMP, Audience::Group(GROUP), TagLength::Short),
        seal(
            &mut Sealer::unproven(Level::Timestamp, VALVE, NonceStart::Fresh).unwrap(),
            b"",
            at(0),
        ),
        seal(&mut Sealer::unproven(Level::None, VALVE, NonceStart::Fresh).unwrap(), b"", at(0)),
    ];
    for frame in &frames {
        panel.validate(frame, &requirement, at(0)).unwrap();
    }
    let mut seen = look.0.into_inner().unwrap();
    // With `hardened` each is asked twice.
    seen.dedup();
    let topic = ContextKind::Topic;
    assert_eq!(
        seen,
        [
            (PUMP, RoleId(4), Level::Hmac, Some(GROUP), topic),
            (VALVE, RoleId(5), Level::Timestamp, None, topic),
        ]
    );
}
