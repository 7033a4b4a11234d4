//! Who takes part: a pump that seals, a panel that validates, a 64-byte payload, a context name
//! of 24 bytes, tags of 32 bytes.

use sealwire::{
    AnyPeer, Audience, BurstEntry, Context, KeyId, Level, Limits, ModuleId, NonceEntry, NonceStart,
    PeerKey, PeerSecret, Requirement, Restart, Sealer, SignP256, Slot, TagLength, Timestamp,
    Validator,
};
use sealwire_engine_host::{HostSigner, HostVerifier};

pub(crate) const PAYLOAD: [u8; 64] = [0x55; 64];
pub(crate) const NAME: &[u8; 24] = b"plant/pump-17/pressure-1";
pub(crate) const SECRET: [u8; 32] = [7; 32];
/// As an attached frame with a tag of 32 bytes, with a signature.
pub(crate) const HMAC_FRAME: usize = 20 + 64 + 32;
pub(crate) const ECDSA_FRAME: usize = 20 + 64 + 64;

/// Nonces of four bytes, timestamps of eight and IDs of five, as in the specification's count.
const START: NonceStart = NonceStart::Reserved { from: 1 << 21, until: 1 << 28 };
const ID: KeyId = KeyId(0x8000_0001);

pub(crate) type Panel = Validator<Vec<Slot>, [NonceEntry; 0], HostVerifier, Vec<BurstEntry>>;

pub(crate) fn now() -> Option<Timestamp> {
    Some(Timestamp::from_secs(1_790_000_000))
}

pub(crate) fn context() -> Context<'static> {
    Context::topic(NAME).expect("a short name")
}

pub(crate) fn demand() -> Requirement<'static> {
    Requirement::at_least(Level::Hmac, context(), &AnyPeer)
}

pub(crate) fn pump() -> ModuleId {
    ModuleId::new(*b"pump-000000-0001").expect("an ID")
}

fn panel() -> ModuleId {
    ModuleId::new(*b"panel-00000-0001").expect("an ID")
}

pub(crate) fn hmac_sealer() -> Sealer {
    hmac_sealer_of(ID, pump(), &secret(&SECRET))
}

pub(crate) fn secret(bytes: &[u8; 32]) -> PeerSecret {
    PeerSecret::from_slice(bytes).expect("a secret")
}

pub(crate) fn hmac_sealer_of(id: KeyId, sender: ModuleId, secret: &PeerSecret) -> Sealer {
    let audience = Audience::Peer(panel());
    Sealer::hmac(id, sender, audience, secret, TagLength::Full, START).expect("a sealer")
}

pub(crate) fn ecdsa_sealer() -> Sealer<HostSigner> {
    Sealer::ecdsa(ID, pump(), Audience::Peer(panel()), signer(), START).expect("a sealer")
}

pub(crate) fn signer() -> HostSigner {
    HostSigner::from_secret(&[9; 32]).expect("a scalar")
}

/// Different each time, which is all that a measurement needs of random bytes.
pub(crate) fn fill(out: &mut [u8]) {
    use std::hash::{BuildHasher, RandomState};
    for chunk in out.chunks_mut(8) {
        let word = RandomState::new().hash_one(0_u8).to_ne_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
}

/// A panel with room for `peers` that knows nobody.
pub(crate) fn stranger(peers: usize) -> Panel {
    let slots = (0..peers).map(|_| Slot::EMPTY).collect();
    let bursts = vec![BurstEntry::EMPTY; peers];
    Validator::new(panel(), Limits::DEFAULT, Restart::FreshKeys, slots)
        .expect("storage")
        .with_bursts(HostVerifier::new(), bursts)
}

pub(crate) fn hmac_panel() -> Panel {
    let mut panel = stranger(16);
    let secret = secret(&SECRET);
    let key = PeerKey::hmac(ID, pump(), &secret, TagLength::Full);
    panel.register(&key).expect("a place");
    panel
}

/// Also takes bursts, more than a run can seal.
pub(crate) fn ecdsa_panel() -> Panel {
    let mut panel = stranger(16);
    let key = PeerKey::ecdsa(ID, pump(), signer().public_key()).bursts(u16::MAX);
    panel.register(&key).expect("a place");
    panel
}
