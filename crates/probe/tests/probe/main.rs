//! Probes against real sockets: each way in which a service fails is called by its name.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

// Shared with the tests of certificates, which need more of it.
#[allow(dead_code)]
mod authority;
mod certificates;
mod cost;
mod dns;
mod failures;
mod http;
mod name_server;
mod redirects;
mod server;
mod ways;

use std::time::Duration;

use nightkeep_probe::{
    Answer, Family, Fault, Http, Net, Outcome, Place, Probe, Side, Target, Tcp, run,
};
use rustls::RootCertStore;

/// Whom a probe trusts that trusts nobody.
pub(crate) fn net() -> Net {
    Net::new(RootCertStore::empty()).unwrap()
}

pub(crate) fn probe(target: Target) -> Probe {
    Probe { target, timeout: Duration::from_secs(5), family: Family::Any, resolver: None }
}

pub(crate) fn page(url: &str) -> Http {
    Http { url: url.to_owned(), redirects: 5, body_limit: 64 * 1024, ..Http::default() }
}

pub(crate) fn local(port: u16) -> Place {
    Place { host: String::from("127.0.0.1"), port }
}

pub(crate) fn tcp(place: Place, send: &[u8], expect_answer: bool) -> Target {
    Target::Tcp(Tcp { place, send: send.to_vec(), expect_answer })
}

/// What comes of it at the time of the certificates.
pub(crate) async fn ask(net: &Net, probe: &Probe) -> Outcome {
    run(probe, net, authority::noon()).await
}

/// Asks for a page.
pub(crate) async fn get(http: Http) -> Result<Answer, Fault> {
    ask(&net(), &probe(Target::Http(Box::new(http)))).await.result
}

/// The words for what is wrong, and whose fault it may be.
pub(crate) fn said<T: std::fmt::Debug>(result: Result<T, Fault>) -> (String, Side) {
    let fault = result.expect_err("a fault");
    let words = fault.to_string();
    assert!(!words.contains(char::is_control), "{words:?}");
    (words, fault.side())
}

/// The same with every number as `N`.
pub(crate) fn without_numbers(words: &str) -> String {
    let mut text = String::new();
    for c in words.chars() {
        if c.is_ascii_digit() {
            if !text.ends_with('N') {
                text.push('N');
            }
        } else {
            text.push(c);
        }
    }
    text
}
