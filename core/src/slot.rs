//! One key that a receiver knows: 192 bytes of fixed format in storage of the caller's.
//!
//! Stored states, coordinates, IDs, counters: never a type of an engine, so that the size
//! depends on no engine, feature or crate version.

use zeroize::Zeroize;

use crate::id::{ModuleId, RoleId};
use crate::level::Algorithm;
use crate::replay::Bits;
use crate::time::{TimeRule, Timestamp};

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Nothing, and never held anything.
    Empty,
    /// A module that is known by its ID alone.
    Module,
    /// A key that is alive until it expires.
    Key,
    /// A key that was revoked: known, and refused.
    Revoked,
    /// The window of a key that was removed, or of one that saved state tells of.
    Remembered,
}

/// One bit each, in [`Slot::flags`].
pub(crate) mod flag {
    /// The audience is the group in [`super::Slot::bind`].
    pub(crate) const GROUP: u8 = 1;
    /// No clock: timestamp 0.
    pub(crate) const COUNTER_ONLY: u8 = 2;
    /// A region of the nonce cache takes the window's place.
    pub(crate) const RANDOM: u8 = 4;
    /// The older of two keys of a rollover.
    pub(crate) const RETIRING: u8 = 8;
    /// A counter-only key whose window was lost.
    pub(crate) const NO_STATE: u8 = 16;
    /// Frames of bursts are taken.
    pub(crate) const BURSTS: u8 = 32;
    /// A session's key: [`super::Slot::bind`] is the session's binder.
    pub(crate) const SESSION: u8 = 64;
}

/// "Never", in seconds since the Unix epoch.
pub(crate) const NEVER: u32 = u32::MAX;

/// When a key ends. Never is all zeros, so that an empty slot is: a table of them then needs
/// neither an image in flash nor code that fills it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct End(u32);

impl End {
    /// Never.
    pub(crate) const NEVER: Self = Self(0);

    /// With this second since the Unix epoch; never for [`NEVER`].
    #[inline]
    pub(crate) const fn at_second(second: u32) -> Self {
        Self(second.wrapping_add(1))
    }

    /// With the second in which `time` is.
    pub(crate) fn at(time: Timestamp) -> Self {
        Self::at_second(expiry_seconds(time))
    }

    /// The earlier of the two.
    pub(crate) fn sooner(self, other: Self) -> Self {
        Self::at_second(self.second().min(other.second()))
    }

    #[inline]
    pub(crate) const fn is_never(self) -> bool {
        self.0 == 0
    }

    #[inline]
    const fn second(self) -> u32 {
        self.0.wrapping_sub(1)
    }
}

/// Storage for one key or one known module. Begins as [`Slot::EMPTY`]; what a validator keeps
/// in it is its own.
#[repr(C)]
pub struct Slot {
    /// Level 4: the frame key's inner and outer state. Level 5: x ‖ y as big-endian words.
    pub(crate) key: [[u32; 8]; 2],
    /// Counters: the window. Random nonces and level 3: place and size of the region in the
    /// nonce cache, in the first three words.
    pub(crate) window: Bits,
    pub(crate) highest: u64,
    pub(crate) sender: [u8; 16],
    /// The group's ID, a session's binder, or zeros.
    pub(crate) bind: [u8; 16],
    pub(crate) key_id: u32,
    /// The first bytes of a hash of the secret or public key; where the search for a place begins.
    pub(crate) fingerprint: u32,
    pub(crate) end: End,
    /// Head of the chain of slots whose ID hashes to this position; index + 1, 0 for none.
    pub(crate) head: u32,
    /// Next in the chain that this slot is in; index + 1, 0 for none.
    pub(crate) next: u32,
    pub(crate) kind: Kind,
    pub(crate) algorithm: Algorithm,
    pub(crate) flags: u8,
    pub(crate) role: RoleId,
}

const _: () = assert!(size_of::<Slot>() == Slot::LEN);

impl Slot {
    /// Bytes of a slot.
    pub const LEN: usize = 192;

    /// A slot that holds nothing.
    pub const EMPTY: Self = Self {
        key: [[0; 8]; 2],
        window: [0; 16],
        highest: 0,
        sender: [0; 16],
        bind: [0; 16],
        key_id: 0,
        fingerprint: 0,
        end: End::NEVER,
        head: 0,
        next: 0,
        kind: Kind::Empty,
        algorithm: Algorithm::None,
        flags: 0,
        role: RoleId::NONE,
    };

    #[inline]
    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether frames made by `algorithm` are taken under this key.
    #[inline]
    pub(crate) fn proves_by(&self, algorithm: Algorithm) -> bool {
        algorithm == self.algorithm
            || algorithm == Algorithm::EcdsaP256Burst
                && self.algorithm == Algorithm::EcdsaP256
                && self.has(flag::BURSTS)
    }

