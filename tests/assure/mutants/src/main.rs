//! Weaves mutants into a copy of the core, so that one build has them all.
//!
//!   mutants FROM TO < MUTANTS > PLACED
//!
//! MUTANTS is what `cargo mutants --list --json` prints, with a number `id` in each; FROM is the
//! tree and TO its copy. Every expression, arm and body that a mutant changes is replaced by a choice:
//! `if crate::mutant::on(ID) { changed } else { original }`. PLACED says of each id `woven`, or why
//! it isn't: `cfg` (not in this build), `const` (worked out by the compiler), `shape` (no place for
//! a choice). A marker stands around each choice, so that an error of the compiler finds its mutant.
//!
//! Decides: an operator's operands are those of the syntax tree; in a changed expression the rest
//! is as it was, since one mutant runs at a time. Doesn't decide whether a mutant compiles.

mod features;
mod places;
mod weave;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Mutant {
    pub(crate) id: usize,
    pub(crate) file: String,
    pub(crate) genre: String,
    pub(crate) replacement: String,
    pub(crate) span: Span,
    pub(crate) features: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
}

/// Lines and characters, both from 1.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &folders[..] else { return Err("mutants FROM TO < MUTANTS".into()) };
    let mutants: Vec<Mutant> = serde_json::from_reader(std::io::stdin())?;
    let mut files = BTreeMap::<&str, Vec<&Mutant>>::new();
    for mutant in &mutants {
        files.entry(&mutant.file).or_default().push(mutant);
    }
    let mut placed = BTreeMap::new();
    for (file, mutants) in files {
        let text = fs::read_to_string(Path::new(from).join(file))?;
        let woven = weave::file(&text, &mutants, &mut placed)?;
        let path = Path::new(to).join(file);
        // What is the same stays alone, so that cargo doesn't build it again.
        if fs::read_to_string(&path).ok().as_ref() != Some(&woven) {
            fs::write(&path, woven)?;
        }
    }
    serde_json::to_writer(std::io::stdout(), &placed)?;
    Ok(())
}
