//! Claim: whatever is mixed in between, a receiver ends where the valid frames alone would have
//! led it; its parts agree with each other; and months of it hold up.

use crate::common::*;
use sealwire::*;

use std::collections::{HashMap, HashSet};

/// Five peers, of every kind of proof and nonce.
fn panel() -> Receiver {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 16, 256);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
    register_hmac(&mut panel, 3, LOGGER, 3, |key| key.random_nonces(100)).unwrap();
    register_hmac(&mut panel, 4, PUMP, 4, |key| key.group(GROUP)).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(5), PUMP, ToySigner::new(5).public_key())).unwrap();
    panel
}

struct Senders {
    counting: [Sealer; 3],
    random: Sealer,
    signing: Sealer<ToySigner>,
}

impl Senders {
    fn new() -> Self {
        let to = Audience::Group(GROUP);
        let start = NonceStart::Fresh;
        Self {
            counting: [
                hmac_sealer(1, PUMP, PANEL, 1),
                hmac_sealer(2, VALVE, PANEL, 2).counter_only().unwrap(),
                Sealer::hmac(KeyId(4), PUMP, to, &secret(4), TagLength::Short, start).unwrap(),
            ],
            random: hmac_sealer_from(3, LOGGER, PANEL, 3, NonceStart::Random),
            signing: toy_sealer(5, PUMP, PANEL, 5),
        }
    }

    fn seal(&mut self, random: &mut Random, now: Option<Timestamp>) -> Vec<u8> {
        match random.index(5) {
            0 => seal(&mut self.signing, b"1", now),
            1 => {
                let mut frame = vec![0; 64];
                let nonce = random.next();
                let len = self
                    .random
                    .seal_with_nonce(nonce, b"2", &topic(), now, &mut frame)
                    .unwrap()
                    .len();
                frame.truncate(len);
                frame
            }
            which => seal(&mut self.counting[which - 2], b"3", now),
        }
    }
}

/// What somebody on the line makes of what he saw.
fn hostile(random: &mut Random, seen: &[Vec<u8>], mallory: &mut Senders) -> Vec<u8> {
    let old = |random: &mut Random| seen[random.index(seen.len())].clone();
    match random.below(6) {
        0 => old(random),
        1 => {
            let mut frame = old(random);
            let place = random.index(frame.len());
            frame[place] ^= 1 << random.below(8);
            frame
        }
        2 => {
            // A nonce far ahead, as if the sender had sealed it.
            let mut frame = old(random);
            let place = (11 + random.index(4)).min(frame.len() - 1);
            frame[place] = random.next().to_le_bytes()[0];
            frame
        }
        3 => {
            // The end of one frame behind the front of another.
            let (mut one, other) = (old(random), old(random));
            let cut = random.index(one.len());
            one.truncate(cut);
            one.extend(&other[cut.min(other.len())..]);
            one
        }
        4 => {
            let len = random.index(100);
            random.bytes(len)
        }
        _ => mallory.seal(random, at(0)),
    }
}

