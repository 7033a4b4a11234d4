//! An access exchange whose every secret is marked: what the two share, signing keys, and all
//! random bytes. What goes over the line is public from then on.

use super::{PANEL, PUMP, black_box, context, now, peer_secret, public, scalar, secret};
use sealwire::*;

const SOURCE: &[u8] = b"10.0.0.7:4711";
const TICK: u64 = 1_000_000_000;
const OPERATOR: RoleId = RoleId(7);
const GROUP: [u8; 16] = [0xc0; 16];

type Keys = Engines<PortableAgreement, PortableSigner, PortableVerifier>;

/// Random bytes. Memcheck follows all but a granter's first ones: where its session IDs begin and
/// how it spreads sources.
struct Marked {
    last: u8,
    is_secret: bool,
}

impl Entropy for Marked {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        for byte in &mut *out {
            self.last = self.last.wrapping_mul(5).wrapping_add(17);
            *byte = self.last;
        }
        if self.is_secret {
            secret(out);
        }
        Ok(())
    }
}

fn id(bytes: [u8; 16]) -> ModuleId {
    ModuleId::new(bytes).unwrap()
}

fn engines() -> Keys {
    let signer = PortableSigner::from_secret(&scalar()).unwrap();
    Engines::for_keys(PortableAgreement, signer, PortableVerifier)
}

/// Both sides have one key: it is theirs to keep secret, and nobody else's to compare.
fn public_key() -> PublicKey {
    PortableSigner::from_secret(&[0x42; 32]).unwrap().public_key()
}

fn exchange(credential: &Credential<'_>, record: &AccessRecord<'_>) -> [Session; 2] {
    let (own, panel) = (id(PUMP), id(PANEL));
    let (slots, sources) = ([const { AccessSlot::EMPTY }; 2], [const { SourceSlot::EMPTY }; 4]);
    let mut entropy = Marked { last: 1, is_secret: false };
    let settings = GranterSettings::DEFAULT;
    let mut granter = Granter::new(panel, settings, slots, sources, &mut entropy).unwrap();
    entropy.is_secret = true;
    granter.define_role(RoleName::new("operator").unwrap(), OPERATOR).unwrap();
    let group = GroupKey::new(id(GROUP), KeyId(9), TagLength::Full, peer_secret());
    granter.set_group(Some(group));
    granter.register(record).unwrap();
    let slots = [const { Slot::EMPTY }; 4];
    let mut keys = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots)
        .unwrap()
        .with_verifier(PortableVerifier);
    let plan = AccessPlan {
        role: RoleName::new("operator").unwrap(),
        ..AccessPlan::new(own, panel, KeyId(0x51))
    };
    let (mut ours, mut theirs) = (engines(), engines());

    let mut drawn = Marked { last: 2, is_secret: true };
    let state = AwaitChallenge::begin(&plan, credential, &PortableAgreement, &mut drawn).unwrap();
    public(state.request());
    let mut challenge = [0; MAX_ACCESS_MESSAGE];
    let request = state.request();
    let len = granter
        .challenge(request, SOURCE, TICK, &PortableAgreement, &mut entropy, &mut challenge)
        .unwrap();
    let challenge = &challenge[..len];
    public(challenge);
    let state = state.challenge(challenge, TICK, credential, &mut ours).unwrap();
    public(state.proof());
    let mut grant = [0; MAX_ACCESS_MESSAGE];
    let at = Moment { tick: TICK, now: now() };
    let proof = state.proof();
    let granted = granter.grant(proof, SOURCE, at, &mut theirs, &mut keys, &mut grant).unwrap();
    let grant = &grant[..granted.len()];
    public(grant);
    let Outcome::Granted(granted) = granted.outcome else { panic!("no session") };
    let session = state.grant(grant, TICK, credential, &ours).unwrap();

    let mut out = [0; 160];
    let mut sealer = Sealer::for_session(&session).unwrap();
    let sealed = sealer.seal(b"4.2 bar", &context(), now(), &mut out).unwrap();
    let frame = &out[..sealed.len()];
    public(frame);
    let requirement = Requirement::at_least(Level::Hmac, context(), &AnyPeer);
    let accepted = keys.validate(frame, &requirement, now()).unwrap();
    granter.confirm(&accepted, TICK, &mut keys).unwrap();
    [session, granted]
}

pub(crate) fn by_secret() {
    let (secret, same) = (peer_secret(), peer_secret());
    let record = AccessRecord::secret(id(PUMP), &same).roles(&[OPERATOR]).in_group();
    black_box(exchange(&Credential::Secret(&secret), &record));
}

pub(crate) fn by_key() {
    let record = AccessRecord::key(id(PUMP), public_key(), &PortableVerifier).unwrap();
    let record = record.roles(&[OPERATOR]).in_group();
    black_box(exchange(&Credential::Key(public_key()), &record));
}

/// The right token, and one that is wrong at its end.
pub(crate) fn token() {
    let same = PeerSecret::from_slice(&[7; 32]).unwrap();
    let record = AccessRecord::secret(id(PUMP), &same).roles(&[OPERATOR]);
    let [_, granted] = exchange(&Credential::Secret(&same), &record);
    let mut tokens = Tokens::new([const { TokenSlot::EMPTY }; 2]);
    tokens.keep(&granted, TICK).unwrap();
    let mut token = *granted.secret_token();
    secret(&token);
    assert!(black_box(tokens.check(&token, TICK)).is_ok());
    token[31] ^= 1;
    assert!(black_box(tokens.check(&token, TICK)).is_err());
}
