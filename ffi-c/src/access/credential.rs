//! What an exchange computes with and how the two sides know each other: credentials and
//! engines, as C hands them in for one call.

use sealwire_core::{Credential, Engines, Error, PeerSecret, PublicKey};

use crate::agreement::{Agreement, sealwire_agree_engine};
use crate::engine::{Verifier, sealwire_verify_engine};
use crate::raw::{Input, Span, reference};
use crate::signer::{Borrowed, sealwire_signer};
#[cfg(feature = "x509")]
use crate::x509::Lent;
use crate::x509::given::sealwire_chain_credential;

/// A secret of SEALWIRE_SECRET_SIZE bytes that both sides hold. For level 4.
pub const SEALWIRE_CREDENTIAL_SECRET: u8 = 1;
/// The other side's P-256 key; this side's own is the signer's. For level 4 or 5.
pub const SEALWIRE_CREDENTIAL_KEY: u8 = 2;
/// A chain of certificates on each side; this side's own key is the signer's. For level 4 or 5.
/// Who asks sends its chain right behind its proof, in the same message. In a library with
/// certificates.
pub const SEALWIRE_CREDENTIAL_CHAIN: u8 = 3;

/// How the two sides of an exchange know each other. Fixed at provisioning; one kind never
/// stands in for the other.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_credential {
    /// SEALWIRE_CREDENTIAL_….
    pub kind: u8,
    /// The secret, or the other side's public key: 64 bytes x ‖ y or 65 with 04 before them.
    pub key: *const u8,
    /// Bytes of it.
    pub key_len: usize,
    /// With SEALWIRE_CREDENTIAL_CHAIN: the chains, and no key. Not looked at else.
    pub chain: *const sealwire_chain_credential,
}

/// A credential that was copied out of C's memory. A secret is wiped on drop.
#[allow(clippy::large_enum_variant, reason = "no heap; it lives for the length of a call")]
pub(crate) enum Held<'a> {
    Secret(PeerSecret),
    Key(PublicKey),
    #[cfg(feature = "x509")]
    Chain(Lent<'a>),
    #[cfg(not(feature = "x509"))]
    #[allow(dead_code, reason = "for the lifetime")]
    Chain(&'a core::convert::Infallible),
}

impl Held<'_> {
    /// Lends the credential as the core has it.
    pub(crate) fn lend<T>(&self, to: impl FnOnce(&Credential<'_>) -> T) -> T {
        match self {
            Self::Secret(secret) => to(&Credential::Secret(secret)),
            Self::Key(key) => to(&Credential::Key(*key)),
            #[cfg(feature = "x509")]
            Self::Chain(lent) => to(&Credential::Chain(&lent.credential())),
            #[cfg(not(feature = "x509"))]
            Self::Chain(none) => match **none {},
        }
    }
}

impl sealwire_credential {
    /// Where the key lies.
    ///
    /// # Errors
    /// Those of [`Input::new`].
    pub(crate) fn bytes(&self) -> Result<Input<u8>, Error> {
        Input::new(self.key, self.key_len)
    }

    /// # Errors
    /// [`Error::InvalidArgument`] for an unknown kind, [`Error::KeyLength`],
    /// [`Error::KeyInvalid`], those of a chain credential, or misuse of pointers.
    ///
    /// # Safety
    /// The key is readable and apart from what the call writes; so is a chain, of which the second
    /// is looked at.
    pub(crate) unsafe fn read<'a>(&self, written: &[Span]) -> Result<Held<'a>, Error> {
        // SAFETY: the caller's word.
        let key = unsafe { self.bytes()?.read() };
        match self.kind {
            SEALWIRE_CREDENTIAL_SECRET => PeerSecret::from_slice(key).map(Held::Secret),
            SEALWIRE_CREDENTIAL_KEY => PublicKey::from_slice(key).map(Held::Key),
            #[cfg(feature = "x509")]
            SEALWIRE_CREDENTIAL_CHAIN if key.is_empty() => {
                // SAFETY: the caller's word.
                unsafe { Lent::read(self.chain, None, written) }.map(Held::Chain)
            }
            _ => {
                let _ = written;
                Err(Error::InvalidArgument)
            }
        }
    }
}

/// What one side of an exchange computes with. The engines are used during the call only; a
/// program that names none of the library's own links none of their arithmetic.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_access_engines {
    /// Makes ephemeral keys and agrees: SEALWIRE_PORTABLE_AGREEMENT, SEALWIRE_HOST_AGREEMENT or an
    /// engine of the caller's.
    pub agreement: *const sealwire_agree_engine,
    /// For keys: verifies the other side's signature. SEALWIRE_PORTABLE_VERIFICATION,
    /// SEALWIRE_HOST_VERIFICATION or an engine of the caller's; null for secrets alone.
    pub verifier: *const sealwire_verify_engine,
    /// For keys: signs with this side's own. Null for secrets alone.
    pub signer: *mut sealwire_signer,
}

/// Engines that were looked at, and where they lie.
pub(crate) struct Chosen {
    pub(crate) engines: Engines<Agreement, Borrowed, Verifier>,
    pub(crate) spans: [Span; 4],
}

impl Chosen {
    /// # Errors
    /// [`Error::NotInitialised`] about the signer, or misuse of pointers.
    ///
    /// # Safety
    /// All that is pointed to is readable; the signer is nobody else's for the call.
    pub(crate) unsafe fn read(engines: *const sealwire_access_engines) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let given = unsafe { reference(engines) }?;
        // SAFETY: the caller's word.
        let agreement = Agreement::new(unsafe { reference(given.agreement) }?)?;
        let verifier = if given.verifier.is_null() {
            None
        } else {
            // SAFETY: the caller's word.
            Some(Verifier::new(unsafe { reference(given.verifier) }?)?)
        };
        let signer = if given.signer.is_null() {
            None
        } else {
            // SAFETY: the caller's word.
            Some(unsafe { Borrowed::new(given.signer) }?)
        };
        Ok(Self {
            engines: Engines { agreement, signer, verifier },
            spans: [
                Span::of_one(engines),
                Span::of_one(given.agreement),
                Span::of_one(given.verifier),
                Span::of_one(given.signer),
            ],
        })
    }
}
