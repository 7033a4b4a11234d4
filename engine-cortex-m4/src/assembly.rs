//! The assembly's functions as safe ones: sizes and alignment are types here, and all the
//! `unsafe` of this crate stands here.
//!
//! Numbers are 256 bits in eight words, the lowest first; the core's are big-endian bytes.

use p256_cortex_m4_sys as sys;
use zeroize::Zeroizing;

/// A number of 256 bits, the lowest word first.
pub(crate) type Number = [u32; 8];

/// x and y of a point.
pub(crate) type Point = [Number; 2];

/// A number from its bytes, big-endian.
pub(crate) fn number(bytes: &[u8; 32]) -> Number {
    let mut words = [0; 8];
    let (chunks, _) = bytes.as_chunks::<4>();
    for (word, chunk) in words.iter_mut().zip(chunks.iter().rev()) {
        *word = u32::from_be_bytes(*chunk);
    }
    words
}

/// Two numbers from their bytes: x ‖ y or r ‖ s.
pub(crate) fn two_numbers(bytes: &[u8; 64]) -> [Number; 2] {
    let (halves, _) = bytes.as_chunks::<32>();
    let mut numbers = [[0; 8]; 2];
    for (place, half) in numbers.iter_mut().zip(halves) {
        *place = number(half);
    }
    numbers
}

/// The bytes of two numbers, big-endian.
pub(crate) fn bytes_of(numbers: &[Number; 2]) -> [u8; 64] {
    let mut bytes = [0; 64];
    let words = numbers.iter().flat_map(|number| number.iter().rev());
    let (chunks, _) = bytes.as_chunks_mut::<4>();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.to_be_bytes();
    }
    bytes
}

/// Whether x ‖ y is a point of the curve with both coordinates below the field's prime.
pub(crate) fn is_on_curve(xy: &[u8; 64]) -> bool {
    let mut encoded = [4; 65];
    if let Some((_, place)) = encoded.split_first_mut() {
        place.iter_mut().zip(xy).for_each(|(place, byte)| *place = *byte);
    }
    let [mut x, mut y] = [[0; 8]; 2];
    // SAFETY: the outputs are eight aligned words each; the input has the 65 bytes that are said.
    unsafe { sys::p256_octet_string_to_point(x.as_mut_ptr(), y.as_mut_ptr(), encoded.as_ptr(), 65) }
}

/// Whether the signature is right. The key is checked again, and so is the range of r and s.
pub(crate) fn verify([x, y]: &Point, digest: &[u8; 32], [r, s]: &[Number; 2]) -> bool {
    // SAFETY: four inputs of eight aligned words, and a digest of the 32 bytes that are said.
    unsafe { sys::p256_verify(x.as_ptr(), y.as_ptr(), digest.as_ptr(), 32, r.as_ptr(), s.as_ptr()) }
}

/// r and s of a signature; none if `nonce` is 0, not below the order, or gives an r or s of 0.
pub(crate) fn sign(digest: &[u8; 32], secret: &Number, nonce: &Number) -> Option<[Number; 2]> {
    let [mut r, mut s] = [[0; 8]; 2];
    // SAFETY: outputs and inputs are eight aligned words each; a digest of the 32 bytes that are said.
    let done = unsafe {
        sys::p256_sign(
            r.as_mut_ptr(),
            s.as_mut_ptr(),
            digest.as_ptr(),
            32,
            secret.as_ptr(),
            nonce.as_ptr(),
        )
    };
    done.then_some([r, s])
}

/// The public point of `secret`; none if that is 0 or not below the order.
pub(crate) fn public(secret: &Number) -> Option<Point> {
    let [mut x, mut y] = [[0; 8]; 2];
    // SAFETY: outputs and input are eight aligned words each.
    let done = unsafe { sys::p256_keygen(x.as_mut_ptr(), y.as_mut_ptr(), secret.as_ptr()) };
    done.then_some([x, y])
}

/// The x coordinate of secret × point, big-endian; none if the point isn't on the curve or
/// `secret` is 0 or not below the order.
pub(crate) fn shared(secret: &Number, [x, y]: &Point) -> Option<Zeroizing<[u8; 32]>> {
    let mut shared = Zeroizing::new([0; 32]);
    // SAFETY: an input of eight aligned words, which the function only reads.
    let is_scalar = unsafe { sys::P256_check_range_n(secret.as_ptr()) };
    // SAFETY: an output of 32 bytes, three inputs of eight aligned words.
    let done = is_scalar
        && unsafe {
            sys::p256_ecdh_calc_shared_secret(
                shared.as_mut_ptr(),
                secret.as_ptr(),
                x.as_ptr(),
                y.as_ptr(),
            )
        };
    done.then_some(shared)
}
