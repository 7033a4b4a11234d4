//! Session tokens: 32 bytes that stand for a module at level 2, and for nothing higher.
//!
//! Kept as hashes, compared in constant time, revocable, in no log. For who must speak the old
//! interface: whoever reads a token on the line has it.

use crate::access::session::Session;
use crate::crypto::sha256;
use crate::ct;
use crate::error::Error;
use crate::id::{ModuleId, RoleId};
use crate::storage::Storage;

/// Storage for one token.
pub struct TokenSlot {
    /// Of the token; zeros for none.
    hash: [u8; 32],
    module: [u8; 16],
    role: RoleId,
    ends: u64,
}

impl TokenSlot {
    /// A slot that holds nothing.
    pub const EMPTY: Self = Self { hash: [0; 32], module: [0; 16], role: RoleId::NONE, ends: 0 };

    const fn is_over(&self, tick: u64) -> bool {
        self.ends <= tick
    }
}

impl core::fmt::Debug for TokenSlot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TokenSlot(…)")
    }
}

/// The tokens of live sessions, one a module.
pub struct Tokens<T>(T);

impl<T: Storage<TokenSlot>> Tokens<T> {
    /// No tokens yet; forgets what is in the storage.
    pub fn new(mut storage: T) -> Self {
        storage.as_mut().fill_with(|| TokenSlot::EMPTY);
        Self(storage)
    }

    /// Keeps the token of a session, in the place of the module's last one.
    ///
    /// # Errors
    /// [`Error::TableFull`].
    pub fn keep(&mut self, session: &Session, tick: u64) -> Result<(), Error> {
        let module = *session.peer().as_bytes();
        let slots = self.0.as_mut();
        let is_own = |slot: &TokenSlot| slot.module == module;
        let index = slots
            .iter()
            .position(is_own)
            .or_else(|| slots.iter().position(|slot| slot.is_over(tick)))
            .ok_or(Error::TableFull)?;
        let slot = slots.get_mut(index).ok_or(Error::TableFull)?;
        slot.hash = hash(session.secret_token());
        slot.module = module;
        slot.role = session.peer_role();
        slot.ends = session.ends_at_tick();
        Ok(())
    }

    /// Whose token this is. The time it takes tells nothing of the tokens that are kept.
    ///
    /// # Errors
    /// [`Error::TokenUnknown`].
    pub fn check(&self, token: &[u8; 32], tick: u64) -> Result<(ModuleId, RoleId), Error> {
        let hash = hash(token);
        let mut found = None;
        for slot in self.0.as_ref() {
            if ct::eq(&slot.hash, &hash) && !slot.is_over(tick) {
                found = Some((ModuleId::claimed(slot.module), slot.role));
            }
        }
        found.ok_or(Error::TokenUnknown)
    }

    /// Forgets the module's token.
    ///
    /// # Errors
    /// [`Error::TokenUnknown`].
    pub fn revoke(&mut self, module: &ModuleId) -> Result<(), Error> {
        let is_own = |slot: &&mut TokenSlot| slot.module == *module.as_bytes();
        let slot = self.0.as_mut().iter_mut().find(is_own).ok_or(Error::TokenUnknown)?;
        *slot = TokenSlot::EMPTY;
        Ok(())
    }
}

impl<T> core::fmt::Debug for Tokens<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

fn hash(token: &[u8; 32]) -> [u8; 32] {
    sha256::digest(&[b"sealwire/1 access token", token])
}
