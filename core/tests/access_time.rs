//! Claim: a device without a clock believes a time only from a registered source, only fresh,
//! never below its floor and never in leaps; before that it does what needs no time
//! (`PROTOCOL.md` §12.8).
#![cfg(all(feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::*;
use sealwire::*;

const BUILD: u64 = NOW - 1_000 * SECOND;
const PPM: u32 = 100;

fn device() -> DeviceClock {
    DeviceClock::new(stamp(BUILD), PPM)
}

/// An exchange whose proof is sent at tick `sent` and whose grant comes at `received`; the
/// granter's clock shows `time` when it grants.
fn exchange(pair: &mut Pair, sent: u64, received: u64, time: u64, source: bool) -> Session {
    let plan = AccessPlan {
        time: TimeRule::CounterOnly,
        is_time_source: source,
        ..AccessPlan::new(MODULE, GRANTER, KeyId(5))
    };
    let state = pair.asker.begin(&plan).unwrap();
    pair.tick += SECOND;
    let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, sent).unwrap();
    let mut out = [0; MAX_ACCESS_MESSAGE];
    let at = Moment { tick: pair.tick, now: Some(stamp(time)) };
    let Side { granter, keys, engines, .. } = &mut pair.side;
    let granted = granter.grant(state.proof(), SOURCE, at, engines, keys, &mut out).unwrap();
    pair.asker.finish(state, &out[..granted.len()], received).unwrap()
}

#[test]
fn knows_no_time_before_it_learned_one_and_needs_none_for_a_session() {
    let clock = device();
    assert_eq!(clock.now(5), None);
    assert_eq!(clock.error(5), None);
    assert_eq!(clock.limits(Limits::DEFAULT, 5), Err(Error::NoClock));
    // The exchange itself, and frames that count, go without a time on the device's side.
    let mut pair = Pair::new(Kind::Secret);
    let plan = AccessPlan { time: TimeRule::CounterOnly, ..pair.plan() };
    let run = pair.confirmed(&plan);
    let frame = pair.side.send(run.granted.key_id(), pair.tick).unwrap();
    let requirement = at_least(Level::Hmac);
    verdict(pair.asker.keys.validate(&frame, &requirement, None)).unwrap();
    // What is stamped is refused, and so is sealing with a stamp.
    let stamped = pair.run(&AccessPlan { key_id: KeyId(6), ..pair.plan() });
    pair.asker.keys.install(&stamped.session).unwrap();
    let mut sealer = Sealer::for_session(&stamped.session).unwrap();
    assert_eq!(sealer.seal(b"", &topic(), None, &mut [0; 99]).unwrap_err(), Error::NoClock);
    let frame = pair.asker.seal(&stamped.session, 0, pair.tick);
    pair.side.frame(&frame, pair.tick).unwrap();
    let frame = pair.side.send(stamped.granted.key_id(), pair.tick).unwrap();
    assert_eq!(verdict(pair.asker.keys.validate(&frame, &requirement, None)), Err(Error::NoClock));
}

#[test]
fn learns_from_a_registered_source_with_half_the_way_as_error() {
    let mut pair = Pair::new(Kind::Secret);
    let session = exchange(&mut pair, 100, 100 + 300_001, NOW, true);
    let mut clock = device();
    clock.learn(session.time_report()).unwrap();
    let tick = 100 + 300_001;
    assert_eq!(clock.now(tick), Some(stamp(NOW + 150_001)));
    assert_eq!(clock.error(tick), Some(150_001));
    assert_eq!(clock.now(tick + 7), Some(stamp(NOW + 150_008)));
    let limits = clock.limits(Limits::DEFAULT, tick).unwrap();
    assert_eq!((limits.past(), limits.future()), (PAST + 150_001, FUTURE + 150_001));
    // The limits grow with what the tick may drift: 100 ppm.
    assert_eq!(clock.error(tick + 1_000 * SECOND), Some(150_001 + 100_000));
}

#[test]
fn learns_from_nobody_else() {
    let mut pair = Pair::new(Kind::Secret);
    let session = exchange(&mut pair, 0, 0, NOW, false);
    assert!(session.time_report().is_none());
    assert_eq!(device().learn(session.time_report()), Err(Error::NotTimeSource));
    pair.side.has_clock = false;
    let plan = AccessPlan { time: TimeRule::CounterOnly, is_time_source: true, ..pair.plan() };
    pair.tick += SECOND;
    assert!(pair.run(&plan).session.time_report().is_none(), "a source without a clock");
}

