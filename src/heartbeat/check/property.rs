//! The life of a check, whatever happens to it.

use proptest::prelude::*;

use super::*;
use crate::heartbeat::When;

/// Something that happens to a check.
#[derive(Debug, Clone)]
enum Deed {
    Call(Kind, Option<u128>),
    Pause,
    Resume,
}

fn deed() -> impl Strategy<Value = Deed> {
    let kind = prop_oneof![
        4 => Just(Kind::Success),
        4 => Just(Kind::Start),
        2 => Just(Kind::Fail),
        1 => Just(Kind::Log),
        1 => Just(Kind::Ignored),
    ];
    prop_oneof![
        12 => (kind, proptest::option::of(0..3_u128)).prop_map(|(kind, rid)| Deed::Call(kind, rid)),
        1 => Just(Deed::Pause),
        1 => Just(Deed::Resume),
    ]
}

fn definition() -> impl Strategy<Value = Definition> {
    let seconds = |range: std::ops::Range<i64>| range.prop_map(SignedDuration::from_secs);
    let when = prop_oneof![
        3 => seconds(1..900).prop_map(When::every),
        1 => (0..60_u8, 1..24_u8).prop_map(|(minute, hours)| {
            When::cron(&format!("{minute} */{hours} * * *"), "Europe/Vienna").unwrap()
        }),
        1 => Just(When::calendar("*-*-* *:07/20", "UTC").unwrap()),
    ];
    (
        when,
        seconds(1..900),
        proptest::option::of(seconds(1..900)),
        proptest::option::of(seconds(1..300)),
        1..4_u32,
        any::<bool>(),
    )
        .prop_map(|(when, grace, start_grace, shortest_run, failures, manual_resume)| {
            let begin = Timestamp::UNIX_EPOCH;
            let new = Definition::new(Uuid::nil(), Uuid::nil(), 1, "job", begin);
            Definition { when, grace, start_grace, shortest_run, failures, manual_resume, ..new }
        })
}

fn deeds() -> impl Strategy<Value = Vec<(i64, Deed)>> {
    // Gaps of nothing to gaps of many periods.
    let gap = prop_oneof![0..5_i64, 0..600_i64, 0..20_000_i64];
    proptest::collection::vec((gap, deed()), 0..40)
}

/// Does the deeds at their times; before each, `between` has the check look at the clock.
fn live(
    definition: &Definition,
    deeds: &[(i64, Deed)],
    mut between: impl FnMut(&mut Check, Timestamp) -> Vec<Flip>,
) -> (Check, Vec<Flip>) {
    let mut check = Check::new(definition.clone());
    let (mut now, mut flips) = (Timestamp::UNIX_EPOCH, Vec::new());
    for (gap, deed) in deeds {
        now += SignedDuration::from_secs(*gap);
        flips.extend(between(&mut check, now));
        match deed {
            Deed::Call(kind, rid) => {
                let rid = rid.map(Uuid::from_u128);
                let call = Call { kind: *kind, exit: None, rid, body: b"" };
                flips.extend(check.hear(call, now).flips);
            }
            Deed::Pause => {
                flips.extend(check.tick(now));
                flips.extend(check.pause(now));
            }
            Deed::Resume => {
                flips.extend(check.tick(now));
                flips.extend(check.resume(now));
            }
        }
    }
    (check, flips)
}

proptest! {
    /// Whoever looks at the clock when, it turns out the same.
    #[test]
    fn looks_at_the_clock_change_nothing(
        definition in definition(),
        deeds in deeds(),
        looks in proptest::collection::vec(0..20_000_i64, 0..60),
    ) {
        let seldom = live(&definition, &deeds, |_, _| Vec::new());
        let mut looks = looks.into_iter();
        let often = live(&definition, &deeds, |check, now| {
            let before: Vec<i64> = looks.by_ref().take(2).collect();
            let mut flips = Vec::new();
            for look in before {
                // Only forward, and never beyond the next deed.
                let since = check.life.last.as_ref().map_or(Timestamp::UNIX_EPOCH, |last| last.at);
                let at = (since + SignedDuration::from_secs(look)).min(now);
                flips.extend(check.tick(at));
            }
            flips
        });
        prop_assert_eq!(seldom, often);
    }

    /// A timer that wakes only when something is due misses nothing, and never wakes in vain.
    #[test]
    fn due_names_the_very_moment(definition in definition(), deeds in deeds()) {
        let seldom = live(&definition, &deeds, |_, _| Vec::new());
        let exact = live(&definition, &deeds, |check, now| {
            let mut flips = Vec::new();
            while let Some(due) = check.due().filter(|due| *due <= now) {
                let just_before = due - SignedDuration::from_nanos(1);
                let before = check.clone();
                assert_eq!(check.tick(just_before), []);
                assert_eq!(*check, before);
                let flip = check.tick(due);
                assert!(flip.iter().all(|flip| flip.at == due));
                assert_ne!(*check, before);
                flips.extend(flip);
            }
            flips
        });
        prop_assert_eq!(seldom, exact);
    }

    /// Flips are a chain without gaps, never back in time, and end in the present.
    #[test]
    fn flips_are_a_chain(definition in definition(), deeds in deeds()) {
        let (check, flips) = live(&definition, &deeds, |_, _| Vec::new());
        let mut status = Status::New;
        let mut since = Timestamp::UNIX_EPOCH;
        for flip in flips {
            prop_assert_eq!(flip.from, status);
            prop_assert_ne!(flip.to, status);
            prop_assert!(flip.at >= since);
            (status, since) = (flip.to, flip.at);
        }
        prop_assert_eq!((check.life.status, check.life.since), (status, since));
        let calls = deeds.iter().filter(|(_, deed)| matches!(deed, Deed::Call(..))).count();
        prop_assert_eq!(check.life.pings, calls as u64);
        let is_down = check.life.status == Status::Down;
        prop_assert_eq!(is_down, check.life.fault.is_some());
        prop_assert!(!is_down || check.due().is_none());
    }

    /// It reads back as it was written.
    #[test]
    fn a_life_survives_the_store(definition in definition(), deeds in deeds()) {
        let (check, _) = live(&definition, &deeds, |_, _| Vec::new());
        let written = serde_json::to_string(&check.life).unwrap();
        prop_assert_eq!(serde_json::from_str::<Life>(&written).unwrap(), check.life);
        let written = serde_json::to_string(&definition).unwrap();
        prop_assert_eq!(serde_json::from_str::<Definition>(&written).unwrap(), definition);
    }
}
