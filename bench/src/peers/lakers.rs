//! lakers (EDHOC, RFC 9528): a whole handshake of both sides by key, in one process.
//!
//! Method 3 (static Diffie-Hellman keys on both sides), cipher suite 2 (P-256, AES-CCM), its
//! RustCrypto backend, credentials known to both and sent by reference, four messages, and the
//! secret and salt that OSCORE would begin with. Parsing keys isn't timed.

use std::hint::black_box;

use lakers::{
    Credential, CredentialTransfer, EDHOCMethod, EDHOCSuite, EdhocInitiator, EdhocResponder,
    credential_check_or_fetch,
};
use lakers_crypto_rustcrypto::Crypto;
use rand_core_of_lakers::{CryptoRng, Error, RngCore, impls};
use sealwire::SignP256;
use sealwire_engine_host::HostSigner;

use crate::clock::Job;

const INITIATOR: [u8; 32] = [8; 32];
const RESPONDER: [u8; 32] = [9; 32];

pub(crate) fn job<'a>() -> Job<'a> {
    let (initiators, responders) = (credential(&INITIATOR, 1), credential(&RESPONDER, 2));
    Job::new("lakers", move || {
        black_box(handshake(black_box(&initiators), black_box(&responders)));
    })
}

/// The secret and the salt, of which both sides have the same.
fn handshake(initiators: &Credential, responders: &Credential) -> [u8; 24] {
    let method = || EDHOCMethod::StatStat;
    let by_reference = || CredentialTransfer::ByReference;
    let initiator = EdhocInitiator::new(Crypto::new(Random), method(), EDHOCSuite::CipherSuite2);
    let responder = EdhocResponder::new(Crypto::new(Random), method(), RESPONDER, *responders);

    let (initiator, message_1) = initiator.prepare_message_1(None, &None).unwrap();
    let (responder, ..) = responder.process_message_1(&message_1).unwrap();
    let (responder, message_2) = responder.prepare_message_2(by_reference(), None, &None).unwrap();

    let (mut initiator, _, peer, _) = initiator.parse_message_2(&message_2).unwrap();
    let peer = credential_check_or_fetch(Some(*responders), peer).unwrap();
    initiator.set_identity(INITIATOR, *initiators).unwrap();
    let initiator = initiator.verify_message_2(peer).unwrap();
    let (initiator, message_3, _) = initiator.prepare_message_3(by_reference(), &None).unwrap();

    let (responder, peer, _) = responder.parse_message_3(&message_3).unwrap();
    let peer = credential_check_or_fetch(Some(*initiators), peer).unwrap();
    let (responder, _) = responder.verify_message_3(peer).unwrap();
    let (mut responder, message_4) = responder.prepare_message_4(&None).unwrap();
    let (mut initiator, _) = initiator.process_message_4(&message_4).unwrap();

    let mut ours = [0; 24];
    ours[..16].copy_from_slice(&initiator.edhoc_exporter(0, &[], 16)[..16]);
    ours[16..].copy_from_slice(&initiator.edhoc_exporter(1, &[], 8)[..8]);
    assert_eq!(ours[..16], responder.edhoc_exporter(0, &[], 16)[..16]);
    assert_eq!(ours[16..], responder.edhoc_exporter(1, &[], 8)[..8]);
    ours
}

/// A public key with its ID, as EDHOC names it: a CWT Claims Set (RFC 9528 §3.5.2).
fn credential(scalar: &[u8], key_id: u8) -> Credential {
    let key = HostSigner::from_secret(scalar).expect("a scalar").public_key();
    let (x, y) = key.as_xy().split_at(32);
    // {2: "", 8: {1: {1: 2, 2: key_id, -1: 1, -2: x, -3: y}}}
    let head = [0xa2, 2, 0x60, 8, 0xa1, 1, 0xa5, 1, 2, 2, 0x41, key_id, 0x20, 1, 0x21, 0x58, 32];
    let claims = [&head[..], x, &[0x22, 0x58, 32], y].concat();
    Credential::parse_ccs(&claims).expect("a key")
}

/// Different each time, which is all that a measurement needs.
struct Random;

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        crate::plant::fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Random {}
