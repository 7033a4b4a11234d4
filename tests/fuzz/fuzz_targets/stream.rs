//! Any bytes on a serial line: what the decoder gives is what a plain COBS decoder gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwire::*;

const BUFFER: usize = 48;

/// COBS as its paper has it, on a whole packet without its zero.
fn plain(mut packet: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    while let Some((&code, rest)) = packet.split_first() {
        let (block, after) = rest.split_at_checked(usize::from(code).checked_sub(1)?)?;
        out.extend(block);
        if code != 255 && !after.is_empty() {
            out.push(0);
        }
        packet = after;
    }
    Some(out)
}

fuzz_target!(|data: &[u8]| {
    let mut decoder = StreamDecoder::new([0_u8; BUFFER]);
    let mut line = Vec::new();
    for &byte in data {
        let got = decoder.push(byte).map(|packet| packet.map(<[u8]>::to_vec));
        if byte != 0 {
            line.push(byte);
            continue;
        }
        let wanted = plain(&std::mem::take(&mut line));
        match (got, wanted) {
            (Some(Ok(packet)), Some(wanted)) => {
                assert_eq!(packet, wanted);
                let mut out = vec![0; max_stream_len(packet.len())];
                let len = encode_stream(&packet, &mut out).unwrap();
                assert_eq!(plain(&out[..len - 1]).unwrap(), packet);
            }
            (Some(Ok(_)), None) => panic!("took what isn't COBS"),
            (Some(Err(_)) | None, Some(wanted)) => {
                assert!(wanted.is_empty() || wanted.len() > BUFFER, "lost {wanted:?}");
            }
            (Some(Err(_)) | None, None) => {}
        }
    }
});
