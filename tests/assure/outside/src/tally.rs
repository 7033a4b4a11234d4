//! What passed, what diverged, and whether the divergences are the ones that are known.

use std::collections::{BTreeMap, BTreeSet};

const KNOWN: &str = include_str!("../divergences.json");

/// One known divergence: a group of cases with one reason.
#[derive(serde::Deserialize)]
struct Known {
    suite: String,
    expected: String,
    actual: String,
    reason: String,
    cases: BTreeSet<u64>,
}

#[derive(Default)]
struct Suite {
    passed: u32,
    diverged: u32,
    not_ours: u32,
}

pub(crate) struct Tally {
    known: Vec<Known>,
    seen: BTreeSet<(usize, u64)>,
    suites: BTreeMap<String, Suite>,
    unexplained: u32,
}

impl Tally {
    pub(crate) fn load() -> Self {
        let known: Vec<Known> = serde_json::from_str(KNOWN).expect("divergences.json");
        assert!(known.iter().all(|one| one.reason.len() > 20), "every divergence has a reason");
        Self { known, seen: BTreeSet::new(), suites: BTreeMap::new(), unexplained: 0 }
    }

    /// A case of `suite`, put to `engine`.
    pub(crate) fn case(
        &mut self,
        suite: &str,
        engine: &str,
        id: u64,
        expected: &str,
        actual: &str,
    ) {
        let row = self.suites.entry(format!("{suite}, {engine}")).or_default();
        if expected == actual {
            row.passed += 1;
            return;
        }
        let known = self.known.iter().position(|one| {
            one.suite == suite
                && one.expected == expected
                && one.actual == actual
                && one.cases.contains(&id)
        });
        if let Some(place) = known {
            row.diverged += 1;
            self.seen.insert((place, id));
        } else {
            self.unexplained += 1;
            println!("{suite}, {engine}, case {id}: expected {expected}, got {actual}");
        }
    }

    /// Bytes that must be those of the vector.
    pub(crate) fn bytes(&mut self, suite: &str, engine: &str, id: u64, equal: bool) {
        self.case(suite, engine, id, "equal", if equal { "equal" } else { "different" });
    }

    /// A case that can't be put to us.
    pub(crate) fn not_ours(&mut self, suite: &str, engine: &str) {
        self.suites.entry(format!("{suite}, {engine}")).or_default().not_ours += 1;
    }

    /// The table; what the process leaves with.
    pub(crate) fn report(&self) -> i32 {
        let mut stale = 0;
        let ran = |suite: &str| self.suites.keys().any(|row| row.starts_with(suite));
        for (place, known) in self.known.iter().enumerate().filter(|(_, known)| ran(&known.suite)) {
            for id in known.cases.iter().filter(|id| !self.seen.contains(&(place, **id))) {
                println!("stale divergence: {}, case {id}", known.suite);
                stale += 1;
            }
        }
        println!("{:<52} passed known not ours", "suite, engine");
        let mut total = Suite::default();
        for (name, suite) in &self.suites {
            println!("{name:<52} {:>6} {:>5} {:>8}", suite.passed, suite.diverged, suite.not_ours);
            total.passed += suite.passed;
            total.diverged += suite.diverged;
            total.not_ours += suite.not_ours;
        }
        println!("assure: outside_passed = {}", total.passed);
        println!("assure: outside_known_divergences = {}", total.diverged);
        println!("assure: outside_not_ours = {}", total.not_ours);
        println!("assure: outside_unexplained = {}", self.unexplained);
        println!("assure: outside_stale_entries = {stale}");
        i32::from(self.unexplained + stale != 0)
    }
}
