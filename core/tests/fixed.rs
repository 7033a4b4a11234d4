//! Claim: peers from a table that is checked at compile time are the peers that registration
//! makes one by one: the same refusals, verdicts, audit and saved state, after every kind of
//! restart (`PROTOCOL.md` §4.3).

use crate::common::*;
use sealwire::*;

type Fixed = Validator<Vec<Slot>>;

const TWO: [FixedPeer; 2] = [
    FixedPeer::hmac(KeyId(1), PUMP, TagLength::Short).role(RoleId(7)),
    FixedPeer::hmac(KeyId(2), VALVE, TagLength::Short).counter_only(),
];
static PEERS: FixedPeers<'_> = match FixedPeers::new(PANEL, &TWO) {
    Ok(peers) => peers,
    Err(_) => panic!("refused"),
};

fn fixed(secrets: &[u64], restart: Restart<'_>, len: usize) -> Result<Fixed, Error> {
    let secrets: Vec<PeerSecret> = secrets.iter().map(|of| secret(*of)).collect();
    Validator::with_peers(&PEERS, &secrets, Limits::DEFAULT, restart, slots(len))
}

/// The same by registration.
fn registered(restart: Restart<'_>) -> Fixed {
    let mut panel = Validator::new(PANEL, Limits::DEFAULT, restart, slots(4)).unwrap();
    let [one, two] = [secret(1), secret(2)];
    let pump = PeerKey::hmac(KeyId(1), PUMP, &one, TagLength::Short).role(RoleId(7));
    let valve = PeerKey::hmac(KeyId(2), VALVE, &two, TagLength::Short).counter_only();
    panel.register(&pump).unwrap();
    panel.register(&valve).unwrap();
    panel
}

#[test]
fn refuses_a_table_that_could_not_be_registered() {
    let pump = FixedPeer::hmac(KeyId(1), PUMP, TagLength::Full);
    let other = FixedPeer::hmac(KeyId(2), VALVE, TagLength::Full);
    let again = FixedPeer::hmac(KeyId(1), VALVE, TagLength::Short);
    let refusal = |peers: &[FixedPeer]| FixedPeers::new(PANEL, peers).err();
    let own = FixedPeer::hmac(KeyId(2), PANEL, TagLength::Full);
    assert_eq!(refusal(&[]), None);
    assert_eq!(refusal(&[pump, other]), None);
    assert_eq!(refusal(&[own]), Some(Error::InvalidId));
    assert_eq!(refusal(&[pump, own]), Some(Error::InvalidId));
    assert_eq!(refusal(&[pump, again]), Some(Error::DuplicateKeyId));
    assert_eq!(refusal(&[other, pump, again]), Some(Error::DuplicateKeyId));
    assert_eq!(refusal(&[pump, other, again]), Some(Error::DuplicateKeyId));
}

#[test]
fn refuses_secrets_that_do_not_fit_the_table() {
    let state = saved_by(&registered(Restart::FreshKeys));
    for restart in [Restart::FreshKeys, Restart::NotBefore(stamp(NOW)), Restart::Saved(&state)] {
        let refusal = |secrets: &[u64], len| fixed(secrets, restart, len).err();
        assert_eq!(refusal(&[1, 2], 4), None);
        assert_eq!(refusal(&[1], 4), Some(Error::InvalidArgument));
        assert_eq!(refusal(&[1, 2, 3], 4), Some(Error::InvalidArgument));
        assert_eq!(refusal(&[1, 1], 4), Some(Error::DuplicateKey));
        assert_eq!(refusal(&[1, 2], 1), Some(Error::TableFull));
        assert_eq!(refusal(&[1, 2], 0), Some(Error::TableFull));
    }
    assert_eq!(fixed(&[1, 2], Restart::Saved(b"damaged"), 4).err(), Some(Error::InvalidState));
}

/// In a full table the search for a place goes round its end.
#[test]
fn every_order_of_secrets_finds_its_slots() {
    for first in 0..24 {
        let mut panel = fixed(&[first, first + 100], Restart::FreshKeys, 2).unwrap();
        let mut pump = hmac_sealer(1, PUMP, PANEL, first);
        let mut valve = hmac_sealer(2, VALVE, PANEL, first + 100).counter_only().unwrap();
        for frame in [seal(&mut pump, b"", at(0)), seal(&mut valve, b"", None)] {
            assert_eq!(offer(&mut panel, &frame), Ok(()));
            assert_eq!(offer(&mut panel, &frame), Err(Error::Replayed));
        }
    }
}

