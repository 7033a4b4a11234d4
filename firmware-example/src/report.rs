//! What the pump measures of itself, and the bytes of it.

use sealwire::{Audit, Error, Level};

use crate::board::{self, stack};

/// Bytes of a [`Report`].
pub const LEN: usize = 28;

/// The pump's state. All numbers little-endian, in this order.
#[derive(Clone, Copy, Default)]
pub struct Report {
    /// ms since the reset.
    pub uptime: u32,
    /// The deepest that the stack has been, in bytes.
    pub stack: u32,
    /// Frames that were accepted.
    pub accepted: u32,
    /// Frames and packets that were refused.
    pub refused: u32,
    /// The number of the last refusal's error, 0 for none.
    pub last_refusal: u32,
    /// µs that the last seal took.
    pub sealing: u32,
    /// µs that the last validation took.
    pub validating: u32,
}

impl Report {
    /// Takes up what board and validator know.
    pub fn refresh(&mut self, audit: &Audit) {
        self.uptime = u32::try_from(board::micros() / 1000).unwrap_or(u32::MAX);
        self.stack = u32::try_from(stack::high_water()).unwrap_or(u32::MAX);
        self.accepted = Level::ALL.iter().map(|&level| audit.accepted(level)).sum();
        self.refused = Error::ALL.iter().map(|&error| audit.refused(error)).sum();
    }

    /// As bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        let (places, _) = bytes.as_chunks_mut::<4>();
        let values = [
            self.uptime,
            self.stack,
            self.accepted,
            self.refused,
            self.last_refusal,
            self.sealing,
            self.validating,
        ];
        for (place, value) in places.iter_mut().zip(values) {
            *place = value.to_le_bytes();
        }
        bytes
    }
}
