//! Claim: a frame's metadata are postcard's bytes for its fields, and of all bytes that postcard
//! would read the decoder takes only those that the encoder writes (`PROTOCOL.md` §3.1).

use crate::common::*;
use sealwire::*;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug)]
struct Keyed {
    head: u8,
    algorithm: u8,
    key: u32,
    timestamp: u64,
    nonce: u64,
    length: u32,
}

#[derive(Serialize, Deserialize, Debug)]
struct Named {
    head: u8,
    algorithm: u8,
    sender: [u8; 16],
    timestamp: u64,
    nonce: u64,
    length: u32,
}

fn postcard<T: Serialize>(value: &T) -> Vec<u8> {
    let mut buffer = [0; 64];
    postcard::to_slice(value, &mut buffer).unwrap().to_vec()
}

fn keyed(key: u32, timestamp: u64, nonce: u64, length: u32) -> Vec<u8> {
    postcard(&Keyed { head: 0x14, algorithm: 2, key, timestamp, nonce, length })
}

/// Every value around a border of a varint's length.
fn borders(bits: u32) -> Vec<u64> {
    let mut values = vec![0, 1];
    for bit in (7..=bits).step_by(7).chain([bits - 1, bits]) {
        let power = 1_u64.checked_shl(bit).unwrap_or(0);
        values.extend([power.wrapping_sub(1), power, power.wrapping_add(1)]);
    }
    let max = u64::MAX >> (64 - bits);
    values.retain(|value| *value <= max);
    values.sort();
    values.dedup();
    values
}

#[test]
fn a_sealers_metadata_are_postcards_bytes() {
    for timestamp in borders(63) {
        for nonce in borders(63) {
            for payload_len in [0_usize, 1, 127, 128, 16_383, 16_384] {
                let now = Some(stamp(timestamp));
                let length = u32::try_from(payload_len).unwrap();
                let payload = vec![0; payload_len];
                let start = NonceStart::Reserved { from: nonce, until: 1 << 63 };
                if nonce < 1 << 63 && payload_len < 200 {
                    let key = u32::try_from(nonce >> 31).unwrap();
                    let frame =
                        seal(&mut hmac_sealer_from(key, PUMP, PANEL, 1, start), &payload, now);
                    let expected = keyed(key, timestamp, nonce, length);
                    assert!(frame.starts_with(&expected));
                    assert_eq!(frame.len(), expected.len() + payload_len + 16);
                }
                if nonce % 3 == 0 && nonce < 1 << 63 {
                    let mut sealer = Sealer::unproven(Level::Timestamp, PUMP, start).unwrap();
                    let frame = seal(&mut sealer, &payload, now);
                    let sender = *PUMP.as_bytes();
                    let named =
                        Named { head: 0x13, algorithm: 0, sender, timestamp, nonce, length };
                    assert!(frame.starts_with(&postcard(&named)));
                    assert_eq!(frame.len(), postcard(&named).len() + payload_len);
                }
            }
        }
    }
}

#[test]
fn reads_back_every_field_at_every_border() {
    for key in borders(32) {
        for timestamp in borders(63) {
            for nonce in borders(64) {
                for length in borders(28) {
                    let (key, length) =
                        (u32::try_from(key).unwrap(), u32::try_from(length).unwrap());
                    let mut bytes = keyed(key, timestamp, nonce, length);
                    let len = bytes.len();
                    bytes.extend([0xAA; 3]);
                    let (metadata, rest) = Metadata::parse(&bytes).unwrap();
                    assert_eq!(rest, [0xAA; 3]);
                    assert_eq!(metadata.encoded_len(), len);
                    assert!(len <= MAX_METADATA && len + MAX_TAG <= MAX_OVERHEAD);
                    assert_eq!(metadata.level(), Level::Hmac);
                    assert_eq!(metadata.algorithm(), Algorithm::HmacSha256Short);
                    assert_eq!(metadata.claim(), Claim::Key(KeyId(key)));
                    assert_eq!(metadata.timestamp().as_micros(), timestamp);
                    assert_eq!(metadata.nonce(), nonce);
                    assert_eq!(metadata.payload_len(), length as usize);
                }
            }
        }
    }
}

