//! Which P-256 this image is built with: the portable one, or the assembly for Cortex-M4 and M7
//! with the feature `assembly`. Nothing else of an image knows.

#[cfg(not(feature = "assembly"))]
pub use sealwire::{
    PortableAgreement as Agreement, PortableSigner as Signer, PortableVerifier as Verifier,
};
#[cfg(feature = "assembly")]
pub use sealwire_engine_cortex_m4::{
    CortexM4Agreement as Agreement, CortexM4Signer as Signer, CortexM4Verifier as Verifier,
};
