//! Many frames in one call: the verdicts of one call each, in order.
//!
//! All frames are taken in before the first is looked at, so that a wrong type among them is
//! refused before a nonce is spent. Frames without a signature are validated under one lock; for
//! frames in a row that are signed, or of sessions, the interpreter is given up once, and the lock
//! taken as for each of them alone.

use std::slice::Iter;

use crate::accepted::Accepted;
use crate::bytes::Input;
use crate::rejection::Rejection;
use crate::validator::{Validator, says_signed};
use crate::verdict::{Terms, Verdict, kept};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// A frame, or what a stream decoder gave in its place.
pub(crate) enum Packet<'py> {
    Frame(Input<'py>),
    Lost(Box<Rejection>),
}

impl<'py> Packet<'py> {
    fn of(object: Bound<'py, PyAny>) -> PyResult<Self> {
        // Bytes first: that is a look at a flag, anything else a walk through base types.
        let other = match Input::of_owned(object) {
            Ok(bytes) => return Ok(Self::Frame(bytes)),
            Err(other) => other,
        };
        match other.cast::<Rejection>() {
            Ok(rejection) => Ok(Self::Lost(Box::new(*rejection.get()))),
            Err(_) => other.extract().map(Self::Frame),
        }
    }

    /// Its bytes, if it is checked without the interpreter.
    fn slow(&self, is_of_sessions: bool) -> Option<&[u8]> {
        match self {
            Self::Frame(frame) => {
                Some(frame.get()).filter(|bytes| is_of_sessions || says_signed(bytes))
            }
            Self::Lost(_) => None,
        }
    }
}

/// What an iterable of frames gives, all of it.
pub(crate) fn taken<'py>(frames: &Bound<'py, PyAny>) -> PyResult<Vec<Packet<'py>>> {
    let mut packets = Vec::with_capacity(frames.len().unwrap_or(0));
    for frame in frames.try_iter()? {
        packets.push(Packet::of(frame?)?);
    }
    Ok(packets)
}

/// An element of the list that a batch gives.
#[derive(IntoPyObject)]
enum Element {
    Accepted(Accepted),
    Rejection(Rejection),
}

impl Element {
    fn of(verdict: Verdict, packet: Packet<'_>) -> Self {
        match (verdict, packet) {
            (Ok(kept), Packet::Frame(frame)) => Self::Accepted(Accepted::new(kept, frame)),
            (Err(rejection), _) => Self::Rejection(rejection),
            // No packet that was lost is accepted.
            (Ok(_), Packet::Lost(rejection)) => Self::Rejection(*rejection),
        }
    }
}

impl Validator {
    /// The verdicts on all of `packets`, as a list of objects.
    pub(crate) fn batch<'py>(
        &self,
        py: Python<'py>,
        packets: Vec<Packet<'py>>,
        terms: Terms<'_>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut verdicts = Vec::with_capacity(packets.len());
        let mut rest = packets.iter();
        while !rest.as_slice().is_empty() {
            self.run_slow(py, &mut rest, terms, &mut verdicts)?;
            self.run_quick(py, &mut rest, terms, &mut verdicts)?;
        }
        for verdict in &verdicts {
            if let Err(rejection) = verdict {
                self.log.refused(py, rejection)?;
            }
        }
        let elements = verdicts.into_iter().zip(packets);
        PyList::new(py, elements.map(|(verdict, packet)| Element::of(verdict, packet)))
    }

    /// The verdicts on the packets from the front up to the first that is quick, without the
    /// interpreter.
    fn run_slow(
        &self,
        py: Python<'_>,
        packets: &mut Iter<'_, Packet<'_>>,
        terms: Terms<'_>,
        verdicts: &mut Vec<Verdict>,
    ) -> PyResult<()> {
        let slow = |packet| Packet::slow(packet, terms.tick.is_some());
        let frames: Vec<&[u8]> = packets.as_slice().iter().map_while(slow).collect();
        let Some(last) = frames.len().checked_sub(1) else { return Ok(()) };
        packets.nth(last);
        let live = self.live()?;
        py.detach(|| {
            verdicts.extend(frames.into_iter().map(|frame| live.validate(frame, terms)));
        });
        Ok(())
    }

    /// The verdicts on the packets from the front up to the first that is slow, all under one
    /// lock.
    fn run_quick(
        &self,
        py: Python<'_>,
        packets: &mut Iter<'_, Packet<'_>>,
        terms: Terms<'_>,
        verdicts: &mut Vec<Verdict>,
    ) -> PyResult<()> {
        self.with(py, |inner| {
            while let Some(packet) = packets.as_slice().first() {
                verdicts.push(match packet {
                    Packet::Frame(frame) => {
                        let bytes = frame.get();
                        if terms.tick.is_some() || says_signed(bytes) {
                            break;
                        }
                        kept(&inner.validate(bytes, terms.requirement, terms.now))
                    }
                    Packet::Lost(rejection) => {
                        inner.count_lost(rejection.error());
                        Err(**rejection)
                    }
                });
                packets.next();
            }
        })
    }
}
