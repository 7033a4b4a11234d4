//! Which mutant runs: `SEALWIRE_MUTANT`, a number. With `SEALWIRE_REACHED`, a file, none does and
//! each that is come by is written there once. Goes into the copy of the core as `mutant.rs`.

extern crate std;

use core::intrinsics::const_eval_select;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;

static CHOSEN: OnceLock<(u32, Option<File>)> = OnceLock::new();
static REACHED: [AtomicBool; 1 << 14] = [const { AtomicBool::new(false) }; 1 << 14];

/// Whether this mutant runs; the compiler, which evaluates constants, has none.
pub(crate) const fn on(id: u32) -> bool {
    const_eval_select((id,), none, chosen)
}

const fn none(_: u32) -> bool {
    false
}

fn chosen(id: u32) -> bool {
    let (one, reached) = CHOSEN.get_or_init(|| {
        let one = env::var("SEALWIRE_MUTANT").ok().and_then(|one| one.parse().ok());
        let reached = env::var("SEALWIRE_REACHED").ok();
        let open = |path| OpenOptions::new().create(true).append(true).open(path).unwrap();
        (one.unwrap_or(u32::MAX), reached.map(open))
    });
    if let Some(mut file) = reached.as_ref()
        && !REACHED[id as usize].swap(true, Relaxed)
    {
        writeln!(file, "{id}").unwrap();
    }
    id == *one
}
