//! The web server: where it listens, what it is called outside, whom it believes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// The web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    /// Where it listens. Empty: nowhere.
    pub listen: Vec<Listen>,
    /// What it is called outside, without a slash at the end. None: as whoever asks calls it.
    pub url: Option<String>,
    /// Whose `X-Forwarded-For` and `-Proto` are believed. Whoever comes by a Unix socket is.
    pub trusted_proxies: Vec<Network>,
    /// Who may read the metrics.
    pub metrics_from: Vec<Network>,
    /// Who has to log in.
    pub login: Login,
    /// HTTPS at what is not this machine's alone.
    pub tls: Option<TlsConfig>,
    /// A folder with the text of the pages in another language.
    pub locale: Option<PathBuf>,
    /// A proxy says who it is.
    pub forward_auth: Option<ForwardAuth>,
}

/// Who has to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// Everybody.
    Always,
    /// Everybody but whoever comes from this very machine.
    OffLoopback,
}

/// HTTPS without a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// The certificate and those up to its root, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

/// A proxy that logs people in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardAuth {
    /// The header that says who it is.
    pub header: String,
    /// Where it asks from.
    pub from: Vec<Forwarder>,
    /// Who may do everything.
    pub owners: Vec<String>,
    /// Who may change what is watched.
    pub editors: Vec<String>,
}

/// Where such a proxy asks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarder {
    /// By the Unix socket.
    Unix,
    /// From one of these addresses.
    Network(Network),
}

impl ForwardAuth {
    /// Is it this one? None: whoever comes by a Unix socket.
    pub fn is_from(&self, peer: Option<IpAddr>) -> bool {
        self.from.iter().any(|from| match (from, peer) {
            (Forwarder::Unix, None) => true,
            (Forwarder::Network(network), Some(peer)) => network.has(peer),
            _ => false,
        })
    }
}

impl Listen {
    /// Can others than this machine reach it without a proxy?
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Tcp(address) if !address.ip().to_canonical().is_loopback())
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        let one =
            |address: IpAddr| Network { address, bits: if address.is_ipv4() { 32 } else { 128 } };
        let here = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        Self {
            listen: Vec::new(),
            url: None,
            trusted_proxies: Vec::new(),
            metrics_from: here.map(one).to_vec(),
            login: Login::Always,
            tls: None,
            locale: None,
            forward_auth: None,
        }
    }
}

/// A place to listen at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listen {
    /// An address and port.
    Tcp(SocketAddr),
    /// A Unix socket, by its path.
    Unix(PathBuf),
    /// The socket for pings of this machine's users; the watch's own, in no config.
    Pings(PathBuf),
}

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// One of them.
    pub address: IpAddr,
    /// So many bits are alike.
    pub bits: u8,
}

impl WebConfig {
    /// Is this a proxy that is believed? None: whoever comes by a Unix socket.
    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_none_or(|peer| self.trusted_proxies.iter().any(|network| network.has(peer)))
    }
}

impl Network {
    /// Is the address one of them?
    pub fn has(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits.min(32))).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits.min(128))).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) | Self::Pings(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Display for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix => f.write_str("unix"),
            Self::Network(network) => network.fmt(f),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.bits) {
            (IpAddr::V4(address), 32) => write!(f, "{address}"),
            (IpAddr::V6(address), 128) => write!(f, "{address}"),
            (address, bits) => write!(f, "{address}/{bits}"),
        }
    }
}
