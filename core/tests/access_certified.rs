//! Claim: a chain of certificates on either side gives a session to exactly whom it names, in its
//! roles, until it ends or is revoked; nothing is kept of who doesn't prove it (`PROTOCOL.md`
//! §12.10).
#![cfg(all(feature = "x509", feature = "access", feature = "ecdsa"))]

use crate::access_support::{SECOND, Seeded, agree, seeded};
use crate::x509_support::*;
use sealwire::*;

type Store = TrustStore<[IssuerSlot; 2]>;
type Keys = Validator<Vec<Slot>, Vec<NonceEntry>, PortableVerifier>;
type PortableEngines = Engines<PortableAgreement, PortableSigner, PortableVerifier>;

const OPERATOR: RoleId = RoleId(7);
const START: u64 = 1_000 * SECOND;
const SOURCE: &[u8] = b"10.0.0.7:4711";

/// Certificates, keys and IDs of one name in `x509.json`.
struct Certified {
    chain: Vec<u8>,
    key: String,
    module: ModuleId,
}

fn certified(name: &str) -> Certified {
    let document = document();
    let all = document["access"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name).unwrap();
    let middle = match name.split(' ').next().unwrap() {
        "granter" => 0xff,
        "valve" => 2,
        _ => 1,
    };
    let mut id = [0; 16];
    id[..4].copy_from_slice(&[0x5e, 0xa1, 0x31, 0x7e]);
    (id[5], id[6], id[8], id[15]) = (middle, 0x40, 0x80, 1);
    let module = ModuleId::new(id).unwrap();
    Certified { chain: hex(&one["chain"]), key: one["key"].as_str().unwrap().into(), module }
}

fn trusting() -> Store {
    let root = hex(&document()["issuers"]["root"]["certificate"]);
    let mut store = TrustStore::new([const { IssuerSlot::EMPTY }; 2]);
    let record = IssuerRecord::anchor(&root).fleets(&[Fleet::ALL]).any_role().any_authority();
    store.install(&record.time_sources(), ChainTime::Now(NOW), &PortableVerifier).unwrap();
    store
}

fn root_id() -> IssuerId {
    IssuerId::of(&signer("Root").public_key())
}

fn engines_of(one: &Certified) -> PortableEngines {
    Engines::for_keys(PortableAgreement, signer(&one.key), PortableVerifier)
}

fn keys_of(module: ModuleId) -> Keys {
    let slots = (0..8).map(|_| Slot::EMPTY).collect();
    Validator::with_storage(module, Limits::DEFAULT, Restart::FreshKeys, slots, Vec::new())
        .unwrap()
        .with_verifier(PortableVerifier)
}

/// Writes a list of the root's.
fn list(number: u64, entries: &mut [Entry]) -> Vec<u8> {
    let mut out = [0; 512];
    let next = NOW.saturating_add(DAY);
    let written = write_revocation_list(number, NOW, next, entries, &mut signer("Root"), &mut out);
    out[..written.unwrap()].to_vec()
}

struct Side {
    granter: Granter<Vec<AccessSlot>>,
    own: Certified,
    store: Store,
    list: Vec<u8>,
    engines: PortableEngines,
    certified: Vec<CertifiedSlot>,
    keys: Keys,
    entropy: Seeded,
    tick: u64,
}

impl Side {
    fn new(modules: usize) -> Self {
        let own = certified("granter");
        let mut entropy = seeded(1);
        let slots: Vec<_> = (0..modules).map(|_| AccessSlot::EMPTY).collect();
        let settings = GranterSettings::DEFAULT;
        let mut granter = Granter::new(own.module, settings, slots, [], &mut entropy).unwrap();
        granter.define_role(RoleName::new("visitor").unwrap(), RoleId(8)).unwrap();
        granter.define_role(RoleName::new("operator").unwrap(), OPERATOR).unwrap();
        let (engines, keys) = (engines_of(&own), keys_of(own.module));
        let list = list(3, &mut []);
        let certified = vec![CertifiedSlot::EMPTY; modules];
        Self {
            granter,
            own,
            store: trusting(),
            list,
            engines,
            certified,
            keys,
            entropy,
            tick: START,
        }
    }

    fn now(&self) -> Timestamp {
        NOW.saturating_add(self.tick - START)
    }

