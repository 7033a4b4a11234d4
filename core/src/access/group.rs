//! A group's key on its way to a member: in the grant of the one who owns the topic, masked.

use crate::access::schedule::Key;
use crate::id::{KeyId, ModuleId};
use crate::key::{PeerKey, PeerSecret, TagLength};

/// The key of a group of which the granter is a sender: one publisher, many subscribers.
///
/// Any member can make its tags; who needs proof of the sender uses level 5.
#[derive(Debug)]
pub struct GroupKey {
    pub(crate) id: ModuleId,
    pub(crate) key_id: KeyId,
    pub(crate) tag: TagLength,
    pub(crate) secret: PeerSecret,
}

impl GroupKey {
    /// The key of the group `id`. `key_id` is what the granter puts into its frames for it.
    #[must_use]
    pub const fn new(id: ModuleId, key_id: KeyId, tag: TagLength, secret: PeerSecret) -> Self {
        Self { id, key_id, tag, secret }
    }

    /// The group.
    #[must_use]
    pub const fn id(&self) -> ModuleId {
        self.id
    }

    /// What stands in the frames.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The tag of the frames.
    #[must_use]
    pub const fn tag(&self) -> TagLength {
        self.tag
    }

    /// The group's secret.
    #[must_use]
    pub const fn secret(&self) -> &PeerSecret {
        &self.secret
    }

    /// What a member registers, to check what `sender` seals for the group.
    #[must_use]
    pub const fn peer_key(&self, sender: ModuleId) -> PeerKey<'_> {
        PeerKey::hmac(self.key_id, sender, &self.secret, self.tag).group(self.id)
    }
}

/// The secret with the mask over it, or the secret again.
pub(crate) fn masked(secret: &[u8; 32], mask: &Key) -> Key {
    let mut masked = mask.clone();
    masked.iter_mut().zip(secret).for_each(|(byte, secret)| *byte ^= *secret);
    masked
}
