//! A pump that has nobody's key but its own: it makes one, asks the operator for a certificate,
//! and gets sessions of level 5 by it. Before the certificate ends it makes another key and asks
//! again; the session goes on meanwhile. It has no clock; the granter, whose certificate says that
//! it is a source of time, tells it.
//!
//! In flash are, from the factory: its ID, the granter's, and the anchor's certificate. On the
//! line a byte of channel stands before each packet: the granter's or the operator's. What a
//! display would show goes to the host's standard output: the fingerprint of the key that asks,
//! which the operator compares.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

#[path = "identity/vault.rs"]
mod vault;

use core::fmt::Write;

use firmware::board::semihosting::{File, exit};
use firmware::board::{self, BoardEntropy, entry, stack};
use firmware::engine::{Agreement, Verifier};
use firmware::plant::Signer;
use sealwire::{
    AccessMessage, AccessPlan, AnyPeer, ChainTime, Context, DeviceClock, Engines, Entropy, Error,
    Exchange, ExchangeState, HeldSessions, KeyId, Level, Limits, MAX_CERTIFIED_MESSAGE,
    MAX_SIGNING_REQUEST, Requirement, Restart, RoleName, Sealer, Session, SignP256, Slot,
    StreamDecoder, TimeRule, Timestamp, Validator, encode_stream, max_stream_len, message_digest,
    write_signing_request,
};
use vault::{Vault, signer_of};

/// The exchange and frames, between this device and its granter.
const ACCESS: u8 = 1;
/// A request for a certificate, to the operator.
const REQUEST: u8 = 2;
/// A chain, from the operator.
const CHAIN: u8 = 3;

const PACKET: usize = 1 + MAX_CERTIFIED_MESSAGE;

/// µs after which the last message of an exchange goes again, and how often it does.
const RETRY: u64 = 700_000;
const TRIES: u32 = 4;
/// µs after which a request for a certificate goes again: a person looks at it.
const PATIENCE: u64 = 5_000_000;
/// µs between two measurements.
const PERIOD: u64 = 400_000;
/// µs without a word from the granter after which the session may be gone.
const SILENCE: u64 = 3_000_000;
/// µs that the older session stays beside a newer one in use.
const OVERLAP: u64 = 1_000_000;
/// Parts per million by which the tick may be wrong: the crystal's data sheet says it.
const TOLERANCE: u32 = 100;
/// No time before that of the build is believed; 2025-11-13.
const FLOOR: Timestamp = Timestamp::from_secs(1_763_000_000);

type Keys = Engines<Agreement, Signer, Verifier>;

struct Pump {
    display: File,
    vault: Vault,
    plan: AccessPlan,
    /// With the certified key, once there is one.
    engines: Option<Keys>,
    /// The private key for which a certificate was asked.
    asking: Option<[u8; 32]>,
    exchange: Exchange,
    held: HeldSessions,
    validator: Validator<[Slot; 3], [sealwire::NonceEntry; 0], Verifier>,
    clock: DeviceClock,
    sealer: Option<Sealer<Signer>>,
    /// Ticks in µs: the next repetition, request, measurement; when the granter last spoke.
    retry: u64,
    request: u64,
    due: u64,
    heard: u64,
    /// From when on it wants the next certificate: a quarter of this one's time is over. None
    /// before it knows the time.
    renewal: Option<u64>,
    tries: u32,
}

impl Pump {
    fn new(display: File) -> Result<Self, Error> {
        let vault = Vault::open(FLOOR)?;
        let plan = AccessPlan {
            role: RoleName::new("pump")?,
            wanted: Level::DigitalSignature,
            lowest: Level::DigitalSignature,
            time: TimeRule::CounterOnly,
            is_time_source: true,
            ..AccessPlan::new(vault.own, vault.granter, KeyId(1))
        };
        let slots = [const { Slot::EMPTY }; 3];
        let validator = Validator::new(vault.own, Limits::DEFAULT, Restart::FreshKeys, slots)?;
        let engines = vault.signer()?.map(|signer| Engines::for_keys(Agreement, signer, Verifier));
        Ok(Self {
            display,
            vault,
            plan,
            engines,
            asking: None,
            exchange: Exchange::new(),
            held: HeldSessions::new(OVERLAP),
            validator: validator.with_verifier(Verifier),
            clock: DeviceClock::new(FLOOR, TOLERANCE),
            sealer: None,
            retry: 0,
            request: 0,
            due: 0,
            heard: 0,
            renewal: None,
            tries: 0,
        })
    }

