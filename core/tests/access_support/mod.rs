//! What the tests of access share: two sides with fast toy engines, or with the portable ones,
//! a granter, and the validators of both.
#![allow(dead_code, reason = "each test file uses a part")]

use crate::common::*;
use sealwire::*;
use sha2::{Digest, Sha256};

pub(crate) const SECOND: u64 = 1_000_000;
/// The module that asks, and the one that grants.
pub(crate) const MODULE: ModuleId = PUMP;
pub(crate) const GRANTER: ModuleId = PANEL;
pub(crate) const OPERATOR: RoleId = RoleId(7);
pub(crate) const VISITOR: RoleId = RoleId(8);

/// Random bytes that are the same in every run.
pub(crate) struct Seeded(pub(crate) Random);

impl Entropy for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        out.copy_from_slice(&self.0.bytes(out.len()));
        Ok(())
    }
}

pub(crate) fn seeded(seed: u64) -> Seeded {
    Seeded(Random::new(seed))
}

/// Diffie and Hellman's agreement in the numbers modulo 2^61 - 1: anybody can break it, and it
/// takes no time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToyAgreement;

const MODULUS: u128 = (1 << 61) - 1;

fn power(base: u128, exponent: &[u8; 32]) -> u64 {
    let mut exponent = u64::from_be_bytes(exponent[..8].try_into().unwrap());
    let (mut base, mut result) = (base % MODULUS, 1);
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = result * base % MODULUS;
        }
        base = base * base % MODULUS;
        exponent >>= 1;
    }
    u64::try_from(result).unwrap()
}

fn toy_point(value: u64) -> PublicKey {
    let mut x = [0; 32];
    x[24..].copy_from_slice(&value.to_be_bytes());
    PublicKey::from_slice(&[x.as_slice(), &Sha256::digest(x)].concat()).unwrap()
}

impl GenerateP256 for ToyAgreement {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        let mut secret = SharedSecret::new([0; 32]);
        secret.copy_from_slice(seed);
        Ok(EphemeralKey::new(secret, toy_point(power(37, seed))))
    }
}

impl AgreeP256 for ToyAgreement {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        let value = u64::from_be_bytes(peer.as_xy()[24..32].try_into().unwrap());
        if toy_point(value) != *peer {
            return Err(Error::KeyInvalid);
        }
        let mut shared = SharedSecret::new([0; 32]);
        shared[24..].copy_from_slice(&power(value.into(), own.secret_bytes()).to_be_bytes());
        Ok(shared)
    }
}

/// By what the two sides know each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Secret,
    Key,
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Secret, Kind::Key];

pub(crate) type ToyEngines = Engines<ToyAgreement, ToySigner, Toy>;
pub(crate) type Storages = Granter<Vec<AccessSlot>, Vec<SourceSlot>>;

/// The engines of whoever holds key number `of`.
pub(crate) fn engines(of: u64) -> ToyEngines {
    Engines::for_keys(ToyAgreement, ToySigner::new(of), Toy)
}

pub(crate) fn public(of: u64) -> PublicKey {
    ToySigner::new(of).public_key()
}

/// Numbers of keys, and of secrets.
pub(crate) const MODULES_KEY: u64 = 1;
pub(crate) const GRANTERS_KEY: u64 = 2;
pub(crate) const SHARED: u64 = 3;

pub(crate) fn access_slots(n: usize) -> Vec<AccessSlot> {
    (0..n).map(|_| AccessSlot::EMPTY).collect()
}

/// A granter, its validator and its ways.
pub(crate) struct Side {
    pub(crate) granter: Storages,
    pub(crate) keys: Receiver,
    pub(crate) engines: ToyEngines,
    pub(crate) entropy: Seeded,
    pub(crate) has_clock: bool,
}

impl Side {
    pub(crate) fn new(own: ModuleId, key: u64, settings: GranterSettings, modules: usize) -> Self {
        let mut entropy = seeded(key + 100);
        let sources = vec![SourceSlot::EMPTY; 64];
        let granter =
            Granter::new(own, settings, access_slots(modules), sources, &mut entropy).unwrap();
        let keys = receiver(own, Restart::FreshKeys, modules * 2 + 2, 0);
        let mut side = Self { granter, keys, engines: engines(key), entropy, has_clock: true };
        side.granter.define_role(RoleName::new("operator").unwrap(), OPERATOR).unwrap();
        side.granter.define_role(RoleName::new("visitor").unwrap(), VISITOR).unwrap();
        side
    }

