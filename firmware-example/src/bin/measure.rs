//! What sealing and validating cost here: executed instructions and bytes of stack.
//!
//! Prints one line `NAME VALUE` each. Instructions are from call to return, as the difference
//! to an empty function of the same shape, over several calls since the stopwatch is coarse.
//! Only exact under QEMU's `-icount shift=0`. `bench/target.py` runs it.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::hint::black_box;

use firmware::board::semihosting::{File, exit};
use firmware::board::{INSTRUCTIONS_PER_STEP, entry, stack, stopwatch};
use sealwire::{
    AnyPeer, Audience, Context, Error, KeyId, Limits, ModuleId, NonceEntry, NonceStart, PeerKey,
    PeerSecret, PortableSigner, PortableVerifier, Requirement, Restart, Sealer, SignP256, Slot,
    TagLength, Timestamp, Validator, VerifyP256,
};

const CALLS: u32 = 32;
const PAYLOAD: [u8; 64] = [0x55; 64];
const CONTEXT: &[u8; 24] = b"plant/pump-1/telemetry/1";

type Receiver<V> = Validator<[Slot; 4], [NonceEntry; 0], V>;

#[inline(never)]
fn empty<V>(
    receiver: &mut Receiver<V>,
    frame: &[u8],
    demand: &Requirement<'_>,
    now: Timestamp,
) -> bool {
    black_box((receiver, frame, demand, now));
    true
}

#[inline(never)]
fn validate<V: VerifyP256 + Clone>(
    receiver: &mut Receiver<V>,
    frame: &[u8],
    demand: &Requirement<'_>,
    now: Timestamp,
) -> bool {
    receiver.validate(frame, demand, Some(now)).is_ok()
}

#[inline(never)]
fn seal<S: SignP256>(
    sealer: &mut Sealer<S>,
    context: &Context<'_>,
    now: Timestamp,
    out: &mut [u8],
) -> usize {
    sealer.seal(&PAYLOAD, context, Some(now), out).map_or(0, |sealed| sealed.len())
}

type Step<V> = fn(&mut Receiver<V>, &[u8], &Requirement<'_>, Timestamp) -> bool;

struct Bench<'a> {
    out: File,
    context: Context<'a>,
    now: Timestamp,
}

impl Bench<'_> {
    fn report(&mut self, name: &str, what: &str, value: u32) {
        let _ = writeln!(self.out, "{name}.{what} {value}");
    }

    /// Seals as many frames as `CALLS` says and validates each once, timing every call.
    fn level<S: SignP256, V: VerifyP256 + Clone>(
        &mut self,
        name: &str,
        sealer: &mut Sealer<S>,
        receiver: &mut Receiver<V>,
        calls: u32,
    ) -> Result<(), Error> {
        let demand = Requirement::exactly(sealer.level(), self.context, &AnyPeer);
        let mut frame = [0; 160];
        let (mut sealing, mut validating, mut overhead) = (0, 0, 0);
        for _ in 0..calls {
            let (context, now) = (self.context, self.now);
            let mut len = 0;
            sealing += count(|| len = seal(sealer, &context, now, &mut frame));
            let bytes = frame.get(..len).ok_or(Error::BufferTooSmall)?;
            let mut timed = |step: Step<V>| {
                let mut good = false;
                let steps = count(|| good = black_box(step)(receiver, bytes, &demand, now));
                if good { Ok(steps) } else { Err(Error::InvalidState) }
            };
            overhead += timed(empty)?;
            validating += timed(validate)?;
        }
        let per_call =
            |steps: u32| (steps.saturating_sub(overhead)) * INSTRUCTIONS_PER_STEP / calls;
        self.report(name, "validate_64B.instructions", per_call(validating));
        self.report(name, "seal_64B.instructions", per_call(sealing));

        let (context, now) = (self.context, self.now);
        let mut len = 0;
        let depth = stack::depth_of(&mut || len = seal(sealer, &context, now, &mut frame));
        self.report(name, "seal.stack_bytes", u32::try_from(depth).unwrap_or(0));
        let bytes = frame.get(..len).ok_or(Error::BufferTooSmall)?;
        let mut good = false;
        let depth = stack::depth_of(&mut || good = validate(receiver, bytes, &demand, now));
        if !good {
            return Err(Error::InvalidState);
        }
        self.report(name, "validate.stack_bytes", u32::try_from(depth).unwrap_or(0));
        Ok(())
    }
}

/// Steps of the stopwatch that `run` takes.
#[inline(never)]
fn count(run: impl FnOnce()) -> u32 {
    let before = stopwatch();
    run();
    stopwatch().wrapping_sub(before)
}

fn run(out: File) -> Result<(), Error> {
    let device = ModuleId::new(*b"pump-000000-0001")?;
    let panel = ModuleId::new(*b"panel-00000-0001")?;
    let secret = PeerSecret::from_slice(&[7; 32])?;
    let receiver = || {
        let slots = [const { Slot::EMPTY }; 4];
        Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots)
    };
    let mut receiver4 = receiver()?;
    let mut receiver5 = receiver()?.with_verifier(&PortableVerifier);
    let mut bench =
        Bench { out, context: Context::topic(CONTEXT)?, now: Timestamp::from_secs(1_790_000_000) };
    let steps = count(|| {
        black_box(receiver4.register(&PeerKey::hmac(KeyId(1), device, &secret, TagLength::Full)))
            .ok();
    });
    bench.report("hmac", "register.instructions", steps * INSTRUCTIONS_PER_STEP);
    let to_panel = Audience::Peer(panel);
    let mut sealer =
        Sealer::hmac(KeyId(1), device, to_panel, &secret, TagLength::Full, NonceStart::Fresh)?;
    bench.level("hmac", &mut sealer, &mut receiver4, CALLS)?;

    let signer = PortableSigner::from_secret(&[9; 32])?;
    let steps = count(|| {
        black_box(receiver5.register(&PeerKey::ecdsa(KeyId(2), device, signer.public_key()))).ok();
    });
    bench.report("ecdsa", "register.instructions", steps * INSTRUCTIONS_PER_STEP);
    let mut sealer = Sealer::ecdsa(KeyId(2), device, to_panel, signer, NonceStart::Fresh)?;
    bench.level("ecdsa", &mut sealer, &mut receiver5, 2)
}

#[entry]
fn main() -> ! {
    let Some(out) = File::stdout() else { exit(2) };
    match run(out) {
        Ok(()) => exit(0),
        Err(_) => exit(1),
    }
}
