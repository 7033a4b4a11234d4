//! Bytes on the wire: metadata, frames, contexts, streams. Knows no keys and decides nothing
//! about trust.

pub(crate) mod cobs;
pub(crate) mod context;
pub(crate) mod frame;
pub(crate) mod metadata;
pub(crate) mod shape;
pub(crate) mod varint;
