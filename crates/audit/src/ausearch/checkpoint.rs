//! Where the last search ended: the file of `--checkpoint`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::event::Event;
use crate::kind::Kind;
use crate::record::Id;

/// An event as a checkpoint names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Last {
    node: Option<Vec<u8>>,
    id: Id,
    kind: Kind,
}

impl Default for Last {
    /// None.
    fn default() -> Self {
        Self { node: None, id: Id::default(), kind: Kind(0) }
    }
}

impl Last {
    pub(super) fn of(event: &Event) -> Self {
        Self { node: event.node().map(<[u8]>::to_vec), id: event.id, kind: event.kind }
    }
}

/// The file that was read last, and the last event in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Checkpoint {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) last: Last,
}

impl Checkpoint {
    /// Reads a checkpoint; none if there is none yet. The error is what ausearch says.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, String> {
        let shown = path.display();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(format!(
                    "Cannot open checkpoint file - {shown}: {}\n",
                    super::reason(&error)
                ));
            }
        };
        let mut this = Self::default();
        let mut wrong = String::new();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let parsed = match line.split_once('=') {
                Some(("dev", value)) => number(value).map(|device| this.device = device),
                Some(("inode", value)) => number(value).map(|inode| this.inode = inode),
                Some(("output", value)) => match parse_last(value) {
                    Ok(last) => {
                        this.last = last;
                        Some(())
                    }
                    Err((place, left)) => {
                        let _ = writeln!(
                            wrong,
                            "Malformed output/event checkpoint line {place} - [{left}]"
                        );
                        break;
                    }
                },
                _ => {
                    let _ = writeln!(wrong, "Unknown checkpoint line - [{line}]");
                    break;
                }
            };
            if parsed.is_none() {
                let name = line.split('=').next().unwrap_or_default();
                let _ = writeln!(wrong, "Malformed {name} checkpoint line - [{line}]");
                break;
            }
        }
        if this.device == 0 || this.inode == 0 {
            let _ = writeln!(wrong, "Missing dev/inode lines from checkpoint file {shown}");
        }
        if wrong.is_empty() { Ok(Some(this)) } else { Err(wrong) }
    }

    /// Is this the file that was read last?
    pub(super) fn is_of(&self, file: &fs::Metadata) -> bool {
        self.device == file.dev() && self.inode == file.ino()
    }

    /// What the file of a checkpoint holds.
    pub(super) fn text(&self) -> Vec<u8> {
        let Last { node, id, kind } = &self.last;
        let mut text =
            format!("dev=0x{:X}\ninode={}\noutput=", self.device as u32, self.inode as u32)
                .into_bytes();
        text.extend_from_slice(node.as_deref().unwrap_or(b"-"));
        let Id { sec, ms, serial } = id;
        text.extend_from_slice(format!(" {sec}.{ms:03}:{serial} 0x{:X}\n", kind.0).as_bytes());
        text
    }
}

/// A number in hex after `0x`, else in decimal; 0 if it is none, none if it has no room.
fn number(text: &str) -> Option<u64> {
    let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |hex| (hex, 16));
    let end = digits.find(|digit: char| !digit.is_digit(radix)).unwrap_or(digits.len());
    if end == 0 { Some(0) } else { u64::from_str_radix(&digits[..end], radix).ok() }
}

/// `NODE 1700000000.123:456 0x514`, or where it is wrong and how it looks then.
fn parse_last(text: &str) -> Result<Last, (&'static str, String)> {
    let Some((node, rest)) = text.split_once(' ') else {
        return Err(("near node", format!("output={text}")));
    };
    let parse = || {
        let (sec, rest) = rest.split_once('.')?;
        let (ms, rest) = rest.split_once(':')?;
        let (serial, kind) = rest.split_once(" 0x")?;
        let id = Id { sec: sec.parse().ok()?, ms: ms.parse().ok()?, serial: serial.parse().ok()? };
        let kind = Kind(u32::from_str_radix(kind.trim_end(), 16).ok()? as i32);
        let node = (!node.starts_with('-')).then(|| node.as_bytes().to_vec());
        Some(Last { node, id, kind })
    };
    parse().ok_or(("after node", format!("output={node}")))
}

/// So many seconds after the event of a checkpoint it must have been met.
const MOST_AFTER: u64 = 2;

/// What to do with an event that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was printed the last time, or before.
    Skip,
    Print,
    /// The event of the checkpoint should have been here and was not.
    Lost,
}

/// Skips what was printed the last time.
#[derive(Debug)]
pub(super) struct Gate {
    since: Option<Last>,
    is_time_only: bool,
    is_open: bool,
}

impl Gate {
    pub(super) fn new(checkpoint: Option<&Checkpoint>, is_time_only: bool) -> Self {
        let since = checkpoint.map(|checkpoint| checkpoint.last.clone());
        let is_open = since.as_ref().is_none_or(|last| last.id.sec == 0);
        Self { since, is_time_only, is_open }
    }

    /// The event of the checkpoint.
    pub(super) fn since(&self) -> Id {
        self.since.as_ref().map(|last| last.id).unwrap_or_default()
    }

    pub(super) fn turn(&mut self, event: &Event) -> Turn {
        let Some(since) = self.since.as_ref().filter(|_| !self.is_open) else { return Turn::Print };
        let (id, last) = (event.id, since.id);
        if self.is_time_only && (last.sec, last.ms) <= (id.sec, id.ms) {
            self.is_open = true;
            return Turn::Print;
        }
        if *since == Last::of(event) {
            self.is_open = true;
            return Turn::Skip;
        }
        if id.sec > last.sec + MOST_AFTER { Turn::Lost } else { Turn::Skip }
    }
}
