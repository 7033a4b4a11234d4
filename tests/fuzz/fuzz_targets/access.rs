//! The access exchange by secrets and by keys, on a line that the fuzzer owns: `line.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwire::*;

use access_support::*;
use common::*;
use line::{Way, World};

#[path = "../../../core/tests/access_support/mod.rs"]
mod access_support;
#[path = "../../../core/tests/common/mod.rs"]
mod common;
mod line;

/// Of the insider, and of whoever claims to be the module.
const INSIDERS: u64 = 11;
const FALSE_GRANTERS: u64 = 12;

impl Way for Kind {
    type Verifier = Toy;
    const GRANTER: ModuleId = access_support::GRANTER;
    const MODULES: [ModuleId; 2] = [MODULE, VALVE];

    fn askers(&self) -> [Asker; 3] {
        let own = modules_number(*self);
        // The third has the module's name and the insider's credential.
        [(MODULE, own), (VALVE, INSIDERS), (MODULE, INSIDERS)]
            .map(|(id, number)| Asker::new(id, *self, number, GRANTERS_KEY))
    }

    fn sides(&self, settings: GranterSettings) -> [Side; 2] {
        let own = modules_number(*self);
        let mut granter = Side::new(GRANTER, GRANTERS_KEY, settings, 3);
        granter.register(MODULE, *self, own);
        granter.register(VALVE, *self, INSIDERS);
        let mut other = Side::new(GRANTER, FALSE_GRANTERS, settings, 3);
        other.register(MODULE, *self, if *self == Kind::Key { own } else { FALSE_GRANTERS });
        [granter, other]
    }

    fn with<T>(
        &self,
        _: usize,
        asker: &mut Asker,
        step: impl FnOnce(&Credential<'_>, &mut ToyEngines) -> T,
    ) -> T {
        let credential = match self {
            Kind::Secret => Credential::Secret(&asker.secret),
            Kind::Key => Credential::Key(asker.granters_key),
        };
        step(&credential, &mut asker.engines)
    }

    fn grant(
        &mut self,
        _: usize,
        side: &mut Side,
        proof: &[u8],
        source: &[u8],
        tick: u64,
    ) -> Result<(Vec<u8>, Outcome), Error> {
        side.grant(proof, source, tick)
    }

    fn proves_refusals(&self) -> bool {
        *self == Kind::Secret
    }
}

const fn modules_number(kind: Kind) -> u64 {
    match kind {
        Kind::Secret => SHARED,
        Kind::Key => MODULES_KEY,
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, acts)) = data.split_first() else { return };
    let mut world = World::new(KINDS[usize::from(choice & 1)], line::settings(choice & 2 != 0));
    world.sides[0].has_clock = choice & 4 == 0;
    world.run(acts);
});
