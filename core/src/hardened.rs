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
pub(crate) use on::{Verdict, refused_at_first, twice};

#[cfg(not(feature = "hardened"))]
pub(crate) use off::{Verdict, refused_at_first, twice};

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
        /// Of a frame that carries no tag, or none that was looked at yet.
        #[inline]
        pub(crate) fn without_tag(frame: &Frame<'_>, words: u32) -> Self {
            let mark = mark(frame, words);
            Self { first: FIRST ^ mark, second: SECOND ^ black_box(mark) }
        }

        /// Compares the tag with what it should begin like, twice.
        #[inline]
        pub(crate) fn of_tag(frame: &Frame<'_>, digest: &State) -> Self {
            let (difference, words) = compare(digest, frame.tag());
            let first = (FIRST ^ mark(frame, words)).wrapping_add(difference);
            let (difference, words) = compare(black_box(digest), black_box(frame.tag()));
            let second = (SECOND ^ mark(black_box(frame), words)).wrapping_sub(difference);
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
        #[inline]
        pub(crate) fn is_proven(&self, frame: &Frame<'_>) -> bool {
            self.holds(frame, 0)
        }

        /// The payload, if the frame was admitted as well. Asked twice: the first answer decides
        /// where to go on, the second how long the payload is.
        #[inline]
        pub(crate) fn shown<'f>(&self, frame: &Frame<'f>) -> &'f [u8] {
            if !self.holds(frame, ADMITTED) {
                return &[];
            }
            let payload = black_box(frame).unproven_payload();
            let len = black_box(payload.len()) & self.mask(black_box(frame), ADMITTED);
            payload.get(..len).unwrap_or_default()
        }

        /// The verdict after steps 7 and 8.
        #[inline]
        pub(crate) fn admitted(self) -> Self {
            Self {
                first: black_box(self.first) ^ ADMITTED,
                second: black_box(self.second) ^ ADMITTED,
            }
        }

        #[inline]
        fn holds(&self, frame: &Frame<'_>, stage: u32) -> bool {
            let [first, second] = self.differences(frame, stage);
            black_box(first) == 0 && black_box(second) == 0
        }

        /// All ones if it holds, else zero; no branch.
        #[inline]
        fn mask(&self, frame: &Frame<'_>, stage: u32) -> usize {
            let [first, second] = self.differences(frame, stage);
            let any = black_box(first) | black_box(second);
            let is_zero = !(any | any.wrapping_neg());
            usize::try_from(is_zero.wrapping_shr(31)).unwrap_or(0).wrapping_neg()
        }

        /// What each word differs by from the verdict that holds.
        #[inline]
        fn differences(&self, frame: &Frame<'_>, stage: u32) -> [u32; 2] {
            let tag_len = black_box(frame).metadata().algorithm().tag_len();
            let words = u32::try_from(tag_len.wrapping_shr(2)).unwrap_or(u32::MAX);
            let mark = mark(frame, words) ^ stage;
            [black_box(self.first) ^ FIRST ^ mark, black_box(self.second) ^ SECOND ^ mark]
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
    #[inline]
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

    /// Asks twice, the second time with what the compiler can't know to be the same.
    #[inline]
    pub(crate) fn twice<T: ?Sized>(
        about: &T,
        question: impl Fn(&T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        question(about)?;
        question(black_box(about))
    }
}

#[cfg(not(feature = "hardened"))]
mod off {
    use crate::audit::Rejection;
    use crate::error::Error;
    use crate::validator::Refused;
    use crate::wire::frame::Frame;

    /// Nothing.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Verdict;

    impl Verdict {
        #[inline]
        pub(crate) const fn without_tag(_frame: &Frame<'_>, _words: u32) -> Self {
            Self
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

    #[inline]
    pub(crate) fn twice<T: ?Sized>(
        about: &T,
        question: impl Fn(&T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        question(about)
    }
}
