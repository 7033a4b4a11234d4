//! What access costs: whole exchanges, a granter's part of them, and whether a frame of a session
//! costs more where there are 100,000 of them: ten modules send in turn, to a granter that has ten
//! sessions and to one that has 100,000.

use std::cell::RefCell;
use std::hint::black_box;

use sealwire::{
    AccessPlan, AccessRecord, AccessSlot, AgreeP256, AwaitChallenge, AwaitGrant, Budget,
    Credential, Engines, Entropy, EphemeralKey, Error, GenerateP256, Granter, GranterSettings,
    KeyId, MAX_ACCESS_MESSAGE, ModuleId, Moment, Outcome, PeerSecret, PublicKey, Sealer, Session,
    SharedSecret, SignP256, SourceSlot,
};
use sealwire_engine_host::{HostAgreement, HostSigner, HostVerifier};

use crate::clock::{Effort, Job, Timings};
use crate::plant::{self, HMAC_FRAME, PAYLOAD, Panel};
use crate::report::Report;

const MANY: u32 = 100_000;
const ACTIVE: u32 = 10;
/// No limit on work: its cost is what is asked.
const NO_LIMIT: Budget = Budget { per_second: 1 << 20, burst: 1 << 20 };

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    let few: Vec<u32> = (0..ACTIVE).collect();
    // The same number out of the many, spread over them.
    let spread: Vec<u32> = (0..ACTIVE).map(|i| i * (MANY / ACTIVE) + 7 * i).collect();
    let (mut small, mut few) = Side::with_sessions(ACTIVE, &few);
    let (mut large, mut spread) = Side::with_sessions(MANY, &spread);
    let pools = [RefCell::new(Vec::new()), RefCell::new(Vec::new())];
    let jobs = vec![
        Job::prepared("frame_of_10", |n| fill(&pools[0], &mut few, n), |_| small.drain(&pools[0])),
        Job::prepared(
            "frame_of_100000",
            |n| fill(&pools[1], &mut spread, n),
            |_| large.drain(&pools[1]),
        ),
    ];
    let timings = Timings::of(jobs, effort);
    report.times("host.session", &timings);
    let ratio = timings.ratio("frame_of_100000", "frame_of_10");
    report.metric("host.session_lookup_100000_vs_10.ratio", ratio, "ratio");
}

/// What a granter does for one exchange, challenge and grant, with the engines of the wheel.
pub(crate) fn measure_exchanges(report: &mut Report, effort: Effort) {
    let (host, portable) = (HostAgreement::new(), HostAgreement::portable());
    for (name, agreement, by_key) in [
        ("secret", host, false),
        ("key", host, true),
        ("secret_portable", portable, false),
        ("key_portable", portable, true),
    ] {
        let side = Side::of_one(agreement, by_key);
        let (side, proofs) = (RefCell::new(side), RefCell::new(Vec::new()));
        let jobs = vec![Job::prepared(
            name,
            |n| *proofs.borrow_mut() = (0..n).map(|_| side.borrow_mut().proof()).collect(),
            |_| proofs.borrow().iter().for_each(|proof| side.borrow_mut().granted(proof)),
        )];
        let timings = Timings::of(jobs, effort);
        report.times("host.access.grant", &timings);
        for (_, nanos) in timings.medians() {
            let metric = format!("host.access.{name}.grants_per_second");
            report.metric(&metric, 1e9 / nanos, "1/s");
        }
    }
}

/// Whole exchanges by key, both sides on one core: with the engines of the wheel, with the portable
/// one for agreement and signatures, and lakers with the same arithmetic.
pub(crate) fn measure_whole_exchanges(report: &mut Report, effort: Effort) {
    let mut host = Side::of_one(HostAgreement::new(), true);
    let mut portable = Side::of_one(HostAgreement::portable(), true);
    for (engines, scalar) in [(&mut portable.engines, 9), (&mut portable.modules, 8)] {
        let signer = HostSigner::from_secret_portable(&[scalar; 32]).expect("a scalar");
        *engines = Engines::for_keys(engines.agreement, signer, HostVerifier::portable());
    }
    #[allow(unused_mut, reason = "the peers are a feature")]
    let mut jobs = vec![
        Job::new("host", || drop(black_box(host.exchange()))),
        Job::new("portable", || drop(black_box(portable.exchange()))),
    ];
    #[cfg(feature = "peers")]
    jobs.push(crate::peers::lakers::job());
    let timings = Timings::of(jobs, effort);
    report.times("host.access.exchange", &timings);
    #[cfg(feature = "peers")]
    for engine in ["host", "portable"] {
        let metric = format!("host.access.exchange_{engine}.lakers_ratio");
        report.metric(&metric, timings.ratio(engine, "lakers"), "ratio");
    }
}

