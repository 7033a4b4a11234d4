//! What the vectors say of an exchange, checked; and what its steps cost.

use core::hint::black_box;

use firmware::board::{INSTRUCTIONS_PER_STEP, stack, stopwatch};
use firmware::engine::Agreement;
use sealwire::{
    AnyPeer, Context, Credential, Error, Exchange, Granted, GroupKey, Level, MAX_ACCESS_MESSAGE,
    Moment, Outcome, Requirement, Sealer, Session,
};

use crate::case::{Case, Given, Keys, Room, Side};

const PAYLOAD: &[u8] = b"4.2 bar";
const TOPIC: &[u8] = b"pump/pressure";
/// The steps of an exchange, in order, and what they take of the stack.
pub const MEASURED: [&str; 7] = [
    "requester.request.instructions",
    "requester.proof.instructions",
    "requester.session.instructions",
    "requester.stack_bytes",
    "granter.challenge.instructions",
    "granter.grant.instructions",
    "granter.stack_bytes",
];

/// What wasn't as the vectors say.
pub type Wrong = &'static str;

fn same(what: Wrong, ours: &[u8], theirs: &[u8]) -> Result<(), Wrong> {
    if ours == theirs { Ok(()) } else { Err(what) }
}

/// A whole exchange: every message, every key, two frames, every refusal.
pub fn run(case: &Case<'_>) -> Result<(), Wrong> {
    let mut module = case.module().map_err(|_| "key")?;
    let granters = case.granter().map_err(|_| "granter's key")?;
    let credential = case.credential(&granters).map_err(|_| "credential")?;
    let mut exchange = proven(case, &credential, &mut module)?;
    for (message, error) in
        [(case.unavailable, Error::AccessUnavailable), (case.forbidden, Error::AccessForbidden)]
    {
        let refused = exchange.grant(message, 0, &credential, &module).err();
        if refused.is_none_or(|failure| failure.error != error) {
            return Err("refusal");
        }
    }
    let session = exchange.grant(case.grant, 0, &credential, &module).map_err(|_| "session")?;
    let mut answer = [0; MAX_ACCESS_MESSAGE];
    let mut side = case.side(Room::Enough, &module).map_err(|_| "granter")?;
    let granted = answered(case, &mut side, granters, &mut answer)?;
    same("grant", answer.get(..granted.len()).unwrap_or_default(), case.grant)?;
    let Outcome::Granted(theirs) = granted.outcome else { return Err("outcome") };
    for held in [&session, &theirs] {
        derived(case, held)?;
    }
    if session.group().map(parts) != case.group().map(parts) {
        return Err("group");
    }
    frames(case, &session, &mut side.0)?;
    for (room, message) in [(Room::None, case.unavailable), (Room::WithoutRole, case.forbidden)] {
        if room == Room::None || case.has_role() {
            refusal(case, &module, room, message)?;
        }
    }
    Ok(())
}

fn refusal(case: &Case<'_>, module: &Keys, room: Room, message: &[u8]) -> Result<(), Wrong> {
    let mut answer = [0; MAX_ACCESS_MESSAGE];
    let mut side = case.side(room, module).map_err(|_| "granter")?;
    let granters = case.granter().map_err(|_| "granter's key")?;
    let granted = answered(case, &mut side, granters, &mut answer)?;
    same("granter's refusal", answer.get(..granted.len()).unwrap_or_default(), message)
}

/// The module's side up to its proof.
fn proven(
    case: &Case<'_>,
    credential: &Credential<'_>,
    module: &mut Keys,
) -> Result<Exchange, Wrong> {
    let mut exchange = case.begun(credential).map_err(|_| "begin")?;
    same("request", exchange.request().map_err(|_| "state")?, case.request)?;
    exchange.challenge(case.challenge, 0, credential, module).map_err(|_| "challenge refused")?;
    same("proof", exchange.proof().map_err(|_| "state")?, case.proof)?;
    Ok(exchange)
}

/// The granter's side.
fn answered(
    case: &Case<'_>,
    ((granter, keys), entropy): &mut (Side, Given),
    mut engines: Keys,
    out: &mut [u8],
) -> Result<Granted, Wrong> {
    let len = granter
        .challenge(case.request, case.source, case.issued, &Agreement, entropy, out)
        .map_err(|_| "request refused")?;
    same("challenge", out.get(..len).unwrap_or_default(), case.challenge)?;
    let at = Moment { tick: case.issued, now: case.time };
    granter.grant(case.proof, case.source, at, &mut engines, keys, out).map_err(|_| "proof refused")
}

fn derived(case: &Case<'_>, held: &Session) -> Result<(), Wrong> {
    let [secret, binder, token, hmac_key] = case.derived;
    same("session's secret", held.secret_frames().secret_bytes(), secret)?;
    same("binder", held.binder(), binder)?;
    same("token", held.secret_token(), token)?;
    same("key for HMAC", held.secret_hmac_key(), hmac_key)?;
    if held.level() == case.level { Ok(()) } else { Err("level") }
}

fn parts(group: &GroupKey) -> impl PartialEq {
    (group.id(), group.key_id(), group.tag(), *group.secret().secret_bytes())
}