    /// What is to be done at `at`, in µs.
    fn act(&mut self, at: u64) -> Result<(), Error> {
        self.held.run(at, &mut self.validator);
        let wants = self.engines.is_none() || self.renewal.is_some_and(|renewal| at >= renewal);
        if wants && at >= self.request {
            self.request = at.saturating_add(PATIENCE);
            self.ask_for_certificate()?;
        }
        if self.engines.is_none() {
            return Ok(());
        }
        let is_asking = self.exchange.state() != ExchangeState::Idle;
        let is_alone = self.sealer.is_none() || at >= self.heard.saturating_add(SILENCE);
        if (!is_asking && is_alone) || (is_asking && self.tries > TRIES) {
            self.ask_for_session()?;
        }
        if self.exchange.state() != ExchangeState::Idle && at >= self.retry {
            self.retry = at.saturating_add(RETRY);
            self.tries = self.tries.saturating_add(1);
            // The furthest that there is; the same bytes as before.
            match self.exchange.proof() {
                Ok(proof) => send(ACCESS, &[proof, self.vault.chain()]),
                Err(_) => {
                    self.exchange.request().iter().for_each(|request| send(ACCESS, &[request]));
                }
            }
        }
        if self.sealer.is_some() && at >= self.due {
            self.due = at.saturating_add(PERIOD);
            self.measure()?;
        }
        Ok(())
    }

    /// Makes a key and a request for it; the same again until it is answered. The key stays here.
    fn ask_for_certificate(&mut self) -> Result<(), Error> {
        let scalar = match self.asking {
            Some(scalar) => scalar,
            None => new_key()?,
        };
        let mut signer = signer_of(&scalar)?;
        let mut request = [0; MAX_SIGNING_REQUEST];
        let roles = core::slice::from_ref(&self.plan.role);
        let len = write_signing_request(self.vault.own, roles, &mut signer, &mut request)?;
        send(REQUEST, &[request.get(..len).unwrap_or_default()]);
        if self.asking.replace(scalar).is_none() {
            self.show("asks ");
            for byte in message_digest(&[signer.public_key().as_xy()]) {
                let _ = write!(self.display, "{byte:02x}");
            }
            self.show("\n");
        }
        Ok(())
    }

    /// Takes a certificate for the key that asked: from now on it is this one.
    fn install(&mut self, chain: &[u8], at: u64) -> Result<(), Error> {
        let scalar = self.asking.ok_or(Error::AccessState)?;
        let signer = self.vault.install(&scalar, chain, self.time(at))?;
        self.asking = None;
        self.engines = Some(Engines::for_keys(Agreement, signer, Verifier));
        self.renewal = self.renewal_from(at);
        // The session goes on with the key that it began with, until the next one is there.
        self.ask_for_session()?;
        self.show("certified\n");
        Ok(())
    }

    /// What is known of the time.
    fn time(&self, at: u64) -> ChainTime {
        self.clock.now(at).map_or(ChainTime::NotBefore(FLOOR), ChainTime::Now)
    }

    fn renewal_from(&self, at: u64) -> Option<u64> {
        let now = self.clock.now(at)?.as_micros();
        let left = self.vault.expires()?.as_micros().saturating_sub(now);
        Some(at.saturating_add(left / 4))
    }

    /// Begins an exchange with all fresh, and a key ID of its own for the session.
    fn ask_for_session(&mut self) -> Result<(), Error> {
        self.plan.key_id = KeyId(self.plan.key_id.0.wrapping_add(1));
        let (exchange, plan) = (&mut self.exchange, &self.plan);
        self.vault.lend(ChainTime::NotBefore(FLOOR), |credential| {
            exchange
                .begin(plan, credential, &Agreement, &mut BoardEntropy)
                .map_err(|failure| failure.error)
        })?;
        (self.tries, self.retry) = (0, 0);
        Ok(())
    }

    /// Seals a measurement and sends it. The first one under a session confirms it.
    fn measure(&mut self) -> Result<(), Error> {
        let (context, mut frame) = (Context::topic(b"pump/pressure")?, [0; 160]);
        let Some(sealer) = &mut self.sealer else { return Ok(()) };
        let sealed = sealer.seal(b"4.2 bar", &context, None, &mut frame)?;
        send(ACCESS, &[frame.get(..sealed.len()).ok_or(Error::BufferTooSmall)?]);
        Ok(())
    }

