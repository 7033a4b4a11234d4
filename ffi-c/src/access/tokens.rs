//! Session tokens of many modules: what stands for them at level 2, and for nothing higher.

use core::mem::size_of;

use sealwire_core::{Error, TokenSlot, Tokens};

use crate::access::session::{SEALWIRE_TOKEN_SIZE, sealwire_session, shared as session_of};
use crate::errors::status;
use crate::id::sealwire_id;
use crate::object::{self, Object};
use crate::raw::{Input, Output, Place, Span, disjoint, reference};
use crate::validator::storage;

/// Bytes of the storage for a table of tokens.
pub const SEALWIRE_TOKENS_SIZE: usize = 64;
/// Bytes of one token's slot.
pub const SEALWIRE_TOKEN_SLOT_SIZE: usize = 64;

/// The tokens of live sessions, one a module, kept as hashes. Opaque storage of the caller's; see
/// "Objects".
#[repr(C)]
pub struct sealwire_tokens {
    /// The library's business.
    pub opaque: [u64; 8],
}

/// Storage for one module's token.
#[repr(C)]
pub struct sealwire_token_slot {
    /// The library's business.
    pub opaque: [u64; 8],
}

const _: () = assert!(size_of::<sealwire_tokens>() == SEALWIRE_TOKENS_SIZE);
const _: () = assert!(object::fits::<Body>());
const _: () = assert!(size_of::<sealwire_token_slot>() == SEALWIRE_TOKEN_SLOT_SIZE);
const _: () = assert!(size_of::<TokenSlot>() == SEALWIRE_TOKEN_SLOT_SIZE);
const _: () = assert!(align_of::<TokenSlot>() <= align_of::<sealwire_token_slot>());

struct Body {
    core: Tokens<&'static mut [TokenSlot]>,
    slots: Output<TokenSlot>,
}

impl Object for Body {
    type Opaque = sealwire_tokens;
    const KIND: usize = 0xacce_5506;
}

/// Makes a table without tokens. `size` is `sizeof *tokens`; the slots, `slots_size` bytes of
/// them, are lent to it until sealwire_tokens_destroy.
///
/// Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Used by one thread at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_tokens_init(
    tokens: *mut sealwire_tokens,
    size: usize,
    slots: *mut sealwire_token_slot,
    slots_size: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        let slots = storage::<TokenSlot>(slots.cast(), slots_size)?;
        disjoint(&[Span::of_one(tokens), slots.span], &[])?;
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<Body>(tokens, size) }?;
        // SAFETY: lent for as long as the object lives, and apart from all else.
        let core = Tokens::new(unsafe { slots.emptied(|| TokenSlot::EMPTY) });
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(Body { core, slots }) };
        Ok(())
    };
    status(init())
}

/// Keeps the token of a session, in the place of the module's last one.
///
/// Returns 0, SEALWIRE_ERR_TABLE_FULL, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_tokens_keep(
    tokens: *mut sealwire_tokens,
    session: *const sealwire_session,
    tick: u64,
) -> i32 {
    let keep = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(tokens) }?;
        disjoint(&[Span::of_one(tokens)], &[Span::of_one(session)])?;
        // SAFETY: readable by the caller's word, apart from the table.
        let session = unsafe { session_of(session) }?;
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).core.keep(session, tick) }
    };
    status(keep())
}

/// Whose token this is, SEALWIRE_TOKEN_SIZE bytes: at level 2 and no higher, since whoever read it
/// has it. The time it takes tells nothing of the tokens that are kept. `role` may be null.
///
/// Returns 0, SEALWIRE_ERR_TOKEN_UNKNOWN, SEALWIRE_ERR_KEY_LENGTH, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_tokens_check(
    tokens: *const sealwire_tokens,
    token: *const u8,
    token_len: usize,
    tick: u64,
    module: *mut sealwire_id,
    role: *mut u8,
) -> i32 {
    let check = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(tokens) }?;
        let token = Input::new(token, token_len)?;
        let (module_place, role_place) = (Place::new(module)?, Place::optional(role)?);
        let written = [module_place.span, role_place.span];
        disjoint(&written, &[Span::of_one(tokens), token.span])?;
        // SAFETY: readable by the caller's word, apart from the outputs.
        let token: &[u8; SEALWIRE_TOKEN_SIZE] =
            unsafe { token.read() }.try_into().map_err(|_| Error::KeyLength)?;
        // SAFETY: alive.
        let (id, granted) = unsafe { (*body).core.check(token, tick) }?;
        // SAFETY: writable by the caller's word.
        unsafe { module_place.set(sealwire_id::of(Some(id))) };
        // SAFETY: as above.
        unsafe { role_place.set(granted.0) };
        Ok(())
    };
    status(check())
}

/// Forgets a module's token.
///
/// Returns 0, SEALWIRE_ERR_TOKEN_UNKNOWN, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_tokens_revoke(
    tokens: *mut sealwire_tokens,
    module: *const sealwire_id,
) -> i32 {
    let revoke = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(tokens) }?;
        disjoint(&[Span::of_one(tokens)], &[Span::of_one(module)])?;
        // SAFETY: readable by the caller's word, apart from the table.
        let module = unsafe { reference(module) }?.checked()?;
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).core.revoke(&module) }
    };
    status(revoke())
}

/// Ends a table of tokens and wipes it, slots included.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_tokens_destroy(tokens: *mut sealwire_tokens) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(tokens) }?;
        // SAFETY: alive.
        let slots = unsafe { (*body).slots };
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(tokens, body) };
        // SAFETY: lent until now, and used by nobody any more.
        unsafe { slots.write() }.fill_with(|| TokenSlot::EMPTY);
        Ok(())
    };
    status(destroy())
}

/// The size of that storage in this library: SEALWIRE_TOKENS_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_tokens_size() -> usize {
    SEALWIRE_TOKENS_SIZE
}

/// The size of a token's slot in this library: SEALWIRE_TOKEN_SLOT_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_token_slot_size() -> usize {
    SEALWIRE_TOKEN_SLOT_SIZE
}
