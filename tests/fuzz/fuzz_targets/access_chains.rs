//! The access exchange by chains of certificates, on a line that the fuzzer owns: `line.rs`. An
//! insider has a good chain of his own, plays module and granter in the others' names with it, with
//! one of another root, with one that ended and with changed ones. The module renews its key, the
//! granter its certificate, and keys are revoked in between.
//!
//! Decides: the granter grants nothing for another's chain and ends at once what a revoked key came
//! in by; a module takes no other granter and learns the number of the granter's list. The
//! certificates are real (`corpus.py` writes them), the exchange's signatures those of a toy.
#![no_main]

use std::collections::BTreeSet;
use std::sync::Mutex;

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::changed;
use sha2::{Digest, Sha256};

use access_support::*;
use common::*;
use line::{Party, Way, World};

#[path = "../../../core/tests/access_support/mod.rs"]
mod access_support;
#[path = "../../../core/tests/common/mod.rs"]
mod common;
mod line;

const ROOT: &[u8] = include_bytes!("../root.der");
const PUMPS: [&[u8]; 2] =
    [include_bytes!("../chains/pump.der"), include_bytes!("../chains/pump-renewed.der")];
const VALVES: &[u8] = include_bytes!("../chains/valve.der");
const GRANTERS: [&[u8]; 2] =
    [include_bytes!("../chains/granter.der"), include_bytes!("../chains/granter-renewed.der")];
/// What somebody shows who isn't the module, or not the granter.
const FALSE: [&[u8]; 6] = [
    VALVES,
    include_bytes!("../chains/another-root.der"),
    include_bytes!("../chains/pump-ended.der"),
    PUMPS[0],
    GRANTERS[0],
    include_bytes!("../chains/valve-with-pumps-key.der"),
];
/// `tests/x509/make.py`: PUMP, VALVE, GRANTER.
const PUMP_ID: ModuleId = certified_id(0x01);
const VALVE_ID: ModuleId = certified_id(0x02);
const PANEL_ID: ModuleId = certified_id(0xff);
/// Of who has no certificate for his key.
const NOBODYS: u64 = 13;
const DAY: u64 = 86_400 * SECOND;

const fn certified_id(number: u8) -> ModuleId {
    let bytes = [0x5e, 0xa1, 0x31, 0x7e, 0, number, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1];
    match ModuleId::new(bytes) {
        Ok(id) => id,
        Err(_) => panic!("neither 0 nor 255"),
    }
}

/// The key in a chain's first certificate, behind the name of its curve.
fn key_in(chain: &[u8]) -> Option<PublicKey> {
    const CURVE: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
    let at = chain.windows(CURVE.len()).position(|bytes| bytes == CURVE)? + CURVE.len();
    PublicKey::from_slice(chain.get(at..at + 64)?).ok()
}

fn key_of(chain: &[u8]) -> PublicKey {
    key_in(chain).unwrap()
}

/// The toy, and of certificates the real engine, asked once for each.
struct Certain;

impl VerifyP256 for Certain {
    fn accepts(&self, key: &PublicKey) -> bool {
        Toy.accepts(key)
    }

    fn verify(&self, key: &PublicKey, parts: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        static RIGHT: Mutex<BTreeSet<[u8; 32]>> = Mutex::new(BTreeSet::new());
        if Toy.verify(key, parts, signature).is_ok() {
            return Ok(());
        }
        let mut hash = Sha256::new_with_prefix(key.as_xy());
        hash.update(signature.as_bytes());
        parts.iter().for_each(|part| hash.update(part));
        let hash = hash.finalize().into();
        if !RIGHT.lock().unwrap().contains(&hash) {
            PortableVerifier.verify(key, parts, signature)?;
            RIGHT.lock().unwrap().insert(hash);
        }
        Ok(())
    }
}

struct Chains {
    store: TrustStore<[IssuerSlot; 1]>,
    /// The granter's newest list.
    list: Vec<u8>,
    number: u64,
    revoked: BTreeSet<[u8; 64]>,
    /// By who shows it: module, insider, false module; granter, false granter.
    shown: [Vec<u8>; 3],
    granters: [Vec<u8>; 2],
    certified: Vec<CertifiedSlot>,
    /// The granter's sessions by the key in the chain that each came from.
    came_by: Vec<(KeyId, [u8; 64])>,
    /// Grants, with the number of the list that was the newest.
    numbers: Vec<(Vec<u8>, u64)>,
    requesters_have_a_clock: bool,
}

