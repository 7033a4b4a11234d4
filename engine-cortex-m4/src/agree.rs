//! Ephemeral keys, and the secrets that two of them share.

use sealwire::{AgreeP256, EphemeralKey, Error, GenerateP256, PublicKey, SharedSecret};
use zeroize::Zeroizing;

use crate::assembly;

/// Makes ephemeral keys and agrees on secrets. A value without state. Constant time in the
/// secret, within what this crate's head says.
#[derive(Clone, Copy, Debug, Default)]
pub struct CortexM4Agreement;

impl GenerateP256 for CortexM4Agreement {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        let secret = Zeroizing::new(assembly::number(seed));
        let point = assembly::public(&secret).ok_or(Error::KeyInvalid)?;
        let public = PublicKey::from_xy(assembly::bytes_of(&point));
        Ok(EphemeralKey::new(Zeroizing::new(*seed), public))
    }
}

impl AgreeP256 for CortexM4Agreement {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        let secret = Zeroizing::new(assembly::number(own.secret_bytes()));
        assembly::shared(&secret, &assembly::two_numbers(peer.as_xy())).ok_or(Error::KeyInvalid)
    }
}
