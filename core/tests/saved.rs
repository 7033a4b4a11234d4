//! Claim: what is saved at the last stop is what the next start knows: windows, times and
//! floors; damage anywhere is refused; what can't be saved is refused instead (§7, §8).

use crate::common::*;
use sealwire::*;

fn register_all(panel: &mut Receiver) {
    register_hmac(panel, 1, PUMP, 1, |key| key).unwrap();
    register_hmac(panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), LOGGER, ToySigner::new(3).public_key())).unwrap();
    register_hmac(panel, 4, LOGGER, 4, |key| key.random_nonces(8)).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(8)).unwrap();
}

fn all_kinds(nonce: u64, time: Option<Timestamp>) -> Vec<Vec<u8>> {
    let start = NonceStart::Reserved { from: nonce, until: nonce + 1 };
    let mut counting = hmac_sealer_from(2, VALVE, PANEL, 2, start).counter_only().unwrap();
    let to = Audience::Peer(PANEL);
    let mut signing = Sealer::ecdsa(KeyId(3), LOGGER, to, ToySigner::new(3), start).unwrap();
    vec![
        seal(&mut hmac_sealer_from(1, PUMP, PANEL, 1, start), b"", time),
        seal(&mut counting, b"", time),
        seal(&mut signing, b"", time),
        seal(&mut hmac_sealer_from(4, LOGGER, PANEL, 4, start), b"", time),
        seal(&mut Sealer::unproven(Level::Timestamp, PUMP, start).unwrap(), b"", time),
    ]
}

fn offer(panel: &mut Receiver, frames: &[Vec<u8>], now: i64) -> Vec<Result<(), Error>> {
    let requirement = at_least(Level::Timestamp);
    frames.iter().map(|frame| verdict(panel.validate(frame, &requirement, at(now)))).collect()
}

fn used() -> (Receiver, Vec<Vec<u8>>) {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 16, 32);
    register_all(&mut panel);
    let frames = all_kinds(1000, at(0));
    assert_eq!(offer(&mut panel, &frames, 0), vec![Ok(()); 5]);
    (panel, frames)
}

#[test]
fn windows_survive_and_caches_are_replaced_by_a_floor() {
    let (panel, old) = used();
    let state = saved(&panel);
    let mut panel = receiver(PANEL, Restart::Saved(&state), 16, 32);
    register_all(&mut panel);
    let expected = [
        Err(Error::Replayed),
        Err(Error::Replayed),
        Err(Error::Replayed),
        Err(Error::BeforeRestart),
        Err(Error::BeforeRestart),
    ];
    assert_eq!(offer(&mut panel, &old, 0), expected);
    // Older ones inside the window were never seen, and are fresh.
    assert_eq!(offer(&mut panel, &all_kinds(999, at(0)), 0)[..3], [Ok(()); 3]);
    assert_eq!(offer(&mut panel, &all_kinds(488, at(0)), 0)[..3], [Err(Error::NonceTooOld); 3]);
    // The latest stamp that could have been accepted before is still too early for a cache.
    let future = FUTURE as i64;
    let last = all_kinds(1001, at(future));
    assert_eq!(offer(&mut panel, &last, future)[3..], [Err(Error::BeforeRestart); 2]);
    assert_eq!(offer(&mut panel, &all_kinds(1002, at(future + 1)), future), vec![Ok(()); 5]);
}

#[test]
fn what_was_saved_saves_again_as_the_same() {
    let (panel, _) = used();
    let state = saved(&panel);
    let mut again = receiver(PANEL, Restart::Saved(&state), 16, 32);
    assert_eq!(saved(&again).len(), state.len());
    register_all(&mut again);
    let twice = saved(&again);
    let mut third = receiver(PANEL, Restart::Saved(&twice), 16, 32);
    register_all(&mut third);
    assert_eq!(saved(&third), twice);
}

#[test]
fn what_was_removed_is_remembered_over_a_restart_too() {
    let (mut panel, old) = used();
    for key in 1..=4 {
        panel.remove(KeyId(key)).unwrap();
    }
    let state = saved(&panel);
    let mut panel = receiver(PANEL, Restart::Saved(&state), 16, 32);
    register_all(&mut panel);
    assert_eq!(offer(&mut panel, &old, 0)[..3], [Err(Error::Replayed); 3]);
}