#[test]
fn forged_and_replayed_frames_leave_the_state_that_the_valid_ones_alone_leave() {
    let rounds = rounds(6_000, 200_000);
    for seed in 0..4 {
        let mut random = Random::new(seed);
        let [mut mixed, mut pure] = [panel(), panel()];
        let mut senders = Senders::new();
        // Who holds keys, but not these.
        let mut mallory = Senders {
            counting: [
                hmac_sealer(1, PUMP, PANEL, 91),
                hmac_sealer(2, VALVE, PANEL, 92).counter_only().unwrap(),
                hmac_sealer(4, PUMP, PANEL, 4),
            ],
            random: hmac_sealer_from(3, LOGGER, PANEL, 93, NonceStart::Random),
            signing: toy_sealer(5, PUMP, PANEL, 95),
        };
        let nobody = Rules(&[Rule { role: Some(RoleId(9)), kind: None, name: NamePattern::Any }]);
        let open = at_least(Level::Hmac).allow_groups();
        let shut = Requirement::at_least(Level::Hmac, topic(), &nobody).allow_groups();
        let mut seen: Vec<Vec<u8>> = vec![];
        let mut now = 0_i64;
        for round in 0..rounds {
            now += random.below(200_000) as i64;
            let clock = at(now - random.below(100_000) as i64);
            // A refusal by the policy is a valid frame's: it burns the nonce in both.
            let requirement = if random.one_in(10) { &shut } else { &open };
            let (frame, is_valid) = if seen.is_empty() || random.one_in(3) {
                let frame = senders.seal(&mut random, at(now));
                seen.push(frame.clone());
                (frame, true)
            } else {
                (hostile(&mut random, &seen, &mut mallory), false)
            };
            let result = mixed.validate(&frame, requirement, clock);
            if is_valid {
                assert_eq!(verdict(result), verdict(pure.validate(&frame, requirement, clock)));
            } else if let Err(rejection) = result {
                assert!(rejection.step() <= Step::Proof, "{rejection}");
            } else {
                panic!("accepted {frame:02x?}");
            }
            if round % 50 == 0 {
                assert!(saved(&mixed) == saved(&pure), "round {round}");
                for level in Level::ALL {
                    assert_eq!(mixed.audit().accepted(level), pure.audit().accepted(level));
                }
                // The cache isn't saved: ask it.
                for frame in seen.iter().rev().take(60) {
                    let ask = |panel: &Receiver| panel.check(frame, &open, clock).map(|_| ());
                    assert_eq!(ask(&mixed), ask(&pure));
                }
                assert!(
                    mixed
                        .audit()
                        .proven()
                        .map(|event| event.repeats)
                        .eq(pure.audit().proven().map(|event| event.repeats))
                );
            }
            if seen.len() > 3_000 {
                seen.drain(..1_000);
            }
        }
        assert!(pure.audit().accepted(Level::Hmac) > rounds / 10);
    }
}

#[test]
fn a_check_changes_nothing_and_all_ways_through_the_pipeline_agree() {
    let rounds = rounds(4_000, 100_000);
    let mut random = Random::new(42);
    let [mut at_once, mut in_two, mut in_three, mut detached] =
        [panel(), panel(), panel(), panel()];
    let mut senders = Senders::new();
    let mut mallory = Senders::new();
    let requirements = [
        at_least(Level::Hmac).allow_groups(),
        at_least(Level::DigitalSignature),
        Requirement::exactly(Level::Hmac, topic(), &AnyPeer),
        Requirement::at_least(Level::None, topic(), &NoPolicy).allow_groups(),
    ];
    let mut seen = vec![];
    let mut now = 0_i64;
    for _ in 0..rounds {
        now += random.below(100_000) as i64;
        let clock = if random.one_in(40) { None } else { at(now) };
        let requirement = &requirements[if random.one_in(5) { random.index(4) } else { 0 }];
        let frame = if seen.is_empty() || random.one_in(2) {
            senders.seal(&mut random, at(now))
        } else {
            hostile(&mut random, &seen, &mut mallory)
        };
        let before = saved(&in_two);
        let checked = in_two.check(&frame, requirement, clock);
        let _ = in_two.check(&frame, requirement, clock);
        assert!(saved(&in_two) == before);
        let begun = in_three.begin(Frame::parse(&frame), requirement, clock);
        assert!(saved(&in_three) == before);
        let finished = begun.and_then(Begun::finish);

        let expected = at_once.validate(&frame, requirement, clock);
        let two = in_two.admit(checked);
        let three = in_three.admit(finished);
        let show = |accepted: &Accepted<'_>| {
            (accepted.payload().to_vec(), accepted.sender(), accepted.key_id(), accepted.nonce())
        };
        assert_eq!(two.as_ref().map(show), expected.as_ref().map(show));
        assert_eq!(three.as_ref().map(show), expected.as_ref().map(show));
        // The same frame in two pieces.
        if let Ok(parsed) = Frame::parse(&frame) {
            let head = parsed.metadata().encoded_len();
            let end = frame.len() - parsed.tag().len();
            let form = [&frame[..head], &frame[end..]].concat();
            let result = detached.validate_detached(&form, &frame[head..end], requirement, clock);
            assert_eq!(result.as_ref().map(show), expected.as_ref().map(show));
        } else {
            assert_eq!(
                verdict(detached.validate(&frame, requirement, clock)),
                expected.map(|_| ()).map_err(|r| r.error())
            );
        }
        let state = saved(&at_once);
        for other in [&in_two, &in_three, &detached] {
            assert!(saved(other) == state);
            for error in Error::ALL {
                assert_eq!(other.audit().refused(*error), at_once.audit().refused(*error));
            }
        }
        if !frame.is_empty() {
            seen.push(frame);
        }
        if seen.len() > 500 {
            seen.drain(..100);
        }
    }
}

