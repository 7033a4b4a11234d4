//! The firmware's log in words: defmt's frames from standard input, decoded with the strings that
//! stand in the image's debug information.

use std::io::{Read, Write};

use defmt_decoder::{DecodeError, StreamDecoder, Table};

/// Decodes until the input ends.
///
/// # Errors
/// An image that can't be read or logs nothing, an output that is closed. A damaged frame is a
/// line of its own, and decoding goes on after it where the encoding allows.
pub(crate) fn run(options: &[&str]) -> Result<(), String> {
    let &[image] = options else {
        return Err("usage: sealwire-tools defmt IMAGE < FRAMES".to_owned());
    };
    let bytes = std::fs::read(image).map_err(|error| format!("{image}: {error}"))?;
    let table = Table::parse(&bytes).map_err(|error| format!("{image}: {error}"))?;
    let table = table.ok_or_else(|| format!("{image}: built without the feature `log`"))?;
    let mut decoder = table.new_stream_decoder();
    let mut input = std::io::stdin().lock();
    let mut buffer = [0; 4096];
    loop {
        let len = input.read(&mut buffer).map_err(|error| error.to_string())?;
        if len == 0 {
            return Ok(());
        }
        decoder.received(buffer.get(..len).unwrap_or_default());
        show(&mut *decoder, table.encoding().can_recover())?;
    }
}

/// Prints the frames that are whole.
fn show(decoder: &mut dyn StreamDecoder, can_recover: bool) -> Result<(), String> {
    let mut output = std::io::stdout().lock();
    loop {
        let line = match decoder.decode() {
            Ok(frame) => frame.display(false).to_string(),
            Err(DecodeError::UnexpectedEof) => break,
            Err(DecodeError::Malformed) if can_recover => "(a damaged log frame)".to_owned(),
            Err(DecodeError::Malformed) => return Err("a damaged log frame".to_owned()),
        };
        writeln!(output, "{line}").map_err(|error| error.to_string())?;
    }
    output.flush().map_err(|error| error.to_string())
}
