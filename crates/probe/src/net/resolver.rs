//! Names to addresses.
//!
//! `/etc/hosts` and `/etc/resolv.conf` are read by themselves, not through the C library, so that
//! NXDOMAIN, SERVFAIL and silence stay apart and answers are kept as long as their TTL says. Other
//! sources of nsswitch.conf (mDNS, LDAP) are not asked.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Hosts, TokioResolver};
use tokio::time::{Instant, timeout};

use super::{Family, Way};
use crate::fault::{Fault, Phase};
use crate::probe::Place;
use crate::text::clean;
use crate::trace::Trace;

/// Resolvers that were given and are kept; a config has a few.
const MOST_GIVEN: usize = 64;
/// Answers kept of one resolver.
const CACHED: u64 = 4096;
/// "There is none" is kept so long at most, whatever its SOA says: whoever mends it wants to see it.
const LONGEST_NEGATIVE: Duration = Duration::from_secs(30);
/// How often the files are looked at for changes.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How long the slower of both families is waited for. RFC 8305, 3, has 50 ms; but here it is better
/// to know than to be quick.
const LATE: Duration = Duration::from_millis(500);
/// Addresses tried of each family.
const MOST_ADDRESSES: usize = 4;

/// The resolvers in use.
#[derive(Default)]
pub(super) struct Resolvers {
    system: Mutex<Option<Looked>>,
    given: Mutex<HashMap<(SocketAddr, Kept), Arc<TokioResolver>>>,
}

/// May an answer be kept?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kept {
    /// As its TTL says.
    Ttl,
    /// The answer itself is what is watched.
    Never,
}

/// What this machine is configured to ask.
struct System {
    hosts: Hosts,
    kept: Arc<TokioResolver>,
    fresh: Arc<TokioResolver>,
}

/// The same, when it was looked at, and when its files were written.
struct Looked {
    system: Arc<System>,
    at: Instant,
    written: [Option<SystemTime>; 2],
}

impl System {
    fn read() -> Result<Self, NetError> {
        let (config, options) =
            hickory_resolver::system_conf::read_system_conf().or_else(|_| {
                // resolv.conf(5): without a nameserver, the one on this machine is asked.
                let local = NameServerConfig::udp_and_tcp(IpAddr::from([127, 0, 0, 1]));
                Ok::<_, NetError>((
                    ResolverConfig::from_parts(None, Vec::new(), vec![local]),
                    ResolverOpts::default(),
                ))
            })?;
        Ok(Self {
            hosts: Hosts::from_system().unwrap_or_default(),
            kept: build(config.clone(), options.clone(), Kept::Ttl)?,
            fresh: build(config, options, Kept::Never)?,
        })
    }
}

fn written() -> [Option<SystemTime>; 2] {
    ["/etc/resolv.conf", "/etc/hosts"]
        .map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
}

fn build(
    config: ResolverConfig,
    mut options: ResolverOpts,
    kept: Kept,
) -> Result<Arc<TokioResolver>, NetError> {
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = if kept == Kept::Ttl { CACHED } else { 0 };
    options.negative_max_ttl = Some(LONGEST_NEGATIVE);
    let provider = TokioRuntimeProvider::default();
    let mut builder = TokioResolver::builder_with_config(config, provider);
    *builder.options_mut() = options;
    builder.build().map(Arc::new)
}

impl Resolvers {
    /// This machine's, read again if the files changed.
    fn system(&self) -> Result<Arc<System>, NetError> {
        let mut looked = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &mut *looked {
            if last.at.elapsed() < LOOK_AGAIN {
                return Ok(Arc::clone(&last.system));
            }
            last.at = Instant::now();
            if last.written == written() {
                return Ok(Arc::clone(&last.system));
            }
        }
        let written = written();
        let system = Arc::new(System::read()?);
        *looked = Some(Looked { system: Arc::clone(&system), at: Instant::now(), written });
        Ok(system)
    }