    pub(crate) fn register(&mut self, id: ModuleId, kind: Kind, number: u64) {
        let secret = secret(number);
        let record = match kind {
            Kind::Secret => AccessRecord::secret(id, &secret),
            Kind::Key => AccessRecord::key(id, public(number), &Toy).unwrap(),
        };
        self.granter.register(&record.roles(&[OPERATOR, VISITOR])).unwrap();
    }

    /// `tick` as a moment; the clock runs with it.
    pub(crate) fn moment(&self, tick: u64) -> Moment {
        Moment { tick, now: self.has_clock.then(|| stamp(NOW + tick)) }
    }

    pub(crate) fn challenge(
        &mut self,
        request: &[u8],
        source: &[u8],
        tick: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let len = self.granter.challenge(
            request,
            source,
            tick,
            &ToyAgreement,
            &mut self.entropy,
            &mut out,
        )?;
        Ok(out[..len].to_vec())
    }

    pub(crate) fn grant(
        &mut self,
        proof: &[u8],
        source: &[u8],
        tick: u64,
    ) -> Result<(Vec<u8>, Outcome), Error> {
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let at = self.moment(tick);
        let granted =
            self.granter.grant(proof, source, at, &mut self.engines, &mut self.keys, &mut out)?;
        Ok((out[..granted.len()].to_vec(), granted.outcome))
    }

    /// A frame that came: as a program handles it.
    pub(crate) fn frame(&mut self, frame: &[u8], tick: u64) -> Result<Confirmation, Error> {
        let Self { granter, keys, .. } = self;
        granter.run(tick, keys);
        let requirement = at_least(Level::Hmac);
        let accepted = keys
            .validate(frame, &requirement, Some(stamp(NOW + tick)))
            .map_err(|rejection| rejection.error())?;
        granter.confirm(&accepted, tick, keys)
    }

    pub(crate) fn send(&mut self, id: KeyId, tick: u64) -> Result<Vec<u8>, Error> {
        let mut out = vec![0; 256];
        let now = Some(stamp(NOW + tick));
        let sealed =
            match self.granter.send(id, tick, |s| s.seal(b"to you", &topic(), now, &mut out)) {
                Err(Error::KeyKind) => {
                    let signer = self.engines.signer.clone().unwrap();
                    self.granter.send_signed(id, tick, signer, |s| {
                        s.seal(b"to you", &topic(), now, &mut out)
                    })?
                }
                other => other?,
            };
        out.truncate(sealed.len());
        Ok(out)
    }
}

/// A module that asks, with the toy engines.
pub(crate) struct Asker {
    pub(crate) own: ModuleId,
    pub(crate) engines: ToyEngines,
    pub(crate) kind: Kind,
    pub(crate) secret: PeerSecret,
    pub(crate) granters_key: PublicKey,
    pub(crate) entropy: Seeded,
    pub(crate) keys: Receiver,
}

impl Asker {
    pub(crate) fn new(own: ModuleId, kind: Kind, number: u64, granters: u64) -> Self {
        Self {
            own,
            engines: engines(number),
            kind,
            secret: secret(number),
            granters_key: public(granters),
            entropy: seeded(number + 200),
            keys: receiver(own, Restart::FreshKeys, 4, 0),
        }
    }

    pub(crate) fn credential(&self) -> Credential<'_> {
        match self.kind {
            Kind::Secret => Credential::Secret(&self.secret),
            Kind::Key => Credential::Key(self.granters_key),
        }
    }

    pub(crate) fn begin(&mut self, plan: &AccessPlan) -> Result<AwaitChallenge, Error> {
        let mut entropy = seeded(self.entropy.0.next());
        AwaitChallenge::begin(plan, &self.credential(), &ToyAgreement, &mut entropy)
    }

    pub(crate) fn prove(
        &mut self,
        state: AwaitChallenge,
        challenge: &[u8],
        tick: u64,
    ) -> Result<AwaitGrant, Refused<AwaitChallenge>> {
        let credential = match self.kind {
            Kind::Secret => Credential::Secret(&self.secret),
            Kind::Key => Credential::Key(self.granters_key),
        };
        state.challenge(challenge, tick, &credential, &mut self.engines)
    }

    pub(crate) fn finish(
        &self,
        state: AwaitGrant,
        grant: &[u8],
        tick: u64,
    ) -> Result<Session, Refused<AwaitGrant>> {
        state.grant(grant, tick, &self.credential(), &self.engines)
    }

    /// A frame under `session`, its `count`th.
    pub(crate) fn seal(&self, session: &Session, count: u64, tick: u64) -> Vec<u8> {
        let now = Some(stamp(NOW + tick));
        if session.level() == Level::DigitalSignature {
            let signer = self.engines.signer.clone().unwrap();
            let mut sealer = Sealer::for_signed_session(session, signer).unwrap();
            (0..=count).map(|_| seal(&mut sealer, b"to it", now)).last().unwrap()
        } else {
            let mut sealer = Sealer::for_session(session).unwrap();
            (0..=count).map(|_| seal(&mut sealer, b"to it", now)).last().unwrap()
        }
    }
}

