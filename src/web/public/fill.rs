//! The page out of what is known. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::alert::next_maintenance;
use crate::config::{Config, Show};
use crate::heartbeat::check::Shown as CheckShown;
use crate::model::{AlertKey, Match, RuleName, Severity, Subject, text::clean};
use crate::monitor::{MonitorView, Shown};
use crate::respond::incident::Public;
use crate::web::badge::{Facts, What};
use crate::web::past::{Past, of_flips};
use crate::web::status::{Day, Group, Link, Page, Place, SOON, Service, Status, Tally, Work};

/// A name is not longer, in characters.
const NAME: usize = 120;
/// Windows for badges, in days.
const WINDOWS: [u16; 4] = [1, 30, 90, 365];

/// What is known of everything that may be shown.
pub(super) struct Seen<'a> {
    /// What the owner decided.
    pub(super) config: &'a Config,
    /// When it was looked up.
    pub(super) now: Timestamp,
    /// The monitors.
    pub(super) monitors: &'a [MonitorView],
    /// Monitors that are degraded by what only the owner need know.
    pub(super) minor: BTreeSet<String>,
    /// Since when what is told as down or degraded is so.
    pub(super) since: BTreeMap<String, Timestamp>,
    /// The heartbeats that may be shown.
    pub(super) heartbeats: Vec<Beat>,
    /// How monitors were.
    pub(super) past: &'a Past,
    /// What the owner told the public.
    pub(super) incidents: Vec<Public>,
}

/// A heartbeat.
pub(super) struct Beat {
    /// What alerts call it.
    pub(super) subject: String,
    /// What people call it.
    pub(super) name: String,
    /// Words to find it by, with spaces between them.
    pub(super) tags: String,
    /// How it is.
    pub(super) shown: CheckShown,
    /// Since when.
    pub(super) since: Timestamp,
    /// When it went up and down, oldest first.
    pub(super) flips: Vec<(Timestamp, Option<bool>)>,
}

/// What badges say of something on the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    facts: Facts,
    uptimes: [Option<f64>; WINDOWS.len()],
}

impl Known {
    /// The facts for a badge.
    pub(super) fn facts(&self, what: What) -> Facts {
        let uptime = match what {
            What::Uptime(days) => {
                let place = WINDOWS.iter().position(|window| *window == days);
                place.and_then(|place| self.uptimes[place])
            }
            _ => None,
        };
        Facts { uptime, ..self.facts.clone() }
    }
}

/// What is shown of one thing, and where.
struct Placed {
    group: Option<String>,
    subject: Subject,
    service: Service,
    known: Known,
}

/// The page, and what badges say of what is on it, by name.
pub(super) fn fill(seen: &Seen<'_>) -> (Page, BTreeMap<String, Known>) {
    let config = seen.config;
    let all = placed(seen);
    let mut groups: Vec<Group> = Vec::new();
    let mut known = BTreeMap::new();
    for Placed { group, subject, service, known: own } in &all {
        if let Subject::Monitor(name) | Subject::Heartbeat(name) = subject {
            // A heartbeat of a monitor's name has its badges at its own addresses.
            known.entry(name.clone()).or_insert_with(|| own.clone());
        }
        match groups.iter_mut().find(|known| known.name == *group) {
            Some(known) => known.services.push(service.clone()),
            None => groups.push(Group { name: group.clone(), services: vec![service.clone()] }),
        }
    }
    let span = SignedDuration::from_hours(24 * i64::from(config.status_page.days));
    let oldest = seen.now.checked_sub(span).unwrap_or(Timestamp::MIN);
    let recent = |incident: &Public| incident.ended.is_none_or(|ended| ended >= oldest);
    let page = Page {
        title: config.status_page.title.clone(),
        description: config.status_page.description.clone(),
        updated: minute(seen.now),
        days: config.status_page.days,
        groups,
        incidents: seen.incidents.iter().filter(|incident| recent(incident)).cloned().collect(),
        maintenance: work(seen, &all),
        links: config
            .status_page
            .links
            .iter()
            .map(|(name, url)| Link { name: name.clone(), url: url.clone() })
            .collect(),
        zone: config.timezone.clone(),
        place: Place::default(),
        own_style: config.status_page.css.is_some(),
    };
    (page, known)
}

/// The minute that runs: what did not change within it is the same page.
fn minute(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}

/// Everything that is shown, in the order the owner wants it; each once.
fn placed(seen: &Seen<'_>) -> Vec<Placed> {
    let (mut all, mut done) = (Vec::new(), BTreeSet::new());
    for show in &seen.config.status_page.show {
        let monitors = seen.monitors.iter().filter(|one| {
            // What the owner paused is not watched, so there is nothing to say of it.
            one.status != Shown::Paused
                && show.has_monitor(&one.name, one.group.as_deref(), &one.tags)
        });
        for monitor in monitors {
            if done.insert(Subject::Monitor(monitor.name.clone())) {
                all.push(of_monitor(seen, monitor));
            }
        }
        for beat in seen.heartbeats.iter().filter(|beat| has_beat(show, beat)) {
            if done.insert(Subject::Heartbeat(beat.subject.clone())) {
                all.push(of_heartbeat(seen, beat));
            }
        }
    }
    all
}

