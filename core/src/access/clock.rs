//! Time for a device without a clock: learned from a grant, kept by a tick
//! (`PROTOCOL.md` §12.8).
//!
//! Before it learned one the device has no time: it keeps to counter-only keys and sessions, and
//! its validator refuses what is stamped. Nothing has to be stored over a reset.

use crate::error::Error;
use crate::time::{Limits, Timestamp};

/// The longest way from proof to grant on which a time is learned, in µs: 2 s.
pub const MAX_ROUND_TRIP: u64 = 2_000_000;

/// What a grant tells of the time. Only a session with a granter that is registered as a source
/// of time has one.
#[derive(Debug)]
pub struct TimeReport {
    pub(crate) time: Timestamp,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl TimeReport {
    /// The granter's time when it granted.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// µs by the device's tick from when the proof was first sent until the grant came. The
    /// time is off by half of it at most.
    #[must_use]
    pub const fn round_trip(&self) -> u64 {
        self.received.saturating_sub(self.sent)
    }
}

/// What was learned last.
#[derive(Clone, Copy, Debug)]
struct Known {
    time: Timestamp,
    tick: u64,
    /// How far off, in µs.
    error: u64,
}

/// A clock made of a tick and of times from grants.
#[derive(Debug)]
pub struct DeviceClock {
    floor: Timestamp,
    tolerance: u32,
    known: Option<Known>,
}

impl DeviceClock {
    /// A clock that knows no time yet. No time before `floor` is believed: that of the build,
    /// or a stored one. `tolerance` is the tick's, in parts per million.
    #[must_use]
    pub const fn new(floor: Timestamp, tolerance: u32) -> Self {
        Self { floor, tolerance, known: None }
    }

    /// The time at `tick`, or none before one was learned.
    #[must_use]
    pub fn now(&self, tick: u64) -> Option<Timestamp> {
        let known = self.known?;
        Some(known.time.saturating_add(tick.saturating_sub(known.tick)))
    }

    /// How far off, in µs, the time at `tick` may be if its source was right: half of the way
    /// and what the tick drifted since.
    #[must_use]
    pub fn error(&self, tick: u64) -> Option<u64> {
        let known = self.known?;
        Some(known.error.saturating_add(self.drift(tick.saturating_sub(known.tick))))
    }

    /// `limits`, each wider by how far off the time at `tick` may be.
    ///
    /// # Errors
    /// [`Error::NoClock`] before a time was learned, [`Error::InvalidLimits`] beyond a day.
    pub fn limits(&self, limits: Limits, tick: u64) -> Result<Limits, Error> {
        let error = self.error(tick).ok_or(Error::NoClock)?;
        Limits::new(limits.past().saturating_add(error), limits.future().saturating_add(error))
    }

    /// Takes the time of a grant. The first one sets the clock; a later one moves it by at most
    /// what the tick may have drifted since.
    ///
    /// # Errors
    /// [`Error::NotTimeSource`] without a report, [`Error::TimeTooSlow`],
    /// [`Error::TimeBeforeFloor`]. The clock is unchanged then.
    pub fn learn(&mut self, report: Option<&TimeReport>) -> Result<(), Error> {
        let report = report.ok_or(Error::NotTimeSource)?;
        let round_trip = report.round_trip();
        if round_trip > MAX_ROUND_TRIP || report.received < report.sent {
            return Err(Error::TimeTooSlow);
        }
        if report.time < self.floor {
            return Err(Error::TimeBeforeFloor);
        }
        let half = round_trip.div_ceil(2);
        let target = report.time.saturating_add(half);
        let tick = report.received;
        let Some(now) = self.now(tick) else {
            self.known = Some(Known { time: target, tick, error: half });
            return Ok(());
        };
        let (before, drift) = match self.known {
            Some(known) if tick > known.tick => {
                let drift = self.drift(tick.saturating_sub(known.tick));
                (known.error.saturating_add(drift), drift)
            }
            // A report that is older than what is known says nothing new.
            _ => return Ok(()),
        };
        let time = target.clamp(now.saturating_sub(drift), now.saturating_add(drift));
        let left = target.as_micros().abs_diff(time.as_micros());
        let error = left.saturating_add(half).min(before);
        self.known = Some(Known { time, tick, error });
        Ok(())
    }

    fn drift(&self, micros: u64) -> u64 {
        let drift = u128::from(micros).saturating_mul(self.tolerance.into()).div_ceil(1_000_000);
        u64::try_from(drift).unwrap_or(u64::MAX)
    }
}