#[test]
fn what_was_checked_may_be_admitted_in_any_order_and_once() {
    let mut random = Random::new(77);
    let mut panel = panel();
    let mut senders = Senders::new();
    let requirement = at_least(Level::Hmac).allow_groups();
    for round in 0..40_i64 {
        // Far enough apart for the cache, few enough for every window.
        let now = at(round * 12_000_000);
        let frames: Vec<_> = (0..60).map(|_| senders.seal(&mut random, now)).collect();
        let mut pending: Vec<_> = frames
            .iter()
            .chain(&frames)
            .map(|frame| panel.check(frame, &requirement, now))
            .collect();
        assert!(pending.iter().all(Result::is_ok));
        for i in (1..pending.len()).rev() {
            pending.swap(i, random.index(i + 1));
        }
        let accepted = pending.into_iter().filter(|checked| panel.admit(*checked).is_ok()).count();
        assert_eq!(accepted, 60);
    }
}

/// One peer in the long run: what it seals with, and what comes next.
struct Module {
    id: ModuleId,
    key: u32,
    sealer: Sealer,
    /// Counters end here; stored before use.
    stored: u64,
    counts: bool,
}

const BLOCK: u64 = 128;

impl Module {
    fn sealer(key: u32, id: ModuleId, counts: bool, from: u64) -> Sealer {
        let start = NonceStart::Reserved { from, until: from + BLOCK };
        let sealer = hmac_sealer_from(key, id, PANEL, key.into(), start);
        if counts { sealer.counter_only().unwrap() } else { sealer }
    }

    fn new(key: u32, id: ModuleId, counts: bool) -> Self {
        Self { id, key, sealer: Self::sealer(key, id, counts, 0), stored: BLOCK, counts }
    }

    fn seal(&mut self, now: Option<Timestamp>) -> Vec<u8> {
        if self.sealer.nonces_left() == 0 {
            self.stored += BLOCK;
            self.sealer.extend(self.stored).unwrap();
        }
        seal(&mut self.sealer, b"42", now)
    }

    /// All is lost but the border that was stored.
    fn restart(&mut self) {
        self.sealer = Self::sealer(self.key, self.id, self.counts, self.stored);
        self.stored += BLOCK;
    }
}

