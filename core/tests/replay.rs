//! Claim: each nonce at most once; a window takes what is new or inside its 512 and not seen, a
//! cache what it doesn't remember; nothing else moves either of them (`PROTOCOL.md` §7).

use crate::common::*;
use sealwire::*;

use std::collections::{BTreeMap, HashSet};

const LAST: u64 = NONCE_LIMIT - 1;
const W: u64 = WINDOW;

fn counting() -> Receiver {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 2, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    panel
}

/// Seals with any nonce, though the receiver has registered a key that counts.
struct AnyNonce(Sealer);

impl AnyNonce {
    fn new() -> Self {
        Self(hmac_sealer_from(1, PUMP, PANEL, 1, NonceStart::Random))
    }

    fn frame(&mut self, nonce: u64) -> ([u8; 64], usize) {
        let mut frame = [0; 64];
        let sealed = self.0.seal_with_nonce(nonce, b"", &topic(), at(0), &mut frame).unwrap();
        (frame, sealed.len())
    }

    fn offer(&mut self, panel: &mut Receiver, nonce: u64) -> Result<(), Error> {
        let (frame, len) = self.frame(nonce);
        verdict(panel.validate(&frame[..len], &at_least(Level::Hmac), at(0)))
    }
}

/// The window in words of its definition: a set, and the highest.
#[derive(Default)]
struct Model {
    seen: HashSet<u64>,
    highest: u64,
}

impl Model {
    fn offer(&mut self, nonce: u64) -> Result<(), Error> {
        if nonce >= NONCE_LIMIT {
            return Err(Error::NonceLimit);
        }
        if nonce + W <= self.highest {
            return Err(Error::NonceTooOld);
        }
        self.highest = self.highest.max(nonce);
        if self.seen.insert(nonce) { Ok(()) } else { Err(Error::Replayed) }
    }
}

#[test]
fn the_boundary_table_of_wireguards_self_test_holds_for_our_window() {
    // replay_test.go of wireguard-go: T_LIM is its window's size + 1, that is, the first
    // distance that is too far back.
    const T: u64 = W + 1;
    let yes = Ok(());
    let no = Err(());
    let mut any = AnyNonce::new();
    let mut panel = counting();
    let mut check = |table: &[(u64, Result<(), ()>)]| {
        for &(nonce, expected) in table {
            let result = any.offer(&mut panel, nonce).map_err(|_| ());
            assert_eq!(result, expected, "nonce {nonce}");
        }
        panel = counting();
    };
    check(&[
        (0, yes),
        (1, yes),
        (1, no),
        (9, yes),
        (8, yes),
        (7, yes),
        (7, no),
        (T, yes),
        (T - 1, yes),
        (T - 1, no),
        (T - 2, yes),
        (2, yes),
        (2, no),
        (T + 16, yes),
        (3, no),
        (T + 16, no),
        (T * 4, yes),
        (T * 4 - (T - 1), no),
        (10, no),
        (T * 4 - T, no),
        (T * 4 - (T + 1), no),
        (T * 4 - (T - 2), yes),
        (T * 4 + 1 - T, no),
        (0, no),
        (LAST, yes),
        (LAST - 1, yes),
        (LAST, no),
        (LAST - 1, no),
        (LAST - 2, yes),
        (LAST - W, no),
        (LAST - W + 1, yes),
        (LAST - W + 1, no),
        (0, no),
    ]);
    // Upwards from 1, then 0 once and no more.
    let mut table: Vec<_> = (1..=W).map(|nonce| (nonce, yes)).collect();
    table.extend([(0, no), (0, no)]);
    check(&table);
    // Upwards from 2, then 1 and no more, and 0 is out.
    let mut table: Vec<_> = (2..=W).map(|nonce| (nonce, yes)).collect();
    table.extend([(1, yes), (0, no)]);
    check(&table);
    // Downwards, both ways.
    check(&(0..W).rev().map(|nonce| (nonce, yes)).collect::<Vec<_>>());
    let mut table: Vec<_> = (1..=W).rev().map(|nonce| (nonce, yes)).collect();
    table.push((0, no));
    check(&table);
    let down_and_again: Vec<_> =
        (0..W).rev().map(|nonce| (nonce, yes)).chain((0..W).map(|nonce| (nonce, no))).collect();
    check(&down_and_again);
    // Far jumps over the whole of the window, and one less.
    check(&[(0, yes), (W - 1, yes), (0, no), (1, yes), (W, yes), (0, no), (1, no), (2, yes)]);
    check(&[
        (5, yes),
        (5 + W, yes),
        (5, no),
        (6, yes),
        (5 + 2 * W, yes),
        (6 + W, yes),
        (5 + W, no),
    ]);
    check(&[
        (70, yes),
        (70 + 64, yes),
        (71, yes),
        (134, no),
        (70 + 128, yes),
        (135, yes),
        (133, yes),
    ]);
}

