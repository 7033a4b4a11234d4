//! What sealing and validating cost here: executed instructions and bytes of stack.
//!
//! Prints one line `NAME VALUE` each. Instructions are from call to return, as the difference
//! to an empty function of the same shape, over several calls since the stopwatch is coarse.
//! Only exact under QEMU's `-icount shift=0`. `bench/target.py` runs it.
#![no_std]
#![no_main]

use core::fmt::{Display, Write};
use core::hint::black_box;

use firmware::board::semihosting::{File, exit};
use firmware::board::{INSTRUCTIONS_PER_STEP, entry, stack, stopwatch};
use firmware::engine::{Signer, Verifier};
use sealwire::{
    AnyPeer, Audience, BurstItem, Context, Error, Frame, KeyId, Level, Limits, ModuleId,
    NonceEntry, NonceStart, PeerKey, PeerSecret, Requirement, Restart, Sealer, SignP256, Slot,
    StreamDecoder, TagLength, Timestamp, Validator, VerifyP256, burst_nodes, encode_stream,
    max_saved_len,
};

const CALLS: u32 = 32;
/// Frames of a burst.
const BURST: usize = 64;
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
    fn report(&mut self, name: &str, what: impl Display, value: u32) {
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

impl Bench<'_> {
    /// Instructions of the first run, and stack of the second; each gets its number.
    fn call(&mut self, name: &str, mut run: impl FnMut(u32)) {
        let steps = count(|| run(1));
        self.report("call", format_args!("{name}.instructions"), steps * INSTRUCTIONS_PER_STEP);
        let depth = stack::depth_of(&mut || run(2));
        let depth = u32::try_from(depth).unwrap_or(0);
        self.report("call", format_args!("{name}.stack_bytes"), depth);
    }

    /// What a frame of a burst of 64 costs its sender: the tree, one signature, all frames.
    fn burst(&mut self) -> Result<(), Error> {
        let device = ModuleId::new(*b"pump-000000-0001")?;
        let to_panel = Audience::Peer(ModuleId::new(*b"panel-00000-0001")?);
        let signer = Signer::from_secret(&[9; 32])?;
        let mut sealer = Sealer::ecdsa(KeyId(1), device, to_panel, signer, NonceStart::Fresh)?;
        let item = BurstItem { payload: &PAYLOAD, context: self.context, now: Some(self.now) };
        let items = [item; BURST];
        let mut nodes = [[0; 32]; burst_nodes(BURST)];
        let mut frame = [0; 400];
        let steps = count(|| {
            let Ok(burst) = sealer.seal_burst(&items, &mut nodes) else { return };
            for index in 0..BURST {
                black_box(burst.write(index, &mut frame)).ok();
            }
        });
        let frames = u32::try_from(BURST).unwrap_or(1);
        let per_frame = steps / frames * INSTRUCTIONS_PER_STEP;
        self.report("burst64", "seal_per_frame.instructions", per_frame);
        Ok(())
    }

    /// The calls that come once, or rarely, and what a refusal costs.
    fn others(&mut self) -> Result<(), Error> {
        let (context, now) = (self.context, self.now);
        let device = ModuleId::new(*b"pump-000000-0001")?;
        let panel = ModuleId::new(*b"panel-00000-0001")?;
        let to_panel = Audience::Peer(panel);
        let fresh = NonceStart::Fresh;
        let slots = || [const { Slot::EMPTY }; 8];
        let demand = Requirement::at_least(Level::Hmac, context, &AnyPeer);
        let secret = |i: u32| PeerSecret::from_slice(&[u8::try_from(i).unwrap_or(1); 32]);

        let mut receiver = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots())?
            .with_verifier(&Verifier);
        self.call("sealer_hmac", |i| {
            let Ok(secret) = secret(i) else { return };
            let made = Sealer::hmac(KeyId(i), device, to_panel, &secret, TagLength::Full, fresh);
            black_box(made).ok();
        });
        self.call("signer", |_| drop(black_box(Signer::from_secret(&[9; 32]))));
        self.call("register_hmac", |i| {
            let Ok(secret) = secret(i) else { return };
            let key = PeerKey::hmac(KeyId(i), device, &secret, TagLength::Full);
            black_box(receiver.register(&key)).ok();
        });
        let [one, two] = [9, 10].map(|byte| Signer::from_secret(&[byte; 32]));
        let (one, two) = (one?, two?);
        let public = [one.public_key(), two.public_key()];
        self.call("register_ecdsa", |i| {
            let key = if i == 1 { public[0] } else { public[1] };
            black_box(receiver.register(&PeerKey::ecdsa(KeyId(10 + i), device, key))).ok();
        });

        let shared = secret(1)?;
        let mut hmac = Sealer::hmac(KeyId(1), device, to_panel, &shared, TagLength::Full, fresh)?;
        let mut signing = Sealer::ecdsa(KeyId(11), device, to_panel, one, fresh)?;
        let (mut four, mut five) = ([[0; 160]; 2], [[0; 160]; 2]);
        let mut lens = [0; 2];
        for (four, five) in four.iter_mut().zip(&mut five) {
            lens[0] = hmac.seal(&PAYLOAD, &context, Some(now), four)?.len();
            lens[1] = signing.seal(&PAYLOAD, &context, Some(now), five)?.len();
        }
        let pick = |i: u32| usize::from(i != 1);
        let mut wrong = four[0];
        wrong[40] ^= 1;
        self.call("refuse_tag", |_| {
            black_box(receiver.validate(&wrong[..lens[0]], &demand, Some(now))).ok();
        });
        let mut unknown = four[0];
        unknown[2] = 0x7f;
        self.call("refuse_key", |_| {
            black_box(receiver.validate(&unknown[..lens[0]], &demand, Some(now))).ok();
        });
        self.call("check_hmac", |i| {
            black_box(receiver.check(&four[pick(i)][..lens[0]], &demand, Some(now))).ok();
        });
        let checked =
            [0, 1].map(|i: usize| receiver.check(&four[i][..lens[0]], &demand, Some(now)));
        self.call("admit", |i| {
            let _ = black_box(receiver.admit(checked[pick(i)]));
        });
        let frame = |i: u32| Frame::parse(&five[pick(i)][..lens[1]]);
        self.call("begin_ecdsa", |i| drop(black_box(receiver.begin(frame(i), &demand, Some(now)))));

        let mut state = [0; max_saved_len(8)];
        let mut len = 0;
        self.call("save", |_| len = receiver.save(&mut state).unwrap_or(0));
        self.call("restart_saved", |_| {
            let saved = Restart::Saved(&state[..len]);
            black_box(Validator::new(panel, Limits::DEFAULT, saved, slots())).ok();
        });
        let mut stream = [0; 200];
        let mut packed = 0;
        let packet = &four[0][..lens[0]];
        self.call("encode_stream", |_| packed = encode_stream(packet, &mut stream).unwrap_or(0));
        let mut decoder = StreamDecoder::new([0; 160]);
        self.call("decode_stream", |_| {
            for &byte in &stream[..packed] {
                black_box(decoder.push(byte));
            }
        });
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
    let mut receiver5 = receiver()?.with_verifier(&Verifier);
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

    let signer = Signer::from_secret(&[9; 32])?;
    let steps = count(|| {
        black_box(receiver5.register(&PeerKey::ecdsa(KeyId(2), device, signer.public_key()))).ok();
    });
    bench.report("ecdsa", "register.instructions", steps * INSTRUCTIONS_PER_STEP);
    let mut sealer = Sealer::ecdsa(KeyId(2), device, to_panel, signer, NonceStart::Fresh)?;
    bench.level("ecdsa", &mut sealer, &mut receiver5, 2)?;
    bench.burst()?;
    bench.others()
}

#[entry]
fn main() -> ! {
    let Some(out) = File::stdout() else { exit(2) };
    match run(out) {
        Ok(()) => exit(0),
        Err(_) => exit(1),
    }
}
