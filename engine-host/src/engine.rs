//! Which engine: decided once, when a verifier or signer is made, never in the middle of a call.
//!
//! graviola 0.4.4 asserts at every entry that the CPU has what it needs; without it a process
//! would end there. So it is asked before, with its own list.

/// The mathematics behind a verifier or a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// s2n-bignum's assembly, in `graviola`.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Graviola,
    /// The core's own.
    Portable,
}

impl Engine {
    /// The fastest that this CPU runs.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub(crate) fn best() -> Self {
        if graviola::util::is_cpu_supported() && has_what_graviola_does_not_ask() {
            Self::Graviola
        } else {
            Self::Portable
        }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn best() -> Self {
        Self::Portable
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Self::Graviola => "graviola",
            Self::Portable => "p256",
        }
    }
}

/// The P-256 code uses `mulx` of BMI2. graviola's README asks for it, its check doesn't: it asks
/// for aes, pclmulqdq, bmi1, adx, avx and avx2.
#[cfg(target_arch = "x86_64")]
fn has_what_graviola_does_not_ask() -> bool {
    std::arch::is_x86_feature_detected!("bmi2")
}

/// Nothing: neon, aes, pmull and sha2 are all, and it asks for them.
#[cfg(target_arch = "aarch64")]
const fn has_what_graviola_does_not_ask() -> bool {
    true
}

/// Clears the upper halves of the vector registers when it goes, after all that graviola does
/// and drops before.
///
/// graviola's wiping and comparing leaves them in use, and each SSE instruction after that waits
/// for them: level 4, whose SHA instructions are SSE, took 1.7 times as long in a thread that had
/// signed. Not before a level 5 call came along would anybody have noticed.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) struct ClearVectors;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Drop for ClearVectors {
    fn drop(&mut self) {
        // SAFETY: made only around calls of graviola, which runs nowhere without AVX.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            core::arch::x86_64::_mm256_zeroupper();
        }
    }
}
