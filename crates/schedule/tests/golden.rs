//! What cronsim 2.7 and oncalendar 1.1 said once, without asking them: facts that
//! `NIGHTKEEP_WRITE=1 cargo test -p nightkeep-schedule --test differential` writes anew.

#![allow(clippy::unwrap_used)]

#[path = "differential/case.rs"]
mod case;

#[test]
fn says_what_they_said() {
    let mut facts = 0;
    for line in include_str!("golden.jsonl").lines() {
        let case::Fact { case, answer } = serde_json::from_str(line).unwrap();
        let (differences, _) = case::compare(&case, &answer);
        if let Some(difference) = differences.first() {
            panic!("{case:?}: {difference}");
        }
        facts += 1;
    }
    assert!(facts >= 300, "{facts} facts");
}