fn offer(panel: &mut Fixed, frame: &[u8]) -> Result<(), Error> {
    verdict(panel.validate(frame, &at_least(Level::Hmac), at(0)))
}

fn saved_by(panel: &Fixed) -> Vec<u8> {
    let mut state = vec![0; max_saved_len(4)];
    let len = panel.save(&mut state).unwrap();
    state.truncate(len);
    state
}

/// Frames of both peers and of strangers, some altered, some twice, to both validators.
#[test]
fn says_what_a_validator_says_that_registered_them_one_by_one() {
    let mut used = registered(Restart::FreshKeys);
    let start = NonceStart::Reserved { from: 5, until: 6 };
    let mut pump = hmac_sealer_from(1, PUMP, PANEL, 1, start);
    offer(&mut used, &seal(&mut pump, b"", at(0))).unwrap();
    let state = saved_by(&used);
    let stopped = stamp(NOW - 2_000_000);
    let restarts = [Restart::FreshKeys, Restart::NotBefore(stopped), Restart::Saved(&state)];
    for (round, restart) in restarts.into_iter().enumerate() {
        let mut random = Random::new(u64::try_from(round).unwrap());
        let mut one = fixed(&[1, 2], restart, 4).unwrap();
        let mut other = registered(restart);
        assert_eq!(one.own_id(), other.own_id());
        let mut accepted = 0;
        for _ in 0..rounds(300, 20_000) {
            let from = random.below(12);
            let start = NonceStart::Reserved { from, until: from + 1 };
            let time = at(i64::try_from(random.below(4)).unwrap() * 700_000);
            let key = 1 + u32::try_from(random.below(3)).unwrap();
            let sender = if key == 1 { PUMP } else { VALVE };
            let mut sealer = hmac_sealer_from(key, sender, PANEL, key.into(), start);
            if random.one_in(2) {
                sealer = sealer.counter_only().unwrap();
            }
            let mut frame = seal(&mut sealer, b"4.2 bar", time);
            if random.one_in(4) {
                let place = random.index(frame.len());
                frame[place] ^= 1;
            }
            let requirement = at_least(Level::Hmac);
            let ours = one.validate(&frame, &requirement, at(0));
            let theirs = other.validate(&frame, &requirement, at(0));
            match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => {
                    accepted += 1;
                    assert_eq!(ours.payload(), theirs.payload());
                    assert_eq!(ours.sender(), theirs.sender());
                    assert_eq!(ours.role(), theirs.role());
                    assert_eq!(ours.time_rule(), theirs.time_rule());
                }
                (ours, theirs) => assert_eq!(ours.err(), theirs.err()),
            }
        }
        assert!(accepted > 3, "{accepted}");
        for error in Error::ALL {
            assert_eq!(one.audit().refused(*error), other.audit().refused(*error));
        }
        assert_eq!(saved_by(&one), saved_by(&other));
    }
}

/// What comes later meets the peers of the table as it would meet registered ones.
#[test]
fn takes_further_keys_and_lets_go_of_the_fixed_ones() {
    let mut panel = fixed(&[1, 2], Restart::FreshKeys, 4).unwrap();
    let [one, third] = [secret(1), secret(3)];
    let register = |panel: &mut Fixed, id, secret| {
        panel.register(&PeerKey::hmac(KeyId(id), LOGGER, secret, TagLength::Full))
    };
    assert_eq!(register(&mut panel, 1, &third), Err(Error::DuplicateKeyId));
    assert_eq!(register(&mut panel, 3, &one), Err(Error::DuplicateKey));
    assert_eq!(register(&mut panel, 3, &third), Ok(()));
    assert_eq!(panel.sender_under(KeyId(3)), Some(LOGGER));
    panel.revoke(KeyId(1)).unwrap();
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
    assert_eq!(offer(&mut panel, &frame), Err(Error::KeyRevoked));
    panel.remove(KeyId(2)).unwrap();
    assert_eq!(panel.sender_under(KeyId(2)), None);
}