/// May this heartbeat be shown, and is there something to be said of it?
fn has_beat(show: &Show, beat: &Beat) -> bool {
    beat.shown != CheckShown::Paused && show.has_heartbeat(&beat.subject, &beat.tags)
}

fn of_monitor(seen: &Seen<'_>, view: &MonitorView) -> Placed {
    let (past, now, page) = (seen.past, seen.now, &seen.config.status_page);
    let status = match view.status {
        Shown::Up => Status::Up,
        Shown::Degraded if seen.minor.contains(&view.name) => Status::Up,
        Shown::Degraded => Status::Degraded,
        Shown::Down => Status::Down,
        Shown::Maintenance => Status::Maintenance,
        Shown::Unknown | Shown::Pending | Shown::Paused => Status::Unknown,
    };
    let since = seen.since.get(&view.name).copied().or(view.since);
    let last_day = past.last_day(&view.name, now);
    let latency = last_day.latency.filter(|_| page.latency);
    let days = past.days(&view.name, now, usize::from(page.days));
    let uptimes = WINDOWS.map(|days| match days {
        1 => last_day.uptime,
        days => past.last_days(&view.name, now, usize::from(days)).uptime,
    });
    let days_left = |ends: Timestamp| ends.duration_since(now).as_secs().div_euclid(86_400);
    Placed {
        group: view.group.clone(),
        subject: Subject::Monitor(view.name.clone()),
        service: service(&view.name, status, since, (days, last_day.uptime), latency),
        known: Known {
            facts: Facts {
                name: clean(&view.name, NAME),
                status,
                uptime: None,
                latency,
                certificate_days: view.certificate_ends.map(days_left),
            },
            uptimes,
        },
    }
}

fn of_heartbeat(seen: &Seen<'_>, beat: &Beat) -> Placed {
    let status = match beat.shown {
        CheckShown::Up | CheckShown::Late => Status::Up,
        CheckShown::Down => Status::Down,
        CheckShown::New | CheckShown::Paused => Status::Unknown,
    };
    let (zone, page) = (&seen.config.timezone, &seen.config.status_page);
    let longest = usize::from(WINDOWS[WINDOWS.len() - 1].max(page.days));
    let (mut days, last_day) = of_flips(&beat.flips, seen.now, zone, longest);
    let over = |days: &[(jiff::civil::Date, Tally)]| {
        let mut all = Tally::default();
        for (_, tally) in days {
            all.add(*tally);
        }
        all.uptime()
    };
    let uptimes = WINDOWS.map(|window| match window {
        1 => last_day.uptime(),
        window => over(&days[longest - usize::from(window)..]),
    });
    days.drain(..longest - usize::from(page.days));
    Placed {
        group: None,
        subject: Subject::Heartbeat(beat.subject.clone()),
        service: service(&beat.name, status, Some(beat.since), (days, last_day.uptime()), None),
        known: Known {
            facts: Facts {
                name: clean(&beat.name, NAME),
                status,
                uptime: None,
                latency: None,
                certificate_days: None,
            },
            uptimes,
        },
    }
}

fn service(
    name: &str,
    status: Status,
    since: Option<Timestamp>,
    (days, uptime_24h): (Vec<(jiff::civil::Date, Tally)>, Option<f64>),
    latency_seconds: Option<f64>,
) -> Service {
    let mut all = Tally::default();
    for (_, tally) in &days {
        all.add(*tally);
    }
    Service {
        name: clean(name, NAME),
        status,
        since: since.filter(|_| matches!(status, Status::Down | Status::Degraded)),
        uptime_24h,
        uptime: all.uptime(),
        latency_seconds,
        days: days.into_iter().map(|(date, tally)| Day::of(date, tally)).collect(),
    }
}

/// Planned work of which the owner tells the public, now and soon.
fn work(seen: &Seen<'_>, all: &[Placed]) -> Vec<Work> {
    let horizon = seen.now.checked_add(SOON).unwrap_or(Timestamp::MAX);
    let mut work: Vec<Work> = Vec::new();
    for window in &seen.config.maintenance {
        let span = next_maintenance(&window.window, &seen.config.timezone, seen.now);
        let (Some(text), Some((from, until))) = (&window.public, span) else { continue };
        if from > horizon {
            continue;
        }
        let concerned = all.iter().filter(|one| concerns(&window.matches, &one.subject));
        let services = if window.matches.subjects.is_empty() {
            // It concerns everything: there is nothing to list.
            Vec::new()
        } else {
            concerned.map(|one| one.service.name.clone()).collect()
        };
        work.push(Work { text: text.clone(), from, until, services });
    }
    work.sort_by_key(|work| work.from);
    work
}

/// Does a window concern what is told of a subject?
fn concerns(matches: &Match, subject: &Subject) -> bool {
    let rule = match subject {
        Subject::Heartbeat(_) => RuleName::HeartbeatDown,
        _ => RuleName::MonitorDown,
    };
    let key = AlertKey { rule, subject: subject.clone() };
    let all = [Severity::Info, Severity::Warning, Severity::Critical];
    all.into_iter().any(|severity| matches.means(&key, severity))
}

#[cfg(test)]
mod tests;
