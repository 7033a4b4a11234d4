//! Claim: what is printed for debugging says what it is, and no secret, payload or token.
#![cfg(all(feature = "x509", feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::*;
use crate::x509_support;
use sealwire::*;

/// As `{:?}` prints bytes, and as hex.
fn shows(text: &str, bytes: &[u8]) -> bool {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{bytes:?}");
    text.contains(&hex) || text.contains(list.trim_matches(['[', ']']))
}

#[test]
fn validators_and_frames() {
    let panel = receiver(PANEL, Restart::FreshKeys, 2, 0);
    let text = format!("{panel:?}");
    assert!(text.starts_with("Validator { own: ") && text.contains("limits"), "{text}");
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"a payload of some length", at(0));
    let text = format!("{:?}", Frame::parse(&frame).unwrap());
    assert!(text.starts_with("Frame { metadata: Metadata"), "{text}");
    assert!(!shows(&text, b"a payload of some length") && !text.contains("a payload"));

    let items = [BurstItem { payload: b"one", context: topic(), now: at(0) }];
    let mut nodes = [[0; 32]; 1];
    let mut sealer = toy_sealer(1, PUMP, PANEL, 1);
    let burst = sealer.seal_burst(&items, &mut nodes).unwrap();
    assert_eq!(format!("{burst:?}"), "Burst { len: 1, .. }");
}

#[test]
fn both_sides_of_access() {
    let mut pair = Pair::new(Kind::Secret);
    let text = format!("{:?}", pair.side.granter);
    assert!(text.starts_with("Granter { own: ") && text.len() < 80, "{text}");
    let run = pair.run(&pair.plan());
    let text = format!("{:?}", run.session);
    assert!(text.starts_with("Session { "), "{text}");
    assert!(!shows(&text, run.session.secret_token()));
    assert!(!shows(&text, run.session.secret_hmac_key()));
    let state = pair.asker.begin(&pair.plan()).unwrap();
    let refused = pair.asker.prove(state, b"nothing", pair.tick).unwrap_err();
    let text = format!("{refused:?}");
    assert!(text.starts_with("Refused { error: ") && text.len() < 80, "{text}");

    assert_eq!(format!("{:?}", Hedged::new(seeded(1))), "Hedged(…)");
    let nonces = SignatureNonces::new(&[7; 32], &[8; 32], &[]);
    assert_eq!(format!("{nonces:?}"), "SignatureNonces(…)");
}

#[test]
fn certificates_and_who_issues_them() {
    let document = x509_support::document();
    let root = x509_support::hex(&document["issuers"]["root"]["certificate"]);
    let record = IssuerRecord::anchor(&root).fleets(&[Fleet::ALL]).any_role().any_authority();
    let text = format!("{record:?}");
    assert!(text.starts_with("IssuerRecord { fleets: [Fleet("), "{text}");
    let mut store = TrustStore::new([IssuerSlot::EMPTY]);
    let now = ChainTime::Now(x509_support::NOW);
    let id = store.install(&record, now, &PortableVerifier).unwrap();
    let text = format!("{store:?}");
    assert!(text.contains("IssuerSlot { "), "{text}");
    let chain = x509_support::chain_of(&document, "roles").concat();
    let chain = Chain::from_bytes(&chain).unwrap();
    let checked = store.check(&chain, now, Revocation::Unchecked, &PortableVerifier).unwrap();
    let text = format!("{checked:?}");
    assert!(text.starts_with("CheckedChain { ") && text.contains("operator"), "{text}");
    assert!(format!("{:?}", checked.roles()).contains("\"operator\""));
    let uris = [
        "urn:uuid:5ea1317e-0001-4000-8000-000000000001",
        "urn:sealwire:role:operator",
        "urn:sealwire:time-source",
    ];
    let name = |uri: &str| [&[0x86, uri.len() as u8], uri.as_bytes()].concat();
    let names = uris.map(name).concat();
    let names = [&[0x30, names.len() as u8], &names[..]].concat();
    let identity = Identity::of_names(&names).unwrap();
    assert!(identity.is_time_source());
    let text = format!("{identity:?}");
    assert!(text.starts_with("Identity { module: ") && text.contains("operator"), "{text}");
    let crls = document["crls"].as_array().unwrap();
    let crl = crls.iter().find(|one| one["comment"] == "a newer one").unwrap();
    let crl = x509_support::hex(&crl["crl"]);
    let taken = store.take_crl(&crl, now, &PortableVerifier).unwrap();
    assert_eq!(format!("{taken:?}"), format!("TakenCrl {{ issuer: {id:?}, .. }}"));
}

/// An engine behind a reference decides as it does itself.
#[test]
fn engines_behind_references() {
    let mut signer = ToySigner::new(1);
    let right = signer.sign(&[b"message"]).unwrap();
    let (engine, key) = (&Toy, signer.public_key());
    assert_eq!(VerifyP256::verify(&engine, &key, &[b"message"], &right), Ok(()));
    let wrong = VerifyP256::verify(&engine, &key, &[b"another"], &right);
    assert_eq!(wrong, Err(Error::SignatureWrong));
    let [own, peer] = [[1; 32], [2; 32]].map(|seed| ToyAgreement.with_seed(&seed).unwrap());
    let engine = &ToyAgreement;
    let [ours, theirs] =
        [AgreeP256::agree(&engine, &own, peer.public()), ToyAgreement.agree(&own, peer.public())]
            .map(|shared| *shared.unwrap());
    assert_eq!(ours, theirs);
    assert_ne!(ours, [0; 32]);
}
