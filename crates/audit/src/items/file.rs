//! Files and addresses an event names.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use memchr::memchr;

use super::scan::{Odd, Scan, decode, unescape};
use super::{Items, Named};
use crate::interpret::address::ipv6;

/// The name of a file is not looked for in the head of a record.
const HEAD: usize = 28;

/// Numbers of address families (`bits/socket.h`).
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// Sizes of `struct sockaddr_in` and `struct sockaddr_in6`, in bytes.
const INET: usize = 16;
const INET6: usize = 28;

impl<'a> Items<'a> {
    /// Adds the file whose name begins at `start`.
    pub(super) fn file(&mut self, scan: &mut Scan<'a, '_>, start: usize) -> Result<(), Odd> {
        let files = self.files.get_or_insert_default();
        let name = if scan.byte(start) == b'"' {
            let mut quoted = *scan;
            Cow::Borrowed(quoted.until(start + 1, b'"')?)
        } else {
            let rest = scan.rest(start);
            if rest.starts_with(b"(null)") {
                let name = Some(Cow::Borrowed(&rest[..6]));
                files.push(Named { name, nametype: None });
                return Ok(());
            }
            if !scan.byte(start).is_ascii_hexdigit() {
                return Err(Odd);
            }
            let name = if let Some(hidden) = rest.strip_prefix(b"00") {
                unescape(hidden)
            } else {
                unescape(&rest[..memchr(b' ', rest).ok_or(Odd)?])
            };
            name.ok_or(Odd)?
        };
        let is_relative = name.starts_with(b"..") || name.starts_with(b"./");
        let name = match &self.cwd {
            Some(cwd) if is_relative => Cow::Owned([cwd, &b"/"[..], &name].concat()),
            _ => name,
        };
        files.push(Named { name: Some(name), nametype: None });
        Ok(())
    }

    pub(super) fn directory(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        if !self.wanted.file {
            return Ok(());
        }
        scan.at = HEAD;
        if let Some(start) = scan.find(" cwd=") {
            let cwd = scan.text(start)?;
            if self.cwd.is_none() {
                self.cwd = cwd;
            }
        }
        Ok(())
    }

    pub(super) fn path(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        scan.at = HEAD;
        if self.wanted.file
            && let Some(start) = scan.find(" name=")
        {
            self.file(&mut scan, start)?;
            scan.at = start;
            if let (Some(kind), Some(files)) = (scan.find("type="), &mut self.files) {
                let nametype = Some(Cow::Borrowed(scan.rest(kind)));
                files
                    .iter_mut()
                    .next_back()
                    .into_iter()
                    .for_each(|file| file.nametype.clone_from(&nametype));
            }
        }
        if self.wanted.object
            && let Some(start) = scan.find("obj=")
        {
            let context = scan.until_or_rest(start, b' ');
            self.object_context(context);
        }
        Ok(())
    }

    /// Where older records of SELinux have the path.
    pub(super) fn path_of_avc(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        if !self.wanted.file {
            return Ok(());
        }
        let start = scan.find(" path=").ok_or(Odd)?;
        self.file(&mut scan, start)
    }

    /// A socket address: the other end, or the file of a local one.
    pub(super) fn address(&mut self, scan: Scan<'a, '_>) -> Result<(), Odd> {
        if !self.wanted.host && !self.wanted.file {
            return Ok(());
        }
        let Some(start) = scan.find("saddr=") else { return Ok(()) };
        let digits = scan.rest(start);
        if digits.first() == Some(&b'(') {
            return Ok(());
        }
        let address = decode(digits).ok_or(Odd)?;
        self.host = None;
        let family = u16::from_ne_bytes([address[0], address.get(1).copied().unwrap_or(0)]);
        match family {
            AF_INET => {
                let bytes: [u8; 4] =
                    address.get(..INET).ok_or(Odd)?[4..8].try_into().map_err(|_| Odd)?;
                let host = Ipv4Addr::from(bytes).to_string();
                self.host = self.wanted.host.then(|| Cow::Owned(host.into_bytes()));
            }
            AF_INET6 => {
                let bytes: [u8; 16] =
                    address.get(..INET6).ok_or(Odd)?[8..24].try_into().map_err(|_| Odd)?;
                let host = ipv6(Ipv6Addr::from(bytes));
                self.host = self.wanted.host.then(|| Cow::Owned(host.into_bytes()));
            }
            AF_UNIX => {
                if address.len() != 2 && address.len() < 4 {
                    return Err(Odd);
                }
                if self.wanted.file {
                    let path = address.get(2..).unwrap_or_default();
                    let path = path.strip_prefix(b"\0").unwrap_or(path);
                    let path = &path[..memchr(0, path).unwrap_or(path.len())];
                    // A socket without a name has this one, of what is left of the hex.
                    let path = if address.len() == 2 { b"0" } else { path };
                    if path.is_empty() {
                        return Err(Odd);
                    }
                    let name = Some(Cow::Owned(path.to_vec()));
                    self.files.get_or_insert_default().push(Named { name, nametype: None });
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The context of what is acted upon.
    pub(super) fn object(&mut self, mut scan: Scan<'a, '_>) {
        if self.wanted.object
            && let Some(start) = scan.find("obj=")
        {
            let context = scan.until_or_rest(start, b' ');
            self.object_context(context);
        }
    }

    pub(super) fn packet(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        if self.wanted.host
            && let Some(start) = scan.find("saddr=")
        {
            self.host = Some(Cow::Borrowed(scan.until(start, b' ')?));
        }
        if self.wanted.object
            && let Some(start) = scan.find("obj=")
        {
            let context = scan.until_or_rest(start, b' ');
            self.object_context(context);
        }
        Ok(())
    }
}
