//! Marks secrets as undefined and uses them: memcheck then reports each branch and each index
//! that depends on one (tests/assure/constant-time/check.py runs it so and judges).
//!
//!   constant-time seal | register | check | forged | sign | saved |
//!     access-secret | access-key | token | request | naive
//!
//! What becomes public by design is marked defined again: the verdict, a finished tag, a public
//! key, a signature. `naive` compares as nobody should: memcheck must report it.
#![allow(clippy::unwrap_used, reason = "a test")]

mod access;

use std::hint::black_box;

use sealwire::*;

/// valgrind's client request (valgrind.h): a sequence that does nothing outside of valgrind.
#[cfg(target_arch = "x86_64")]
fn request(code: usize, start: *const u8, len: usize) {
    let arguments: [usize; 6] = [code, start.addr(), len, 0, 0, 0];
    // SAFETY: four rotations by 128 in sum and an exchange of a register with itself.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") 0_usize => _, out("rdi") _,
        );
    }
}

/// 'MC' << 16, from memcheck.h.
const MAKE_UNDEFINED: usize = 0x4d43_0001;
const MAKE_DEFINED: usize = 0x4d43_0002;

fn secret(bytes: &[u8]) {
    request(MAKE_UNDEFINED, bytes.as_ptr(), bytes.len());
}

fn public<T: ?Sized>(value: &T) {
    request(MAKE_DEFINED, std::ptr::from_ref(value).cast(), size_of_val(value));
}

const PUMP: [u8; 16] = [0xa0; 16];
const PANEL: [u8; 16] = [0xb0; 16];

fn now() -> Option<Timestamp> {
    Some(Timestamp::from_secs(1_790_000_000))
}

fn context() -> Context<'static> {
    Context::topic(b"pump/pressure").unwrap()
}

/// A peer secret whose every bit memcheck follows.
fn peer_secret() -> PeerSecret {
    let bytes = black_box([7_u8; 32]);
    secret(&bytes);
    PeerSecret::from_slice(&bytes).unwrap()
}

fn sealed(length: TagLength) -> (Vec<u8>, usize) {
    let (pump, panel) = (ModuleId::new(PUMP).unwrap(), ModuleId::new(PANEL).unwrap());
    let audience = Audience::Peer(panel);
    let key = peer_secret();
    let mut sealer =
        Sealer::hmac(KeyId(1), pump, audience, &key, length, NonceStart::Fresh).unwrap();
    let mut frame = vec![0; 160];
    let sealed = sealer.seal(b"4.2 bar", &context(), now(), &mut frame).unwrap();
    frame.truncate(sealed.len());
    (frame, sealed.len())
}

fn check(length: TagLength, spoil: Option<usize>) {
    let (mut frame, len) = sealed(length);
    public(frame.as_slice());
    let tag_len = match length {
        TagLength::Full => 32,
        TagLength::Short => 16,
    };
    if let Some(place) = spoil {
        frame[len - tag_len + place] ^= 1;
    }
    let mut slots = [const { Slot::EMPTY }; 2];
    let storage: *const [Slot; 2] = &raw const slots;
    let panel = ModuleId::new(PANEL).unwrap();
    let mut validator =
        Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots.as_mut_slice()).unwrap();
    // Registered with plain bytes: where a slot lies follows from a fingerprint of its key, which
    // is a case of its own. From here on the key's states, 64 bytes of the slot, are secret.
    let key = PeerSecret::from_slice(&[7; 32]).unwrap();
    validator
        .register(&PeerKey::hmac(KeyId(1), ModuleId::new(PUMP).unwrap(), &key, length))
        .unwrap();
    // SAFETY: the storage outlives the validator; only valgrind looks at it here.
    mark_keys(unsafe { &*storage });
    let requirement = Requirement::at_least(Level::Hmac, context(), &AnyPeer);
    let verdict = validator.validate(&frame, &requirement, now());
    assert_eq!(black_box(verdict.is_ok()), spoil.is_none());
}

