//! What both images share: the engine behind a function with a name, the motor, the buffers.

use core::panic::PanicInfo;

use sealwire::{Error, PortableVerifier, PublicKey, Signature, VerifyP256};

/// The portable engine behind functions with names: there the injector answers for it.
#[derive(Clone, Copy)]
pub struct Engine;

#[unsafe(no_mangle)]
#[inline(never)]
fn engine(key: &PublicKey, message: &[&[u8]], signature: &Signature) -> Result<(), Error> {
    PortableVerifier.verify(key, message, signature)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn engine_accepts(key: &PublicKey) -> bool {
    PortableVerifier.accepts(key)
}

impl VerifyP256 for Engine {
    fn accepts(&self, key: &PublicKey) -> bool {
        engine_accepts(key)
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        engine(key, message, signature)
    }
}

/// So many bytes, and room for them.
#[repr(C)]
pub struct Buffer<const N: usize> {
    pub len: u32,
    pub bytes: [u8; N],
}

impl<const N: usize> Buffer<N> {
    pub const EMPTY: Self = Self { len: 0, bytes: [0; N] };
}

/// The motor turns.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn acted(payload: *const u8, len: usize) {
    core::hint::black_box((payload, len));
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {
        // SAFETY: an undefined instruction: the emulator stops, a core resets.
        unsafe { core::arch::asm!("udf #0") }
    }
}