    fn challenge(&mut self, request: &[u8]) -> Vec<u8> {
        let Self { granter, entropy, tick, .. } = self;
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let len = granter
            .challenge(request, SOURCE, *tick, &PortableAgreement, entropy, &mut out)
            .unwrap();
        out[..len].to_vec()
    }

    fn grant(&mut self, proof: &[u8]) -> Result<(Vec<u8>, Outcome), Error> {
        let now = self.now();
        let at = Moment { tick: self.tick, now: Some(now) };
        let taken = self.store.take_list(&self.list, ChainTime::Now(now), &PortableVerifier);
        let lists = [taken.unwrap()];
        let credential = ChainCredential {
            own: &self.own.chain,
            trust: self.store.view(),
            revocation: Revocation::Lists(&lists),
            time: ChainTime::Now(now),
        };
        let mut out = [0; MAX_CERTIFIED_MESSAGE];
        let Self { granter, engines, certified, keys, .. } = self;
        let granted = granter.grant_certified(
            proof,
            SOURCE,
            at,
            engines,
            &credential,
            certified,
            keys,
            &mut out,
        )?;
        Ok((out[..granted.len()].to_vec(), granted.outcome))
    }

    /// A module's first frame.
    fn frame(&mut self, one: &Certified, session: &Session) -> Result<Confirmation, Error> {
        let context = Context::topic(b"pump/pressure").unwrap();
        let mut out = [0; 256];
        let now = Some(self.now());
        let len = if session.level() == Level::DigitalSignature {
            let mut sealer = Sealer::for_signed_session(session, signer(&one.key)).unwrap();
            sealer.seal(b"on", &context, now, &mut out).unwrap().len()
        } else {
            let mut sealer = Sealer::for_session(session).unwrap();
            sealer.seal(b"on", &context, now, &mut out).unwrap().len()
        };
        let requirement = Requirement::at_least(Level::Hmac, context, &AnyPeer);
        self.granter.run(self.tick, &mut self.keys);
        let accepted = self
            .keys
            .validate(&out[..len], &requirement, now)
            .map_err(|rejection| rejection.error())?;
        assert_eq!(accepted.sender(), Some(one.module));
        self.granter.confirm(&accepted, self.tick, &mut self.keys)
    }
}

/// The requester's credential, at a time.
fn with_credential<T>(
    one: &Certified,
    time: ChainTime,
    run: impl FnOnce(&Credential<'_>, &mut PortableEngines) -> T,
) -> T {
    let store = trusting();
    let chain = ChainCredential {
        own: &one.chain,
        trust: store.view(),
        revocation: Revocation::Unchecked,
        time,
    };
    run(&Credential::Chain(&chain), &mut engines_of(one))
}

fn plan(one: &Certified, level: Level) -> AccessPlan {
    let mut plan = AccessPlan::new(one.module, certified("granter").module, KeyId(0x51));
    (plan.wanted, plan.role) = (level, RoleName::new("operator").unwrap());
    plan
}

/// Up to the proof, with its chain behind it.
fn proven(side: &mut Side, one: &Certified, plan: &AccessPlan) -> (AwaitGrant, Vec<u8>) {
    with_credential(one, ChainTime::Now(NOW), |credential, engines| {
        let mut entropy = seeded(side.entropy.0.next());
        let state =
            AwaitChallenge::begin(plan, credential, &PortableAgreement, &mut entropy).unwrap();
        let challenge = side.challenge(state.request());
        let state = state.challenge(&challenge, side.tick, credential, engines).unwrap();
        let proof = [state.proof(), &one.chain].concat();
        (state, proof)
    })
}

fn finish(
    one: &Certified,
    state: AwaitGrant,
    grant: &[u8],
    time: ChainTime,
) -> Result<Session, Refused<AwaitGrant>> {
    with_credential(one, time, |credential, engines| state.grant(grant, START, credential, engines))
}

fn session(side: &mut Side, one: &Certified, level: Level) -> (Session, Session) {
    let (state, proof) = proven(side, one, &plan(one, level));
    let (grant, outcome) = side.grant(&proof).unwrap();
    let Outcome::Granted(granted) = outcome else { panic!("{outcome:?}") };
    let tick = side.tick;
    let session = with_credential(one, ChainTime::Now(NOW), |credential, engines| {
        state.grant(&grant, tick, credential, engines).unwrap()
    });
    (session, granted)
}

#[test]
fn both_sides_hold_the_same_session_at_either_level() {
    for level in [Level::Hmac, Level::DigitalSignature] {
        let (mut side, pump) = (Side::new(2), certified("pump"));
        let (session, granted) = session(&mut side, &pump, level);
        assert!(agree(&session, &granted));
        assert_eq!((session.level(), session.peer()), (level, side.own.module));
        assert_eq!((granted.peer(), granted.peer_role()), (pump.module, OPERATOR));
        assert_eq!(session.demanded_list(), Some(3));
        let confirmed = side.frame(&pump, &session).unwrap();
        assert_eq!(confirmed, Confirmation::Confirmed { module: pump.module, replaces: None });
    }
}

#[test]
fn the_same_proof_gets_the_same_answer() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    let (_, proof) = proven(&mut side, &pump, &plan(&pump, Level::Hmac));
    let (first, _) = side.grant(&proof).unwrap();
    // A newer list doesn't change what was said.
    side.list = list(4, &mut []);
    let (again, outcome) = side.grant(&proof).unwrap();
    assert!(matches!(outcome, Outcome::Again));
    assert_eq!(first, again);
    // With another chain behind it, it would be another answer, and no right one.
    side.own = certified("granter of next week");
    side.engines = engines_of(&side.own);
    assert_eq!(side.grant(&proof).unwrap_err(), Error::AccessReplayed);
}

