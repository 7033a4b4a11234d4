//! `tests/x509/x509.json`: every chain, anchor and list, and what is to be said of it. How many
//! signatures were verified is counted beside.
#![cfg(all(feature = "x509", feature = "ecdsa"))]

use std::sync::atomic::{AtomicUsize, Ordering};

use sealwire::*;
use serde_json::Value;

use crate::x509_support::*;

/// How often a chain is checked that is accepted.
const ROUNDS: usize = if cfg!(feature = "hardened") { 2 } else { 1 };

/// Counts what it verifies.
#[derive(Default)]
struct Counting(AtomicUsize);

impl VerifyP256 for Counting {
    fn accepts(&self, key: &PublicKey) -> bool {
        PortableVerifier.accepts(key)
    }

    fn verify(&self, key: &PublicKey, message: &[&[u8]], s: &Signature) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert_eq!(s.check_range(), Ok(()), "an engine gets a low s in range");
        PortableVerifier.verify(key, message, s)
    }
}

fn time_of(value: &Value) -> ChainTime {
    let at = |name: &str| value[name].as_u64().map(Timestamp::from_secs);
    at("floor").map(ChainTime::NotBefore).or(at("now").map(ChainTime::Now)).unwrap()
}

type Store = TrustStore<[IssuerSlot; 4]>;

fn empty() -> Store {
    TrustStore::new([const { IssuerSlot::EMPTY }; 4])
}

/// Anchors are installed a month before anything else happens.
fn install(store: &mut Store, issuer: &Value) -> Result<IssuerId, Error> {
    let fleets: Vec<Fleet> = issuer["fleets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fleet| match fleet["bits"].as_u64().unwrap() {
            0 => Fleet::ALL,
            bits => Fleet::new(hex(&fleet["id"]).try_into().unwrap(), bits as u32).unwrap(),
        })
        .collect();
    let roles: Vec<RoleName> = issuer["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| RoleName::new(role.as_str().unwrap()).unwrap())
        .collect();
    let certificate = issuer.get("certificate").map(hex);
    let mut record = match &certificate {
        Some(certificate) => IssuerRecord::anchor(certificate),
        None => IssuerRecord::authority(PublicKey::from_slice(&hex(&issuer["key"])).unwrap()),
    };
    record = record.fleets(&fleets).roles(&roles);
    if issuer["any_role"] == true {
        record = record.any_role();
    }
    if issuer["any_authority"] == true {
        record = record.any_authority();
    }
    if issuer["time_sources"] == true {
        record = record.time_sources();
    }
    let long_ago = ChainTime::NotBefore(Timestamp::from_secs(1_760_500_000));
    store.install(&record, long_ago, &PortableVerifier)
}

#[test]
fn says_of_every_chain_what_is_to_be_said() {
    let document = document();
    let tests = document["tests"].as_array().unwrap();
    assert!(tests.len() >= 60);
    let mut most = 0;
    for case in tests {
        let what = format!("{} {}", case["id"], case["comment"]);
        let mut store = empty();
        for name in case["trust"].as_array().unwrap() {
            let issuer = &document["issuers"][name.as_str().unwrap()];
            install(&mut store, issuer).unwrap_or_else(|error| panic!("{what}: {name}: {error}"));
        }
        let time = time_of(&case["time"]);
        let lists = case["lists"].is_array().then(|| all_hex(&case["lists"]));
        let crls = case["crls"].is_array().then(|| all_hex(&case["crls"]));
        let mut taken = Vec::new();
        for list in lists.iter().flatten() {
            taken.push(store.take_list(list, time, &PortableVerifier).unwrap());
        }
        let borrowed: Vec<&[u8]> = crls.iter().flatten().map(Vec::as_slice).collect();
        let revocation = match (&lists, &crls) {
            (Some(_), _) => Revocation::Lists(&taken),
            (_, Some(_)) => Revocation::Crls(&borrowed),
            _ => Revocation::Unchecked,
        };
        let certificates = all_hex(&case["chain"]);
        let parts: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
        let counting = Counting::default();
        let checked =
            Chain::new(&parts).and_then(|chain| store.check(&chain, time, revocation, &counting));
        let allowed = parts.len() * if crls.is_some() { 2 } else { 1 } * ROUNDS;
        let verified = counting.0.load(Ordering::Relaxed);
        assert!(verified <= allowed.min(8 * ROUNDS), "{what}: {verified} signatures");
        if crls.is_none() {
            most = most.max(verified);
        }
        match (&checked, case["error"].as_str()) {
            (Err(error), Some(expected)) => assert_eq!(error.name(), expected, "{what}"),
            (Ok(checked), None) => says(checked, &case["says"], &what),
            (found, expected) => panic!("{what}: {found:?} instead of {expected:?}"),
        }
        let travelling = parts.concat();
        let again = Chain::from_bytes(&travelling)
            .and_then(|chain| store.check(&chain, time, revocation, &PortableVerifier));
        assert_eq!(again.is_ok(), checked.is_ok(), "{what}: as it travels");
    }
    assert_eq!(most, 4 * ROUNDS);
}

