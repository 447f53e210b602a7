//! The management API of Healthchecks (v1 to v3), by which programs make, see and change checks:
//! what a request asks and what it is answered. Pure; the log and the flips, which are in the
//! store, are handed in.
//!
//! By the documentation and `hc/api/views.py` of v3.13. Where we differ, and why:
//! - All checks belong to whoever has a token: there, to the project of the key.
//! - A check of a config file cannot be changed here: 403, which says what file.
//! - What Healthchecks answers with an error 500 (a number of seconds that is too large for
//!   Python, tags too long for its database) is an error 400 that says what is wrong.
//! - A time zone's old name is kept as it was written: there it becomes the new one.
//! - A zone without a schedule is not remembered, nor is the period of a check with a schedule.
//! - A check without channels is told of as the routes say: there, to nobody.
//! - A check that is paused again has no second flip.
//! - The headers that Django adds for pages are left out.

mod answer;
pub mod badge;
mod change;
mod place;
mod show;
mod spec;
mod write;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use answer::Answer;
pub use place::{Place, Which, read};
pub use show::{View, flips, pings};
pub use spec::Spec;

use super::book::{Book, Fresh, Id};
use super::check::Check;
use super::contract::Whom;
use super::definition::{Definition, Origin};
use crate::token::LENGTH;

/// Bytes of a request's body; more is refused.
pub const BODY: usize = 256 * 1024;

/// What whoever asks may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// See, without what would let it call.
    Read,
    /// See and change.
    Write,
}

/// A channel, as the API speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Made of its name, so that it stays.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Which service, as Healthchecks calls it.
    pub kind: &'static str,
}

/// The body of a request; nothing is nothing.
///
/// # Errors
/// What it is answered.
pub fn json(body: &[u8]) -> Result<Map<String, Value>, Answer> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Answer::error(400, "json validation error: value is not an object")),
        Err(_) => Err(Answer::error(400, "could not parse request body")),
    }
}

/// The token a request shows: in its header, or in the body of one that changes something.
///
/// # Errors
/// What it is answered without one.
pub fn key(
    header: Option<&str>,
    json: &Map<String, Value>,
    needs_write: bool,
) -> Result<String, Answer> {
    let key = match (header, json.get("api_key")) {
        (Some(key), _) => key.to_owned(),
        (None, Some(Value::String(key))) if needs_write => key.clone(),
        _ => String::new(),
    };
    let is_whole = key.chars().count() == LENGTH;
    if is_whole { Ok(key) } else { Err(Answer::error(401, "missing api key")) }
}

/// Answers what changes nothing and is in the book.
pub fn look(book: &Book, place: &Place, query: Option<&str>, view: &View<'_>) -> Answer {
    match place {
        Place::Checks => checks(book, query.unwrap_or_default(), view),
        Place::Check(which) => match find(book, which).and_then(|id| book.get(id)) {
            Some(check) => Answer::json(200, &show::check(check, view)),
            None => missing(which),
        },
        Place::Channels => {
            let channel = |channel: &Channel| {
                json!({
                    "id": channel.id, "name": channel.name, "kind": channel.kind
                })
            };
            let channels: Vec<Value> = view.channels.iter().map(channel).collect();
            Answer::json(200, &json!({ "channels": channels }))
        }
        Place::Badges => Answer::json(200, &badge::all(book, view.base)),
        _ => Answer::no_page(),
    }
}

/// Answers what changes the book.
pub fn change(
    book: &mut Book,
    place: &Place,
    method: &str,
    json: &Map<String, Value>,
    view: &View<'_>,
    fresh: Fresh<'_>,
) -> Answer {
    let answer = match (place, method) {
        (Place::Checks, _) => create(book, json, view, fresh),
        (Place::Check(Which::Uuid(uuid)), "DELETE") => own(book, *uuid).map(|id| {
            let mut shown = book.get(id).map(|check| show::check(check, view));
            // As there, where it has none any more when it is shown.
            if let Some(channels) = shown.as_mut().and_then(|shown| shown.get_mut("channels")) {
                *channels = Value::from("");
            }
            book.remove(id);
            shown.map_or_else(Answer::no_page, |shown| Answer::json(200, &shown))
        }),
        (Place::Check(Which::Uuid(uuid)), _) => own(book, *uuid).and_then(|id| {
            let spec = Spec::read(json).map_err(|why| Answer::error(400, &why))?;
            update(book, id, &spec, view)?;
            Ok(shown(book, id, 200, view))
        }),
        (Place::Pause(uuid), _) => own(book, *uuid).map(|id| {
            book.pause(id, view.now);
            shown(book, id, 200, view)
        }),
        (Place::Resume(uuid), _) => own(book, *uuid).map(|id| {
            if book.resume(id, view.now) {
                shown(book, id, 200, view)
            } else {
                Answer::text(409, "check is not paused")
            }
        }),
        _ => Err(Answer::no_page()),
    };
    answer.unwrap_or_else(|refused| refused)
}

