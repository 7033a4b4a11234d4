//! What there is of messages: their sizes and kinds.

use sealwire_core::{AccessMessage, Error};

use crate::errors::status;
use crate::raw::{Input, Place, disjoint};

/// The most bytes of a request.
pub const SEALWIRE_MAX_REQUEST: usize = 160;
/// The most bytes of a challenge, and the capacity that sealwire_granter_challenge asks for.
pub const SEALWIRE_MAX_CHALLENGE: usize = 128;
/// The most bytes of a proof.
pub const SEALWIRE_MAX_PROOF: usize = 320;
/// The most bytes of a grant or a refusal, and the capacity that sealwire_granter_grant asks for.
pub const SEALWIRE_MAX_GRANT: usize = 192;
/// The most bytes of a transport source.
pub const SEALWIRE_MAX_SOURCE: usize = 64;
/// How long a granter keeps a session of which no frame came, in µs: 30 s.
pub const SEALWIRE_UNCONFIRMED: u64 = 30_000_000;

const _: () = assert!(SEALWIRE_MAX_PROOF == sealwire_core::MAX_PROOF);
const _: () = assert!(SEALWIRE_MAX_REQUEST <= sealwire_core::MAX_ACCESS_MESSAGE);
const _: () = assert!(SEALWIRE_UNCONFIRMED == sealwire_core::UNCONFIRMED);

/// No message of the exchange: a frame, say.
pub const SEALWIRE_ACCESS_NONE: u8 = 0;
/// Requester to granter: who asks whom for what.
pub const SEALWIRE_ACCESS_REQUEST: u8 = 1;
/// Granter to requester: what the proof must contain.
pub const SEALWIRE_ACCESS_CHALLENGE: u8 = 2;
/// Requester to granter: who it is.
pub const SEALWIRE_ACCESS_PROOF: u8 = 3;
/// Granter to requester: who it is, and the session.
pub const SEALWIRE_ACCESS_GRANT: u8 = 4;
/// Granter to requester, in the grant's place: why not.
pub const SEALWIRE_ACCESS_REFUSAL: u8 = 5;

/// Which message of the exchange some bytes begin as, for who has frames and these on one line.
/// Says nothing about the rest of them.
///
/// `*kind` becomes one of SEALWIRE_ACCESS_…. Returns 0 or misuse of pointers. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_access_kind(
    message: *const u8,
    message_len: usize,
    kind: *mut u8,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let message = Input::new(message, message_len)?;
        let kind = Place::new(kind)?;
        disjoint(&[kind.span], &[message.span])?;
        // SAFETY: readable by the caller's word, apart from the output.
        let number = match AccessMessage::of(unsafe { message.read() }) {
            None => SEALWIRE_ACCESS_NONE,
            Some(AccessMessage::Request) => SEALWIRE_ACCESS_REQUEST,
            Some(AccessMessage::Challenge) => SEALWIRE_ACCESS_CHALLENGE,
            Some(AccessMessage::Proof) => SEALWIRE_ACCESS_PROOF,
            Some(AccessMessage::Grant) => SEALWIRE_ACCESS_GRANT,
            Some(AccessMessage::Refusal) => SEALWIRE_ACCESS_REFUSAL,
        };
        // SAFETY: writable by the caller's word.
        unsafe { kind.set(number) };
        Ok(())
    };
    status(tell())
}
