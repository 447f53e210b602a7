//! Finding a time in logs without reading them.
//!
//! Lines are nearly in the order of their times. A clock that was set back is noticed by looking at
//! places all over a file; then all of it is read.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use memchr::{memchr, memchr_iter};

use super::events::{Input, Range};
use crate::record::{LONGEST, Record};

/// Lines may be out of order by so many seconds.
pub(super) const SLACK: u64 = 2;

/// How much is read to find a line, in bytes: enough for the rest of one and the head of the next.
const PROBE: usize = LONGEST + 400;

/// At so many places of a file it is seen whether its times only grow.
const PLACES: u64 = 32;

/// The time of the first line that has one.
pub(super) fn first_time(bytes: &[u8]) -> Option<u64> {
    bytes.split(|&byte| byte == b'\n').find_map(|line| Some(Record::parse(line).ok()?.id.sec))
}

fn probe(file: &File, at: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; PROBE];
    let len = file.read_at(&mut bytes, at).ok()?;
    bytes.truncate(len);
    Some(bytes)
}

/// The first line that begins at `at` or after: where, and its time.
fn line_after(file: &File, at: u64) -> Option<(u64, u64)> {
    let from = at.saturating_sub(1);
    let bytes = probe(file, from)?;
    let mut start = if at == 0 { 0 } else { memchr(b'\n', &bytes)? + 1 };
    loop {
        let rest = bytes.get(start..)?;
        if let Ok(record) = Record::parse(&rest[..memchr(b'\n', rest).unwrap_or(rest.len())]) {
            return Some((from + start as u64, record.id.sec));
        }
        start += memchr(b'\n', rest)? + 1;
    }
}

/// A line whose time is `margin` seconds before that of the line at `goal`, and not much further
/// back than needed.
pub(super) fn before(file: &File, goal: u64, margin: u64) -> Option<u64> {
    let from = goal.saturating_sub(LONGEST as u64);
    let mut bytes = vec![0; LONGEST + 400];
    let len = file.read_at(&mut bytes, from).ok()?;
    let bytes = &bytes[..len];
    // The last line that begins at or before the goal.
    let starts = memchr_iter(b'\n', bytes).map(|at| at + 1);
    let starts = (from == 0).then_some(0).into_iter().chain(starts);
    let lines = starts.take_while(|&start| from + start as u64 <= goal);
    let time = lines.filter_map(|start| {
        let rest = &bytes[start..];
        let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
        Some(Record::parse(line).ok()?.id.sec)
    });
    let time = time.last()?;
    let mut back = 16 << 10;
    while back < goal {
        let (start, sec) = line_after(file, goal - back)?;
        if sec + margin <= time && start <= goal {
            return Some(start);
        }
        back *= 2;
    }
    None
}

/// Where in a file to begin for a range; 0 if that cannot be told.
pub(crate) fn start(file: &File, range: Range, timeout: u64) -> u64 {
    let Some(since) = range.start.and_then(|start| start.checked_sub(timeout + SLACK)) else {
        return 0;
    };
    let Ok(len) = file.metadata().map(|found| found.len()) else { return 0 };
    let step = len / PLACES;
    if step < 2 * PROBE as u64 {
        return 0;
    }
    let mut last = 0;
    let mut low = 0;
    for place in 0..PLACES {
        let Some((start, sec)) = line_after(file, place * step) else { return 0 };
        if sec + SLACK < last {
            return 0;
        }
        last = last.max(sec);
        if sec < since {
            low = start;
        }
    }
    let mut high = (low + step).min(len);
    while high - low > 4 * PROBE as u64 {
        let middle = low + (high - low) / 2;
        match line_after(file, middle) {
            Some((start, sec)) if sec < since && start < high => low = start,
            _ => high = middle,
        }
    }
    low
}

/// Leaves only the files that may have something of a range.
pub(super) fn only(inputs: &mut VecDeque<Input>, range: Range, timeout: u64) {
    if range == Range::default() || inputs.len() < 2 {
        return;
    }
    let first = |input: &Input| match input {
        Input::File(path) => Some(line_after(&File::open(path).ok()?, 0)?.1),
        Input::Stream(_) => None,
    };
    let Some(times) = inputs.iter().map(first).collect::<Option<Vec<_>>>() else { return };
    if !times.is_sorted_by(|a, b| *a <= b + SLACK) {
        return;
    }
    let is_after = |sec: &u64| range.end.is_some_and(|end| *sec > end + SLACK);
    // What begins after the range, and its events, is not needed.
    let count = times.iter().position(is_after).unwrap_or(times.len()).max(1);
    inputs.truncate(count);
    // Nor is a file that ends, as the next one begins, before it.
    let is_before = |sec: &u64| range.start.is_some_and(|start| sec + timeout + SLACK < start);
    let before = times[1..count].iter().take_while(|sec| is_before(sec)).count();
    inputs.drain(..before);
}
