//! Many frames in one call: the verdicts of one call each, in order.
//!
//! All frames are taken in before the first is looked at, so that a wrong type among them is
//! refused before a nonce is spent, and stay until the last was. Frames without a signature are
//! validated under one lock, and what is accepted becomes an object there: the garbage collector has
//! no part in it (`light.rs`), and a processor that runs ahead makes it while it waits for the next
//! frame's tag. For frames in a row that are signed, or of sessions, the interpreter is given up
//! once, and the lock taken as for each of them alone.

use std::slice::Iter;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::accepted::{ACCEPTED, Accepted};
use crate::bytes::Input;
use crate::rejection::Rejection;
use crate::validator::{Validator, says_signed};
use crate::verdict::{Terms, Verdict, kept};

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

/// What came of a packet. Making it runs no Python code, so a lock may be held.
enum Found<'py> {
    Accepted(Bound<'py, PyAny>),
    Refused(Box<Rejection>),
}

impl<'py> Found<'py> {
    /// `MemoryError` if there is no memory for the object; then no frame after it is looked at, for
    /// the whole list is lost.
    #[inline(always)]
    fn of(py: Python<'py>, verdict: Verdict, packet: &Packet<'py>) -> PyResult<Self> {
        match (verdict, packet) {
            (Ok(kept), Packet::Frame(frame)) => {
                ACCEPTED.object(py, || Accepted::new(kept, frame.share())).map(Self::Accepted)
            }
            (Err(rejection), _) => Ok(Self::Refused(Box::new(rejection))),
            // No packet that was lost is accepted.
            (Ok(_), Packet::Lost(rejection)) => Ok(Self::Refused(rejection.clone())),
        }
    }
}

impl<'py> IntoPyObject<'py> for Found<'py> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Refused(rejection) => (*rejection).into_bound_py_any(py),
        }
    }
}

impl Validator {
    /// The verdicts on all of `packets`, as a list of objects.
    pub(crate) fn batch<'py>(
        &self,
        py: Python<'py>,
        packets: &[Packet<'py>],
        terms: Terms<'_>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut found = Vec::with_capacity(packets.len());
        let mut rest = packets.iter();
        while !rest.as_slice().is_empty() {
            self.run_slow(py, &mut rest, terms, &mut found)?;
            self.run_quick(py, &mut rest, terms, &mut found)?;
        }
        for found in &found {
            if let Found::Refused(rejection) = found {
                self.log.refused(py, rejection)?;
            }
        }
        PyList::new(py, found)
    }

    /// The verdicts on the packets from the front up to the first that is quick, without the
    /// interpreter.
    fn run_slow<'py>(
        &self,
        py: Python<'py>,
        packets: &mut Iter<'_, Packet<'py>>,
        terms: Terms<'_>,
        found: &mut Vec<Found<'py>>,
    ) -> PyResult<()> {
        let slow = |packet| Packet::slow(packet, terms.tick.is_some());
        let frames: Vec<&[u8]> = packets.as_slice().iter().map_while(slow).collect();
        if frames.is_empty() {
            return Ok(());
        }
        let live = self.live()?;
        let verdicts: Vec<Verdict> =
            py.detach(|| frames.into_iter().map(|frame| live.validate(frame, terms)).collect());
        for verdict in verdicts {
            if let Some(packet) = packets.next() {
                found.push(Found::of(py, verdict, packet)?);
            }
        }
        Ok(())
    }

    /// The verdicts on the packets from the front up to the first that is slow, all under one
    /// lock.
    fn run_quick<'py>(
        &self,
        py: Python<'py>,
        packets: &mut Iter<'_, Packet<'py>>,
        terms: Terms<'_>,
        found: &mut Vec<Found<'py>>,
    ) -> PyResult<()> {
        self.with(py, |inner| {
            while let Some(packet) = packets.as_slice().first() {
                let verdict = match packet {
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
                };
                found.push(Found::of(py, verdict, packet)?);
                packets.next();
            }
            Ok(())
        })?
    }
}
