//! What a granter sends under its sessions: frames like all others, sealed from the 64 bytes
//! that it keeps of each. Nothing goes before the module has used the session.

use crate::access::granter::{Granter, end_of};
use crate::access::store::{AccessSlot, SendingHalf};
use crate::access::work::SourceSlot;
use crate::crypto::hmac;
use crate::crypto::p256::SignP256;
use crate::error::Error;
use crate::id::{KeyId, ModuleId};
use crate::key::{Audience, TagLength};
use crate::level::{Algorithm, Level};
use crate::replay::NONCE_LIMIT;
use crate::sealer::{NonceStart, Sealer};
use crate::storage::Storage;

impl<M, B> Granter<M, B>
where
    M: Storage<AccessSlot>,
    B: Storage<SourceSlot>,
{
    /// Hands a sealer for the session `id`, of level 4, to `seal`, which may seal any number of
    /// frames, and keeps its counter.
    ///
    /// # Errors
    /// [`Error::SessionUnknown`], [`Error::SessionUnconfirmed`], [`Error::KeyKind`] at level 5,
    /// and what `seal` gives.
    pub fn send<T>(
        &mut self,
        id: KeyId,
        tick: u64,
        seal: impl FnOnce(&mut Sealer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let half = self.sending_half(id, tick)?.1;
        let tag = match half.algorithm {
            Algorithm::HmacSha256 => TagLength::Full,
            Algorithm::HmacSha256Short => TagLength::Short,
            _ => return Err(Error::KeyKind),
        };
        let start = NonceStart::Reserved { from: half.next, until: NONCE_LIMIT };
        let mut sealer =
            Sealer::with_key(half.peer_key_id, hmac::key_state(&half.key), tag, start)?
                .timed(half.time)?;
        let sealed = seal(&mut sealer);
        half.next = sealer.next_nonce();
        sealed
    }

    /// [`Granter::send`] for a session of level 5, signed by this granter's own key: the one that
    /// the session was granted with. Who renews it keeps the one before until such sessions are over.
    ///
    /// # Errors
    /// As [`Granter::send`]; [`Error::KeyKind`] at level 4.
    pub fn send_signed<G: SignP256, T>(
        &mut self,
        id: KeyId,
        tick: u64,
        signer: G,
        seal: impl FnOnce(&mut Sealer<G>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let own = self.own;
        let (module, half) = self.sending_half(id, tick)?;
        if half.level() != Level::DigitalSignature {
            return Err(Error::KeyKind);
        }
        let start = NonceStart::Reserved { from: half.next, until: NONCE_LIMIT };
        let binder = half.key.first_chunk().copied().unwrap_or_default();
        let mut sealer =
            Sealer::ecdsa(half.peer_key_id, own, Audience::Peer(module), signer, start)?
                .bound_to(binder)
                .timed(half.time)?;
        let sealed = seal(&mut sealer);
        half.next = sealer.next_nonce();
        sealed
    }

    fn sending_half(
        &mut self,
        id: KeyId,
        tick: u64,
    ) -> Result<(ModuleId, &mut SendingHalf), Error> {
        let (module, which) = self.locate(id).ok_or(Error::SessionUnknown)?;
        let slot = self.modules.as_mut().get_mut(module).ok_or(Error::SessionUnknown)?;
        let until = slot.unconfirmed_until;
        let half = slot.sessions.get_mut(which).ok_or(Error::SessionUnknown)?;
        if end_of(half, until) <= tick {
            return Err(Error::SessionUnknown);
        }
        half.may_send()?;
        Ok((ModuleId::claimed(slot.module), half))
    }
}
