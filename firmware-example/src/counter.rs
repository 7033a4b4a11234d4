//! How nonces go on after a reset: a border in flash, moved on before a nonce below it is used.
//!
//! One border serves all keys of the device: each sealer counts below it on its own. A reset
//! leaves unused what was left of the block, at most [`BLOCK`] nonces of 2^63.
//!
//! The border lies in flash twice, each time with its complement. The older copy is the one that
//! is overwritten, so that a reset in the middle of a write leaves the newer one. On a real board
//! the two are flash pages, or one word each of a page of many, erased in turn: at a frame a
//! second and 256 nonces a block that is one write in four minutes.

use sealwire::{Error, NonceStart};

use crate::board::Flash;

/// Nonces that are reserved at a time.
pub const BLOCK: u64 = 256;

const COPY: usize = 16;

/// The border, and what of it is in use.
pub struct Counter {
    flash: Flash,
    until: u64,
    /// Where the older copy lies.
    older: usize,
}

impl Counter {
    /// Takes up the border where the last run left it, and reserves the next block. Erased flash
    /// begins at 0; flash that was written and can't be read does not.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if the border is lost, or can't be written: then nothing may be
    /// sealed under the old keys.
    pub fn resume(mut flash: Flash) -> Result<(Self, NonceStart), Error> {
        let mut copies = [0xff; 2 * COPY];
        if !flash.read(0, &mut copies) {
            return Err(Error::InvalidState);
        }
        let (first, second) = copies.split_at(COPY);
        let (until, older) = match (border(first), border(second)) {
            (Some(a), Some(b)) if a > b => (a, COPY),
            (_, Some(b)) => (b, 0),
            (Some(a), None) => (a, COPY),
            (None, None) if copies.iter().all(|&byte| byte == 0xff) => (0, 0),
            (None, None) => return Err(Error::InvalidState),
        };
        let mut counter = Self { flash, until, older };
        counter.reserve()?;
        let start = NonceStart::Reserved { from: until, until: counter.until };
        Ok((counter, start))
    }

    /// Stores the next border; gives it, for [`sealwire::Sealer::extend`].
    ///
    /// # Errors
    /// [`Error::InvalidState`] if it can't be written; the old one still holds.
    pub fn reserve(&mut self) -> Result<u64, Error> {
        let until = self.until.checked_add(BLOCK).ok_or(Error::KeySpent)?;
        let mut copy = [0; COPY];
        let (plain, complement) = copy.split_at_mut(COPY / 2);
        plain.copy_from_slice(&until.to_le_bytes());
        complement.copy_from_slice(&(!until).to_le_bytes());
        if !self.flash.write(self.older, &copy) {
            return Err(Error::InvalidState);
        }
        self.older = COPY - self.older;
        self.until = until;
        Ok(until)
    }
}

/// The border in a copy, if it is whole.
fn border(copy: &[u8]) -> Option<u64> {
    let plain = u64::from_le_bytes(*copy.first_chunk()?);
    let complement = u64::from_le_bytes(*copy.last_chunk()?);
    (plain == !complement).then_some(plain)
}
