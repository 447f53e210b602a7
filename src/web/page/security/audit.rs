//! The audit log: the same search as on the command line, newest first, and one event in full.

use std::collections::BTreeSet;
use std::time::Duration;

use askama::Template;
use jiff::{SignedDuration, Timestamp};
use nightkeep_audit::ausearch::Printer;
use nightkeep_audit::log::{Filter, Range};
use nightkeep_audit::netlink::Control;
use nightkeep_audit::search::{Question, Reader};
use nightkeep_audit::{Compat, Id};
use tokio::task::spawn_blocking;

use crate::model::text::clean;
use crate::trail::ask::{self, Asked};
use crate::trail::back::{self, Told, Wanted};
use crate::trail::nothing::nothing;
use crate::trail::place::Place;
use crate::trail::told;
use crate::web::api::problem::Problem;
use crate::web::locale::{audit as t, security};
use crate::web::page::frame::Frame;
use crate::web::page::visit::{Fields, Visit};
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// On one page.
const PAGE: usize = 50;
const PATIENCE: Duration = Duration::from_millis(2500);
/// What belongs to an event was so near to it.
const NEAR: u64 = 600;
/// Of that, so much.
const BESIDE: usize = 30;
/// The longest line of a record that is shown, in characters.
const LINE: usize = 4000;

#[derive(Template)]
#[template(path = "page/security/audit.html")]
struct Search {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<super::blind::Blind>,
    query: Fields,
    /// What is wrong with what was asked.
    wrong: Option<String>,
    events: Vec<Told>,
    back_to: Option<Timestamp>,
    is_all: bool,
    rules: u64,
    unread: Vec<String>,
    /// Why nothing was found.
    nothing: Vec<String>,
    older: Option<String>,
    /// Keys there are.
    keys: BTreeSet<String>,
    /// More conditions than the first row are used.
    is_open: bool,
}

#[derive(Template)]
#[template(path = "page/security/event.html")]
struct One {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<super::blind::Blind>,
    event: Told,
    /// Its records with words for numbers, and as they were written.
    words: Vec<String>,
    lines: Vec<String>,
    /// What was recorded of the same session, or else of the same process, shortly before and after.
    beside: Vec<Told>,
    /// What `beside` is; nothing if it was not looked for.
    beside_of: String,
}

impl Search {
    fn value(&self, name: &str) -> &str {
        self.query.text(name)
    }
}

