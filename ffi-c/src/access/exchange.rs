//! The requester's side of one exchange after the other: request, challenge, proof, grant.

use core::ffi::c_char;
use core::fmt::{self, Write};
use core::mem::size_of;

use sealwire_core::{
    AccessPlan, Error, Exchange, ExchangeError, ExchangeState, KeyId, Level, RoleId, RoleName,
    TimeRule,
};

use crate::access::credential::{Chosen, sealwire_access_engines, sealwire_credential};
use crate::access::session::{self, sealwire_session};
use crate::entropy::{Source, sealwire_entropy};
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::id::sealwire_id;
use crate::object::{self, Object};
use crate::raw::{Input, Output, Place, Span, disjoint, reference};
use crate::requirement::{level, truth};
use crate::sealer::tag_length;

/// Nothing was asked for, or all is over.
pub const SEALWIRE_EXCHANGE_IDLE: u8 = 0;
/// The request is there; a challenge is to come.
pub const SEALWIRE_EXCHANGE_AWAIT_CHALLENGE: u8 = 1;
/// The proof is there; a grant is to come.
pub const SEALWIRE_EXCHANGE_AWAIT_GRANT: u8 = 2;

const fn number(state: ExchangeState) -> u8 {
    match state {
        ExchangeState::Idle => SEALWIRE_EXCHANGE_IDLE,
        ExchangeState::AwaitChallenge => SEALWIRE_EXCHANGE_AWAIT_CHALLENGE,
        ExchangeState::AwaitGrant => SEALWIRE_EXCHANGE_AWAIT_GRANT,
    }
}

/// What a module asks for, and of whom. Zero what isn't needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_access_plan {
    /// The module that asks.
    pub own: sealwire_id,
    /// The one that it asks.
    pub granter: sealwire_id,
    /// What the granter shall put into its frames: free in this side's validator.
    pub key_id: u32,
    /// The level that it wants: 4 or 5.
    pub wanted: u8,
    /// The lowest that it takes: 4 or 5.
    pub lowest: u8,
    /// The tags of frames at level 4, in both directions: SEALWIRE_HMAC_SHA256 or
    /// SEALWIRE_HMAC_SHA256_128.
    pub algorithm: u8,
    /// 1: frames carry no time, in both directions, for a device without a clock. Else 0.
    pub counter_only: u8,
    /// The granter's role under this side's policy; 0 for none.
    pub granter_role: u8,
    /// 1: the granter is registered as a source of time. Else 0.
    pub is_time_source: u8,
    /// The role that it wants, at most 32 of a-z, 0-9, dot, underscore and hyphen; null for none.
    pub role: *const c_char,
    /// Bytes of `role`, without a NUL.
    pub role_len: usize,
}

impl sealwire_access_plan {
    fn role(&self) -> Result<Input<u8>, Error> {
        Input::new(self.role.cast::<u8>(), self.role_len)
    }

    /// # Safety
    /// The role is readable and apart from what the call writes.
    unsafe fn checked(&self) -> Result<AccessPlan, Error> {
        let time = truth(self.counter_only)?;
        let wanted: Level = level(self.wanted)?;
        Ok(AccessPlan {
            own: self.own.checked()?,
            granter: self.granter.checked()?,
            key_id: KeyId(self.key_id),
            // SAFETY: the caller's word.
            role: role_name(unsafe { self.role()?.read() })?,
            wanted,
            lowest: level(self.lowest)?,
            tag: tag_length(self.algorithm)?,
            time: if time { TimeRule::CounterOnly } else { TimeRule::Stamped },
            granter_role: RoleId(self.granter_role),
            is_time_source: truth(self.is_time_source)?,
        })
    }
}

/// A role's name as C has it.
///
/// # Errors
/// [`Error::InvalidRole`].
pub(crate) fn role_name(bytes: &[u8]) -> Result<RoleName, Error> {
    RoleName::new(core::str::from_utf8(bytes).map_err(|_| Error::InvalidRole)?)
}

/// Bytes of an exchange's storage.
pub const SEALWIRE_EXCHANGE_SIZE: usize = 1024;

/// The requester's side of one exchange after the other. Opaque storage of the caller's; see
/// "Objects". Holds secrets between request and grant.
#[repr(C)]
pub struct sealwire_exchange {
    /// The library's business.
    pub opaque: [u64; 128],
}

const _: () = assert!(size_of::<sealwire_exchange>() == SEALWIRE_EXCHANGE_SIZE);
const _: () = assert!(object::fits::<Body>());

struct Body {
    exchange: Exchange,
    failure: Option<ExchangeError>,
}

impl Object for Body {
    type Opaque = sealwire_exchange;
    const KIND: usize = 0xacce_5501;
}