#[test]
fn knows_every_head_and_every_algorithm() {
    for head in 0..=255_u8 {
        for algorithm in 0..=255_u8 {
            let mut bytes = vec![head, algorithm];
            bytes.extend([1; 16]);
            bytes.extend([0; 8]);
            let expected = match (head >> 4, head & 15, algorithm) {
                (version, _, _) if version != 1 => Err(Error::UnknownVersion),
                (_, 0 | 6..=15, _) => Err(Error::UnknownLevel),
                (_, _, 5) => Err(Error::UnsupportedAlgorithm),
                (_, _, 6..) => Err(Error::UnknownAlgorithm),
                (_, 1..=3, 0) | (_, 4, 1 | 2) | (_, 5, 3 | 4) => Ok(head & 15),
                _ => Err(Error::PairMismatch),
            };
            let level = Metadata::parse(&bytes).map(|(metadata, _)| metadata.level().number());
            assert_eq!(level, expected, "head {head:#04x}, algorithm {algorithm}");
        }
    }
    assert_eq!(PROTOCOL_VERSION, 1);
}

#[test]
fn numbers_and_names_of_levels_and_algorithms_belong_together() {
    for (number, level) in (1..).zip(Level::ALL) {
        assert_eq!(level.number(), number);
        assert_eq!(level as u8, number);
        assert_eq!(Level::from_number(number), Ok(level));
        assert_eq!(level.is_proven(), number >= 4);
    }
    let names = Level::ALL.map(Level::name);
    assert_eq!(names, ["NONE", "BASIC_AUTH", "TIMESTAMP", "HMAC", "DIGITAL_SIGNATURE"]);
    let algorithms = [
        (Algorithm::None, "NONE", 0),
        (Algorithm::HmacSha256, "HMAC-SHA256", 32),
        (Algorithm::HmacSha256Short, "HMAC-SHA256-128", 16),
        (Algorithm::EcdsaP256, "ECDSA-P256", 64),
        // At least: a burst of one has no path.
        (Algorithm::EcdsaP256Burst, "ECDSA-P256-BURST", 66),
    ];
    for (number, (algorithm, name, tag_len)) in (0..).zip(algorithms) {
        assert_eq!(algorithm.number(), number);
        assert_eq!(algorithm as u8, number);
        assert_eq!(Algorithm::from_number(number), Ok(algorithm));
        assert_eq!((algorithm.name(), algorithm.tag_len()), (name, tag_len));
        let levels = Level::ALL.into_iter().filter(|level| algorithm.belongs_to(*level));
        let expected: &[Level] = match number {
            0 => &Level::ALL[..3],
            3 | 4 => &Level::ALL[4..],
            _ => &Level::ALL[3..4],
        };
        assert!(levels.eq(expected.iter().copied()));
    }
}

/// `value` as a varint, made longer by `more` bytes that add nothing.
fn longer(value: u64, more: usize) -> Vec<u8> {
    let mut bytes = postcard(&value);
    *bytes.last_mut().unwrap() |= 0x80;
    bytes.resize(bytes.len() + more, 0x80);
    *bytes.last_mut().unwrap() = 0;
    bytes
}

#[test]
fn refuses_every_over_long_varint_in_every_field() {
    let values = [borders(32), borders(63), borders(64), borders(28)];
    for (field, values) in values.iter().enumerate() {
        for &value in values {
            for more in 1..=10 {
                let mut bytes = vec![0x14, 2];
                for other in 0..4 {
                    bytes.extend(if other == field { longer(value, more) } else { vec![5] });
                }
                bytes.extend([0; 40]);
                let result = Metadata::parse(&bytes).map(|_| ());
                assert_eq!(result, Err(Error::Varint), "field {field}, {value}, {more} more");
            }
        }
    }
    // Postcard reads some of them: this is why there is a reader of our own.
    let lax: u64 = postcard::from_bytes(&[0x80, 0x00]).unwrap();
    assert_eq!(lax, 0);
}

#[test]
fn refuses_what_is_too_large_for_its_field() {
    let parse = |fields: [&[u8]; 4]| {
        let mut bytes = vec![0x14, 2];
        fields.iter().for_each(|field| bytes.extend(*field));
        bytes.extend([0; 40]);
        Metadata::parse(&bytes).map(|_| ())
    };
    let one: &[u8] = &[1];
    let [u32_over, u64_over] = [postcard(&(1_u64 << 32)), [&[0xff; 9][..], &[2]].concat()];
    assert_eq!(parse([&u32_over, one, one, one]), Err(Error::Varint));
    assert_eq!(parse([one, &u64_over, one, one]), Err(Error::Varint));
    assert_eq!(parse([one, one, &u64_over, one]), Err(Error::Varint));
    assert_eq!(parse([one, one, one, &u32_over]), Err(Error::Varint));
    assert_eq!(parse([one, one, &postcard(&u64::MAX), one]), Ok(()));
    assert_eq!(parse([one, &postcard(&(1_u64 << 63)), one, one]), Err(Error::TimestampRange));
    assert_eq!(parse([one, &postcard(&u64::MAX), one, one]), Err(Error::TimestampRange));
    let too_long = postcard(&(1_u64 << 28));
    assert_eq!(parse([one, one, one, &too_long]), Err(Error::PayloadTooLong));
    assert_eq!(parse([one, one, one, &postcard(&u64::from(u32::MAX))]), Err(Error::PayloadTooLong));
    assert_eq!(MAX_PAYLOAD, (1 << 28) - 1);
}

