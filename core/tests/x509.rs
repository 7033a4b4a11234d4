//! Certificates as a program uses them: what a checked chain becomes, how lists and time change
//! it, what a device writes.
#![cfg(all(feature = "x509", feature = "ecdsa"))]

use sealwire::*;
use serde_json::Value;

use crate::x509_support::*;

type Store = TrustStore<[IssuerSlot; 2]>;

fn trusting_root(document: &Value) -> (Store, IssuerId) {
    let root = hex(&document["issuers"]["root"]["certificate"]);
    let mut store = TrustStore::new([const { IssuerSlot::EMPTY }; 2]);
    let record = IssuerRecord::anchor(&root).fleets(&[Fleet::ALL]).any_role().any_authority();
    let id = store.install(&record, ChainTime::Now(NOW), &PortableVerifier).unwrap();
    (store, id)
}

fn check<'c>(store: &Store, bytes: &'c [u8], now: Timestamp) -> Result<CheckedChain<'c>, Error> {
    let chain = Chain::from_bytes(bytes)?;
    store.check(&chain, ChainTime::Now(now), Revocation::Unchecked, &PortableVerifier)
}

#[test]
fn a_checked_chain_becomes_a_peer_whose_frames_are_accepted() {
    let document = document();
    let (store, _) = trusting_root(&document);
    let bytes = chain_of(&document, "roles").concat();
    let chain = check(&store, &bytes, NOW).unwrap();
    assert_eq!(chain.key(), signer("pump").public_key());
    assert!(chain.has_role("operator") && !chain.has_role("boss"));

    let panel = ModuleId::new(*b"panel-00000-0001").unwrap();
    let slots = [const { Slot::EMPTY }; 2];
    let mut validator = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots)
        .unwrap()
        .with_verifier(PortableVerifier);
    validator.register(&chain.peer_key(KeyId(9)).role(RoleId(3))).unwrap();
    let context = Context::topic(b"pump/pressure").unwrap();
    let mut frame = [0; 256];
    let (pump, start) = (chain.module(), NonceStart::Fresh);
    let audience = Audience::Peer(panel);
    let mut sealer = Sealer::ecdsa(KeyId(9), pump, audience, signer("pump"), start).unwrap();
    let mut sent = |at| {
        let len = sealer.seal(b"4.2 bar", &context, Some(at), &mut frame).unwrap().len();
        frame[..len].to_vec()
    };
    let requirement = Requirement::at_least(Level::DigitalSignature, context, &AnyPeer);
    let first = sent(NOW);
    let accepted = validator.validate(&first, &requirement, Some(NOW)).unwrap();
    assert_eq!((accepted.payload(), accepted.role()), (&b"4.2 bar"[..], RoleId(3)));

    let end = chain.expires();
    let late = sent(end);
    let refused = validator.validate(&late, &requirement, Some(end));
    assert_eq!(refused.unwrap_err().error(), Error::KeyExpired);
}

#[test]
fn a_chain_ends_with_the_first_of_its_certificates() {
    let document = document();
    let (store, root) = trusting_root(&document);
    let bytes = chain_of(&document, "its last second").concat();
    let chain = check(&store, &bytes, NOW).unwrap();
    assert_eq!((chain.expires(), chain.anchor()), (NOW, root));
    assert_eq!(chain.status_until(), None);
    let second_later = NOW.saturating_add(1_000_000);
    assert_eq!(chain.holds_at(second_later), Err(Error::CertificateExpired));
    assert_eq!(check(&store, &bytes, second_later).err(), Some(Error::CertificateExpired));
}

#[test]
fn what_was_checked_at_a_floor_is_checked_again_when_the_time_is_known() {
    let document = document();
    let (store, _) = trusting_root(&document);
    let bytes = chain_of(&document, "a floor before it").concat();
    let floor = ChainTime::NotBefore(NOW.saturating_sub(20 * DAY));
    let chain = Chain::from_bytes(&bytes).unwrap();
    let checked = store.check(&chain, floor, Revocation::Unchecked, &PortableVerifier).unwrap();
    assert_eq!(checked.holds_at(NOW.saturating_sub(DAY)), Err(Error::CertificateNotYetValid));
    assert_eq!(checked.holds_at(NOW), Ok(()));
    let much_later = NOW.saturating_add(400 * DAY);
    assert_eq!(checked.holds_at(much_later), Err(Error::CertificateExpired));
}