#[test]
fn a_nonce_at_the_limit_is_refused_and_the_last_one_below_it_taken() {
    // A sealer that counts stops before; one with random nonces doesn't.
    let mut any = AnyNonce::new();
    let mut panel = counting();
    for (nonce, expected) in [
        (NONCE_LIMIT, Err(Error::NonceLimit)),
        (u64::MAX, Err(Error::NonceLimit)),
        (0, Ok(())),
        (NONCE_LIMIT, Err(Error::NonceLimit)),
        (LAST, Ok(())),
        (NONCE_LIMIT, Err(Error::NonceLimit)),
        (u64::MAX, Err(Error::NonceLimit)),
        (LAST, Err(Error::Replayed)),
        (LAST - 1, Ok(())),
    ] {
        assert_eq!(any.offer(&mut panel, nonce), expected, "{nonce}");
    }
}

#[test]
fn every_short_sequence_around_every_border_is_as_the_set_says() {
    // Words are 64 bits, the ring wraps at 512: all orders of up to five from each alphabet.
    let mut any = AnyNonce::new();
    let alphabets: [&[u64]; 4] = [
        &[0, 1, 63, 64, W - 1, W, W + 1],
        &[0, W - 1, W, 2 * W - 1, 2 * W, 3 * W],
        &[62, 63, 64, 65, 63 + W, 64 + W],
        &[LAST, LAST - 1, LAST - 63, LAST - W + 1, LAST - W, 0],
    ];
    let frames: BTreeMap<u64, ([u8; 64], usize)> =
        alphabets.concat().into_iter().map(|nonce| (nonce, any.frame(nonce))).collect();
    let requirement = at_least(Level::Hmac);
    let mut sequences = 0;
    for alphabet in alphabets {
        for length in 1..=5 {
            for number in 0..alphabet.len().pow(length) {
                let mut panel = counting();
                let mut model = Model::default();
                let mut digits = number;
                for _ in 0..length {
                    let nonce = alphabet[digits % alphabet.len()];
                    digits /= alphabet.len();
                    let (frame, len) = &frames[&nonce];
                    let result = panel.validate(&frame[..*len], &requirement, at(0));
                    assert_eq!(verdict(result), model.offer(nonce), "{nonce} in {number}");
                }
                sequences += 1;
            }
        }
    }
    assert!(sequences > 40_000, "{sequences}");
}

#[test]
fn random_operations_are_as_the_set_says() {
    let operations = 1_000_000;
    let mut any = AnyNonce::new();
    let mut random = Random::new(31);
    let mut panel = counting();
    let mut model = Model::default();
    for round in 0..operations {
        if round % (operations / 10) == 0 {
            panel = counting();
            model = Model::default();
        }
        let nonce = match random.below(100) {
            0 => model.highest.saturating_add(random.any_length(40)),
            1 => model.highest.saturating_add(W - 2 + random.below(4)),
            2 => random.any_length(64),
            3..=5 => model.highest.saturating_sub(W - 2 + random.below(4)),
            6..=9 => model.highest.saturating_add(random.below(3 * W)),
            10..=40 => model.highest.saturating_add(random.below(4)),
            _ => model.highest.saturating_sub(random.below(W + 40)),
        };
        assert_eq!(any.offer(&mut panel, nonce), model.offer(nonce), "{nonce}");
        // Near the top every nonce is the same few.
        if model.highest > 1 << 62 {
            panel = counting();
            model = Model::default();
        }
    }
}

