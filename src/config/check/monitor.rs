//! Monitors: which keys go with which type, conditions read, defaults that hang on one another
//! filled in. What hangs together between monitors is in `join`.

mod join;
mod target;

use std::path::Path;

use jiff::SignedDuration;
use nightkeep_probe::{Condition, Fact, Target};

use super::{Check, text};
use crate::config::document::Part;
use crate::config::error::Problem;
use crate::config::raw;
use crate::config::value::{ConditionText, Duration, Text, Wrong, nearest, one_of, quoted};
use crate::config::{MonitorConfig, MonitorKind, MonitorType, Origin, WayOutConfig};
use crate::model::Severity;

pub(in crate::config) use join::{Found, join};
pub(in crate::config) use target::escaped;

/// Certificates that end sooner than this are trouble.
const CERTIFICATE: &str = "certificate > 14d";
/// Registrations of domains that end sooner than this are.
const DOMAIN: &str = "domain > 30d";

impl Check<'_> {
    /// The monitors of a file; those that are wrong are left out.
    pub(in crate::config) fn monitors(
        &mut self,
        file: Vec<raw::Monitor>,
        path: &Path,
    ) -> Vec<Found> {
        let found = |(index, monitor): (usize, raw::Monitor)| {
            let place = index.to_string();
            let before = self.problems.len();
            let mut monitor = self.monitor(&place, monitor)?;
            let line = self.line(&["monitor", &place]);
            monitor.origin = Origin::File { path: path.to_owned(), line };
            (self.problems.len() == before).then_some(Found { index, monitor })
        };
        file.into_iter().enumerate().filter_map(found).collect()
    }

    fn monitor(&mut self, place: &str, mut file: raw::Monitor) -> Option<MonitorConfig> {
        let kind = file.r#type;
        let fits = self.keys_fit(place, kind);
        let at = |key| ["monitor", place, key];
        let (second, minute) = (SignedDuration::from_secs, SignedDuration::from_mins);
        let day = minute(24 * 60);
        let usual = if kind == MonitorType::Domain { minute(6 * 60) } else { minute(1) };
        let interval = text::<Duration>(file.interval.take(), usual);
        let interval = self.within(&at("interval"), interval, second(1), day);
        let timeout = text::<Duration>(file.timeout.take(), second(10).min(interval));
        let timeout =
            self.within(&at("timeout"), timeout, SignedDuration::from_millis(100), minute(10));
        if timeout > interval {
            let written = Duration::write(interval);
            let wrong = Wrong::with_help(
                "the next run would begin before this one ends",
                format!("write \"{written}\" or less, or a longer `interval`"),
            );
            self.wrong(&at("timeout"), Part::Value, "`timeout` is longer than `interval`", wrong);
        }
        let retry = text::<Duration>(file.retry_interval.take(), second(10).min(interval));
        let retry_interval =
            self.within(&at("retry-interval"), retry, second(1), interval.max(second(1)));
        let failures = self.count(place, "failures", file.failures.unwrap_or(2), 1, 100);
        let successes = self.count(place, "successes", file.successes.unwrap_or(1), 1, 100);
        let condition = self.condition(place, "condition", file.condition.take());
        let degraded = self.condition(place, "degraded-unless", file.degraded_unless.take());
        let condition = condition.or_else(|| usual_condition(kind));
        if !fits {
            return None;
        }
        let asks_answer = [&condition, &degraded]
            .into_iter()
            .flatten()
            .flat_map(Condition::facts)
            .any(|fact| matches!(fact, Fact::Answer | Fact::Body));
        let name = file.name.0.clone();
        let what = self.monitor_kind(place, &mut file, timeout, asks_answer)?;
        let degraded_unless = usual_degraded(&what, degraded);
        Some(MonitorConfig {
            kind: what,
            interval,
            timeout,
            retry_interval,
            condition: condition?,
            degraded_unless,
            failures,
            successes,
            severity: file.severity.unwrap_or(Severity::Critical),
            tags: file.tags.map_or_else(Vec::new, |list| list.0),
            group: file.group.map(|group| group.0),
            parent: file.parent.map(|parent| parent.0),
            note: file.note.map(|note| note.0),
            paused: file.paused.unwrap_or(false),
            upside_down: file.upside_down.unwrap_or(false),
            remote: file.remote,
            origin: Origin::Store,
            name,
        })
    }

    /// Do the keys that are there go with the type?
    fn keys_fit(&mut self, place: &str, kind: MonitorType) -> bool {
        let own = |kind: MonitorType| {
            let remote: &[&str] = if kind.is_of_network() { &["remote"] } else { &[] };
            kind.keys().iter().chain(remote).copied()
        };
        let bare = |key: &str| {
            let forms = raw::SecretFrom::FORMS.iter();
            let base = forms
                .filter_map(|form| key.strip_suffix(form)?.strip_suffix('-'))
                .find(|base| own(kind).any(|known| known == *base));
            base.unwrap_or(key).to_owned()
        };
        let path = ["monitor".to_owned(), place.to_owned()];
        let keys: Vec<String> = self.document.keys(&path).into_iter().map(str::to_owned).collect();
        let mut fits = true;
        for key in keys {
            let base = bare(&key);
            let known =
                MonitorType::COMMON.contains(&base.as_str()) || own(kind).any(|k| k == base);
            if known {
                continue;
            }
            fits = false;
            let others: Vec<&str> = MonitorType::ALL
                .into_iter()
                .filter(|other| own(*other).any(|known| known == base))
                .map(MonitorType::as_str)
                .collect();
            let near = nearest(&base, own(kind));
            let label = match near {
                Some(near) if others.is_empty() => format!("did you mean `{near}`?"),
                _ => format!("a monitor of type {} has none", kind.as_str()),
            };
            let mut help = format!("beside what all have, it takes {}", one_of(own(kind)));
            if !others.is_empty() {
                help = format!("{} is for {}\n{help}", quoted(&base), one_of(others));
            }
            let title = format!("{} does not go with `type = \"{}\"`", quoted(&key), kind.as_str());
            self.wrong(&["monitor", place, &key], Part::Key, title, Wrong::with_help(label, help));
        }
        fits
    }

    /// A whole number within bounds.
    fn count(&mut self, place: &str, key: &str, number: u16, least: u16, most: u16) -> u32 {
        if !(least..=most).contains(&number) {
            let wrong = Wrong::new(format!("a whole number from {least} to {most} goes here"));
            let title = format!("`{key}` is out of range");
            self.wrong(&["monitor", place, key], Part::Value, title, wrong);
        }
        u32::from(number)
    }

    fn condition(
        &mut self,
        place: &str,
        key: &str,
        written: Option<Text<ConditionText>>,
    ) -> Option<Condition> {
        match Condition::parse(&written?.0) {
            Ok(condition) => Some(condition),
            Err(invalid) => {
                let path = ["monitor", place, key].map(str::to_owned);
                self.problems.push(Problem {
                    span: self.document.span_within(&path, &invalid.at),
                    title: format!("`{key}` does not read as a condition"),
                    label: invalid.why,
                    help: invalid.help,
                });
                None
            }
        }
    }

    pub(super) fn way_out(&mut self, file: raw::WayOut, default: WayOutConfig) -> WayOutConfig {
        let ask = file.ask.map_or(default.ask, |list| list.0);
        if let Some(nth) = ask.iter().position(|place| place.port() == 0) {
            let wrong = Wrong::new("a port is a whole number from 1 to 65535");
            let path = ["way-out", "ask", &nth.to_string()];
            self.wrong(&path, Part::Value, "nobody answers at port 0", wrong);
        }
        WayOutConfig { ask }
    }
}

