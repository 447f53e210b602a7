//! How each kind of service is asked.

mod dns;
mod http;
mod tcp;
mod tls;

use jiff::Timestamp;
use tokio::time::timeout;

use crate::answer::{Answer, Outcome};
use crate::fault::Fault;
use crate::net::{Net, Way};
use crate::probe::{Probe, Target};
use crate::trace::Trace;

/// Asks within the probe's time.
pub(crate) async fn ask(probe: &Probe, net: &Net, now: Timestamp) -> Outcome {
    let way = Way { net, family: probe.family, resolver: probe.resolver, now };
    let mut trace = Trace::new();
    let result = match timeout(probe.timeout, one(&probe.target, way, &mut trace)).await {
        Ok(result) => result,
        Err(_) => Err(trace.timed_out(probe.timeout)),
    };
    trace.outcome(result)
}

async fn one(target: &Target, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    match target {
        Target::Http(http) => http::ask(http, way, trace).await,
        Target::Dns(dns) => dns::ask(dns, way, trace).await,
        Target::Tcp(tcp) => tcp::ask(tcp, way, trace).await,
        Target::Tls(tls) => tls::ask(tls, way, trace).await,
        _ => not_built(),
    }
}

/// To be deleted by whoever adds the other kinds.
fn not_built() -> Result<Answer, Fault> {
    Err(Fault::Invalid { what: String::from("not built yet") })
}
