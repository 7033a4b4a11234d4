//! Claim: packets come out of a byte stream as they went in; after any damage the next one does
//! again; nothing on the line makes the decoder stop or write beyond its buffer (§3.2).

use crate::common::*;
use sealwire::*;

/// Packets with many zeros, and with runs around the 254 bytes of a full block.
fn packet(random: &mut Random) -> Vec<u8> {
    let mut packet = vec![];
    for _ in 0..random.below(5) {
        match random.below(4) {
            0 => packet.resize(packet.len() + random.index(4), 0),
            1 => packet.resize(packet.len() + 252 + random.index(5), 0x55),
            2 => packet.resize(packet.len() + 506 + random.index(5), 0xff),
            _ => {
                let len = random.index(40);
                packet.extend(random.bytes(len));
            }
        }
    }
    packet
}

fn encode(packet: &[u8]) -> Vec<u8> {
    let mut out = vec![0xAA; max_stream_len(packet.len())];
    let len = encode_stream(packet, &mut out).unwrap();
    out.truncate(len);
    out
}

/// Everything that comes out.
fn decode<B: AsRef<[u8]> + AsMut<[u8]>>(
    decoder: &mut StreamDecoder<B>,
    stream: &[u8],
) -> Vec<Result<Vec<u8>, Error>> {
    let pushed = |byte: &u8| decoder.push(*byte).map(|packet| packet.map(<[u8]>::to_vec));
    let mut out = vec![];
    let mut pushed = pushed;
    for byte in stream {
        out.extend(pushed(byte));
    }
    out
}

#[test]
fn packets_come_out_as_they_went_in() {
    let mut random = Random::new(21);
    let mut decoder = StreamDecoder::new(vec![0; 3000]);
    for _ in 0..3_000 {
        let packets: Vec<_> = (0..random.below(4)).map(|_| packet(&mut random)).collect();
        let stream: Vec<u8> = packets.iter().flat_map(|packet| encode(packet)).collect();
        let expected: Vec<_> = packets.into_iter().map(Ok).collect();
        assert_eq!(decode(&mut decoder, &stream), expected);
    }
}

#[test]
fn the_crate_cobs_reads_what_we_write_and_we_read_what_it_writes() {
    let mut random = Random::new(22);
    for round in 0..5_000_usize {
        let packet = if round < 1200 { vec![1; round] } else { packet(&mut random) };
        let ours = encode(&packet);
        let (end, body) = ours.split_last().unwrap();
        assert_eq!(*end, 0);
        assert!(!body.contains(&0));
        assert!(ours.len() <= max_stream_len(packet.len()));
        let mut decoded = vec![0; body.len()];
        let len = cobs::decode(body, &mut decoded).unwrap();
        assert_eq!(decoded[..len], packet);

        if packet.is_empty() {
            continue; // Theirs are no bytes at all.
        }
        let mut theirs = vec![0; cobs::max_encoding_length(packet.len()) + 1];
        let len = cobs::encode(&packet, &mut theirs);
        theirs.truncate(len);
        assert!(theirs.len().abs_diff(body.len()) <= 1);
        theirs.push(0);
        let mut decoder = StreamDecoder::new(vec![0; packet.len()]);
        assert_eq!(decode(&mut decoder, &theirs), [Ok(packet)]);
    }
}

#[test]
fn known_packets_have_known_bytes() {
    // Cheshire and Baker's examples, and the borders of a block.
    let run = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let cases: [(Vec<u8>, Vec<u8>); 8] = [
        (vec![], vec![1, 0]),
        (vec![0], vec![1, 1, 0]),
        (vec![0, 0], vec![1, 1, 1, 0]),
        (vec![0x11, 0x22, 0, 0x33], vec![3, 0x11, 0x22, 2, 0x33, 0]),
        (vec![0x11, 0, 0, 0], vec![2, 0x11, 1, 1, 1, 0]),
        (run(1, 254), [vec![0xff], run(1, 254), vec![0]].concat()),
        ([vec![0], run(1, 254)].concat(), [vec![1, 0xff], run(1, 254), vec![0]].concat()),
        (run(1, 255), [vec![0xff], run(1, 254), vec![2, 255, 0]].concat()),
    ];
    for (packet, stream) in cases {
        assert_eq!(encode(&packet), stream);
        // In each place where a zero follows a full block.
        let with_zero = [packet.clone(), vec![0]].concat();
        let mut decoder = StreamDecoder::new([0; 300]);
        assert_eq!(decode(&mut decoder, &encode(&with_zero)), [Ok(with_zero)]);
    }
}