/// The check of that name.
pub fn find(book: &Book, which: &Which) -> Option<Id> {
    match which {
        Which::Uuid(uuid) => book.find(&Whom::Uuid(*uuid)).ok(),
        Which::Key(key) => {
            let is_meant = |check: &Check| show::unique_key(check.definition.uuid) == *key;
            book.checks().find(|(_, check)| is_meant(check)).map(|(id, _)| id)
        }
    }
}

/// What is answered if there is none.
pub fn missing(which: &Which) -> Answer {
    match which {
        Which::Uuid(_) => Answer::no_page(),
        Which::Key(_) => Answer::text(404, ""),
    }
}

/// From when until when flips are asked for.
///
/// # Errors
/// What it is answered when the query is wrong.
pub fn span(query: Option<&str>, now: Timestamp) -> Result<(Timestamp, Timestamp), Answer> {
    /// The year 2286: seconds since 1970 have no more digits before.
    const LAST: i64 = 10_000_000_000;
    /// A year.
    const LONGEST: i64 = 31_536_000;
    let (mut from, mut until) = (Timestamp::MIN, Timestamp::MAX);
    let mut seconds = None;
    // Of several of a name the last counts.
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let number = |most| {
            let number = value.trim().parse::<i64>().ok();
            number.filter(|number| (0..=most).contains(number)).ok_or(Answer::text(400, ""))
        };
        let at = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        match name.as_ref() {
            "start" => from = at(number(LAST)?),
            "end" => until = at(number(LAST)?),
            "seconds" if value.is_empty() => seconds = None,
            "seconds" => seconds = Some(number(LONGEST)?).filter(|seconds| *seconds > 0),
            _ => {}
        }
    }
    if let Some(seconds) = seconds {
        let since = now.checked_sub(jiff::SignedDuration::from_secs(seconds));
        from = from.max(since.unwrap_or(Timestamp::MIN));
    }
    Ok((from, until))
}

fn checks(book: &Book, query: &str, view: &View<'_>) -> Answer {
    let (mut tags, mut slug) = (Vec::new(), String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "tag" => tags.push(value),
            "slug" => slug = value.into_owned(),
            _ => {}
        }
    }
    let is_asked = |check: &Check| {
        let check = &check.definition;
        let has = |tag: &str| check.tags.split(' ').map(str::trim).any(|own| own == tag);
        tags.iter().all(|tag| !tag.is_empty() && has(tag))
            && (slug.is_empty() || check.slug == slug)
    };
    let asked = book.checks().map(|(_, check)| check).filter(|check| is_asked(check));
    let checks: Vec<Value> = asked.map(|check| show::check(check, view)).collect();
    Answer::json(200, &json!({ "checks": checks }))
}

fn create(
    book: &mut Book,
    json: &Map<String, Value>,
    view: &View<'_>,
    fresh: Fresh<'_>,
) -> Result<Answer, Answer> {
    let spec = Spec::read(json).map_err(|why| Answer::error(400, &why))?;
    if let Some(id) = change::same(book, &spec) {
        let id = of_no_file(book, id)?;
        update(book, id, &spec, view)?;
        return Ok(shown(book, id, 200, view));
    }
    let project = book.projects().next().map(|project| project.id);
    let Some(project) = project.filter(|_| book.has_room()) else {
        return Err(Answer::text(403, ""));
    };
    let new = Definition::new(fresh(), fresh(), project, "", view.now);
    let new = change::changed(new, &spec, view.version, view.channels)
        .map_err(|why| Answer::error(400, &why))?;
    let id = book.add(new);
    Ok(shown(book, id, 201, view))
}

fn update(book: &mut Book, id: Id, spec: &Spec, view: &View<'_>) -> Result<(), Answer> {
    let Some(old) = book.get(id).map(|check| check.definition.clone()) else {
        return Err(Answer::no_page());
    };
    let new = change::changed(old.clone(), spec, view.version, view.channels)
        .map_err(|why| Answer::error(400, &why))?;
    if new != old {
        book.define(id, new, view.now);
    }
    Ok(())
}

fn shown(book: &Book, id: Id, status: u16, view: &View<'_>) -> Answer {
    match book.get(id) {
        Some(check) => Answer::json(status, &show::check(check, view)),
        None => Answer::no_page(),
    }
}

/// A check that may be changed here.
fn own(book: &Book, uuid: Uuid) -> Result<Id, Answer> {
    let id = find(book, &Which::Uuid(uuid)).ok_or_else(Answer::no_page)?;
    of_no_file(book, id)
}

fn of_no_file(book: &Book, id: Id) -> Result<Id, Answer> {
    match book.get(id).map(|check| &check.definition.origin) {
        Some(Origin::File { path, line }) => Err(Answer::error(
            403,
            &format!("this check is written in {}:{line}: change it there", path.display()),
        )),
        _ => Ok(id),
    }
}