    /// What came from the granter. A message that is refused changes nothing: whoever sent it,
    /// the right one may still come.
    fn receive(&mut self, packet: &[u8], at: u64) -> Result<(), Error> {
        let time = self.time(at);
        let Some(engines) = &mut self.engines else { return Ok(()) };
        let exchange = &mut self.exchange;
        match AccessMessage::of(packet) {
            Some(AccessMessage::Challenge) => {
                let answered = self
                    .vault
                    .lend(time, |credential| exchange.challenge(packet, at, credential, engines));
                if answered.is_ok() {
                    (self.tries, self.retry) = (0, 0);
                }
            }
            Some(AccessMessage::Grant | AccessMessage::Refusal) => {
                let granted = self
                    .vault
                    .lend(time, |credential| exchange.grant(packet, at, credential, engines));
                match granted {
                    Ok(session) => self.hold(&session, at)?,
                    Err(failure) => {
                        let _ = writeln!(self.display, "no session: {}", failure.error.name());
                    }
                }
            }
            Some(_) => {}
            None => {
                let context = Context::topic(b"pump/valve")?;
                let requirement = Requirement::exactly(self.plan.wanted, context, &AnyPeer);
                let now = self.clock.now(at);
                if let Ok(accepted) = self.validator.validate(packet, &requirement, now) {
                    self.held.confirm(&accepted, at);
                    self.heard = at;
                }
            }
        }
        Ok(())
    }

    /// Registers what comes under the session, seals what goes, and learns the time.
    fn hold(&mut self, session: &Session, at: u64) -> Result<(), Error> {
        self.held.install(session, &mut self.validator)?;
        let signer = self.vault.signer()?.ok_or(Error::AccessState)?;
        self.sealer = Some(Sealer::for_signed_session(session, signer)?);
        if self.clock.learn(session.time_report()).is_ok() && self.renewal.is_none() {
            self.renewal = self.renewal_from(at);
        }
        (self.heard, self.due) = (at, at);
        self.show("session\n");
        Ok(())
    }

    fn show(&mut self, text: &str) {
        let _ = self.display.write_str(text);
    }

    fn run(&mut self) -> Result<(), Error> {
        let mut decoder = StreamDecoder::new([0; PACKET]);
        loop {
            let Some(packet) = board::uart_read().and_then(|byte| decoder.push(byte)) else {
                self.act(board::micros())?;
                continue;
            };
            let at = board::micros();
            match packet {
                Ok([ACCESS, packet @ ..]) => self.receive(packet, at)?,
                Ok([CHAIN, chain @ ..]) => {
                    if let Err(error) = self.install(chain, at) {
                        let _ = writeln!(self.display, "no certificate: {}", error.name());
                    }
                }
                Ok(_) => {}
                Err(error) => self.validator.count_lost(error),
            }
        }
    }
}

/// A private key from the board's randomness.
fn new_key() -> Result<[u8; 32], Error> {
    let mut scalar = [0; 32];
    loop {
        BoardEntropy.fill(&mut scalar)?;
        // 0 and what isn't below the group's order: once in 2^32.
        if signer_of(&scalar).is_ok() {
            return Ok(scalar);
        }
    }
}

fn send(channel: u8, parts: &[&[u8]]) {
    let mut packet = [0; PACKET];
    let bytes = core::iter::once(&channel).chain(parts.iter().copied().flatten());
    let len = packet.iter_mut().zip(bytes).map(|(place, byte)| *place = *byte).count();
    let mut stream = [0; max_stream_len(PACKET)];
    if let Ok(len) = encode_stream(packet.get(..len).unwrap_or_default(), &mut stream) {
        stream.iter().take(len).copied().for_each(board::uart_write);
    }
}

#[entry]
fn main() -> ! {
    stack::paint();
    board::init();
    let Some(display) = File::stdout() else { exit(2) };
    let result = Pump::new(display).and_then(|mut pump| pump.run());
    if let (Err(error), Some(mut display)) = (result, File::stdout()) {
        let _ = writeln!(display, "stopped: {}", error.name());
    }
    exit(1)
}
