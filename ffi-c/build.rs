//! Gives the shared library the name by which programs ask for it: `libsealwire.so.ABI`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/version.rs");
    // The ABI's number stands in one place: `SEALWIRE_ABI_VERSION` in src/version.rs.
    let source = std::fs::read_to_string("src/version.rs").unwrap_or_default();
    let abi = source
        .split_once("pub const SEALWIRE_ABI_VERSION: u32 = ")
        .and_then(|(_, rest)| rest.split_once(';'))
        .map_or("", |(number, _)| number);
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsealwire.so.{abi}");
    }
}
