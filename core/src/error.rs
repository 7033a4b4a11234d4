//! Why something was refused: one table, from which C's codes, Python's exceptions
//! and the page `docs/refusals.md` are made.
//!
//! Numbers are stable and never change meaning; 0 is no error. Hundreds are areas:
//! 1 the bytes, 2 what was required, 3 senders and keys, 4 time, 5 replay, 6 proof,
//! 7 sealing, 8 the caller, 9 access, 10 certificates, 11 messages with a metadata field.

use core::fmt;

/// What a caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Class {
    /// The bytes are not what the protocol writes.
    Malformed,
    /// Too old, too new, or seen before.
    Stale,
    /// Nobody known proved to have sent it.
    Unauthenticated,
    /// Proven or not, it is not allowed here.
    Forbidden,
    /// This side can't decide or act now: no clock, no room, no key left.
    Unavailable,
    /// The program called wrongly; no message is to blame.
    Misuse,
}

impl Class {
    /// The class's name in lower case, as it stands in C, Python and the docs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Stale => "stale",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
            Self::Misuse => "misuse",
        }
    }
}

macro_rules! errors {
    ($($number:literal $variant:ident $name:literal $class:ident $sentence:literal)+) => {
        /// Every reason for which Sealwire refuses, with a number that never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Error {
            $(#[doc = $sentence] $variant = $number,)+
        }

        impl Error {
            /// All errors, by rising number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable number, never 0.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The name in upper case, as it stands in C (`SEALWIRE_ERR_…`), Python and the vectors.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What a caller does about it.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)+ }
            }

            /// One sentence for a person.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }

            /// The error with this number, if there is one.
            #[must_use]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

errors! {
    101 Truncated "TRUNCATED" Malformed "The frame ends before its metadata, payload or tag does."
    102 TrailingBytes "TRAILING_BYTES" Malformed "The frame goes on after its tag."
    103 UnknownVersion "UNKNOWN_VERSION" Malformed "The frame is of a protocol version that this side doesn't speak."
    104 UnknownLevel "UNKNOWN_LEVEL" Malformed "The frame names a security level that doesn't exist."
    105 UnknownAlgorithm "UNKNOWN_ALGORITHM" Malformed "The frame names an algorithm that doesn't exist."
    106 PairMismatch "PAIR_MISMATCH" Malformed "The frame's algorithm doesn't belong to its level."
    107 Varint "VARINT" Malformed "A number in the metadata is longer than it needs to be, or too large for its field."
    108 PayloadTooLong "PAYLOAD_TOO_LONG" Malformed "The payload is longer than 2^28 - 1 bytes."
    109 TimestampRange "TIMESTAMP_RANGE" Malformed "The timestamp is above 2^63 - 1 microseconds."
    110 LengthMismatch "LENGTH_MISMATCH" Malformed "The message beside a detached form isn't as long as the metadata says."
    111 Cobs "COBS" Malformed "The packet is not COBS."
    112 StreamTooLong "STREAM_TOO_LONG" Malformed "A packet on the stream is longer than the receiver's buffer."
    113 UnsupportedAlgorithm "UNSUPPORTED_ALGORITHM" Malformed "The algorithm is known, but this version doesn't check it."
    114 SignatureRange "SIGNATURE_RANGE" Malformed "A half of the signature is zero or not below the group order."
    115 SignatureHighS "SIGNATURE_HIGH_S" Malformed "The signature's s is in the upper half; signers must write the lower."
    116 BurstShape "BURST_SHAPE" Malformed "A burst has 1 to 256 frames, and this frame's index is not below its burst's size."

    201 LevelTooLow "LEVEL_TOO_LOW" Forbidden "The frame's level is below the one required here."
    202 LevelNotExact "LEVEL_NOT_EXACT" Forbidden "Exactly one level is required here, and the frame has another."
    203 GroupNotAllowed "GROUP_NOT_ALLOWED" Forbidden "The key is a group's, and the requirement wants to know the sender."
    204 PolicyRefused "POLICY_REFUSED" Forbidden "The sender is who it says, and may not do this here."
    205 PolicyMissing "POLICY_MISSING" Forbidden "No policy was given, so nothing is allowed."

    301 UnknownSender "UNKNOWN_SENDER" Unauthenticated "No module with this ID is registered."
    302 UnknownKey "UNKNOWN_KEY" Unauthenticated "No key with this ID is registered."
    303 KeyExpired "KEY_EXPIRED" Unauthenticated "The key's time is over."
    304 KeyRevoked "KEY_REVOKED" Unauthenticated "The key was revoked."
    305 KeyAlgorithm "KEY_ALGORITHM" Unauthenticated "The key is registered for another algorithm or tag length."
    306 KeyChanged "KEY_CHANGED" Unauthenticated "The key was exchanged for another between check and admission."

    401 NoClock "NO_CLOCK" Unavailable "The time is needed here, and none was given."
    402 TooOld "TOO_OLD" Stale "The timestamp is further in the past than the limit allows."
    403 TooNew "TOO_NEW" Stale "The timestamp is further in the future than the limit allows."
    404 BeforeRestart "BEFORE_RESTART" Stale "The frame was stamped before this validator can tell new ones from repeated ones."
    405 ClockSteppedBack "CLOCK_STEPPED_BACK" Unavailable "The receiver's clock stepped back; the frame is fresh by it, but not by the highest time seen."
    406 TimestampNotZero "TIMESTAMP_NOT_ZERO" Malformed "The key counts and has no clock, so its frames must carry the timestamp 0."

    501 Replayed "REPLAYED" Stale "A frame with this nonce was accepted before."
    502 NonceTooOld "NONCE_TOO_OLD" Stale "The nonce is further behind the highest than the window reaches."
    503 NonceLimit "NONCE_LIMIT" Unavailable "The nonce is at or above 2^63: the key is used up."
    504 NonceCacheFull "NONCE_CACHE_FULL" Unavailable "The sender's region of the nonce cache is full of entries that are still alive."
    505 NoWindowState "NO_WINDOW_STATE" Unavailable "The key has no clock and its window was lost in a restart; it needs saved state or a new key."

    601 TagWrong "TAG_WRONG" Unauthenticated "The tag doesn't fit: changed on the way, or sealed with another key, for another receiver or about something else."
    602 SignatureWrong "SIGNATURE_WRONG" Unauthenticated "The signature doesn't fit: changed on the way, or signed with another key, for another receiver or about something else."
    603 NoEngine "NO_ENGINE" Unavailable "The frame is signed, and this validator has no engine that checks signatures."
    604 EngineFailed "ENGINE_FAILED" Unavailable "The engine that signs or verifies reported a fault."
    605 VerificationBudget "VERIFICATION_BUDGET" Unavailable "More signatures of bursts came under this key than were allowed for in the time."

    701 NoncesSpent "NONCES_SPENT" Unavailable "The reserved block of nonces is used up; reserve and store the next one."
    702 KeySpent "KEY_SPENT" Unavailable "The key's counter reached its limit; it needs a new key."
    703 NoEntropy "NO_ENTROPY" Unavailable "The source of randomness failed."

    801 NullPointer "NULL_POINTER" Misuse "A pointer is null where something must be."
    802 Overlap "OVERLAP" Misuse "Input and output overlap, and the function's name doesn't say that they may."
    803 BufferTooSmall "BUFFER_TOO_SMALL" Misuse "The output buffer is too small; the needed size is given back."
    804 ObjectSize "OBJECT_SIZE" Misuse "The storage for the object has not the size or the alignment that this library needs."
    805 NotInitialised "NOT_INITIALISED" Misuse "The object was never initialised, was copied, or is destroyed."
    806 KeyLength "KEY_LENGTH" Misuse "The key hasn't the length of its kind."
    807 KeyInvalid "KEY_INVALID" Misuse "The key is all zeros, out of range, or no point of the curve."
    808 KeyKind "KEY_KIND" Misuse "A key of this kind can't be used for that."
    809 InvalidId "INVALID_ID" Misuse "A module ID is all zeros or all ones, or names the receiver itself as a sender."
    810 DuplicateKeyId "DUPLICATE_KEY_ID" Misuse "A key or module with this ID is registered already."
    811 DuplicateKey "DUPLICATE_KEY" Misuse "This key is registered already under another identity, audience, algorithm or ID."
    812 TableFull "TABLE_FULL" Unavailable "Every slot is taken, and none may be given up."
    813 RolloverPending "ROLLOVER_PENDING" Misuse "Two keys of this peer are alive; the older must end first."
    814 InvalidContext "INVALID_CONTEXT" Misuse "The context's name is longer than 255 bytes, its kind unknown, or a response's request tag has no tag's length."
    815 InvalidLimits "INVALID_LIMITS" Misuse "The limits of time are out of range."
    816 InvalidState "INVALID_STATE" Misuse "The saved state is damaged or not of this version."
    817 InvalidNonceStart "INVALID_NONCE_START" Misuse "The nonces to start from are out of range or in the wrong order."
    818 InvalidArgument "INVALID_ARGUMENT" Misuse "An argument is outside of what its documentation allows."
    819 AbiMismatch "ABI_MISMATCH" Misuse "Header and library are of different versions."
    820 AbsurdLength "ABSURD_LENGTH" Misuse "A length is larger than any object can be."
    821 NonceQuota "NONCE_QUOTA" Unavailable "The nonce cache has no room left for this sender's quota."
    822 BurstStorage "BURST_STORAGE" Unavailable "Bursts were asked for, and the validator has no storage to remember them in."

    901 AccessMalformed "ACCESS_MALFORMED" Malformed "The access message is not what the protocol writes."
    902 AccessKind "ACCESS_KIND" Malformed "The access message is of another kind than the one that is waited for."
    903 AccessElsewhere "ACCESS_ELSEWHERE" Unauthenticated "The access message is for another module, or answers another request."
    904 AccessState "ACCESS_STATE" Misuse "The exchange is in another state than this call needs."
    905 CookieWrong "COOKIE_WRONG" Unauthenticated "The cookie in the proof was not given for this request and to this source."
    906 CookieExpired "COOKIE_EXPIRED" Stale "The cookie in the proof is older than the secrets that are kept; the request must be sent again."
    907 AccessUnknownModule "ACCESS_UNKNOWN_MODULE" Unauthenticated "No module with this ID is registered for access."
    908 CredentialKind "CREDENTIAL_KIND" Unauthenticated "The module is registered with a credential of the other kind, and nothing falls through."
    909 AccessMacWrong "ACCESS_MAC_WRONG" Unauthenticated "The MAC of the access message doesn't fit."
    910 AccessSignatureWrong "ACCESS_SIGNATURE_WRONG" Unauthenticated "The signature in the access message doesn't fit."
    911 AccessReplayed "ACCESS_REPLAYED" Stale "This exchange, or a newer one of the same module, was granted before and is over."
    912 SecretLevel "SECRET_LEVEL" Forbidden "Level 5 can't be reached with a pre-shared secret."
    913 LevelNotGranted "LEVEL_NOT_GRANTED" Forbidden "The highest level that may be granted is below the lowest that the requester takes."
    914 RoleNotGranted "ROLE_NOT_GRANTED" Forbidden "The role is not registered for this module."
    915 CredentialExpired "CREDENTIAL_EXPIRED" Forbidden "The credential's time is over."
    916 AccessBusy "ACCESS_BUSY" Unavailable "The budget for this kind of work is spent for the moment."
    917 AccessForbidden "ACCESS_FORBIDDEN" Forbidden "The granter knows the module and doesn't allow what it asks for."
    918 AccessUnavailable "ACCESS_UNAVAILABLE" Unavailable "The granter knows the module and can't grant now."
    919 SessionUnconfirmed "SESSION_UNCONFIRMED" Unavailable "Nothing is sent on a session before the module has used it."
    920 SessionUnknown "SESSION_UNKNOWN" Unavailable "There is no such session: it ended, expired or was forgotten."
    921 TimeTooSlow "TIME_TOO_SLOW" Unavailable "The grant took longer than two seconds, so its time is not learned."
    922 TimeBeforeFloor "TIME_BEFORE_FLOOR" Stale "The time in the grant lies before the floor of this device's clock."
    923 NotTimeSource "NOT_TIME_SOURCE" Forbidden "The granter is not registered as a source of time, or gave none."
    924 TokenUnknown "TOKEN_UNKNOWN" Unauthenticated "The session token is not a live one."
    925 InvalidRole "INVALID_ROLE" Misuse "A role has at most 32 characters of a-z, 0-9, dot, underscore and hyphen."

    1001 CertificateMalformed "CERTIFICATE_MALFORMED" Malformed "A certificate is not DER, or not of the form that the profile allows."
    1002 CertificateTooLong "CERTIFICATE_TOO_LONG" Malformed "A certificate has more than 1,024 bytes, the chain more than 3,072, or an anchor's name more than 128."
    1003 ChainLength "CHAIN_LENGTH" Malformed "A chain has one to four certificates."
    1004 ChainNames "CHAIN_NAMES" Unauthenticated "The names don't lead from each certificate to the next, or one of them occurs twice."
    1005 UnknownAnchor "UNKNOWN_ANCHOR" Unauthenticated "The chain ends at no anchor that is installed here."
    1006 CertificateAlgorithm "CERTIFICATE_ALGORITHM" Malformed "A key is not on P-256, or a signature not ECDSA with SHA-256."
    1007 CertificateSignature "CERTIFICATE_SIGNATURE" Unauthenticated "A certificate's signature doesn't fit the key of its issuer."
    1008 CertificateExpired "CERTIFICATE_EXPIRED" Unauthenticated "The time of a certificate in the chain, or of its anchor, is over."
    1009 CertificateNotYetValid "CERTIFICATE_NOT_YET_VALID" Unauthenticated "The time of a certificate in the chain, or of its anchor, hasn't begun."
    1010 CriticalExtension "CRITICAL_EXTENSION" Malformed "A certificate has a critical extension that this profile doesn't know."
    1011 LeafIsIssuer "LEAF_IS_ISSUER" Unauthenticated "The first certificate of the chain is a certificate authority's."
    1012 LeafKeyUsage "LEAF_KEY_USAGE" Unauthenticated "The key usage must allow digital signatures, and no signing of certificates."
    1013 PurposeMissing "PURPOSE_MISSING" Unauthenticated "The extended key usage doesn't say that the certificate is for Sealwire."
    1014 NotAnIssuer "NOT_AN_ISSUER" Unauthenticated "A certificate that issued another one is not a certificate authority's, or has no name."
    1015 PathLength "PATH_LENGTH" Unauthenticated "More certificate authorities follow each other than one of them allows."
    1016 IdentityMissing "IDENTITY_MISSING" Unauthenticated "The certificate has no subject alternative name with a module ID."
    1017 IdentityAmbiguous "IDENTITY_AMBIGUOUS" Unauthenticated "The certificate has more than one module ID."
    1018 IdentityMalformed "IDENTITY_MALFORMED" Malformed "The module ID, a role or another name of Sealwire's in the certificate is not well formed."
    1019 IdentityOutside "IDENTITY_OUTSIDE" Unauthenticated "The module ID lies outside of what an issuer of the chain is registered for."
    1020 RoleOutside "ROLE_OUTSIDE" Unauthenticated "A role in the certificate is none that an issuer of the chain may give."
    1021 TimeSourceOutside "TIME_SOURCE_OUTSIDE" Unauthenticated "The certificate is a time source's, and an issuer of the chain may not make one."
    1022 IssuerUnregistered "ISSUER_UNREGISTERED" Unauthenticated "An authority between certificate and anchor is not registered here, and the anchor demands it."
    1023 NameConstraint "NAME_CONSTRAINT" Unauthenticated "A name constraint in the chain forbids a name of the certificate."
    1024 CertificateRevoked "CERTIFICATE_REVOKED" Unauthenticated "A certificate of the chain was revoked."
    1025 RevocationUnknown "REVOCATION_UNKNOWN" Unauthenticated "No list at hand says whether a certificate of the chain was revoked."
    1026 RevocationStale "REVOCATION_STALE" Stale "The list of revoked certificates should have been replaced by now."
    1027 RevocationOld "REVOCATION_OLD" Stale "A newer list of revoked certificates is known or demanded."
    1028 RevocationMalformed "REVOCATION_MALFORMED" Malformed "The list of revoked certificates is not well formed."
    1029 RevocationSignature "REVOCATION_SIGNATURE" Unauthenticated "The list of revoked certificates is not signed by who should have signed it."
    1030 IdentityMismatch "IDENTITY_MISMATCH" Unauthenticated "The certificate is another module's than the one that is expected."
    1031 DuplicateIssuer "DUPLICATE_ISSUER" Misuse "An anchor or authority with this key or this name is registered already."

    1101 MetadataCopy "METADATA_COPY" Malformed "A readable field of the message's metadata differs from what was sealed."
    1102 BodyMissing "BODY_MISSING" Forbidden "Level 4 and 5 prove a body, and this message was given without one."
    1103 ManagerMissing "MANAGER_MISSING" Misuse "No security manager is configured, so nothing is allowed."
    1104 LegacyForm "LEGACY_FORM" Malformed "The message isn't of the old text form, or of one that can be read in two ways."
    1105 LegacyNotAllowed "LEGACY_NOT_ALLOWED" Forbidden "The old text form isn't taken: nobody named it, or its time is over for this sender."
}

/// Hundreds that numbers of errors lie in, 0 to 99 included.
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "at compile time")]
const HUNDREDS: usize = match Error::ALL {
    [.., last] => last.number() as usize / 100 + 1,
    [] => 0,
};

/// How many errors come before those of each hundred.
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "at compile time"
)]
const BEFORE: [u8; HUNDREDS] = {
    let mut before = [0; HUNDREDS];
    let mut errors = Error::ALL;
    while let [error, rest @ ..] = errors {
        let mut hundred = error.number() as usize / 100 + 1;
        while hundred < before.len() {
            before[hundred] += 1;
            hundred += 1;
        }
        errors = rest;
    }
    before
};

impl Error {
    /// Its place in [`Error::ALL`]. Numbers run on within their hundred, so this needs neither a
    /// search nor a table of all.
    #[inline]
    pub(crate) fn place(self) -> usize {
        let number = self.number();
        let before = BEFORE.get(usize::from(number / 100)).copied().unwrap_or(0);
        usize::from(u16::from(before).wrapping_add(number % 100).wrapping_sub(1))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        f.write_str(": ")?;
        f.write_str(self.sentence())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_place_of_every_error() {
        for (place, error) in Error::ALL.iter().enumerate() {
            assert_eq!(error.place(), place, "{}", error.name());
        }
    }
}
