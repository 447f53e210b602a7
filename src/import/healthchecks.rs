//! Healthchecks, by its management API (v3): checks become heartbeats at the same UUIDs.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::entry::{Entry, seconds};
use super::name::{Names, slug, tidy};
use super::{Imported, Place, Unreadable};

/// What the API answered.
#[derive(Debug, Clone)]
pub struct Answers {
    /// `GET /api/v3/checks/`.
    pub checks: Json,
    /// `GET /api/v3/channels/`; none where the key may not.
    pub channels: Option<Json>,
}

/// Turns the answers into what nightkeep has.
///
/// # Errors
/// When they are not those of Healthchecks.
pub fn import(answers: &Answers, place: &Place) -> Result<Imported, Unreadable> {
    let checks = answers.checks.get("checks").and_then(Json::as_array).ok_or_else(|| {
        Unreadable::new("this is no answer of Healthchecks: it has no list `checks`")
    })?;
    let mut out = Imported::default();
    let channels = Channels::read(answers.channels.as_ref(), place, &mut out);
    let (mut names, mut slugs) = (Names::default(), Names::default());
    let mut without_uuid = 0_usize;
    let mut with_slug = 0_usize;
    for check in checks {
        let Some(check) = Check::of(check) else { continue };
        let called = tidy(check.text("name").unwrap_or_default());
        let written = check.text("slug").unwrap_or_default();
        let wanted = if called.is_empty() { written } else { &called };
        let of = format!("check {:?}", if wanted.is_empty() { "without a name" } else { wanted });
        let mut entry = Entry::new(names.one(wanted), of.clone());
        let own = if written.is_empty() { slug(&entry.name) } else { written.to_owned() };
        let given = slugs.word(&own, 60);
        if !written.is_empty() {
            with_slug += 1;
            if given != written {
                let why = format!("another check has it as well; here it is {given:?}");
                out.leave_part(&of, format!("slug {written:?}"), why);
            }
        }
        entry.set("slug", given);
        match check.text("uuid") {
            Some(uuid) => entry.set("uuid", uuid),
            None => without_uuid += 1,
        }
        if let Err(why) = check.schedule(&mut entry) {
            out.leave(of, why);
            continue;
        }
        check.rest(&of, &mut entry, &mut out);
        channels.of(&check, &of, &mut entry, &mut out);
        out.heartbeats.push(entry);
    }
    if without_uuid > 0 {
        out.leave(
            format!("UUIDs of {without_uuid} checks"),
            "a read-only key does not show them: their ping URLs end with Healthchecks; a read-write \
             key keeps them",
        );
    }
    if with_slug > 0 {
        out.leave(
            "the project's ping key",
            "the API does not tell it: jobs that call /ping/PING-KEY/SLUG need nightkeep's own key",
        );
    }
    if !out.heartbeats.is_empty() {
        out.leave(
            "pings and changes of state so far",
            "each heartbeat begins as new and is up with its first call",
        );
    }
    Ok(out)
}

/// One check.
struct Check<'a>(&'a serde_json::Map<String, Json>);

