//! Claim: a stamped frame counts only inside the limits around now, by a clock that never goes
//! back, and after a restart only if it can't have been accepted before (`PROTOCOL.md` §7).

use crate::common::*;
use sealwire::*;

/// A receiver with one stamped key, one counter-only key and one known module.
fn panel(restart: Restart<'_>) -> Receiver {
    let mut panel = receiver(PANEL, restart, 8, 64);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(32)).unwrap();
    panel
}

fn stamped_sealers() -> [Sealer; 2] {
    let unproven = Sealer::unproven(Level::Timestamp, PUMP, NonceStart::Fresh);
    [hmac_sealer(1, PUMP, PANEL, 1), unproven.unwrap()]
}

fn offer(panel: &mut Receiver, frame: &[u8], now: Option<Timestamp>) -> Result<(), Error> {
    verdict(panel.validate(frame, &at_least(Level::Timestamp), now))
}

#[test]
fn accepts_at_each_limit_and_refuses_one_microsecond_beyond() {
    let (past, future) = (PAST as i64, FUTURE as i64);
    for mut sealer in stamped_sealers() {
        for (stamped, expected) in [
            (-past, Ok(())),
            (-past - 1, Err(Error::TooOld)),
            (0, Ok(())),
            (future, Ok(())),
            (future + 1, Err(Error::TooNew)),
        ] {
            let mut panel = panel(Restart::FreshKeys);
            let frame = seal(&mut sealer, b"4.2", at(stamped));
            assert_eq!(offer(&mut panel, &frame, at(0)), expected, "stamped at {stamped}");
        }
    }
}

#[test]
fn limits_of_another_size_hold_as_exactly() {
    for (past, future) in [(1, 0), (1, 1), (Limits::MAX_MICROS, Limits::MAX_MICROS)] {
        let limits = Limits::new(past, future).unwrap();
        assert_eq!((limits.past(), limits.future()), (past, future));
        for (stamped, expected) in [
            (NOW - past, Ok(())),
            (NOW - past - 1, Err(Error::TooOld)),
            (NOW + future, Ok(())),
            (NOW + future + 1, Err(Error::TooNew)),
        ] {
            let mut panel = Validator::new(PANEL, limits, Restart::FreshKeys, slots(1)).unwrap();
            let secret = secret(1);
            let key = PeerKey::hmac(KeyId(1), PUMP, &secret, TagLength::Short);
            panel.register(&key).unwrap();
            let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", Some(stamp(stamped)));
            let result = panel.validate(&frame, &at_least(Level::Hmac), at(0));
            assert_eq!(verdict(result), expected);
        }
    }
}

#[test]
fn limits_out_of_range_are_not_made() {
    let over = Limits::MAX_MICROS + 1;
    for (past, future) in [(0, 0), (0, 5), (over, 0), (1, over), (u64::MAX, u64::MAX)] {
        assert_eq!(Limits::new(past, future), Err(Error::InvalidLimits));
    }
    assert_eq!(Limits::default(), Limits::DEFAULT);
    assert_eq!((Limits::DEFAULT.past(), Limits::DEFAULT.future()), (PAST, FUTURE));
}