#[test]
fn every_truncation_is_truncated() {
    let long = keyed(u32::MAX, u64::MAX >> 1, u64::MAX, (1 << 28) - 1);
    assert_eq!(long.len(), 30);
    let named = Named {
        head: 0x11,
        algorithm: 0,
        sender: [0; 16],
        timestamp: u64::MAX >> 1,
        nonce: u64::MAX,
        length: (1 << 28) - 1,
    };
    let named = postcard(&named);
    assert_eq!(named.len(), MAX_METADATA);
    for bytes in [long, named, keyed(0, 0, 0, 0)] {
        assert!(Metadata::parse(&bytes).is_ok());
        for len in 0..bytes.len() {
            assert_eq!(Metadata::parse(&bytes[..len]).map(|_| ()), Err(Error::Truncated));
        }
    }
}

#[test]
fn of_random_bytes_it_takes_only_what_it_would_have_written() {
    let mut random = Random::new(11);
    let mut taken = 0;
    for _ in 0..200_000 {
        let mut bytes = random.bytes(64);
        // Often enough the first two are right, and the varints short.
        let (head, algorithm) =
            [(0x14, 1), (0x14, 2), (0x15, 3), (0x11, 0), (0x13, 0)][random.index(5)];
        bytes[0] = head;
        bytes[1] = algorithm;
        for byte in &mut bytes[2..] {
            if random.one_in(3) {
                *byte &= 0x7f;
            }
            if random.one_in(9) {
                *byte = 0;
            }
        }
        let Ok((metadata, rest)) = Metadata::parse(&bytes) else { continue };
        taken += 1;
        let again = match metadata.claim() {
            Claim::Key(key) => postcard(&Keyed {
                head,
                algorithm,
                key: key.0,
                timestamp: metadata.timestamp().as_micros(),
                nonce: metadata.nonce(),
                length: u32::try_from(metadata.payload_len()).unwrap(),
            }),
            Claim::Module(sender) => postcard(&Named {
                head,
                algorithm,
                sender: *sender.as_bytes(),
                timestamp: metadata.timestamp().as_micros(),
                nonce: metadata.nonce(),
                length: u32::try_from(metadata.payload_len()).unwrap(),
            }),
        };
        assert_eq!(again, bytes[..bytes.len() - rest.len()]);
    }
    assert!(taken > 10_000, "{taken}");
}

#[test]
fn a_frame_ends_exactly_where_its_tag_does() {
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"4.2 bar", at(0));
    for len in 0..frame.len() {
        assert_eq!(Frame::parse(&frame[..len]).unwrap_err(), Error::Truncated);
    }
    for more in 1..100 {
        let mut longer = frame.clone();
        longer.extend(vec![0; more]);
        assert_eq!(Frame::parse(&longer).unwrap_err(), Error::TrailingBytes);
    }
    let parsed = Frame::parse(&frame).unwrap();
    assert_eq!(parsed.tag(), &frame[frame.len() - 16..]);
    assert_eq!(parsed.metadata().payload_len(), 7);
    assert!(!format!("{parsed:?}").contains("4.2"));
}

#[test]
fn a_detached_form_fits_one_length_of_payload() {
    let mut form = vec![0; 100];
    let mut sealer = hmac_sealer(1, PUMP, PANEL, 1);
    let sealed = sealer.seal_detached(b"4.2 bar", &topic(), at(0), &mut form).unwrap();
    form.truncate(sealed.len());
    for len in 0..20 {
        let payload = vec![0; len];
        let expected = if len == 7 { Ok(()) } else { Err(Error::LengthMismatch) };
        assert_eq!(Frame::parse_detached(&form, &payload).map(|_| ()), expected);
    }
    for len in 0..form.len() {
        assert_eq!(Frame::parse_detached(&form[..len], b"4.2 bar").unwrap_err(), Error::Truncated);
    }
    form.push(0);
    assert_eq!(Frame::parse_detached(&form, b"4.2 bar").unwrap_err(), Error::TrailingBytes);
}