#[test]
fn a_list_that_comes_later_revokes_who_is_registered_already() {
    let document = document();
    let (mut store, root) = trusting_root(&document);
    let bytes = chain_of(&document, "a module under an authority").concat();
    let mut out = [0; 256];
    let (issued, next) = (NOW, NOW.saturating_add(DAY));
    let time = ChainTime::Now(NOW);
    let mut write = |number, entries: &mut [Entry]| {
        let len =
            write_revocation_list(number, issued, next, entries, &mut signer("Root"), &mut out);
        out[..len.unwrap()].to_vec()
    };
    let other = Entry::of_key(&signer("valve").public_key());
    let empty = write(1, &mut []);
    let list = store.take_list(&empty, time, &PortableVerifier).unwrap();
    let lists = [list];
    let chain = Chain::from_bytes(&bytes).unwrap();
    let checked = store.check(&chain, time, Revocation::Lists(&lists), &PortableVerifier).unwrap();
    assert_eq!(checked.status_until(), Some(next));
    assert_eq!(checked.holds_at(next), Ok(()));
    assert_eq!(checked.holds_at(next.saturating_add(1_000_000)), Err(Error::RevocationStale));
    assert!(!checked.is_revoked_by(&list) && list.is_empty());

    let newer = write(2, &mut [other, Entry::of_key(&checked.key()), other]);
    let list = store.take_list(&newer, time, &PortableVerifier).unwrap();
    assert_eq!((list.issuer(), list.number(), list.len()), (root, 2, 2));
    assert!(!list.is_empty());
    assert!(checked.is_revoked_by(&list));
    // From its bytes again, without its signature; no other is taken for it.
    assert_eq!(store.view().taken_list(&newer).map(|list| list.len()), Ok(2));
    assert_eq!(store.view().taken_list(&empty).err(), Some(Error::RevocationOld));
    let mut changed = newer.clone();
    changed[50] ^= 1;
    assert!(store.view().taken_list(&changed).is_err());
    let again = store.check(&chain, time, Revocation::Lists(&[list]), &PortableVerifier);
    assert_eq!(again.err(), Some(Error::CertificateRevoked));
    let older = store.take_list(&empty, time, &PortableVerifier);
    assert_eq!(older.err(), Some(Error::RevocationOld));
    // What is demanded already changes nothing; what is newer makes the list an old one.
    store.demand_list(root, 2).unwrap();
    assert!(store.view().taken_list(&newer).is_ok());
    let certificate = hex(&document["issuers"]["root"]["certificate"]);
    let record = IssuerRecord::anchor(&certificate).fleets(&[Fleet::ALL]);
    store.renew(&record, time, &PortableVerifier).unwrap();
    assert!(store.view().taken_list(&newer).is_ok());
    store.renew(&record.lowest_list(3), time, &PortableVerifier).unwrap();
    assert_eq!(store.view().taken_list(&newer).err(), Some(Error::RevocationOld));
}

#[test]
fn a_crls_entries_are_those_of_its_issuer() {
    let document = document();
    let (mut store, _) = trusting_root(&document);
    let sub = signer("Sub").public_key();
    let time = ChainTime::Now(NOW);
    store.install(&IssuerRecord::authority(sub), time, &PortableVerifier).unwrap();
    let tests = document["tests"].as_array().unwrap();
    let case = tests.iter().find(|case| case["comment"] == "revoked in a CRL").unwrap();
    let leaf = hex(&case["chain"][0]);
    // Version, then the serial number: 15 or 16 bytes here, below any length of two bytes.
    let at = leaf.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap() + 5;
    let serial = &leaf[at + 2..at + 2 + usize::from(leaf[at + 1])];
    let mut listed = Vec::new();
    for crl in all_hex(&case["crls"]) {
        let taken = store.take_crl(&crl, time, &PortableVerifier).unwrap();
        listed.extend(taken.entries().map(|entry| (taken.issuer(), entry)));
    }
    assert!(listed.contains(&(IssuerId::of(&sub), Entry::of_serial(&sub, serial))));
    assert_eq!(listed.len(), 2, "and another one's");
}

#[test]
fn a_list_may_end_as_it_begins_and_never_before() {
    let document = document();
    let (mut store, _) = trusting_root(&document);
    let mut out = [0; 128];
    let mut write = |issued, next| {
        let len = write_revocation_list(1, issued, next, &mut [], &mut signer("Root"), &mut out)?;
        Ok(out[..len].to_vec())
    };
    let list = write(NOW, NOW).unwrap();
    assert!(store.take_list(&list, ChainTime::Now(NOW), &PortableVerifier).is_ok());
    assert_eq!(write(NOW, NOW.saturating_sub(1)), Err(Error::InvalidArgument));
}

#[test]
fn a_chain_has_so_many_bytes_at_most() {
    let fake = |contents: u16| {
        let [high, low] = contents.to_be_bytes();
        [&[0x30, 0x82, high, low], &vec![0; usize::from(contents)][..]].concat()
    };
    let most = [fake(1_020), fake(1_020), fake(1_020)].concat();
    assert_eq!(most.len(), MAX_CHAIN_BYTES);
    assert_eq!(Chain::from_bytes(&most).map(|chain| chain.len()), Ok(3));
    let more = [fake(1_020), fake(1_020), fake(510), fake(511)].concat();
    assert_eq!((more.len(), MAX_CHAIN), (MAX_CHAIN_BYTES + 5, 4));
    assert_eq!(Chain::from_bytes(&more).err(), Some(Error::CertificateTooLong));
}

