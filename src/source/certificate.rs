//! TLS certificates: as servers show them, and on disk.
//!
//! Everything is looked at on start and every few hours; what is in trouble every few minutes, so
//! that a recovery is told soon; and everything at the very times its end becomes a warning or
//! critical, so that what is told then was seen then. Files are looked for every minute.

mod endpoint;
mod file;
mod served;
mod starttls;
mod x509;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use rustls::RootCertStore;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Report;
use crate::config::{CertificatesConfig, Endpoint};
use crate::model::{
    Certificate, CertificateState, Observation, SourceName, State, Subject, Unseen,
};
use crate::{clock, roots};

/// How often files are looked for, and whether anything is due.
const TICK: Duration = Duration::from_mins(1);
/// How often trouble is looked at again. Less than the time after which the judge takes a subject
/// nobody speaks of for gone.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// A server may take so long, for its name, and again for each address.
const PATIENCE: Duration = Duration::from_secs(10);
/// Servers asked at a time.
const AT_ONCE: usize = 8;

/// Looks at certificates until the receiver of `out` is gone. A report comes every minute, empty
/// when nothing was looked at.
pub async fn run(config: CertificatesConfig, out: mpsc::Sender<Report>) {
    let mut certificates = Certificates::new(config, Path::new("/"));
    let mut before = (clock::now(), clock::monotonic());
    loop {
        let now = (clock::now(), clock::monotonic());
        if leapt(before, now) {
            certificates.forget();
        }
        before = now;
        let said = Ok(certificates.look(now.0, PATIENCE).await);
        if out.send(Report { source: SourceName::Certificate, said }).await.is_err() {
            return;
        }
        sleep(TICK).await;
    }
}

/// The clock was set or the machine slept: the judge has to hear everything anew.
fn leapt(before: (Timestamp, Instant), now: (Timestamp, Instant)) -> bool {
    let passed = SignedDuration::try_from(now.1 - before.1).unwrap_or(SignedDuration::ZERO);
    (now.0.duration_since(before.0) - passed).abs() > SignedDuration::from_secs(30)
}

/// Every certificate once, each server within `patience`.
pub async fn once(config: &CertificatesConfig, patience: Duration) -> Vec<Observation> {
    if !config.enabled {
        return Vec::new();
    }
    Certificates::new(config.clone(), Path::new("/")).look(clock::now(), patience).await
}

/// What is known of each certificate, and when it is due.
#[derive(Debug)]
pub struct Certificates {
    config: Arc<CertificatesConfig>,
    root: PathBuf,
    ports: Vec<u16>,
    roots: Option<RootCertStore>,
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    state: CertificateState,
    /// When it is looked at again.
    look: Timestamp,
    /// When it is said again although nothing changed.
    say: Timestamp,
}

impl Certificates {
    /// Certificates on a machine whose files are under `root`. Nothing is looked at yet.
    pub fn new(config: CertificatesConfig, root: &Path) -> Self {
        let ports = served::PORTS.to_vec();
        let (config, root) = (Arc::new(config), root.to_owned());
        Self { config, root, ports, roots: None, known: BTreeMap::new() }
    }

    /// The ports of this machine on which renewed certificates have to be served.
    #[must_use]
    pub fn serving_on(self, ports: &[u16]) -> Self {
        Self { ports: ports.to_vec(), ..self }
    }

    /// Trust these authorities instead of the machine's own.
    #[must_use]
    pub fn trusting(self, roots: RootCertStore) -> Self {
        Self { roots: Some(roots), ..self }
    }

    fn forget(&mut self) {
        self.known.clear();
    }

    /// What is due now and is news: every certificate at first, later what changed or whose time
    /// has come.
    pub async fn look(&mut self, now: Timestamp, patience: Duration) -> Vec<Observation> {
        let (mut looked, gone) = self.look_at_files(now).await;
        looked.extend(self.look_at_endpoints(now, patience).await);
        self.join(&mut looked);
        let mut said: Vec<Observation> = gone
            .into_iter()
            .map(|name| Observation::Gone { subject: Subject::Certificate(name) })
            .collect();
        for (name, state) in looked {
            let (look, say) = self.next(&state, now);
            let known = self.known.get(&name);
            let is_news = known.is_none_or(|known| known.state != state || known.say <= now);
            let say = known.filter(|_| !is_news).map_or(say, |known| known.say);
            if is_news {
                let state = State::Certificate(Box::new(state.clone()));
                said.push(Observation::State {
                    subject: Subject::Certificate(name.clone()),
                    state,
                });
            }
            self.known.insert(name, Known { state, look, say });
        }
        said
    }

    /// When a certificate is looked at and said again.
    fn next(&self, state: &CertificateState, now: Timestamp) -> (Timestamp, Timestamp) {
        let after = |wait| now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let expiry = &self.config.expiry;
        let mut say = after(self.config.interval);
        let mut troubled = state.unseen.is_some();
        for certificate in &state.seen {
            let (from, until) = (certificate.not_before, certificate.not_after);
            for time in
                [from, expiry.warning_at(from, until), expiry.critical_at(from, until), until]
            {
                if time >= now {
                    say = say.min(time.checked_add(SignedDuration::from_secs(1)).unwrap_or(time));
                }
            }
            let stale = state
                .served
                .as_ref()
                .is_some_and(|served| served.fingerprint != certificate.fingerprint);
            troubled |= stale || !certificate.flaws.is_empty() || from > now;
            if expiry.severity(from, until, now).is_some() {
                troubled = true;
                // What is left is said in hours at last.
                say = say.min(after(SignedDuration::from_hours(1)));
            }
        }
        (if troubled { say.min(after(AGAIN)) } else { say }, say)
    }

