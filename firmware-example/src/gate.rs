//! Who may command. Being accepted isn't enough: what a member of a group says is accepted too.
//!
//! Asked twice, about two things: the channel, by which the requirement was chosen, and the key,
//! which the tag proves. So one skipped instruction lets nobody through: `tests/assure/faults`
//! attacks this file.

use core::hint::black_box;

use sealwire::{Accepted, KeyId};

/// Where commands come, and under which key.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// The channel for commands.
    pub channel: u8,
    /// The key of who commands, and nobody else's.
    pub key: KeyId,
}

impl Gate {
    /// The command in what was accepted on `channel`, if it is one.
    #[must_use]
    pub fn command<'f>(&self, channel: u8, accepted: &Accepted<'f>) -> Option<&'f [u8]> {
        if channel != self.channel {
            return None;
        }
        // So that the compiler makes two questions of it.
        if black_box(accepted).key_id() != Some(self.key) {
            return None;
        }
        Some(accepted.payload())
    }
}
