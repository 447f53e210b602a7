//! Is the journal whole? By the heads of its files alone.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use nightkeep_journal::Span;
use nightkeep_triage::scene::log::{Hole, Journal};

use crate::source::journal;

/// What the heads of all files say, and why they cannot be read.
pub(super) fn heads(root: &Path, booted: Option<Timestamp>) -> Result<Journal, String> {
    let roots = journal::roots_below(root);
    let opened = nightkeep_journal::Journal::open(&roots).map_err(|error| error.to_string())?;
    let spans: Vec<Span> =
        opened.files().iter().filter_map(nightkeep_journal::File::span).collect();
    let size = opened.files().iter().filter_map(|file| Some(file.path().metadata().ok()?.len()));
    let is_volatile = opened.files().iter().all(|file| file.path().starts_with(&roots[0]));
    // A file that cannot be read is no hole.
    let holes = if opened.passed_over().is_empty() { holes(&spans) } else { Vec::new() };
    let oldest = spans.iter().map(|span| time(span.head)).min().unwrap_or_default();
    Ok(Journal { holes, oldest, booted, size: size.sum(), is_volatile })
}

fn time(micros: u64) -> Timestamp {
    Timestamp::from_second((micros / 1_000_000).cast_signed()).unwrap_or_default()
}

/// Numbers that no file has, between some that are there: journald removes the oldest only.
fn holes(spans: &[Span]) -> Vec<Hole> {
    let mut sources: BTreeMap<[u8; 16], Vec<&Span>> = BTreeMap::new();
    for span in spans {
        sources.entry(span.source).or_default().push(span);
    }
    let mut holes = Vec::new();
    for mut spans in sources.into_values() {
        spans.sort_by_key(|span| span.first);
        let (mut last, mut tail) = (spans[0].last, spans[0].tail);
        for span in &spans[1..] {
            if span.first > last + 1 {
                let (from, to) = (time(tail), time(span.head));
                holes.push(Hole { entries: span.first - last - 1, from, to });
            }
            if span.last > last {
                (last, tail) = (span.last, span.tail);
            }
        }
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_taken_out_of_the_middle_leaves_a_hole_and_the_oldest_does_not() {
        let span = |source: u8, first, last| Span {
            source: [source; 16],
            first,
            last,
            head: first,
            tail: last,
        };
        // The journal of a user shares the numbers.
        let whole = [span(1, 100, 200), span(1, 150, 180), span(1, 201, 300), span(2, 1, 9)];
        assert_eq!(holes(&whole), []);
        let found = holes(&[span(1, 100, 200), span(1, 251, 300)]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].entries, found[0].from, found[0].to), (50, time(200), time(251)));
    }
}