/// Marks the key states of the slots, which the caller's storage holds.
fn mark_keys(slots: &[Slot]) {
    for slot in slots {
        // The first 64 bytes of a slot, which is `repr(C)`.
        request(MAKE_UNDEFINED, std::ptr::from_ref(slot).cast(), 64);
    }
}

fn register() {
    let slots = [const { Slot::EMPTY }; 2];
    let panel = ModuleId::new(PANEL).unwrap();
    let mut validator = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots).unwrap();
    let (pump, key) = (ModuleId::new(PUMP).unwrap(), peer_secret());
    validator.register(&PeerKey::hmac(KeyId(1), pump, &key, TagLength::Full)).unwrap();
}

/// Saves what a validator with secret keys knows, and starts from it.
fn saved() {
    let panel = ModuleId::new(PANEL).unwrap();
    let mut slots = [const { Slot::EMPTY }; 2];
    let storage: *const [Slot; 2] = &raw const slots;
    let mut validator =
        Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots.as_mut_slice()).unwrap();
    let key = PeerSecret::from_slice(&[7; 32]).unwrap();
    let key = PeerKey::hmac(KeyId(1), ModuleId::new(PUMP).unwrap(), &key, TagLength::Full);
    validator.register(&key).unwrap();
    // SAFETY: as in `check`.
    mark_keys(unsafe { &*storage });
    let mut state = [0; max_saved_len(2)];
    let len = validator.save(&mut state).unwrap();
    let slots = [const { Slot::EMPTY }; 2];
    let restart = Restart::Saved(&state[..len]);
    black_box(Validator::new(panel, Limits::DEFAULT, restart, slots).unwrap());
}

/// A signing key whose every bit memcheck follows.
fn scalar() -> [u8; 32] {
    let scalar = black_box([0x42_u8; 32]);
    secret(&scalar);
    scalar
}

/// A device's certificate signing request.
fn signing_request() {
    let mut signer = PortableSigner::from_secret(&scalar()).unwrap();
    let mut out = [0; MAX_SIGNING_REQUEST];
    let roles = [RoleName::new("pump").unwrap()];
    let pump = ModuleId::new(PUMP).unwrap();
    black_box(write_signing_request(pump, &roles, &mut signer, &mut out).unwrap());
}

fn sign() {
    let signer = PortableSigner::from_secret(&scalar()).unwrap();
    let (pump, panel) = (ModuleId::new(PUMP).unwrap(), ModuleId::new(PANEL).unwrap());
    let mut sealer =
        Sealer::ecdsa(KeyId(1), pump, Audience::Peer(panel), signer, NonceStart::Fresh).unwrap();
    let mut frame = [0; 160];
    let sealed = sealer.seal(b"4.2 bar", &context(), now(), &mut frame).unwrap();
    black_box(sealed.len());
}

#[inline(never)]
fn naive_compare(a: &[u8; 32], b: &[u8; 32]) -> bool {
    for i in 0..32 {
        // Else the loop becomes one call that memcheck replaces.
        let i = black_box(i);
        if a[i] != b[i] {
            return false;
        }
    }
    true
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("seal") => {
            for length in [TagLength::Full, TagLength::Short] {
                black_box(sealed(length));
            }
        }
        Some("check") => {
            check(TagLength::Full, None);
            check(TagLength::Short, None);
        }
        Some("forged") => {
            for place in [0, 7, 15] {
                check(TagLength::Full, Some(place));
                check(TagLength::Short, Some(place));
            }
        }
        Some("register") => register(),
        Some("sign") => sign(),
        Some("saved") => saved(),
        Some("access-secret") => access::by_secret(),
        Some("access-key") => access::by_key(),
        Some("token") => access::token(),
        Some("request") => signing_request(),
        Some("naive") => {
            let (a, b) = black_box(([1_u8; 32], [1_u8; 32]));
            secret(&a);
            black_box(naive_compare(&a, &b));
        }
        _ => panic!("none of the cases above"),
    }
}
