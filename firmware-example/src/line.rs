//! Packets on the UART: COBS around a byte of channel and a frame.

use sealwire::{Error, StreamDecoder, encode_stream, max_stream_len};

use crate::board;

/// The longest packet: a channel, a payload of 64 bytes and a signature's overhead.
pub const PACKET: usize = 1 + 64 + 100;

/// Polls of a silent line before the core goes to sleep.
const PATIENCE: u32 = 2000;

/// The UART, in packets.
pub struct Line {
    decoder: StreamDecoder<[u8; PACKET]>,
    silent: u32,
}

impl Line {
    /// The board's UART, at any place of the stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: StreamDecoder::new([0; PACKET]), silent: 0 }
    }

    /// The next packet that is whole: its channel and frame, or why it was dropped. Sleeps for a
    /// tick, and gives nothing, while the line is silent.
    pub fn poll(&mut self) -> Option<Result<(u8, &[u8]), Error>> {
        let Some(byte) = board::uart_read() else {
            self.silent = self.silent.saturating_add(1);
            if self.silent > PATIENCE {
                board::idle();
            }
            return None;
        };
        self.silent = 0;
        let packet = self.decoder.push(byte)?;
        Some(packet.and_then(|packet| match packet.split_first() {
            Some((&channel, frame)) => Ok((channel, frame)),
            None => Err(Error::Truncated),
        }))
    }

    /// Sends a packet: its first byte is the channel.
    pub fn send(packet: &[u8]) {
        let mut stream = [0; max_stream_len(PACKET)];
        if let Ok(len) = encode_stream(packet, &mut stream) {
            stream.iter().take(len).copied().for_each(board::uart_write);
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}
