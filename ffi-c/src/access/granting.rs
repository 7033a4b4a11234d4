//! The granter's two steps of an exchange, and sending on the sessions that come of it.

use sealwire_core::{Error, KeyId, Level, Moment, Outcome, Sealed};

use crate::access::credential::{Chosen, sealwire_access_engines};
use crate::access::granter::{both, exclusive, sealwire_granter};
use crate::access::message::{SEALWIRE_MAX_CHALLENGE, SEALWIRE_MAX_GRANT};
use crate::access::session::{self, sealwire_session, sealwire_session_info};
use crate::context::sealwire_context;
use crate::entropy::{Source, sealwire_entropy};
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::object::Fresh;
use crate::raw::{Input, Place, Span, disjoint, reference};
use crate::seal::{Call, Failure, Form, Job, Seal, sealwire_sealed};
use crate::signer::{Borrowed, sealwire_signer};
use crate::validator::sealwire_validator;

/// A message of an exchange that came: what, from where, when.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_access_arrival {
    /// The message.
    pub message: *const u8,
    /// Bytes of it.
    pub message_len: usize,
    /// Where it came from, as the transport tells it: an address and port, say; at most
    /// SEALWIRE_MAX_SOURCE bytes. Null for none. Request and proof of one exchange have the same.
    pub source: *const u8,
    /// Bytes of it.
    pub source_len: usize,
    /// When, in µs by a counter that only goes up.
    pub tick: u64,
    /// When, in µs since the Unix epoch, or SEALWIRE_NO_CLOCK: what a grant tells of the time, and
    /// what sessions whose frames carry a time need. Not looked at for a request.
    pub now: u64,
}

/// The parts of an arrival that are read.
struct Arrival<'a> {
    given: &'a sealwire_access_arrival,
    message: Input<u8>,
    source: Input<u8>,
    spans: [Span; 3],
}

impl Arrival<'_> {
    /// # Errors
    /// Misuse of pointers.
    ///
    /// # Safety
    /// The struct is readable.
    unsafe fn new(arrival: *const sealwire_access_arrival) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let given = unsafe { reference(arrival) }?;
        let message = Input::new(given.message, given.message_len)?;
        let source = Input::new(given.source, given.source_len)?;
        let spans = [Span::of_one(arrival), message.span, source.span];
        Ok(Self { given, message, source, spans })
    }
}

/// Answers a request with a challenge, whoever it is from, and remembers nothing of it.
///
/// `engines` needs its agreement here. `*len` becomes the length; `cap` is at least
/// SEALWIRE_MAX_CHALLENGE, else `*len` becomes that. Costs hashes, and a scalar multiplication
/// every 30 s.
///
/// Returns 0, SEALWIRE_ERR_ACCESS_KIND, SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE
/// for another granter's request, SEALWIRE_ERR_INVALID_ARGUMENT for a source that is too long,
/// SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_ENGINE_FAILED, or misuse;
/// nothing is sent then. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_challenge(
    granter: *mut sealwire_granter,
    request: *const sealwire_access_arrival,
    engines: *const sealwire_access_engines,
    entropy: *const sealwire_entropy,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let answer = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(granter) }?;
        // SAFETY: readable by the caller's word; overlap is refused below.
        let (arrival, chosen) = unsafe { (Arrival::new(request)?, Chosen::read(engines)?) };
        // SAFETY: as above.
        let mut source = Source::new(unsafe { reference(entropy) }?)?;
        let place = FixedOutput::new(out, cap, len)?;
        let ([bytes, length], [one, two, three]) = (place.spans(), arrival.spans);
        let [four, five, six, seven] = chosen.spans;
        let read = [one, two, three, four, five, six, seven, Span::of_one(entropy)];
        disjoint(&[Span::of_one(granter), bytes, length], &read)?;
        // SAFETY: writable by the caller's word.
        unsafe { place.is_large_enough(SEALWIRE_MAX_CHALLENGE) }?;
        let mut challenge = [0; SEALWIRE_MAX_CHALLENGE];
        // SAFETY: readable by the caller's word, apart from all that is written.
        let (message, from) = unsafe { (arrival.message.read(), arrival.source.read()) };
        let agreement = &chosen.engines.agreement;
        let tick = arrival.given.tick;
        let written =
            core.challenge(message, from, tick, agreement, &mut source, &mut challenge)?;
        // SAFETY: writable by the caller's word, apart from all else.
        unsafe { place.fill(challenge.get(..written).unwrap_or_default()) };
        Ok(())
    };
    status(answer())
}

/// A session was granted; nobody used it yet. Its keys are with the validator.
pub const SEALWIRE_GRANTED: u8 = 1;
/// The same proof came before; the same answer goes again.
pub const SEALWIRE_GRANTED_AGAIN: u8 = 2;
/// The module is who it says, and gets no session. The answer says so.
pub const SEALWIRE_GRANT_REFUSED: u8 = 3;

