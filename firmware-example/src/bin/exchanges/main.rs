//! The vectors of access on this core: every message, key, frame and refusal of both sides,
//! streamed from the host's file that QEMU was given as `vectors=PATH`
//! (`tests/reference/access_stream.py` says its form), and what the steps cost.
//!
//! Prints `exchange N` for each that came out as the vectors say, `malformed N PLACE ERROR` for
//! each malformed message, `wrong N WHAT` for what didn't, and with the argument `measure=yes`
//! `NAME VALUE`: the most of all exchanges with that credential. The last line counts.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod case;
mod checks;
#[path = "../vectors/fields.rs"]
#[allow(dead_code, reason = "shared with the program `vectors`")]
mod fields;

use core::fmt::Write;

use case::Case;
use checks::MEASURED;
use fields::Fields;
use firmware::board::entry;
use firmware::board::semihosting::{File, argument, exit};

/// The longest records: an exchange, and a malformed message.
const EXCHANGE: usize = 2_048;
const MALFORMED: usize = 384;
const KINDS: [&str; 2] = ["secret", "key"];

type Costs = [[u32; MEASURED.len()]; KINDS.len()];

/// How many were right, and how many were not.
struct Count {
    right: u16,
    wrong: u16,
}

/// The length of the next record, and its operation.
fn head(source: &mut File) -> Option<(usize, u8)> {
    let mut head = [0; 3];
    if source.read(&mut head) != head.len() {
        return None;
    }
    let len = u16::from_le_bytes([head[0], head[1]]);
    Some((usize::from(len).checked_sub(1)?, head[2]))
}

fn read<'a>(source: &mut File, room: &'a mut [u8], len: usize) -> Option<Fields<'a>> {
    let record = room.get_mut(..len)?;
    if source.read(record) == record.len() { Some(Fields(record)) } else { None }
}

#[inline(never)]
fn exchange(number: u16, case: &Case<'_>, out: &mut File, count: &mut Count) {
    match checks::run(case) {
        Ok(()) => {
            count.right += 1;
            let _ = writeln!(out, "exchange {number}");
        }
        Err(what) => {
            count.wrong += 1;
            let _ = writeln!(out, "wrong {number} {what}");
        }
    }
}

/// A malformed message: its place among those of its exchange.
#[inline(never)]
fn malformed(
    name: (u16, u16),
    case: &Case<'_>,
    mut body: Fields<'_>,
    out: &mut File,
    count: &mut Count,
) -> Option<()> {
    let (message, expected) = (body.u8()?, body.u16()?);
    let (number, place) = name;
    match checks::malformed(case, message, body.0) {
        Ok(error) => {
            count.right += u16::from(error == expected);
            count.wrong += u16::from(error != expected);
            let _ = writeln!(out, "malformed {number} {place} {error}");
        }
        Err(what) => {
            count.wrong += 1;
            let _ = writeln!(out, "wrong {number} malformed {place}: {what}");
        }
    }
    Some(())
}

#[inline(never)]
fn measure(case: &Case<'_>, costs: &mut Costs) -> Option<()> {
    let most = costs.get_mut(case.kind())?;
    for (most, value) in most.iter_mut().zip(checks::measure(case)?) {
        *most = (*most).max(value);
    }
    Some(())
}

fn run(out: &mut File) -> Option<Count> {
    let mut name = [0; 256];
    let is_measured = argument("measure", &mut name).is_some();
    let mut source = File::reading(argument("vectors", &mut name)?)?;
    let mut magic = [0; 4];
    if source.read(&mut magic) != 4 || &magic != b"SWA1" {
        return None;
    }
    let mut count = Count { right: 0, wrong: 0 };
    let mut costs = [[0; MEASURED.len()]; KINDS.len()];
    let mut room = [0; EXCHANGE];
    let (mut exchanges, mut messages) = (0_u16, 0_u16);
    let mut next = head(&mut source)?;
    while next.1 == 1 {
        exchanges += 1;
        let case = Case::read(read(&mut source, &mut room, next.0)?)?;
        exchange(exchanges, &case, out, &mut count);
        if is_measured {
            measure(&case, &mut costs)?;
        }
        let mut place = 0;
        next = head(&mut source)?;
        while next.1 == 2 {
            let mut room = [0; MALFORMED];
            let body = read(&mut source, &mut room, next.0)?;
            malformed((exchanges, place), &case, body, out, &mut count)?;
            place += 1;
            messages += 1;
            next = head(&mut source)?;
        }
    }
    let mut end = [0; 4];
    let mut totals = read(&mut source, &mut end, next.0)?;
    let is_all = next.1 == 0 && (totals.u16()?, totals.u16()?) == (exchanges, messages);
    for (kind, values) in KINDS.iter().zip(&costs) {
        for (what, value) in MEASURED.iter().zip(values).filter(|_| is_measured) {
            let _ = writeln!(out, "access.{kind}.{what} {value}");
        }
    }
    is_all.then_some(count)
}

#[entry]
fn main() -> ! {
    let Some(mut out) = File::stdout() else { exit(2) };
    match run(&mut out) {
        Some(count) => {
            let _ = writeln!(out, "{} passed, {} failed", count.right, count.wrong);
            exit(u8::from(count.wrong != 0))
        }
        None => exit(3),
    }
}
