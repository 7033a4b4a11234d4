//! Who may ask: modules with their credential, their highest level and their roles.
//!
//! Found through chains inside the slots, by ID and by credential, at a cost that doesn't grow
//! with the number of modules. Nothing that comes over a line leads to a change here.

use crate::access::chain::{self, By};
use crate::access::engines::Credential;
use crate::access::granter::Granter;
use crate::access::group::GroupKey;
use crate::access::install::SessionKeys;
use crate::access::role::RoleName;
use crate::access::store::{AccessSlot, Held, Phase};
use crate::access::work::SourceSlot;
use crate::crypto::p256::{PublicKey, VerifyP256};
use crate::crypto::sha256;
use crate::ct;
use crate::error::Error;
use crate::id::{ModuleId, RoleId};
use crate::key::PeerSecret;
use crate::level::Level;
use crate::slot;
use crate::storage::Storage;
use crate::table;
use crate::time::Timestamp;

/// The most roles of one granter.
pub(crate) const MAX_ROLES: usize = 16;

/// A module's registration with a granter.
#[derive(Clone, Copy, Debug)]
pub struct AccessRecord<'a> {
    id: ModuleId,
    credential: Credential<'a>,
    max_level: Level,
    roles: &'a [RoleId],
    expires: Option<Timestamp>,
    in_group: bool,
}

impl<'a> AccessRecord<'a> {
    /// A module that proves itself by a secret, for level 4.
    #[must_use]
    pub const fn secret(id: ModuleId, secret: &'a PeerSecret) -> Self {
        Self::new(id, Credential::Secret(secret), Level::Hmac)
    }

    /// A module that proves itself by the private half of `key`, for level 4 or 5. The verifier
    /// says whether the key is a point of the curve.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if it isn't.
    pub fn key(id: ModuleId, key: PublicKey, verifier: &impl VerifyP256) -> Result<Self, Error> {
        if !verifier.accepts(&key) {
            return Err(Error::KeyInvalid);
        }
        Ok(Self::new(id, Credential::Key(key), Level::DigitalSignature))
    }

    const fn new(id: ModuleId, credential: Credential<'a>, max_level: Level) -> Self {
        Self { id, credential, max_level, roles: &[], expires: None, in_group: false }
    }

    /// The highest level that it may get.
    #[must_use]
    pub const fn max_level(mut self, level: Level) -> Self {
        self.max_level = level;
        self
    }

    /// The roles that it may get, as the granter numbers them.
    #[must_use]
    pub const fn roles(mut self, roles: &'a [RoleId]) -> Self {
        self.roles = roles;
        self
    }

    /// The module gets the granter's group key with every grant.
    #[must_use]
    pub const fn in_group(mut self) -> Self {
        self.in_group = true;
        self
    }

    /// When the credential ends; so does every session.
    #[must_use]
    pub const fn expires(mut self, time: Timestamp) -> Self {
        self.expires = Some(time);
        self
    }
}

