//! How frames are written: right into `bytes` where that is quick, and without the interpreter
//! where there is curve arithmetic.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sealwire::{
    BurstItem, Error, MAX_BURST, MAX_METADATA, MAX_TAG, SignP256, Timestamp, burst_nodes,
};

use crate::engine::{self, Signer};
use crate::error::raise;

/// The core's sealer, of either kind.
pub(crate) enum Inner {
    Plain(sealwire::Sealer),
    Signing(sealwire::Sealer<Signer>),
}

/// The same call on either kind.
macro_rules! either {
    ($inner:expr, $sealer:ident => $call:expr) => {
        match $inner {
            Inner::Plain($sealer) => $call,
            Inner::Signing($sealer) => $call,
        }
    };
}
pub(crate) use either;

/// How a frame travels.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Attached,
    Detached,
}

/// Why no frame was written, before it is an exception of ours.
pub(crate) enum Failed {
    Refused(Error),
    NoMemory(PyErr),
}

impl Failed {
    #[cold]
    pub(crate) fn raise(self) -> PyErr {
        match self {
            Self::Refused(error) => raise(error),
            Self::NoMemory(error) => error,
        }
    }
}

/// Writes a frame of a counting sealer right into the `bytes` that are given back.
#[inline]
pub(crate) fn write_plain<'py>(
    py: Python<'py>,
    sealer: &mut sealwire::Sealer,
    form: Form,
    payload: &[u8],
    context: &sealwire::Context<'_>,
    now: Option<Timestamp>,
) -> Result<Bound<'py, PyBytes>, Failed> {
    let len = match form {
        Form::Attached => sealer.frame_len(payload.len(), now),
        Form::Detached => sealer.detached_len(payload.len(), now),
    }
    .map_err(Failed::Refused)?;
    let mut sealed = Err(Error::BufferTooSmall);
    let frame = PyBytes::new_with(py, len, |out| {
        sealed = match form {
            Form::Attached => sealer.seal(payload, context, now, out),
            Form::Detached => sealer.seal_detached(payload, context, now, out),
        }
        .map(drop);
        Ok(())
    });
    let frame = frame.map_err(Failed::NoMemory)?;
    sealed.map(|()| frame).map_err(Failed::Refused)
}

impl Inner {
    /// Writes a frame without the interpreter.
    pub(crate) fn write(
        &mut self,
        random: bool,
        form: Form,
        payload: &[u8],
        context: &sealwire::Context<'_>,
        now: Option<Timestamp>,
    ) -> Result<Vec<u8>, Error> {
        if matches!(form, Form::Attached) && random {
            let nonce = engine::random_nonce()?;
            return into_new(form, payload, |out| {
                either!(self, sealer => sealer.seal_with_nonce(nonce, payload, context, now, out))
                    .map(|frame| frame.len())
            });
        }
        either!(self, sealer => written(sealer, form, payload, context, now))
    }

    /// Signs and writes a burst without the interpreter.
    pub(crate) fn burst(&mut self, items: &[BurstItem<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        let mut nodes = vec![[0; 32]; burst_nodes(items.len().min(MAX_BURST))];
        let burst = either!(self, sealer => sealer.seal_burst(items, &mut nodes))?;
        let mut frames = Vec::with_capacity(burst.len());
        for index in 0..burst.len() {
            let mut frame = vec![0; burst.frame_len(index)?];
            burst.write(index, &mut frame)?;
            frames.push(frame);
        }
        Ok(frames)
    }
}

/// A frame of `sealer`, written without the interpreter.
pub(crate) fn written<S: SignP256>(
    sealer: &mut sealwire::Sealer<S>,
    form: Form,
    payload: &[u8],
    context: &sealwire::Context<'_>,
    now: Option<Timestamp>,
) -> Result<Vec<u8>, Error> {
    into_new(form, payload, |out| {
        match form {
            Form::Attached => sealer.seal(payload, context, now, out),
            Form::Detached => sealer.seal_detached(payload, context, now, out),
        }
        .map(|frame| frame.len())
    })
}

/// What `seal` writes into a buffer with room for a frame; it gives the frame's length.
fn into_new(
    form: Form,
    payload: &[u8],
    seal: impl FnOnce(&mut [u8]) -> Result<usize, Error>,
) -> Result<Vec<u8>, Error> {
    const OVERHEAD: usize = MAX_METADATA + MAX_TAG;
    let room = match form {
        Form::Attached => payload.len().saturating_add(OVERHEAD),
        Form::Detached => OVERHEAD,
    };
    let mut out = vec![0; room];
    let len = seal(&mut out)?;
    out.truncate(len);
    Ok(out)
}
