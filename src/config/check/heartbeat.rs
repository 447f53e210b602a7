//! Heartbeats.

use std::path::Path;

use jiff::SignedDuration;

use super::{Check, text};
use crate::config::document::Part;
use crate::config::raw::{Heartbeat, Methods, Without};
use crate::config::value::{Slug, Wrong, quoted};
use crate::config::{Config, HeartbeatConfig};
use crate::heartbeat::{Filter, When};
use crate::model::Severity;

impl Check<'_> {
    /// Adds the heartbeats of a file to the config's.
    pub(in crate::config) fn heartbeats(
        &mut self,
        file: Vec<Heartbeat>,
        path: &Path,
        config: &mut Config,
    ) {
        for (index, heartbeat) in file.into_iter().enumerate() {
            let index = index.to_string();
            let heartbeat = self.heartbeat(&index, heartbeat, path, config);
            let place = |twin: &HeartbeatConfig| {
                if twin.file == heartbeat.file {
                    format!("line {}", twin.line)
                } else {
                    format!("{} line {}", twin.file.display(), twin.line)
                }
            };
            let of_slug = |other: &&HeartbeatConfig| other.slug == heartbeat.slug;
            if let Some(twin) = config.heartbeats.iter().find(of_slug) {
                let title = format!("two heartbeats are called `{}`", twin.slug);
                let why = format!("so is the one in {}", place(twin));
                let wrong = Wrong::with_help(why, "give one of them another `slug`");
                let key = if self.line_of(&["heartbeat", &index, "slug"]).is_some() {
                    "slug"
                } else {
                    "name"
                };
                self.wrong(&["heartbeat", &index, key], Part::Value, title, wrong);
            }
            let of_uuid =
                |other: &&HeartbeatConfig| other.uuid.is_some() && other.uuid == heartbeat.uuid;
            if let Some(twin) = config.heartbeats.iter().find(of_uuid) {
                let why = format!("so has the one in {}", place(twin));
                let wrong = Wrong::with_help(why, "an address belongs to one of them");
                let path = ["heartbeat", &index, "uuid"];
                self.wrong(&path, Part::Value, "two heartbeats have one `uuid`", wrong);
            }
            if config.heartbeats.is_empty() && config.web.listen.is_empty() {
                self.warnings.push(format!(
                    "nobody can call the heartbeat `{}`: [web] listens nowhere; write listen = \"127.0.0.1:8466\" there",
                    heartbeat.slug
                ));
            }
            config.heartbeats.push(heartbeat);
        }
    }

    fn heartbeat(
        &mut self,
        index: &str,
        file: Heartbeat,
        path: &Path,
        config: &Config,
    ) -> HeartbeatConfig {
        let (second, day) = (SignedDuration::from_secs, SignedDuration::from_hours(24));
        let at = |key| ["heartbeat", index, key];
        let (least, most) = (second(1), day * 366);
        let name = file.name.0;
        let slug = file.slug.map_or_else(|| Slug::of(&name), |slug| slug.0);
        if slug.is_empty() {
            let why = format!("nothing of {} can stand in an address", quoted(&name));
            let wrong = Wrong::with_help(why, "give it a `slug`");
            self.wrong(&at("name"), Part::Value, "the heartbeat has no slug", wrong);
        }
        let filter =
            filter(file.start_words, file.success_words, file.failure_words, file.without_words);
        let zone = file.timezone.map_or_else(|| config.timezone.clone(), |zone| zone.0);
        let zone = zone.iana_name().unwrap_or("UTC");
        let period = text(file.every, day);
        let calendar = file.calendar.map(|lines| lines.0.join("\n"));
        let written = ["every", "cron", "calendar"].map(|key| self.line_of(&at(key)).is_some());
        if written.iter().filter(|written| **written).count() > 1 {
            let key = if written[2] { "calendar" } else { "cron" };
            let wrong = Wrong::new("leave one of `every`, `cron` and `calendar`");
            self.wrong(&at(key), Part::Key, "a heartbeat has one schedule", wrong);
        }
        let when = match (file.cron, calendar) {
            (Some(cron), _) => When::cron(&cron.0, zone),
            (None, Some(lines)) => When::calendar(&lines, zone),
            (None, None) => Ok(When::every(self.within(&at("every"), period, least, most))),
        };
        let when = when.unwrap_or_else(|error| {
            // Each line was read before, so this is about the zone.
            self.wrong(
                &at("timezone"),
                Part::Value,
                "no such schedule",
                Wrong::new(error.to_string()),
            );
            When::every(day)
        });
        let grace = text(file.grace, second(3600));
        let some = |check: &mut Self, key, written: Option<SignedDuration>| {
            written.map(|length| check.within(&at(key), length, least, most))
        };
        let channels = file.channels.map_or_else(Vec::new, |list| list.0);
        for (nth, name) in channels.iter().enumerate() {
            if !config.channels.contains_key(name) {
                self.no_channel(&at("channels"), nth, name, &config.channels);
            }
        }
        HeartbeatConfig {
            file: path.to_owned(),
            line: self.line(&["heartbeat", index]),
            name,
            slug,
            uuid: file.uuid.map(|uuid| uuid.0),
            when,
            grace: self.within(&at("grace"), grace, least, most),
            start_grace: some(self, "start-grace", file.start_grace.map(|length| length.0)),
            shortest_run: some(self, "shortest-run", file.shortest_run.map(|length| length.0)),
            failures: file.failures.unwrap_or(1).max(1),
            keep_failures: file.keep_failures.unwrap_or(20),
            severity: file.severity.unwrap_or(Severity::Warning),
            channels,
            tags: file.tags.map_or_else(Vec::new, |tags| tags.0),
            note: text(file.note, String::new()),
            only_post: file.methods == Some(Methods::Post),
            filter,
            paused: file.paused,
            manual_resume: file.manual_resume.unwrap_or(false),
        }
    }
}

type WordList = Option<crate::config::value::List<crate::config::value::Words>>;

fn filter(
    start: WordList,
    success: WordList,
    failure: WordList,
    without: Option<Without>,
) -> Filter {
    let joined = |words: WordList| words.map_or_else(String::new, |words| words.0.join(","));
    let (start, success, failure) = (joined(start), joined(success), joined(failure));
    let has_words = ![&start, &success, &failure].iter().all(|words| words.is_empty());
    Filter {
        start,
        success,
        failure,
        subject: has_words,
        body: has_words,
        http_body: has_words,
        default_fail: without == Some(Without::Failure),
    }
}
