//! Tokens against a model: kept, checked, revoked and run out in any order. No token counts but the
//! newest of a module, until its session's end, and none that was changed.
#![no_main]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sealwire::*;

use access_support::*;
use common::*;

#[path = "../../../core/tests/access_support/mod.rs"]
mod access_support;
#[path = "../../../core/tests/common/mod.rs"]
mod common;

const SLOTS: usize = 3;
const MODULES: u8 = 5;
const RUNS: usize = 3;

/// As the granter has them: several a module, one after the other.
fn sessions() -> &'static [Session] {
    static SESSIONS: OnceLock<Vec<Session>> = OnceLock::new();
    SESSIONS.get_or_init(|| {
        let budget = Budget { per_second: 1_000, burst: 1_000 };
        let settings =
            GranterSettings { overall: budget, per_source: budget, ..GranterSettings::DEFAULT };
        let mut side = Side::new(GRANTER, GRANTERS_KEY, settings, usize::from(MODULES));
        let mut sessions = Vec::new();
        for n in 0..MODULES {
            let (own, number) = (id(n + 1), u64::from(n) + 50);
            side.register(own, Kind::Secret, number);
            let mut asker = Asker::new(own, Kind::Secret, number, GRANTERS_KEY);
            for run in 0..RUNS {
                // Each ends later than the one before.
                let tick = (1_000 + 600 * run as u64) * SECOND;
                let state = asker.begin(&AccessPlan::new(own, GRANTER, KeyId(1))).unwrap();
                let challenge = side.challenge(state.request(), SOURCE, tick).unwrap();
                let state = asker.prove(state, &challenge, tick).unwrap();
                let (_, outcome) = side.grant(state.proof(), SOURCE, tick).unwrap();
                let Outcome::Granted(session) = outcome else { panic!("{outcome:?}") };
                sessions.push(session);
            }
        }
        sessions
    })
}

fuzz_target!(|data: &[u8]| {
    let mut tokens = Tokens::new([const { TokenSlot::EMPTY }; SLOTS]);
    // By module: the session whose token is kept. What is over stays until its place is needed.
    let mut kept: BTreeMap<ModuleId, &Session> = BTreeMap::new();
    let mut tick = 1_000 * SECOND;
    for [what, which, how] in data.as_chunks::<3>().0.iter().take(200) {
        let session = &sessions()[usize::from(*which) % sessions().len()];
        let module = session.peer();
        match what % 4 {
            0 => {
                let has_room = kept.contains_key(&module)
                    || kept.len() < SLOTS
                    || kept.values().any(|one| one.ends_at_tick() <= tick);
                let expected = if has_room { Ok(()) } else { Err(Error::TableFull) };
                assert_eq!(tokens.keep(session, tick), expected);
                if expected.is_ok() {
                    kept.insert(module, session);
                    // What is over may have given its place: at tick 0 nothing is over.
                    kept.retain(|_, one| {
                        one.ends_at_tick() > tick || tokens.check(one.secret_token(), 0).is_ok()
                    });
                    assert!(kept.len() <= SLOTS);
                }
            }
            1 => {
                let is_kept = kept.remove(&module).is_some();
                let expected = if is_kept { Ok(()) } else { Err(Error::TokenUnknown) };
                assert_eq!(tokens.revoke(&module), expected);
            }
            2 => tick += u64::from(*how) * 10 * SECOND,
            _ => {
                let mut token = *session.secret_token();
                token[usize::from(how >> 3)] ^= 1 << (how & 7);
                assert_eq!(tokens.check(&token, tick).unwrap_err(), Error::TokenUnknown);
            }
        }
        for one in sessions() {
            let newest =
                kept.get(&one.peer()).filter(|kept| kept.secret_token() == one.secret_token());
            let counts = newest.is_some() && one.ends_at_tick() > tick;
            let expected =
                if counts { Ok((one.peer(), one.peer_role())) } else { Err(Error::TokenUnknown) };
            assert_eq!(tokens.check(one.secret_token(), tick), expected);
        }
    }
});