impl Chains {
    fn new(slots: usize, requesters_have_a_clock: bool) -> Self {
        let now = ChainTime::Now(stamp(NOW));
        let mut store = TrustStore::new([IssuerSlot::EMPTY]);
        let record = IssuerRecord::anchor(ROOT).fleets(&[Fleet::ALL]).any_role().any_authority();
        store.install(&record.time_sources(), now, &Certain).unwrap();
        let mut chains = Self {
            store,
            list: Vec::new(),
            number: 0,
            revoked: BTreeSet::new(),
            shown: [PUMPS[0], VALVES, VALVES].map(<[u8]>::to_vec),
            granters: [GRANTERS[0], VALVES].map(<[u8]>::to_vec),
            certified: vec![CertifiedSlot::EMPTY; slots],
            came_by: Vec::new(),
            numbers: Vec::new(),
            requesters_have_a_clock,
        };
        chains.write_list(0);
        chains
    }

    /// The next list, with everything that is revoked so far.
    fn write_list(&mut self, tick: u64) {
        self.number += 1;
        let mut entries: Vec<_> = self
            .revoked
            .iter()
            .map(|key| Entry::of_key(&PublicKey::from_slice(key).unwrap()))
            .collect();
        let mut out = [0; 256];
        let [issued, next] = [NOW + tick, NOW + tick + 40 * DAY].map(stamp);
        let mut root = ToySigner(key_of(ROOT));
        let len =
            write_revocation_list(self.number, issued, next, &mut entries, &mut root, &mut out);
        self.list = out[..len.unwrap()].to_vec();
        let time = ChainTime::Now(issued);
        assert!(self.store.take_list(&self.list, time, &Certain).is_ok());
    }

    /// Revokes a key: what came in by it is over.
    fn revoke(&mut self, key: &PublicKey, side: &mut Side, tick: u64) {
        self.revoked.insert(*key.as_xy());
        self.write_list(tick);
        let list = self.store.view().taken_list(&self.list).unwrap();
        let before = side.granter.session_count().0;
        let ended = side.granter.revoke_listed(&list, &self.certified, &mut side.keys);
        assert_eq!(side.granter.session_count().0, before - ended);
        for (id, key) in &self.came_by {
            assert!(!self.revoked.contains(key) || !side.keys.knows(*id), "its key is revoked");
        }
    }
}

/// The signer of who shows this chain and isn't whom it names.
fn false_signer(chain: &[u8], honest: &[&[u8]]) -> ToySigner {
    let is_his = |key: &PublicKey| honest.iter().all(|one| key_of(one) != *key);
    key_in(chain).filter(is_his).map_or_else(|| ToySigner::new(NOBODYS), ToySigner)
}

impl Way for Chains {
    type Verifier = Certain;
    const GRANTER: ModuleId = PANEL_ID;
    const MODULES: [ModuleId; 2] = [PUMP_ID, VALVE_ID];

    fn askers(&self) -> [Asker; 3] {
        let [module, insider, other] = self.shown.each_ref().map(|chain| ToySigner(key_of(chain)));
        let parties = [(PUMP_ID, module), (VALVE_ID, insider), (PUMP_ID, other)];
        let mut number = 0;
        parties.map(|(id, signer)| {
            number += 1;
            let mut asker = Asker::new(id, Kind::Key, number, 0);
            asker.engines.signer = Some(signer);
            asker
        })
    }

    fn sides(&self, settings: GranterSettings) -> [Side; 2] {
        let mut number = 0;
        self.granters.each_ref().map(|chain| {
            number += 1;
            let mut side = Side::new(PANEL_ID, number, settings, self.certified.len());
            side.engines.signer = Some(ToySigner(key_of(chain)));
            side
        })
    }