#[test]
fn an_output_too_small_is_refused_and_left_alone() {
    let mut random = Random::new(23);
    for round in 0..600 {
        let packet = if round < 300 { vec![1; 100 + round] } else { packet(&mut random) };
        let len = encode(&packet).len();
        for room in [0, 1, 2, len / 2, len - 2, len - 1] {
            if room < len {
                let mut out = vec![0xAA; room];
                assert_eq!(encode_stream(&packet, &mut out), Err(Error::BufferTooSmall));
                assert!(out.iter().all(|byte| *byte == 0xAA));
            }
        }
        assert_eq!(encode_stream(&packet, &mut vec![0; len]), Ok(len));
    }
}

#[test]
fn nothing_comes_of_zeros_alone() {
    let mut decoder = StreamDecoder::new([0; 8]);
    assert_eq!(decode(&mut decoder, &[0; 100]), []);
    assert_eq!(decode(&mut decoder, &[0, 0, 3, 1, 2, 0, 0, 0]), [Ok(vec![1, 2])]);
    // An empty packet that somebody wrote is one.
    assert_eq!(decode(&mut decoder, &[1, 0]), [Ok(vec![])]);
}

#[test]
fn a_packet_as_long_as_the_buffer_fits_and_one_byte_more_does_not() {
    for room in 0..600 {
        let mut decoder = StreamDecoder::new(vec![0; room]);
        let fits = vec![7; room];
        let over = vec![7; room + 1];
        let zeros = vec![0; room + 1];
        let stream = [encode(&fits), encode(&over), encode(&zeros), encode(&fits)].concat();
        let expected =
            [Ok(fits.clone()), Err(Error::StreamTooLong), Err(Error::StreamTooLong), Ok(fits)];
        assert_eq!(decode(&mut decoder, &stream), expected, "room for {room}");
    }
}

#[test]
fn a_packet_that_breaks_off_is_refused_at_its_end() {
    let whole = encode(&[1, 2, 0, 3, 4, 5]);
    let mut decoder = StreamDecoder::new([0; 16]);
    for len in 1..whole.len() - 1 {
        let broken = [&whole[..len], &[0]].concat();
        let result = decode(&mut decoder, &broken);
        let is_block_end = matches!(len, 3);
        assert_eq!(result.len(), 1);
        assert_eq!(result[0] == Err(Error::Cobs), !is_block_end, "{len} bytes");
        assert_eq!(decode(&mut decoder, &whole), [Ok(vec![1, 2, 0, 3, 4, 5])]);
    }
}

#[test]
fn a_reset_begins_anew_in_the_middle_of_anything() {
    let whole = encode(&[1, 2, 0, 3]);
    let over = [9; 50];
    for len in 0..over.len() {
        let mut decoder = StreamDecoder::new([0; 8]);
        decode(&mut decoder, &over[..len]);
        decoder.reset();
        assert_eq!(decode(&mut decoder, &whole), [Ok(vec![1, 2, 0, 3])]);
    }
}

#[test]
fn after_any_damage_the_next_packet_comes_out() {
    let mut random = Random::new(24);
    let mut decoder = StreamDecoder::new(vec![0; 700]);
    let mut survived = 0;
    for _ in 0..5_000 {
        // Bytes lost, doubled, flipped, inserted: anything but the zero that ends the last one.
        let mut damaged = encode(&packet(&mut random));
        for _ in 0..=random.below(3) {
            let place = random.index(damaged.len().max(1)).min(damaged.len().saturating_sub(1));
            match random.below(4) {
                _ if damaged.is_empty() => {}
                0 => drop(damaged.remove(place)),
                1 => damaged.insert(place, damaged[place]),
                2 => damaged[place] ^= 1 << random.below(8),
                _ => damaged.insert(place, random.next().to_le_bytes()[0]),
            }
        }
        damaged.push(0);
        let good = vec![random.next().to_le_bytes()[0]; random.index(300)];
        let results = decode(&mut decoder, &[damaged, encode(&good)].concat());
        assert_eq!(results.last(), Some(&Ok(good)));
        for result in &results {
            assert!(matches!(result, Ok(_) | Err(Error::Cobs | Error::StreamTooLong)));
        }
        survived += results.len();
    }
    assert!(survived > 5_000);
}

#[test]
fn frames_survive_a_stream_and_damaged_ones_are_counted() {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 2, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let mut random = Random::new(25);
    let mut decoder = StreamDecoder::new([0; 128]);
    let mut sent_whole = 0;
    for _ in 0..2_000 {
        let mut stream = encode(&seal(&mut sealer, b"4.2 bar", at(0)));
        if random.one_in(3) {
            let place = random.index(stream.len() - 1);
            stream[place] ^= 1 << random.below(8);
        } else {
            sent_whole += 1;
        }
        for byte in stream {
            match decoder.push(byte) {
                Some(Ok(frame)) => {
                    let _ = panel.validate(frame, &at_least(Level::Hmac), at(0));
                }
                Some(Err(error)) => panel.count_lost(error),
                None => {}
            }
        }
    }
    assert_eq!(panel.audit().accepted(Level::Hmac), sent_whole);
    assert!(panel.audit().refused(Error::Cobs) > 10);
}
