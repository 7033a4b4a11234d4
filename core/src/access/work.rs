//! Limits on work, not on modules: token buckets overall and per transport source.
//!
//! A token is one exchange's curve arithmetic. A challenge costs none, nor does a proof that
//! fails before any arithmetic. Naming a module takes nothing from it.

use crate::crypto::kdf::hmac_of;

/// How many exchanges a second, and how many at once after a silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Tokens a second.
    pub per_second: u32,
    /// The most tokens that are saved up.
    pub burst: u32,
}

/// Millionths of a token.
const TOKEN: u64 = 1_000_000;

/// A bucket and when it was last looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// In millionths of a token.
    level: u64,
    /// A tick.
    seen: u64,
}

impl Bucket {
    pub(crate) fn full(budget: Budget, tick: u64) -> Self {
        Self { level: capacity(budget), seen: tick }
    }

    fn fill(&mut self, budget: Budget, tick: u64) {
        let since = tick.saturating_sub(self.seen);
        let more = since.saturating_mul(budget.per_second.into());
        self.level = self.level.saturating_add(more).min(capacity(budget));
        self.seen = self.seen.max(tick);
    }

    /// Takes a token, if there is one.
    pub(crate) fn take(&mut self, budget: Budget, tick: u64) -> bool {
        self.fill(budget, tick);
        match self.level.checked_sub(TOKEN) {
            Some(left) => {
                self.level = left;
                true
            }
            None => false,
        }
    }
}

fn capacity(budget: Budget) -> u64 {
    u64::from(budget.burst).saturating_mul(TOKEN)
}

/// Storage for the bucket of one transport source.
#[derive(Clone, Copy, Debug)]
pub struct SourceSlot {
    /// A keyed hash of the source; 0 for nobody.
    hash: u64,
    bucket: Bucket,
}

impl SourceSlot {
    /// Nobody's bucket.
    pub const EMPTY: Self = Self { hash: 0, bucket: Bucket { level: 0, seen: 0 } };
}

/// How many places a source may have.
const WAYS: usize = 4;

/// Takes a token from the bucket of `source`. Without slots there is no limit per source.
///
/// A source that isn't known takes the place of the fullest bucket of its four, which says the
/// least: more sources than places weaken this limit, and the overall one stays.
pub(crate) fn take_from_source(
    slots: &mut [SourceSlot],
    key: &[u8; 32],
    source: &[u8],
    budget: Budget,
    tick: u64,
) -> bool {
    if slots.is_empty() {
        return true;
    }
    let tag = hmac_of(key, &[b"sealwire/1 access source", source]);
    let hash = tag.first_chunk().map_or(1, |bytes| u64::from_be_bytes(*bytes) | 1);
    let len = u64::try_from(slots.len()).unwrap_or(1);
    let start = usize::try_from(hash.checked_rem(len).unwrap_or(0)).unwrap_or(0);
    let (before, after) = slots.split_at_mut_checked(start).unwrap_or((&mut [], &mut []));
    let mut chosen: Option<&mut SourceSlot> = None;
    for slot in after.iter_mut().chain(before.iter_mut()).take(WAYS) {
        if slot.hash == hash {
            slot.bucket.fill(budget, tick);
            return slot.bucket.take(budget, tick);
        }
        if slot.hash != 0 {
            slot.bucket.fill(budget, tick);
        }
        let says_less = |other: &SourceSlot| {
            other.hash != 0 && (slot.hash == 0 || slot.bucket.level > other.bucket.level)
        };
        if chosen.as_deref().is_none_or(says_less) {
            chosen = Some(slot);
        }
    }
    let Some(slot) = chosen else { return false };
    *slot = SourceSlot { hash, bucket: Bucket::full(budget, tick) };
    slot.bucket.take(budget, tick)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget { per_second: 1, burst: 3 };

    fn takes(slots: &mut [SourceSlot], source: u8, tick: u64) -> bool {
        take_from_source(slots, &[7; 32], &[source], BUDGET, tick)
    }

    #[test]
    fn a_new_source_takes_an_empty_place_or_that_of_the_fullest_bucket() {
        let mut slots = [SourceSlot::EMPTY; WAYS];
        // The first source spends one token, the second two, and so on.
        for source in 1..=4_u8 {
            for spent in 1..=source {
                assert_eq!(takes(&mut slots, source, 0), spent <= 3, "{source} {spent}");
            }
        }
        assert!(slots.iter().all(|slot| slot.hash != 0), "each has a place of its own");
        // A fifth takes the first one's place, and nobody else gets tokens by that.
        assert!(takes(&mut slots, 5, 0));
        for source in [3, 4] {
            assert!(!takes(&mut slots, source, 0), "{source}");
        }
        assert!(takes(&mut slots, 2, 0) && !takes(&mut slots, 2, 0));
        assert!(takes(&mut slots, 5, 0) && takes(&mut slots, 5, 0) && !takes(&mut slots, 5, 0));
    }

    #[test]
    fn the_fullest_bucket_is_the_one_that_was_left_alone() {
        let mut slots = [SourceSlot::EMPTY; WAYS];
        for source in 1..=4 {
            while takes(&mut slots, source, 0) {}
        }
        // Two seconds later three of them have spent one of their two new tokens.
        let later = 2_000_000;
        for source in [1, 2, 4] {
            assert!(takes(&mut slots, source, later));
        }
        assert!(takes(&mut slots, 9, later), "in the place of the third");
        for source in [1, 2, 4] {
            assert!(takes(&mut slots, source, later) && !takes(&mut slots, source, later));
        }
    }

    #[test]
    fn without_places_nobody_is_limited_by_source() {
        assert!((0..99).all(|_| takes(&mut [], 1, 0)));
    }
}
