//! The fields of a record, read from the front. What isn't there is none.

use sealwire::{Context, ContextKind, Error, ModuleId, Timestamp};

/// What is left of a record.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes behind their length in one byte.
    pub fn short(&mut self) -> Option<&'a [u8]> {
        let len = self.u8()?;
        self.take(len.into())
    }

    /// Bytes behind their length in two.
    pub fn long(&mut self) -> Option<&'a [u8]> {
        let len = self.u16()?;
        self.take(len.into())
    }

    pub fn time(&mut self) -> Option<Timestamp> {
        Timestamp::from_micros(self.u64()?).ok()
    }

    /// An ID, which may be none: that is the library's to refuse.
    pub fn id(&mut self) -> Option<Result<ModuleId, Error>> {
        self.array().map(ModuleId::new)
    }

    pub fn context(&mut self) -> Option<Result<Context<'a>, Error>> {
        let kind = self.u8()?;
        let name = self.short()?;
        let request_tag = if kind == 3 { self.short()? } else { &[] };
        Some(ContextKind::from_number(kind).and_then(|kind| Context::new(kind, name, request_tag)))
    }
}

/// FNV-1a with 64 bits.
pub struct Digest(pub u64);

impl Digest {
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
