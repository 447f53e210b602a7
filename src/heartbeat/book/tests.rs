use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::heartbeat::contract;
use crate::model::HeartbeatStatus as Status;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

/// A book with a project and its key.
fn book() -> (Book, String) {
    let mut book = Book::default();
    let key = PingKey::new([7; 16]);
    let text = key.reveal().to_owned();
    book.add_project("default", key);
    (book, text)
}

fn ping(book: &mut Book, path: &str, second: i64) -> Reply {
    let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
    let Some(asked) = contract::read(path, query) else { return Reply::NoPage };
    let caller = Caller::http("GET", b"curl", None, (None, None));
    let mut number = second as u128 * 10;
    let mut fresh = || {
        number += 1;
        Uuid::from_u128(number)
    };
    book.ping(&asked, &caller, b"said\n", at(second), &mut fresh)
}

#[test]
fn made_found_and_not_found() {
    let (mut book, key) = book();
    let by_slug = |rest: &str| format!("/ping/{key}/{rest}");
    for (rest, reply) in [
        ("job", Reply::NotFound),
        ("JOB", Reply::BadUrl),
        ("JOB?create=1", Reply::BadUrl),
        ("job/256?create=1", Reply::BadUrl),
        ("job?create=1&rid=x", Reply::BadRid),
        ("job?create=1", Reply::Created),
        ("job?create=1", Reply::Ok),
        ("job/start", Reply::Ok),
        ("job/256", Reply::BadUrl),
        ("job?rid=x", Reply::BadRid),
        ("job/", Reply::NoPage),
    ] {
        assert_eq!(ping(&mut book, &by_slug(rest), 1), reply, "{rest}");
    }
    assert_eq!(ping(&mut book, "/ping/wrong/job", 1), Reply::NotFound);
    assert_eq!(ping(&mut book, "/ping/wrong/job2?create=1", 1), Reply::NotFound);
    assert_eq!(
        ping(&mut book, &by_slug(&format!("{}?create=1", "a".repeat(101))), 1),
        Reply::NotFound
    );
    let (id, check) = book.checks().next().unwrap();
    let (uuid, pings) = (check.definition.uuid, check.life.pings);
    assert_eq!((pings, book.checks().count()), (3, 1));
    assert_eq!(ping(&mut book, &format!("/ping/{uuid}"), 2), Reply::Ok);
    let other = Uuid::from_u128(99);
    for rest in ["", "/256", "?rid=x", "?create=1"] {
        assert_eq!(ping(&mut book, &format!("/ping/{other}{rest}"), 2), Reply::NotFound);
    }
    let twin = Definition { uuid: other, ..book.get(id).unwrap().definition.clone() };
    let twin = book.add(twin);
    assert_eq!(ping(&mut book, &by_slug("job"), 3), Reply::Ambiguous);
    assert_eq!(book.get(twin).unwrap().definition.subject, "job-2");
    book.remove(id);
    assert_eq!(ping(&mut book, &by_slug("job"), 4), Reply::Ok);
    assert_eq!(ping(&mut book, &format!("/ping/{uuid}"), 4), Reply::NotFound);
}