impl<'a> Check<'a> {
    fn of(json: &'a Json) -> Option<Self> {
        json.as_object().map(Self)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.0.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Json::as_bool).unwrap_or(false)
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.0.get(key)?.as_i64()
    }

    fn schedule(&self, entry: &mut Entry) -> Result<(), String> {
        match (self.number("timeout"), self.0.get("schedule").and_then(Json::as_str)) {
            (Some(period), _) => entry.set("every", seconds(period.clamp(60, 365 * 86_400))),
            (None, Some(schedule)) => {
                let lines: Vec<&str> =
                    schedule.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                match lines[..] {
                    [] => return Err(String::from("its schedule is empty")),
                    // The same guess as the API's own.
                    [one] if one.split_whitespace().count() == 5 => entry.set("cron", one),
                    [one] => entry.set("calendar", one),
                    _ => {
                        let lines: Vec<String> =
                            lines.iter().map(|line| (*line).to_owned()).collect();
                        entry.set("calendar", lines);
                    }
                }
                entry.set_some("timezone", self.text("tz"));
            }
            (None, None) => return Err(String::from("nothing says when it has to call")),
        }
        let grace = self.number("grace").unwrap_or(3600);
        entry.set("grace", seconds(grace.clamp(60, 365 * 86_400)));
        Ok(())
    }

    fn rest(&self, of: &str, entry: &mut Entry, out: &mut Imported) {
        let tags: Vec<String> =
            self.text("tags").into_iter().flat_map(str::split_whitespace).map(tidy).collect();
        if !tags.is_empty() {
            entry.set("tags", tags);
        }
        if let Some(desc) = self.text("desc") {
            let line: Vec<&str> = desc.split_whitespace().collect();
            entry.set("note", crate::model::text::clean(&line.join(" "), 500));
        }
        if self.text("methods") == Some("POST") {
            entry.set("methods", "POST");
        }
        if self.flag("manual_resume") {
            entry.set("manual-resume", true);
        }
        if self.text("status") == Some("paused") {
            entry.set("paused", true);
        }
        self.filters(of, entry, out);
    }

    /// What a call means by the words in it.
    fn filters(&self, of: &str, entry: &mut Entry, out: &mut Imported) {
        let places: Vec<String> = [
            ("filter_subject", "the subject"),
            ("filter_body", "the mail"),
            ("filter_http_body", "what is posted"),
        ]
        .into_iter()
        .filter(|(key, _)| self.flag(key))
        .map(|(_, place)| place.to_owned())
        .collect();
        let words = [
            ("start_kw", "start-words"),
            ("success_kw", "success-words"),
            ("failure_kw", "failure-words"),
        ];
        let has_words = words.iter().any(|(key, _)| self.text(key).is_some());
        if places.is_empty() {
            if has_words {
                out.leave_part(of, "keywords", "they are set, but looked for nowhere");
            }
            return;
        }
        for (key, ours) in words {
            let list: Vec<String> = self
                .text(key)
                .into_iter()
                .flat_map(|text| text.split(','))
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect();
            if !list.is_empty() {
                entry.set(ours, list);
            }
        }
        if self.flag("filter_default_fail") {
            entry.set("without-words", "failure");
        }
        if places.len() < 3 {
            let part = format!("looking for words in {} only", places.join(" and "));
            out.leave_part(of, part, "they are looked for in all that is sent");
        }
    }
}

/// The project's integrations. The API tells their names and kinds only.
struct Channels {
    names: BTreeMap<String, String>,
    /// Those that are here by the same name.
    known: BTreeMap<String, String>,
}

impl Channels {
    fn read(answer: Option<&Json>, place: &Place, out: &mut Imported) -> Self {
        let mut channels = Self { names: BTreeMap::new(), known: BTreeMap::new() };
        let list = answer.and_then(|answer| answer.get("channels")).and_then(Json::as_array);
        for channel in list.into_iter().flatten() {
            let field = |key: &str| channel.get(key).and_then(Json::as_str).unwrap_or_default();
            let (id, name, kind) = (field("id"), tidy(field("name")), tidy(field("kind")));
            let called = if name.is_empty() { kind.clone() } else { name };
            channels.names.insert(id.to_owned(), called.clone());
            let own = slug(&called);
            if place.channels.contains(&own) {
                channels.known.insert(id.to_owned(), own);
                continue;
            }
            out.leave(
                format!("integration {called:?} ({kind})"),
                format!(
                    "the API tells its name and kind, not where it goes; a [channel.{}] here is found \
                     by its name in a further import",
                    if own.is_empty() { "NAME" } else { &own }
                ),
            );
        }
        channels
    }

    /// Which of them hear of a check. If all do, the routes decide.
    fn of(&self, check: &Check<'_>, of: &str, entry: &mut Entry, out: &mut Imported) {
        let heard: Vec<&str> = check
            .text("channels")
            .unwrap_or_default()
            .split(',')
            .filter(|id| !id.is_empty())
            .collect();
        if self.names.is_empty() {
            return;
        }
        if heard.is_empty() {
            out.leave_part(of, "having no integrations", "here the routes decide who hears of it");
            return;
        }
        let all = self.names.keys().all(|id| heard.contains(&id.as_str()));
        if all {
            return;
        }
        let known: Vec<String> =
            heard.iter().filter_map(|id| self.known.get(*id)).cloned().collect();
        for id in heard.iter().filter(|id| !self.known.contains_key(**id)) {
            let name = self.names.get(*id).map_or("?", String::as_str);
            out.leave_part(of, format!("integration {name:?}"), "it is no channel here yet");
        }
        if !known.is_empty() {
            entry.set("channels", known);
        }
    }
}