/// One module and one granter, registered with each other.
pub(crate) struct Pair {
    pub(crate) side: Side,
    pub(crate) asker: Asker,
    pub(crate) tick: u64,
}

/// What a whole run left behind.
pub(crate) struct Run {
    pub(crate) request: Vec<u8>,
    pub(crate) challenge: Vec<u8>,
    pub(crate) proof: Vec<u8>,
    pub(crate) grant: Vec<u8>,
    pub(crate) session: Session,
    pub(crate) granted: Session,
}

pub(crate) const SOURCE: &[u8] = b"10.0.0.7:4711";

impl Pair {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::with(kind, GranterSettings::DEFAULT)
    }

    pub(crate) fn with(kind: Kind, settings: GranterSettings) -> Self {
        let mut side = Side::new(GRANTER, GRANTERS_KEY, settings, 4);
        let number = if kind == Kind::Secret { SHARED } else { MODULES_KEY };
        side.register(MODULE, kind, number);
        let asker = Asker::new(MODULE, kind, number, GRANTERS_KEY);
        Self { side, asker, tick: 1_000 * SECOND }
    }

    pub(crate) fn plan(&self) -> AccessPlan {
        AccessPlan::new(MODULE, GRANTER, KeyId(0x51))
    }

    /// Request to grant, without a confirmation.
    pub(crate) fn run(&mut self, plan: &AccessPlan) -> Run {
        let state = self.asker.begin(plan).unwrap();
        let request = state.request().to_vec();
        let challenge = self.side.challenge(&request, SOURCE, self.tick).unwrap();
        let state = self.asker.prove(state, &challenge, self.tick).unwrap();
        let proof = state.proof().to_vec();
        let (grant, outcome) = self.side.grant(&proof, SOURCE, self.tick).unwrap();
        let Outcome::Granted(granted) = outcome else { panic!("{outcome:?}") };
        let session = self.asker.finish(state, &grant, self.tick).unwrap();
        Run { request, challenge, proof, grant, session, granted }
    }

    /// A run, its keys installed on the module's side, and its first frame sent.
    pub(crate) fn confirmed(&mut self, plan: &AccessPlan) -> Run {
        let run = self.run(plan);
        self.asker.keys.install(&run.session).unwrap();
        let frame = self.asker.seal(&run.session, 0, self.tick);
        let confirmed = self.side.frame(&frame, self.tick).unwrap();
        assert!(matches!(confirmed, Confirmation::Confirmed { module, .. } if module == MODULE));
        run
    }

    /// A frame from the granter, at the module.
    pub(crate) fn receive(&mut self, frame: &[u8]) -> Result<(), Error> {
        let now = Some(stamp(NOW + self.tick));
        verdict(self.asker.keys.validate(frame, &at_least(Level::Hmac), now))
    }
}

/// Whether two sides hold the same: keys, identities, role, level, times.
pub(crate) fn agree(a: &Session, b: &Session) -> bool {
    a.own() == b.peer()
        && a.peer() == b.own()
        && a.key_id() == b.peer_key_id()
        && a.peer_key_id() == b.key_id()
        && a.level() == b.level()
        && a.algorithm() == b.algorithm()
        && a.time_rule() == b.time_rule()
        && a.life_seconds() == b.life_seconds()
        && a.expires() == b.expires()
        && a.binder() == b.binder()
        && a.secret_token() == b.secret_token()
        && a.secret_hmac_key() == b.secret_hmac_key()
        && a.secret_frames().secret_bytes() == b.secret_frames().secret_bytes()
}
