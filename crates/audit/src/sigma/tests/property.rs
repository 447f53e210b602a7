//! What holds for any rules.

use proptest::prelude::*;

use super::*;

/// Rules that share texts, fields and gaps.
fn any_item() -> impl Strategy<Value = String> {
    let field = prop_oneof![Just("CommandLine"), Just("Image"), Just("User"), Just("ParentImage")];
    let modifier = prop_oneof![
        Just(""),
        Just("|contains"),
        Just("|startswith"),
        Just("|endswith"),
        Just("|contains|all"),
        Just("|contains|cased"),
        Just("|re"),
        Just("|neq"),
        Just("|windash|contains"),
    ];
    let value = "[abAB/-]{1,5}|[ab]{1,2}[*?][ab]{1,2}";
    let values = proptest::collection::vec(value, 1..4);
    (field, modifier, values).prop_map(|(field, modifier, values)| {
        let values = if modifier == "|re" { vec![String::from("a+b")] } else { values };
        let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        format!("'{field}{modifier}': [{}]", values.join(", "))
    })
}

fn any_rule() -> impl Strategy<Value = String> {
    let condition = prop_oneof![
        Just("s1 and s2"),
        Just("s1 or s2"),
        Just("s1 and not s2"),
        Just("not (s1 or s2)"),
        Just("1 of s*"),
        Just("not s1 or k"),
        Just("k and s2"),
    ];
    (any_item(), any_item(), "[ab]{1,4}", condition).prop_map(|(one, two, word, condition)| {
        let detection = format!(
            "s1:\n  {one}\ns2:\n  - {two}\n  - {one}\nk: ['{word}']\ncondition: {condition}"
        );
        rule("category: process_creation", &detection)
    })
}

proptest! {
    /// The index leaves out only rules that do not hold.
    #[test]
    fn the_index_finds_what_asking_all_finds(
        rules in proptest::collection::vec(any_rule(), 1..12),
        lines in proptest::collection::vec("[abAB /-]{0,12}", 1..6),
    ) {
        let (mut detector, left) = load(&rules.join("---\n"));
        prop_assert_eq!(left, []);
        prop_assert_eq!(detector.len(), rules.len());
        let names = Names::default();
        for line in &lines {
            let event = started("/usr/bin/ab", &[line]);
            let action = action::read(&event, &names);
            let mut hits = detector.hits(&event, &action, &names).to_vec();
            detector.look(&event, &action, &names, true);
            hits.sort_unstable();
            prop_assert_eq!(&hits, &detector.hits);
        }
    }

    #[test]
    fn any_text_is_read_without_harm(text in "(title: t\n|detection:\n|  s:\n|    Image|\\|re: |\\[|\\{|&a |\\*a|'|\\*|- |condition: s\n|---\n|.){0,60}") {
        let (detector, _) = load(&text);
        let _ = detector.len();
    }
}
