//! `journalctl -o cat` by this reader: `cat DIRECTORY FIELD=VALUE...` prints the messages of all
//! entries with one of these values.
#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::path::PathBuf;

use nightkeep_journal::{Journal, Query};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().expect("a directory"));
    let mut query = Query::new(&["MESSAGE"]);
    for value in arguments {
        let (field, value) = value.split_once('=').expect("FIELD=VALUE");
        query = query.having(&[(field, value)]);
    }
    let mut journal = Journal::open(&[directory]).unwrap();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for entry in journal.since(&query, 0) {
        out.write_all(entry.field(0)).unwrap();
        out.write_all(b"\n").unwrap();
    }
}