struct System;

impl Entropy for System {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        plant::fill(out);
        Ok(())
    }
}

/// Agrees at no cost and with no secrecy, so that 100,000 sessions are made in seconds.
#[derive(Clone, Copy)]
struct Nothing;

impl GenerateP256 for Nothing {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        let mut secret = SharedSecret::new([0; 32]);
        secret.copy_from_slice(seed);
        Ok(EphemeralKey::new(secret, PublicKey::from_slice(&[*seed, *seed].concat())?))
    }
}

impl AgreeP256 for Nothing {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        let mut shared = SharedSecret::new([0; 32]);
        let halves = own.public().as_xy().iter().zip(peer.as_xy());
        shared.iter_mut().zip(halves).for_each(|(to, (a, b))| *to = a ^ b);
        Ok(shared)
    }
}

/// A granter, its validator, and the module of its exchanges.
struct Side<A> {
    granter: Granter<Vec<AccessSlot>, Vec<SourceSlot>>,
    keys: Panel,
    engines: Engines<A, HostSigner, HostVerifier>,
    modules: Engines<A, HostSigner, HostVerifier>,
    by_key: bool,
    secret: PeerSecret,
    tick: u64,
}

fn engines<A>(agreement: A, scalar: u8) -> Engines<A, HostSigner, HostVerifier> {
    let signer = HostSigner::from_secret(&[scalar; 32]).expect("a scalar");
    Engines::for_keys(agreement, signer, HostVerifier::new())
}

fn module(number: u32) -> ModuleId {
    let mut bytes = *b"pump-000000-0000";
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    ModuleId::new(bytes).expect("an ID")
}

fn secret(number: u32) -> PeerSecret {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    plant::secret(&bytes)
}

impl<A: AgreeP256 + GenerateP256 + Copy> Side<A> {
    fn new(agreement: A, modules: u32) -> Self {
        let modules = usize::try_from(modules).expect("64 bits");
        let settings =
            GranterSettings { overall: NO_LIMIT, per_source: NO_LIMIT, ..GranterSettings::DEFAULT };
        let keys = plant::stranger(modules * 2 + 2);
        let slots = (0..modules).map(|_| AccessSlot::EMPTY).collect();
        let granter = Granter::new(keys.own_id(), settings, slots, Vec::new(), &mut System);
        Self {
            granter: granter.expect("a granter"),
            keys,
            engines: engines(agreement, 9),
            modules: engines(agreement, 8),
            by_key: false,
            secret: secret(0),
            tick: 1,
        }
    }

    fn at(&self) -> Moment {
        Moment { tick: self.tick, now: plant::now() }
    }

    /// A module's exchange up to its proof.
    fn asked(&mut self, number: u32) -> AwaitGrant {
        self.tick += 10;
        let plan = AccessPlan::new(module(number), self.granter.own_id(), KeyId(number));
        let granters = self.engines.signer.as_ref().expect("a signer").public_key();
        let credential =
            if self.by_key { Credential::Key(granters) } else { Credential::Secret(&self.secret) };
        let asking =
            AwaitChallenge::begin(&plan, &credential, &self.modules.agreement, &mut System)
                .expect("a request");
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let agreement = self.engines.agreement;
        let len = self
            .granter
            .challenge(asking.request(), b"", self.tick, &agreement, &mut System, &mut out)
            .expect("a challenge");
        asking.challenge(&out[..len], self.tick, &credential, &mut self.modules).expect("a proof")
    }

