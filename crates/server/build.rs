//! How the program is linked: smaller where the linker can do it.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let target = |what| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // The addresses that the loader has to move, packed. A linker that cannot do it says so and goes on. The program then runs with glibc
    // 2.36 (2022) and later.
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    // Functions with the same code, once. Not while developing, where a backtrace should name the function that was called.
    if target("ARCH") == "x86_64" && env::var("PROFILE").is_ok_and(|it| it == "release") && is_linked_by_lld()
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// Whether Rust's own linker links, which can do more than others: it comes with the toolchains of rustup, which use it for x86-64 unless
/// somebody chose another. Distributions' compilers use the system's.
fn is_linked_by_lld() -> bool {
    let is_chosen = env::var_os("RUSTC_LINKER").is_some()
        || env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    let triple = env::var("TARGET").unwrap_or_default();
    let asked =
        Command::new(env::var_os("RUSTC").unwrap_or("rustc".into())).args(["--print", "sysroot"]).output();
    let sysroot = asked.ok().and_then(|answer| String::from_utf8(answer.stdout).ok()).unwrap_or_default();
    let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("bin/gcc-ld/ld.lld");
    !is_chosen && linker.exists()
}
