//! Asks a network service once how it is.
//!
//! A [`Probe`] says whom to ask and how; [`Net`] is what all probes share (names, roots of trust);
//! [`run`] asks and gives an [`Outcome`]: how long each phase took, the certificate on the way, and
//! either what was answered ([`Answer`]) or why there is none ([`Fault`]). What of that is good is
//! said by a condition, a line a person can write. When to ask, and what follows, is not
//! decided here.

mod answer;
pub mod certificate;
mod condition;
mod fault;
mod kind;
mod net;
mod probe;
mod text;
mod trace;

pub use answer::{Answer, Outcome, Phases};
pub use condition::{Condition, FACTS, Fact, Invalid, Part, Verdict};
pub use fault::{Fault, Phase, Side};
pub use net::{Family, Net};
pub use probe::{
    Auth, ClientCertificate, Database, Dns, Domain, Grpc, Http, Mail, MailProtocol, Ntp, Ping,
    Place, Probe, Proxy, RecordType, Redis, Ssh, Target, Tcp, Tls, Udp, WebSocket,
};

/// Asks once. Ends within `probe.timeout`, whatever the other side does; what it sends is bounded.
pub async fn run(probe: &Probe, net: &Net, now: jiff::Timestamp) -> Outcome {
    kind::ask(probe, net, now).await
}
