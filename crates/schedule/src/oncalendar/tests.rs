use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::OnCalendar;

/// The next times in a row, in UTC.
fn next(text: &str, after: &str, name: &str, count: usize) -> Vec<String> {
    let calendar = OnCalendar::parse(text).unwrap();
    let zone = TimeZone::get(name).unwrap();
    let first = calendar.next(after.parse().unwrap(), &zone);
    std::iter::successors(first, |time| calendar.next(*time, &zone))
        .take(count)
        .map(|time| time.to_string())
        .collect()
}

fn refused(text: &str) -> String {
    OnCalendar::parse(text).unwrap_err().to_string()
}

#[test]
fn days_dates_and_times() {
    let after = "2026-01-15T12:00:00Z";
    let times = next("Mon..Fri 04:30", after, "UTC", 2);
    assert_eq!(times, ["2026-01-16T04:30:00Z", "2026-01-19T04:30:00Z"]);
    let times = next("*-02~1 00:00", after, "UTC", 3);
    assert_eq!(times, ["2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"]);
    let times = next("*-*~1..7/3 00:00", after, "UTC", 3);
    assert_eq!(times, ["2026-01-25T00:00:00Z", "2026-01-28T00:00:00Z", "2026-01-31T00:00:00Z"]);
    let times = next("quarterly", after, "UTC", 2);
    assert_eq!(times, ["2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"]);
    let times = next("26-1-15 12:0:10/25", after, "UTC", 9);
    assert_eq!(times, ["2026-01-15T12:00:10Z", "2026-01-15T12:00:35Z"]);
}

#[test]
fn a_line_may_have_its_own_zone() {
    let after = "2026-07-15T00:00:00Z";
    let text = "04:30 Europe/Riga\n04:30 UTC\n04:30";
    let times = next(text, after, "America/New_York", 4);
    assert_eq!(
        times,
        [
            "2026-07-15T01:30:00Z",
            "2026-07-15T04:30:00Z",
            "2026-07-15T08:30:00Z",
            "2026-07-16T01:30:00Z"
        ]
    );
}

#[test]
fn a_time_that_is_skipped_does_not_come() {
    let times = next("02:30", "2026-03-28T12:00:00Z", "Europe/Berlin", 1);
    assert_eq!(times, ["2026-03-30T00:30:00Z"]);
    let times = next("*:*:*", "2026-03-29T00:59:59Z", "Europe/Berlin", 1);
    assert_eq!(times, ["2026-03-29T01:00:00Z"]);
}

#[test]
fn nothing_comes_from_2200_on() {
    assert!(next("2199-02-29", "2026-01-01T00:00:00Z", "UTC", 1).is_empty());
    assert!(next("02-30", "2026-01-01T00:00:00Z", "UTC", 1).is_empty());
    assert!(next("daily", "2199-12-31T00:00:00Z", "UTC", 1).is_empty());
}

#[test]
fn errors_say_what_to_write() {
    assert_eq!(
        refused("*-*-* 24:00"),
        "there is no hour 24 (at byte 6): write a number from 0 to 23"
    );
    assert_eq!(
        refused("*:*/5"),
        "`*/5` is no minute (at byte 2): write `0/5`, for a `*` must stand alone"
    );
    assert_eq!(
        refused("Fri..Mon 12:00"),
        "`Fri..Mon` runs backwards, a week begins on Monday (at byte 0): write `Mon,Fri..Sun`"
    );
    assert_eq!(
        refused("12:00 europe/riga"),
        "`europe/riga` is no time zone (at byte 6): write `Europe/Riga`"
    );
    assert_eq!(
        refused("Mon 12:00 Mars/Base"),
        "`Mars/Base` is no time zone (at byte 10): write one such as `Europe/Berlin`, \
         or leave it out"
    );
    assert!(refused("dayly").starts_with("`dayly` is no such word (at byte 0): write days,"));
    assert_eq!(
        refused("daily\n\nweekly"),
        "there is no expression (at byte 6): write one, such as `Mon..Fri *-*-* 04:30`, \
         and leave no line empty"
    );
    assert_eq!(
        refused("*-02~29"),
        "a month may have no day 29 from its end (at byte 5): write a number from 1 to 28"
    );
    assert_eq!(
        refused("12:00 *-*-*"),
        "`12:00` is no day of the week (at byte 0): write days such as `Mon`, `Sat,Sun` or \
         `Mon..Fri`"
    );
}

#[test]
fn is_written_as_given() {
    let text = "Mon  12:00\r\n daily ";
    assert_eq!(OnCalendar::parse(text).unwrap().to_string(), text);
}

proptest! {
    #[test]
    fn nothing_panics(
        text in "[-0-9*,/.~:MondayriUTC \n²\u{17f}]{0,24}",
        words in any::<String>(),
        seconds in Timestamp::MIN.as_second()..Timestamp::MAX.as_second(),
    ) {
        for text in [text, words] {
            match OnCalendar::parse(&text) {
                Ok(calendar) => {
                    prop_assert_eq!(calendar.to_string(), text);
                    calendar.next(Timestamp::from_second(seconds).unwrap(), &TimeZone::UTC);
                }
                Err(invalid) => prop_assert!(text.get(invalid.span).is_some()),
            }
        }
    }
}
