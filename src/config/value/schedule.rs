//! When a job is due, and its name in addresses.

use nightkeep_schedule::{Cron as CronSchedule, OnCalendar, Schedule};
use uuid::Uuid;

use super::{Kind, Wrong, quoted};

/// A cron expression of a job.
pub(in crate::config) struct CronText;

impl Kind for CronText {
    type Value = String;
    const FORMAT: &'static str = "job-cron";
    const WHAT: &'static str = "a cron expression of five fields";
    const EXAMPLE: &'static str = "\"30 2 * * *\"";

    fn read(text: &str) -> Result<String, Wrong> {
        CronSchedule::parse(text)
            .map_err(wrong)
            .and_then(|cron| ever(&Schedule::Cron(cron)))
            .map(|()| text.to_owned())
    }
}

/// A line of systemd's OnCalendar.
pub(in crate::config) struct CalendarText;

impl Kind for CalendarText {
    type Value = String;
    const FORMAT: &'static str = "job-calendar";
    const WHAT: &'static str = "a time of systemd's OnCalendar";
    const EXAMPLE: &'static str = "\"Mon..Fri 02:30\"";

    fn read(text: &str) -> Result<String, Wrong> {
        OnCalendar::parse(text)
            .map_err(wrong)
            .and_then(|calendar| ever(&Schedule::OnCalendar(calendar)))
            .map(|()| text.to_owned())
    }
}

/// What never comes again is no schedule.
fn ever(schedule: &Schedule) -> Result<(), Wrong> {
    // Long ago, so that it does not depend on today.
    let then = jiff::Timestamp::from_second(946_684_800).unwrap_or_default();
    match schedule.next(then, &jiff::tz::TimeZone::UTC) {
        Some(_) => Ok(()),
        None => Err(Wrong::new("that time never comes")),
    }
}

fn wrong(invalid: nightkeep_schedule::Invalid) -> Wrong {
    Wrong::with_help(invalid.problem, invalid.instead)
}

/// A UUID in an address.
pub(in crate::config) struct UuidText;

impl Kind for UuidText {
    type Value = Uuid;
    const FORMAT: &'static str = "uuid";
    const WHAT: &'static str = "a UUID";
    const EXAMPLE: &'static str = "\"5f3a1c9e-7d42-4b0e-9a86-21c4e0f7b3d8\"";

    fn read(text: &str) -> Result<Uuid, Wrong> {
        match Uuid::try_parse(text) {
            // As it stands in addresses, and nothing that anybody could guess.
            Ok(uuid) if text.len() == 36 && uuid.get_version_num() != 0 => Ok(uuid),
            // Never said: all but one letter of a secret is a secret.
            _ => Err(Wrong::new("this is no UUID such as addresses have")),
        }
    }
}

/// A job's name in addresses.
pub(in crate::config) struct Slug;

impl Kind for Slug {
    type Value = String;
    const FORMAT: &'static str = "slug";
    const WHAT: &'static str = "a name for addresses";
    const EXAMPLE: &'static str = "\"backup\"";

    fn read(text: &str) -> Result<String, Wrong> {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 100 || !text.chars().all(fine) {
            let why = format!("{} has not 1 to 100 of a-z, 0-9, `-` and `_`", quoted(text));
            let made = Self::of(text);
            let help = (!made.is_empty()).then(|| format!("write \"{made}\""));
            return Err(Wrong { why, help });
        }
        Ok(text.to_owned())
    }
}

impl Slug {
    /// One made of a name; empty if nothing of it can stand in an address.
    pub(in crate::config) fn of(name: &str) -> String {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' | '_' => slug.push(c),
                _ if slug.ends_with('-') || slug.is_empty() => {}
                _ => slug.push('-'),
            }
        }
        slug.truncate(100);
        slug.truncate(slug.trim_end_matches('-').len());
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_of_names() {
        for (name, slug) in [
            ("Nightly backup", "nightly-backup"),
            ("db_dump (web1)", "db_dump-web1"),
            ("  ", ""),
            ("Größe", "gr-e"),
        ] {
            assert_eq!(Slug::of(name), slug, "{name}");
        }
        let wrong = Slug::read("Nightly backup").unwrap_err();
        assert_eq!(wrong.help.as_deref(), Some("write \"nightly-backup\""));
    }

    #[test]
    fn what_is_wrong_with_a_time() {
        assert!(CronText::read("30 2 * * *").is_ok());
        assert!(CronText::read("30 25 * * *").unwrap_err().help.is_some());
        assert!(CronText::read("0 0 31 2 *").is_err());
        let never = CalendarText::read("1999-01-01").unwrap_err();
        assert!(never.why.contains("never comes"), "{never:?}");
        assert!(CalendarText::read("Mon..Fri 02:30").is_ok());
        assert!(CalendarText::read("Funday").is_err());
    }
}
