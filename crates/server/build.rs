//! How the program is linked: smaller where the linker can do it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let target = |what| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // The addresses that the loader has to move, packed. A linker that cannot do it says so and goes on; a C library that cannot read it
    // (glibc before 2.36) is older than what it would be built with.
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    // Functions with the same code, once. Only Rust's own linker is known to be able to: it is the one for x86-64, unless somebody chose
    // another. Not while developing, where a backtrace should name the function that was called.
    let is_chosen = env::var_os("RUSTC_LINKER").is_some()
        || env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    if target("ARCH") == "x86_64" && !is_chosen && env::var("PROFILE").is_ok_and(|it| it == "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
