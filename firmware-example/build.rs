//! Decides the memory of an image: the board follows from the target, its RAM from the features.
//!
//! 16 KB without `level5` and on the micro:bit, 32 KB with it, 64 KB with certificates (programs with
//! `vectors` claim nothing and get what QEMU lends): what doesn't fit doesn't link, and what overruns
//! its stack faults. A board of your own has one `memory.x` and none of this.

use std::{env, fs, path::PathBuf};

fn main() {
    let target = env::var("TARGET").unwrap_or_default();
    let board = match target.as_str() {
        "thumbv7em-none-eabihf" => "mps2-an386",
        "thumbv6m-none-eabi" => "microbit",
        "riscv32imac-unknown-none-elf" => "virt",
        _ => panic!("build for bare metal: tools/firmware.py TARGET PROGRAM"),
    };
    let has = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let ram = match (board, has("VECTORS"), has("IDENTITY"), has("LEVEL5")) {
        (_, true, ..) => "128K",
        // The chip has no more.
        ("microbit", ..) => "16K",
        (_, _, true, _) => "64K",
        (_, _, _, true) => "32K",
        _ => "16K",
    };
    let template = format!("memory/{board}.x");
    let memory = fs::read_to_string(&template).expect("a memory map for every board");
    let memory = memory.replace("@RAM@", ram);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("memory.x"), memory).expect("OUT_DIR can be written");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    // Flash begins at 0: debug information of what was dropped must not seem to lie there.
    println!("cargo:rustc-link-arg-bins=-zdead-reloc-in-nonalloc=.debug_*=0xffffffff");
    if has("LOG") {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
        println!("cargo:rustc-env=DEFMT_LOG=info");
    }
    println!("cargo:rerun-if-changed={template}");
    println!("cargo:rerun-if-changed=build.rs");
}
