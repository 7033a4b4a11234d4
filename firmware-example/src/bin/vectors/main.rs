//! Runs the shared vectors on this core (`tests/vectors/README.md`, vectors.swv).
//!
//! They are streamed from the host's file that QEMU was given as `vectors=PATH`. For each case
//! there is one line, `FILE TCID NUMBER`: the number of the error of its last step, or 0. A step
//! that comes out otherwise than the record says is a line `wrong …`; the last line counts.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod fields;
mod receiver;
mod sender;

use core::fmt::Write;

use fields::Fields;
use firmware::board::entry;
use firmware::board::semihosting::{File, argument, exit};
use receiver::{Question, Receiver};
use sealwire::{Error, KeyId};
use sender::Sender;

/// The longest record, its length included.
const RECORD: usize = 704;

struct Run {
    out: File,
    receiver: Receiver,
    sender: Option<Sender>,
    /// File and tcId of the case under way, and how its last step came out.
    case: Option<(u8, u16)>,
    verdict: u16,
    cases: u32,
    wrong: u32,
}

impl Run {
    /// Ends the case under way, if there is one.
    fn close(&mut self) {
        if let Some((file, id)) = self.case.take() {
            self.cases += 1;
            let _ = writeln!(self.out, "{file} {id} {}", self.verdict);
        }
    }

    /// Runs one record: operation, what must come out, body. None if it can't be read.
    fn step(&mut self, record: &[u8], room: &mut [u8]) -> Option<()> {
        let mut body = Fields(record);
        let operation = body.u8()?;
        let expected = body.u16()?;
        let mut digests = None;
        let result = match operation {
            1 => {
                self.close();
                self.case = Some((body.u8()?, body.u16()?));
                return Some(());
            }
            2 => self.receiver.make(&mut body)?,
            3 => self.receiver.register(&mut body, None)?,
            4 => self.receiver.register_module(&mut body)?,
            5 | 6 => self.receiver.drop_key(&mut body, operation == 6)?,
            7 => {
                let old = (KeyId(body.u32()?), body.time()?);
                self.receiver.register(&mut body, Some(old))?
            }
            8 => self.receiver.save()?,
            9 => {
                let question = Question::read(&mut body)?;
                let digest = if expected == 0 { Some(body.u64()?) } else { None };
                let mut nested = Nested::Fine;
                let between = |receiver: &mut Receiver| {
                    if question.has_between() && run_between(receiver, body).is_none() {
                        nested = Nested::Wrong;
                    }
                };
                let result = self.receiver.validate(&question, room, between)?;
                if nested == Nested::Wrong {
                    self.wrong += 1;
                }
                digests = result.ok().zip(digest);
                result.map(|_| ())
            }
            10 => Sender::make(&mut body)?.map(|sender| self.sender = Some(sender)),
            11 | 12 => {
                let sender = self.sender.as_mut()?;
                let seal = if operation == 11 { Sender::seal } else { Sender::seal_burst };
                let result = seal(sender, &mut body)?;
                let digest = if expected == 0 { Some(body.u64()?) } else { None };
                digests = result.ok().zip(digest);
                result.map(|_| ())
            }
            _ => return None,
        };
        let number = result.map_or_else(Error::number, |()| 0);
        let same = digests.is_none_or(|(ours, theirs)| ours == theirs);
        // Setting up isn't a step of the case.
        if !matches!(operation, 2 | 10) {
            self.verdict = number;
        }
        if number != expected || !same {
            self.wrong += 1;
            let (file, id) = self.case.unwrap_or_default();
            let text = if same { "" } else { ", and what was accepted or sealed differs" };
            let _ = writeln!(
                self.out,
                "wrong: file {file} case {id} operation {operation}: {number}, not {expected}{text}"
            );
        }
        Some(())
    }
}

#[derive(PartialEq)]
enum Nested {
    Fine,
    Wrong,
}

/// The records between check and admission: keys come and go, frames overtake. None if one came
/// out wrong.
fn run_between(receiver: &mut Receiver, mut body: Fields<'_>) -> Option<()> {
    for _ in 0..body.u8()? {
        let mut record = Fields(body.long()?);
        let operation = record.u8()?;
        let expected = record.u16()?;
        let result = match operation {
            3 => receiver.register(&mut record, None)?,
            5 | 6 => receiver.drop_key(&mut record, operation == 6)?,
            7 => {
                let old = (KeyId(record.u32()?), record.time()?);
                receiver.register(&mut record, Some(old))?
            }
            9 => {
                let question = Question::read(&mut record)?;
                receiver.validate(&question, &mut [], |_| {})?.map(|_| ())
            }
            _ => return None,
        };
        if result.map_or_else(Error::number, |()| 0) != expected {
            return None;
        }
    }
    Some(())
}

/// The next record, without its length.
fn next<'b>(source: &mut File, buffer: &'b mut [u8; RECORD]) -> Option<&'b [u8]> {
    let mut len = [0; 2];
    if source.read(&mut len) != len.len() {
        return None;
    }
    let place = buffer.get_mut(..u16::from_le_bytes(len).into())?;
    (source.read(place) == place.len()).then_some(place)
}

fn run(out: File) -> Option<Run> {
    let mut name = [0; 256];
    let mut source = File::reading(argument("vectors", &mut name)?)?;
    let mut magic = [0; 4];
    if source.read(&mut magic) != 4 || &magic != b"SWV1" {
        return None;
    }
    let receiver = Receiver::new();
    let mut run = Run { out, receiver, sender: None, case: None, verdict: 0, cases: 0, wrong: 0 };
    let (mut buffer, mut room) = ([0; RECORD], [0; RECORD]);
    let mut records = 0_u32;
    loop {
        let record = next(&mut source, &mut buffer)?;
        if record.first() == Some(&0) {
            run.close();
            let total = u32::from_le_bytes(*record.last_chunk()?);
            return (total == records).then_some(run);
        }
        records += 1;
        run.step(record, &mut room)?;
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
