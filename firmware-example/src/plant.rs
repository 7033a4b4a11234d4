//! Who is who in this example, and what is said on which channel.
//!
//! A pump measures; a station commands it; listeners of the plant only listen. Names are code,
//! secrets are not: those a device is provisioned with, here in the first bytes of its flash.
//!
//! A packet on the line is one byte of channel and a frame. The channel isn't authenticated: it
//! picks the context, which is.

use sealwire::{Context, Error, KeyId, ModuleId, PeerSecret};

use crate::board::Flash;
use crate::gate::Gate;

/// Measurements of the pump, level 4, to the plant.
pub const TELEMETRY: u8 = 1;
/// Costs and stack of the pump, level 5, to the plant.
pub const HEALTH: u8 = 2;
/// What the station wants of the pump, level 4.
pub const COMMAND: u8 = 3;
/// What the pump answers to a command, level 4.
pub const ANSWER: u8 = 4;
/// Measurements of the station, level 4, to the plant.
pub const STATION: u8 = 5;

/// The topic of [`TELEMETRY`].
pub const TELEMETRY_TOPIC: &[u8] = b"pump/telemetry";
/// The topic of [`HEALTH`].
pub const HEALTH_TOPIC: &[u8] = b"pump/health";
/// The service of [`COMMAND`] and [`ANSWER`].
pub const COMMAND_SERVICE: &[u8] = b"pump/command";
/// The topic of [`STATION`].
pub const STATION_TOPIC: &[u8] = b"station/host";

/// The pump's key for the plant's group.
pub const PUMP_IN_PLANT: KeyId = KeyId(0x11);
/// The pump's signature key.
pub const PUMP_SIGNS: KeyId = KeyId(0x12);
/// The pump's key for the station.
pub const PUMP_TO_STATION: KeyId = KeyId(0x13);
/// The station's key for the pump.
pub const STATION_TO_PUMP: KeyId = KeyId(0x21);
/// The station's key for the plant's group.
pub const STATION_IN_PLANT: KeyId = KeyId(0x22);

/// What the pump obeys.
pub const GATE: Gate = Gate { channel: COMMAND, key: STATION_TO_PUMP };

/// For constants: what is wrong in them doesn't compile.
///
/// # Panics
/// In the compiler, if `made` is an error.
pub const fn right<T: Copy>(made: Result<T, Error>) -> T {
    match made {
        Ok(value) => value,
        Err(_) => panic!("an error in a constant"),
    }
}

/// This device.
///
/// # Errors
/// None; the bytes are an ID.
pub const fn pump() -> Result<ModuleId, Error> {
    ModuleId::new(*b"pump-000000-0001")
}

/// Who commands it.
///
/// # Errors
/// None; the bytes are an ID.
pub const fn station() -> Result<ModuleId, Error> {
    ModuleId::new(*b"station-000-0001")
}

/// The group of all who listen.
///
/// # Errors
/// None; the bytes are an ID.
pub const fn plant() -> Result<ModuleId, Error> {
    ModuleId::new(*b"plant-00000-0001")
}

/// Flash: 32 bytes of counter, then three secrets of 32 bytes each.
const STATION_SECRET: usize = 32;
const PLANT_SECRET: usize = 64;
#[cfg(feature = "level5")]
const SIGNING_KEY: usize = 96;
#[cfg(feature = "access")]
const GRANTER_KEY: usize = 128;

/// The secret shared with the station.
///
/// # Errors
/// [`Error::KeyInvalid`] if the device was not provisioned.
pub fn station_secret(flash: &mut Flash) -> Result<PeerSecret, Error> {
    secret(flash, STATION_SECRET)
}

/// The secret shared by the plant.
///
/// # Errors
/// [`Error::KeyInvalid`] if the device was not provisioned.
pub fn plant_secret(flash: &mut Flash) -> Result<PeerSecret, Error> {
    secret(flash, PLANT_SECRET)
}

fn secret(flash: &mut Flash, place: usize) -> Result<PeerSecret, Error> {
    let mut bytes = [0; PeerSecret::LEN];
    if !flash.read(place, &mut bytes) {
        return Err(Error::KeyInvalid);
    }
    let secret = PeerSecret::from_slice(&bytes);
    bytes.fill(0);
    secret
}

/// Signs as the pump, with hedged nonces.
#[cfg(feature = "level5")]
pub type Signer = crate::engine::Signer<sealwire::Hedged<crate::board::BoardEntropy>>;

/// The pump's signature key.
///
/// # Errors
/// [`Error::KeyInvalid`] if the device was not provisioned.
#[cfg(feature = "level5")]
pub fn signer(flash: &mut Flash) -> Result<Signer, Error> {
    let scalar = secret(flash, SIGNING_KEY)?;
    let signer = crate::engine::Signer::from_secret(scalar.secret_bytes())?;
    Ok(signer.hedged(crate::board::BoardEntropy))
}

/// The public key of who grants access, behind the others.
///
/// # Errors
/// [`Error::KeyInvalid`] if the device was not provisioned.
#[cfg(feature = "access")]
pub fn granter_key(flash: &mut Flash) -> Result<sealwire::PublicKey, Error> {
    let mut xy = [0; sealwire::PublicKey::LEN];
    if !flash.read(GRANTER_KEY, &mut xy) {
        return Err(Error::KeyInvalid);
    }
    Ok(sealwire::PublicKey::from_xy(xy))
}

/// What a pump's telemetry is about.
///
/// # Errors
/// None; the name is short enough.
pub const fn telemetry() -> Result<Context<'static>, Error> {
    Context::topic(TELEMETRY_TOPIC)
}

/// What a pump's health is about.
///
/// # Errors
/// None; the name is short enough.
pub const fn health() -> Result<Context<'static>, Error> {
    Context::topic(HEALTH_TOPIC)
}

/// What a command to the pump is about.
///
/// # Errors
/// None; the name is short enough.
pub const fn command() -> Result<Context<'static>, Error> {
    Context::request(COMMAND_SERVICE)
}

/// What the station's measurements are about.
///
/// # Errors
/// None; the name is short enough.
pub const fn station_topic() -> Result<Context<'static>, Error> {
    Context::topic(STATION_TOPIC)
}
