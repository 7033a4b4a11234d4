//! The switch of `receive-only` under RTIC: copy this where interrupts have priorities.
//!
//! Level 4 is checked in the UART's interrupt. A signature is verified by a task of the lowest
//! priority, outside of the lock: `begin` and `admit` hold it for microseconds, `finish` is the
//! long part and needs none.
#![no_std]
#![no_main]

#[rtic::app(device = lm3s6965, peripherals = false, dispatchers = [SSI0])]
mod app {
    use firmware::board::{Clock, Flash};
    use firmware::engine::Verifier;
    use firmware::line::{Line, PACKET};
    use firmware::plant;
    use sealwire::{
        AnyPeer, Error, Frame, Level, Limits, NonceEntry, PeerKey, Requirement, Restart, Slot,
        TagLength, Validator,
    };

    type Receiver = Validator<[Slot; 2], [NonceEntry; 0], Verifier>;
    type Packet = ([u8; PACKET], usize);

    #[shared]
    struct Shared {
        validator: Receiver,
        clock: Clock,
    }

    #[local]
    struct Local {
        line: Line,
    }

    #[init]
    fn init(_context: init::Context) -> (Shared, Local) {
        let mut clock = Clock::default();
        let Ok(validator) = receiver(&mut clock) else { firmware::board::semihosting::exit(1) };
        (Shared { validator, clock }, Local { line: Line::new() })
    }

    fn receiver(clock: &mut Clock) -> Result<Receiver, Error> {
        let mut flash = Flash::open().ok_or(Error::InvalidState)?;
        let restart = Restart::NotBefore(clock.now().ok_or(Error::NoClock)?);
        let slots = [const { Slot::EMPTY }; 2];
        let mut validator = Validator::new(plant::pump()?, Limits::DEFAULT, restart, slots)?
            .with_verifier(Verifier);
        let secret = plant::station_secret(&mut flash)?;
        let station = plant::station()?;
        let key = PeerKey::hmac(plant::STATION_TO_PUMP, station, &secret, TagLength::Full);
        validator.register(&key)?;
        Ok(validator)
    }

    /// The line's interrupt: level 4 at once, level 5 later.
    #[task(binds = UART0, priority = 2, shared = [validator, clock], local = [line])]
    fn received(context: received::Context) {
        let Ok(about) = plant::command() else { return };
        let requirement = Requirement::exactly(Level::Hmac, about, &AnyPeer);
        let (mut validator, mut clock) = (context.shared.validator, context.shared.clock);
        while let Some(Ok((channel, frame))) = context.local.line.poll() {
            let now = clock.lock(Clock::now);
            if channel == plant::COMMAND {
                let verdict = validator.lock(|validator| {
                    validator
                        .validate(frame, &requirement, now)
                        .map(|accepted| accepted.payload() == b"on")
                });
                firmware::log!("{}", verdict);
            } else if let Some(packet) = copied(frame) {
                let _ = signed::spawn(packet);
            }
        }
    }

    /// A signed frame, verified while interrupts go on.
    #[task(priority = 1, shared = [validator, clock])]
    async fn signed(context: signed::Context, (bytes, len): Packet) {
        let (Ok(about), Some(bytes)) = (plant::health(), bytes.get(..len)) else { return };
        let requirement = Requirement::exactly(Level::DigitalSignature, about, &AnyPeer);
        let (mut validator, mut clock) = (context.shared.validator, context.shared.clock);
        let now = clock.lock(Clock::now);
        let begun =
            validator.lock(|validator| validator.begin(Frame::parse(bytes), &requirement, now));
        let checked = begun.and_then(|begun| begun.finish());
        validator.lock(|validator| {
            if let Ok(accepted) = validator.admit(checked) {
                firmware::log!("{}", accepted);
            }
        });
    }

    fn copied(frame: &[u8]) -> Option<Packet> {
        let mut bytes = [0; PACKET];
        bytes.get_mut(..frame.len())?.copy_from_slice(frame);
        Some((bytes, frame.len()))
    }
}
