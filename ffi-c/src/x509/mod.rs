//! Chains of certificates. What is checked is the core's business; here certificates, lists and
//! times are converted, and what is kept is an object.
//!
//! The structs are the same in every library; the functions are in one with the feature `x509`,
//! which hosts have and bare metal asks for.

#[cfg(feature = "x509")]
pub mod checked;
#[cfg(feature = "x509")]
mod convert;
#[cfg(feature = "x509")]
pub(crate) use convert::{Lent, slots};
pub mod given;
#[cfg(feature = "x509")]
pub mod granting;
#[cfg(feature = "x509")]
pub mod list;
#[cfg(feature = "x509")]
pub mod request;
#[cfg(feature = "x509")]
pub mod trust;