fn says(checked: &CheckedChain<'_>, expected: &Value, what: &str) {
    assert_eq!(checked.module().as_bytes().as_slice(), hex(&expected["module"]), "{what}");
    let roles: Vec<&str> = checked.roles().collect();
    let expected_roles: Vec<&str> =
        expected["roles"].as_array().unwrap().iter().map(|role| role.as_str().unwrap()).collect();
    assert_eq!(roles, expected_roles, "{what}");
    assert_eq!(checked.is_time_source(), expected["time_source"] == true, "{what}");
}

#[test]
fn installs_anchors_and_refuses_what_is_none() {
    for case in document()["installs"].as_array().unwrap() {
        let certificate = hex(&case["certificate"]);
        let record = IssuerRecord::anchor(&certificate);
        let installed = empty().install(&record, time_of(case), &PortableVerifier);
        assert_eq!(installed.err().map(Error::name), case["error"].as_str(), "{}", case["comment"]);
    }
}

#[test]
fn takes_lists_in_their_order() {
    let document = document();
    let mut store = empty();
    let root = install(&mut store, &document["issuers"]["root"]).unwrap();
    for case in document["lists"].as_array().unwrap() {
        let list = hex(&case["list"]);
        let taken = store.take_list(&list, time_of(case), &PortableVerifier);
        let error = taken.err().map(Error::name);
        assert_eq!(error, case["error"].as_str(), "{}", case["comment"]);
    }
    assert_eq!(store.lowest_list(root), Ok(7));
}

#[test]
fn takes_crls_whose_numbers_rise() {
    let document = document();
    let mut store = empty();
    install(&mut store, &document["issuers"]["root"]).unwrap();
    let sub = IssuerRecord::authority(signer("Sub").public_key()).fleets(&[Fleet::ALL]);
    store.install(&sub, ChainTime::Now(NOW), &PortableVerifier).unwrap();
    for case in document["crls"].as_array().unwrap() {
        let crl = hex(&case["crl"]);
        let taken = store.take_crl(&crl, time_of(case), &PortableVerifier);
        let error = taken.as_ref().err().map(|error| error.name());
        assert_eq!(error, case["error"].as_str(), "{}", case["comment"]);
    }
}

#[test]
fn a_chain_is_refused_with_a_crl_that_is_older_than_one_that_was_taken() {
    let document = document();
    let tests = document["tests"].as_array().unwrap();
    let case = tests.iter().find(|case| case["comment"] == "a CRL of each").unwrap();
    let mut store = empty();
    for name in case["trust"].as_array().unwrap() {
        install(&mut store, &document["issuers"][name.as_str().unwrap()]).unwrap();
    }
    let sevens = all_hex(&case["crls"]);
    let borrowed: Vec<&[u8]> = sevens.iter().map(Vec::as_slice).collect();
    let travelling = all_hex(&case["chain"]).concat();
    let chain = Chain::from_bytes(&travelling).unwrap();
    let now = ChainTime::Now(NOW);
    let check = |store: &Store, crls: &[&[u8]]| {
        store.check(&chain, now, Revocation::Crls(crls), &PortableVerifier).map(drop)
    };
    assert_eq!(check(&store, &borrowed), Ok(()));
    let named = |comment: &str| {
        let all = document["crls"].as_array().unwrap();
        hex(&all.iter().find(|one| one["comment"] == comment).unwrap()["crl"])
    };
    store.take_crl(&named("a newer one"), now, &PortableVerifier).unwrap();
    assert_eq!(check(&store, &borrowed), Err(Error::RevocationOld));
    let unnumbered = named("without a number");
    assert_eq!(check(&store, &[&unnumbered, borrowed[1]]), Err(Error::RevocationOld));
    // Others are passed over, however many; one too few is not.
    let newer = named("a newer one");
    let others = [&newer[..], borrowed[1], &named("of an unknown issuer")[..]];
    assert_eq!(check(&store, &others), Ok(()));
    let many: Vec<&[u8]> = [others[2]; 9].into_iter().chain([others[0], others[1]]).collect();
    assert_eq!(check(&store, &many), Ok(()));
    assert_eq!(check(&store, &many[..10]), Err(Error::RevocationUnknown));
}

#[test]
fn openssl_differs_for_a_reason_that_is_written_down() {
    for case in document()["tests"].as_array().unwrap() {
        let agree = case["error"].is_null() == (case["openssl"] == "ok");
        assert_eq!(agree, case["difference"].is_null(), "{}", case["comment"]);
    }
}
