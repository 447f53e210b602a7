//! The watch without its clock: what is looked at goes to the judge, minute by minute.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep::alert::{Judge, Rows};
use nightkeep::config::{ChannelConfig, ChannelKind, Config};
use nightkeep::model::{Batch, Decision, Tell};
use nightkeep::replay;
use nightkeep::source::certificate::Certificates;
use rustls::RootCertStore;

use crate::authority::noon;

pub(crate) struct Watch {
    certificates: Certificates,
    judge: Judge,
    runtime: tokio::runtime::Runtime,
    pub(crate) now: Timestamp,
    pub(crate) patience: Duration,
}

/// A config with one channel, and with this under `[certificates]`.
pub(crate) fn config(certificates: &str) -> Config {
    let text = format!("[certificates]\n{certificates}\n");
    let environment = nightkeep::config::Environment {
        variables: std::collections::BTreeMap::new(),
        hostname: String::from("web1"),
        timezone: jiff::tz::TimeZone::UTC,
        secrets: nightkeep::config::Secrets::Needed,
    };
    let mut config = nightkeep::config::parse(&text, "config.toml", &environment)
        .unwrap_or_else(|error| panic!("{error}"));
    let kind = ChannelKind::Command { command: vec![String::from("/bin/true")] };
    let pager = ChannelConfig { kind, timeout: SignedDuration::from_secs(1) };
    config.channels.insert(String::from("pager"), pager);
    config
}

impl Watch {
    pub(crate) fn new(config: Config, root: &Path, roots: RootCertStore, ports: &[u16]) -> Self {
        let certificates =
            Certificates::new(config.certificates.clone(), root).trusting(roots).serving_on(ports);
        let judge = Judge::new(Arc::new(config), &Rows::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { certificates, judge, runtime, now: noon(), patience: Duration::from_secs(5) }
    }

    /// Watches on for so long; what was told meanwhile, a line or two for each alert.
    pub(crate) fn on(&mut self, length: SignedDuration) -> String {
        let end = self.now + length;
        let mut told = String::new();
        while self.now <= end {
            let look = self.certificates.look(self.now, self.patience);
            let observations = self.runtime.block_on(look);
            for (_, step) in replay::hear(&mut self.judge, Batch { at: self.now, observations }) {
                for decision in step.decisions {
                    if let Decision::Tell(tell) = decision {
                        told += &said(&tell);
                    }
                }
            }
            self.now += SignedDuration::from_mins(1);
        }
        told
    }
}

fn said(tell: &Tell) -> String {
    let mut text = String::new();
    for item in &tell.items {
        text += &format!(
            "{:?} {} {}: {}\n  next: {}\n",
            tell.kind, item.severity, item.key.rule, item.summary, item.next
        );
    }
    text
}