impl Body {
    /// Keeps why a step wasn't made.
    fn made<T>(&mut self, step: Result<T, ExchangeError>) -> Result<T, Error> {
        self.failure = step.as_ref().err().copied();
        step.map_err(|failure| failure.error)
    }
}

/// Why a step of an exchange wasn't made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_exchange_failure {
    /// The status of the last step, 0 if it was made. SEALWIRE_ERR_ACCESS_STATE for a call out
    /// of order.
    pub status: i32,
    /// Where the exchange stood then, and stands: SEALWIRE_EXCHANGE_….
    pub state: u8,
    /// Where it must at least stand for that call.
    pub needs: u8,
}

/// Makes an exchange in which nothing was asked for yet. `size` is `sizeof *exchange`.
///
/// Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. An exchange is used by one thread
/// at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_init(
    exchange: *mut sealwire_exchange,
    size: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<Body>(exchange, size) }?;
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(Body { exchange: Exchange::new(), failure: None }) };
        Ok(())
    };
    status(init())
}

/// Begins, or begins again with all fresh: a new key and a new nonce. What was before is wiped,
/// once the new beginning succeeds. The request is then there.
///
/// Plan, credential and engines are used during the call only; `engines` needs its agreement
/// here. Costs a scalar multiplication. Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for levels other
/// than 4 and 5, a lowest one above the wanted, an unknown algorithm or credential,
/// SEALWIRE_ERR_INVALID_ID (also for a module that asks itself), SEALWIRE_ERR_INVALID_ROLE,
/// SEALWIRE_ERR_SECRET_LEVEL where a secret can't reach the lowest level,
/// SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_NO_ENTROPY,
/// SEALWIRE_ERR_ENGINE_FAILED, or misuse; what was before is as it was then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_begin(
    exchange: *mut sealwire_exchange,
    plan: *const sealwire_access_plan,
    credential: *const sealwire_credential,
    engines: *const sealwire_access_engines,
    entropy: *const sealwire_entropy,
) -> i32 {
    let begin = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(exchange) }?;
        // SAFETY: readable by the caller's word; overlap is refused below.
        let (plan_in, credential_in) = unsafe { (reference(plan)?, reference(credential)?) };
        // SAFETY: as above.
        let chosen = unsafe { Chosen::read(engines) }?;
        // SAFETY: as above.
        let mut source = Source::new(unsafe { reference(entropy) }?)?;
        let [one, two, three, four] = chosen.spans;
        let (role, key) = (plan_in.role()?.span, credential_in.bytes()?.span);
        let [own, plan, lent] =
            [Span::of_one(exchange), Span::of_one(plan), Span::of_one(credential)];
        let read = [plan, lent, role, key, one, two, three, four, Span::of_one(entropy)];
        disjoint(&[own], &read)?;
        // SAFETY: readable by the caller's word, apart from the object.
        let (plan, held) = unsafe { (plan_in.checked()?, credential_in.read(&[own])?) };
        // SAFETY: alive, nobody else's by the caller's word.
        let body = unsafe { &mut *body };
        let agreement = &chosen.engines.agreement;
        let begun = held.lend(|held| body.exchange.begin(&plan, held, agreement, &mut source));
        body.made(begun)
    };
    status(begin())
}

/// The request, as often as it takes: always the same bytes, at most SEALWIRE_MAX_REQUEST.
///
/// `*len` becomes the length, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_ACCESS_STATE before sealwire_exchange_begin, SEALWIRE_ERR_BUFFER_TOO_SMALL, or
/// misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_request(
    exchange: *mut sealwire_exchange,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { show(exchange, out, cap, len, Exchange::request) })
}

/// The proof, as often as it takes: always the same bytes, at most SEALWIRE_MAX_PROOF. With a chain
/// as credential, this side's chain is sent right behind it, in the same message.
///
/// Returns as sealwire_exchange_request; SEALWIRE_ERR_ACCESS_STATE before a challenge came.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_proof(
    exchange: *mut sealwire_exchange,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { show(exchange, out, cap, len, Exchange::proof) })
}

/// # Safety
/// As the header says.
unsafe fn show(
    exchange: *mut sealwire_exchange,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    message: fn(&Exchange) -> Result<&[u8], ExchangeError>,
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(exchange) }?;
    let out = FixedOutput::new(out, cap, len)?;
    disjoint(&out.spans(), &[Span::of_one(exchange)])?;
    // SAFETY: alive, nobody else's by the caller's word.
    let body = unsafe { &mut *body };
    match message(&body.exchange) {
        // SAFETY: writable by the caller's word, apart from the object.
        Ok(bytes) => unsafe {
            out.is_large_enough(bytes.len())?;
            out.fill(bytes);
            Ok(())
        },
        Err(failure) => body.made(Err(failure)),
    }
}

