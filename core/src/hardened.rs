//! Against an attacker who makes the processor skip an instruction (feature `hardened`).
//!
//! Without the feature this is nothing: a [`Verdict`] has no bytes and always holds. With it a
//! verdict is two words of many bits that are *computed* from what was compared, not chosen by
//! a branch. It is asked for at the tag, before the nonce is recorded, and where the payload is
//! shown; level, sender, time, policy and window are decided twice. What a call gives is a refusal
//! before it begins. So one skip is never enough.
//!
//! The tag is computed once and compared twice: what follows from a fault in the computation is
//! a tag that the attacker can't foretell. An engine at level 5 only says yes or no, so it is
//! asked twice. Chains of certificates have a verdict of their own (`x509/verdict.rs`). Not
//! covered: faults that change data, the access exchange, more than one fault.
//! `tests/assure/faults` measures it.

#[cfg(feature = "hardened")]
pub(crate) use on::{Verdict, refused_at_first};

#[cfg(not(feature = "hardened"))]
pub(crate) use off::{Verdict, refused_at_first};

#[cfg(feature = "hardened")]
mod on {
    use core::hint::black_box;

    use crate::audit::Rejection;
    use crate::crypto::sha256::State;
    use crate::error::Error;
    use crate::validator::Refused;
    use crate::wire::frame::Frame;

    /// Words of a signature; a burst's tag has half a word more without its path.
    const SIGNATURE_WORDS: u32 = 16;
    /// What both words of a verdict begin with: far from 0, from all ones and from each other.
    const FIRST: u32 = 0x6a3c_95d2;
    const SECOND: u32 = 0x937e_4ac5;
    /// What admission adds.
    const ADMITTED: u32 = 0x35d9_a61b;

