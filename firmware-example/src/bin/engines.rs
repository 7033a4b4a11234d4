//! The assembly engine against the portable one, on the target: what one makes the other takes,
//! byte for byte where it is decided by the input. Needs the feature `assembly`.
//!
//! Prints a line for each claim, `ok` or `wrong` before it; `tests/firmware/test_engines.py`
//! reads them.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::fmt::Write;

use firmware::board::entry;
use firmware::board::semihosting::{File, exit};
use firmware::engine::{Agreement, Signer, Verifier};
use sealwire::{
    AgreeP256, Entropy, Error, GenerateP256, PortableAgreement, PortableSigner, PortableVerifier,
    PublicKey, SignP256, Signature, VerifyP256, message_digest,
};

/// Keys and messages that are tried.
const ROUNDS: u8 = 8;

/// The group's order (SP 800-186 §3.2.1.3).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The field's prime (the same, §3.2.1.3).
const PRIME: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// Repeatable bytes in the place of randomness, so that two hedged signers draw the same.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.0 = self.0.wrapping_add(1);
        out.fill(self.0);
        Ok(())
    }
}

/// A source of randomness that is broken.
struct Broken;

impl Entropy for Broken {
    fn fill(&mut self, _out: &mut [u8]) -> Result<(), Error> {
        Err(Error::NoEntropy)
    }
}

struct Claims {
    out: File,
    wrong: u32,
}

impl Claims {
    fn hold(&mut self, claim: &str, holds: bool) {
        self.wrong += u32::from(!holds);
        let _ = writeln!(self.out, "{} {claim}", if holds { "ok" } else { "wrong" });
    }
}

/// A number with its last byte changed by `step`.
fn near(number: [u8; 32], step: i8) -> [u8; 32] {
    let mut near = number;
    near[31] = near[31].wrapping_add_signed(step);
    near
}

fn small(value: u8) -> [u8; 32] {
    let mut number = [0; 32];
    number[31] = value;
    number
}

fn joined(first: &[u8], second: &[u8]) -> [u8; 64] {
    let mut both = [0; 64];
    both[..32].copy_from_slice(first);
    both[32..].copy_from_slice(second);
    both
}

fn secret(round: u8) -> [u8; 32] {
    match round {
        // The ends of the range.
        0 => small(1),
        1 => small(2),
        2 => near(ORDER, -1),
        3 => near(ORDER, -2),
        _ => message_digest(&[b"secret", &[round]]),
    }
}

fn signing(claims: &mut Claims) -> Result<(), Error> {
    let (mut same, mut same_hedged, mut same_keys) = (true, true, true);
    let (mut crosswise, mut changed) = (true, true);
    for round in 0..ROUNDS {
        let secret = secret(round);
        let bytes = [round; 100];
        let message: [&[u8]; 3] = [&bytes[..usize::from(round + 1) * 12], b"", &bytes[1..]];
        let (mut ours, mut theirs) =
            (Signer::from_secret(&secret)?, PortableSigner::from_secret(&secret)?);
        let key = theirs.public_key();
        same_keys &= ours.public_key() == key;
        let signature = ours.sign(&message)?;
        same &= signature == theirs.sign(&message)?;
        let signature = signature.normalised();
        crosswise &= PortableVerifier.verify(&key, &message, &signature).is_ok();
        crosswise &= Verifier.verify(&key, &message, &signature).is_ok();
        for bit in [0, 255, 256, 511_usize] {
            let mut bytes = *signature.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let other = Signature::from_bytes(bytes);
            changed &= Verifier.verify(&key, &message, &other) == Err(Error::SignatureWrong);
        }
        changed &= Verifier.verify(&key, &message[1..], &signature).is_err();
        let (mut ours, mut theirs) = (ours.hedged(Counting(round)), theirs.hedged(Counting(round)));
        let hedged = ours.sign(&message)?;
        same_hedged &= hedged == theirs.sign(&message)? && hedged.normalised() != signature;
    }
    claims.hold("public keys are the portable engine's", same_keys);
    claims.hold("deterministic signatures are the portable engine's", same);
    claims.hold("hedged signatures are the portable engine's with the same entropy", same_hedged);
    claims.hold("both engines take its signatures", crosswise);
    claims.hold("refuses a changed signature and a changed message", changed);
    let broken = Signer::from_secret(&small(7))?.hedged(Broken).sign(&[b"message"]);
    claims.hold("signs nothing without entropy", broken == Err(Error::NoEntropy));
    Ok(())
}

