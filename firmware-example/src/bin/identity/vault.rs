//! What the device keeps in flash: who it is, whom it trusts, and its key with its certificate.
//!
//! Key and chain lie there twice. A new pair is written beside the one in use, and then one byte
//! says which counts: a device that loses power at any step has the old or the new. The private
//! key never leaves; on a real board it lies in a protected page or a secure element.

use firmware::board::{BoardEntropy, Flash};
use firmware::engine::{self, Verifier};
use firmware::plant::Signer;
use sealwire::{
    Chain, ChainCredential, ChainTime, Credential, Error, Fleet, IssuerRecord, IssuerSlot,
    MAX_CERTIFICATE, MAX_CHAIN_BYTES, ModuleId, Revocation, SignP256, Timestamp, TrustStore,
};

/// Places in flash: two IDs, the anchor behind its length, which pair counts, the pairs: a key,
/// then a chain behind its length.
const IDS: usize = 0;
const ANCHOR: usize = 32;
const WHICH: usize = 2_048;
const PAIRS: [usize; 2] = [4_096, 8_192];

/// Signs as this device, with hedged nonces.
pub fn signer_of(scalar: &[u8; 32]) -> Result<Signer, Error> {
    Ok(engine::Signer::from_secret(scalar)?.hedged(BoardEntropy))
}

/// All of it, and the store that chains are checked against.
pub struct Vault {
    flash: Flash,
    pub own: ModuleId,
    pub granter: ModuleId,
    trust: TrustStore<[IssuerSlot; 1]>,
    /// Which pair counts, none before the first certificate.
    which: Option<usize>,
    scalar: [u8; 32],
    chain: [u8; MAX_CHAIN_BYTES],
    chain_len: usize,
    expires: Option<Timestamp>,
}

impl Vault {
    /// Reads the flash; time is `floor` or later.
    pub fn open(floor: Timestamp) -> Result<Self, Error> {
        let mut flash = Flash::open().ok_or(Error::InvalidState)?;
        let (mut own, mut granter) = ([0; 16], [0; 16]);
        if !flash.read(IDS, &mut own) || !flash.read(IDS + 16, &mut granter) {
            return Err(Error::InvalidState);
        }
        let mut anchor = [0; MAX_CERTIFICATE];
        let len = read(&mut flash, ANCHOR, &mut anchor).ok_or(Error::InvalidState)?;
        let mut trust = TrustStore::new([const { IssuerSlot::EMPTY }; 1]);
        // Whatever the anchor says of a granter is believed: it has one.
        let record = IssuerRecord::anchor(anchor.get(..len).unwrap_or_default())
            .fleets(&[Fleet::ALL])
            .any_role()
            .any_authority()
            .time_sources();
        trust.install(&record, ChainTime::NotBefore(floor), &Verifier)?;
        let mut vault = Self {
            flash,
            own: ModuleId::new(own)?,
            granter: ModuleId::new(granter)?,
            trust,
            which: None,
            scalar: [0; 32],
            chain: [0; MAX_CHAIN_BYTES],
            chain_len: 0,
            expires: None,
        };
        vault.load(floor);
        Ok(vault)
    }

    /// The pair that counts; one that is over by now is none.
    fn load(&mut self, floor: Timestamp) {
        let mut which = [0xff];
        if !self.flash.read(WHICH, &mut which) {
            return;
        }
        let which = usize::from(which[0]);
        let Some(&place) = PAIRS.get(which) else { return };
        let mut scalar = [0; 32];
        let mut chain = [0; MAX_CHAIN_BYTES];
        if !self.flash.read(place, &mut scalar) {
            return;
        }
        let Some(len) = read(&mut self.flash, place + 32, &mut chain) else { return };
        let bytes = chain.get(..len).unwrap_or_default();
        if let Ok((_, expires)) = self.check(&scalar, bytes, ChainTime::NotBefore(floor)) {
            (self.which, self.scalar, self.chain) = (Some(which), scalar, chain);
            (self.chain_len, self.expires) = (len, Some(expires));
        }
    }

    /// Whether the chain is this device's, for this key; gives the key's signer, and its end.
    fn check(
        &self,
        scalar: &[u8; 32],
        chain: &[u8],
        time: ChainTime,
    ) -> Result<(Signer, Timestamp), Error> {
        let signer = signer_of(scalar)?;
        let chain = Chain::from_bytes(chain)?;
        let checked = self.trust.check(&chain, time, Revocation::Unchecked, &Verifier)?;
        if checked.module() != self.own {
            return Err(Error::IdentityMismatch);
        }
        if checked.key() != signer.public_key() {
            return Err(Error::KeyKind);
        }
        Ok((signer, checked.expires()))
    }

    /// Takes a chain for this key, if it is right, and stores both; from now on they count.
    pub fn install(
        &mut self,
        scalar: &[u8; 32],
        chain: &[u8],
        time: ChainTime,
    ) -> Result<Signer, Error> {
        let (signer, expires) = self.check(scalar, chain, time)?;
        let which = self.which.map_or(0, |which| 1 - which);
        let place = *PAIRS.get(which).ok_or(Error::InvalidState)?;
        let len = u16::try_from(chain.len()).map_err(|_| Error::CertificateTooLong)?;
        let index = u8::try_from(which).map_err(|_| Error::InvalidState)?;
        let is_stored = self.flash.write(place, scalar)
            && self.flash.write(place + 32, &len.to_le_bytes())
            && self.flash.write(place + 34, chain)
            && self.flash.write(WHICH, &[index]);
        if !is_stored {
            return Err(Error::InvalidState);
        }
        self.chain.iter_mut().zip(chain).for_each(|(place, byte)| *place = *byte);
        (self.which, self.scalar) = (Some(which), *scalar);
        (self.chain_len, self.expires) = (chain.len(), Some(expires));
        Ok(signer)
    }

    /// Signs with the certified key, if there is one.
    pub fn signer(&self) -> Result<Option<Signer>, Error> {
        self.which.map(|_| signer_of(&self.scalar)).transpose()
    }

    /// The chain, as it travels.
    pub fn chain(&self) -> &[u8] {
        self.chain.get(..self.chain_len).unwrap_or_default()
    }

    /// When it ends.
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Lends the credential. The granter's chain isn't looked up in a list: a device that never
    /// gets one lives by short certificates.
    pub fn lend<T>(&self, time: ChainTime, to: impl FnOnce(&Credential<'_>) -> T) -> T {
        let chain = ChainCredential {
            own: self.chain(),
            trust: self.trust.view(),
            revocation: Revocation::Unchecked,
            time,
        };
        to(&Credential::Chain(&chain))
    }
}

/// What stands at `place` behind its length in two bytes; gives the length.
fn read(flash: &mut Flash, place: usize, out: &mut [u8]) -> Option<usize> {
    let mut len = [0; 2];
    if !flash.read(place, &mut len) {
        return None;
    }
    let len = usize::from(u16::from_le_bytes(len));
    flash.read(place + 2, out.get_mut(..len)?).then_some(len)
}
