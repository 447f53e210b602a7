use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::Cron;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// The next times in a row, as the zone's clock shows them.
fn next(text: &str, after: &str, name: &str, count: usize) -> Vec<String> {
    let (cron, zone) = (Cron::parse(text).unwrap(), zone(name));
    let first = cron.next(after.parse().unwrap(), &zone);
    std::iter::successors(first, |time| cron.next(*time, &zone))
        .take(count)
        .map(|time| {
            let offset = zone.to_offset(time);
            zone.to_datetime(time).strftime("%F %H:%M").to_string() + &offset.to_string()
        })
        .collect()
}

fn refused(text: &str) -> String {
    Cron::parse(text).unwrap_err().to_string()
}

#[test]
fn days_are_both_or_either() {
    let either = next("0 0 13 * 5", "2026-01-01T00:00:00Z", "UTC", 3);
    assert_eq!(either, ["2026-01-02 00:00+00", "2026-01-09 00:00+00", "2026-01-13 00:00+00"]);
    // A star in front makes it both, whatever follows.
    let both = next("0 0 */13 * 5", "2026-01-01T00:00:00Z", "UTC", 2);
    assert_eq!(both, ["2026-02-27 00:00+00", "2026-03-27 00:00+00"]);
}

#[test]
fn last_and_counted_days() {
    let after = "2026-01-15T00:00:00Z";
    assert_eq!(next("0 9 L * *", after, "UTC", 2), ["2026-01-31 09:00+00", "2026-02-28 09:00+00"]);
    assert_eq!(next("0 9 LW * *", after, "UTC", 2), ["2026-01-30 09:00+00", "2026-02-27 09:00+00"]);
    assert_eq!(next("0 9 * * 5L", after, "UTC", 2), ["2026-01-30 09:00+00", "2026-02-27 09:00+00"]);
    let third = next("0 9 * * tue#3", after, "UTC", 2);
    assert_eq!(third, ["2026-01-20 09:00+00", "2026-02-17 09:00+00"]);
}

#[test]
fn a_fixed_time_that_is_skipped_comes_after_the_skip() {
    let times = next("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin", 2);
    assert_eq!(times, ["2026-03-29 03:00+02", "2026-03-30 02:30+02"]);
}

#[test]
fn a_fixed_time_that_comes_twice_counts_once() {
    let times = next("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin", 2);
    assert_eq!(times, ["2026-10-25 02:30+02", "2026-10-26 02:30+01"]);
}

#[test]
fn other_jobs_follow_the_clock() {
    let times = next("*/30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin", 4);
    assert_eq!(
        times,
        [
            "2026-10-25 02:00+02",
            "2026-10-25 02:30+02",
            "2026-10-25 02:00+01",
            "2026-10-25 02:30+01"
        ]
    );
    let skipped = next("*/30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin", 1);
    assert_eq!(skipped, ["2026-03-30 02:00+02"]);
}

/// cronsim 2.7 never ends here: it turns from 02:50 to 02:00, which comes once, steps to 03:00,
/// which is before, and on to 02:50.
#[test]
fn a_clock_set_back_to_within_an_hour_is_no_circle() {
    let times = next("50 */3 * * *", "2025-04-05T13:50:00Z", "Pacific/Chatham", 2);
    assert_eq!(times, ["2025-04-06 03:50+12:45", "2025-04-06 06:50+12:45"]);
    let times = next("40 */2 * * *", "2006-10-29T01:50:00Z", "America/St_Johns", 2);
    assert_eq!(times, ["2006-10-29 00:40-03:30", "2006-10-29 02:40-03:30"]);
}

#[test]
fn previous_is_what_was_due() {
    let cron = Cron::parse("15 3 * * 1").unwrap();
    let before = "2026-07-30T00:00:00Z".parse().unwrap();
    let due = cron.previous(before, &TimeZone::UTC).unwrap();
    assert_eq!(due.to_string(), "2026-07-27T03:15:00Z");
}

