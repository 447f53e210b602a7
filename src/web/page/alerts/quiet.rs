//! What holds notices back: silences of the owner and maintenance of the config, on a calendar.

use askama::Template;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::alert::next_maintenance;
use crate::config::Config;
use crate::model::{Match, RuleName, Silence};
use crate::web::locale::{alerts as t, layout, when, word};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// Weeks of the calendar.
const WEEKS: usize = 5;
/// Openings of one window on it.
const MOST: usize = 80;

#[derive(Template)]
#[template(path = "page/alerts/quiet.html")]
struct Quiet {
    frame: Frame,
    clock: Clock,
    tab: &'static str,
    silences: Vec<Held>,
    windows: Vec<Window>,
    weeks: Vec<Vec<Day>>,
    /// What may stand in the form.
    rules: Vec<String>,
    subjects: Vec<String>,
    /// An hour from now, as the form shows it.
    from: String,
    until: String,
}

struct Held {
    silence: Silence,
    what: String,
    is_open: bool,
}

struct Window {
    name: String,
    what: String,
    reason: String,
    author: String,
    is_public: bool,
    next: Option<(Timestamp, Timestamp)>,
    is_open: bool,
}

struct Day {
    number: i8,
    /// In full, for who does not see the rows.
    said: String,
    is_today: bool,
    is_past: bool,
    entries: Vec<Entry>,
}

struct Entry {
    tone: &'static str,
    when: String,
    what: String,
}

/// A time that something holds.
struct Span {
    tone: &'static str,
    what: String,
    from: Timestamp,
    until: Timestamp,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let status = visit.status().await?;
    let (config, now, zone) = (&visit.config, visit.now, &visit.config.timezone);
    let today = now.to_zoned(zone.clone()).date();
    let monday = today.checked_sub(i64::from(since_monday(today)).days()).unwrap_or(today);
    let end = monday
        .checked_add((7 * WEEKS as i64).days())
        .ok()
        .and_then(|end| end.to_zoned(zone.clone()).ok())
        .map_or(now, |end| end.timestamp());
    let spans = spans(config, &status.silences, now, end);
    let day = |offset: usize| {
        let date = monday.checked_add((offset as i64).days()).unwrap_or(monday);
        Day::of(date, today, zone, &spans)
    };
    let weeks = (0..WEEKS).map(|week| (0..7).map(|place| day(week * 7 + place)).collect());
    let silences = status.silences.into_iter().map(|silence| Held {
        what: described(&silence.matches),
        is_open: silence.from <= now,
        silence,
    });
    let windows = config.maintenance.iter().map(|it| {
        let next = next_maintenance(&it.window, zone, now);
        Window {
            name: it.name.clone(),
            what: described(&it.matches),
            reason: it.reason.clone(),
            author: it.author.clone(),
            is_public: it.public.is_some(),
            next,
            is_open: next.is_some_and(|(from, _)| from <= now),
        }
    });
    let clock = visit.clock();
    let mut subjects: Vec<String> =
        config.monitors.keys().map(|name| format!("monitor:{name}")).collect();
    subjects.extend(status.alerts.iter().map(|alert| alert.key.subject.to_string()));
    subjects.sort();
    subjects.dedup();
    subjects.truncate(500);
    html(&Quiet {
        frame: visit.frame("a").await?,
        tab: "quiet",
        silences: silences.collect(),
        windows: windows.collect(),
        weeks: weeks.collect(),
        rules: RuleName::ALL.iter().map(RuleName::to_string).collect(),
        subjects,
        from: clock.field(&now),
        until: clock.field(&now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap_or(now)),
        clock,
    })
}

/// What is meant, in words.
fn described(matches: &Match) -> String {
    let mut parts = Vec::new();
    if !matches.subjects.is_empty() {
        parts.push(matches.subjects.join(", "));
    }
    if !matches.rules.is_empty() {
        parts.push(matches.rules.join(", "));
    }
    if !matches.severities.is_empty() {
        let words: Vec<String> =
            matches.severities.iter().map(|it| word::severity(it.as_str())).collect();
        parts.push(t::only(words.join(", ")));
    }
    if parts.is_empty() { t::everything().to_owned() } else { parts.join(" · ") }
}

/// Every time that something holds until the calendar ends.
fn spans(config: &Config, silences: &[Silence], now: Timestamp, end: Timestamp) -> Vec<Span> {
    let of_silence = |silence: &Silence| Span {
        tone: "degraded",
        what: t::silence(silence.id, described(&silence.matches)),
        from: silence.from,
        until: silence.until,
    };
    let mut spans: Vec<Span> = silences.iter().map(of_silence).collect();
    for it in &config.maintenance {
        let mut at = now;
        for _ in 0..MOST {
            let next = next_maintenance(&it.window, &config.timezone, at);
            let Some((from, until)) = next.filter(|(from, until)| *from < end && *until > at)
            else {
                break;
            };
            spans.push(Span { tone: "maintenance", what: it.name.clone(), from, until });
            at = until;
        }
    }
    spans.sort_by_key(|span| span.from);
    spans
}

impl Day {
    fn of(date: Date, today: Date, zone: &TimeZone, spans: &[Span]) -> Self {
        let midnight = |date: Date| date.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
        let tomorrow = date.tomorrow().unwrap_or(date);
        let entries = match (midnight(date), midnight(tomorrow)) {
            (Some(begin), Some(end)) => {
                let mine = spans.iter().filter(|span| span.from < end && span.until > begin);
                mine.map(|span| Entry::of(span, begin, end, zone)).collect()
            }
            _ => Vec::new(),
        };
        Self {
            number: date.day(),
            said: when::weekday_day_in_full(date),
            is_today: date == today,
            is_past: date < today,
            entries,
        }
    }
}

impl Entry {
    fn of(span: &Span, begin: Timestamp, end: Timestamp, zone: &TimeZone) -> Self {
        let time = |at: Timestamp| when::clock(&at.to_zoned(zone.clone()));
        let when = match (span.from < begin, span.until > end) {
            (true, true) => t::all_day().to_owned(),
            (true, false) => t::until_time(time(span.until)),
            (false, true) => t::from_time(time(span.from)),
            (false, false) => format!("{}–{}", time(span.from), time(span.until)),
        };
        Self { tone: span.tone, when, what: span.what.clone() }
    }
}

fn since_monday(date: Date) -> i8 {
    date.weekday().since(Weekday::Monday)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_is_on_every_day_it_does() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let span = Span {
            tone: "degraded",
            what: String::from("x"),
            from: at("2026-11-29T21:00:00Z"),
            until: at("2026-12-01T05:00:00Z"),
        };
        let today: Date = "2026-11-29".parse().unwrap();
        let on = |day: &str| {
            let day = Day::of(day.parse().unwrap(), today, &zone, std::slice::from_ref(&span));
            day.entries.first().map(|entry| entry.when.clone())
        };
        assert_eq!(on("2026-11-28"), None);
        assert_eq!(on("2026-11-29").as_deref(), Some("from 22:00"));
        assert_eq!(on("2026-11-30").as_deref(), Some("all day"));
        assert_eq!(on("2026-12-01").as_deref(), Some("until 06:00"));
        assert_eq!(on("2026-12-02"), None);
    }
}