    fn is_due(&self, name: &str, now: Timestamp) -> bool {
        self.known.get(name).is_none_or(|known| known.look <= now)
    }

    /// Files that are new, were written or are due; and those that are no longer there.
    async fn look_at_files(
        &self,
        now: Timestamp,
    ) -> (BTreeMap<String, CertificateState>, Vec<String>) {
        if !self.config.find && self.config.files.is_empty() {
            return Default::default();
        }
        let (config, root) = (Arc::clone(&self.config), self.root.clone());
        let due: BTreeMap<String, Option<Timestamp>> = (self.known.iter())
            .filter(|(_, known)| known.look > now)
            .map(|(name, known)| (name.clone(), known.state.written))
            .collect();
        let read = spawn_blocking(move || Disk::read(&config, &root, &due));
        let Ok(Disk { mut looked, there }) = read.await else { return Default::default() };
        let fingerprint = |state: &CertificateState| Some(state.seen.first()?.fingerprint.clone());
        let all: BTreeMap<String, String> = self
            .known
            .iter()
            .map(|(name, known)| (name, &known.state))
            .filter(|(name, _)| name.starts_with('/'))
            .chain(&looked)
            .filter_map(|(name, state)| Some((name.clone(), fingerprint(state)?)))
            .collect();
        for (name, state) in &mut looked {
            let Some(certificate) = state.seen.first() else { continue };
            let others = all.iter().filter(|(other, _)| *other != name);
            let others: Vec<String> = others.map(|(_, fingerprint)| fingerprint.clone()).collect();
            state.served = served::look(certificate, &others, &self.ports, &self.root).await;
        }
        let gone = self.known.keys().filter(|name| name.starts_with('/') && !there.contains(*name));
        let gone: Vec<String> = gone.cloned().collect();
        (looked, gone)
    }

    /// Endpoints that are due.
    async fn look_at_endpoints(
        &self,
        now: Timestamp,
        patience: Duration,
    ) -> Vec<(String, CertificateState)> {
        let due: Vec<Endpoint> = (self.config.endpoints.iter())
            .filter(|endpoint| self.is_due(&endpoint.subject(), now))
            .cloned()
            .collect();
        if due.is_empty() {
            return Vec::new();
        }
        // Read anew each time: the machine's own roots change, and are large to keep.
        let roots = match &self.roots {
            Some(roots) => roots,
            None => &roots::store(),
        };
        stream::iter(due)
            .map(|endpoint| async move {
                let state = endpoint::look(&endpoint, roots, now, patience).await;
                (endpoint.subject(), state)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await
    }

    /// Endpoints learn who renews what they serve, files which endpoint serves them.
    fn join(&self, looked: &mut BTreeMap<String, CertificateState>) {
        let all: BTreeMap<String, CertificateState> = (self.known.iter())
            .map(|(name, known)| (name.clone(), known.state.clone()))
            .chain(looked.clone())
            .collect();
        for (name, state) in looked {
            let (files, endpoints): (Vec<_>, Vec<_>) = all
                .iter()
                .filter(|(other, _)| *other != name)
                .partition(|(other, _)| other.starts_with('/'));
            if name.starts_with('/') {
                let serves = |other: &&(&String, &CertificateState)| {
                    let same = |seen: &Certificate| {
                        state.seen.iter().any(|mine| mine.fingerprint == seen.fingerprint)
                    };
                    other.1.seen.iter().any(same)
                };
                state.watched_as = endpoints.iter().find(serves).map(|(name, _)| (*name).clone());
            } else {
                let host = name.rsplit_once(':').map_or(name.as_str(), |(host, _)| host);
                let covers = |(_, other): &&(&String, &CertificateState)| {
                    other.seen.iter().any(|seen| is_for(seen, host))
                };
                state.renewer =
                    files.iter().find(covers).and_then(|(_, file)| file.renewer.clone());
            }
        }
    }
}

/// One of its names is this host's, or a wildcard of its domain.
fn is_for(certificate: &Certificate, host: &str) -> bool {
    let parent = host.split_once('.').map_or("", |(_, parent)| parent);
    certificate.names.iter().any(|name| {
        name.eq_ignore_ascii_case(host)
            || name.strip_prefix("*.").is_some_and(|rest| rest.eq_ignore_ascii_case(parent))
    })
}

/// What is on disk.
struct Disk {
    /// What was read.
    looked: BTreeMap<String, CertificateState>,
    /// Every file and closed store there is.
    there: BTreeSet<String>,
}

impl Disk {
    /// Reads all files but those in `known` that were not written since.
    fn read(
        config: &CertificatesConfig,
        root: &Path,
        known: &BTreeMap<String, Option<Timestamp>>,
    ) -> Self {
        let (places, mut closed) = file::places(config, root);
        let mut disk = Self { looked: BTreeMap::new(), there: BTreeSet::new() };
        for place in places {
            let name = place.subject();
            let written = file::written(&place, root);
            if known.get(&name).is_some_and(|known| *known == written) {
                disk.there.insert(name);
                continue;
            }
            let state = match file::read(&place, root) {
                Ok(state) => state,
                Err(Unseen { why, .. }) if place.store.is_some() && why == file::CLOSED => {
                    closed.extend(place.store);
                    continue;
                }
                Err(unseen) => CertificateState {
                    unseen: Some(unseen),
                    written,
                    ..CertificateState::default()
                },
            };
            disk.there.insert(name.clone());
            disk.looked.insert(name, state);
        }
        closed.dedup();
        for store in closed {
            let name = format!("/{store}");
            if !known.contains_key(&name) {
                let state = CertificateState {
                    unseen: Some(file::closed(store)),
                    ..CertificateState::default()
                };
                disk.looked.insert(name.clone(), state);
            }
            disk.there.insert(name);
        }
        disk
    }
}
