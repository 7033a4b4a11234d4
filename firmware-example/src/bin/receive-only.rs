//! A switch: obeys the station at level 4 and says nothing. No sealing, no signing, 16 KB of RAM.
//!
//! Copy this where a device only takes commands. `on` and `off` are all that it knows.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use firmware::board::semihosting::exit;
use firmware::board::{self, Clock, Flash, entry};
use firmware::line::Line;
use firmware::log;
use firmware::plant::{self, right};
use sealwire::{
    AnyPeer, Error, FixedPeer, FixedPeers, Level, Limits, Requirement, Restart, Slot, TagLength,
    Validator,
};

/// Who may command, and by what: in flash, and checked when this is compiled.
static PEERS: FixedPeers<'_> = right(FixedPeers::new(
    right(plant::pump()),
    &[FixedPeer::hmac(plant::STATION_TO_PUMP, right(plant::station()), TagLength::Full)],
));
static REQUIREMENT: Requirement<'_> =
    Requirement::exactly(Level::Hmac, right(plant::command()), &AnyPeer);

fn run() -> Result<(), Error> {
    let mut flash = Flash::open().ok_or(Error::InvalidState)?;
    let mut clock = Clock::default();
    let restart = Restart::NotBefore(clock.now().ok_or(Error::NoClock)?);
    let slots = [const { Slot::EMPTY }; 1];
    let secrets = [plant::station_secret(&mut flash)?];
    let mut validator = Validator::with_peers(&PEERS, &secrets, Limits::DEFAULT, restart, slots)?;
    let mut line = Line::new();
    loop {
        let Some(packet) = line.poll() else { continue };
        match packet {
            Ok((plant::COMMAND, frame)) => {
                match validator.validate(frame, &REQUIREMENT, clock.now()) {
                    Ok(accepted) => set(accepted.payload()),
                    Err(rejection) => log!("refused, {}", rejection),
                }
            }
            Ok(_) => {}
            Err(error) => validator.count_lost(error),
        }
    }
}

fn set(command: &[u8]) {
    match command {
        b"on" => log!("on"),
        b"off" => log!("off"),
        _ => log!("unknown command"),
    }
}

#[entry]
fn main() -> ! {
    board::init();
    let result = run();
    log!("stopped: {}", result);
    exit(1)
}
