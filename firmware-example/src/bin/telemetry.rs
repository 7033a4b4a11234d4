//! The pump: seals its measurements, obeys the station, keeps its counter over a reset.
//!
//! Level 4 for what comes often and for commands; level 5 for its health, where a signature's
//! time doesn't matter. Without the feature `level5` there is no health, and 16 KB of RAM do.
//! What is refused is counted and logged; nothing is answered to it.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use firmware::board::semihosting::exit;
use firmware::board::{self, Clock, Flash, entry, stack};
use firmware::counter::Counter;
use firmware::line::{Line, PACKET};
use firmware::report::Report;
use firmware::{log, plant};
use sealwire::{
    AnyPeer, Audience, Context, Error, Level, Limits, NonceStart, PeerKey, Requirement, Restart,
    Sealer, SignP256, Slot, TagLength, Timestamp, Validator,
};

/// ms between two reports until the station says otherwise.
const PERIOD: u64 = 200;
/// Every how many reports there is a signed one. The first is.
#[cfg(feature = "level5")]
const HEALTH_EVERY: u32 = 20;

struct Pump {
    clock: Clock,
    counter: Counter,
    telemetry: Sealer,
    answers: Sealer,
    #[cfg(feature = "level5")]
    health: Sealer<plant::Signer>,
    validator: Validator<[Slot; 2]>,
    report: Report,
    period: u64,
    is_health_wanted: bool,
}

/// What a command asks for beyond its answer.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Nothing,
    Reset,
}

impl Pump {
    fn new() -> Result<Self, Error> {
        let mut flash = Flash::open().ok_or(Error::InvalidState)?;
        let (pump, station, group) = (plant::pump()?, plant::station()?, plant::plant()?);
        let station_secret = plant::station_secret(&mut flash)?;
        let plant_secret = plant::plant_secret(&mut flash)?;
        #[cfg(feature = "level5")]
        let signer = plant::signer(&mut flash)?;
        let (counter, start) = Counter::resume(flash)?;
        if let NonceStart::Reserved { from, until } = start {
            log!("nonces from {} until {}", from, until);
        }

        let mut clock = Clock::default();
        let now = clock.now().ok_or(Error::NoClock)?;
        // Windows are not kept over a reset: what was stamped before now is refused instead.
        let slots = [const { Slot::EMPTY }; 2];
        let mut validator = Validator::new(pump, Limits::DEFAULT, Restart::NotBefore(now), slots)?;
        validator.register(&PeerKey::hmac(
            plant::STATION_TO_PUMP,
            station,
            &station_secret,
            TagLength::Full,
        ))?;
        validator.register(
            &PeerKey::hmac(plant::STATION_IN_PLANT, station, &plant_secret, TagLength::Full)
                .group(group),
        )?;
        let sealer =
            |id, audience, secret| Sealer::hmac(id, pump, audience, secret, TagLength::Full, start);
        Ok(Self {
            clock,
            counter,
            telemetry: sealer(plant::PUMP_IN_PLANT, Audience::Group(group), &plant_secret)?,
            answers: sealer(plant::PUMP_TO_STATION, Audience::Peer(station), &station_secret)?,
            #[cfg(feature = "level5")]
            health: Sealer::ecdsa(plant::PUMP_SIGNS, pump, Audience::Group(group), signer, start)?,
            validator,
            report: Report::default(),
            period: PERIOD,
            is_health_wanted: true,
        })
    }

    /// Checks what came on `channel`, and does what it says.
    fn receive(&mut self, channel: u8, frame: &[u8]) -> Result<Order, Error> {
        let now = self.clock.now();
        let context = match channel {
            plant::COMMAND => plant::command()?,
            plant::STATION => plant::station_topic()?,
            // On the other channels it speaks itself.
            _ => return Ok(Order::Nothing),
        };
        let mut requirement = Requirement::exactly(Level::Hmac, context, &AnyPeer);
        if channel == plant::STATION {
            requirement = requirement.allow_groups();
        }
        let started = board::micros();
        let verdict = self.validator.validate(frame, &requirement, now);
        self.report.validating = since(started);
        match verdict {
            Ok(accepted) => {
                log!("channel {}: {}", channel, accepted);
                if let Some(command) = plant::GATE.command(channel, &accepted) {
                    return self.obey(command, accepted.tag(), now);
                }
            }
            Err(rejection) => {
                log!("channel {}: refused, {}", channel, rejection);
                self.report.last_refusal = rejection.error().number().into();
            }
        }
        Ok(Order::Nothing)
    }