/// What the form asks for.
fn asked(query: &Fields) -> Asked {
    let all = |name: &str| -> Vec<String> {
        query.all(name).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let options = [
        ("--file", all("file")),
        ("--executable", all("program")),
        ("--session", all("session")),
        ("--success", all("success")),
        ("--host", all("host")),
        ("--pid", all("pid")),
    ];
    Asked {
        options: options.into_iter().filter(|(_, values)| !values.is_empty()).collect(),
        kinds: all("kind"),
        keys: all("key"),
        users: all("user"),
        ..Asked::default()
    }
}

/// What a search comes to.
struct Answered {
    found: back::Found,
    nothing: Vec<String>,
    keys: BTreeSet<String>,
}

pub(super) async fn search(visit: &Visit) -> Result {
    let query = visit.query.clone();
    let (asked, before) = (asked(&query), id(query.text("before")));
    let (since, until) =
        (query.some("since").map(str::to_owned), query.some("until").map(str::to_owned));
    let (store, now) = (visit.config.store.path.clone(), visit.now);
    let answered = spawn_blocking(move || -> anyhow::Result<Answered> {
        let ground = ask::ground(Compat::V4);
        let question = asked.question(&ground)?;
        let range = ask::range(since.as_deref(), until.as_deref(), &ground.now)?;
        let place = Place::here(&store);
        let wanted = Wanted {
            question: &question,
            users: &ground.users,
            range,
            before,
            limit: PAGE,
            patience: PATIENCE,
        };
        let found = back::search(&place, &wanted, now.as_second().unsigned_abs());
        let is_nothing = found.events.is_empty() && found.is_all && before.is_none();
        let (keys, users) = (&question.keys, &question.users);
        let nothing = if is_nothing {
            nothing(&place, range, keys, users, &ground, found.rules)
        } else {
            Vec::new()
        };
        let mut keys = loaded_keys();
        keys.extend(found.events.iter().flat_map(|event| event.keys.iter().cloned()));
        Ok(Answered { found, nothing, keys })
    });
    let answered = answered.await.map_err(|error| Problem::unavailable(error.to_string()))?;
    let (answered, wrong) = match answered {
        Ok(answered) => (answered, None),
        Err(error) => {
            let none = back::Found { is_all: true, ..back::Found::default() };
            let none = Answered { found: none, nothing: Vec::new(), keys: BTreeSet::new() };
            (none, Some(error.to_string()))
        }
    };
    let Answered { found, nothing, keys } = answered;
    let older = (!found.is_all).then(|| {
        let last = found.events.last().filter(|_| found.events.len() >= PAGE).map(|last| last.id);
        let next = last.unwrap_or(Id { sec: found.back_to, ms: 0, serial: 0 });
        let mut more = form_urlencoded::Serializer::new(String::new());
        more.extend_pairs(
            query.pairs().filter(|(name, value)| *name != "before" && !value.is_empty()),
        );
        more.append_pair("before", &shown(&next)).finish()
    });
    let is_open = ["program", "kind", "session", "success", "host", "pid"]
        .iter()
        .any(|name| query.some(name).is_some());
    html(&Search {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/audit",
        blind: Vec::new(),
        wrong,
        back_to: second(found.back_to).filter(|_| found.back_to > 0),
        events: found.events,
        is_all: found.is_all,
        rules: found.rules,
        unread: found.unread.into_iter().chain(odd(found.odd)).collect(),
        nothing,
        older,
        keys,
        is_open,
        query,
    })
}

/// What is said of damaged events.
fn odd(count: u64) -> Option<String> {
    (count > 0).then(|| t::damaged(count, "nightkeep audit search --debug"))
}

/// Keys of the rules that are loaded, where the watch may ask.
fn loaded_keys() -> BTreeSet<String> {
    let rules = Control::open().and_then(|mut control| control.rules()).unwrap_or_default();
    let rules = rules.into_iter().flatten();
    rules
        .flat_map(|rule| {
            let key = |key: &[u8]| clean(&String::from_utf8_lossy(key), 100);
            rule.keys().map(key).collect::<Vec<_>>()
        })
        .collect()
}

pub(super) async fn event(visit: &Visit) -> Result {
    let missing = || Problem::missing(t::no_event()).instead(t::search_for_it());
    let id = id(visit.part(0)).ok_or_else(missing)?;
    let store = visit.config.store.path.clone();
    let found = spawn_blocking(move || look(&store, id)).await;
    let found = found.map_err(|error| Problem::unavailable(error.to_string()))?;
    let Whole { event, words, lines, beside, beside_of } = found.ok_or_else(missing)?;
    html(&One {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/audit",
        blind: Vec::new(),
        event,
        words,
        lines,
        beside,
        beside_of,
    })
}

/// An event with all there is to it.
struct Whole {
    event: Told,
    words: Vec<String>,
    lines: Vec<String>,
    beside: Vec<Told>,
    beside_of: String,
}

fn look(store: &std::path::Path, id: Id) -> Option<Whole> {
    let place = Place::here(store);
    let ground = ask::ground(Compat::V4);
    let range = Range { start: Some(id.sec.saturating_sub(2)), end: Some(id.sec + 2) };
    let serial = format!(":{})", id.serial);
    let filter = Filter::texts([serial.as_bytes()]);
    let mut reader = Reader::new(&place.logs, range, place.timeout, &filter, &ground.users);
    let (action, machine, words, lines) = loop {
        if !reader.advance() {
            return None;
        }
        let event = reader.event()?;
        if event.id != id {
            continue;
        }
        let options =
            ask::read(&[String::from("--format"), String::from("interpret")], &ground).ok()?;
        let mut out = Vec::new();
        // Writing to a buffer cannot fail.
        let _ = Printer::new(&options, &ground).print(&mut out, &mut Vec::new(), event);
        let text = String::from_utf8_lossy(&out);
        let words = text.lines().filter(|line| !line.starts_with("----"));
        let words = words.map(|line| clean(line, LINE)).collect();
        let lines =
            event.records().map(|record| clean(&String::from_utf8_lossy(record.line), LINE));
        let lines: Vec<String> = lines.collect();
        let action = reader.action()?;
        break (action, reader.machine(), words, lines);
    };
    let (option, value, beside_of) = match (action.actor.session, action.actor.pid) {
        (Some(session), _) => ("--session", session, t::beside_session(session)),
        (None, Some(pid)) => ("--pid", pid, t::beside_process(pid)),
        (None, None) => ("", 0, String::new()),
    };
    let event = Told {
        id,
        at: told::at(id),
        sentence: told::sentence(&action),
        session: action.actor.session,
        success: action.success,
        keys: action.keys,
        machine,
    };
    let mut beside = Vec::new();
    if !option.is_empty() {
        let options = vec![(option, vec![value.to_string()])];
        let question = Asked { options, ..Asked::default() }.question(&ground).ok()?;
        beside = around(&place, &question, &ground, id);
        beside.retain(|one| one.id != id);
        beside.reverse();
    }
    Some(Whole { event, words, lines, beside, beside_of })
}

/// What is asked for, around an event: newest first.
fn around(
    place: &Place,
    question: &Question,
    ground: &nightkeep_audit::ausearch::Ground,
    id: Id,
) -> Vec<Told> {
    let part = |start: u64, end: u64| {
        let wanted = Wanted {
            question,
            users: &ground.users,
            range: Range { start: Some(start), end: Some(end) },
            before: None,
            limit: BESIDE,
            patience: PATIENCE / 2,
        };
        back::search(place, &wanted, ground.now.sec).events
    };
    let mut after = part(id.sec, id.sec + NEAR);
    after.retain(|one| one.id > id);
    let mut before = part(id.sec.saturating_sub(NEAR), id.sec);
    before.retain(|one| one.id < id);
    after.extend(before);
    after
}

/// `1700000000.123:45`
fn id(text: &str) -> Option<Id> {
    let (time, serial) = text.split_once(':')?;
    let (sec, ms) = time.split_once('.')?;
    Some(Id {
        sec: sec.parse().ok()?,
        ms: ms.parse().ok().filter(|ms| *ms < 1000)?,
        serial: serial.parse().ok()?,
    })
}

/// The same, written.
pub(super) fn shown(id: &Id) -> String {
    format!("{}.{:03}:{}", id.sec, id.ms, id.serial)
}

fn second(sec: u64) -> Option<Timestamp> {
    let since = SignedDuration::from_secs(i64::try_from(sec).ok()?);
    Timestamp::UNIX_EPOCH.checked_add(since).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_events_and_what_the_form_asks() {
        let one = Id { sec: 1_700_000_000, ms: 7, serial: 45 };
        assert_eq!(shown(&one), "1700000000.007:45");
        assert_eq!(id(&shown(&one)), Some(one));
        for wrong in ["", "1:2", "1.1000:2", "a.1:2", "1.1", "-1.1:1"] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
        let asked = asked(&Fields::read(b"key=a&key=b&user=&file=%2Fetc&success=no&x=y"));
        assert_eq!(asked.keys, ["a", "b"]);
        assert_eq!(asked.users, Vec::<String>::new());
        let options =
            [("--file", vec![String::from("/etc")]), ("--success", vec![String::from("no")])];
        assert_eq!(asked.options, options);
    }
}