#[test]
fn an_anchors_renewed_certificate_takes_its_place_and_numbers_stay_known() {
    let document = document();
    let (mut store, root) = trusting_root(&document);
    store.demand_list(root, 5).unwrap();
    let certificate = hex(&document["issuers"]["root"]["certificate"]);
    let time = ChainTime::Now(NOW);
    let record = IssuerRecord::anchor(&certificate);
    assert_eq!(store.install(&record, time, &PortableVerifier), Err(Error::DuplicateIssuer));
    let renewed = store.renew(&record.lowest_list(3), time, &PortableVerifier);
    assert_eq!((renewed, store.lowest_list(root)), (Ok(root), Ok(5)));
    // The record counts: this one allows nothing.
    let bytes = chain_of(&document, "a module under an authority").concat();
    let chain = Chain::from_bytes(&bytes).unwrap();
    let checked = store.check(&chain, time, Revocation::Unchecked, &PortableVerifier);
    assert_eq!(checked.err(), Some(Error::IdentityOutside));

    let mut empty = TrustStore::new([IssuerSlot::EMPTY]);
    let unknown = empty.renew(&IssuerRecord::anchor(&certificate), time, &PortableVerifier);
    assert_eq!(unknown, Err(Error::UnknownAnchor));
    let key = IssuerRecord::authority(signer("Root").public_key());
    assert_eq!(store.renew(&key, time, &PortableVerifier), Err(Error::UnknownAnchor));
    let flipped =
        [&certificate[..certificate.len() - 1], &[certificate.last().unwrap() ^ 1]].concat();
    let bad = store.renew(&IssuerRecord::anchor(&flipped), time, &PortableVerifier);
    assert_eq!((bad, store.lowest_list(root)), (Err(Error::CertificateSignature), Ok(5)));
}

#[test]
fn a_demanded_number_outlasts_a_restart() {
    let document = document();
    let (mut store, root) = trusting_root(&document);
    store.demand_list(root, 9).unwrap();
    store.demand_list(root, 3).unwrap();
    assert_eq!(store.lowest_list(root), Ok(9));
    let mut out = [0; 128];
    let next = NOW.saturating_add(DAY);
    let mut list = |number| {
        let len = write_revocation_list(number, NOW, next, &mut [], &mut signer("Root"), &mut out);
        out[..len.unwrap()].to_vec()
    };
    let time = ChainTime::Now(NOW);
    let taken = |store: &mut Store, list: &[u8]| {
        store.take_list(list, time, &PortableVerifier).map(|list| list.number())
    };
    assert_eq!(taken(&mut store, &list(8)), Err(Error::RevocationOld));
    assert_eq!(taken(&mut store, &list(9)), Ok(9));

    let der = hex(&document["issuers"]["root"]["certificate"]);
    let mut after = TrustStore::new([const { IssuerSlot::EMPTY }; 2]);
    let record = IssuerRecord::anchor(&der).lowest_list(9);
    after.install(&record, time, &PortableVerifier).unwrap();
    assert_eq!(taken(&mut after, &list(8)), Err(Error::RevocationOld));
    assert_eq!(taken(&mut after, &list(9)), Ok(9));
}

#[test]
fn issuers_are_told_apart_by_key_and_by_name() {
    let document = document();
    let (mut store, root) = trusting_root(&document);
    let time = ChainTime::Now(NOW);
    let der = hex(&document["issuers"]["root"]["certificate"]);
    let again = store.install(&IssuerRecord::anchor(&der), time, &PortableVerifier);
    assert_eq!(again, Err(Error::DuplicateIssuer));
    let same_key = IssuerRecord::authority(signer("Root").public_key());
    assert_eq!(store.install(&same_key, time, &PortableVerifier), Err(Error::DuplicateIssuer));
    let off_curve = IssuerRecord::authority(PublicKey::from_xy([1; 64]));
    assert_eq!(store.install(&off_curve, time, &PortableVerifier), Err(Error::KeyInvalid));
    let many = [Fleet::ALL; 5];
    let too_many = IssuerRecord::authority(signer("Sub").public_key()).fleets(&many);
    assert_eq!(store.install(&too_many, time, &PortableVerifier), Err(Error::InvalidArgument));
    let sub = IssuerRecord::authority(signer("Sub").public_key());
    assert!(store.install(&sub, time, &PortableVerifier).is_ok());
    let third = IssuerRecord::authority(signer("Sub 2").public_key());
    assert_eq!(store.install(&third, time, &PortableVerifier), Err(Error::TableFull));

    let bytes = chain_of(&document, "a module under the anchor").concat();
    assert!(check(&store, &bytes, NOW).is_ok());
    store.remove(root).unwrap();
    assert_eq!(store.remove(root), Err(Error::UnknownAnchor));
    assert_eq!(check(&store, &bytes, NOW).err(), Some(Error::UnknownAnchor));
}

