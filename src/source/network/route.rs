//! Default routes of IPv4 and IPv6.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::super::Blind;
use super::super::kernel::{KernelFile, fields, lines};

/// The route is in use.
const RTF_UP: u32 = 0x0001;
/// The route says that there is none.
const RTF_REJECT: u32 = 0x0200;

/// Reads `/proc/net/route` and `/proc/net/ipv6_route`.
#[derive(Debug)]
pub(super) struct Routes {
    four: KernelFile,
    six: KernelFile,
    missing: bool,
}

impl Routes {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            four: KernelFile::new(root.join("proc/net/route")),
            six: KernelFile::new(root.join("proc/net/ipv6_route")),
            missing: false,
        }
    }

    /// Does a default route leave by an interface that is `up`? None when no table can be read.
    pub(super) fn is_out(&mut self, up: impl Fn(&OsStr) -> bool) -> Option<bool> {
        let leaves = |file: &mut KernelFile, parse: fn(&[u8]) -> Option<&[u8]>| {
            let table = file.read().ok()?;
            Some(lines(table).filter_map(parse).any(|name| up(OsStr::from_bytes(name))))
        };
        // The table of IPv6 can be long: only where IPv4 has no way.
        let four = leaves(&mut self.four, four);
        let out = match four {
            Some(true) => four,
            _ => leaves(&mut self.six, six).or(four),
        };
        self.missing = out.is_none();
        out
    }

    /// What is not seen without the tables.
    pub(super) fn note(&self) -> Option<Blind> {
        self.missing.then(|| Blind {
            why: String::from(
                "cannot read /proc/net/route: whether the machine is cut off goes unseen",
            ),
            mend: String::from("let the service see /proc (no ProcSubset=pid in its unit)"),
        })
    }
}

/// The interface, if the line is a default route: `eth0 00000000 010200C0 0003 0 0 0 00000000`.
fn four(line: &[u8]) -> Option<&[u8]> {
    let mut fields = fields(line);
    let name = fields.next()?;
    let default = fields.next()? == b"00000000";
    let flags = flags(fields.nth(1)?)?;
    let mask = fields.nth(3)?;
    (default && mask == b"00000000" && leads_out(name, flags)).then_some(name)
}

/// The same of IPv6: destination, its length, source, its length, next hop, metric, two counts,
/// flags, interface.
fn six(line: &[u8]) -> Option<&[u8]> {
    let mut fields = fields(line);
    let default = fields.next()?.iter().all(|digit| *digit == b'0') && fields.next()? == b"00";
    let flags = flags(fields.nth(6)?)?;
    let name = fields.next()?;
    (default && leads_out(name, flags)).then_some(name)
}

fn leads_out(name: &[u8], flags: u32) -> bool {
    name != b"lo" && flags & RTF_UP != 0 && flags & RTF_REJECT == 0 && !name.contains(&b'/')
}

fn flags(field: &[u8]) -> Option<u32> {
    u32::from_str_radix(str::from_utf8(field).ok()?, 16).ok()
}
