//! Chains of certificates on this core: every case of `tests/x509/x509.swx`, streamed from the
//! host's file that QEMU was given as `vectors=PATH` (`tests/x509/binary.py` says its form), and
//! what a chain of three costs.
//!
//! Prints `ID NUMBER` for each case, the number of its error or 0, and `NAME VALUE` for what is
//! measured; the last line counts.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

#[path = "vectors/fields.rs"]
#[allow(dead_code, reason = "shared with the program `vectors`")]
mod fields;

use core::fmt::Write;

use fields::Fields;
use firmware::board::semihosting::{File, argument, exit};
use firmware::board::{INSTRUCTIONS_PER_STEP, entry, stack, stopwatch};
use firmware::engine::Verifier;
use sealwire::{
    Chain, ChainTime, Error, Fleet, IssuerRecord, IssuerSlot, MAX_CERTIFIED_ROLES, PublicKey,
    Revocation, RoleName, Timestamp, TrustStore,
};

/// The longest record: five certificates.
const RECORD: usize = 6_000;
/// The longest list or CRL, and how many a case has.
const LIST: usize = 1_024;
const LISTS: usize = 2;

type Store = TrustStore<[IssuerSlot; 4]>;

#[derive(Clone, Copy)]
struct Case {
    id: u16,
    expected: u16,
    time: ChainTime,
    is_measured: bool,
}

/// What a case has gathered before its check.
struct Run {
    out: File,
    case: Option<Case>,
    store: Store,
    lists: [([u8; LIST], usize); LISTS],
    given: usize,
    cases: u16,
    wrong: u16,
}

impl Run {
    /// Runs one record. None if it can't be read.
    fn step(&mut self, record: &[u8]) -> Option<()> {
        let mut body = Fields(record);
        match body.u8()? {
            1 => {
                let (id, expected, is_floor) = (body.u16()?, body.u16()?, body.u8()? == 1);
                let time = Timestamp::from_secs(body.u64()?);
                let time = if is_floor { ChainTime::NotBefore(time) } else { ChainTime::Now(time) };
                let is_measured = body.u8()? == 1;
                self.case = Some(Case { id, expected, time, is_measured });
                self.store = TrustStore::new([const { IssuerSlot::EMPTY }; 4]);
                self.given = 0;
            }
            2 => self.install(&mut body)?,
            3 | 4 => {
                let (place, len) = self.lists.get_mut(self.given)?;
                place.get_mut(..body.0.len())?.copy_from_slice(body.0);
                *len = body.0.len();
                self.given += 1;
            }
            5 => self.check(&mut body)?,
            _ => return None,
        }
        Some(())
    }

    fn install(&mut self, body: &mut Fields<'_>) -> Option<()> {
        let flags = body.u8()?;
        let mut fleets = [Fleet::ALL; 4];
        let count = usize::from(body.u8()?);
        for fleet in fleets.get_mut(..count)? {
            let id = body.take(16)?.try_into().ok()?;
            let bits = body.u8()?;
            if bits != 0 {
                *fleet = Fleet::new(id, bits.into()).ok()?;
            }
        }
        let mut roles: [RoleName; MAX_CERTIFIED_ROLES] = Default::default();
        let named = usize::from(body.u8()?);
        for role in roles.get_mut(..named)? {
            *role = RoleName::new(core::str::from_utf8(body.short()?).ok()?).ok()?;
        }
        let mut record = if flags & 1 != 0 {
            IssuerRecord::anchor(body.0)
        } else {
            IssuerRecord::authority(PublicKey::from_slice(body.0).ok()?)
        };
        record = record.fleets(fleets.get(..count)?).roles(roles.get(..named)?);
        record = if flags & 2 != 0 { record.any_role() } else { record };
        record = if flags & 4 != 0 { record.any_authority() } else { record };
        record = if flags & 8 != 0 { record.time_sources() } else { record };
        // Anchors were installed in their time, whenever the case takes place.
        let long_ago = ChainTime::NotBefore(Timestamp::from_secs(1_760_500_000));
        self.store.install(&record, long_ago, &Verifier).ok().map(|_| ())
    }