    /// That a tag was right, for this frame, and that the frame was admitted.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Verdict {
        first: u32,
        second: u32,
    }

    impl Verdict {
        /// No frame's.
        pub(crate) const NOBODYS: Self = Self { first: 0, second: 0 };

        /// Of a frame that carries no tag, or none that was looked at yet.
        #[inline]
        pub(crate) fn without_tag(frame: &Frame<'_>, words: u32) -> Self {
            let mark = mark(frame, words);
            Self { first: FIRST ^ mark, second: SECOND ^ black_box(mark) }
        }

        /// Where it stands, for a call that makes another of it: it is there before the call, and
        /// is what is left if that is skipped.
        #[inline]
        pub(crate) fn in_place(&mut self) -> &mut Self {
            black_box(self)
        }

        /// Compares the tag with what it should begin like, twice.
        #[inline]
        pub(crate) fn of_tag(frame: &Frame<'_>, digest: &State) -> Self {
            let (difference, words) = compare(digest, frame.tag());
            let first = (FIRST ^ mark(frame, words)).wrapping_add(difference);
            let frame = black_box(frame);
            let (difference, words) = compare(black_box(digest), frame.tag());
            let second = (SECOND ^ mark(frame, words)).wrapping_sub(difference);
            Self { first, second }
        }

        /// Asks for the signature twice, and has a word of each answer. The engine's is a yes or
        /// no, so that only a second run of it can contradict a fault in the first; a forged
        /// frame is refused by the first.
        #[inline]
        pub(crate) fn of_signature<T>(
            frame: &Frame<'_>,
            question: impl Fn(&Frame<'_>) -> Result<T, Refused>,
        ) -> Result<(T, Self), Refused> {
            let answer = question(frame);
            let first = (FIRST ^ mark(frame, SIGNATURE_WORDS)).wrapping_add(number_of(&answer));
            let found = answer?;
            let answer = question(black_box(frame));
            let mark = mark(black_box(frame), SIGNATURE_WORDS);
            let second = (SECOND ^ mark).wrapping_sub(number_of(&answer));
            Ok((found, Self { first, second }))
        }

        /// Whether it is the verdict that this frame would have if it were proven.
        #[inline(always)]
        pub(crate) fn is_proven(&self, frame: &Frame<'_>) -> bool {
            self.difference(frame, 0) == 0
        }

        /// The payload, if the frame was admitted as well. Asked twice: the first answer decides
        /// where to go on, the second how long the payload is.
        #[inline]
        pub(crate) fn shown<'f>(&self, frame: &Frame<'f>) -> &'f [u8] {
            if self.difference(frame, ADMITTED) != 0 {
                return &[];
            }
            let payload = black_box(frame).unproven_payload();
            let difference = self.difference(black_box(frame), ADMITTED);
            let is_zero = !(difference | difference.wrapping_neg());
            let mask = usize::try_from(is_zero.wrapping_shr(31)).unwrap_or(0).wrapping_neg();
            payload.get(..black_box(payload.len()) & mask).unwrap_or_default()
        }

        /// The verdict after steps 7 and 8.
        #[inline]
        pub(crate) fn admitted(self) -> Self {
            Self {
                first: black_box(self.first) ^ ADMITTED,
                second: black_box(self.second) ^ ADMITTED,
            }
        }

        /// What its words differ by from those of the verdict that holds; 0 if it does.
        #[inline(never)]
        fn difference(&self, frame: &Frame<'_>, stage: u32) -> u32 {
            let tag_len = black_box(frame).metadata().algorithm().tag_len();
            let words = u32::try_from(tag_len.wrapping_shr(2)).unwrap_or(u32::MAX);
            let mark = mark(frame, words) ^ stage;
            (black_box(self.first) ^ FIRST ^ mark) | (black_box(self.second) ^ SECOND ^ mark)
        }
    }

    /// 0 for an answer that holds.
    fn number_of<T>(answer: &Result<T, Refused>) -> u32 {
        match answer {
            Ok(_) => 0,
            Err((error, _)) => u32::from(error.number()),
        }
    }

    /// How the digest and the tag differ, and how many words were looked at.
    #[inline(never)]
    fn compare(digest: &State, tag: &[u8]) -> (u32, u32) {
        let (words, rest) = tag.as_chunks::<4>();
        let mut looked_at = 0_u32;
        let mut difference = u32::from(!rest.is_empty());
        for (a, b) in digest.iter().zip(words) {
            difference |= a ^ u32::from_be_bytes(*b);
            looked_at = looked_at.wrapping_add(1);
        }
        (difference, looked_at)
    }

    /// What of a frame a verdict is tied to, so that one that was left in memory fits no other.
    #[inline(never)]
    fn mark(frame: &Frame<'_>, words: u32) -> u32 {
        let metadata = frame.metadata();
        let [a, b, c, d, ..] = metadata.nonce().to_le_bytes();
        let tag = frame.tag().first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
        let level = u32::from(metadata.level().number()).wrapping_shl(28);
        u32::from_le_bytes([a, b, c, d]) ^ tag ^ level ^ words.wrapping_shl(20)
    }

    /// What `decide` says, in a place that holds a refusal before: where the call or a store is
    /// skipped, the acceptance of the frame before isn't left there.
    #[inline(always)]
    pub(crate) fn refused_at_first<T>(
        decide: impl FnOnce() -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let mut decided = Err(Rejection::unread(Error::InvalidState));
        fill(black_box(&mut decided), decide);
        decided
    }

    #[inline(never)]
    fn fill<T>(place: &mut Result<T, Rejection>, decide: impl FnOnce() -> Result<T, Rejection>) {
        *place = decide();
    }
}

#[cfg(not(feature = "hardened"))]
mod off {
    use crate::audit::Rejection;
    use crate::validator::Refused;
    use crate::wire::frame::Frame;

    /// Nothing.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Verdict;

    impl Verdict {
        pub(crate) const NOBODYS: Self = Self;

        #[inline]
        pub(crate) const fn without_tag(_frame: &Frame<'_>, _words: u32) -> Self {
            Self
        }

        #[inline]
        pub(crate) const fn in_place(&mut self) -> &mut Self {
            self
        }

        #[inline]
        pub(crate) fn of_signature<T>(
            frame: &Frame<'_>,
            question: impl Fn(&Frame<'_>) -> Result<T, Refused>,
        ) -> Result<(T, Self), Refused> {
            question(frame).map(|found| (found, Self))
        }

        #[inline]
        #[allow(clippy::unused_self, reason = "as with the feature")]
        pub(crate) fn shown<'f>(&self, frame: &Frame<'f>) -> &'f [u8] {
            frame.unproven_payload()
        }

        #[inline]
        pub(crate) const fn admitted(self) -> Self {
            self
        }
    }

    #[inline]
    pub(crate) fn refused_at_first<T>(
        decide: impl FnOnce() -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        decide()
    }
}
