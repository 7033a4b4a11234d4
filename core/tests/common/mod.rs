//! What the integration tests share: names, a clock, a generator of random values that repeats
//! itself, and a toy signature engine, so that tests of state don't wait for curve arithmetic.
#![allow(dead_code, reason = "each test file uses a part")]

use sealwire::*;
use sha2::{Digest, Sha256};

/// A Friday in 2026, in µs.
pub(crate) const NOW: u64 = 1_790_000_000_000_000;
/// `Limits::DEFAULT`, past.
pub(crate) const PAST: u64 = 10_000_000;
/// `Limits::DEFAULT`, future.
pub(crate) const FUTURE: u64 = 1_000_000;

pub(crate) const fn id(n: u8) -> ModuleId {
    match ModuleId::new([n; 16]) {
        Ok(id) => id,
        Err(_) => panic!("neither 0 nor 255"),
    }
}

pub(crate) const PUMP: ModuleId = id(0x11);
pub(crate) const VALVE: ModuleId = id(0x12);
pub(crate) const PANEL: ModuleId = id(0x22);
pub(crate) const LOGGER: ModuleId = id(0x23);
pub(crate) const GROUP: ModuleId = id(0x77);

pub(crate) const fn stamp(micros: u64) -> Timestamp {
    match Timestamp::from_micros(micros) {
        Ok(stamp) => stamp,
        Err(_) => panic!("at most 2^63 - 1"),
    }
}

/// `NOW` and so many µs.
pub(crate) fn at(offset: i64) -> Option<Timestamp> {
    Some(stamp(NOW.checked_add_signed(offset).unwrap()))
}

pub(crate) fn topic() -> Context<'static> {
    Context::topic(b"pump/pressure/main/kPa24").unwrap()
}

pub(crate) fn at_least(level: Level) -> Requirement<'static> {
    Requirement::at_least(level, topic(), &AnyPeer)
}

pub(crate) fn secret(n: u64) -> PeerSecret {
    PeerSecret::from_slice(&Sha256::digest(n.to_be_bytes())).unwrap()
}

/// xorshift64* (Vigna, ACM TOMS 42(4), 2016): the same values in every run.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(n)) >> 64).unwrap()
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u64::try_from(len).unwrap())).unwrap()
    }

    /// One time in `n`.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// So many bits, of all lengths equally often.
    pub(crate) fn any_length(&mut self, bits: u64) -> u64 {
        self.next() >> (64 - bits + self.below(bits))
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[7]).collect()
    }
}

/// How often to try: as usual, or as often as with `SEALWIRE_LONG` set (part `core-long`).
pub(crate) fn rounds(usual: u32, long: u32) -> u32 {
    if std::env::var_os("SEALWIRE_LONG").is_some() { long } else { usual }
}

pub(crate) type Receiver = Validator<Vec<Slot>, Vec<NonceEntry>, Toy>;

pub(crate) fn slots(n: usize) -> Vec<Slot> {
    (0..n).map(|_| Slot::EMPTY).collect()
}

/// A receiver with the toy engine.
pub(crate) fn receiver(
    own: ModuleId,
    restart: Restart<'_>,
    keys: usize,
    nonces: usize,
) -> Receiver {
    let nonces = vec![NonceEntry::EMPTY; nonces];
    Validator::with_storage(own, Limits::DEFAULT, restart, slots(keys), nonces)
        .unwrap()
        .with_verifier(Toy)
}

pub(crate) fn saved(validator: &Receiver) -> Vec<u8> {
    let mut state = vec![0; max_saved_len(4096)];
    let len = validator.save(&mut state).unwrap();
    state.truncate(len);
    state
}

pub(crate) fn hmac_sealer(key: u32, from: ModuleId, to: ModuleId, of: u64) -> Sealer {
    hmac_sealer_from(key, from, to, of, NonceStart::Fresh)
}

pub(crate) fn hmac_sealer_from(
    key: u32,
    from: ModuleId,
    to: ModuleId,
    of: u64,
    start: NonceStart,
) -> Sealer {
    let secret = secret(of);
    Sealer::hmac(KeyId(key), from, Audience::Peer(to), &secret, TagLength::Short, start).unwrap()
}

/// Registers what [`hmac_sealer`] seals with, as `change` has it.
pub(crate) fn register_hmac(
    validator: &mut Receiver,
    key: u32,
    from: ModuleId,
    of: u64,
    change: impl Fn(PeerKey<'_>) -> PeerKey<'_>,
) -> Result<(), Error> {
    let secret = secret(of);
    validator.register(&change(PeerKey::hmac(KeyId(key), from, &secret, TagLength::Short)))
}

/// An attached frame around `payload`.
pub(crate) fn seal<S: SignP256>(
    sealer: &mut Sealer<S>,
    payload: &[u8],
    now: Option<Timestamp>,
) -> Vec<u8> {
    seal_about(sealer, payload, &topic(), now)
}

pub(crate) fn seal_about<S: SignP256>(
    sealer: &mut Sealer<S>,
    payload: &[u8],
    context: &Context<'_>,
    now: Option<Timestamp>,
) -> Vec<u8> {
    let mut frame = vec![0; payload.len() + MAX_METADATA + MAX_TAG];
    let sealed = sealer.seal(payload, context, now, &mut frame).unwrap();
    frame.truncate(sealed.len());
    frame
}

/// Why the frame was refused, or nothing.
pub(crate) fn verdict(result: Result<Accepted<'_>, Rejection>) -> Result<(), Error> {
    result.map(|_| ()).map_err(|rejection| rejection.error())
}

/// Why the frame was refused.
pub(crate) fn refused<T: core::fmt::Debug>(result: Result<T, Rejection>) -> Error {
    result.unwrap_err().error()
}

/// Signs like an engine that works, but for nobody who knows the public key: tests only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toy;

/// The toy's signing half: its key is the public key.
#[derive(Clone)]
pub(crate) struct ToySigner(pub(crate) PublicKey);

impl ToySigner {
    pub(crate) fn new(n: u64) -> Self {
        let [x, y] = [n, !n].map(|n| Sha256::digest(n.to_be_bytes()));
        Self(PublicKey::from_slice(&[x, y].concat()).unwrap())
    }
}

fn toy(key: &PublicKey, message: &[&[u8]]) -> Signature {
    let mut signature = [0; 64];
    for (label, half) in [b"r", b"s"].into_iter().zip(signature.chunks_mut(32)) {
        let mut hash = Sha256::new_with_prefix(label);
        hash.update(key.as_xy());
        message.iter().for_each(|part| hash.update(part));
        half.copy_from_slice(&hash.finalize());
        half[0] &= 0x3f;
        half[31] |= 1;
    }
    Signature::from_bytes(signature)
}

impl VerifyP256 for Toy {
    fn accepts(&self, key: &PublicKey) -> bool {
        key.as_xy() != &[0; 64]
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        if toy(key, message) == *signature { Ok(()) } else { Err(Error::SignatureWrong) }
    }
}

impl SignP256 for ToySigner {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        Ok(toy(&self.0, message))
    }
}

pub(crate) fn toy_sealer(key: u32, from: ModuleId, to: ModuleId, of: u64) -> Sealer<ToySigner> {
    let signer = ToySigner::new(of);
    Sealer::ecdsa(KeyId(key), from, Audience::Peer(to), signer, NonceStart::Fresh).unwrap()
}