#[test]
fn fleets_are_prefixes_of_any_length() {
    let id = [0x5e, 0xa1, 0x31, 0x7e, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    let module = ModuleId::new(id).unwrap();
    for bits in 1..=128_u32 {
        let fleet = Fleet::new(id, bits).unwrap();
        assert!(fleet.contains(&module));
        for flipped in 0..128_u32 {
            let other = u128::from_be_bytes(id) ^ (1 << (127 - flipped));
            let other = ModuleId::new(other.to_be_bytes()).unwrap();
            assert_eq!(fleet.contains(&other), flipped >= bits, "{bits} {flipped}");
        }
    }
    assert!(Fleet::ALL.contains(&module));
    assert!(Fleet::new(id, 0).is_err() && Fleet::new(id, 129).is_err());
}

/// An engine that reports a fault at its nth signature.
struct Failing(std::sync::atomic::AtomicU32);

impl VerifyP256 for Failing {
    fn accepts(&self, key: &PublicKey) -> bool {
        PortableVerifier.accepts(key)
    }

    fn verify(&self, key: &PublicKey, message: &[&[u8]], s: &Signature) -> Result<(), Error> {
        if self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            return Err(Error::EngineFailed);
        }
        PortableVerifier.verify(key, message, s)
    }
}

#[test]
fn an_engine_that_fails_is_no_wrong_signature() {
    let document = document();
    let (store, _) = trusting_root(&document);
    let bytes = chain_of(&document, "two authorities").concat();
    let chain = Chain::from_bytes(&bytes).unwrap();
    // Checked twice, so asked twice as often.
    let asked = if cfg!(feature = "hardened") { 6 } else { 3 };
    for at in 0..=asked {
        let engine = Failing(at.into());
        let checked = store.check(&chain, ChainTime::Now(NOW), Revocation::Unchecked, &engine);
        assert_eq!(checked.err(), (at < asked).then_some(Error::EngineFailed), "{at}");
    }
    let mut store = store;
    let time = ChainTime::Now(NOW);
    let mut out = [0; 128];
    let next = NOW.saturating_add(DAY);
    let len = write_revocation_list(1, NOW, next, &mut [], &mut signer("Root"), &mut out).unwrap();
    let taken = store.take_list(&out[..len], time, &Failing(0.into()));
    assert_eq!(taken.err(), Some(Error::EngineFailed));
    let crls = document["crls"].as_array().unwrap();
    let crl = hex(&crls.iter().find(|one| one["comment"] == "a newer one").unwrap()["crl"]);
    let taken = store.take_crl(&crl, time, &Failing(0.into()));
    assert_eq!(taken.err(), Some(Error::EngineFailed));
    assert!(store.take_crl(&crl, time, &PortableVerifier).is_ok());
}

/// What `tests/x509/generate.py` reads with pyca/cryptography, byte for byte.
#[test]
fn a_device_writes_its_request_for_a_certificate() {
    let document = document();
    let requests = document["requests"].as_array().unwrap();
    assert!(requests.len() >= 3);
    for request in requests {
        let module = ModuleId::new(hex(&request["module"]).try_into().unwrap()).unwrap();
        let roles = request["roles"].as_array().unwrap();
        let roles: Vec<RoleName> =
            roles.iter().map(|role| RoleName::new(role.as_str().unwrap()).unwrap()).collect();
        let expected = hex(&request["der"]);
        let mut out = [0; MAX_SIGNING_REQUEST];
        let len = write_signing_request(module, &roles, &mut signer("pump"), &mut out).unwrap();
        assert_eq!(out[..len], expected, "{module}");
        let mut short = vec![0; len - 1];
        let written = write_signing_request(module, &roles, &mut signer("pump"), &mut short);
        assert_eq!(written, Err(Error::BufferTooSmall));
    }
    let module = ModuleId::new([7; 16]).unwrap();
    let nine = std::array::from_fn::<_, 9, _>(|_| RoleName::new("operator").unwrap());
    let mut out = [0; MAX_SIGNING_REQUEST];
    let mut key = signer("pump");
    let too_many = write_signing_request(module, &nine, &mut key, &mut out);
    assert_eq!(too_many, Err(Error::InvalidArgument));
    let none = [RoleName::new("").unwrap()];
    let empty = write_signing_request(module, &none, &mut key, &mut out);
    assert_eq!(empty, Err(Error::InvalidRole));
}
