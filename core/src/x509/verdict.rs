//! Against an attacker who makes the processor skip an instruction while a chain is checked
//! (feature `hardened`); see `hardened.rs` for frames.
//!
//! A chain is checked twice, signatures and all: nothing less contradicts a fault in what was
//! read, hashed or looked up. Each time leaves a word that depends on what was found and on what the
//! engine said. The words are asked again where the key, the module or the
//! roles are shown, so that one skip there isn't enough either. Without the feature this is
//! nothing.

#[cfg(feature = "hardened")]
pub(crate) use on::Verdict;

#[cfg(not(feature = "hardened"))]
pub(crate) use off::Verdict;

#[cfg(feature = "hardened")]
mod on {
    use core::hint::black_box;

    use crate::crypto::sha256;
    use crate::error::Error;
    use crate::x509::checked::CheckedChain;
    use crate::x509::path::Chain;

    /// What the words of a verdict begin with: far from 0, from all ones and from each other.
    const FIRST: u32 = 0x5bc6_2e93;
    const SECOND: u32 = 0xa835_d16e;

    /// That a chain was checked twice, and said the same both times.
    #[derive(Clone, Copy)]
    pub(crate) struct Verdict {
        first: u32,
        second: u32,
    }

    impl Verdict {
        /// Holds for nothing.
        pub(crate) const NONE: Self = Self { first: 0, second: 0 };

        /// Asks both questions twice, the second time about what the compiler can't know to be
        /// the same. The signatures are verified when nothing else is on the stack.
        #[inline(never)]
        pub(crate) fn of<'c>(
            chain: &Chain<'c>,
            found: impl Fn(&Chain<'c>) -> Result<CheckedChain<'c>, Error>,
            signed: impl Fn(&Chain<'c>) -> Result<(), Error>,
        ) -> Result<CheckedChain<'c>, Error> {
            // Where it is returned: a chain's copy is a third of a kilobyte under an engine.
            let mut answer = found(chain);
            let Ok(checked) = &mut answer else { return answer };
            match Self::of_both(chain, checked, &found, &signed) {
                Ok(verdict) => checked.verdict = verdict,
                Err(error) => answer = Err(error),
            }
            answer
        }

        #[inline]
        fn of_both<'c>(
            chain: &Chain<'c>,
            checked: &CheckedChain<'c>,
            found: &impl Fn(&Chain<'c>) -> Result<CheckedChain<'c>, Error>,
            signed: &impl Fn(&Chain<'c>) -> Result<(), Error>,
        ) -> Result<Self, Error> {
            let answer = signed(chain);
            let [mark, _] = marks(checked);
            let first = (FIRST ^ mark).wrapping_add(number_of(&answer));
            answer?;
            let mark = second_mark(chain, found)?;
            let answer = signed(black_box(chain));
            let second = (SECOND ^ mark).wrapping_sub(number_of(&answer));
            answer?;
            Ok(Self { first, second })
        }

        /// Whether it is the verdict of this chain.
        #[inline(never)]
        pub(crate) fn holds(checked: &CheckedChain<'_>) -> bool {
            let [first, second] = Self::differences(checked);
            black_box(first) == 0 && black_box(second) == 0
        }

        /// The bytes if it is the verdict of this chain, else zeros. Asked twice: the answer of
        /// the second decides without a branch.
        #[inline(never)]
        pub(crate) fn shown<const N: usize>(
            checked: &CheckedChain<'_>,
            bytes: &[u8; N],
        ) -> [u8; N] {
            if !Self::holds(checked) {
                return [0; N];
            }
            let [first, second] = Self::differences(black_box(checked));
            let any = black_box(first) | black_box(second);
            let mask = (!(any | any.wrapping_neg())).wrapping_shr(31).wrapping_neg();
            let [mask, ..] = black_box(mask).to_le_bytes();
            bytes.map(|byte| byte & mask)
        }

        /// What each word differs by from the verdict that holds.
        #[inline(never)]
        fn differences(checked: &CheckedChain<'_>) -> [u32; 2] {
            let verdict = black_box(checked.verdict);
            let [first, second] = marks(black_box(checked));
            [verdict.first ^ FIRST ^ first, verdict.second ^ SECOND ^ second]
        }
    }

    /// 0 for an answer that holds.
    fn number_of(answer: &Result<(), Error>) -> u32 {
        answer.map_or_else(|error| u32::from(error.number()), |()| 0)
    }

    /// All that is left of the second answer; its stack is free again.
    #[inline(never)]
    fn second_mark<'c>(
        chain: &Chain<'c>,
        found: &impl Fn(&Chain<'c>) -> Result<CheckedChain<'c>, Error>,
    ) -> Result<u32, Error> {
        let [_, mark] = marks(&found(black_box(chain))?);
        Ok(mark)
    }

    /// What of a chain a verdict is tied to, so that one that was left in memory fits no other:
    /// 32 bits of a hash for each word.
    #[inline(never)]
    fn marks(checked: &CheckedChain<'_>) -> [u32; 2] {
        let (begin, end) = checked.window;
        let digest = sha256::digest(&[
            checked.xy,
            checked.identity.module.as_bytes(),
            &[u8::from(checked.identity.is_time_source)],
            checked.identity.names(),
            checked.anchor.as_bytes(),
            &begin.to_be_bytes(),
            &end.to_be_bytes(),
            &checked.status_until.to_be_bytes(),
        ]);
        let [a, b, c, d, e, f, g, h, ..] = digest;
        [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])]
    }
}

#[cfg(not(feature = "hardened"))]
mod off {
    use crate::error::Error;
    use crate::x509::checked::CheckedChain;
    use crate::x509::path::Chain;

    /// Nothing.
    #[derive(Clone, Copy)]
    pub(crate) struct Verdict;

    impl Verdict {
        pub(crate) const NONE: Self = Self;

        #[inline]
        pub(crate) fn of<'c>(
            chain: &Chain<'c>,
            found: impl Fn(&Chain<'c>) -> Result<CheckedChain<'c>, Error>,
            signed: impl Fn(&Chain<'c>) -> Result<(), Error>,
        ) -> Result<CheckedChain<'c>, Error> {
            let checked = found(chain)?;
            signed(chain).map(|()| checked)
        }

        #[inline]
        pub(crate) const fn holds(checked: &CheckedChain<'_>) -> bool {
            let Self = checked.verdict;
            true
        }

        #[inline]
        pub(crate) const fn shown<const N: usize>(
            _checked: &CheckedChain<'_>,
            bytes: &[u8; N],
        ) -> [u8; N] {
            *bytes
        }
    }
}
