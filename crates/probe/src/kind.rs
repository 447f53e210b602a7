//! How each kind of service is asked.

mod datagram;
mod dns;
pub(crate) mod domain;
mod http;
mod mail;
mod mysql;
mod ntp;
mod ping;
mod postgres;
mod redis;
mod ssh;
mod tcp;
mod tls;
mod udp;
mod wire;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::answer::{Answer, Outcome};
use crate::fault::Fault;
use crate::net::{Net, Way};
use crate::probe::{Probe, Target};
use crate::trace::Trace;

/// Asks within the probe's time.
pub(crate) async fn ask(probe: &Probe, net: &Net, now: Timestamp) -> Outcome {
    let way = Way { net, family: probe.family, resolver: probe.resolver, now };
    let mut trace = Trace::new();
    let deadline = Instant::now() + probe.timeout;
    let asked = one(&probe.target, deadline, way, &mut trace);
    let result = match timeout_at(deadline, asked).await {
        Ok(result) => result,
        Err(_) => Err(trace.timed_out(probe.timeout)),
    };
    trace.outcome(result)
}

async fn one(
    target: &Target,
    deadline: Instant,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Answer, Fault> {
    match target {
        Target::Http(http) => http::ask(http, way, trace).await,
        Target::Dns(dns) => dns::ask(dns, way, trace).await,
        Target::Tcp(tcp) => tcp::ask(tcp, way, trace).await,
        Target::Tls(tls) => tls::ask(tls, way, trace).await,
        Target::Ping(ping) => ping::ask(ping, deadline, way, trace).await,
        Target::Udp(udp) => udp::ask(udp, way, trace).await,
        Target::Mail(mail) => mail::ask(mail, way, trace).await,
        Target::Postgres(database) => postgres::ask(database, way, trace).await,
        Target::Mysql(database) => mysql::ask(database, way, trace).await,
        Target::Redis(redis) => redis::ask(redis, way, trace).await,
        Target::Ssh(ssh) => ssh::ask(ssh, way, trace).await,
        Target::Ntp(ntp) => ntp::ask(ntp, way, trace).await,
        Target::WebSocket(websocket) => http::websocket(websocket, way, trace).await,
        Target::Grpc(grpc) => http::grpc(grpc, way, trace).await,
        Target::Domain(domain) => domain::ask(domain, way, trace).await,
    }
}
