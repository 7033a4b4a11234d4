//! Frames on a byte stream: Consistent Overhead Byte Stuffing, and a zero after each
//! (`PROTOCOL.md` §3.2; Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999).
//!
//! Ours rather than a crate's, because the ones at hand panic on a short output or can't go
//! on after a damaged packet without a reset by the caller.

use crate::error::Error;

/// The most bytes that `len` bytes take on the stream, the zero included.
#[must_use]
pub const fn max_stream_len(len: usize) -> usize {
    // One code byte per 254 bytes begun, one more for an empty packet, and the zero.
    len.saturating_add(len.div_ceil(254)).saturating_add(2)
}

/// Writes `packet` and its closing zero to `out`; gives the number of bytes written.
///
/// # Errors
/// [`Error::BufferTooSmall`] if `out` is too small, which it is not from [`max_stream_len`]
/// on. It is unchanged then.
pub fn encode_stream(packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    let room = out.len();
    if room < stream_len(packet) {
        return Err(Error::BufferTooSmall);
    }
    let mut rest = out;
    let mut full_block_before = false;
    let mut runs = packet.split(|&byte| byte == 0).peekable();
    while let Some(run) = runs.next() {
        let mut run = run;
        loop {
            let (block, tail) = run.split_at_checked(254).unwrap_or((run, &[]));
            let is_full = block.len() == 254;
            // After a full block an end without a zero needs no empty block.
            if !(full_block_before && block.is_empty() && runs.peek().is_none()) {
                rest = put_block(block, rest)?;
            }
            full_block_before = is_full;
            run = tail;
            if !is_full {
                break;
            }
        }
        full_block_before = false;
    }
    let (end, rest) = rest.split_first_mut().ok_or(Error::BufferTooSmall)?;
    *end = 0;
    Ok(room.saturating_sub(rest.len()))
}

/// What `packet` takes on the stream, the zero included.
fn stream_len(packet: &[u8]) -> usize {
    // Every run is followed by a zero, or by the end; each of its blocks has a code byte.
    let codes_of_runs = packet.split(|&byte| byte == 0).map(|run| run.len() / 254);
    let ends_full = packet.rsplit(|&byte| byte == 0).next().is_some_and(|run| {
        let is_whole_blocks = run.len().is_multiple_of(254);
        is_whole_blocks && !run.is_empty()
    });
    codes_of_runs.fold(packet.len(), usize::saturating_add).saturating_add(if ends_full {
        1
    } else {
        2
    })
}

fn put_block<'o>(block: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
    let (code, rest) = out.split_first_mut().ok_or(Error::BufferTooSmall)?;
    let (place, rest) = rest.split_at_mut_checked(block.len()).ok_or(Error::BufferTooSmall)?;
    place.copy_from_slice(block);
    *code = u8::try_from(block.len()).unwrap_or(u8::MAX).saturating_add(1);
    Ok(rest)
}

/// Takes packets out of a byte stream, byte by byte, into a buffer of the caller's.
///
/// Begins anywhere in a stream: what comes before the first zero is decoded as a packet of its
/// own, which the frame's parser then refuses. Never stops at damage: the next zero begins anew.
#[derive(Debug)]
pub struct StreamDecoder<B> {
    buffer: B,
    len: usize,
    /// Bytes of the block that are still to come.
    left: u8,
    /// Whether a zero follows the block if the packet goes on.
    zero_due: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing since the last zero.
    Idle,
    /// Inside a packet.
    Packet,
    /// Inside a packet that is to be dropped, for this reason.
    Skipping(Error),
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> StreamDecoder<B> {
    /// A decoder with room for packets as long as `buffer`.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, len: 0, left: 0, zero_due: false, state: State::Idle }
    }

    /// Takes the next byte of the stream. At the end of a packet gives the packet, or why it
    /// was dropped; else nothing.
    ///
    /// # Errors
    /// At the packet's end only: [`Error::Cobs`] if it broke off inside a block,
    /// [`Error::StreamTooLong`] if it was longer than the buffer.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u8], Error>> {
        if byte == 0 {
            return self.end();
        }
        match self.state {
            State::Skipping(_) => {}
            State::Idle => {
                self.len = 0;
                self.state = State::Packet;
                self.begin_block(byte);
            }
            State::Packet if self.left == 0 => {
                if self.zero_due {
                    self.put(0);
                }
                self.begin_block(byte);
            }
            State::Packet => {
                self.left = self.left.saturating_sub(1);
                self.put(byte);
            }
        }
        None
    }

    /// Drops what has been taken of the current packet; the next byte begins one.
    pub const fn reset(&mut self) {
        self.state = State::Idle;
        self.left = 0;
    }

    fn begin_block(&mut self, code: u8) {
        self.left = code.saturating_sub(1);
        self.zero_due = code != u8::MAX;
    }

    fn put(&mut self, byte: u8) {
        match self.buffer.as_mut().get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len = self.len.saturating_add(1);
            }
            None => self.state = State::Skipping(Error::StreamTooLong),
        }
    }

    fn end(&mut self) -> Option<Result<&[u8], Error>> {
        let (state, left) = (self.state, self.left);
        self.reset();
        match state {
            State::Idle => None,
            State::Skipping(error) => Some(Err(error)),
            State::Packet if left != 0 => Some(Err(Error::Cobs)),
            State::Packet => Some(self.buffer.as_ref().get(..self.len).ok_or(Error::Cobs)),
        }
    }
}