    fn given(&self, server: SocketAddr, kept: Kept) -> Result<Arc<TokioResolver>, NetError> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = given.get(&(server, kept)) {
            return Ok(Arc::clone(known));
        }
        let connections = [ProtocolConfig::Udp, ProtocolConfig::Tcp].map(|protocol| {
            let mut connection = ConnectionConfig::new(protocol);
            connection.port = server.port();
            connection
        });
        let server_config = NameServerConfig::new(server.ip(), true, connections.to_vec());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server_config]);
        let built = build(config, ResolverOpts::default(), kept)?;
        if given.len() >= MOST_GIVEN {
            given.clear();
        }
        given.insert((server, kept), Arc::clone(&built));
        Ok(built)
    }
}

impl Way<'_> {
    /// The addresses of a place, those of IPv6 and IPv4 in turn. Notes how long it took.
    pub(crate) async fn addresses(
        &self,
        place: &Place,
        trace: &mut Trace,
    ) -> Result<Vec<SocketAddr>, Fault> {
        trace.phase = Phase::Name;
        trace.phases.dns = None;
        let found = match place.address() {
            Some(address) if self.takes(address) => vec![address],
            Some(_) => {
                return Err(Fault::NoAddress { name: place.host.clone(), family: self.family });
            }
            None => {
                let began = Instant::now();
                trace.asked = (clean(&place.host, 253), self.resolver);
                let found = self.look_up(&place.host, trace).await?;
                trace.phases.dns = Some(began.elapsed());
                found
            }
        };
        Ok(found.into_iter().map(|address| SocketAddr::new(address, place.port)).collect())
    }

    fn takes(&self, address: IpAddr) -> bool {
        match self.family {
            Family::Any => true,
            Family::Ipv4 => address.is_ipv4(),
            Family::Ipv6 => address.is_ipv6(),
        }
    }

    async fn look_up(&self, host: &str, trace: &mut Trace) -> Result<Vec<IpAddr>, Fault> {
        let name = host_name(host)?;
        let failed = |error: &NetError| fault_of(error, host, self.resolver, self.family);
        let resolver = match self.resolver {
            Some(server) => self.net.resolvers.given(server, Kept::Ttl),
            None => match self.net.resolvers.system() {
                Ok(system) => {
                    let known = self.in_hosts(&system.hosts, &name);
                    if !known.is_empty() {
                        return Ok(known);
                    }
                    Ok(Arc::clone(&system.kept))
                }
                Err(error) => Err(error),
            },
        }
        .map_err(|error| failed(&error))?;
        let (four, six) = match self.family {
            Family::Ipv4 => (Some(resolver.lookup(name, RecordType::A).await), None),
            Family::Ipv6 => (None, Some(resolver.lookup(name, RecordType::AAAA).await)),
            Family::Any => both(&resolver, name).await,
        };
        let addresses = |found: &Option<Result<Lookup, NetError>>| match found {
            Some(Ok(found)) => addresses_in(found),
            _ => Vec::new(),
        };
        let found = interleave(&addresses(&six), &addresses(&four));
        if found.is_empty() {
            let faults =
                [&four, &six].into_iter().flatten().filter_map(|tried| tried.as_ref().err());
            return Err(faults
                .map(failed)
                .max_by_key(weight)
                .unwrap_or(Fault::NoAddress { name: clean(host, 253), family: self.family }));
        }
        if let Some(Err(error)) = &six {
            let fault = failed(error);
            let is_absent = matches!(fault, Fault::NoAddress { .. } | Fault::NoSuchName { .. });
            trace.ipv6_fault = (!is_absent).then_some(fault);
        }
        Ok(found)
    }

    /// A name that is there with one family is not asked for elsewhere (nsswitch.conf: `files dns`).
    fn in_hosts(&self, hosts: &Hosts, name: &Name) -> Vec<IpAddr> {
        let known = |record, wanted: bool| {
            let query = Query::query(name.clone(), record);
            let found = if wanted { hosts.lookup_static_host(&query) } else { None };
            found.map_or_else(Vec::new, |found| addresses_in(&found))
        };
        interleave(
            &known(RecordType::AAAA, self.family != Family::Ipv4),
            &known(RecordType::A, self.family != Family::Ipv6),
        )
    }

    /// Records of a name as the server has them now, nothing kept.
    pub(crate) async fn records(&self, name: Name, record: RecordType) -> Result<Lookup, NetError> {
        let resolver = match self.resolver {
            Some(server) => self.net.resolvers.given(server, Kept::Never)?,
            None => Arc::clone(&self.net.resolvers.system()?.fresh),
        };
        resolver.lookup(name, record).await
    }
}

