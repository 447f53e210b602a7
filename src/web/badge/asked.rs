//! Which heartbeats the address of a badge is about, and what is answered:
//! `/badge/KEY/SIGNATURE[-2]/TAG.FORM`, `/badge/KEY/SIGNATURE[-2].FORM` for all, and
//! `/b/{2,3}/UUID.FORM` for one.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::Form;
use super::heartbeat::{Count, badge_key, signed};
use crate::heartbeat::Check;
use crate::heartbeat::api::Answer;
use crate::heartbeat::book::Book;
use crate::heartbeat::check::Shown;

/// What the badge of all heartbeats is called.
const ALL: &str = "heartbeats";

/// Is this path one of a badge?
pub fn is_here(path: &str) -> bool {
    path.starts_with("/badge/") || path.starts_with("/b/")
}

/// Answers it. Whatever is wrong with an address: there is no such badge.
pub fn answer(book: &Book, path: &str, now: Timestamp) -> Answer {
    let found = match path.strip_prefix("/b/") {
        Some(rest) => of_one(book, rest, now),
        None => path.strip_prefix("/badge/").and_then(|rest| of_tag(book, rest, now)),
    };
    let Some((text, form)) = found else { return Answer::text(404, "") };
    Answer { status: 200, kind: form.media_type(), body: text.into_bytes(), is_open: true }
}

fn of_one(book: &Book, path: &str, now: Timestamp) -> Option<(String, Form)> {
    let (states, rest) = path.split_once('/')?;
    let with_late = match states {
        "2" => false,
        "3" => true,
        _ => return None,
    };
    let (name, form) = Form::split(rest)?;
    let badge = Uuid::try_parse(name).ok()?;
    let is_meant =
        |check: &&Check| bool::from(check.definition.badge.as_bytes().ct_eq(badge.as_bytes()));
    let check = book.checks().map(|(_, check)| check).find(is_meant)?;
    let label = &check.definition.name;
    let uuid = check.definition.uuid.to_string();
    let label = if label.is_empty() { &uuid } else { label };
    Some((count([check].into_iter(), now).write(label, with_late, form), form))
}

fn of_tag(book: &Book, path: &str, now: Timestamp) -> Option<(String, Form)> {
    let (key, rest) = path.split_once('/')?;
    let (rest, form) = Form::split(rest)?;
    let (signature, tag) = match rest.split_once('/') {
        Some((signature, tag)) => (signature, percent_decode_str(tag).decode_utf8().ok()?),
        None => (rest, "*".into()),
    };
    let mut projects = book.projects().filter(|project| {
        let own = badge_key(project.ping_key.reveal());
        bool::from(own.as_bytes().ct_eq(key.as_bytes()))
    });
    let project = projects.next()?;
    let with_late = signed(project.ping_key.reveal(), &tag, signature)?;
    let is_meant =
        |check: &&Check| tag == "*" || check.definition.tags.split(' ').any(|own| own == tag);
    let label = if tag == "*" { ALL } else { tag.as_ref() };
    let checks = book.checks().map(|(_, check)| check).filter(is_meant);
    Some((count(checks, now).write(label, with_late, form), form))
}

fn count<'a>(checks: impl Iterator<Item = &'a Check>, now: Timestamp) -> Count {
    let mut count = Count::default();
    for check in checks {
        count.total += 1;
        match check.shown(now) {
            Shown::Down => count.down += 1,
            Shown::Late => count.grace += 1,
            Shown::New | Shown::Up | Shown::Paused => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heartbeat::Definition;
    use crate::heartbeat::api::badge::signature;
    use crate::heartbeat::book::PingKey;

    #[test]
    fn only_who_knows_the_address_sees_it() {
        let mut book = Book::default();
        let project = book.add_project("default", PingKey::known("key"));
        let now = Timestamp::UNIX_EPOCH;
        let badge = Uuid::from_u128(5);
        let mut check = Definition::new(Uuid::from_u128(4), badge, project, "backup", now);
        check.tags = String::from("db web/1");
        book.add(check);
        let key = badge_key("key");
        let ask = |path: &str| {
            let answer = answer(&book, path, now);
            (answer.status, String::from_utf8(answer.body).unwrap())
        };
        let up = String::from(r#"{"status":"up","total":1,"grace":0,"down":0}"#);
        for path in [
            format!("/b/2/{badge}.json"),
            format!("/badge/{key}/{}-2.json", signature("key", "*")),
            format!("/badge/{key}/{}/db.json", signature("key", "db")),
            format!("/badge/{key}/{}-2/web%2F1.json", signature("key", "web/1")),
        ] {
            assert_eq!(ask(&path), (200, up.clone()), "{path}");
        }
        assert!(ask(&format!("/b/3/{badge}.svg")).1.contains("backup"));
        for path in [
            String::from("/b/2/x.json"),
            format!("/b/4/{badge}.json"),
            format!("/b/2/{badge}.png"),
            format!("/badge/{key}/{}/web.json", signature("key", "db")),
            format!("/badge/other/{}/db.json", signature("key", "db")),
            String::from("/badge/"),
        ] {
            assert_eq!(ask(&path), (404, String::new()), "{path}");
        }
    }
}