fn ranges(claims: &mut Claims) -> Result<(), Error> {
    let mut signer = Signer::from_secret(&secret(9))?;
    let key = signer.public_key();
    let message: &[&[u8]] = &[b"message"];
    let signature = signer.sign(message)?;
    let (r, s) = signature.as_bytes().split_at(32);
    let mut refused = true;
    for bad in [[0; 32], ORDER, near(ORDER, 1), [0xff; 32]] {
        for bytes in [joined(&bad, s), joined(r, &bad), joined(&bad, &bad)] {
            refused &= Verifier.verify(&key, message, &Signature::from_bytes(bytes)).is_err();
        }
    }
    claims.hold("refuses r and s of 0, n and above by itself", refused);
    let mut refused = true;
    for bad in [[0; 32], ORDER, near(ORDER, 1), [0xff; 32]] {
        refused &= Signer::from_secret(&bad).err() == Some(Error::KeyInvalid);
        refused &= Agreement.with_seed(&bad).err() == Some(Error::KeyInvalid);
    }
    refused &= Signer::from_secret(&[1; 31]).err() == Some(Error::KeyLength);
    refused &= Signer::from_secret(&[1; 33]).err() == Some(Error::KeyLength);
    claims.hold("refuses secrets of 0, n and above, and of other lengths", refused);
    Ok(())
}

fn points(claims: &mut Claims) -> Result<(), Error> {
    let mut signer = Signer::from_secret(&secret(9))?;
    let good = signer.public_key();
    let signature = signer.sign(&[b"message"])?;
    let own = Agreement.with_seed(&secret(8))?;
    let (x, y) = good.as_xy().split_at(32);
    let mut other_x = [0; 32];
    other_x.copy_from_slice(x);
    let bad = [
        joined(&[0; 32], &[0; 32]),
        joined(x, &[0; 32]),
        joined(&[0; 32], y),
        joined(y, x),
        joined(&near(other_x, 1), y),
        // Coordinates that are right modulo the prime, and not below it.
        joined(&PRIME, y),
        joined(&near(PRIME, 5), y),
        joined(x, &PRIME),
        [0xff; 64],
        // A point of y² = x³ - 3x + 1 or none: small subgroups of other curves begin so.
        joined(&small(1), &small(1)),
    ];
    let mut refused = Verifier.accepts(&good);
    for xy in bad {
        let key = PublicKey::from_xy(xy);
        refused &= !Verifier.accepts(&key) && !PortableVerifier.accepts(&key);
        refused &= Verifier.verify(&key, &[b"message"], &signature).is_err();
        refused &= Agreement.agree(&own, &key).err() == Some(Error::KeyInvalid);
    }
    claims.hold("refuses points that aren't on the curve, everywhere", refused);
    Ok(())
}

fn agreement(claims: &mut Claims) -> Result<(), Error> {
    let (mut same_keys, mut same_secrets) = (true, true);
    for round in 0..ROUNDS {
        let (seed, other) = (secret(round), secret(round + 4));
        let (ours, theirs) = (Agreement.with_seed(&seed)?, PortableAgreement.with_seed(&seed)?);
        same_keys &= ours.public() == theirs.public();
        let peer = PortableAgreement.with_seed(&other)?;
        let shared = Agreement.agree(&ours, peer.public())?;
        same_secrets &= shared == PortableAgreement.agree(&theirs, peer.public())?;
        same_secrets &= shared == PortableAgreement.agree(&peer, ours.public())?;
    }
    claims.hold("makes the portable engine's ephemeral keys", same_keys);
    claims.hold("agrees with the portable engine on secrets", same_secrets);
    Ok(())
}

fn run(claims: &mut Claims) -> Result<(), Error> {
    signing(claims)?;
    ranges(claims)?;
    points(claims)?;
    agreement(claims)
}

#[entry]
fn main() -> ! {
    let Some(out) = File::stdout() else { exit(2) };
    let mut claims = Claims { out, wrong: 0 };
    match run(&mut claims) {
        Ok(()) => exit(u8::from(claims.wrong != 0)),
        Err(_) => exit(3),
    }
}
