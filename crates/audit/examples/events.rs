//! Prints the events of a log: `events FILE [TEXT]`, those with TEXT in a line.

use std::io::Write as _;

use nightkeep_audit::log::{Events, Filter, Input};
use nightkeep_audit::{Compat, TIMEOUT};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let file = args.next().ok_or("events FILE [TEXT]")?;
    let mut events = Events::new([Input::File(file.into())], Compat::V4, TIMEOUT);
    if let Some(text) = args.next() {
        events = events.filter(Filter::texts([text.as_encoded_bytes()]));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(event) = events.next()? {
        for record in event.records() {
            out.write_all(record.line)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}
