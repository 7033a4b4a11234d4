//! Every bit of a good chain, of a list and of a request's bytes: what a change of one does.
//!
//! Bits that no signature covers: none. What lies outside of the signed part (the outer lengths,
//! the outer algorithm, the signature's own writing) has one value that is taken.
#![cfg(all(feature = "x509", feature = "ecdsa"))]

use sealwire::*;
use serde_json::Value;

use crate::x509_support::*;

const AT: ChainTime = ChainTime::Now(NOW);

/// A root that allows everything, so that a flipped identity or role isn't refused for that.
fn store(document: &Value) -> TrustStore<[IssuerSlot; 1]> {
    let root = hex(&document["issuers"]["root-any"]["certificate"]);
    let mut store = TrustStore::new([IssuerSlot::EMPTY]);
    let record = IssuerRecord::anchor(&root).fleets(&[Fleet::ALL]).any_role().any_authority();
    store.install(&record.time_sources(), AT, &PortableVerifier).unwrap();
    store
}

fn is_accepted(store: &TrustStore<[IssuerSlot; 1]>, parts: &[&[u8]]) -> bool {
    let chain = Chain::new(parts);
    chain
        .and_then(|chain| store.check(&chain, AT, Revocation::Unchecked, &PortableVerifier))
        .is_ok()
}

#[test]
fn no_bit_of_a_chain_can_be_flipped() {
    let document = document();
    let store = store(&document);
    let mut chain = chain_of(&document, "two authorities");
    assert_eq!(chain.len(), 3);
    let accepted = |chain: &[Vec<u8>]| {
        let parts: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        is_accepted(&store, &parts)
    };
    assert!(accepted(&chain));
    let mut flips = 0;
    for which in 0..chain.len() {
        for bit in 0..chain[which].len() * 8 {
            chain[which][bit / 8] ^= 1 << (bit % 8);
            assert!(!accepted(&chain), "certificate {which}, bit {bit}");
            chain[which][bit / 8] ^= 1 << (bit % 8);
            flips += 1;
        }
    }
    assert!(flips > 8_000, "{flips}");
    assert!(accepted(&chain));
}

#[test]
fn no_part_of_a_chain_can_be_missing_or_exchanged() {
    let document = document();
    let store = store(&document);
    let chain = chain_of(&document, "two authorities");
    let whole = chain.concat();
    for end in 0..whole.len() {
        let accepted = Chain::from_bytes(&whole[..end])
            .and_then(|chain| store.check(&chain, AT, Revocation::Unchecked, &PortableVerifier));
        assert!(accepted.is_err(), "{end} bytes");
    }
    for order in [[1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 0, 1], [0, 1, 1]] {
        let parts = order.map(|at| chain[at].as_slice());
        assert!(!is_accepted(&store, &parts), "{order:?}");
    }
    let parts: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    assert!(is_accepted(&store, &parts));
}

#[test]
fn no_bit_of_a_revocation_list_can_be_flipped() {
    let document = document();
    let lists = document["lists"].as_array().unwrap();
    let list = lists.iter().find(|case| case["comment"] == "a newer one").unwrap();
    let mut list = hex(&list["list"]);
    for bit in 0..list.len() * 8 {
        list[bit / 8] ^= 1 << (bit % 8);
        let taken = store(&document).take_list(&list, AT, &PortableVerifier).is_ok();
        assert!(!taken, "bit {bit}");
        list[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(store(&document).take_list(&list, AT, &PortableVerifier).is_ok());
    for end in 0..list.len() {
        assert!(store(&document).take_list(&list[..end], AT, &PortableVerifier).is_err());
    }
}