#[test]
fn each_key_and_each_sender_of_a_group_has_a_window_of_its_own() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 0);
    let secret = secret(9);
    let senders = [PUMP, VALVE, LOGGER];
    let mut sealers = vec![];
    for (key, sender) in (1..).zip(senders) {
        let key = KeyId(key);
        panel
            .register(&PeerKey::hmac(key, sender, &secret, TagLength::Short).group(GROUP))
            .unwrap();
        let to = Audience::Group(GROUP);
        let start = NonceStart::Fresh;
        sealers.push(Sealer::hmac(key, sender, to, &secret, TagLength::Short, start).unwrap());
    }
    let requirement = at_least(Level::Hmac).allow_groups();
    for _ in 0..700 {
        for (sealer, sender) in sealers.iter_mut().zip(senders) {
            let frame = seal(sealer, b"", at(0));
            let accepted = panel.validate(&frame, &requirement, at(0)).unwrap();
            assert_eq!(accepted.sender(), Some(sender));
            assert_eq!(accepted.group(), Some(GROUP));
            assert_eq!(refused(panel.validate(&frame, &requirement, at(0))), Error::Replayed);
        }
    }
}

/// The cache in words of its definition: when each nonce ends, of at most `quota` alive.
struct Cache {
    quota: usize,
    ends: BTreeMap<u64, u64>,
    highest_now: u64,
}

impl Cache {
    fn offer(&mut self, nonce: u64, stamped: u64, now: u64) -> Result<(), Error> {
        let highest = self.highest_now.max(now);
        if stamped + PAST < highest || stamped > highest + FUTURE {
            let would_do = stamped + PAST >= now && stamped <= now + FUTURE;
            let by_limit = if stamped > highest { Error::TooNew } else { Error::TooOld };
            return Err(if would_do { Error::ClockSteppedBack } else { by_limit });
        }
        let alive = self.ends.values().filter(|end| **end >= highest).count();
        if self.ends.get(&nonce).is_some_and(|end| *end >= highest) {
            return Err(Error::Replayed);
        }
        if alive == self.quota {
            return Err(Error::NonceCacheFull);
        }
        self.ends.insert(nonce, stamped + PAST);
        self.highest_now = highest;
        Ok(())
    }
}

#[test]
fn a_cache_is_as_the_map_says_at_level_3_and_for_random_nonces() {
    let rounds = rounds(20_000, 300_000);
    for quota in [1_u16, 2, 7, 40] {
        let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 200);
        register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(quota)).unwrap();
        panel.register_module(&KnownModule::new(PUMP).timestamps(quota)).unwrap();
        let mut random = Random::new(u64::from(quota));
        let mut caches =
            [0, 1].map(|_| Cache { quota: quota.into(), ends: BTreeMap::new(), highest_now: 0 });
        let mut sealer = hmac_sealer_from(1, PUMP, PANEL, 1, NonceStart::Random);
        let mut unproven = Sealer::unproven(Level::Timestamp, PUMP, NonceStart::Random).unwrap();
        let mut now = NOW;
        for _ in 0..rounds {
            now = match random.below(200) {
                0 => now + random.below(2 * PAST),
                1 => now - random.below(PAST / 4),
                _ => now + random.below(PAST / 40),
            };
            let stamped = now - random.below(PAST + 3) + random.below(FUTURE + 3);
            let stamped = if random.one_in(2) { now } else { stamped };
            let nonce = random.below(u64::from(quota) * 3);
            let which = random.index(2);
            let mut frame = [0; 64];
            let made = Some(stamp(stamped));
            let sealed = if which == 0 {
                sealer.seal_with_nonce(nonce, b"", &topic(), made, &mut frame)
            } else {
                unproven.seal_with_nonce(nonce, b"", &topic(), made, &mut frame)
            };
            let frame = &frame[..sealed.unwrap().len()];
            let highest = caches[0].highest_now.max(caches[1].highest_now);
            caches[which].highest_now = highest;
            let expected = caches[which].offer(nonce, stamped, now);
            let result = panel.validate(frame, &at_least(Level::Timestamp), Some(stamp(now)));
            assert_eq!(verdict(result), expected, "{nonce} stamped {stamped} at {now}");
        }
        assert!(panel.audit().refused(Error::NonceCacheFull) > 0);
        assert!(panel.audit().refused(Error::Replayed) > 0);
    }
}

