//! Numbers, times and lists as visitors read them.

use jiff::{SignedDuration, Timestamp, Zoned};

use super::{DayStatus, Page, Status};
use crate::web::locale::{Html, status as t, time, when};
use crate::web::xml::Escaped;

/// A share of 0 to 1 as `99.98 %`, never rounded up: only all is 100 %.
pub(in crate::web) fn percent(share: f64) -> String {
    let hundredths = (share.clamp(0.0, 1.0) * 10_000.0 + 1e-6).floor();
    if hundredths % 100.0 == 0.0 {
        format!("{:.0} %", hundredths / 100.0)
    } else {
        format!("{:.2} %", hundredths / 100.0)
    }
}

/// How long an answer takes.
pub(in crate::web) fn latency(seconds: f64) -> String {
    if seconds < 0.9995 {
        format!("{:.0} ms", (seconds * 1000.0).max(1.0))
    } else {
        format!("{seconds:.1} s")
    }
}

/// How long it was down; hourly means do not tell seconds.
pub(super) fn downtime(length: SignedDuration) -> String {
    match length.as_mins() {
        0 => t::under_a_minute().to_owned(),
        minutes @ 1..60 => time::minutes(minutes),
        minutes if minutes % 60 == 0 => time::hours(minutes / 60),
        minutes => time::hours_minutes(minutes / 60, minutes % 60),
    }
}

/// `Shop`, `Shop and Mail`, `Shop, Mail and 3 more`.
pub(super) fn several(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => t::and_two(one, other),
        [one, two, three] => t::and_three(one, two, three),
        [one, two, rest @ ..] => t::and_more(one, two, rest.len()),
    }
}

/// The word for how something is.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Up => t::is_up(),
        Status::Degraded => t::is_degraded(),
        Status::Down => t::is_down(),
        Status::Maintenance => t::is_worked_on(),
        Status::Unknown => t::is_unknown(),
    }
}

/// The word for how a day was.
pub(super) fn day_status(status: DayStatus) -> &'static str {
    match status {
        DayStatus::Up => t::day_up(),
        DayStatus::Trouble => t::day_trouble(),
        DayStatus::Down => t::day_down(),
        DayStatus::NoData => t::day_no_data(),
    }
}

impl Page {
    fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// `02:14` today, else `27 Nov 02:14`, with the year if it is another one.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let (at, now) = (self.zoned(at), self.zoned(self.updated));
        match () {
            () if at.date() == now.date() => when::clock(&at),
            () if at.year() == now.year() => when::day_clock(&at),
            () => when::day_year_clock(&at),
        }
    }

    /// Both ends of a span: the day of the second only if it is another one.
    pub(super) fn span(&self, from: Timestamp, until: Timestamp) -> String {
        let same_day = self.zoned(from).date() == self.zoned(until).date();
        let end = if same_day { when::clock(&self.zoned(until)) } else { self.time(until) };
        t::span(self.time(from), end)
    }

    /// When what it shows was looked up.
    pub(super) fn updated_html(&self) -> Html<String> {
        let said = self.time(self.updated);
        Html(format!("<time datetime=\"{}\">{}</time>", self.updated, Escaped(&said)))
    }

    /// What the zone is called where the page speaks of times.
    pub(super) fn zone_name(&self) -> String {
        match self.zone.iana_name() {
            Some(name) => name.replace('_', " "),
            None => self.zoned(self.updated).strftime("%Z").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (share, text) in [
            (1.0, "100 %"),
            (0.999_999, "99.99 %"),
            (0.9998, "99.98 %"),
            (0.5, "50 %"),
            (0.0, "0 %"),
        ] {
            assert_eq!(percent(share), text);
        }
        for (seconds, text) in [(0.0004, "1 ms"), (0.212, "212 ms"), (1.0, "1.0 s")] {
            assert_eq!(latency(seconds), text);
        }
        for (minutes, text) in
            [(0, "under a minute"), (59, "59 min"), (120, "2 h"), (61, "1 h 1 min")]
        {
            assert_eq!(downtime(SignedDuration::from_mins(minutes)), text);
        }
        assert_eq!(several(&["a", "b", "c", "d", "e"]), "a, b and 3 more");
    }
}
