//! How the command line shows things: tables for people, JSON for programs, colours only on a
//! terminal.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{Cell, ContentArrangement, Table};
use serde::Serialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

use crate::model::Severity;
pub(super) use crate::model::text::{length, local, safe};

/// Prints text as it is.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Prints a value as JSON, one document.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

/// Says on standard error what went wrong.
pub(super) fn complain(error: &anyhow::Error) {
    let said = format!("{error:#}");
    // Errors of the config say so themselves.
    let name = if said.starts_with("error:") { "" } else { "nightkeep: " };
    let text = format!("{name}{said}\n");
    // Nobody is left to be told when standard error is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whoever read us stopped reading (`nightkeep alerts | head`).
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The daemon's log goes to standard error, where journald picks it up with its own times.
pub(super) fn log_to_journal() {
    let timed = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(colours())
        .with_target(false);
    let log = if timed { log.boxed() } else { log.without_time().boxed() };
    let filter = filter_fn(is_logged).with_max_level_hint(LevelFilter::INFO);
    tracing_subscriber::registry().with(log.with_filter(filter)).init();
}

/// What goes wrong with a look-up is in the answer of whoever asked for it: a monitor of a name that
/// is gone would fill the log.
fn is_logged(about: &tracing::Metadata<'_>) -> bool {
    *about.level() <= tracing::Level::INFO && !about.target().starts_with("hickory_")
}

fn colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && io::stdout().is_terminal()
}

/// A word painted by how bad it is.
pub(super) fn paint(word: &str, severity: Option<Severity>) -> String {
    let colour = match severity {
        _ if !colours() => return word.to_owned(),
        Some(Severity::Critical) => "1;31",
        Some(Severity::Warning) => "1;33",
        Some(Severity::Info) => "36",
        None => "32",
    };
    format!("\x1b[{colour}m{word}\x1b[0m")
}

/// Columns of the terminal; of a file, as many as fit a mail.
pub(super) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0).unwrap_or(100).min(120)
}

/// A table without lines, as wide as the terminal allows.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.iter().map(Cell::new));
    for row in rows {
        table.add_row(row.into_iter().map(Cell::new));
    }
    let mut text = String::new();
    for line in table.to_string().lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
