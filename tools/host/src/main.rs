//! Generates files of this tree from its sources, and checks that they are up to date; decodes
//! the firmware's log.
//!
//! One file per subcommand; this one only chooses.

mod defmt;
mod errors;
mod generated;
mod header;
mod refusals;

use std::process::ExitCode;

const USAGE: &str = "\
usage: sealwire-tools SUBCOMMAND [--check]
       sealwire-tools defmt IMAGE < FRAMES

  header     include/sealwire.h, from ffi-c/src and the core's error table
  refusals   docs/refusals.md, from the core's error table and refusals.rs
  errors     tests/golden/errors.txt, from the core's error table

--check writes nothing and ends with 1 if the file differs.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["header", options @ ..] => header::run(options),
        ["refusals", options @ ..] => refusals::run(options),
        ["defmt", options @ ..] => defmt::run(options),
        ["errors", options @ ..] => errors::run(options),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
