//! The module's side of a renewal: which sessions with one granter its validator still knows.
//!
//! The newest two, of which the older ends an overlap after the first frame came under the
//! newer: only then is it known that the granter uses it (`PROTOCOL.md` §12.5). What goes is
//! sealed under the newest from its grant on; that is what confirms it.

use crate::accepted::Accepted;
use crate::access::install::SessionKeys;
use crate::access::session::Session;
use crate::error::Error;
use crate::id::KeyId;

/// A session that is registered.
#[derive(Clone, Copy, Debug)]
struct Held {
    key_id: KeyId,
    /// The tick at which it is over.
    ends: u64,
}

/// The sessions that a module holds with one granter.
#[derive(Debug)]
pub struct HeldSessions {
    overlap: u64,
    newest: Option<Held>,
    older: Option<Held>,
}

impl HeldSessions {
    /// None yet. `overlap` is how long, in µs, the older one stays once the newer is in use.
    #[must_use]
    pub const fn new(overlap: u64) -> Self {
        Self { overlap, newest: None, older: None }
    }

    /// Registers a session that was granted, and holds it as the newest. What was older than
    /// the one before ends.
    ///
    /// # Errors
    /// As [`SessionKeys::install`]; all is as it was then.
    pub fn install(&mut self, session: &Session, keys: &mut impl SessionKeys) -> Result<(), Error> {
        keys.install(session)?;
        if let Some(oldest) = self.older.take() {
            keys.end(oldest.key_id);
        }
        self.older = self.newest.take();
        self.newest = Some(Held { key_id: session.key_id(), ends: session.ends_at_tick() });
        Ok(())
    }

    /// Says that a frame was accepted. The first one under the newest session starts the
    /// overlap that ends the older.
    pub fn confirm(&mut self, accepted: &Accepted<'_>, tick: u64) {
        if let Some(id) = accepted.key_id() {
            self.confirm_key(id, tick);
        }
    }

    /// [`HeldSessions::confirm`] by the key ID of an accepted frame, for bindings, which copy
    /// what was accepted: [`Accepted::key_id`]. Of no other frame.
    pub fn confirm_key(&mut self, id: KeyId, tick: u64) {
        if let (Some(newest), Some(older)) = (self.newest, &mut self.older)
            && newest.key_id == id
        {
            older.ends = older.ends.min(tick.saturating_add(self.overlap));
        }
    }

    /// Ends what is over at `tick`. To be called before frames are validated; costs two
    /// comparisons.
    pub fn run(&mut self, tick: u64, keys: &mut impl SessionKeys) {
        for place in [&mut self.newest, &mut self.older] {
            if let Some(held) = place.filter(|held| held.ends <= tick) {
                keys.end(held.key_id);
                *place = None;
            }
        }
    }

    /// Ends both.
    pub fn end(&mut self, keys: &mut impl SessionKeys) {
        self.run(u64::MAX, keys);
    }

    /// The key ID under which the granter sends by the newest session, if there is one.
    #[must_use]
    pub fn newest(&self) -> Option<KeyId> {
        self.newest.map(|held| held.key_id)
    }
}
