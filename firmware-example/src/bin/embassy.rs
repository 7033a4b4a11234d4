//! The switch of `receive-only` as an embassy task: copy this where an executor runs.
//!
//! Validator and sealer lie in `static`s, and each belongs to one task, so nothing is locked.
//! Level 4 is short enough to be checked between two `await`s. A signature takes tens of
//! milliseconds: a task that verifies one belongs on an executor of the lowest priority.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_futures::yield_now;
use firmware::board::{self, Clock, Flash, semihosting};
use firmware::line::Line;
use firmware::plant;
use sealwire::{
    AnyPeer, Error, Level, Limits, PeerKey, Requirement, Restart, Slot, TagLength, Validator,
};
use static_cell::{ConstStaticCell, StaticCell};

type Receiver = Validator<&'static mut [Slot]>;

static SLOTS: ConstStaticCell<[Slot; 2]> = ConstStaticCell::new([const { Slot::EMPTY }; 2]);
static RECEIVER: StaticCell<Receiver> = StaticCell::new();

fn receiver(clock: &mut Clock) -> Result<Receiver, Error> {
    let mut flash = Flash::open().ok_or(Error::InvalidState)?;
    let restart = Restart::NotBefore(clock.now().ok_or(Error::NoClock)?);
    let slots = SLOTS.take().as_mut_slice();
    let mut validator = Validator::new(plant::pump()?, Limits::DEFAULT, restart, slots)?;
    let secret = plant::station_secret(&mut flash)?;
    let key = PeerKey::hmac(plant::STATION_TO_PUMP, plant::station()?, &secret, TagLength::Full);
    validator.register(&key)?;
    Ok(validator)
}

#[embassy_executor::task]
async fn obey(validator: &'static mut Receiver, mut clock: Clock) {
    let Ok(context) = plant::command() else { return };
    let requirement = Requirement::exactly(Level::Hmac, context, &AnyPeer);
    let mut line = Line::new();
    loop {
        if let Some(Ok((plant::COMMAND, frame))) = line.poll()
            && let Ok(accepted) = validator.validate(frame, &requirement, clock.now())
        {
            set(accepted.payload());
        }
        yield_now().await;
    }
}

fn set(command: &[u8]) {
    match command {
        b"on" => firmware::log!("on"),
        b"off" => firmware::log!("off"),
        _ => {}
    }
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    board::init();
    let mut clock = Clock::default();
    let Ok(made) = receiver(&mut clock) else { semihosting::exit(1) };
    if let Ok(task) = obey(RECEIVER.init(made), clock) {
        spawner.spawn(task);
    }
}