#[test]
fn a_granter_says_what_it_lacks_before_it_answers() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    let (state, proof) = proven(&mut side, &pump, &plan(&pump, Level::Hmac));
    let list = list(3, &mut []);
    // The longest grant, the number of a list, and the chain.
    let room = 192 + 8 + side.own.chain.len();
    let mut out = vec![0; room];
    let at = Moment { tick: side.tick, now: Some(NOW) };
    let no_clock = Moment { now: None, ..at };
    let Side { granter, own, store, engines, keys, .. } = &mut side;
    let taken = store.take_list(&list, ChainTime::Now(NOW), &PortableVerifier);
    let lists = [taken.unwrap()];
    let credential = ChainCredential {
        own: &own.chain,
        trust: store.view(),
        revocation: Revocation::Lists(&lists),
        time: ChainTime::Now(NOW),
    };
    let mut ask = |out: &mut [u8], certified: &mut [CertifiedSlot], at| {
        granter.grant_certified(&proof, SOURCE, at, engines, &credential, certified, keys, out)
    };
    let mut certified = vec![CertifiedSlot::EMPTY; 3];
    assert_eq!(ask(&mut out, &mut certified[..1], at).unwrap_err(), Error::InvalidArgument);
    let short = ask(&mut out[1..], &mut certified, at);
    assert_eq!(short.unwrap_err(), Error::BufferTooSmall);
    assert_eq!(ask(&mut out, &mut certified, no_clock).unwrap_err(), Error::NoClock);
    // More entries than slots do no harm.
    let granted = ask(&mut out, &mut certified, at).unwrap();
    assert!(matches!(granted.outcome, Outcome::Granted(_)));
    let grant = &out[..granted.len()];
    assert!(finish(&pump, state, grant, ChainTime::Now(NOW)).is_ok());
}

#[test]
fn a_chain_that_is_not_good_gets_silence_and_leaves_nothing() {
    let mut side = Side::new(2);
    let refused = |side: &mut Side, one: &Certified, plan: &AccessPlan| {
        let (_, proof) = proven(side, one, plan);
        let error = side.grant(&proof).unwrap_err();
        assert_eq!(side.granter.session_count(), (0, 0));
        error
    };
    let stranger = certified("another root's");
    let asked = plan(&stranger, Level::Hmac);
    assert_eq!(refused(&mut side, &stranger, &asked), Error::UnknownAnchor);

    let pump = certified("pump");
    let mut as_valve = plan(&pump, Level::Hmac);
    as_valve.own = certified("valve").module;
    assert_eq!(refused(&mut side, &pump, &as_valve), Error::IdentityMismatch);

    let short = certified("pump for ten minutes");
    let asked = plan(&short, Level::Hmac);
    side.tick += 601 * SECOND;
    assert_eq!(refused(&mut side, &short, &asked), Error::CertificateExpired);

    side.list = list(4, &mut [Entry::of_key(&signer("pump").public_key())]);
    let asked = plan(&pump, Level::Hmac);
    assert_eq!(refused(&mut side, &pump, &asked), Error::CertificateRevoked);
}

