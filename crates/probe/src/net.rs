//! What all probes share: names, roots of trust, the way to a server.

pub(crate) mod connect;
mod resolver;
pub(crate) mod stream;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::{ClientConfig, RootCertStore};

pub(crate) use resolver::{answer_of, code_of, host_name};

use crate::certificate::handshake;
use crate::kind::domain::Services;
use resolver::Resolvers;

/// What all probes share. Cheap to clone; one is enough for a program. It lives in the runtime it
/// was first used in.
#[derive(Clone)]
pub struct Net {
    resolvers: Arc<Resolvers>,
    roots: Arc<RootCertStore>,
    config: Arc<ClientConfig>,
    /// Who answers for which domains.
    pub(crate) rdap: Arc<Services>,
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

/// Which addresses of a name are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Family {
    /// IPv6 first, IPv4 soon after (RFC 8305).
    #[default]
    Any,
    /// Only IPv4.
    Ipv4,
    /// Only IPv6.
    Ipv6,
}

impl Net {
    /// Trusts these authorities. Fails only if the TLS library was built without any version of TLS.
    pub fn new(roots: RootCertStore) -> Result<Self, rustls::Error> {
        let config = Arc::new(handshake::config()?);
        let roots = Arc::new(roots);
        Ok(Self { resolvers: Arc::default(), roots, config, rdap: Arc::default() })
    }
}

/// One probe's way: what is shared, and what it wants of it.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) net: &'a Net,
    pub(crate) family: Family,
    pub(crate) resolver: Option<SocketAddr>,
    /// The time by which certificates are judged.
    pub(crate) now: Timestamp,
}
