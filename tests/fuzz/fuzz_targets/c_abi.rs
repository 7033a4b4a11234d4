//! The C interface: any calls in any order, with any lengths and options, null and misaligned
//! pointers, copied and dead objects. Every buffer is an allocation of its own and exactly as long
//! as the call is told, so that AddressSanitizer sees a byte too many.
//!
//! Decides: a status is 0 or one of the header's; what failed has written nothing, what succeeded
//! no more than there was room for; a result passes the gate if and only if it was accepted. The
//! calls are generated from `include/sealwire.h` by `c_calls.py`. What C can't check is kept here
//! as a caller must: memory stays, storage serves one object.
#![no_main]
#![allow(
    dead_code,
    non_camel_case_types,
    unused_variables,
    clippy::all,
    reason = "the header's names"
)]

use std::any::type_name;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::mem::size_of;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sealwire_c_abi as _;

const NOW: u64 = 1_790_000_000_000_000;
const MOST_CALLS: usize = 48;
const BUFFER_TOO_SMALL: i32 = 803;
const CLASS_UNKNOWN: i32 = -1;
const ACCEPT_PATTERN: u32 = 2_781_058_791;
const FILLED: u8 = 0xa5;

const CHAIN: &[u8] = include_bytes!("../chain.der");
const ROOT: &[u8] = include_bytes!("../root.der");

include!(env!("SEALWIRE_C_CALLS"));

/// An object in the caller's storage.
trait Opaque: Copy + 'static {
    const ZERO: Self;
}

/// What the fuzzer says; when it says no more, zeros, which stand for good arguments.
struct Draw<'d>(&'d [u8]);

