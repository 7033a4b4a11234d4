//! What a granter is in this process: the core's, its engines, its chain, and the keys that its
//! sessions of level 5 were granted under.
//!
//! A renewed chain has another key as a rule. What is sent under a session is signed with the key
//! that its module learned from the grant, so that one stays until the last such session is over.

use std::collections::HashMap;
use std::sync::Arc;

use sealwire::{
    AccessSlot, CertifiedSlot, ChainTime, Error, Granted, KeyId, Level, Moment, Outcome, PublicKey,
    SignP256, SourceSlot, Timestamp,
};

use crate::certified::Certified;
use crate::engine::{Signer, agreement, verifier};
use crate::live::{HostEngines, Keys};

/// A granter as the core knows it.
pub(crate) type Granter = sealwire::Granter<Vec<AccessSlot>, Vec<SourceSlot>>;

/// A granter, and what it signs with.
pub(crate) struct Granting {
    pub(crate) granter: Granter,
    pub(crate) engines: HostEngines,
    chain: Option<Arc<Certified>>,
    /// One for each of the granter's slots; none before the first chain.
    certified: Vec<CertifiedSlot>,
    /// How many sessions there can be.
    most: usize,
    /// The lists' count when sessions were last asked about.
    seen: u64,
    signed: Signed,
}

/// Which key a session of level 5 sends with.
#[derive(Default)]
struct Signed {
    /// By the session's ID: when it is over, and the key.
    by_session: HashMap<u32, (u64, PublicKey)>,
    earlier: Vec<Signer>,
}

impl Signed {
    /// Forgets what is over.
    fn tidy(&mut self, tick: u64) {
        self.by_session.retain(|_, (ends, _)| *ends > tick);
        let in_use = |key: &PublicKey| self.by_session.values().any(|(_, used)| used == key);
        self.earlier.retain(|signer| in_use(&signer.public_key()));
    }
}

impl Granting {
    /// For a granter with this many slots.
    pub(crate) fn new(granter: Granter, capacity: usize) -> Self {
        let engines =
            HostEngines { agreement: agreement(), signer: None, verifier: Some(verifier()) };
        let (certified, most) = (Vec::new(), capacity.saturating_mul(2));
        let signed = Signed::default();
        Self { granter, engines, chain: None, certified, most, seen: 0, signed }
    }

    /// Whether there is room for what chains leave; without it none is taken.
    pub(crate) const fn has_room(&self) -> bool {
        !self.certified.is_empty()
    }

    /// Gives it: an entry for each of the granter's slots. What is there already stays.
    pub(crate) fn make_room(&mut self, certified: Vec<CertifiedSlot>) {
        if !self.has_room() {
            self.certified = certified;
        }
    }

    /// Whether chains are taken, and how long an answer may be then.
    pub(crate) const fn has_chain(&self) -> bool {
        self.chain.is_some()
    }

    /// Signs with another key from now on; chains are taken with `chain` and refused without.
    pub(crate) fn sign_with(
        &mut self,
        signer: Option<Signer>,
        chain: Option<Arc<Certified>>,
        tick: u64,
    ) {
        if let Some(before) = core::mem::replace(&mut self.engines.signer, signer) {
            self.signed.earlier.push(before);
        }
        self.signed.tidy(tick);
        self.chain = chain;
        // Another store may know more.
        self.seen = 0;
    }

    /// Ends what is over at `tick`, and sessions of chains that a list revokes.
    pub(crate) fn run(&mut self, tick: u64, keys: &mut Keys<'_>) {
        self.granter.run(tick, keys);
        self.revoke(keys);
    }

    /// Ends the sessions of chains that a list revokes, if one is new.
    fn revoke(&mut self, keys: &mut Keys<'_>) {
        let Some(chain) = &self.chain else { return };
        let news = chain.trust.news();
        if news == self.seen {
            return;
        }
        let held = chain.trust.lock();
        for list in &held.lists() {
            self.granter.revoke_listed(list, &self.certified, keys);
        }
        for crl in held.crls() {
            self.granter.revoke_entries(crl.issuer, &crl.entries, &self.certified, keys);
        }
        self.seen = news;
    }

    /// Checks a proof and answers it.
    ///
    /// # Errors
    /// Those of the core's `Granter::grant_certified`.
    pub(crate) fn grant(
        &mut self,
        proof: &[u8],
        source: &[u8],
        at: Moment,
        keys: &mut Keys<'_>,
        out: &mut [u8],
    ) -> Result<Granted, Error> {
        self.revoke(keys);
        let Self { granter, engines, chain, certified, .. } = self;
        let granted = match chain {
            None => granter.grant(proof, source, at, engines, keys, out)?,
            Some(chain) => {
                // The core goes by its moment, and refuses without one.
                let time = ChainTime::Now(at.now.unwrap_or(Timestamp::from_secs(0)));
                chain.with(time, |chain| {
                    granter.grant_certified(proof, source, at, engines, chain, certified, keys, out)
                })?
            }
        };
        if let (Outcome::Granted(session), Some(signer)) = (&granted.outcome, &engines.signer)
            && session.level() == Level::DigitalSignature
        {
            let key = signer.public_key();
            if self.signed.by_session.len() > self.most {
                self.signed.tidy(at.tick);
            }
            self.signed.by_session.insert(session.key_id().0, (session.ends_at_tick(), key));
        }
        Ok(granted)
    }

    /// What a session of level 5 sends with.
    ///
    /// # Errors
    /// [`Error::NoEngine`].
    pub(crate) fn signer_of(&mut self, id: KeyId) -> Result<(&mut Granter, &mut Signer), Error> {
        let key = self.signed.by_session.get(&id.0).map(|(_, key)| *key);
        let current = self.engines.signer.iter_mut();
        let mut signers = current.chain(&mut self.signed.earlier);
        let signer = match key {
            Some(key) => signers.find(|signer| signer.public_key() == key),
            None => signers.next(),
        };
        Ok((&mut self.granter, signer.ok_or(Error::NoEngine)?))
    }
}
