//! The two hashes over all that was said, and the strings that are MACed and signed
//! (`PROTOCOL.md` §12.4). Each begins with a label of its own, none of which begins another.

use crate::access::message::MAC_LEN;
use crate::crypto::kdf::hmac_of;
use crate::crypto::p256::PublicKey;
use crate::crypto::sha256::{self, DIGEST_LEN};
use crate::ct;

/// A hash over what was said so far.
pub(crate) type Transcript = [u8; DIGEST_LEN];

const REQUESTED: &[u8] = b"sealwire/1 access transcript of the proof";
const GRANTED: &[u8] = b"sealwire/1 access transcript of the grant";
const REFUSED: &[u8] = b"sealwire/1 access transcript of the refusal";

/// Who says it and how: what a MAC or a signature begins with.
#[derive(Clone, Copy)]
pub(crate) enum Said {
    Proof,
    Grant,
    Refusal,
}

impl Said {
    const fn mac_label(self) -> &'static [u8] {
        match self {
            Self::Proof => b"sealwire/1 access proof MAC",
            Self::Grant => b"sealwire/1 access grant MAC",
            Self::Refusal => b"sealwire/1 access refusal MAC",
        }
    }

    const fn signature_label(self) -> &'static [u8] {
        match self {
            Self::Proof => b"sealwire/1 access proof signature",
            Self::Grant => b"sealwire/1 access grant signature",
            Self::Refusal => b"sealwire/1 access refusal signature",
        }
    }
}

/// Request and challenge as they travelled, and the requester's key and chain, if they are its
/// credential.
pub(crate) fn of_proof(
    request: &[u8],
    challenge: &[u8],
    requester: Option<&PublicKey>,
    tail: Tail,
) -> Transcript {
    sha256::digest(&[REQUESTED, request, challenge, xy(requester), hash(&tail)])
}

/// All before, the proof's authenticator, the grant without its own, and the granter's key and
/// chain, if they are its credential.
pub(crate) fn of_grant(
    proof: &Transcript,
    authenticator: &[u8],
    grant: &[u8],
    granter: Option<&PublicKey>,
    tail: Tail,
) -> Transcript {
    sha256::digest(&[GRANTED, proof, authenticator, grant, xy(granter), hash(&tail)])
}

/// As [`of_grant`], for what comes in a grant's place.
pub(crate) fn of_refusal(proof: &Transcript, authenticator: &[u8], refusal: &[u8]) -> Transcript {
    sha256::digest(&[REFUSED, proof, authenticator, refusal])
}

/// What follows an authenticator, hashed: a chain, and before it in a grant the lowest number of a
/// list. None but for credential 3.
pub(crate) type Tail = Option<[u8; DIGEST_LEN]>;

/// Its hash, of parts that follow each other.
#[cfg(feature = "x509")]
pub(crate) fn tail(parts: &[&[u8]]) -> Tail {
    Some(sha256::digest(parts))
}

fn hash(tail: &Tail) -> &[u8] {
    tail.as_ref().map_or(&[], |hash| hash)
}

fn xy(key: Option<&PublicKey>) -> &[u8] {
    key.map_or(&[], |key| key.as_xy())
}

/// What is signed.
pub(crate) fn signed(said: Said, transcript: &Transcript) -> [&[u8]; 2] {
    [said.signature_label(), transcript]
}

/// The MAC over the transcript and the signature, if there is one.
pub(crate) fn mac(
    key: &[u8; 32],
    said: Said,
    transcript: &Transcript,
    signature: &[u8],
) -> [u8; MAC_LEN] {
    hmac_of(key, &[said.mac_label(), transcript, signature])
}

/// Whether `mac` is that MAC, in constant time.
pub(crate) fn mac_is_right(
    key: &[u8; 32],
    said: Said,
    transcript: &Transcript,
    signature: &[u8],
    mac: &[u8; MAC_LEN],
) -> bool {
    ct::eq(mac, &self::mac(key, said, transcript, signature))
}