    fn obey(&mut self, command: &[u8], tag: &[u8], now: Option<Timestamp>) -> Result<Order, Error> {
        let (answer, order): (&[u8], _) = match command.strip_prefix(b"period ") {
            Some(period) => match number(period) {
                Some(period @ 10..=10_000) => {
                    self.period = period;
                    (b"ok", Order::Nothing)
                }
                _ => (b"out of range", Order::Nothing),
            },
            None if command == b"health" => {
                self.is_health_wanted = true;
                (b"ok", Order::Nothing)
            }
            None if command == b"reset" => (b"ok", Order::Reset),
            None => (b"unknown", Order::Nothing),
        };
        let context = Context::response(plant::COMMAND_SERVICE, tag)?;
        let sealer = &mut self.answers;
        send(plant::ANSWER, answer, &context, now, sealer, &mut self.counter)?;
        Ok(order)
    }

    /// Seals and sends what is known now.
    fn speak(&mut self, _count: u32) -> Result<(), Error> {
        self.report.refresh(self.validator.audit());
        let bytes = self.report.to_bytes();
        let now = self.clock.now();
        let context = plant::telemetry()?;
        let started = board::micros();
        let sealer = &mut self.telemetry;
        send(plant::TELEMETRY, &bytes, &context, now, sealer, &mut self.counter)?;
        self.report.sealing = since(started);
        #[cfg(feature = "level5")]
        if self.is_health_wanted || _count % HEALTH_EVERY == 0 {
            self.is_health_wanted = false;
            let sealer = &mut self.health;
            send(plant::HEALTH, &bytes, &plant::health()?, now, sealer, &mut self.counter)?;
        }
        Ok(())
    }

    fn run(&mut self) -> Result<(), Error> {
        let mut line = Line::new();
        let mut count = 0_u32;
        let mut due = 0;
        loop {
            match line.poll() {
                Some(Ok((channel, frame))) => {
                    if self.receive(channel, frame)? == Order::Reset {
                        log!("reset");
                        board::reset();
                    }
                }
                Some(Err(error)) => {
                    log!("lost a packet, {}", error);
                    self.report.last_refusal = error.number().into();
                    self.validator.count_lost(error);
                }
                None if board::micros() >= due => {
                    due = board::micros().saturating_add(self.period.saturating_mul(1000));
                    self.speak(count)?;
                    count = count.wrapping_add(1);
                }
                None => {}
            }
        }
    }
}

/// Seals `payload` and sends it; reserves the next nonces when those at hand are spent.
fn send<S: SignP256>(
    channel: u8,
    payload: &[u8],
    context: &Context<'_>,
    now: Option<Timestamp>,
    sealer: &mut Sealer<S>,
    counter: &mut Counter,
) -> Result<(), Error> {
    if sealer.nonces_left() == 0 {
        let until = counter.reserve()?;
        sealer.extend(until)?;
        log!("nonces until {}", until);
    }
    let mut packet = [0; PACKET];
    let (place, frame) = packet.split_first_mut().ok_or(Error::BufferTooSmall)?;
    *place = channel;
    let sealed = sealer.seal(payload, context, now, frame)?;
    Line::send(packet.get(..=sealed.len()).ok_or(Error::BufferTooSmall)?);
    Ok(())
}

fn since(started: u64) -> u32 {
    u32::try_from(board::micros().saturating_sub(started)).unwrap_or(u32::MAX)
}

/// Decimal digits as a number.
fn number(digits: &[u8]) -> Option<u64> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[entry]
fn main() -> ! {
    stack::paint();
    board::init();
    let result = Pump::new().and_then(|mut pump| pump.run());
    log!("stopped: {}", result);
    exit(if result.is_ok() { 0 } else { 1 })
}