#[test]
fn the_highest_time_survives() {
    let (panel, _) = used();
    let state = saved(&panel);
    let mut panel = receiver(PANEL, Restart::Saved(&state), 16, 32);
    register_all(&mut panel);
    let earlier = -3_600_000_000;
    let frames = all_kinds(2000, at(earlier));
    assert_eq!(offer(&mut panel, &frames, earlier)[0], Err(Error::ClockSteppedBack));
}

#[test]
fn a_floor_of_an_earlier_restart_survives_the_next_one() {
    let mut panel = receiver(PANEL, Restart::NotBefore(stamp(NOW)), 16, 32);
    register_all(&mut panel);
    let state = saved(&panel);
    let mut panel = receiver(PANEL, Restart::Saved(&state), 16, 32);
    register_all(&mut panel);
    let frames = all_kinds(5, at(FUTURE as i64));
    let lost = Err(Error::BeforeRestart);
    let expected = [lost, Err(Error::NoWindowState), lost, lost, lost];
    assert_eq!(offer(&mut panel, &frames, 0), expected);
}

#[test]
fn a_counter_only_key_without_its_window_stays_shut_over_removal_and_restart() {
    let mut panel = receiver(PANEL, Restart::NotBefore(stamp(NOW)), 16, 32);
    register_all(&mut panel);
    let frame = &all_kinds(5, at(0))[1..2];
    let lost = vec![Err(Error::NoWindowState)];
    assert_eq!(offer(&mut panel, frame, 0), lost);
    panel.remove(KeyId(2)).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
    assert_eq!(offer(&mut panel, frame, 0), lost);
    let state = saved(&panel);
    let mut panel = receiver(PANEL, Restart::Saved(&state), 16, 32);
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
    assert_eq!(offer(&mut panel, frame, 0), lost);
    // A key that the state doesn't know may have been forgotten with all the others.
    register_hmac(&mut panel, 7, VALVE, 7, |key| key.counter_only()).unwrap();
    let mut sealer = hmac_sealer(7, VALVE, PANEL, 7).counter_only().unwrap();
    let other = seal(&mut sealer, b"", None);
    assert_eq!(offer(&mut panel, &[other], 0), lost);
    // The operator's word opens it, once.
    panel.remove(KeyId(2)).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only().unused()).unwrap();
    assert_eq!(offer(&mut panel, frame, 0), [Ok(())]);
    assert_eq!(offer(&mut panel, frame, 0), [Err(Error::Replayed)]);
    let state = saved(&panel);
    for unused in [false, true] {
        let mut panel = receiver(PANEL, Restart::Saved(&state), 16, 32);
        let secret = secret(2);
        let key = PeerKey::hmac(KeyId(2), VALVE, &secret, TagLength::Short).counter_only();
        panel.register(&if unused { key.unused() } else { key }).unwrap();
        assert_eq!(offer(&mut panel, frame, 0), [Err(Error::Replayed)]);
    }
}

#[test]
fn every_bit_of_damage_and_every_other_length_is_refused() {
    let (panel, _) = used();
    let state = saved(&panel);
    let load = |state: &[u8]| {
        let nonces = vec![NonceEntry::EMPTY; 4];
        let restart = Restart::Saved(state);
        Validator::with_storage(PANEL, Limits::DEFAULT, restart, slots(8), nonces).map(|_| ())
    };
    assert_eq!(load(&state), Ok(()));
    for bit in 0..state.len() * 8 {
        let mut damaged = state.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(load(&damaged), Err(Error::InvalidState), "bit {bit}");
    }
    for len in 0..state.len() {
        assert_eq!(load(&state[..len]), Err(Error::InvalidState));
        assert_eq!(load(&state[len + 1..]), Err(Error::InvalidState));
    }
    for more in [vec![0], vec![0; 8], state.clone()] {
        assert_eq!(load(&[state.clone(), more].concat()), Err(Error::InvalidState));
    }
}