#[test]
fn what_a_chain_does_not_say_is_refused_in_words() {
    let mut side = Side::new(2);
    let valve = certified("valve");
    let (state, proof) = proven(&mut side, &valve, &plan(&valve, Level::Hmac));
    let (answer, outcome) = side.grant(&proof).unwrap();
    assert!(matches!(outcome, Outcome::Refused(Error::RoleNotGranted)));
    let refused = finish(&valve, state, &answer, ChainTime::Now(NOW)).unwrap_err();
    assert_eq!(refused.error, Error::AccessForbidden);

    let pump = certified("pump");
    let mut visitor = plan(&pump, Level::Hmac);
    visitor.role = RoleName::new("visitor").unwrap();
    let (_, proof) = proven(&mut side, &pump, &visitor);
    assert!(matches!(side.grant(&proof).unwrap().1, Outcome::Refused(Error::RoleNotGranted)));
}

#[test]
fn one_key_is_one_module() {
    let mut side = Side::new(2);
    let (pump, twin) = (certified("pump"), certified("valve with the pump's key"));
    session(&mut side, &pump, Level::Hmac);
    let mut asked = plan(&twin, Level::Hmac);
    asked.role = RoleName::default();
    let (_, proof) = proven(&mut side, &twin, &asked);
    assert!(matches!(side.grant(&proof).unwrap().1, Outcome::Refused(Error::DuplicateKey)));
}

#[test]
fn one_kind_of_credential_never_stands_in_for_another() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    let public = signer(&pump.key).public_key();
    side.granter
        .register(&AccessRecord::key(pump.module, public, &PortableVerifier).unwrap())
        .unwrap();
    let (_, proof) = proven(&mut side, &pump, &plan(&pump, Level::Hmac));
    assert_eq!(side.grant(&proof).unwrap_err(), Error::CredentialKind);

    let mut side = Side::new(2);
    session(&mut side, &pump, Level::Hmac);
    let registered =
        side.granter.register(&AccessRecord::key(pump.module, public, &PortableVerifier).unwrap());
    assert_eq!(registered, Err(Error::DuplicateKeyId));
    let other = AccessRecord::key(certified("valve").module, public, &PortableVerifier).unwrap();
    assert_eq!(side.granter.register(&other), Err(Error::DuplicateKey));
    // Who takes no chains says so.
    let (_, proof) = proven(&mut side, &pump, &plan(&pump, Level::Hmac));
    let at = Moment { tick: side.tick, now: Some(NOW) };
    let mut out = [0; MAX_ACCESS_MESSAGE];
    let Side { granter, engines, keys, .. } = &mut side;
    let plain = granter.grant(&proof, SOURCE, at, engines, keys, &mut out);
    assert_eq!(plain.unwrap_err(), Error::CredentialKind);
}

#[test]
fn a_signer_without_its_chain_says_so_at_once() {
    let (mut side, mut pump) = (Side::new(2), certified("pump"));
    pump.chain = certified("valve").chain;
    let asked = plan(&pump, Level::Hmac);
    with_credential(&pump, ChainTime::Now(NOW), |credential, engines| {
        let state =
            AwaitChallenge::begin(&asked, credential, &PortableAgreement, &mut seeded(5)).unwrap();
        let challenge = side.challenge(state.request());
        let refused = state.challenge(&challenge, START, credential, engines).unwrap_err();
        assert_eq!(refused.error, Error::KeyKind);
    });
}