#[test]
fn learns_nothing_from_a_grant_that_took_longer_than_two_seconds() {
    for (way, learned) in [
        (2 * SECOND, Ok(())),
        (2 * SECOND + 1, Err(Error::TimeTooSlow)),
        (29 * SECOND, Err(Error::TimeTooSlow)),
    ] {
        let mut pair = Pair::new(Kind::Key);
        let session = exchange(&mut pair, 100, 100 + way, NOW, true);
        let mut clock = device();
        assert_eq!(clock.learn(session.time_report()), learned);
        assert_eq!(clock.now(u64::MAX).is_some(), learned.is_ok());
    }
    // A tick that went backwards measures nothing.
    let mut pair = Pair::new(Kind::Key);
    let session = exchange(&mut pair, 100, 99, NOW, true);
    assert_eq!(device().learn(session.time_report()), Err(Error::TimeTooSlow));
}

#[test]
fn a_grant_that_was_held_back_is_measured_from_the_first_proof() {
    // The proof is repeated for the challenge that came twice: the grant, made long ago, is old.
    let mut pair = Pair::new(Kind::Secret);
    let plan = AccessPlan { is_time_source: true, ..pair.plan() };
    let state = pair.asker.begin(&plan).unwrap();
    let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, 0).unwrap();
    let (grant, _) = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap();
    let credential = Credential::Secret(&pair.asker.secret);
    let state =
        state.challenge(&challenge, 10 * SECOND, &credential, &mut pair.asker.engines).unwrap();
    let session = pair.asker.finish(state, &grant, 10 * SECOND + 1).unwrap();
    assert_eq!(device().learn(session.time_report()), Err(Error::TimeTooSlow));
    assert_eq!(session.ends_at_tick(), 3_600 * SECOND, "counted from the first proof");
}

#[test]
fn learns_no_time_below_the_floor() {
    let mut pair = Pair::new(Kind::Secret);
    let mut clock = device();
    let session = exchange(&mut pair, 0, 10, BUILD - 1, true);
    assert_eq!(clock.learn(session.time_report()), Err(Error::TimeBeforeFloor));
    assert_eq!(clock.now(10), None);
    let session = exchange(&mut pair, 0, 10, BUILD, true);
    clock.learn(session.time_report()).unwrap();
}

#[test]
fn is_never_moved_by_more_than_its_tick_may_drift() {
    for (leap, way) in [(3_600 * SECOND as i64, 0), (-500 * SECOND as i64, 0), (5_000, 400)] {
        let mut pair = Pair::new(Kind::Secret);
        let mut clock = device();
        let session = exchange(&mut pair, 0, 0, NOW, true);
        clock.learn(session.time_report()).unwrap();
        let mut tick = 0;
        for round in 0..20_u64 {
            tick += 1_000 * SECOND;
            let before = clock.now(tick).unwrap();
            let error_before = clock.error(tick).unwrap();
            let time = (NOW + tick).checked_add_signed(leap).unwrap();
            let session = exchange(&mut pair, tick - way, tick, time, true);
            clock.learn(session.time_report()).unwrap();
            let moved = before.as_micros().abs_diff(clock.now(tick).unwrap().as_micros());
            assert!(moved <= 100_000, "round {round}: {moved}");
            assert!(clock.error(tick).unwrap() <= error_before, "a false source widens nothing");
        }
    }
    // What lies within that drift is taken as it is, with half of the way as error.
    for off in [-80_000, 0, 99_000] {
        let mut pair = Pair::new(Kind::Secret);
        let mut clock = device();
        clock.learn(exchange(&mut pair, 0, 1_000, NOW, true).time_report()).unwrap();
        let tick = 1_000 * SECOND;
        let time = (NOW + tick).checked_add_signed(off).unwrap();
        clock.learn(exchange(&mut pair, tick - 600, tick, time, true).time_report()).unwrap();
        assert_eq!(clock.now(tick), Some(stamp(time + 300)));
        assert_eq!(clock.error(tick), Some(300));
    }
    // Twice at one tick, and a report from before: no leap either.
    let mut pair = Pair::new(Kind::Secret);
    let mut clock = device();
    let first = exchange(&mut pair, 0, 50, NOW, true);
    let second = exchange(&mut pair, 0, 50, NOW + 3_600 * SECOND, true);
    clock.learn(first.time_report()).unwrap();
    let now = clock.now(50);
    clock.learn(second.time_report()).unwrap();
    assert_eq!((clock.now(50), clock.error(50)), (now, Some(25)));
    let shorter = exchange(&mut pair, 48, 50, NOW + 24, true);
    clock.learn(shorter.time_report()).unwrap();
    assert_eq!((clock.now(50), clock.error(50)), (now, Some(25)));
    let before = exchange(&mut pair, 0, 40, NOW + 30, true);
    clock.learn(before.time_report()).unwrap();
    assert_eq!((clock.now(50), clock.error(50)), (now, Some(25)));
}