/// Answers a challenge: the proof is there then. Also for another challenge to the same request,
/// when the proof, sent again, gets no answer; the proof is then another.
///
/// `tick` is in µs by a counter that only goes up. Costs a scalar multiplication, and with a key
/// a signature. Returns 0, SEALWIRE_ERR_ACCESS_STATE before sealwire_exchange_begin,
/// SEALWIRE_ERR_ACCESS_KIND, SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE for a
/// challenge to another request, SEALWIRE_ERR_CREDENTIAL_KIND for another kind than at the
/// beginning, SEALWIRE_ERR_NO_ENGINE for a key without a signer, SEALWIRE_ERR_ENGINE_FAILED, or
/// misuse; the exchange stands where it stood then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_challenge(
    exchange: *mut sealwire_exchange,
    challenge: *const u8,
    challenge_len: usize,
    tick: u64,
    credential: *const sealwire_credential,
    engines: *const sealwire_access_engines,
) -> i32 {
    let answer = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let mut step =
            unsafe { Step::new(exchange, challenge, challenge_len, credential, engines) }?;
        let written = [Span::of_one(exchange)];
        disjoint(&written, &step.read)?;
        // SAFETY: readable by the caller's word, apart from the object.
        let (challenge, held) = unsafe { (step.message.read(), step.credential.read(&written)?) };
        // SAFETY: alive, nobody else's by the caller's word.
        let body = unsafe { &mut *step.body };
        let engines = &mut step.chosen.engines;
        let made = held.lend(|held| body.exchange.challenge(challenge, tick, held, engines));
        body.made(made)
    };
    status(answer())
}

/// Takes a grant, or the refusal in its place. The exchange is over after a grant, and `session`
/// is initialised; `session_size` is `sizeof *session`.
///
/// `tick` as before. Costs nothing of curves with a secret, a verification with a key. Returns 0,
/// SEALWIRE_ERR_ACCESS_STATE before a challenge was answered, SEALWIRE_ERR_ACCESS_KIND,
/// SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE, SEALWIRE_ERR_ACCESS_MAC_WRONG,
/// SEALWIRE_ERR_ACCESS_SIGNATURE_WRONG, SEALWIRE_ERR_LEVEL_NOT_GRANTED for a level that wasn't
/// asked for, SEALWIRE_ERR_SESSION_UNKNOWN 30 s after the proof was first there (begin again),
/// SEALWIRE_ERR_ACCESS_FORBIDDEN or SEALWIRE_ERR_ACCESS_UNAVAILABLE if the granter refuses,
/// SEALWIRE_ERR_CREDENTIAL_KIND, SEALWIRE_ERR_NO_ENGINE for a key without a verifier,
/// SEALWIRE_ERR_ENGINE_FAILED; of the granter's chain as sealwire_trust_store_check, and
/// SEALWIRE_ERR_IDENTITY_MISMATCH if it is another module's; or misuse. The exchange stands where it
/// stood then, and `session` is untouched.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_grant(
    exchange: *mut sealwire_exchange,
    grant: *const u8,
    grant_len: usize,
    tick: u64,
    credential: *const sealwire_credential,
    engines: *const sealwire_access_engines,
    session: *mut sealwire_session,
    session_size: usize,
) -> i32 {
    let take = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let step = unsafe { Step::new(exchange, grant, grant_len, credential, engines) }?;
        let written = [Span::of_one(exchange), Span::of_one(session)];
        disjoint(&written, &step.read)?;
        let fresh = session::place(session, session_size)?;
        // SAFETY: readable by the caller's word, apart from both objects.
        let (grant, held) = unsafe { (step.message.read(), step.credential.read(&written)?) };
        // SAFETY: alive, nobody else's by the caller's word.
        let body = unsafe { &mut *step.body };
        let engines = &step.chosen.engines;
        let granted = held.lend(|held| body.exchange.grant(grant, tick, held, engines));
        // SAFETY: as above.
        unsafe { session::fill(fresh, body.made(granted)?) };
        Ok(())
    };
    status(take())
}

/// What the two steps that take a message have in common: pointers that were looked at.
struct Step<'a> {
    body: *mut Body,
    message: Input<u8>,
    credential: &'a sealwire_credential,
    chosen: Chosen,
    read: [Span; 7],
}