/// What has to hold where the owner says nothing.
fn usual_condition(kind: MonitorType) -> Option<Condition> {
    Condition::parse(if kind == MonitorType::Http { "status < 400" } else { "up" }).ok()
}

/// What has to hold for it not to be degraded, the certificate's end included.
fn usual_degraded(kind: &MonitorKind, given: Option<Condition>) -> Option<Condition> {
    let MonitorKind::Probe(of, probe) = kind else { return given };
    let speaks_of = |fact: &Fact| given.iter().flat_map(Condition::facts).any(|said| said == fact);
    let usual = match of {
        MonitorType::Domain if !speaks_of(&Fact::Domain) => DOMAIN,
        _ if speaks_tls(&probe.target) && !speaks_of(&Fact::Certificate) => CERTIFICATE,
        _ => return given,
    };
    let whole = match &given {
        Some(given) => format!("({given}) and {usual}"),
        None => usual.to_owned(),
    };
    // Both halves were read before.
    Condition::parse(&whole).ok().or(given)
}

/// Is there a certificate on the way?
fn speaks_tls(target: &Target) -> bool {
    match target {
        Target::Http(http) => http.url.starts_with("https:"),
        Target::WebSocket(socket) => socket.http.url.starts_with("wss:"),
        Target::Tls(_) => true,
        Target::Mail(mail) => mail.starttls || mail.tls,
        Target::Grpc(grpc) => grpc.tls,
        Target::Postgres(database) | Target::Mysql(database) => database.tls,
        Target::Redis(redis) => redis.tls,
        _ => false,
    }
}
