//! What holds for every condition and every outcome.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Condition, Fact};
use crate::answer::{Answer, Outcome, Phases};
use crate::fault::Fault;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Texts made of what conditions are made of, which are more often nearly right than random ones.
fn likely() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "up",
            "status",
            "latency",
            "body",
            "json.a[0]",
            "json[\"b c\"]",
            "len",
            "records",
            "header.x",
            "record",
            "loss",
            "certificate",
            "and",
            "or",
            "not",
            "(",
            ")",
            "=",
            "!=",
            "<",
            ">=",
            "contains",
            "lacks",
            "starts",
            "ends",
            "with",
            "matches",
            "in",
            "exists",
            "missing",
            ",",
            "200",
            "300..399",
            "1.5s",
            "20%",
            "\"x y\"",
            "'\\d\"'",
            "word",
            "\"\\u{1}\\\\'\"",
            "[",
            "\"",
            "-5",
            "..",
            "ä",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

/// Conditions that are right.
fn right() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>().prop_map(|text| super::value::Quoted(&text).to_string()),
        "[a-z]{1,3}[0-9]?"
            .prop_filter("a word", |word| Condition::parse(&format!("body = {word}")).is_ok()),
    ];
    let number = prop_oneof![
        any::<i32>().prop_map(|n| n.to_string()),
        (-1e9..1e9).prop_map(|n: f64| n.to_string())
    ];
    let time = (0.0..1e6, prop::sample::select(vec!["us", "ms", "s", "m", "h", "d", "w"]))
        .prop_map(|(amount, unit)| format!("{amount}{unit}"));
    let key = any::<String>().prop_map(|key| format!("json[{}][3].k", super::value::Quoted(&key)));
    let order = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        Just("up".to_owned()),
        (
            prop::sample::select(vec!["status", "size", "loss", "len(json)"]),
            order.clone(),
            number.clone()
        )
            .prop_map(|(fact, order, number)| format!("{fact}{order}{number}")),
        (prop::sample::select(vec!["latency", "tls", "domain", "offset"]), order, time)
            .prop_map(|(fact, order, time)| format!("{fact} {order} {time}")),
        (key, text.clone()).prop_map(|(fact, text)| format!("{fact} = {text}")),
        (
            prop::sample::select(vec![
                "contains",
                "lacks",
                "not starts with",
                "ends with",
                "=",
                "!="
            ]),
            text.clone()
        )
            .prop_map(|(operator, text)| format!("record {operator} {text}")),
        prop::collection::vec(prop_oneof![text, number], 1..4)
            .prop_map(|items| format!("header.x not in ({})", items.join(","))),
        Just("body missing".to_owned()),
        Just("json.a not exists".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|all| format!("({})", all.join(") and ("))),
            prop::collection::vec(inner, 1..4).prop_map(|any| any.join(" or ")),
        ]
    })
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let time = || prop::option::of(any::<u64>().prop_map(Duration::from_nanos));
    let instant = || {
        prop::option::of(
            (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second())
                .prop_map(|second| Timestamp::from_second(second).unwrap()),
        )
    };
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        any::<String>().prop_map(String::into_bytes),
        Just(br#"[[1, "x"], {"k": {"a": [null]}}]"#.to_vec()),
        Just(vec![b'['; 5000]),
    ];
    let texts = || prop::collection::vec(any::<String>(), 0..4);
    let answer = (
        (prop::option::of(any::<u16>()), texts(), body, any::<bool>(), texts(), any::<String>()),
        (
            prop::option::of(any::<f64>()),
            prop::option::of(any::<i64>()),
            prop::option::of(any::<u8>()),
            instant(),
        ),
    )
        .prop_map(
            |(
                (status, headers, body, cut, records, protocol),
                (loss, offset, stratum, domain_ends),
            )| Answer {
                status,
                headers: headers.into_iter().map(|value| ("x".to_owned(), value)).collect(),
                body,
                cut,
                records,
                protocol,
                loss,
                offset: offset.map(SignedDuration::from_secs),
                stratum,
                domain_ends,
            },
        );
    let result =
        prop_oneof![answer.prop_map(Ok), Just(Err(Fault::NoSuchName { name: "x".to_owned() })),];
    (time(), time(), any::<u64>(), instant(), result).prop_map(
        |(dns, tls, total, certificate_ends, result)| Outcome {
            phases: Phases {
                dns,
                connect: None,
                tls,
                first_byte: None,
                total: Duration::from_nanos(total),
            },
            address: None,
            certificate_ends,
            ipv6_fault: None,
            result,
        },
    )
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), likely()]) {
        match Condition::parse(&text) {
            Ok(read) => prop_assert_eq!(Condition::parse(&read.to_string()), Ok(read)),
            Err(invalid) => prop_assert!(text.get(invalid.at).is_some()),
        }
    }

    #[test]
    fn what_is_written_reads_as_the_same(text in right()) {
        let read = Condition::parse(&text);
        let fail = |invalid| TestCaseError::fail(format!("{text}: {invalid}"));
        let read = read.map_err(fail)?;
        prop_assert_eq!(Condition::parse(&read.to_string()), Ok(read));
    }

    #[test]
    fn any_outcome_is_judged(text in prop_oneof![right(), likely()], outcome in outcomes()) {
        let Ok(read) = Condition::parse(&text) else { return Ok(()) };
        let verdict = read.judge(&outcome, NOW);
        for part in &verdict.parts {
            prop_assert!(!part.found.is_empty() && part.found.chars().count() <= 120);
            prop_assert!(!part.found.contains(char::is_control), "{}", part.found);
        }
        if outcome.result.is_err() && !read.facts().contains(&&Fact::Up) {
            prop_assert!(!verdict.holds);
        }
    }
}