/// What happened to a proof that was right.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_granted {
    /// SEALWIRE_GRANTED, SEALWIRE_GRANTED_AGAIN or SEALWIRE_GRANT_REFUSED.
    pub outcome: u8,
    /// Why there is no session, with SEALWIRE_GRANT_REFUSED: for this side only, the module learns
    /// the class. Else 0.
    pub why: i32,
    /// With SEALWIRE_GRANTED: the session. Else zeros, without times.
    pub session: sealwire_session_info,
}

/// Checks a proof and answers it with a grant, or with a refusal if the module is who it says. What
/// the module will send is registered with `validator` at once, so that its first frame can
/// confirm the session.
///
/// `validator` is the one with this granter's ID; for sessions of level 5 it needs a verifier.
/// `*len` becomes the length of what to send back; `cap` is at least SEALWIRE_MAX_GRANT, else
/// `*len` becomes that. `session` may be null: it is for who needs the session's token or
/// hmac_key, is initialised with SEALWIRE_GRANTED only and else untouched; `session_size` is
/// `sizeof *session`.
///
/// Returns 0 if there is something to send back. Else why not, and nothing changed:
/// SEALWIRE_ERR_ACCESS_KIND, SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE,
/// SEALWIRE_ERR_COOKIE_WRONG, SEALWIRE_ERR_COOKIE_EXPIRED, SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE,
/// SEALWIRE_ERR_CREDENTIAL_KIND, SEALWIRE_ERR_ACCESS_REPLAYED, SEALWIRE_ERR_ACCESS_MAC_WRONG,
/// SEALWIRE_ERR_ACCESS_BUSY, SEALWIRE_ERR_ACCESS_SIGNATURE_WRONG, SEALWIRE_ERR_NO_ENGINE for a key
/// without a verifier in `engines`, SEALWIRE_ERR_ENGINE_FAILED, SEALWIRE_ERR_INVALID_ARGUMENT for a
/// source that is too long, SEALWIRE_ERR_TIMESTAMP_RANGE, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
/// Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_grant(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    proof: *const sealwire_access_arrival,
    engines: *const sealwire_access_engines,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    granted: *mut sealwire_granted,
    session: *mut sealwire_session,
    session_size: usize,
) -> i32 {
    let grant = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let mut step = unsafe {
            Proving::new(
                (granter, validator),
                proof,
                engines,
                (out, cap, len),
                granted,
                (session, session_size),
            )
        }?;
        // SAFETY: writable by the caller's word.
        unsafe { step.place.is_large_enough(SEALWIRE_MAX_GRANT) }?;
        // SAFETY: nobody else's by the caller's word.
        let (core, mut keys) = unsafe { both(granter, validator, &[]) }?;
        let mut answer = [0; SEALWIRE_MAX_GRANT];
        let engines = &mut step.chosen.engines;
        let given =
            core.grant(step.message, step.source, step.at, engines, &mut keys, &mut answer)?;
        // SAFETY: writable by the caller's word, apart from all else.
        unsafe {
            step.place.fill(answer.get(..given.len()).unwrap_or_default());
            step.tell(given.outcome);
        }
        Ok(())
    };
    status(grant())
}

/// What granting on a secret, a key and a chain have in common: pointers that were looked at.
pub(crate) struct Proving<'a> {
    pub(crate) message: &'a [u8],
    pub(crate) source: &'a [u8],
    pub(crate) at: Moment,
    pub(crate) chosen: Chosen,
    pub(crate) place: FixedOutput,
    /// All that the call writes.
    #[cfg_attr(not(feature = "x509"), allow(dead_code, reason = "a chain is looked at later"))]
    pub(crate) written: [Span; 6],
    told: Place<sealwire_granted>,
    fresh: Option<Fresh<session::Body>>,
}