impl<M, B> Granter<M, B>
where
    M: Storage<AccessSlot>,
    B: Storage<SourceSlot>,
{
    /// Gives a role its name; `id` is what policies see. At most 16 roles.
    ///
    /// # Errors
    /// [`Error::InvalidRole`] for the empty name, [`Error::DuplicateKeyId`] for a name or number
    /// that is taken, [`Error::InvalidArgument`] for [`RoleId::NONE`], [`Error::TableFull`].
    pub fn define_role(&mut self, name: RoleName, id: RoleId) -> Result<(), Error> {
        if name.as_bytes().is_empty() {
            return Err(Error::InvalidRole);
        }
        if id == RoleId::NONE {
            return Err(Error::InvalidArgument);
        }
        if self.roles.iter().any(|(other, number)| *other == name || *number == id) {
            return Err(Error::DuplicateKeyId);
        }
        self.roles.push((name, id)).map_err(|_| Error::TableFull)
    }

    /// Sets the key of the group that this granter sends to, or takes it away. Modules that are
    /// in the group get it with their next grant; who has it keeps it, so a member that leaves
    /// calls for a new key.
    pub fn set_group(&mut self, group: Option<GroupKey>) {
        self.group = group;
    }

    /// Registers a module.
    ///
    /// # Errors
    /// [`Error::InvalidId`] for this granter itself, [`Error::DuplicateKeyId`] for a module that
    /// is registered, [`Error::DuplicateKey`] for a credential that is another module's,
    /// [`Error::SecretLevel`] for level 5 by a secret, [`Error::KeyKind`] for a level below 4,
    /// [`Error::RoleNotGranted`] for a role without a name, [`Error::TableFull`].
    pub fn register(&mut self, record: &AccessRecord<'_>) -> Result<(), Error> {
        if record.id == self.own {
            return Err(Error::InvalidId);
        }
        if !record.max_level.is_proven() {
            return Err(Error::KeyKind);
        }
        let mut credential = [0; 64];
        let held = match &record.credential {
            Credential::Secret(_) if record.max_level > Level::Hmac => {
                return Err(Error::SecretLevel);
            }
            Credential::Secret(secret) => {
                credential.iter_mut().zip(secret.secret_bytes()).for_each(|(to, from)| *to = *from);
                Held::Secret
            }
            Credential::Key(key) => {
                credential = *key.as_xy();
                Held::Key
            }
            // A record is made of a secret or a key; chains register their modules themselves.
            #[cfg(feature = "x509")]
            Credential::Chain(_) => return Err(Error::KeyKind),
        };
        let mut roles = 0_u16;
        for role in record.roles {
            let index = self.roles.iter().position(|(_, id)| id == role);
            roles |= bit(index.ok_or(Error::RoleNotGranted)?);
        }
        if self.find(&record.id).is_some() {
            return Err(Error::DuplicateKeyId);
        }
        let hash = hash_credential(&credential);
        let is_secret = held == Held::Secret;
        let has_it = |slot: &AccessSlot| {
            (slot.held == Held::Secret) == is_secret && ct::eq(&slot.credential, &credential)
        };
        if chain::find(self.modules.as_ref(), By::Credential, hash, has_it).is_some() {
            return Err(Error::DuplicateKey);
        }
        let index = self.free_slot()?;
        let slot = self.modules.as_mut().get_mut(index).ok_or(Error::TableFull)?;
        slot.held = held;
        slot.module = *record.id.as_bytes();
        slot.credential = credential;
        slot.max_level = record.max_level;
        slot.roles = roles;
        slot.in_group = record.in_group;
        slot.expires = record.expires.map_or(slot::NEVER, slot::expiry_seconds);
        slot.issued = self.cookies.last();
        let modules = self.modules.as_mut();
        chain::link(modules, By::Module, table::hash_module(record.id.as_bytes()), index);
        chain::link(modules, By::Credential, hash, index);
        Ok(())
    }

    /// Forgets a module and ends its sessions at once: revocation.
    ///
    /// # Errors
    /// [`Error::AccessUnknownModule`].
    pub fn remove(&mut self, id: &ModuleId, keys: &mut impl SessionKeys) -> Result<(), Error> {
        let index = self.find(id).ok_or(Error::AccessUnknownModule)?;
        let modules = self.modules.as_mut();
        let slot = modules.get_mut(index).ok_or(Error::AccessUnknownModule)?;
        for half in slot.sessions.iter().filter(|half| half.phase != Phase::None) {
            keys.end(half.key_id);
        }
        let hash = hash_credential(&slot.credential);
        chain::unlink(modules, By::Module, table::hash_module(id.as_bytes()), index);
        chain::unlink(modules, By::Credential, hash, index);
        if let Some(slot) = modules.get_mut(index) {
            slot.clear();
        }
        self.next_free = self.next_free.min(index);
        Ok(())
    }

    /// The index of a registered module.
    pub(crate) fn find(&self, id: &ModuleId) -> Option<usize> {
        let hash = table::hash_module(id.as_bytes());
        let is_it = |slot: &AccessSlot| slot.module == *id.as_bytes();
        chain::find(self.modules.as_ref(), By::Module, hash, is_it)
    }

    /// The first slot that is free; all before `next_free` are taken.
    pub(crate) fn free_slot(&mut self) -> Result<usize, Error> {
        let modules = self.modules.as_ref().iter().enumerate().skip(self.next_free);
        let index = modules.into_iter().find(|(_, slot)| !slot.is_taken()).map(|(index, _)| index);
        let index = index.ok_or(Error::TableFull)?;
        self.next_free = index.saturating_add(1);
        Ok(index)
    }

    /// The number of the role with this name, if the module may have it; that of no role for
    /// the empty name.
    pub(crate) fn role_for(&self, slot: &AccessSlot, name: &[u8]) -> Option<RoleId> {
        if name.is_empty() {
            return Some(RoleId::NONE);
        }
        let index = self.roles.iter().position(|(role, _)| role.as_bytes() == name)?;
        let (_, id) = self.roles.get(index)?;
        (slot.roles & bit(index) != 0).then_some(*id)
    }
}

/// The bit of the role at `index`, below 16.
pub(crate) fn bit(index: usize) -> u16 {
    1_u16.wrapping_shl(u32::try_from(index).unwrap_or(0))
}

pub(crate) fn hash_credential(credential: &[u8; 64]) -> u32 {
    let [a, b, c, d, ..] = sha256::digest(&[b"sealwire/1 access credential", credential]);
    u32::from_be_bytes([a, b, c, d])
}
