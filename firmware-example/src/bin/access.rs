//! A pump without keys of its own for frames: it asks a granter for a session, sends under it,
//! renews it, and asks again after a reset and when nobody answers. It has no clock; the granter
//! tells it the time.
//!
//! Time-outs and retries are decided here, the exchange is the core's. The line carries frames
//! and messages of the exchange side by side: their first bytes differ. `kind` among QEMU's
//! arguments says how it proves itself: `secret`, `key4` or `key5`. The other side is
//! `ffi-c/examples/granter.c`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use firmware::board::semihosting::{argument, exit};
use firmware::board::{self, BoardEntropy, Flash, entry, stack};
use firmware::engine::{Agreement, Verifier};
use firmware::{log, plant};
use sealwire::{
    AccessMessage, AccessPlan, AnyPeer, Context, Credential, DeviceClock, Engines, Error, Exchange,
    ExchangeState, HeldSessions, KeyId, Level, Limits, MAX_PROOF, ModuleId, PeerSecret, PublicKey,
    Requirement, Restart, RoleName, Sealer, Session, Slot, StreamDecoder, TagLength, TimeRule,
    Timestamp, Validator, encode_stream, max_stream_len,
};

/// µs after which the last message of an exchange goes again.
const RETRY: u64 = 400_000;
/// How often it goes before the exchange begins again with all fresh.
const TRIES: u32 = 5;
/// µs between two measurements.
const PERIOD: u64 = 200_000;
/// µs without a word from the granter after which the session may be gone.
const SILENCE: u64 = 3_000_000;
/// µs after which it renews, at the latest half of the session's life. A real device takes that
/// half; here one wants to see it.
const RENEWAL: u64 = 2_000_000;
/// µs that the older session stays beside a newer one in use.
const OVERLAP: u64 = 1_000_000;
/// Parts per million by which the tick may be wrong: the crystal's data sheet says it.
const TOLERANCE: u32 = 100;
/// No time before that of the build is believed; 2025-11-13.
const FLOOR: Timestamp = Timestamp::from_secs(1_763_000_000);

type Keys = Engines<Agreement, plant::Signer, Verifier>;

/// What seals under the newest session.
enum Sending {
    Hmac(Sealer),
    Signed(Sealer<plant::Signer>),
}

/// How the device knows its granter: provisioned.
enum Known {
    Secret(PeerSecret),
    Key(PublicKey),
}

impl Known {
    const fn credential(&self) -> Credential<'_> {
        match self {
            Self::Secret(secret) => Credential::Secret(secret),
            Self::Key(key) => Credential::Key(*key),
        }
    }
}

struct Pump {
    flash: Flash,
    known: Known,
    plan: AccessPlan,
    engines: Keys,
    exchange: Exchange,
    held: HeldSessions,
    validator: Validator<[Slot; 2], [sealwire::NonceEntry; 0], Verifier>,
    clock: DeviceClock,
    sending: Option<Sending>,
    /// Ticks in µs: the next repetition, measurement, renewal; when the granter last spoke.
    retry: u64,
    due: u64,
    renewal: u64,
    heard: u64,
    tries: u32,
}

