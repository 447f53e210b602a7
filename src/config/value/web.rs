//! Places to listen at, and networks.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::{Kind, Wrong, quoted};
use crate::config::{Forwarder, Listen, Network};

/// `ADDRESS:PORT` or `unix:/PATH`.
pub(in crate::config) struct ListenText;

impl Kind for ListenText {
    type Value = Listen;
    const FORMAT: &'static str = "listen";
    const WHAT: &'static str = "a place to listen at";
    const EXAMPLE: &'static str = "\"127.0.0.1:8466\" or \"unix:/run/nightkeep/web.sock\"";

    fn read(text: &str) -> Result<Listen, Wrong> {
        if let Some(path) = text.strip_prefix("unix:") {
            // sun_path of unix(7).
            if !path.starts_with('/') || path.len() > 107 {
                return Err(Wrong::new("a socket has its whole path, at most 107 characters"));
            }
            return Ok(Listen::Unix(PathBuf::from(path)));
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Listen::Tcp(address));
        }
        let help = match text.rsplit_once(':') {
            _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("write \"127.0.0.1:{text}\" (this machine only) or \"[::]:{text}\"")
            }
            Some(("" | "*", port)) => format!("write \"[::]:{port}\" for every address"),
            Some(("localhost", port)) => format!("write \"127.0.0.1:{port}\""),
            _ if text.parse::<IpAddr>().is_ok() => {
                let open = if text.contains(':') { format!("[{text}]") } else { text.to_owned() };
                return Err(Wrong::with_help(
                    "the port is missing",
                    format!("write \"{open}:8466\""),
                ));
            }
            _ => String::from("write an address of this machine and a port: \"127.0.0.1:8466\""),
        };
        Err(Wrong::with_help(format!("{} is no address with a port", quoted(text)), help))
    }
}

/// An address, or those that begin alike: `10.0.0.0/8`.
pub(in crate::config) struct NetworkText;

impl Kind for NetworkText {
    type Value = Network;
    const FORMAT: &'static str = "network";
    const WHAT: &'static str = "an address or a network";
    const EXAMPLE: &'static str = "\"127.0.0.1\" or \"10.0.0.0/8\"";

    fn read(text: &str) -> Result<Network, Wrong> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| Wrong::new(format!("{} is no address", quoted(address))))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits.map(str::parse::<u8>) {
            None => most,
            Some(Ok(bits)) if bits <= most => bits,
            Some(_) => {
                return Err(Wrong::new(format!("behind the `/` goes a number up to {most}")));
            }
        };
        Ok(Network { address, bits })
    }
}

/// Where a proxy that logs people in asks from: an address, a network, or `unix`.
pub(in crate::config) struct ForwarderText;

impl Kind for ForwarderText {
    type Value = Forwarder;
    const FORMAT: &'static str = "forwarder";
    const WHAT: &'static str = "where a proxy asks from";
    const EXAMPLE: &'static str = "\"10.0.0.2\" or \"unix\"";

    fn read(text: &str) -> Result<Forwarder, Wrong> {
        match text {
            "unix" => Ok(Forwarder::Unix),
            _ if text.starts_with("unix:") => {
                Err(Wrong::with_help("a socket's path is in `listen`", "write \"unix\""))
            }
            text => NetworkText::read(text).map(Forwarder::Network),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for text in ["127.0.0.1:8466", "[::]:80", "unix:/run/web.sock"] {
            assert_eq!(ListenText::read(text).unwrap().to_string(), text);
        }
        for (text, help) in [
            ("8466", "127.0.0.1:8466"),
            (":80", "[::]:80"),
            ("localhost:80", "127.0.0.1:80"),
            ("::1", "[::1]:8466"),
            ("web", "an address"),
        ] {
            let wrong = ListenText::read(text).unwrap_err();
            assert!(wrong.help.unwrap().contains(help), "{text}");
        }
        assert!(ListenText::read("unix:web.sock").is_err());
    }

    #[test]
    fn networks() {
        let has = |network: &str, address: &str| {
            NetworkText::read(network).unwrap().has(address.parse().unwrap())
        };
        assert!(has("127.0.0.1", "127.0.0.1") && has("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(!has("127.0.0.1", "127.0.0.2") && !has("127.0.0.1", "::1"));
        assert!(has("10.0.0.0/8", "10.255.1.2") && !has("10.0.0.0/8", "11.0.0.1"));
        assert!(has("0.0.0.0/0", "1.2.3.4") && has("fe80::/10", "fe80::1"));
        for wrong in ["10.0.0.0/33", "proxy", "10.0.0.0/", "::/129"] {
            assert!(NetworkText::read(wrong).is_err(), "{wrong}");
        }
        for text in ["10.0.0.0/8", "127.0.0.1", "::1", "fe80::/10"] {
            assert_eq!(NetworkText::read(text).unwrap().to_string(), text);
        }
    }
}
