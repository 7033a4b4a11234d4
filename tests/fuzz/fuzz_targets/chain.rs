//! A chain, a revocation list or a CRL from the line. With an engine that finds every signature
//! right, so that what comes after it is reached; what is then accepted must say what it can say.
//! A good chain that was changed is never accepted with the real engine.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::changed;

/// Chain and anchor, made with pyca/cryptography: `corpus.py` writes both.
const CHAIN: &[u8] = include_bytes!("../chain.der");
const ROOT: &[u8] = include_bytes!("../root.der");

const NOW: ChainTime = ChainTime::Now(Timestamp::from_secs(1_763_000_000));

/// Takes every signature, and every key.
struct Yes;

impl VerifyP256 for Yes {
    fn accepts(&self, _: &PublicKey) -> bool {
        true
    }

    fn verify(&self, _: &PublicKey, _: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        assert_eq!(signature.check_range(), Ok(()));
        Ok(())
    }
}

type Store = TrustStore<[IssuerSlot; 1]>;

fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut store = TrustStore::new([IssuerSlot::EMPTY]);
        let record = IssuerRecord::anchor(ROOT).fleets(&[Fleet::ALL]).any_role().any_authority();
        store.install(&record.time_sources(), NOW, &PortableVerifier).unwrap();
        assert!(check(&store, CHAIN, Revocation::Unchecked, &PortableVerifier).is_ok());
        store
    })
}

fn check<'c>(
    store: &Store,
    chain: &'c [u8],
    revocation: Revocation<'_>,
    verifier: &impl VerifyP256,
) -> Result<CheckedChain<'c>, Error> {
    store.check(&Chain::from_bytes(chain)?, NOW, revocation, verifier)
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    let store = store();
    match choice % 4 {
        0 => {
            if let Ok(checked) = check(store, data, Revocation::Unchecked, &Yes) {
                assert!(checked.roles().count() <= MAX_CERTIFIED_ROLES);
                assert!(checked.roles().all(|role| RoleName::new(role).is_ok()));
                assert!(checked.holds_at(Timestamp::from_secs(1_763_000_000)).is_ok());
            }
            let mut empty = TrustStore::new([IssuerSlot::EMPTY]);
            let _ = empty.install(&IssuerRecord::anchor(data), NOW, &Yes);
        }
        1 => {
            let mut own = TrustStore::new([IssuerSlot::EMPTY]);
            own.install(&IssuerRecord::anchor(ROOT), NOW, &Yes).unwrap();
            if let Ok(list) = own.take_list(data, NOW, &Yes) {
                assert_eq!(data.len(), 107 + 16 * list.len());
            }
        }
        2 => {
            let _ = check(store, CHAIN, Revocation::Crls(&[data, data]), &Yes);
        }
        _ => {
            let chain = changed(CHAIN, data);
            let accepted = check(store, &chain, Revocation::Unchecked, &PortableVerifier).is_ok();
            assert_eq!(accepted, chain == CHAIN);
        }
    }
});