impl Draw<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        byte
    }

    fn number(&mut self, good: u64) -> u64 {
        match self.byte() {
            0 => good,
            small @ 1..=40 => u64::from(small - 1),
            41 => u64::MAX,
            42 => u64::from(u32::MAX),
            near @ 43..=127 => good.wrapping_add(u64::from(near)).wrapping_sub(80),
            far @ 128..=191 => good.wrapping_add(1 << (far & 63)),
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    fn size(&mut self, good: usize) -> usize {
        let byte = usize::from(self.byte());
        good.saturating_sub(byte)
    }

    fn id(&mut self, owner: &str, name: &str) -> sealwire_id {
        let is_panel = matches!(name, "audience" | "granter")
            || name == "own" && owner != "sealwire_access_plan";
        let good = match name {
            "group" | "prefix" => 0,
            _ if is_panel => 0xb0,
            _ => 0xa0,
        };
        sealwire_id { bytes: [self.number(good) as u8; 16] }
    }

    fn callback(&mut self, good: *const c_void) -> *const c_void {
        if self.byte() == 255 { std::ptr::null() } else { good }
    }
}

/// What a call may write to, and what was there before.
struct Written {
    at: *mut u8,
    cap: usize,
    len: *mut usize,
    before: Vec<u8>,
    is_output: bool,
}

#[derive(Default)]
struct World {
    /// Everything that was ever handed over: it stays until the run is over.
    kept: Vec<Box<[u64]>>,
    bytes: Vec<Box<[u8]>>,
    objects: BTreeMap<(&'static str, u8), *mut c_void>,
    written: Vec<Written>,
    inputs: Vec<(*const u8, usize)>,
    /// Messages that calls wrote.
    outputs: Vec<Vec<u8>>,
    results: Vec<(*mut sealwire_result, usize)>,
    last_result: Option<*mut sealwire_result>,
    last_issuer: Option<*mut sealwire_issuer_id>,
}

impl World {
    /// Memory for one or more of `T`, exactly.
    fn place<T: Copy>(&mut self, values: &[T]) -> *mut T {
        assert!(align_of::<T>() <= align_of::<u64>());
        let len = size_of_val(values);
        // Rounded up to words, so nothing lies behind: the words' end is the allocation's.
        let mut words = vec![0_u64; len.div_ceil(8)].into_boxed_slice();
        let at = words.as_mut_ptr().cast::<T>();
        // SAFETY: as long as the values, aligned.
        unsafe { at.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        self.kept.push(words);
        at
    }

    fn exactly(&mut self, bytes: &[u8]) -> *mut u8 {
        self.bytes.push(bytes.into());
        self.bytes.last_mut().map_or(std::ptr::null_mut(), |bytes| bytes.as_mut_ptr())
    }

    /// Null unless the fuzzer says more.
    fn optional<T: Opaque>(&mut self, d: &mut Draw<'_>) -> *mut T {
        match d.byte() {
            0 => std::ptr::null_mut(),
            _ => self.object(d),
        }
    }

    fn object<T: Opaque>(&mut self, d: &mut Draw<'_>) -> *mut T {
        let name = type_name::<T>();
        let find = |w: &mut Self, which: u8| match w.objects.get(&(name, which)) {
            Some(at) => at.cast::<T>(),
            None => {
                let at = w.place(&[T::ZERO]);
                w.objects.insert((name, which), at.cast());
                at
            }
        };
        match d.byte() {
            0 => find(self, 0),
            250 => std::ptr::null_mut(),
            // Inside of one that is longer: not aligned.
            251 => self.exactly(&[0; 4096]).wrapping_add(1).cast(),
            // A copy of a live one, at another address.
            252 => {
                // SAFETY: written when it was placed.
                let copy = unsafe { find(self, 0).read() };
                self.place(&[copy])
            }
            which => find(self, which & 1),
        }
    }

    fn storage<T: Opaque>(&mut self, d: &mut Draw<'_>) -> (*mut T, usize) {
        let pieces = match d.byte() {
            0 => 4,
            200 => return (std::ptr::null_mut(), 0),
            201 => return (std::ptr::null_mut(), size_of::<T>()),
            202 => return (self.place(&[T::ZERO]), usize::MAX / 8 * 8),
            byte => usize::from(byte) % 12,
        };
        let less = usize::from(d.byte()) % size_of::<T>();
        (self.place(&vec![T::ZERO; pieces]), (pieces * size_of::<T>()).saturating_sub(less))
    }

    fn user(&mut self, d: &mut Draw<'_>) -> *mut c_void {
        std::ptr::without_provenance_mut(usize::from(d.byte()))
    }

    fn input(&mut self, d: &mut Draw<'_>, owner: &str, what: &str) -> (*const u8, usize) {
        let last = || self.outputs.last().cloned().unwrap_or_default();
        let kind = d.byte();
        let bytes: Vec<u8> = match kind {
            0 => match what {
                "certificate" => ROOT.to_vec(),
                "joined" | "own" => CHAIN.to_vec(),
                "key" if owner == "sealwire_issuer_record" => Vec::new(),
                "key" | "secret" | "private_key" => vec![7; 32],
                "name" if owner.contains("define_role") => b"operator".to_vec(),
                "name" => b"pump/pressure".to_vec(),
                "payload" => b"4.2 bar".to_vec(),
                "message" if owner.contains("detached") => b"4.2 bar".to_vec(),
                "text" => b"a0a0a0a0-a0a0-4a0a-a0a0-a0a0a0a0a0a0".to_vec(),
                "source" => b"10.0.0.7".to_vec(),
                "roles" => vec![7],
                "role" | "request_tag" | "saved" => Vec::new(),
                _ => last(),
            },
            1 => Vec::new(),
            2 => return (std::ptr::null(), 0),
            3 => return (std::ptr::null(), usize::from(d.byte())),
            4 => return (self.exactly(&[1, 2, 3]), usize::MAX - usize::from(d.byte())),
            5 => return (self.exactly(&[1, 2, 3]), isize::MAX as usize + 1),
            6..=40 => {
                let back = usize::from(kind - 6);
                self.outputs.iter().rev().nth(back).cloned().unwrap_or_default()
            }
            41..=80 => {
                let mut bytes = last();
                let len = bytes.len().max(1);
                match bytes.get_mut(usize::from(d.byte()) % len) {
                    Some(byte) if kind < 70 => *byte ^= 1 << (kind & 7),
                    _ => bytes.truncate(usize::from(kind) % len),
                }
                bytes
            }
            // A key that a signer of this world has: x and y.
            81 => [7; 64].to_vec(),
            _ => {
                let len = usize::from(d.byte()).min(d.0.len());
                let (bytes, rest) = d.0.split_at(len);
                d.0 = rest;
                bytes.to_vec()
            }
        };
        let at = self.exactly(&bytes).cast_const();
        self.inputs.push((at, bytes.len()));
        (at, bytes.len())
    }

    fn array<T: Copy>(
        &mut self,
        d: &mut Draw<'_>,
        draw: fn(&mut Self, &mut Draw<'_>) -> T,
        good: usize,
    ) -> (*const T, usize) {
        let count = match d.byte() {
            0 if good == 0 => return (std::ptr::null(), 0),
            0 => good,
            250 => return (std::ptr::null(), 0),
            251 => return (std::ptr::null(), 3),
            252 => return (self.place(&[[0_u64; 20]; 2]).cast(), usize::MAX / 4),
            byte => usize::from(byte) % 6,
        };
        let values: Vec<T> = (0..count).map(|_| draw(self, d)).collect();
        (self.place(&values), count)
    }

    fn given<T: Copy>(
        &mut self,
        d: &mut Draw<'_>,
        draw: fn(&mut Self, &mut Draw<'_>) -> T,
    ) -> *const T {
        if d.byte() == 255 {
            return std::ptr::null();
        }
        let value = draw(self, d);
        self.place(&[value])
    }

    /// Null unless the fuzzer says more.
    fn perhaps<T: Copy>(
        &mut self,
        d: &mut Draw<'_>,
        draw: fn(&mut Self, &mut Draw<'_>) -> T,
    ) -> *const T {
        if d.byte() == 0 { std::ptr::null() } else { self.given(d, draw) }
    }

    fn pointers<T: Opaque>(&mut self, d: &mut Draw<'_>) -> (*mut *mut T, usize) {
        let count = usize::from(d.byte()) % 12;
        if count == 0 {
            return (std::ptr::null_mut(), 0);
        }
        let objects: Vec<*mut T> = (0..count).map(|_| self.object(d)).collect();
        (self.place(&objects), count)
    }

    fn last_issuer(&mut self, d: &mut Draw<'_>) -> *const sealwire_issuer_id {
        match (self.last_issuer, d.byte()) {
            (Some(at), 0..200) => at.cast_const(),
            (_, byte) => self.place(&[sealwire_issuer_id { bytes: [byte; 16] }]),
        }
    }

    fn given_id(&mut self, d: &mut Draw<'_>, owner: &str, name: &str) -> *const sealwire_id {
        let id = d.id(owner, name);
        if d.byte() == 255 { std::ptr::null() } else { self.place(&[id]) }
    }

    fn memory(&mut self, d: &mut Draw<'_>) -> (*mut c_void, usize) {
        let (at, len) = self.buffer(d);
        (at.cast(), len)
    }

    fn buffer(&mut self, d: &mut Draw<'_>) -> (*mut u8, usize) {
        match d.byte() {
            0 => (self.exactly(&[0; 256]), 256),
            1 => (std::ptr::null_mut(), 0),
            2 => (std::ptr::null_mut(), 9),
            3 => (self.exactly(&[0; 8]), usize::MAX - 2),
            byte => {
                let len = usize::from(byte);
                (self.exactly(&vec![0; len]), len)
            }
        }
    }

    fn output(&mut self, d: &mut Draw<'_>) -> (*mut u8, usize, *mut usize) {
        let len = if d.byte() == 255 { std::ptr::null_mut() } else { self.place(&[usize::MAX]) };
        let (at, cap) = match d.byte() {
            0 => (self.exactly(&[FILLED; 512]), 512),
            1 => (std::ptr::null_mut(), 0),
            2 => return (std::ptr::null_mut(), 5, len),
            3 => return (self.exactly(&[FILLED; 8]), usize::MAX - 3, len),
            // Over an input of this very call.
            4..=20 => match self.inputs.last() {
                Some(&(at, len)) => (at.cast_mut(), len),
                None => (std::ptr::null_mut(), 0),
            },
            byte => (self.exactly(&vec![FILLED; usize::from(byte)]), usize::from(byte)),
        };
        self.watch(at, cap, len, true);
        (at, cap, len)
    }

    fn watch(&mut self, at: *mut u8, cap: usize, len: *mut usize, is_output: bool) {
        let before = if cap == 0 {
            Vec::new()
        } else {
            // SAFETY: `cap` bytes of ours.
            unsafe { std::slice::from_raw_parts(at, cap) }.to_vec()
        };
        self.written.push(Written { at, cap, len, before, is_output });
    }

    fn out_value<T: Copy>(&mut self, d: &mut Draw<'_>, _: &str) -> *mut T {
        if d.byte() == 255 {
            return std::ptr::null_mut();
        }
        // SAFETY: the header's plain structs and numbers, for which zeros are a value.
        let at = self.place(&[unsafe { std::mem::zeroed::<T>() }]);
        if type_name::<T>() == type_name::<sealwire_result>() {
            self.results.push((at.cast(), 1));
            self.last_result = Some(at.cast());
        } else {
            self.watch(at.cast(), size_of::<T>(), std::ptr::null_mut(), false);
        }
        if type_name::<T>() == type_name::<sealwire_issuer_id>() {
            self.last_issuer = Some(at.cast());
        }
        at
    }

    fn any_value<T: Copy>(&mut self, d: &mut Draw<'_>, what: &str) -> *mut T {
        let at = self.out_value(d, what);
        self.written.pop();
        at
    }

    fn room<T: Copy>(&mut self, d: &mut Draw<'_>) -> (*mut T, usize) {
        let count = usize::from(d.byte()) % 10;
        // SAFETY: as above.
        (self.place(&vec![unsafe { std::mem::zeroed::<T>() }; count]), count)
    }

    /// As many as there are frames.
    fn results(&mut self, frames: usize) -> *mut sealwire_result {
        let count = frames.min(8);
        // SAFETY: as above.
        let at = self.place(&vec![unsafe { std::mem::zeroed::<sealwire_result>() }; count]);
        self.results.push((at, count));
        at
    }

    fn last_result(&mut self, d: &mut Draw<'_>) -> *const sealwire_result {
        match (self.last_result, d.byte()) {
            (Some(at), 0..200) => at.cast_const(),
            // SAFETY: as above.
            _ => self.place(&[unsafe { std::mem::zeroed() }]),
        }
    }

    fn status(&mut self, name: &str, status: i32) {
        if tells() {
            eprintln!("{name}: {status}");
        }
        let is_number_asked = name.ends_with("error_class");
        // SAFETY: takes any number.
        let class = unsafe { sealwire_error_class(status) };
        assert!(is_number_asked || class != CLASS_UNKNOWN, "{name}: {status} is no status");
        for one in std::mem::take(&mut self.written) {
            let now = if one.cap == 0 {
                &[]
            } else {
                // SAFETY: `cap` bytes of ours.
                unsafe { std::slice::from_raw_parts(one.at, one.cap) }
            };
            if status != 0 && (one.is_output || status != BUFFER_TOO_SMALL) {
                assert!(now == one.before, "{name}: failed with {status}, and wrote");
            }
            if !one.is_output || one.len.is_null() {
                continue;
            }
            // SAFETY: ours.
            let len = unsafe { *one.len };
            match status {
                0 => {
                    assert!(len <= one.cap, "{name}: {len} bytes in {}", one.cap);
                    self.outputs.push(now[..len].to_vec());
                }
                BUFFER_TOO_SMALL => assert!(len > one.cap, "{name} needs {len} of {}", one.cap),
                _ => {
                    assert_eq!(len, usize::MAX, "{name}: failed with {status}, and wrote a length")
                }
            }
        }
        for (at, count) in std::mem::take(&mut self.results) {
            for which in 0..count {
                // SAFETY: ours.
                let result = unsafe { *at.add(which) };
                let is_open = result.status == 0
                    && result.accept != 0
                    && result.accept ^ result.accept_check == ACCEPT_PATTERN;
                if count == 1 && !name.ends_with("many") {
                    assert_eq!(is_open, status == 0, "{name}: {status}");
                }
                if is_open && result.payload_len != 0 {
                    // SAFETY: what it points to is a frame of ours.
                    let payload =
                        unsafe { std::slice::from_raw_parts(result.payload, result.payload_len) };
                    std::hint::black_box(payload.iter().fold(0, |sum: u8, b| sum.wrapping_add(*b)));
                } else if !is_open {
                    assert!(result.payload.is_null(), "{name} shows what it refused");
                }
            }
        }
        self.inputs.clear();
    }

    fn text(&mut self, name: &str, text: *const c_char) {
        if !text.is_null() {
            // SAFETY: the library's own.
            assert!(unsafe { CStr::from_ptr(text) }.to_str().is_ok(), "{name}");
        }
    }

    fn number<N>(&mut self, _: &str, _: N) {}
}

/// Whether a run says what it calls: to see how far a seed gets.
fn tells() -> bool {
    static TELLS: OnceLock<bool> = OnceLock::new();
    *TELLS.get_or_init(|| std::env::var_os("SEALWIRE_FUZZ_TELL").is_some())
}

/// Engines and randomness that answer at once. `user` 1 and 2 are out of order.
mod callbacks {
    use super::*;

    const YES: i32 = 1_587_646_477;
    const NO: i32 = 1_587_612_589;

    fn answer(user: *mut c_void, is_yes: bool) -> i32 {
        match (user.addr(), is_yes) {
            (1, _) => 1,
            (2, _) | (_, false) => NO,
            _ => YES,
        }
    }

    unsafe fn fill(at: *mut u8, bytes: &[u8]) {
        // SAFETY: the header says so many.
        unsafe { at.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    pub unsafe extern "C" fn sealwire_entropy_fill(
        u: *mut c_void,
        out: *mut u8,
        len: usize,
    ) -> i32 {
        let bytes: Vec<u8> = (0..len).map(|n| n as u8 ^ (u.addr() as u8).wrapping_add(9)).collect();
        unsafe { fill(out, &bytes) };
        i32::from(u.addr() == 1)
    }

    pub unsafe extern "C" fn sealwire_sign_engine_public_key(u: *mut c_void, xy: *mut u8) -> i32 {
        unsafe { fill(xy, &[7; 64]) };
        answer(u, true)
    }

    pub unsafe extern "C" fn sealwire_sign_engine_sign(
        u: *mut c_void,
        _: *const sealwire_bytes,
        _: usize,
        signature: *mut u8,
    ) -> i32 {
        unsafe { fill(signature, &[u.addr() as u8 | 1; 64]) };
        answer(u, true)
    }

    pub unsafe extern "C" fn sealwire_verify_engine_accepts(u: *mut c_void, xy: *const u8) -> i32 {
        answer(u, unsafe { *xy } != 0)
    }

    pub unsafe extern "C" fn sealwire_verify_engine_verify(
        u: *mut c_void,
        _: *const u8,
        parts: *const sealwire_bytes,
        parts_len: usize,
        signature: *const u8,
    ) -> i32 {
        for part in 0..parts_len {
            let part = unsafe { *parts.add(part) };
            let bytes = if part.len == 0 {
                &[]
            } else {
                unsafe { std::slice::from_raw_parts(part.data, part.len) }
            };
            std::hint::black_box(bytes.iter().fold(0, |sum: u8, b| sum.wrapping_add(*b)));
        }
        answer(u, unsafe { *signature } != 0xff)
    }

    pub unsafe extern "C" fn sealwire_agree_engine_generate(
        u: *mut c_void,
        _: *const u8,
        xy: *mut u8,
    ) -> i32 {
        unsafe { fill(xy, &[3; 64]) };
        answer(u, true)
    }

    pub unsafe extern "C" fn sealwire_agree_engine_agree(
        u: *mut c_void,
        _: *const u8,
        _: *const u8,
        shared: *mut u8,
    ) -> i32 {
        unsafe { fill(shared, &[9; 32]) };
        answer(u, true)
    }

    pub unsafe extern "C" fn sealwire_audit_sink_event(
        u: *mut c_void,
        event: *const sealwire_event,
    ) -> i32 {
        std::hint::black_box(unsafe { *event }.nonce);
        i32::from(u.addr() == 1)
    }
}

fuzz_target!(|data: &[u8]| {
    let mut world = World::default();
    let mut rest = data;
    for _ in 0..MOST_CALLS {
        let [which, len, after @ ..] = rest else { break };
        let (drawn, next) = after.split_at(usize::from(*len).min(after.len()));
        rest = next;
        call(usize::from(*which) % CALLS, &mut world, &mut Draw(drawn));
        world.written.clear();
        world.results.clear();
    }
});