impl Proving<'_> {
    /// # Errors
    /// Misuse of pointers, [`Error::TimestampRange`].
    ///
    /// # Safety
    /// As the header says.
    pub(crate) unsafe fn new(
        (granter, validator): (*mut sealwire_granter, *mut sealwire_validator),
        proof: *const sealwire_access_arrival,
        engines: *const sealwire_access_engines,
        (out, cap, len): (*mut u8, usize, *mut usize),
        granted: *mut sealwire_granted,
        (session, session_size): (*mut sealwire_session, usize),
    ) -> Result<Self, Error> {
        // SAFETY: readable by the caller's word; overlap is refused below.
        let (arrival, chosen) = unsafe { (Arrival::new(proof)?, Chosen::read(engines)?) };
        let place = FixedOutput::new(out, cap, len)?;
        let told = Place::optional(granted)?;
        let [bytes, length] = place.spans();
        let [one, two] = [Span::of_one(granter), Span::of_one(validator)];
        let written = [one, two, bytes, length, told.span, Span::of_one(session)];
        let [one, two, three] = arrival.spans;
        let [four, five, six, seven] = chosen.spans;
        disjoint(&written, &[one, two, three, four, five, six, seven])?;
        let fresh =
            if session.is_null() { None } else { Some(session::place(session, session_size)?) };
        let at = Moment { tick: arrival.given.tick, now: crate::time::now(arrival.given.now)? };
        // SAFETY: readable by the caller's word, apart from all that is written.
        let (message, source) = unsafe { (arrival.message.read(), arrival.source.read()) };
        Ok(Self { message, source, at, chosen, place, written, told, fresh })
    }

    /// Tells what came of it.
    ///
    /// # Safety
    /// What the caller named is writable.
    pub(crate) unsafe fn tell(self, outcome: Outcome) {
        let (number, why, info) = match &outcome {
            Outcome::Granted(session) => (SEALWIRE_GRANTED, 0, sealwire_session_info::of(session)),
            Outcome::Again => (SEALWIRE_GRANTED_AGAIN, 0, sealwire_session_info::NONE),
            Outcome::Refused(error) => {
                let why = i32::from(error.number());
                (SEALWIRE_GRANT_REFUSED, why, sealwire_session_info::NONE)
            }
        };
        // SAFETY: the caller's word.
        unsafe { self.told.set(sealwire_granted { outcome: number, why, session: info }) };
        if let (Some(fresh), Outcome::Granted(session)) = (self.fresh, outcome) {
            // SAFETY: as above.
            unsafe { session::fill(fresh, session) };
        }
    }
}

/// Writes an attached frame around `payload` to `out`, under the session `key_id` (see
/// sealwire_granter_session_of): sealwire_seal for granters, who send on many sessions.
///
/// `tick` as in sealwire_granter_run; the other arguments as for sealwire_seal. `signer` is this
/// granter's own, for a session of level 5; null will do at level 4, where it isn't used.
///
/// Returns as sealwire_seal; SEALWIRE_ERR_SESSION_UNKNOWN for a session that is over,
/// SEALWIRE_ERR_SESSION_UNCONFIRMED before the module used it, SEALWIRE_ERR_NO_ENGINE at level 5
/// without a signer. Exclusive: see "Threads". Level 4 is short enough for an interrupt.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_seal(
    granter: *mut sealwire_granter,
    key_id: u32,
    tick: u64,
    signer: *mut sealwire_signer,
    payload: *const u8,
    payload_len: usize,
    context: *const sealwire_context,
    now: u64,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    sealed: *mut sealwire_sealed,
) -> i32 {
    let way = Way { granter, id: KeyId(key_id), tick, signer, form: Form::Attached };
    // SAFETY: the caller's word.
    status(unsafe {
        Call::new(&way.objects(), context, now, len, sealed).and_then(|call| {
            call.run(payload, payload_len, out, cap, |job, out| way.seal(job, out))
        })
    })
}

/// Writes the detached form of `payload` to `out`: sealwire_seal_detached for granters.
///
/// Arguments, returns and threads as sealwire_granter_seal.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_seal_detached(
    granter: *mut sealwire_granter,
    key_id: u32,
    tick: u64,
    signer: *mut sealwire_signer,
    payload: *const u8,
    payload_len: usize,
    context: *const sealwire_context,
    now: u64,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    sealed: *mut sealwire_sealed,
) -> i32 {
    let way = Way { granter, id: KeyId(key_id), tick, signer, form: Form::Detached };
    // SAFETY: the caller's word.
    status(unsafe {
        Call::new(&way.objects(), context, now, len, sealed).and_then(|call| {
            call.run(payload, payload_len, out, cap, |job, out| way.seal(job, out))
        })
    })
}

/// On which session of whom to seal, and how.
struct Way {
    granter: *mut sealwire_granter,
    id: KeyId,
    tick: u64,
    signer: *mut sealwire_signer,
    form: Form,
}

impl Way {
    fn objects(&self) -> [Span; 2] {
        [Span::of_one(self.granter), Span::of_one(self.signer)]
    }

    /// # Safety
    /// Granter and signer are nobody else's.
    unsafe fn seal(&self, job: &Job<'_>, out: &mut [u8]) -> Result<Sealed, Failure> {
        let &Self { granter, id, tick, signer, form } = self;
        let mut seal = |sealer: &mut dyn Seal| form.seal(sealer, job, out);
        // What sealing says of its own accord comes through as a value: with the size that is needed.
        // SAFETY: the caller's word.
        let sealed = unsafe { exclusive(granter) }.and_then(|core| match core.level_of(id) {
            Some(Level::DigitalSignature) if signer.is_null() => Err(Error::NoEngine),
            Some(Level::DigitalSignature) => {
                // SAFETY: the caller's word.
                let signer = unsafe { Borrowed::new(signer) }?;
                core.send_signed(id, tick, signer, |sealer| Ok(seal(sealer)))
            }
            _ => core.send(id, tick, |sealer| Ok(seal(sealer))),
        });
        sealed.unwrap_or_else(|error| Err((error, Err(error))))
    }
}
