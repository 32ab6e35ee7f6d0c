//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    // The addresses that the loader has to move, packed: 750 KB less. Linkers that cannot do it say so and go on; a C library that cannot
    // read it (glibc before 2.36) is older than what it would be built with.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