    fn check(&mut self, body: &mut Fields<'_>) -> Option<()> {
        let case = self.case.take()?;
        let (kind, count) = (body.u8()?, usize::from(body.u8()?));
        let mut certificates: [&[u8]; 5] = [&[]; 5];
        for certificate in certificates.get_mut(..count)? {
            *certificate = body.long()?;
        }
        let certificates = certificates.get(..count)?;
        let verdict = self.verdict(case, kind, certificates);
        let number = verdict.map_or_else(Error::number, |()| 0);
        self.cases += 1;
        self.wrong += u16::from(number != case.expected);
        let _ = writeln!(self.out, "{} {number}", case.id);
        Some(())
    }

    fn verdict(&mut self, case: Case, kind: u8, certificates: &[&[u8]]) -> Result<(), Error> {
        let given = self.lists.get(..self.given).unwrap_or_default();
        let bytes = |at: usize| given.get(at).and_then(|(bytes, len)| bytes.get(..*len));
        match (kind, bytes(0), bytes(1)) {
            (1, None, _) => self.one(case, certificates, Revocation::Lists(&[])),
            (1, Some(first), None) => {
                let first = self.store.take_list(first, case.time, &Verifier)?;
                self.one(case, certificates, Revocation::Lists(&[first]))
            }
            (1, Some(first), Some(second)) => {
                let first = self.store.take_list(first, case.time, &Verifier)?;
                let second = self.store.take_list(second, case.time, &Verifier)?;
                self.one(case, certificates, Revocation::Lists(&[first, second]))
            }
            (2, None, _) => self.one(case, certificates, Revocation::Crls(&[])),
            (2, Some(first), None) => self.one(case, certificates, Revocation::Crls(&[first])),
            (2, Some(first), Some(second)) => {
                self.one(case, certificates, Revocation::Crls(&[first, second]))
            }
            _ => self.one(case, certificates, Revocation::Unchecked),
        }
    }

    fn one(&self, case: Case, certificates: &[&[u8]], lists: Revocation<'_>) -> Result<(), Error> {
        let chain = Chain::new(certificates)?;
        if case.is_measured {
            self.measure(&chain, case.time, lists);
        }
        check(&self.store, &chain, case.time, lists)
    }

    fn measure(&self, chain: &Chain<'_>, time: ChainTime, lists: Revocation<'_>) {
        let Some(mut out) = File::stdout() else { return };
        let before = stopwatch();
        let good = check(&self.store, chain, time, lists).is_ok();
        let steps = stopwatch().wrapping_sub(before);
        let depth = stack::depth_of(&mut || {
            let _ = core::hint::black_box(check(&self.store, chain, time, lists));
        });
        if good {
            let _ = writeln!(out, "x509.chain3.instructions {}", steps * INSTRUCTIONS_PER_STEP);
            let _ = writeln!(out, "x509.chain3.stack_bytes {depth}");
        }
    }
}

#[inline(never)]
fn check(
    store: &Store,
    chain: &Chain<'_>,
    time: ChainTime,
    lists: Revocation<'_>,
) -> Result<(), Error> {
    store.check(chain, time, lists, &Verifier).map(|_| ())
}

fn run(out: File) -> Option<Run> {
    let mut name = [0; 256];
    let mut source = File::reading(argument("vectors", &mut name)?)?;
    let mut magic = [0; 4];
    if source.read(&mut magic) != 4 || &magic != b"SWX1" {
        return None;
    }
    let store = TrustStore::new([const { IssuerSlot::EMPTY }; 4]);
    let lists = [([0; LIST], 0); LISTS];
    let mut run = Run { out, case: None, store, lists, given: 0, cases: 0, wrong: 0 };
    let mut buffer = [0; RECORD];
    loop {
        let mut len = [0; 2];
        if source.read(&mut len) != len.len() {
            return None;
        }
        let record = buffer.get_mut(..u16::from_le_bytes(len).into())?;
        if source.read(record) != record.len() {
            return None;
        }
        if let [0, total @ ..] = &*record {
            return (u16::from_le_bytes(*total.first_chunk()?) == run.cases).then_some(run);
        }
        run.step(record)?;
    }
}

#[entry]
fn main() -> ! {
    let Some(out) = File::stdout() else { exit(2) };
    match run(out) {
        Some(mut run) => {
            let _ = writeln!(run.out, "{} passed, {} failed", run.cases, run.wrong);
            exit(u8::from(run.wrong != 0))
        }
        None => exit(3),
    }
}
