//! `nightkeep certs`: every certificate, asked for now, worst first.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;

use super::{OK, check, output};
use crate::alert::{AlertView, Judge, Rows};
use crate::clock;
use crate::config::{self, Config};
use crate::model::text::{percent, span};
use crate::model::{
    Batch, Certificate, CertificateState, Observation, Over, Phase, RuleName, Severity, State,
    Subject,
};
use crate::source::certificate;

/// Which certificates end when, and is anything wrong with them?
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// What a server may take for its name, and again to show its certificate.
const PATIENCE: Duration = Duration::from_secs(5);

/// A certificate and what is wrong with it.
#[derive(Debug, Serialize)]
struct Looked {
    subject: Subject,
    /// The worst of the findings.
    severity: Option<Severity>,
    findings: Vec<Finding>,
    #[serde(flatten)]
    state: CertificateState,
}

#[derive(Debug, Serialize)]
struct Finding {
    rule: RuleName,
    severity: Severity,
    summary: String,
    next: String,
}

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    let config =
        if path.exists() { config::load(path, &super::environment())? } else { Config::default() };
    let now = clock::now();
    let said = certificate::once(&config.certificates, PATIENCE).await;
    let looked = judge(&config, said, now);
    if args.json {
        output::print_json(&looked)?;
    } else {
        output::print(&describe(&looked, &config, now))?;
    }
    Ok(match looked.first().and_then(|worst| worst.severity) {
        Some(Severity::Critical) => 2,
        Some(Severity::Warning) => 1,
        _ => OK,
    })
}

/// What the rules make of it, worst first.
fn judge(config: &Config, said: Vec<Observation>, at: Timestamp) -> Vec<Looked> {
    let mut judge = Judge::new(Arc::new(check::instant(config)), &Rows::new());
    judge.step(&Batch { at, observations: said.clone() });
    let alerts: Vec<AlertView> =
        judge.alerts().into_iter().filter(|alert| alert.phase == Phase::Firing).collect();
    let mut looked: Vec<Looked> = said
        .into_iter()
        .filter_map(|observation| match observation {
            Observation::State { subject, state: State::Certificate(state) } => {
                Some((subject, *state))
            }
            _ => None,
        })
        .map(|(subject, state)| {
            let mine = alerts.iter().filter(|alert| alert.key.subject == subject);
            let mut findings: Vec<Finding> = mine
                .map(|alert| Finding {
                    rule: alert.key.rule,
                    severity: alert.severity,
                    summary: alert.summary.clone(),
                    next: alert.next.clone(),
                })
                .collect();
            findings.sort_by_key(|finding| Reverse(finding.severity));
            let severity = findings.first().map(|finding| finding.severity);
            Looked { subject, severity, findings, state }
        })
        .collect();
    let end = |looked: &Looked| looked.state.seen.iter().map(|seen| seen.not_after).min();
    looked.sort_by_key(|one| (Reverse(one.severity), end(one)));
    looked
}

fn describe(looked: &[Looked], config: &Config, now: Timestamp) -> String {
    if !config.certificates.enabled {
        return String::from(
            "Certificates are not watched: `enabled = false` under [certificates].\n",
        );
    }
    if looked.is_empty() {
        return String::from(
            "There is no certificate: none in the stores of caddy and certbot, and no `endpoints` \
             or `files` under [certificates] in the config.\n",
        );
    }
    let head = ["VERDICT", "CERTIFICATE", "ENDS IN", "LEFT", "ISSUER", "WHERE"];
    let mut text = output::table(&head, looked.iter().flat_map(|one| rows(one, now)));
    for finding in looked.iter().flat_map(|one| &one.findings) {
        let word = output::paint(finding.severity.as_str(), Some(finding.severity));
        text += &format!(
            "\n{word}  {}\n    next: {}\n",
            output::safe(&finding.summary),
            output::safe(&finding.next)
        );
    }
    text
}

/// A row for each certificate seen there, or one that says that none was.
fn rows(looked: &Looked, now: Timestamp) -> Vec<Vec<String>> {
    let verdict = looked.severity.map_or("ok", Severity::as_str).to_owned();
    let place = match &looked.subject {
        Subject::Certificate(name) => output::safe(name),
        other => other.to_string(),
    };
    if looked.state.seen.is_empty() {
        let none = || String::from("-");
        return vec![vec![verdict, String::from("not seen"), none(), none(), none(), place]];
    }
    let row = |seen: &Certificate| {
        let left = seen.not_after.duration_since(now);
        let life = seen.not_after.duration_since(seen.not_before).as_secs_f64().max(1.0);
        let over = match seen.over {
            Over::Ipv4 if looked.state.seen.len() > 1 => " (IPv4)",
            Over::Ipv6 if looked.state.seen.len() > 1 => " (IPv6)",
            _ => "",
        };
        let name = seen.names.first().map_or("no name", String::as_str);
        let more = match seen.names.len() {
            0 | 1 => String::new(),
            several => format!(" +{}", several - 1),
        };
        vec![
            verdict.clone(),
            output::safe(&format!("{name}{more}")),
            if left.is_positive() { span(left) } else { format!("ended {} ago", span(-left)) },
            percent((left.as_secs_f64() / life).clamp(0.0, 1.0)),
            output::safe(&seen.issuer),
            format!("{place}{over}"),
        ]
    };
    looked.state.seen.iter().map(row).collect()
}
