//! Times and numbers as the owner reads them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::model::Severity;
use crate::web::locale::when::{self, length, span};
use crate::web::locale::{Html, time};
use crate::web::xml::Escaped;

/// Times, seen from now in a zone.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
}

impl Clock {
    /// `3 minutes ago`, `in 2 days`, `just now`.
    pub(super) fn ago(&self, at: &Timestamp) -> String {
        let past = self.now.duration_since(*at);
        match past.as_secs() {
            -20..60 => time::just_now().to_owned(),
            60.. => time::ago(span(past)),
            _ => time::ahead(span(-past)),
        }
    }

    /// How long it has been, in two units.
    pub(super) fn since(&self, at: &Timestamp) -> String {
        length(self.now.duration_since(*at))
    }

    /// `22:14`, `yesterday 22:14`, `Thu 22:14`, `27 Nov 22:14`, `27 Nov 2025`.
    pub(super) fn at(&self, at: &Timestamp) -> String {
        let (at, now) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let days = now.date().duration_since(at.date()).as_hours() / 24;
        match days {
            0 => when::clock(&at),
            1 => when::yesterday(&at),
            2..7 => when::weekday_clock(&at),
            _ if at.year() == now.year() || (-180..180).contains(&days) => when::day_clock(&at),
            _ => when::day_year(at.date()),
        }
    }

    /// All of it, with the zone.
    pub(super) fn full(&self, at: &Timestamp) -> String {
        when::full(&at.to_zoned(self.zone.clone()))
    }

    /// `27 November 2026`
    pub(super) fn day(&self, at: &Timestamp) -> String {
        when::whole_day(at.to_zoned(self.zone.clone()).date())
    }

    /// `at`, and all of it for whoever points at it.
    pub(super) fn at_html(&self, at: &Timestamp) -> Html<String> {
        self.html(at, &self.at(at))
    }

    /// `ago`, and when that was for whoever points at it.
    pub(super) fn ago_html(&self, at: &Timestamp) -> Html<String> {
        self.html(at, &self.ago(at))
    }

    fn html(&self, at: &Timestamp, said: &str) -> Html<String> {
        let (title, said) = (Escaped(&self.full(at)).to_string(), Escaped(said).to_string());
        Html(format!("<time datetime=\"{at}\" title=\"{title}\">{said}</time>"))
    }

    /// As a field for a time shows it: `2026-11-29T22:14`.
    pub(super) fn field(&self, at: &Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }
}

/// A length of seconds in two units.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 1.0 {
        return time::milliseconds((seconds * 1000.0).round() as i64);
    }
    length(SignedDuration::from_secs(seconds as i64))
}

/// The class of how bad something is.
pub(super) fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "degraded",
        Severity::Critical => "down",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_from_now() {
        let now = "2026-11-29T12:00:00Z".parse().unwrap();
        let clock = Clock { now, zone: TimeZone::UTC };
        for (at, shown, ago) in [
            ("2026-11-29T11:59:30Z", "11:59", "just now"),
            ("2026-11-29T11:30:00Z", "11:30", "30 minutes ago"),
            ("2026-11-28T23:00:00Z", "yesterday 23:00", "13 hours ago"),
            ("2026-11-25T23:00:00Z", "Wed 23:00", "4 days ago"),
            ("2026-12-01T12:00:00Z", "1 Dec 12:00", "in 2 days"),
            ("2024-12-01T12:00:00Z", "1 Dec 2024", "728 days ago"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!((clock.at(&at).as_str(), clock.ago(&at).as_str()), (shown, ago));
        }
        assert_eq!((seconds(0.02), seconds(75.0)), (String::from("20 ms"), String::from("1 min")));
    }
}
