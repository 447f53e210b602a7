//! Socket addresses: the bytes of a `struct sockaddr` in hex.

use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::text::{decode, until_zero};
use super::words::socket;
use crate::assemble::Compat;
use crate::users::Names;

/// Appends an address in words: `{ saddr_fam=inet laddr=127.0.0.1 lport=80 }`. Numbers are in the
/// order of this machine, as the kernel wrote them on one like it.
pub(crate) fn show(value: &[u8], interfaces: &Names, compat: Compat, out: &mut Vec<u8>) {
    let Some(mut bytes) = decode(value) else {
        out.extend_from_slice(b"malformed-host(");
        out.extend_from_slice(value);
        return out.push(b')');
    };
    let len = value.len() / 2;
    bytes.resize(bytes.len().max(128), 0);
    let family = u16::from_ne_bytes([bytes[0], bytes[1]]);
    let Some(name) = socket::FAMILY.get(family.into(), compat) else {
        return write(out, format_args!("unknown-family({family})"));
    };
    write(out, format_args!("{{ saddr_fam={name} "));
    match name {
        "local" if len < 4 => out.extend_from_slice(if compat >= Compat::V4 && len == 2 {
            b"unnamed socket"
        } else {
            b"sockaddr len too short"
        }),
        "local" => {
            // A name that begins with a zero byte is in no folder.
            let from = if bytes[2] == 0 { 3 } else { 2 };
            let path = until_zero(&bytes[from..]);
            out.extend_from_slice(b"path=");
            out.extend_from_slice(&path[..path.len().min(108)]);
        }
        "inet" if len < 16 => out.extend_from_slice(b"sockaddr len too short"),
        "inet" => {
            let address = Ipv4Addr::new(bytes[4], bytes[5], bytes[6], bytes[7]);
            write(out, format_args!("laddr={address} lport={}", port(&bytes)));
        }
        "inet6" if len < 28 => out.extend_from_slice(b"sockaddr6 len too short"),
        "inet6" => inet6(&bytes, interfaces, out),
        "netlink" if len < 12 => out.extend_from_slice(b"len too short"),
        "netlink" => {
            let pid = u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            write(out, format_args!("nlnk-fam={family} nlnk-pid={pid}"));
        }
        "ax25" => {
            out.extend_from_slice(b"call=");
            let call = until_zero(&bytes[2..9]);
            out.extend_from_slice(call);
            if call.len() < 7 {
                return;
            }
        }
        "atmpvc" => {
            write(out, format_args!("int={}", i16::from_ne_bytes([bytes[4], bytes[5]])));
        }
        "x25" => {
            out.extend_from_slice(b"laddr=");
            out.extend_from_slice(until_zero(&bytes[2..17]));
        }
        _ => out.extend_from_slice(b"(unsupported)"),
    }
    out.extend_from_slice(b" }");
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // A Vec takes whatever is written to it.
    let _ = out.write_fmt(text);
}

fn port(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[2], bytes[3]])
}

fn inet6(bytes: &[u8], interfaces: &Names, out: &mut Vec<u8>) {
    let mut octets = [0; 16];
    octets.copy_from_slice(&bytes[8..24]);
    let address = Ipv6Addr::from(octets);
    write(out, format_args!("laddr={}", ipv6(address)));
    let scope = u32::from_ne_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]);
    let is_local = address.is_unicast_link_local() || octets[0] == 0xff && octets[1] & 15 == 2;
    match interfaces.name(scope).filter(|_| is_local) {
        _ if scope == 0 => {}
        Some(interface) => write(out, format_args!("%{interface}")),
        None => write(out, format_args!("%{scope}")),
    }
    write(out, format_args!(" lport={}", port(bytes)));
}

/// An address as C shows it: the last four bytes as those of an IPv4 address where the first twelve
/// are 0.
pub(crate) fn ipv6(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => {
            format!("::{}", Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
        }
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hex: &str) -> String {
        let mut out = Vec::new();
        show(hex.as_bytes(), &Names::default(), Compat::V4, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn shows_addresses() {
        let inet = "020000507F0000010000000000000000";
        assert_eq!(shown(inet), "{ saddr_fam=inet laddr=127.0.0.1 lport=80 }");
        let local = "01002F72756E2F7800";
        assert_eq!(shown(local), "{ saddr_fam=local path=/run/x }");
        assert_eq!(shown("0100"), "{ saddr_fam=local unnamed socket }");
        assert_eq!(shown("02"), "{ saddr_fam=inet sockaddr len too short }");
        assert_eq!(shown("FFFF"), "unknown-family(65535)");
        assert_eq!(shown("x"), "malformed-host(x)");
    }
}