#[test]
fn no_byte_of_a_proof_or_a_grant_can_be_changed() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    let (mut state, proof) = proven(&mut side, &pump, &plan(&pump, Level::Hmac));
    let chain_at = proof.len() - pump.chain.len();
    for at in (0..chain_at).chain((chain_at..proof.len()).step_by(11)) {
        let mut changed = proof.clone();
        changed[at] ^= 1 << (at % 8);
        // Work is limited; here it isn't the point.
        side.tick += SECOND / 100;
        assert!(side.grant(&changed).is_err(), "byte {at}");
    }
    assert_eq!(side.granter.session_count(), (0, 0));
    for other in ["pump renewed", "valve", "another root's"] {
        let begun = proof.len() - pump.chain.len();
        let exchanged = [&proof[..begun], &certified(other).chain].concat();
        assert!(side.grant(&exchanged).is_err(), "{other}");
    }
    let (grant, outcome) = side.grant(&proof).unwrap();
    assert!(matches!(outcome, Outcome::Granted(_)));
    for at in (0..160).chain((160..grant.len()).step_by(11)) {
        let mut changed = grant.clone();
        changed[at] ^= 1 << (at % 8);
        state = finish(&pump, state, &changed, ChainTime::Now(NOW)).unwrap_err().state;
    }
    let shown: Vec<u8> =
        chain_of_grant(&grant).unwrap().certificates().flatten().copied().collect();
    assert_eq!(shown, side.own.chain);
    assert_eq!(chain_of_grant(&proof).unwrap_err(), Error::AccessKind);
    for end in [0, 60, 150, 160, grant.len() - 1] {
        assert!(chain_of_grant(&grant[..end]).is_err());
        state = finish(&pump, state, &grant[..end], ChainTime::Now(NOW)).unwrap_err().state;
    }
    assert!(finish(&pump, state, &grant, ChainTime::Now(NOW)).is_ok());
}

#[test]
fn a_requester_takes_only_the_granter_that_it_asked() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    let mut asked = plan(&pump, Level::Hmac);
    // Somebody with a good chain of his own answers in the name of another.
    asked.granter = ModuleId::new([9; 16]).unwrap();
    let slots = vec![AccessSlot::EMPTY, AccessSlot::EMPTY];
    let settings = GranterSettings::DEFAULT;
    side.granter = Granter::new(asked.granter, settings, slots, [], &mut side.entropy).unwrap();
    side.granter.define_role(RoleName::new("operator").unwrap(), OPERATOR).unwrap();
    side.keys = keys_of(asked.granter);
    let (state, proof) = proven(&mut side, &pump, &asked);
    let (grant, _) = side.grant(&proof).unwrap();
    let refused = finish(&pump, state, &grant, ChainTime::Now(NOW)).unwrap_err();
    assert_eq!(refused.error, Error::IdentityMismatch);
}

#[test]
fn a_device_without_a_clock_asks_again_at_the_granted_time() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    let floor = ChainTime::NotBefore(NOW.saturating_sub(20 * DAY));
    let mut asked = plan(&pump, Level::Hmac);
    asked.is_time_source = true;
    let (state, proof) = proven(&mut side, &pump, &asked);
    let (grant, _) = side.grant(&proof).unwrap();
    let session = finish(&pump, state, &grant, floor).unwrap();
    assert_eq!(session.time_report().unwrap().time(), NOW);

    // This granter's chain will be good, and isn't at the time that it tells.
    side.own = certified("granter of next week");
    side.engines = engines_of(&side.own);
    side.tick += SECOND;
    let (state, proof) = proven(&mut side, &pump, &asked);
    let (grant, _) = side.grant(&proof).unwrap();
    let refused = finish(&pump, state, &grant, floor).unwrap_err();
    assert_eq!(refused.error, Error::CertificateNotYetValid);
}

#[test]
fn a_session_ends_with_the_chain() {
    let (mut side, short) = (Side::new(2), certified("pump for ten minutes"));
    let mut asked = plan(&short, Level::Hmac);
    asked.role = RoleName::default();
    let (_, proof) = proven(&mut side, &short, &asked);
    let Outcome::Granted(granted) = side.grant(&proof).unwrap().1 else { panic!() };
    assert_eq!(granted.life_seconds(), 600);
}

#[test]
fn a_renewed_certificate_takes_over_without_a_gap() {
    let (mut side, old, new) = (Side::new(1), certified("pump"), certified("pump renewed"));
    let (first, _) = session(&mut side, &old, Level::DigitalSignature);
    side.frame(&old, &first).unwrap();
    let (second, granted) = session(&mut side, &new, Level::DigitalSignature);
    assert!(agree(&second, &granted));
    assert_eq!(side.granter.session_of(&old.module), Some(first.peer_key_id()));
    let confirmed = side.frame(&new, &second).unwrap();
    let replaces = Some(first.peer_key_id());
    assert_eq!(confirmed, Confirmation::Confirmed { module: new.module, replaces });
    assert_eq!(side.granter.session_count(), (2, 0));
    side.tick += 11 * SECOND;
    side.granter.run(side.tick, &mut side.keys);
    assert_eq!(side.granter.session_count(), (1, 0));
}

