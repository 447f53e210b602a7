//! What the binary embeds that is made of other sources: the page's scripts, and its text.

// Cargo is told so.
#![allow(clippy::print_stdout)]

mod locale;
mod page;

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    page::build(&out);
    locale::build(&out);
}
