//! Asks the linker to keep one copy of functions that are alike in machine code, which generic
//! functions are for many of their types: a sixteenth of the program.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTFLAGS");
    if links_with_lld() {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// Whether the program is linked by the LLD that comes with the compiler: other linkers may not
/// know the option. It is the default for this target alone.
fn links_with_lld() -> bool {
    let of = |name: &str| env::var(name).unwrap_or_default();
    let is_default = of("TARGET") == "x86_64-unknown-linux-gnu"
        && of("RUSTC_LINKER").is_empty()
        && !of("CARGO_ENCODED_RUSTFLAGS").contains("link");
    // Compilers of distributions come without it.
    let rustc = Command::new(of("RUSTC"))
        .args(["--print", "target-libdir"])
        .output();
    is_default
        && rustc.is_ok_and(|out| {
            let folder = String::from_utf8_lossy(&out.stdout);
            Path::new(folder.trim())
                .with_file_name("bin/gcc-ld/ld.lld")
                .exists()
        })
}