type Found = Option<Result<Lookup, NetError>>;

/// Both families at once. The slower one gets a little time after the other has come (RFC 8305, 3),
/// so that a server that does not answer for AAAA costs no more than that.
async fn both(resolver: &TokioResolver, name: Name) -> (Found, Found) {
    let mut four = std::pin::pin!(resolver.lookup(name.clone(), RecordType::A));
    let mut six = std::pin::pin!(resolver.lookup(name, RecordType::AAAA));
    tokio::select! {
        biased;
        six = &mut six => (late(six.is_ok(), four).await, Some(six)),
        four = &mut four => {
            let six = late(four.is_ok(), six).await;
            (Some(four), six.or(Some(Err(NetError::Timeout))))
        }
    }
}

async fn late(has_other: bool, slower: impl Future<Output = Result<Lookup, NetError>>) -> Found {
    if has_other { timeout(LATE, slower).await.ok() } else { Some(slower.await) }
}

fn addresses_in(found: &Lookup) -> Vec<IpAddr> {
    let address = |data: &RData| match data {
        RData::A(four) => Some(IpAddr::V4(four.0)),
        RData::AAAA(six) => Some(IpAddr::V6(six.0)),
        _ => None,
    };
    found.answers().iter().filter_map(|record| address(&record.data)).take(MOST_ADDRESSES).collect()
}

fn interleave(six: &[IpAddr], four: &[IpAddr]) -> Vec<IpAddr> {
    let longest = six.len().max(four.len());
    (0..longest).flat_map(|n| [six.get(n), four.get(n)]).flatten().copied().collect()
}

/// A host's name; one with letters of other scripts as it is written in DNS (RFC 5890).
pub(crate) fn host_name(host: &str) -> Result<Name, Fault> {
    let invalid = || Fault::Invalid { what: format!("{} is no host name", clean(host, 253)) };
    if host.is_empty() {
        return Err(invalid());
    }
    Name::from_str_relaxed(host).map_err(|_| invalid())
}

/// Of two families that failed, the one is told that says more.
fn weight(fault: &Fault) -> u8 {
    match fault {
        Fault::NoAddress { .. } => 0,
        Fault::NoSuchName { .. } => 1,
        _ => 2,
    }
}

fn fault_of(error: &NetError, host: &str, resolver: Option<SocketAddr>, family: Family) -> Fault {
    let name = clean(host, 253);
    match code_of(error) {
        Some(ResponseCode::NoError) => Fault::NoAddress { name, family },
        _ => answer_of(error, name, resolver),
    }
}

/// The response code a server gave with no records.
pub(crate) fn code_of(error: &NetError) -> Option<ResponseCode> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => Some(none.response_code),
        NetError::Dns(DnsError::ResponseCode(code)) => Some(*code),
        _ => None,
    }
}

/// What a failed question means.
pub(crate) fn answer_of(error: &NetError, name: String, resolver: Option<SocketAddr>) -> Fault {
    match (code_of(error), error) {
        (Some(ResponseCode::NXDomain), _) => Fault::NoSuchName { name },
        (Some(ResponseCode::ServFail), _) => Fault::ServFail { name },
        (Some(code), _) => Fault::ResolverRefused { name, code: rcode(code) },
        (None, NetError::Timeout | NetError::Io(_) | NetError::NoConnections | NetError::Busy) => {
            Fault::ResolverSilent { name, resolver }
        }
        (None, NetError::Truncated) => Fault::ResolverMalformed {
            name,
            what: String::from("the answer is too long for UDP, and over TCP it is cut as well"),
        },
        (None, error) => Fault::ResolverMalformed { name, what: clean(&error.to_string(), 100) },
    }
}

/// Its name in the registry of IANA ("DNS RCODEs").
fn rcode(code: ResponseCode) -> String {
    match code {
        ResponseCode::FormErr => String::from("FORMERR"),
        ResponseCode::NotImp => String::from("NOTIMP"),
        ResponseCode::Refused => String::from("REFUSED"),
        ResponseCode::NotAuth => String::from("NOTAUTH"),
        code => format!("response code {}", u16::from(code)),
    }
}