    fn grant(&mut self, proof: &[u8]) -> ([u8; MAX_ACCESS_MESSAGE], usize) {
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let at = self.at();
        let granted = self
            .granter
            .grant(proof, b"", at, &mut self.engines, &mut self.keys, &mut out)
            .expect("a grant");
        assert!(matches!(granted.outcome, Outcome::Granted(_)));
        (out, granted.len())
    }

    /// A whole exchange: the module's session.
    fn session(&mut self, number: u32) -> Session {
        self.secret = secret(number);
        let record = AccessRecord::secret(module(number), &self.secret);
        self.granter.register(&record).expect("a place");
        let asking = self.asked(number);
        let (out, len) = self.grant(asking.proof());
        let credential = Credential::Secret(&self.secret);
        asking.grant(&out[..len], self.tick, &credential, &self.modules).expect("a session")
    }

    /// A whole exchange by key: the module's session.
    fn exchange(&mut self) -> Session {
        let asking = self.asked(0);
        let (out, len) = self.grant(asking.proof());
        let granters = self.engines.signer.as_ref().expect("a signer").public_key();
        let credential = Credential::Key(granters);
        asking.grant(&out[..len], self.tick, &credential, &self.modules).expect("a session")
    }

    fn proof(&mut self) -> Vec<u8> {
        self.asked(0).proof().to_vec()
    }

    fn granted(&mut self, proof: &[u8]) {
        black_box(self.grant(black_box(proof)));
    }
}

impl Side<HostAgreement> {
    /// A granter of one module, with the engines of the wheel.
    fn of_one(agreement: HostAgreement, by_key: bool) -> Self {
        let mut side = Self { by_key, ..Self::new(agreement, 1) };
        let key = side.modules.signer.as_ref().expect("a signer").public_key();
        let record = if by_key {
            AccessRecord::key(module(0), key, &HostVerifier::new()).expect("a point")
        } else {
            AccessRecord::secret(module(0), &side.secret)
        };
        side.granter.register(&record).expect("a place");
        side
    }
}

impl Side<Nothing> {
    /// A granter with a session of each module, in use; and the sealers of some.
    fn with_sessions(modules: u32, active: &[u32]) -> (Self, Vec<Sealer>) {
        let mut side = Self::new(Nothing, modules);
        let mut sealers = Vec::new();
        for number in 0..modules {
            let session = side.session(number);
            let mut sealer = Sealer::for_session(&session).expect("a sealer");
            let mut frame = [0; HMAC_FRAME];
            let sealed = sealer.seal(&PAYLOAD, &plant::context(), plant::now(), &mut frame);
            let len = sealed.expect("sealed").len();
            side.take(&frame[..len]);
            if active.contains(&number) {
                sealers.push(sealer);
            }
        }
        assert_eq!(side.granter.session_count(), (usize::try_from(modules).expect("64 bits"), 0));
        (side, sealers)
    }

    /// A frame that came: as a program handles it.
    fn take(&mut self, frame: &[u8]) {
        self.granter.run(self.tick, &mut self.keys);
        let demand = plant::demand();
        let accepted = self.keys.validate(frame, &demand, plant::now()).expect("a right frame");
        let confirmed = self.granter.confirm(&accepted, self.tick, &mut self.keys);
        assert!(black_box(confirmed).is_ok());
    }

    fn drain(&mut self, pool: &RefCell<Vec<([u8; HMAC_FRAME], usize)>>) {
        for (frame, len) in pool.borrow().iter() {
            self.take(black_box(&frame[..*len]));
        }
    }
}

fn fill(pool: &RefCell<Vec<([u8; HMAC_FRAME], usize)>>, sealers: &mut [Sealer], calls: usize) {
    let mut pool = pool.borrow_mut();
    pool.resize(calls, ([0; HMAC_FRAME], 0));
    let (context, now) = (plant::context(), plant::now());
    for (i, (frame, len)) in pool.iter_mut().enumerate() {
        let turn = i % sealers.len();
        let sealed = sealers[turn].seal(&PAYLOAD, &context, now, frame).expect("sealed");
        *len = sealed.len();
    }
}
