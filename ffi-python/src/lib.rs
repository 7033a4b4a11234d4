//! The extension module `sealwire._native`: converts and calls; the protocol is the core's.
//!
//! Classes are frozen, with a lock inside where there is state. The interpreter is given up
//! around curve operations and where sessions are looked after; no lock is held while Python code
//! runs: no call can find an object "already borrowed", and none can wait for itself.
#![deny(unsafe_op_in_unsafe_fn)]

mod accepted;
mod audit;
mod batch;
mod bytes;
mod certified;
mod checked_chain;
mod clock;
mod context;
mod device_clock;
mod engine;
mod enums;
mod error;
mod exchange;
mod fork;
mod granted;
mod granter;
mod granting;
mod id;
mod inspect;
mod keys;
mod light;
mod live;
mod log;
mod nonces;
mod number;
mod policy;
mod rejection;
mod sealer;
mod sealing;
mod session;
mod settings;
mod stream;
mod trust;
mod trusted;
mod validator;
mod verdict;

use pyo3::prelude::*;

/// Private: import `sealwire`.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::{
        certified::ChainCredential,
        checked_chain::CheckedChain,
        clock::{NoClock, now},
        context::{Context, Requirement},
        device_clock::DeviceClock,
        exchange::{Exchange, access_kind},
        granted::Granted,
        granter::Granter,
        id::ModuleId,
        inspect::{parse, tag_of},
        keys::{PeerKey, PeerSecret, PublicKey, SigningKey},
        live::tick,
        nonces::NonceStart,
        policy::{AnyPeer, NoPolicy, Rule, Rules},
        rejection::Rejection,
        sealer::Sealer,
        session::{GroupKey, Session, SessionToken, SessionTokens},
        settings::{Limits, Restart},
        stream::{StreamDecoder, encode_stream},
        trust::{TrustStore, identity_in},
        validator::Validator,
    };

    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("Accepted", crate::accepted::ACCEPTED.get(module.py())?)?;
        module.add("NO_CLOCK", NoClock)?;
        module.add("ERRORS", crate::error::table())?;
        module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
        module.add("PROTOCOL_VERSION", sealwire::PROTOCOL_VERSION)?;
        module.add("MAX_PAYLOAD", sealwire::MAX_PAYLOAD)?;
        module.add("MAX_OVERHEAD", sealwire::MAX_OVERHEAD)?;
        crate::fork::watch(module.py())
    }
}