    #[inline]
    pub(crate) const fn sender(&self) -> ModuleId {
        ModuleId::claimed(self.sender)
    }

    /// Whether its frames carry a time.
    #[inline]
    pub(crate) const fn time_rule(&self) -> TimeRule {
        if self.has(flag::COUNTER_ONLY) { TimeRule::CounterOnly } else { TimeRule::Stamped }
    }

    /// The group, if the key is one's.
    #[inline]
    pub(crate) fn group(&self) -> Option<ModuleId> {
        self.has(flag::GROUP).then(|| ModuleId::claimed(self.bind))
    }

    /// What must agree for a window to belong to a key that is registered again.
    pub(crate) const fn rules(&self) -> (u8, u8) {
        (self.algorithm.number(), self.flags & (flag::GROUP | flag::COUNTER_ONLY | flag::RANDOM))
    }

    /// Where in the nonce cache the sender's region begins, and how many entries it has.
    pub(crate) fn region(&self) -> (usize, usize) {
        let [low, high, len, ..] = self.window;
        let start = u64::from(high).wrapping_shl(32) | u64::from(low);
        (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(len).unwrap_or(0))
    }

    /// The coordinates of a public key.
    pub(crate) fn xy(&self) -> [u8; 64] {
        let mut xy = [0; 64];
        let (places, _) = xy.as_chunks_mut::<4>();
        for (place, word) in places.iter_mut().zip(self.key.as_flattened()) {
            *place = word.to_be_bytes();
        }
        xy
    }

    /// Whether the end has come. Nothing ends before some time is known.
    pub(crate) fn is_over(&self, latest: Timestamp) -> bool {
        // Fewer than 2^52 microseconds.
        let end = u64::from(self.end.second()).wrapping_mul(1_000_000);
        !self.end.is_never() && latest.as_micros() >= end
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl core::fmt::Debug for Slot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slot").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An expiry as slots store it: whole seconds, rounded down; what is out of range never comes.
///
/// Divides in two steps of 32 bits: a division of 64 bits is 900 bytes of flash where the
/// processor has none.
pub(crate) fn expiry_seconds(time: Timestamp) -> u32 {
    // A second is 2^6 times this many microseconds.
    const STEPS: u32 = 15_625;
    let steps = time.as_micros().wrapping_shr(6);
    let [low, next, ..] = steps.to_le_bytes();
    let seconds = u32::try_from(steps.wrapping_shr(16)).ok().and_then(|high| {
        // Below 2^14, so nothing is shifted out.
        let rest = (high % STEPS).wrapping_shl(16) | u32::from(u16::from_le_bytes([low, next]));
        (high / STEPS).checked_mul(1 << 16)?.checked_add(rest / STEPS)
    });
    seconds.unwrap_or(NEVER)
}

/// x ‖ y as words.
pub(crate) fn words_of(xy: &[u8; 64]) -> [[u32; 8]; 2] {
    let mut words = [[0; 8]; 2];
    let (chunks, _) = xy.as_chunks::<4>();
    for (word, chunk) in words.as_flattened_mut().iter_mut().zip(chunks) {
        *word = u32::from_be_bytes(*chunk);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divides_as_one_division_would() {
        let mut micros = 1_u64;
        let last = u64::from(u32::MAX) * 1_000_000;
        for near in [0, 999_999, 1_000_000, 1 << 22, 1 << 38, last, last + 999_999, 1 << 54] {
            for micros in [near, near + 1, near.saturating_sub(1)] {
                check(micros);
            }
        }
        for _ in 0..100_000 {
            micros = micros.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            check(micros >> (1 + micros % 20));
        }
        check(Timestamp::MAX.as_micros());
    }

    fn check(micros: u64) {
        let time = Timestamp::from_micros(micros).unwrap();
        let expected = u32::try_from(micros / 1_000_000).unwrap_or(NEVER);
        assert_eq!(expiry_seconds(time), expected, "{micros}");
    }

    #[test]
    fn the_sooner_end_is_never_only_if_both_are() {
        let (never, soon, late) = (End::NEVER, End::at_second(0), End::at_second(7));
        for (a, b, expected) in
            [(never, never, never), (never, soon, soon), (late, never, late), (late, soon, soon)]
        {
            assert!(a.sooner(b) == expected && b.sooner(a) == expected);
        }
        assert!(End::at_second(NEVER).is_never() && !soon.is_never());
        assert!(size_of::<Slot>() == Slot::LEN);
    }
}