#[test]
fn what_is_written_brings_the_book_back() {
    let (mut book, key) = book();
    for n in 0..5 {
        ping(&mut book, &format!("/ping/{key}/job-{n}?create=1"), n);
        ping(&mut book, &format!("/ping/{key}/job-{n}/start"), n);
    }
    ping(&mut book, &format!("/ping/{key}/job-0/fail"), 9);
    let writes = book.take_writes();
    assert!(!book.has_writes());
    assert_eq!((writes.defined.len(), writes.lives.len(), writes.pings.len()), (5, 5, 11));
    assert_eq!(writes.flips.len(), 6);
    let definitions = writes.defined.iter().map(|(_, definition)| definition.clone());
    let lives = writes.lives.iter().map(|(_, life)| life.clone());
    let ids = writes.lives.iter().map(|(id, _)| *id);
    let checks = ids.zip(definitions).zip(lives).map(|((id, one), two)| (id, one, two)).collect();
    let mut again = Book::read(writes.projects.clone(), checks);
    assert_eq!(again.checks().collect::<Vec<_>>(), book.checks().collect::<Vec<_>>());
    assert_eq!(again.due(), book.due());
    assert_eq!(ping(&mut again, &format!("/ping/{key}/job-3"), 20), Reply::Ok);
    assert_eq!(ping(&mut again, &format!("/ping/{key}/new?create=1"), 20), Reply::Created);
    assert_eq!(again.checks().last().unwrap().0, 6);
    // What could not be written is written with what comes next.
    book.give_back(writes);
    ping(&mut book, &format!("/ping/{key}/job-0"), 30);
    let writes = book.take_writes();
    assert_eq!((writes.defined.len(), writes.lives.len(), writes.pings.len()), (5, 5, 1));
    assert_eq!((writes.flips.len(), writes.projects.len()), (7, 1));
}

#[test]
fn ticks_flip_what_is_due_and_tell() {
    let (mut book, key) = book();
    ping(&mut book, &format!("/ping/{key}/job?create=1"), 0);
    let day_and_hour = at(0) + SignedDuration::from_hours(25);
    assert_eq!(book.due(), Some(day_and_hour));
    assert_eq!(book.take_news().len(), 1);
    assert!(!book.has_news());
    book.tick(day_and_hour - SignedDuration::from_secs(1));
    assert!(!book.has_news());
    book.tick(day_and_hour);
    let [Observation::State { subject, state: State::Heartbeat(state) }] = &book.take_news()[..]
    else {
        panic!("one state");
    };
    assert_eq!((subject.to_string(), state.status), (String::from("heartbeat:job"), Status::Down));
    assert_eq!((state.since, book.due()), (day_and_hour, None));
    book.restate(true);
    assert_eq!(book.take_news().len(), 1);
    book.remove(1);
    assert!(matches!(&book.take_news()[..], [Observation::Gone { .. }]));
    assert_eq!(book.take_writes().removed, [1]);
}

#[test]
fn a_flood_changes_the_state_but_not_the_log() {
    let (mut book, key) = book();
    ping(&mut book, &format!("/ping/{key}/job?create=1"), 0);
    for _ in 0..5000 {
        ping(&mut book, &format!("/ping/{key}/job"), 1);
    }
    assert_eq!(book.get(1).unwrap().life.pings, 5001);
    let writes = book.take_writes();
    assert_eq!((writes.lives.len(), writes.pings.len()), (1, 61));
    assert_eq!(writes.prune, [(1, 20)]);
}

#[test]
fn runs_are_measured() {
    let (mut book, key) = book();
    ping(&mut book, &format!("/ping/{key}/job/start?create=1"), 0);
    ping(&mut book, &format!("/ping/{key}/job"), 42);
    let news = book.take_news();
    let took = news.iter().find_map(|said| match said {
        Observation::Sample { value, .. } => Some(*value),
        _ => None,
    });
    assert_eq!(took, Some(42.0));
}

#[test]
fn a_renamed_check_is_found_by_its_new_name_only() {
    let (mut book, key) = book();
    ping(&mut book, &format!("/ping/{key}/job?create=1"), 0);
    let definition =
        Definition { slug: String::from("dump"), ..book.get(1).unwrap().definition.clone() };
    assert!(book.define(1, definition, at(1)));
    assert_eq!(ping(&mut book, &format!("/ping/{key}/job"), 2), Reply::NotFound);
    assert_eq!(ping(&mut book, &format!("/ping/{key}/dump"), 2), Reply::Ok);
    assert_eq!(book.get(1).unwrap().definition.subject, "job");
    assert!(book.pause(1, at(3)) && !book.pause(1, at(4)));
    assert!(book.resume(1, at(5)) && !book.resume(1, at(6)));
    assert_eq!(book.due(), None);
}