/// A state whose check is right, though its body is `body`.
fn checked(body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [body, &Sha256::digest(body)[..8]].concat()
}

#[test]
fn a_body_that_is_none_is_refused_though_its_check_is_right() {
    let (panel, _) = used();
    let state = saved(&panel);
    let body = &state[..state.len() - 8];
    assert_eq!(checked(body), state, "as PROTOCOL.md §8 has it");
    let load = |body: &[u8]| {
        let state = checked(body);
        Validator::new(PANEL, Limits::DEFAULT, Restart::Saved(&state), slots(8)).map(|_| ())
    };
    for len in 0..body.len() {
        assert_eq!(load(&body[..len]), Err(Error::InvalidState), "{len} bytes");
    }
    assert_eq!(load(&[body, &[0]].concat()), Err(Error::InvalidState));
    assert_eq!(load(&[b"SWS2", &body[4..]].concat()), Err(Error::InvalidState));
    // A time that can't be, a count that lies, an algorithm that isn't.
    let mut head = b"SWS1".to_vec();
    head.extend([0xff; 9]);
    head.extend([1, 0, 0, 0, 0]);
    assert_eq!(load(&head), Err(Error::InvalidState));
    assert_eq!(load(b"SWS1\x00\x00\x00\x00\x00"), Ok(()));
    assert_eq!(load(b"SWS1\x00\x00\x00\x00\xff\xff\xff\xff\x0f"), Err(Error::InvalidState));
    let entry =
        |algorithm| [&b"SWS1\x00\x00\x00\x00\x01\x01\x01"[..], &[algorithm], &[0; 10]].concat();
    assert_eq!(load(&entry(2)), Ok(()));
    for algorithm in 5..=255 {
        assert_eq!(load(&entry(algorithm)), Err(Error::InvalidState));
    }
}

#[test]
fn a_table_too_small_for_the_state_is_refused() {
    let (panel, _) = used();
    let state = saved(&panel);
    for (keys, expected) in [(0, Err(Error::TableFull)), (2, Err(Error::TableFull)), (3, Ok(()))] {
        let result = Validator::new(PANEL, Limits::DEFAULT, Restart::Saved(&state), slots(keys));
        assert_eq!(result.map(|_| ()), expected);
    }
}

#[test]
fn a_buffer_too_small_is_refused_and_the_largest_state_fits_its_bound() {
    let (panel, _) = used();
    let state = saved(&panel);
    for room in 0..state.len() {
        assert_eq!(panel.save(&mut vec![0; room]), Err(Error::BufferTooSmall));
    }
    assert_eq!(panel.save(&mut vec![0; state.len()]), Ok(state.len()));
    assert!(state.len() <= max_saved_len(16));

    let latest = stamp(Timestamp::MAX.as_micros() - FUTURE - 1);
    let mut panel = receiver(PANEL, Restart::NotBefore(latest), 16, 0);
    for n in 0..16 {
        let key = u32::MAX - n;
        register_hmac(&mut panel, key, PUMP, key.into(), |key| key.counter_only().unused())
            .unwrap();
        for nonce in NONCE_LIMIT - WINDOW..NONCE_LIMIT {
            let start = NonceStart::Reserved { from: nonce, until: nonce + 1 };
            let sealer = hmac_sealer_from(key, PUMP, PANEL, key.into(), start);
            let frame = seal(&mut sealer.counter_only().unwrap(), b"", None);
            panel.validate(&frame, &at_least(Level::Hmac), None).unwrap();
        }
    }
    let largest = saved(&panel);
    assert!(largest.len() <= max_saved_len(16));
    assert!(max_saved_len(16) - largest.len() <= 3 + 16 * 2 + 4 + 16 * 3, "the bound is no bound");
    assert_eq!(max_saved_len(usize::MAX), usize::MAX);
}

#[test]
fn no_secret_is_in_what_is_saved() {
    let (panel, _) = used();
    let state = saved(&panel);
    for n in [1, 2, 4] {
        let secret = secret(n);
        assert!(
            !state.windows(8).any(|window| secret.secret_bytes().windows(8).any(|s| s == window))
        );
    }
}
