//! What came of asking once: an outcome held against what the owner wants of it. Pure.

use std::net::SocketAddr;

use jiff::Timestamp;
use nightkeep_probe::{Answer, Outcome, Phases, Side, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::life::{Found, Policy, turned};
use crate::config::MonitorConfig;
use crate::model::text::{clean, span};

/// The most characters of what is said of a look.
const SAID: usize = 300;
/// Tests that do not hold are named up to this many.
const NAMED: usize = 3;

/// What came of asking once.
#[derive(Debug, Clone)]
pub struct Look {
    /// When it was asked.
    pub at: Timestamp,
    /// What it comes to.
    pub found: Found,
    /// One line, for a person.
    pub said: String,
    /// How long each phase took.
    pub phases: Phases,
    /// Who answered.
    pub address: Option<SocketAddr>,
    /// The end of the certificate on the way that ends first.
    pub certificate_ends: Option<Timestamp>,
    /// Each test of the conditions.
    pub tests: Vec<Test>,
    /// Whose fault it may be that there is no answer.
    pub fault: Option<Side>,
    /// This machine's own resolvers do not answer.
    pub no_names: bool,
    /// Whether others answer this machine, where that was asked.
    pub way_out: Option<bool>,
    /// Nothing can be told because it could not even be asked, which the owner has to hear.
    pub unasked: bool,
}

/// One test of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MonitorTest")]
pub struct Test {
    /// As it is written in normal form.
    pub test: String,
    /// What was found.
    pub found: String,
    /// It holds.
    pub holds: bool,
    /// It only makes the difference between up and degraded.
    pub of_degraded: bool,
}

impl Look {
    /// A look of something that is not asked over the network.
    pub(super) fn of(at: Timestamp, found: Found, said: &str, took: std::time::Duration) -> Self {
        Self {
            at,
            found,
            said: clean(said, SAID),
            phases: Phases { total: took, ..Phases::default() },
            address: None,
            certificate_ends: None,
            tests: Vec::new(),
            fault: None,
            no_names: false,
            way_out: None,
            unasked: found == Found::Blind,
        }
    }

    /// It could not be asked, and why.
    pub fn blind(at: Timestamp, why: &str) -> Self {
        Self::of(at, Found::Blind, why, std::time::Duration::ZERO)
    }

    /// Nothing can be told of it, and why.
    pub fn blinded(&mut self, why: &str) {
        self.found = Found::Blind;
        self.said = clean(&format!("{why}: {}", self.said), SAID);
    }

    /// More on whose fault it is.
    pub fn add(&mut self, words: &str) {
        self.said = clean(&format!("{} ({words})", self.said), SAID + words.len());
    }
}

/// How often something must be so to count, as the owner wants it.
pub fn policy(monitor: &MonitorConfig) -> Policy {
    Policy {
        failures: monitor.failures,
        successes: monitor.successes,
        upside_down: monitor.upside_down,
    }
}

/// Holds an outcome against what is wanted of it. `at` is when it was asked, `now` when it
/// answered.
pub(super) fn judge(
    monitor: &MonitorConfig,
    outcome: &Outcome,
    at: Timestamp,
    now: Timestamp,
) -> Look {
    let wanted = monitor.condition.judge(outcome, now);
    let better = monitor.degraded_unless.as_ref().map(|condition| condition.judge(outcome, now));
    let (found, said) = match (&outcome.result, wanted.holds, &better) {
        (Err(fault), false, _) => (Found::Bad, fault.to_string()),
        (Ok(_), false, _) => (Found::Bad, lacking(&wanted, &monitor.condition.to_string())),
        (Ok(_), true, Some(better)) if !better.holds => {
            let whole = monitor.degraded_unless.as_ref().map(ToString::to_string);
            (Found::Poor, lacking(better, &whole.unwrap_or_default()))
        }
        (Ok(answer), true, _) => (Found::Good, answers(answer, outcome)),
        (Err(fault), true, _) => (Found::Good, format!("as wanted: {fault}")),
    };
    let unasked = matches!(&outcome.result, Err(fault) if fault.is_unasked());
    let (found, said) = match &outcome.ipv6_fault {
        _ if unasked => (Found::Blind, said),
        // Whoever comes over IPv6 does not get in, or only after a while.
        Some(fault) if found == Found::Good && fault.side() == Side::Theirs => {
            (Found::Poor, format!("only IPv4 works; over IPv6: {fault}"))
        }
        _ => (found, said),
    };
    let turned = turned(policy(monitor), found);
    let said = match (monitor.upside_down, turned) {
        (true, Found::Bad) => format!("it answers, and should not: {said}"),
        (true, Found::Good) => format!("it does not answer, as it should: {said}"),
        _ => said,
    };
    let (fault, no_names) = match &outcome.result {
        Err(fault) => (Some(fault.side()), is_nameless(fault)),
        Ok(_) => (None, false),
    };
    let tests = |verdict: Verdict, of_degraded| {
        verdict.parts.into_iter().map(move |part| Test {
            test: part.text,
            found: part.found,
            holds: part.holds,
            of_degraded,
        })
    };
    let better = better.into_iter().flat_map(|verdict| tests(verdict, true));
    Look {
        at,
        found: turned,
        said: clean(&said, SAID),
        phases: outcome.phases,
        address: outcome.address,
        certificate_ends: outcome.certificate_ends,
        tests: tests(wanted, false).chain(better).collect(),
        fault,
        no_names,
        way_out: None,
        unasked,
    }
}

/// Was there nobody to ask for the name?
fn is_nameless(fault: &nightkeep_probe::Fault) -> bool {
    matches!(fault, nightkeep_probe::Fault::ResolverSilent { resolver: None, .. })
}

/// Which tests do not hold.
fn lacking(verdict: &Verdict, whole: &str) -> String {
    let failed: Vec<_> = verdict.parts.iter().filter(|part| !part.holds).collect();
    if failed.is_empty() {
        return format!("it does not hold that {whole}");
    }
    let named = failed.iter().take(NAMED).map(|part| format!("{} ({})", part.text, part.found));
    let named: Vec<String> = named.collect();
    let more = match failed.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("wanted {}{more}", named.join("; "))
}

/// That it answers, in a few words.
fn answers(answer: &Answer, outcome: &Outcome) -> String {
    let took = milliseconds(outcome.phases.total);
    match (answer.status, &*answer.protocol, &answer.records[..]) {
        (_, _, [record, ..]) => format!("{record} in {took}"),
        (Some(status), "", _) => format!("{status} in {took}"),
        (Some(status), protocol, _) => format!("{protocol} {status} in {took}"),
        (None, _, []) => match answer.domain_ends {
            Some(ends) => format!("registered until {}", ends.strftime("%Y-%m-%d")),
            None => format!("it answers in {took}"),
        },
    }
}

/// A length as people read it: `0.4 ms`, `43 ms`, `1.24 s`, `2m`.
pub fn milliseconds(length: std::time::Duration) -> String {
    let ms = length.as_secs_f64() * 1000.0;
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms if ms < 60_000.0 => format!("{:.2} s", ms / 1000.0),
        _ => span(jiff::SignedDuration::try_from(length).unwrap_or(jiff::SignedDuration::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use nightkeep_probe::Fault;

    use super::*;
    use crate::config::{self, Config, Environment, Secrets};

    #[test]
    fn what_could_not_be_asked_is_not_down() {
        let env = Environment::of_this_process(Secrets::Needed);
        let of = |fault, more: &str| {
            let table = format!("name = \"a\"\ntype = \"ping\"\ntarget = \"192.0.2.1\"\n{more}");
            let monitor = config::check_monitor(&Config::default(), &table, &env).unwrap();
            let (phases, result) = (Phases::default(), Err(fault));
            let outcome =
                Outcome { phases, address: None, certificate_ends: None, ipv6_fault: None, result };
            let look = judge(&monitor, &outcome, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
            (look.found, look.unasked)
        };
        let exhausted = || Fault::Exhausted { what: String::from("too many open files") };
        let silent = || Fault::Malformed { protocol: "ICMP", what: String::from("half a reply") };
        for upside_down in ["", "upside-down = true"] {
            assert_eq!(of(Fault::PingForbidden, upside_down), (Found::Blind, true));
            assert_eq!(of(exhausted(), upside_down), (Found::Blind, true));
        }
        assert_eq!(of(silent(), ""), (Found::Bad, false));
        assert_eq!(of(silent(), "upside-down = true"), (Found::Good, false));
    }
}