impl Pump {
    fn new() -> Result<Self, Error> {
        let mut flash = Flash::open().ok_or(Error::InvalidState)?;
        let mut room = [0; 256];
        let kind = argument("kind", &mut room).ok_or(Error::InvalidArgument)?;
        let (by_key, level) = match kind {
            b"secret\0" => (false, Level::Hmac),
            b"key4\0" => (true, Level::Hmac),
            b"key5\0" => (true, Level::DigitalSignature),
            _ => return Err(Error::InvalidArgument),
        };
        let granter = ModuleId::new(*b"panel-00000-0001")?;
        let own = if by_key { ModuleId::new(*b"pump-000000-0002")? } else { plant::pump()? };
        let known = if by_key {
            Known::Key(plant::granter_key(&mut flash)?)
        } else {
            Known::Secret(plant::station_secret(&mut flash)?)
        };
        let engines = Engines::for_keys(Agreement, plant::signer(&mut flash)?, Verifier);
        let plan = AccessPlan {
            role: RoleName::new("pump")?,
            wanted: level,
            lowest: level,
            tag: TagLength::Short,
            time: TimeRule::CounterOnly,
            is_time_source: true,
            ..AccessPlan::new(own, granter, KeyId(1))
        };
        let slots = [const { Slot::EMPTY }; 2];
        let validator = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots)?;
        Ok(Self {
            flash,
            known,
            plan,
            engines,
            exchange: Exchange::new(),
            held: HeldSessions::new(OVERLAP),
            validator: validator.with_verifier(Verifier),
            clock: DeviceClock::new(FLOOR, TOLERANCE),
            sending: None,
            retry: 0,
            due: 0,
            renewal: 0,
            heard: 0,
            tries: 0,
        })
    }

    /// Begins an exchange with all fresh, and a key ID of its own for the session.
    fn ask(&mut self) -> Result<(), Error> {
        self.plan.key_id = KeyId(self.plan.key_id.0.wrapping_add(1));
        let credential = self.known.credential();
        self.exchange
            .begin(&self.plan, &credential, &Agreement, &mut BoardEntropy)
            .map_err(|failure| failure.error)?;
        self.tries = 0;
        self.retry = 0;
        Ok(())
    }

    /// What is to be done at `at`, in µs.
    fn act(&mut self, at: u64) -> Result<(), Error> {
        self.held.run(at, &mut self.validator);
        let is_asking = self.exchange.state() != ExchangeState::Idle;
        let is_alone = self.sending.is_none() || at >= self.heard.saturating_add(SILENCE);
        if (!is_asking && (is_alone || at >= self.renewal)) || (is_asking && self.tries > TRIES) {
            self.ask()?;
        }
        if self.exchange.state() != ExchangeState::Idle && at >= self.retry {
            self.retry = at.saturating_add(RETRY);
            self.tries = self.tries.saturating_add(1);
            // The furthest that there is; the same bytes as before.
            if let Ok(message) = self.exchange.proof().or_else(|_| self.exchange.request()) {
                send(message);
            }
        }
        if self.sending.is_some() && at >= self.due {
            self.due = at.saturating_add(PERIOD);
            self.measure()?;
        }
        Ok(())
    }

    /// Seals a measurement and sends it. The first one under a session confirms it.
    fn measure(&mut self) -> Result<(), Error> {
        let (context, mut frame) = (Context::topic(b"pump/pressure")?, [0; 160]);
        let sealed = match &mut self.sending {
            Some(Sending::Hmac(sealer)) => sealer.seal(b"4.2 bar", &context, None, &mut frame)?,
            Some(Sending::Signed(sealer)) => sealer.seal(b"4.2 bar", &context, None, &mut frame)?,
            None => return Ok(()),
        };
        send(frame.get(..sealed.len()).ok_or(Error::BufferTooSmall)?);
        Ok(())
    }

    /// What came. A message that is refused changes nothing: whoever sent it, the right one may
    /// still come.
    fn receive(&mut self, packet: &[u8], at: u64) -> Result<(), Error> {
        let credential = self.known.credential();
        match AccessMessage::of(packet) {
            Some(AccessMessage::Challenge) => {
                match self.exchange.challenge(packet, at, &credential, &mut self.engines) {
                    Ok(()) => (self.tries, self.retry) = (0, 0),
                    Err(failure) => log!("no challenge: {}", failure),
                }
            }
            Some(AccessMessage::Grant | AccessMessage::Refusal) => {
                match self.exchange.grant(packet, at, &credential, &self.engines) {
                    Ok(session) => self.hold(&session, at)?,
                    Err(failure) => log!("no grant: {}", failure),
                }
            }
            Some(_) => {}
            None => {
                let context = Context::topic(b"pump/valve")?;
                let requirement = Requirement::exactly(self.plan.wanted, context, &AnyPeer);
                let now = self.clock.now(at);
                match self.validator.validate(packet, &requirement, now) {
                    Ok(accepted) => {
                        self.held.confirm(&accepted, at);
                        self.heard = at;
                        log!("valve: {} bytes", accepted.payload().len());
                    }
                    Err(rejection) => log!("refused, {}", rejection),
                }
            }
        }
        Ok(())
    }

    /// Registers what comes under the session, seals what goes, and learns the time.
    fn hold(&mut self, session: &Session, at: u64) -> Result<(), Error> {
        self.held.install(session, &mut self.validator)?;
        self.sending = Some(match session.level() {
            Level::DigitalSignature => {
                let signer = plant::signer(&mut self.flash)?;
                Sending::Signed(Sealer::for_signed_session(session, signer)?)
            }
            _ => Sending::Hmac(Sealer::for_session(session)?),
        });
        if let Err(error) = self.clock.learn(session.time_report()) {
            log!("no time: {}", error);
        }
        let half = u64::from(session.life_seconds()).saturating_mul(500_000);
        self.renewal = at.saturating_add(RENEWAL.min(half));
        (self.heard, self.due) = (at, at);
        log!("a session until {}", session.ends_at_tick());
        Ok(())
    }

    fn run(&mut self) -> Result<(), Error> {
        let mut decoder = StreamDecoder::new([0; MAX_PROOF]);
        loop {
            match board::uart_read().and_then(|byte| decoder.push(byte)) {
                Some(Ok(packet)) => self.receive(packet, board::micros())?,
                Some(Err(error)) => self.validator.count_lost(error),
                None => self.act(board::micros())?,
            }
        }
    }
}

fn send(packet: &[u8]) {
    let mut stream = [0; max_stream_len(MAX_PROOF)];
    if let Ok(len) = encode_stream(packet, &mut stream) {
        stream.iter().take(len).copied().for_each(board::uart_write);
    }
}

#[entry]
fn main() -> ! {
    stack::paint();
    board::init();
    let result = Pump::new().and_then(|mut pump| pump.run());
    log!("stopped: {}", result);
    exit(if result.is_ok() { 0 } else { 1 })
}