#[test]
fn what_is_too_rare_never_comes() {
    let after: Timestamp = "2001-01-01T00:00:00Z".parse().unwrap();
    let next = |text| Cron::parse(text).unwrap().next(after, &TimeZone::UTC);
    // The 29th of February and a Sunday; a fifth Monday in February.
    assert_eq!(next("0 0 29 2 */7"), Some("2004-02-29T00:00:00Z".parse().unwrap()));
    assert_eq!(next("0 0 * 2 mon#5"), Some("2016-02-29T00:00:00Z".parse().unwrap()));
    // The first of February is never the last Monday of its month.
    assert_eq!(next("0 0 */30 2 1L"), None);
}

#[test]
fn errors_say_what_to_write() {
    assert_eq!(
        refused("0 24 * * *"),
        "there is no hour 24 (at byte 2): write a number from 0 to 23"
    );
    assert_eq!(
        refused("0 0 * foo *"),
        "`foo` is no month (at byte 6): write a number from 1 to 12 or a name from JAN to DEC"
    );
    assert_eq!(refused("0 22-4 * * *"), "`22-4` runs backwards (at byte 2): write `22-23,0-4`");
    assert_eq!(refused("0 0 * * fri-mon"), "`fri-mon` runs backwards (at byte 8): write `5-7,1`");
    assert_eq!(refused("0 0 * * sat-sun"), "`sat-sun` runs backwards (at byte 8): write `6-7`");
    assert_eq!(
        refused("0 0 ? * 1"),
        "`?` is no day of the month (at byte 4): write `*`, which says the same"
    );
    assert_eq!(
        refused("0 0 30 2 *"),
        "none of these months has a day 30 (at byte 4): \
         write a day up to 29, or L for the last day of a month"
    );
    assert_eq!(
        refused(" @daily"),
        "`@daily` is not the five fields of a cron expression (at byte 1): write `0 0 * * *`"
    );
    assert_eq!(
        refused("0 0 0 * * *"),
        "a cron expression has 5 fields, here are 6 (at byte 0): \
         leave out the seconds, they are always 0"
    );
    assert_eq!(
        refused("1,,2 * * * *"),
        "a minute is missing (at byte 2): write a number from 0 to 59"
    );
}

#[test]
fn is_written_as_given() {
    let text = " 0  4 * * Mon\t";
    assert_eq!(Cron::parse(text).unwrap().to_string(), text);
}

proptest! {
    #[test]
    fn nothing_panics(text in "[-0-9*,/#LWSUNmon ²\u{17f}]{0,20}", words in any::<String>()) {
        for text in [text, words] {
            match Cron::parse(&text) {
                Ok(cron) => prop_assert_eq!(cron.to_string(), text),
                Err(invalid) => prop_assert!(text.get(invalid.span).is_some()),
            }
        }
    }

    /// Also at the ends of time, and where zones had offsets with seconds.
    #[test]
    fn the_search_ends(
        fields in ["([*]|[1-5]?[0-9])(/[1-9])?", "([*]|1?[0-9])(/[1-9])?", "[*]|L|[1-9]|3[01]",
            "[*]|[1-9]|1[0-2]", "[*]|[0-7]|[0-7]L|[0-7]#5"],
        seconds in prop_oneof![
            Timestamp::MIN.as_second()..Timestamp::MAX.as_second(),
            -5_000_000_000_i64..5_000_000_000,
        ],
        name in prop_oneof![
            Just("Pacific/Chatham"), Just("America/St_Johns"), Just("Pacific/Apia"),
            Just("Asia/Kathmandu"), Just("Europe/Dublin"), Just("America/Juneau"),
            Just("Asia/Manila"), Just("Pacific/Kwajalein"), Just("Africa/Monrovia"),
        ],
    ) {
        let Ok(cron) = Cron::parse(&fields.join(" ")) else { return Ok(()) };
        let at = Timestamp::from_second(seconds).unwrap();
        let zone = zone(name);
        let follows = fields[0].starts_with('*') || fields[1].starts_with('*');
        if let Some(next) = cron.next(at, &zone) {
            prop_assert!(!follows || next > at, "{next}");
        }
        if let Some(previous) = cron.previous(at, &zone) {
            prop_assert!(!follows || previous < at, "{previous}");
        }
    }
}