/// The frames that the session seals, and that the granter takes.
fn frames(case: &Case<'_>, session: &Session, (granter, keys): &mut Side) -> Result<(), Wrong> {
    let context = Context::topic(TOPIC).map_err(|_| "context")?;
    let mut out = [0; 200];
    let is_signed = session.level() == Level::DigitalSignature;
    let signer = case.signer().map_err(|_| "key")?;
    let mut signing = Sealer::for_signed_session(session, signer).ok().filter(|_| is_signed);
    let mut sealing = Sealer::for_session(session).ok().filter(|_| !is_signed);
    let requirement = Requirement::at_least(case.level, context, &AnyPeer);
    for frame in case.frames {
        let sealed = match (&mut signing, &mut sealing) {
            (Some(sealer), _) => sealer.seal(PAYLOAD, &context, case.time, &mut out),
            (_, Some(sealer)) => sealer.seal(PAYLOAD, &context, case.time, &mut out),
            _ => return Err("sealer"),
        };
        let len = sealed.map_err(|_| "sealed")?.len();
        same("frame", out.get(..len).unwrap_or_default(), frame)?;
        let accepted = keys.validate(frame, &requirement, case.time).map_err(|_| "accepted")?;
        granter.confirm(&accepted, case.issued, keys).map_err(|_| "confirmed")?;
    }
    if granter.session_count() == (1, 0) { Ok(()) } else { Err("count") }
}

/// The number of the error that a malformed message ends with.
pub fn malformed(case: &Case<'_>, message: u8, data: &[u8]) -> Result<u16, Wrong> {
    let mut module = case.module().map_err(|_| "key")?;
    let mut granters = case.granter().map_err(|_| "granter's key")?;
    let credential = case.credential(&granters).map_err(|_| "credential")?;
    let mut out = [0; MAX_ACCESS_MESSAGE];
    let error = match message {
        0 | 2 => {
            let ((mut granter, mut keys), mut entropy) =
                case.side(Room::Enough, &module).map_err(|_| "granter")?;
            if message == 0 {
                granter.challenge(data, b"", 1, &Agreement, &mut entropy, &mut out).err()
            } else {
                let at = Moment { tick: 1, now: case.time };
                granter.grant(data, b"", at, &mut granters, &mut keys, &mut out).err()
            }
        }
        1 => {
            let mut exchange = case.begun(&credential).map_err(|_| "begin")?;
            let refused = exchange.challenge(data, 0, &credential, &mut module);
            refused.err().map(|failure| failure.error)
        }
        3 => {
            let mut exchange = proven(case, &credential, &mut module)?;
            let refused = exchange.grant(data, 0, &credential, &module);
            refused.err().map(|failure| failure.error)
        }
        _ => return Err("message"),
    };
    error.map(Error::number).ok_or("taken")
}

/// Steps of the stopwatch that `run` takes.
#[inline(never)]
fn count(run: impl FnOnce()) -> u32 {
    let before = stopwatch();
    run();
    stopwatch().wrapping_sub(before) * INSTRUCTIONS_PER_STEP
}

/// All that a module does, with the state that it keeps meanwhile.
#[inline(never)]
fn ask(case: &Case<'_>, credential: &Credential<'_>, module: &mut Keys) -> bool {
    let mut exchange = Exchange::new();
    exchange.begin(&case.plan, credential, &Agreement, &mut case.entropy()).is_ok()
        && exchange.challenge(case.challenge, 0, credential, module).is_ok()
        && take(&mut exchange, case.grant, credential, module)
}

#[inline(never)]
fn take(exchange: &mut Exchange, grant: &[u8], by: &Credential<'_>, module: &Keys) -> bool {
    let session = exchange.grant(grant, 0, by, module);
    black_box(&session).is_ok()
}

/// What the steps cost, in the order of [`MEASURED`].
pub fn measure(case: &Case<'_>) -> Option<[u32; MEASURED.len()]> {
    let (mut module, granters) = (case.module().ok()?, case.granter().ok()?);
    let credential = case.credential(&granters).ok()?;
    let mut entropy = case.entropy();
    let mut exchange = Exchange::new();
    let mut good = true;
    let request = count(|| {
        good &= exchange.begin(&case.plan, &credential, &Agreement, &mut entropy).is_ok();
    });
    let proof = count(|| {
        good &= exchange.challenge(case.challenge, 0, &credential, &mut module).is_ok();
    });
    let session = count(|| {
        good &= black_box(exchange.grant(case.grant, 0, &credential, &module)).is_ok();
    });
    let module_stack = stack::depth_of(&mut || good &= ask(case, &credential, &mut module));

    let mut out = [0; MAX_ACCESS_MESSAGE];
    let mut engines = granters;
    let at = Moment { tick: case.issued, now: case.time };
    let ((mut granter, mut keys), mut entropy) = case.side(Room::Enough, &module).ok()?;
    let challenge = count(|| {
        let (request, source) = (case.request, case.source);
        let sent = granter.challenge(request, source, at.tick, &Agreement, &mut entropy, &mut out);
        good &= sent.is_ok();
    });
    let grant = count(|| {
        let granted = granter.grant(case.proof, case.source, at, &mut engines, &mut keys, &mut out);
        good &= granted.is_ok();
    });
    let ((mut granter, mut keys), mut entropy) = case.side(Room::Enough, &module).ok()?;
    let granter_stack = stack::depth_of(&mut || {
        let (request, source) = (case.request, case.source);
        good &= granter
            .challenge(request, source, at.tick, &Agreement, &mut entropy, &mut out)
            .is_ok()
            && black_box(granter.grant(case.proof, source, at, &mut engines, &mut keys, &mut out))
                .is_ok();
    });
    let stacks = [module_stack, granter_stack].map(|depth| u32::try_from(depth).unwrap_or(0));
    good.then_some([request, proof, session, stacks[0], challenge, grant, stacks[1]])
}
