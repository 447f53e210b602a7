//! Heartbeats, as they would stand in a file.

use super::{Lines, duration, list, quote, yes};
use crate::config::{HeartbeatConfig, Secret};
use crate::heartbeat::Written as When;

impl Lines {
    pub(super) fn heartbeat(&mut self, heartbeat: &HeartbeatConfig) {
        let words = |words: &str| list(&words.split(',').collect::<Vec<_>>(), |word| quote(word));
        self.put("name", quote(&heartbeat.name));
        self.put("slug", quote(&heartbeat.slug));
        if let Some(uuid) = heartbeat.uuid {
            self.secret("uuid", &Secret::new(uuid.to_string()));
        }
        let zone = match heartbeat.when.written() {
            When::Every { period } => {
                self.put("every", duration(*period));
                None
            }
            When::Cron { expression, zone } => {
                self.put("cron", quote(expression));
                Some(zone)
            }
            When::Calendar { lines, zone } => {
                self.put("calendar", list(&lines.lines().collect::<Vec<_>>(), |line| quote(line)));
                Some(zone)
            }
        };
        if let Some(zone) = zone {
            self.put("timezone", quote(zone));
        }
        self.put("grace", duration(heartbeat.grace));
        if let Some(length) = heartbeat.start_grace {
            self.put("start-grace", duration(length));
        }
        if let Some(length) = heartbeat.shortest_run {
            self.put("shortest-run", duration(length));
        }
        self.put("failures", heartbeat.failures.to_string());
        self.put("keep-failures", heartbeat.keep_failures.to_string());
        self.put("severity", quote(heartbeat.severity.as_str()));
        if !heartbeat.channels.is_empty() {
            self.put("channels", list(&heartbeat.channels, |name| quote(name)));
        }
        if !heartbeat.tags.is_empty() {
            self.put("tags", list(&heartbeat.tags, |tag| quote(tag)));
        }
        if !heartbeat.note.is_empty() {
            self.put("note", quote(&heartbeat.note));
        }
        self.put("methods", quote(if heartbeat.only_post { "POST" } else { "" }));
        let filter = &heartbeat.filter;
        for (key, said) in [
            ("failure-words", &filter.failure),
            ("success-words", &filter.success),
            ("start-words", &filter.start),
        ] {
            if !said.is_empty() {
                self.put(key, words(said));
            }
        }
        if filter.http_body {
            let without = if filter.default_fail { "failure" } else { "ignored" };
            self.put("without-words", quote(without));
        }
        if let Some(paused) = heartbeat.paused {
            self.put("paused", yes(paused));
        }
        self.put("manual-resume", yes(heartbeat.manual_resume));
    }
}
