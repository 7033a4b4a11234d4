//! `tests/golden/errors.txt`: number, name, class and sentence of every error. A change of a
//! number, name or class there is a break of a promise; only new lines are welcome.

use sealwire::Error;

use crate::generated::write_or_check;

/// Writes or checks the golden file.
///
/// # Errors
/// As [`write_or_check`].
pub(crate) fn run(options: &[&str]) -> Result<(), String> {
    let text: String = Error::ALL
        .iter()
        .map(|error| {
            format!(
                "{}\t{}\t{}\t{}\n",
                error.number(),
                error.name(),
                error.class().name(),
                error.sentence()
            )
        })
        .collect();
    write_or_check("tests/golden/errors.txt", &text, options)
}
