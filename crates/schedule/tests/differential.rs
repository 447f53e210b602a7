//! Holds ours against the Python packages that Healthchecks asks: cronsim 2.7 and oncalendar 1.1.
//!
//! Ten thousand random expressions, zones and times: whether an expression is accepted, the next
//! five times, and of cron the five before. `NIGHTKEEP_TEST_SEED` and `NIGHTKEEP_TEST_CASES`
//! choose others. `NIGHTKEEP_TEST_ORACLE` names a Python that has the packages; else they are
//! installed into the target folder, and only with `NIGHTKEEP_OFFLINE` is the test left out when
//! that fails. `NIGHTKEEP_WRITE` writes the golden file anew.

// What is missing here ends the test, and what was done is said.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "differential/case.rs"]
mod case;
#[path = "differential/generate.rs"]
mod generate;
#[path = "differential/oracle.rs"]
mod oracle;

use std::collections::BTreeMap;
use std::path::Path;

use case::{Answer, Case, Difference, Fact, Kind};
use generate::{ODD_ZONES, Random, ZONES};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const SEED: u64 = 20_260_730;
const CASES: u64 = 10_000;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn says_what_healthchecks_would() {
    let python = match oracle::python() {
        Ok(python) => python,
        Err(why) if std::env::var_os("NIGHTKEEP_OFFLINE").is_some() => {
            eprintln!("left out, there is no oracle: {why}");
            return;
        }
        Err(why) => panic!("there is no oracle (NIGHTKEEP_OFFLINE leaves this test out): {why}"),
    };
    zones_are_the_same(&python);

    let seed = number("NIGHTKEEP_TEST_SEED", SEED);
    let mut random = Random(seed);
    let count = number("NIGHTKEEP_TEST_CASES", CASES);
    let cases: Vec<_> = (0..count).map(|_| generate::case(&mut random)).collect();
    let answers = oracle::ask(&python, &cases);
    assert_eq!(cases.len(), answers.len());

    let mut told = BTreeMap::<&str, usize>::new();
    let mut meant = BTreeMap::<&str, usize>::new();
    let mut wrong = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let (differences, compared) = case::compare(case, answer);
        *told.entry("times compared").or_default() += compared;
        *told.entry("of them near a change of the clock").or_default() += near_change(case, answer);
        *told.entry(verdict(case, answer)).or_default() += 1;
        for difference in differences {
            if ODD_ZONES.contains(&&*case.zone) && is_meant(case, &difference) {
                *meant.entry(&case.zone).or_default() += 1;
            } else {
                wrong += 1;
                eprintln!("{case:?}: {difference}");
            }
        }
    }
    eprintln!("seed {seed}, {count} cases: {told:?}; meant to differ: {meant:?}");
    assert_eq!(wrong, 0, "times differ from the oracle's");
    if std::env::var_os("NIGHTKEEP_WRITE").is_some() {
        write_golden(cases, answers);
    }
}

/// How many of the answers are within three hours of a change of the clock.
fn near_change(case: &Case, answer: &Answer) -> usize {
    let zone = TimeZone::get(&case.zone).unwrap();
    let near = SignedDuration::from_hours(3);
    let is_near = |time: &&i64| {
        let time = Timestamp::from_second(**time).unwrap();
        zone.preceding(time + near).next().is_some_and(|change| change.timestamp() >= time - near)
    };
    answer.next.iter().chain(&answer.previous).filter(is_near).count()
}

fn verdict(case: &Case, answer: &Answer) -> &'static str {
    match (case.kind, answer.accepted) {
        (Kind::Cron, true) => "cron accepted",
        (Kind::Cron, false) => "cron refused",
        (_, true) => "oncalendar accepted",
        (_, false) => "oncalendar refused",
    }
}

/// Whether a difference is one that ours means to have: jobs that follow the clock never go back
/// in time, where the oracle does or does not come to an end.
fn is_meant(case: &Case, difference: &Difference) -> bool {
    let mut words = case.text.split_whitespace();
    let follows = words.by_ref().take(2).any(|word| word.starts_with('*'));
    let beyond = |time: Timestamp| match difference.what {
        "next" => time > difference.asked,
        _ => time < difference.asked + SignedDuration::from_secs(1),
    };
    let went_back = difference.oracle.is_some_and(|time| !beyond(time));
    let ours_is_right = difference.ours.is_none_or(beyond);
    case.kind == Kind::Cron && follows && ours_is_right && (difference.stuck || went_back)
}

/// Other rules of a zone would look like a difference.
fn zones_are_the_same(python: &Path) {
    let mut random = Random(1);
    let mut cases = Vec::new();
    for zone in ZONES.iter().chain(&ODD_ZONES) {
        for _ in 0..200 {
            let after = generate::time(&mut random, zone);
            let (text, zone) = (String::new(), (*zone).to_owned());
            cases.push(Case { kind: Kind::Offset, text, zone, after, micros: 0 });
        }
    }
    for (case, answer) in cases.iter().zip(oracle::ask(python, &cases)) {
        let at = Timestamp::from_second(case.after).unwrap();
        let offset = TimeZone::get(&case.zone).unwrap().to_offset(at).seconds();
        assert_eq!(answer.offset, Some(offset), "Python has other rules: {case:?}");
    }
}

/// Facts that no later rule of a zone changes: all is before 2025.
fn write_golden(cases: Vec<Case>, answers: Vec<Answer>) {
    let limit = "2025-01-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
    let mut text = String::new();
    let past = cases.into_iter().zip(answers).filter(|(case, answer)| {
        let ends = answer.next.len() == 5 && answer.next.iter().all(|time| *time < limit);
        // Of times before 1970 distributions have different rules.
        let ends = ends && answer.previous.iter().all(|time| *time > 365 * 86_400);
        let is_whole = !answer.stuck && !answer.back_stuck && !ODD_ZONES.contains(&&*case.zone);
        case.after < limit && (ends || !answer.accepted) && is_whole
    });
    for (case, answer) in past.take(500) {
        text += &serde_json::to_string(&Fact { case, answer }).unwrap();
        text.push('\n');
    }
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.jsonl"), text).unwrap();
}