#[test]
fn months_of_clock_steps_restarts_and_rollovers_accept_nothing_twice_and_nothing_stale() {
    // By hand as many as are asked for: tests/PROPERTIES.md says how.
    let asked = std::env::var("SEALWIRE_MESSAGES").map(|count| count.parse().unwrap());
    let messages: u32 = asked.unwrap_or(rounds(50_000, 1_000_000));
    // Not past the century, in whose seconds keys end.
    let pause = 150_000_000 / u64::from(messages / 100_000_000).max(1);
    let mut random = Random::new(2026);
    let mut true_now = NOW;
    let mut next_key = 100;
    let mut modules: Vec<Module> =
        (0..6).map(|n| Module::new(n.into(), id(n + 1), n >= 4)).collect();
    let mut ends: HashMap<u32, Timestamp> = HashMap::new();
    let mut retiring: Vec<(u64, usize, Module)> = vec![];
    let mut clock_error = 0_i64;
    let (mut highest, mut floor) = (0, 0);

    let register = |panel: &mut Receiver, module: &Module, end: Option<Timestamp>, unused: bool| {
        let secret = secret(module.key.into());
        let mut key = PeerKey::hmac(KeyId(module.key), module.id, &secret, TagLength::Short);
        if module.counts {
            key = key.counter_only();
        }
        if unused {
            key = key.unused();
        }
        key = end.map_or(key, |end| key.expires(end));
        panel.register(&key).unwrap();
    };
    let mut panel = receiver(PANEL, Restart::FreshKeys, 256, 0);
    modules.iter().for_each(|module| register(&mut panel, module, None, false));

    let mut accepted = HashSet::new();
    let mut line: Vec<Vec<u8>> = vec![];
    let (mut fresh, mut restarts, mut rollovers) = (0_u32, 0, 0);
    let requirement = at_least(Level::Hmac);
    for _ in 0..messages {
        true_now += if random.one_in(5) { random.below(pause) } else { random.below(50_000) };
        if random.one_in(400) {
            clock_error = random.below(FUTURE) as i64 - (FUTURE / 2) as i64;
        }
        let reading = true_now.checked_add_signed(clock_error).unwrap();
        let clock = Some(stamp(reading));

        // Keys are exchanged: the new one is registered first, the sender changes later.
        if random.one_in(3_000) {
            let n = random.index(modules.len());
            let is_pending = retiring.iter().any(|(_, module, _)| *module == n);
            if !is_pending {
                next_key += 1;
                let next = Module::new(next_key, modules[n].id, modules[n].counts);
                let end = stamp(highest.max(reading) + 3_600_000_000);
                let secret = secret(next.key.into());
                let mut key = PeerKey::hmac(KeyId(next.key), next.id, &secret, TagLength::Short);
                if next.counts {
                    key = key.counter_only();
                }
                match panel.rollover(KeyId(modules[n].key), &key.unused(), end) {
                    Ok(()) => {
                        ends.insert(modules[n].key, end);
                        retiring.push((true_now + 1_800_000_000, n, next));
                        rollovers += 1;
                    }
                    Err(error) => assert_eq!(error, Error::RolloverPending),
                }
            }
        }
        while let Some(due) = retiring.iter().position(|(due, _, _)| *due <= true_now) {
            let (_, n, next) = retiring.remove(due);
            modules[n] = next;
        }
        if random.one_in(2_000) {
            modules[random.index(6)].restart();
        }
        if random.one_in(5_000) {
            restarts += 1;
            let state = saved(&panel);
            let with_state = reading < highest || random.one_in(2);
            let restart = if with_state {
                Restart::Saved(&state)
            } else {
                Restart::NotBefore(stamp(reading))
            };
            if !with_state {
                floor = reading + FUTURE;
                highest = reading;
            }
            panel = receiver(PANEL, restart, 256, 0);
            // Without its window a counting key is lost: the operator gives new ones.
            for (n, module) in modules.iter_mut().enumerate() {
                if !with_state && module.counts {
                    retiring.retain(|(_, other, _)| *other != n);
                    next_key += 1;
                    *module = Module::new(next_key, module.id, true);
                    register(&mut panel, module, None, true);
                } else {
                    register(&mut panel, module, ends.get(&module.key).copied(), false);
                }
            }
            for (_, _, module) in &retiring {
                register(&mut panel, module, None, false);
            }
        }

        // What is sealed now may come at once, later, often or never.
        let n = random.index(6);
        let frame = modules[n].seal(Some(stamp(true_now)));
        let is_honest = random.one_in(2);
        line.push(frame.clone());
        if line.len() > 2_000 {
            // What can't be offered again needn't be remembered.
            line.drain(..500).for_each(|frame| {
                accepted.remove(&frame);
            });
        }
        let mut offered = if is_honest {
            frame
        } else if random.one_in(2) {
            line[line.len() - 1 - random.index(line.len().min(30))].clone()
        } else {
            line[random.index(line.len())].clone()
        };
        let is_forged = !is_honest && random.one_in(8);
        if is_forged {
            let place = random.index(offered.len());
            offered[place] ^= 1 << random.below(8);
        }
        match panel.validate(&offered, &requirement, clock) {
            Ok(frame) => {
                assert!(!is_forged, "forged: {frame:?}");
                assert!(accepted.insert(offered.clone()), "twice: {frame:?}");
                if let Some(stamped) = frame.timestamp() {
                    let counts = highest.max(reading);
                    assert!(stamped.as_micros() + PAST >= counts);
                    assert!(stamped.as_micros() <= counts + FUTURE);
                    assert!(stamped.as_micros() > floor || floor == 0);
                }
                highest = highest.max(reading);
                fresh += u32::from(is_honest);
            }
            Err(rejection) if is_honest => {
                // Nobody honest is refused, but for what a restart left unknown, or a key's end.
                let known = matches!(rejection.error(), Error::BeforeRestart if true_now <= floor)
                    || matches!(rejection.error(), Error::KeyExpired);
                assert!(known, "{rejection} at {true_now}");
            }
            Err(_) => {}
        }
    }
    assert!(fresh > messages / 3, "{fresh}");
    assert!(restarts > messages / 10_000 && rollovers > messages / 10_000);
    println!(
        "{messages} messages, {fresh} honest ones accepted, {restarts} restarts, {rollovers} rollovers, {} days",
        (true_now - NOW) / 86_400_000_000
    );
}