#[test]
fn a_revoked_peers_session_ends_at_once_and_only_its_own() {
    let (mut side, pump, new) = (Side::new(2), certified("pump"), certified("pump renewed"));
    let (first, _) = session(&mut side, &pump, Level::DigitalSignature);
    side.frame(&pump, &first).unwrap();
    let (second, _) = session(&mut side, &new, Level::DigitalSignature);

    // Another anchor's word doesn't count: this list is the authority's, about another key.
    let harmless = list(4, &mut [Entry::of_key(&signer("valve").public_key())]);
    let now = ChainTime::Now(side.now());
    let taken = side.store.take_list(&harmless, now, &PortableVerifier).unwrap();
    assert_eq!(side.granter.revoke_listed(&taken, &side.certified, &mut side.keys), 0);

    // The old key is revoked, and the new one's session stays.
    let revoking = list(5, &mut [Entry::of_key(&signer(&pump.key).public_key())]);
    let taken = side.store.take_list(&revoking, now, &PortableVerifier).unwrap();
    assert_eq!(side.granter.revoke_listed(&taken, &side.certified, &mut side.keys), 1);
    assert_eq!(side.granter.session_count(), (1, 1));
    assert!(side.frame(&new, &second).is_ok());

    // The authority is revoked, and everybody below it.
    let all = list(6, &mut [Entry::of_key(&signer("Sub").public_key())]);
    let taken = side.store.take_list(&all, now, &PortableVerifier).unwrap();
    assert_eq!(side.granter.revoke_listed(&taken, &side.certified, &mut side.keys), 1);
    assert_eq!(side.granter.session_count(), (0, 0));
    assert_eq!(side.store.lowest_list(root_id()), Ok(6));
}

#[test]
fn what_a_crl_lists_ends_the_sessions_of_that_issuer_alone() {
    let (mut side, pump) = (Side::new(2), certified("pump"));
    session(&mut side, &pump, Level::Hmac);
    let leaf = Chain::from_bytes(&pump.chain).unwrap();
    let leaf = leaf.certificates().next().unwrap();
    // Version, then the serial number: 15 or 16 bytes here, below any length of two bytes.
    let at = leaf.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap() + 5;
    let serial = &leaf[at + 2..at + 2 + usize::from(leaf[at + 1])];
    let (sub, root) = (signer("Sub").public_key(), signer("Root").public_key());
    let entry = Entry::of_serial(&sub, serial);
    let Side { granter, certified, keys, .. } = &mut side;
    let mut revoke = |issuer, entry| granter.revoke_entries(issuer, &[entry], certified, keys);
    assert_eq!(revoke(IssuerId::of(&root), entry), 0);
    assert_eq!(revoke(IssuerId::of(&sub), Entry::of_serial(&root, serial)), 0);
    assert_eq!(revoke(IssuerId::of(&sub), entry), 1);
    assert_eq!(side.granter.session_count(), (0, 0));
}

#[test]
fn a_full_table_gives_up_who_has_no_session_and_can_not_repeat_himself() {
    let (mut side, pump, valve) = (Side::new(1), certified("pump"), certified("valve"));
    let (first, _) = session(&mut side, &pump, Level::Hmac);
    side.frame(&pump, &first).unwrap();
    let mut asked = plan(&valve, Level::Hmac);
    asked.role = RoleName::default();
    let full = |side: &mut Side| {
        let (_, proof) = proven(side, &valve, &asked);
        matches!(side.grant(&proof).unwrap().1, Outcome::Refused(Error::TableFull))
    };
    assert!(full(&mut side));
    side.granter.end_sessions(&pump.module, &mut side.keys).unwrap();
    assert!(full(&mut side), "its proof could come again");
    side.tick += 61 * SECOND;
    assert!(!full(&mut side));
    let names = [(pump.module, false), (valve.module, true)];
    for (module, is_there) in names {
        let removed = side.granter.remove(&module, &mut side.keys);
        assert_eq!(removed.is_ok(), is_there, "{module}");
    }
    // The key that was given up is nobody's: another module may have it.
    let twin = certified("valve with the pump's key");
    let mut asked = plan(&twin, Level::Hmac);
    asked.role = RoleName::default();
    let (_, proof) = proven(&mut side, &twin, &asked);
    assert!(matches!(side.grant(&proof).unwrap().1, Outcome::Granted(_)));
}