impl Step<'_> {
    /// # Safety
    /// As the header says.
    unsafe fn new(
        exchange: *mut sealwire_exchange,
        message: *const u8,
        message_len: usize,
        credential: *const sealwire_credential,
        engines: *const sealwire_access_engines,
    ) -> Result<Self, Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(exchange) }?;
        let message = Input::new(message, message_len)?;
        // SAFETY: readable by the caller's word; overlap is refused by the caller of this.
        let given = unsafe { reference(credential) }?;
        // SAFETY: as above.
        let chosen = unsafe { Chosen::read(engines) }?;
        let [one, two, three, four] = chosen.spans;
        let (lent, key) = (Span::of_one(credential), given.bytes()?.span);
        let read = [message.span, lent, key, one, two, three, four];
        Ok(Self { body, message, credential: given, chosen, read })
    }
}

/// Gives up; what there was is wiped, and the exchange is idle.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_abandon(exchange: *mut sealwire_exchange) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<Body>(exchange) }.map(|body| {
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).exchange.abandon() };
    }))
}

/// Where the exchange stands: SEALWIRE_EXCHANGE_….
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_state(
    exchange: *const sealwire_exchange,
    state: *mut u8,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(exchange) }?;
        let state = Place::new(state)?;
        disjoint(&[state.span], &[Span::of_one(exchange)])?;
        // SAFETY: alive; writable by the caller's word.
        unsafe { state.set(number((*body).exchange.state())) };
        Ok(())
    };
    status(tell())
}

/// Why the last step wasn't made: in which state the exchange stands and which the call needs.
///
/// Steps are _begin, _request, _challenge, _proof and _grant; a call that was refused as misuse of
/// pointers is none. Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_last_failure(
    exchange: *const sealwire_exchange,
    failure: *mut sealwire_exchange_failure,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(exchange) }?;
        let place = Place::new(failure)?;
        disjoint(&[place.span], &[Span::of_one(exchange)])?;
        // SAFETY: alive.
        let body = unsafe { &*body };
        let state = number(body.exchange.state());
        let told = body.failure.map_or(
            sealwire_exchange_failure { status: 0, state, needs: state },
            |failure| sealwire_exchange_failure {
                status: i32::from(failure.error.number()),
                state: number(failure.state),
                needs: number(failure.needs),
            },
        );
        // SAFETY: writable by the caller's word.
        unsafe { place.set(told) };
        Ok(())
    };
    status(tell())
}

/// Bytes that are enough for sealwire_exchange_explain, with the NUL.
pub const SEALWIRE_EXPLANATION_SIZE: usize = 256;

/// The same as one sentence for a person, with a NUL: "ACCESS_STATE: the state is 'idle', the call
/// needs 'await grant'". Empty if the last step was made. Contains no secret.
///
/// `cap` is at least SEALWIRE_EXPLANATION_SIZE, else `*len` becomes that; `*len` becomes the
/// length without the NUL. Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_explain(
    exchange: *const sealwire_exchange,
    out: *mut c_char,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let explain = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(exchange) }?;
        let out = Output::new(out.cast::<u8>(), cap)?;
        let len = Place::new(len)?;
        disjoint(&[out.span, len.span], &[Span::of_one(exchange)])?;
        if cap < SEALWIRE_EXPLANATION_SIZE {
            // SAFETY: writable by the caller's word.
            unsafe { len.set(SEALWIRE_EXPLANATION_SIZE) };
            return Err(Error::BufferTooSmall);
        }
        // SAFETY: writable by the caller's word, apart from the object.
        let place = unsafe { out.write() }.get_mut(..SEALWIRE_EXPLANATION_SIZE);
        let mut text = Text { place: place.unwrap_or_default(), len: 0 };
        // SAFETY: alive.
        if let Some(failure) = unsafe { (*body).failure } {
            // A sentence that is too long is cut.
            let _ = write!(text, "{failure}");
        }
        // SAFETY: writable by the caller's word.
        unsafe { len.set(text.end()) };
        Ok(())
    };
    status(explain())
}

/// Text in C's memory, with room for its NUL.
struct Text<'a> {
    place: &'a mut [u8],
    len: usize,
}

impl Text<'_> {
    fn end(self) -> usize {
        if let Some(nul) = self.place.get_mut(self.len) {
            *nul = 0;
        }
        self.len
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            let next = self.len.saturating_add(1);
            let place = self.place.get_mut(self.len).filter(|_| next < SEALWIRE_EXPLANATION_SIZE);
            *place.ok_or(fmt::Error)? = byte;
            self.len = next;
        }
        Ok(())
    }
}

/// Ends an exchange and wipes its storage.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_exchange_destroy(exchange: *mut sealwire_exchange) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<Body>(exchange) }.map(|body| {
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(exchange, body) };
    }))
}

/// The size of an exchange's storage in this library: SEALWIRE_EXCHANGE_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_exchange_size() -> usize {
    SEALWIRE_EXCHANGE_SIZE
}