#[test]
fn a_full_cache_of_one_sender_stops_nobody_else() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 8);
    for sender in [PUMP, VALVE] {
        panel.register_module(&KnownModule::new(sender).timestamps(4)).unwrap();
    }
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let mut flood = Sealer::unproven(Level::Timestamp, PUMP, NonceStart::Fresh).unwrap();
    let requirement = at_least(Level::Timestamp);
    for round in 0..100 {
        let frame = seal(&mut flood, b"", at(0));
        let result = verdict(panel.validate(&frame, &requirement, at(0)));
        assert_eq!(result, if round < 4 { Ok(()) } else { Err(Error::NonceCacheFull) });
    }
    let mut valve = Sealer::unproven(Level::Timestamp, VALVE, NonceStart::Fresh).unwrap();
    let frame = seal(&mut valve, b"", at(0));
    panel.validate(&frame, &requirement, at(0)).unwrap();
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
    panel.validate(&frame, &requirement, at(0)).unwrap();
}

#[test]
fn a_remembered_nonce_is_kept_to_the_last_microsecond_at_which_it_is_fresh() {
    // Stamped as far in the future as may be: remembered from -future to +past.
    let mut panel = receiver(PANEL, Restart::FreshKeys, 2, 1);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(1)).unwrap();
    let mut sealer = hmac_sealer_from(1, PUMP, PANEL, 1, NonceStart::Random);
    let mut make = |nonce, offset: i64| {
        let mut frame = vec![0; 64];
        let len =
            sealer.seal_with_nonce(nonce, b"", &topic(), at(offset), &mut frame).unwrap().len();
        frame.truncate(len);
        frame
    };
    let (future, past) = (FUTURE as i64, PAST as i64);
    let first = make(1, future);
    let end = future + past;
    let second = make(2, end);
    let third = make(2, end + 1);
    let mut offer =
        |frame: &[u8], now| verdict(panel.validate(frame, &at_least(Level::Hmac), at(now)));
    assert_eq!(offer(&first, 0), Ok(()));
    assert_eq!(offer(&second, end - future), Err(Error::NonceCacheFull));
    assert_eq!(offer(&first, end), Err(Error::Replayed));
    assert_eq!(offer(&second, end), Err(Error::NonceCacheFull));
    assert_eq!(offer(&third, end + 1), Ok(()));
    assert_eq!(offer(&first, end + 1), Err(Error::TooOld));
}

#[test]
fn both_sides_may_reset_in_mid_run_and_nothing_counts_twice() {
    let mut random = Random::new(33);
    for with_state in [true, false] {
        let mut delivered: Vec<(u64, Vec<u8>)> = vec![];
        let mut accepted = HashSet::new();
        let mut now = 0_i64;
        let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 0);
        register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
        let mut stored = 64;
        let mut sealer =
            hmac_sealer_from(1, PUMP, PANEL, 1, NonceStart::Reserved { from: 0, until: stored });
        let mut fresh = 0;
        for _ in 0..20_000 {
            now += 20_000;
            if sealer.nonces_left() == 0 {
                stored += 64;
                sealer.extend(stored).unwrap();
            }
            if random.one_in(300) {
                // The sender forgets all but the border that it stored.
                let start = NonceStart::Reserved { from: stored, until: stored + 64 };
                stored += 64;
                sealer = hmac_sealer_from(1, PUMP, PANEL, 1, start);
            }
            if random.one_in(300) {
                let state = saved(&panel);
                let time = stamp(NOW + now as u64);
                let restart =
                    if with_state { Restart::Saved(&state) } else { Restart::NotBefore(time) };
                panel = receiver(PANEL, restart, 4, 0);
                register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
            }
            let nonce = sealer.next_nonce();
            delivered.push((nonce, seal(&mut sealer, b"", at(now))));
            let (nonce, frame) = if random.one_in(2) {
                delivered.last()
            } else {
                delivered.get(random.index(delivered.len()))
            }
            .unwrap();
            if panel.validate(frame, &at_least(Level::Hmac), at(now)).is_ok() {
                assert!(accepted.insert(*nonce), "{nonce} twice");
                fresh += 1;
            }
        }
        assert!(fresh > 8_000, "{fresh}");
    }
}