#[test]
fn a_timestamp_saturates_at_both_ends() {
    assert_eq!(Timestamp::MAX.as_micros(), (1 << 63) - 1);
    assert_eq!(Timestamp::from_micros(1 << 63), Err(Error::TimestampRange));
    assert_eq!(Timestamp::from_micros((1 << 63) - 1), Ok(Timestamp::MAX));
    assert_eq!(Timestamp::from_secs(u64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::from_secs(2), stamp(2_000_000));
    assert_eq!(Timestamp::MAX.saturating_add(1), Timestamp::MAX);
    assert_eq!(Timestamp::ZERO.saturating_add(u64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::ZERO.saturating_sub(1), Timestamp::ZERO);
    assert_eq!(stamp(7).saturating_sub(3), stamp(4));
}

#[test]
fn time_zero_and_the_last_time_are_times_like_others() {
    for now in [Timestamp::ZERO, Timestamp::MAX] {
        for mut sealer in stamped_sealers() {
            let mut panel = panel(Restart::FreshKeys);
            let frame = seal(&mut sealer, b"4.2", Some(now));
            assert_eq!(offer(&mut panel, &frame, Some(now)), Ok(()));
            assert_eq!(offer(&mut panel, &frame, Some(now)), Err(Error::Replayed));
        }
    }
    // From the other end of time neither counts.
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let first = seal(&mut sealer, b"", Some(Timestamp::ZERO));
    let last = seal(&mut sealer, b"", Some(Timestamp::MAX));
    let mut panel = panel(Restart::FreshKeys);
    assert_eq!(offer(&mut panel, &last, Some(Timestamp::ZERO)), Err(Error::TooNew));
    assert_eq!(offer(&mut panel, &first, Some(Timestamp::MAX)), Err(Error::TooOld));
}

#[test]
fn refuses_a_stamped_frame_without_a_clock() {
    for mut sealer in stamped_sealers() {
        let mut panel = panel(Restart::FreshKeys);
        let frame = seal(&mut sealer, b"4.2", at(0));
        assert_eq!(offer(&mut panel, &frame, None), Err(Error::NoClock));
        assert_eq!(offer(&mut panel, &frame, at(0)), Ok(()));
    }
}

#[test]
fn a_clock_stepped_back_revives_nothing_and_says_so() {
    for mut sealer in stamped_sealers() {
        let mut panel = panel(Restart::FreshKeys);
        let old = seal(&mut sealer, b"1", at(0));
        let held_back = seal(&mut sealer, b"2", at(0));
        let late = seal(&mut sealer, b"3", at(3_600_000_000));
        assert_eq!(offer(&mut panel, &old, at(0)), Ok(()));
        assert_eq!(offer(&mut panel, &late, at(3_600_000_000)), Ok(()));
        // By the clock as it is now it would be fresh: the refusal names the clock.
        assert_eq!(offer(&mut panel, &held_back, at(0)), Err(Error::ClockSteppedBack));
        assert_eq!(offer(&mut panel, &old, at(0)), Err(Error::ClockSteppedBack));
        // By neither clock: the frame's own fault.
        assert_eq!(offer(&mut panel, &held_back, at(-3_600_000_000)), Err(Error::TooOld));
    }
}

#[test]
fn a_small_step_back_within_the_limits_stops_nobody() {
    let mut panel = panel(Restart::FreshKeys);
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let first = seal(&mut sealer, b"1", at(5_000_000));
    let second = seal(&mut sealer, b"2", at(0));
    assert_eq!(offer(&mut panel, &first, at(5_000_000)), Ok(()));
    assert_eq!(offer(&mut panel, &second, at(0)), Ok(()));
}

#[test]
fn a_refused_frame_does_not_move_the_highest_time() {
    let mut panel = panel(Restart::FreshKeys);
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let mut forged = seal(&mut sealer, b"1", at(3_600_000_000));
    *forged.last_mut().unwrap() ^= 1;
    let held_back = seal(&mut sealer, b"2", at(0));
    assert_eq!(offer(&mut panel, &forged, at(3_600_000_000)), Err(Error::TagWrong));
    assert_eq!(offer(&mut panel, &held_back, at(0)), Ok(()));
}

#[test]
fn a_counter_only_key_promises_no_age_and_takes_no_time() {
    let mut panel = panel(Restart::FreshKeys);
    let mut sealer = hmac_sealer(2, VALVE, PANEL, 2).counter_only().unwrap();
    for now in [None, at(0), Some(Timestamp::ZERO), Some(Timestamp::MAX)] {
        let frame = seal(&mut sealer, b"shut", now);
        let accepted = panel.validate(&frame, &at_least(Level::Hmac), now).unwrap();
        assert_eq!(accepted.time_rule(), TimeRule::CounterOnly);
        assert_eq!(accepted.timestamp(), None);
        assert_eq!(offer(&mut panel, &frame, now), Err(Error::Replayed));
    }
}

#[test]
fn a_counter_only_key_refuses_a_time_and_a_stamped_key_refuses_none() {
    let mut panel = panel(Restart::FreshKeys);
    let with_time = seal(&mut hmac_sealer(2, VALVE, PANEL, 2), b"", at(0));
    assert_eq!(offer(&mut panel, &with_time, at(0)), Err(Error::TimestampNotZero));
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1).counter_only().unwrap();
    let without = seal(&mut sealer, b"", at(0));
    assert_eq!(offer(&mut panel, &without, at(0)), Err(Error::TooOld));
    assert_eq!(offer(&mut panel, &without, None), Err(Error::NoClock));
}

#[test]
fn a_key_ends_at_its_second_and_stays_ended() {
    let end = stamp(NOW + 5_900_000);
    let ends = NOW / 1_000_000 * 1_000_000 + 5_000_000;
    let new_panel = || {
        let mut panel = receiver(PANEL, Restart::FreshKeys, 4, 0);
        register_hmac(&mut panel, 1, PUMP, 1, |key| key.expires(end)).unwrap();
        register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only().expires(end)).unwrap();
        panel
    };
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let mut panel = new_panel();
    let before = Some(stamp(ends - 1));
    let after = Some(stamp(ends));
    let frame = seal(&mut sealer, b"", before);
    assert_eq!(offer(&mut panel, &frame, before), Ok(()));
    let frame = seal(&mut sealer, b"", before);
    assert_eq!(offer(&mut panel, &frame, after), Err(Error::KeyExpired));

    // Ended is ended also for a clock that goes back, once somebody else was admitted later.
    let mut other = hmac_sealer(3, LOGGER, PANEL, 3);
    register_hmac(&mut panel, 3, LOGGER, 3, |key| key).unwrap();
    let later = seal(&mut other, b"", after);
    assert_eq!(offer(&mut panel, &later, after), Ok(()));
    assert_eq!(offer(&mut panel, &frame, before), Err(Error::KeyExpired));

    // A key with an end needs a clock, also where its frames don't.
    let mut counting = hmac_sealer(2, VALVE, PANEL, 2).counter_only().unwrap();
    let frame = seal(&mut counting, b"", None);
    assert_eq!(offer(&mut new_panel(), &frame, None), Err(Error::NoClock));
    assert_eq!(offer(&mut new_panel(), &frame, before), Ok(()));
    assert_eq!(offer(&mut new_panel(), &frame, after), Err(Error::KeyExpired));
}