#[test]
fn what_the_config_wants() {
    let (mut book, key) = book();
    let wanted = |slug: &str, paused| crate::config::HeartbeatConfig {
        file: "/etc/nightkeep/nightkeep.toml".into(),
        line: 3,
        name: String::from("Nightly"),
        slug: slug.to_owned(),
        uuid: None,
        when: crate::heartbeat::When::every(SignedDuration::from_secs(60)),
        grace: SignedDuration::from_secs(10),
        start_grace: None,
        shortest_run: None,
        failures: 2,
        keep_failures: 5,
        severity: crate::model::Severity::Critical,
        channels: vec![String::from("phone")],
        tags: vec![String::from("a"), String::from("b")],
        note: String::new(),
        only_post: true,
        filter: crate::heartbeat::Filter::default(),
        paused,
        manual_resume: true,
    };
    let follow = |book: &mut Book, wanted: &[crate::config::HeartbeatConfig], second| {
        let mut next = second as u128 * 100;
        let mut fresh = || {
            next += 1;
            Uuid::from_u128(next)
        };
        let refused = book.follow(wanted, at(second), &mut fresh);
        (book.take_writes(), refused)
    };
    assert_eq!(ping(&mut book, &format!("/ping/{key}/job?create=1"), 1), Reply::Created);
    let uuid = book.get(1).unwrap().definition.uuid;
    book.take_writes();
    // One that was there is taken over, with its address.
    follow(&mut book, &[wanted("job", None), wanted("other", Some(true))], 7);
    let check = book.get(1).unwrap();
    assert_eq!((check.definition.uuid, check.life.pings), (uuid, 1));
    assert_eq!((check.definition.failures, check.definition.tags.as_str()), (2, "a b"));
    assert_eq!(check.state().channels, ["phone"]);
    assert_eq!(book.get(2).unwrap().life.status, Status::Paused);
    // An address may be the owner's own, but no other's.
    let with = |slug: &str, uuid| crate::config::HeartbeatConfig {
        uuid: Some(uuid),
        ..wanted(slug, None)
    };
    let own = Uuid::from_u128(0x5f3a_1c9e_7d42_4b0e_9a86_21c4_e0f7_b3d8);
    follow(&mut book, &[with("job", own), wanted("other", Some(true))], 7);
    assert_eq!(ping(&mut book, &format!("/ping/{own}"), 7), Reply::Ok);
    assert_eq!(ping(&mut book, &format!("/ping/{uuid}"), 7), Reply::NotFound);
    let (_, refused) = follow(&mut book, &[wanted("job", None), with("other", own)], 7);
    assert_eq!(refused, ["other"]);
    assert_eq!(book.get(1).unwrap().definition.uuid, own);
    assert_ne!(book.get(2).unwrap().definition.uuid, own);
    // Called otherwise it is the same by its address, with its past.
    let (_, refused) = follow(&mut book, &[with("dump", own), wanted("other", Some(true))], 7);
    assert!(refused.is_empty());
    let check = book.get(1).unwrap();
    assert_eq!((check.definition.slug.as_str(), check.life.pings), ("dump", 2));
    // What is no longer wanted lets go of its address.
    assert_eq!(book.get(2).map(|check| check.life.status), Some(Status::Paused));
    follow(&mut book, &[with("other", own)], 7);
    assert!(book.get(1).is_none());
    assert_eq!(book.get(2).unwrap().definition.uuid, own);
    follow(&mut book, &[wanted("job", None), wanted("other", Some(true))], 7);
    // Nothing new, nothing written.
    let (writes, _) = follow(&mut book, &[wanted("job", None), wanted("other", Some(true))], 8);
    assert!(writes.defined.is_empty() && writes.flips.is_empty());
    follow(&mut book, &[wanted("other", Some(false))], 9);
    assert!(book.get(3).is_none());
    assert_eq!(book.get(2).unwrap().life.status, Status::New);
}