    fn with<T>(
        &self,
        who: usize,
        asker: &mut Asker,
        step: impl FnOnce(&Credential<'_>, &mut Engines<ToyAgreement, ToySigner, Certain>) -> T,
    ) -> T {
        let floor = stamp(NOW);
        let credential = ChainCredential {
            own: &self.shown[who],
            trust: self.store.view(),
            revocation: Revocation::Unchecked,
            time: if self.requesters_have_a_clock {
                ChainTime::Now(floor)
            } else {
                ChainTime::NotBefore(floor)
            },
        };
        let signer = asker.engines.signer.clone().unwrap();
        let mut engines = Engines::for_keys(ToyAgreement, signer, Certain);
        step(&Credential::Chain(&credential), &mut engines)
    }

    fn grant(
        &mut self,
        which: usize,
        side: &mut Side,
        proof: &[u8],
        source: &[u8],
        tick: u64,
    ) -> Result<(Vec<u8>, Outcome), Error> {
        let at = side.moment(tick);
        let lists = [self.store.view().taken_list(&self.list).unwrap()];
        let credential = ChainCredential {
            own: &self.granters[which],
            trust: self.store.view(),
            revocation: Revocation::Lists(&lists),
            time: ChainTime::Now(stamp(NOW + tick)),
        };
        let signer = side.engines.signer.clone().unwrap();
        let mut engines = Engines::for_keys(ToyAgreement, signer, Certain);
        let mut others = vec![CertifiedSlot::EMPTY; self.certified.len()];
        let certified = if which == 0 { &mut self.certified } else { &mut others };
        let mut out = [0; MAX_CERTIFIED_MESSAGE];
        let granted = side.granter.grant_certified(
            proof,
            source,
            at,
            &mut engines,
            &credential,
            certified,
            &mut side.keys,
            &mut out,
        )?;
        let answer = out[..granted.len()].to_vec();
        if which == 0
            && let Outcome::Granted(session) = &granted.outcome
        {
            let shown = [PUMPS[0], PUMPS[1], VALVES].into_iter().find(|one| proof.ends_with(one));
            let key = *key_of(shown.expect("a chain of neither")).as_xy();
            assert!(!self.revoked.contains(&key), "granted to a revoked key");
            self.came_by.push((session.key_id(), key));
            self.numbers.push((answer.clone(), self.number));
        }
        Ok((answer, granted.outcome))
    }

    fn tail(&self, who: usize) -> &[u8] {
        &self.shown[who]
    }

    fn proves_refusals(&self) -> bool {
        false
    }

    /// The front of a message with another chain behind it.
    fn extended(&self, message: &mut Vec<u8>, detail: u8) {
        let all = [&self.shown[..], &self.granters[..]].concat();
        match all.iter().find(|chain| message.ends_with(chain)) {
            Some(chain) => {
                message.truncate(message.len() - chain.len());
                message.extend(FALSE[usize::from(detail >> 3) % FALSE.len()]);
            }
            None => message.extend([detail; 2]),
        }
    }

    fn happens(
        &mut self,
        [what, detail]: [u8; 2],
        (sides, parties): (&mut [Side; 2], &mut [Party]),
        tick: u64,
    ) {
        let one = usize::from(detail);
        let other = FALSE[one % FALSE.len()];
        let other = match what >> 3 {
            0 => other.to_vec(),
            at => changed(other, &[at, detail, what]),
        };
        match what % 8 {
            1 => {
                self.shown[0] = PUMPS[one % 2].to_vec();
                parties[0].asker.engines.signer = Some(ToySigner(key_of(&self.shown[0])));
            }
            2 => {
                let key = key_of([PUMPS[0], PUMPS[1], VALVES][one % 3]);
                self.revoke(&key, &mut sides[0], tick);
            }
            3 => {
                parties[2].asker.engines.signer = Some(false_signer(&other, &PUMPS));
                self.shown[2] = other;
            }
            4 => {
                sides[1].engines.signer = Some(false_signer(&other, &GRANTERS));
                self.granters[1] = other;
            }
            5 => {
                self.granters[0] = GRANTERS[one % 2].to_vec();
                sides[0].engines.signer = Some(ToySigner(key_of(&self.granters[0])));
            }
            6 => self.write_list(tick),
            _ => {}
        }
    }

    fn obtained(&self, grant: &[u8], session: &Session) {
        let number = self.numbers.iter().find(|(known, _)| known == grant).map(|(_, n)| *n);
        assert_eq!(session.demanded_list(), number);
        assert!(number.is_some());
    }

    fn is_good(&self, who: usize) -> bool {
        !self.revoked.contains(key_of(&self.shown[who]).as_xy())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, acts)) = data.split_first() else { return };
    let slots = if choice & 1 == 0 { 3 } else { 1 };
    let chains = Chains::new(slots, choice & 8 == 0);
    let mut world = World::new(chains, line::settings(choice & 2 != 0));
    world.sides[0].has_clock = choice & 4 == 0;
    world.run(acts);
});