#[test]
fn nothing_accepted_before_a_restart_is_accepted_after_it() {
    // The latest stamp that could be accepted up to the restart is its now + the future limit.
    for mut sealer in stamped_sealers() {
        let frame = seal(&mut sealer, b"go", at(FUTURE as i64));
        let mut before = panel(Restart::FreshKeys);
        assert_eq!(offer(&mut before, &frame, at(0)), Ok(()));
        let mut after = panel(Restart::NotBefore(stamp(NOW)));
        for now in [0, 1, FUTURE as i64, PAST as i64] {
            assert_eq!(offer(&mut after, &frame, at(now)), Err(Error::BeforeRestart));
        }
        let next = seal(&mut sealer, b"go", at(FUTURE as i64 + 1));
        assert_eq!(offer(&mut after, &next, at(1)), Ok(()));
    }
}

#[test]
fn at_the_end_of_time_a_restart_makes_no_validator_instead_of_one_that_forgets() {
    // The last stamp could have been accepted, and no later one tells new from old.
    let make = |now: u64| {
        let restart = Restart::NotBefore(stamp(now));
        Validator::new(PANEL, Limits::DEFAULT, restart, slots(1)).map(|_| ())
    };
    let last = Timestamp::MAX.as_micros();
    assert_eq!(make(last), Err(Error::TimestampRange));
    assert_eq!(make(last - FUTURE), Err(Error::TimestampRange));
    assert_eq!(make(last - FUTURE - 1), Ok(()));
    let mut before = panel(Restart::FreshKeys);
    let [_, mut unproven] = stamped_sealers();
    let frame = seal(&mut unproven, b"go", Some(Timestamp::MAX));
    assert_eq!(offer(&mut before, &frame, Some(Timestamp::MAX)), Ok(()));
    assert_eq!(before.save(&mut [0; 1024]), Err(Error::TimestampRange));
}

#[test]
fn after_a_restart_the_clock_may_not_stand_before_it() {
    let mut panel = panel(Restart::NotBefore(stamp(NOW)));
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(-60_000_000));
    assert_eq!(offer(&mut panel, &frame, at(-60_000_000)), Err(Error::ClockSteppedBack));
}

#[test]
fn a_counter_only_key_stays_shut_after_a_restart_until_it_is_new() {
    let mut panel = panel(Restart::NotBefore(stamp(NOW)));
    let mut sealer = hmac_sealer(2, VALVE, PANEL, 2).counter_only().unwrap();
    let frame = seal(&mut sealer, b"", None);
    assert_eq!(offer(&mut panel, &frame, at(0)), Err(Error::NoWindowState));
    register_hmac(&mut panel, 3, VALVE, 3, |key| key.counter_only().unused()).unwrap();
    let mut sealer = hmac_sealer(3, VALVE, PANEL, 3).counter_only().unwrap();
    let frame = seal(&mut sealer, b"", None);
    assert_eq!(offer(&mut panel, &frame, at(0)), Ok(()));
    assert_eq!(offer(&mut panel, &frame, at(0)), Err(Error::Replayed));
}

#[test]
fn a_frame_checked_in_time_and_admitted_too_late_is_refused() {
    // Two threads checked the same frame; one of them sleeps until all that remembers it is gone.
    let requirement = at_least(Level::Timestamp);
    let mut random = hmac_sealer_from(1, PUMP, PANEL, 1, NonceStart::Random);
    let mut proven = vec![0; 128];
    let sealed = random.seal_with_nonce(77, b"go", &topic(), at(0), &mut proven).unwrap();
    proven.truncate(sealed.len());
    let mut unproven = Sealer::unproven(Level::Timestamp, PUMP, NonceStart::Fresh).unwrap();
    let unproven = seal(&mut unproven, b"go", at(0));
    let counting = seal(&mut hmac_sealer(3, PUMP, PANEL, 3), b"go", at(0));
    for frame in [proven, unproven, counting] {
        let mut panel = receiver(PANEL, Restart::FreshKeys, 8, 64);
        register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(4)).unwrap();
        register_hmac(&mut panel, 2, VALVE, 2, |key| key).unwrap();
        register_hmac(&mut panel, 3, PUMP, 3, |key| key).unwrap();
        panel.register_module(&KnownModule::new(PUMP).timestamps(4)).unwrap();
        let mut valve = hmac_sealer(2, VALVE, PANEL, 2);
        let first = panel.check(&frame, &requirement, at(0));
        let second = panel.check(&frame, &requirement, at(0));
        assert_eq!(verdict(panel.admit(first)), Ok(()));
        let later = at(PAST as i64 + 1);
        let between = seal(&mut valve, b"", later);
        assert_eq!(offer(&mut panel, &between, later), Ok(()));
        let rejection = panel.admit(second).unwrap_err();
        assert_eq!(rejection.step(), Step::Admission);
        assert_eq!(rejection.error(), Error::ClockSteppedBack);
    }
}
