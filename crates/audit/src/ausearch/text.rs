//! `--format text`: a sentence for each event.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use memchr::memmem;

use super::csv::someone;
use crate::kind::Kind;
use crate::normalize::Normalized;
use crate::time;

/// Prints an event as a sentence.
pub(super) fn print(
    out: &mut dyn Write,
    mut event: Normalized<'_, '_, '_>,
    zone: &TimeZone,
) -> io::Result<()> {
    let kind = event.kind();
    let mut line = Vec::new();
    if let Some(node) = event.node_said() {
        line.extend([&b"On "[..], &node, b" at "].concat());
    } else {
        line.extend_from_slice(b"At ");
    }
    let moment = time::short(event.id.sec, zone);
    match moment.split_once(' ') {
        Some((date, time)) => write!(line, "{time} {date} ")?,
        None => write!(line, "{moment} ")?,
    }
    let mut id = None;
    if let Some(subject) = event.said(event.subject) {
        id = event.number(event.subject).filter(|id| *id != -2);
        line.extend(someone(subject));
    }
    if let Some(other) = event.number(event.acting_as)
        && other != -1
        && id.is_some_and(|id| id != other)
        && let Some(said) = event.said(event.acting_as)
    {
        line.extend([&b", acting as "[..], &said, b","].concat());
    }
    line.extend_from_slice(match event.is_success() {
        Some(true) => b" successfully ",
        Some(false) => b" unsuccessfully ",
        None => b" ",
    });
    let action = event.action().to_vec();
    line.extend_from_slice(&action);
    line.push(b' ');
    if let Some(object) = object(&mut event, kind) {
        line.extend(object);
        line.push(b' ');
    }
    if let Some(object) = event.object_said(event.second_object, false) {
        line.extend([&b"to "[..], &object, b" "].concat());
    }
    // Sessions end by themselves.
    if let Some(how) =
        event.how.take().filter(|_| event.action.is_some() && action.first() != Some(&b'e'))
    {
        line.extend([&b"using "[..], &how].concat());
    }
    line.push(b'\n');
    out.write_all(&line)
}

/// The object; of a socket only its address, or else its family.
fn object(event: &mut Normalized<'_, '_, '_>, kind: Kind) -> Option<Vec<u8>> {
    let place = event.object;
    if event.is_address(place) {
        let said = event.said(place)?;
        let part = part(&said, b"laddr=").or_else(|| part(&said, b"fam="));
        return Some(part.map(<[u8]>::to_vec).unwrap_or(said));
    }
    let is_setting = kind == Kind::CONFIG_CHANGE && event.is_setting();
    event.object_said(place, is_setting)
}

/// What stands between a name and the next space.
fn part<'a>(said: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = &said[memmem::find(said, name)? + name.len()..];
    Some(&value[..memchr::memchr(b' ', value)?])
}
