//! Certificates over real sockets and on a real disk, up to what is told.

#![allow(clippy::unwrap_used)]

// What an authority is, is written once; some of it serves probes only.
#[allow(dead_code)]
#[path = "../../crates/probe/tests/probe/authority.rs"]
mod authority;
mod chains;
mod files;
mod hostile;
mod server;
mod starttls;
mod watch;

use std::io::Write as _;

/// Says loudly why a test with a real program did not run.
fn skipped(what: &str, mend: &str) {
    // Not by `eprintln!`, whose words a test that passes swallows.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not here; {mend}");
}
