//! Numbers, times and lists as visitors read them.

use jiff::{SignedDuration, Timestamp, Zoned};

use super::{DayStatus, Page, Status};

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
        0 => String::from("under a minute"),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// `Shop`, `Shop and Mail`, `Shop, Mail and 3 more`.
pub(super) fn several(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// The word for how something is.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Up => "up",
        Status::Degraded => "slow or partly down",
        Status::Down => "down",
        Status::Maintenance => "planned work",
        Status::Unknown => "not known",
    }
}

/// The word for how a day was.
pub(super) fn day_status(status: DayStatus) -> &'static str {
    match status {
        DayStatus::Up => "up",
        DayStatus::Trouble => "some trouble",
        DayStatus::Down => "down for long",
        DayStatus::NoData => "no data",
    }
}

impl Page {
    fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// `02:14` today, else `27 Nov 02:14`, with the year if it is another one.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let (at, now) = (self.zoned(at), self.zoned(self.updated));
        let form = match () {
            () if at.date() == now.date() => "%H:%M",
            () if at.year() == now.year() => "%-d %b %H:%M",
            () => "%-d %b %Y %H:%M",
        };
        at.strftime(form).to_string()
    }

    /// Both ends of a span: the day of the second only if it is another one.
    pub(super) fn span(&self, from: Timestamp, until: Timestamp) -> String {
        let same_day = self.zoned(from).date() == self.zoned(until).date();
        let end = if same_day {
            self.zoned(until).strftime("%H:%M").to_string()
        } else {
            self.time(until)
        };
        format!("{} to {end}", self.time(from))
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
