//! Routes and maintenance windows.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::Check;
use crate::config::document::Part;
use crate::config::raw;
use crate::config::value::{Wrong, nearest, one_of, quoted};
use crate::config::{ChannelConfig, DigestConfig, Maintenance, Route, Window};
use crate::model::{Match, Severity};

impl Check<'_> {
    pub(super) fn routes(
        &mut self,
        file: Vec<raw::Route>,
        channels: &BTreeMap<String, ChannelConfig>,
    ) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        let mut all: Option<usize> = None;
        for (index, route) in file.into_iter().enumerate() {
            let place = index.to_string();
            for (nth, name) in route.channels.0.iter().enumerate() {
                if !channels.contains_key(name) {
                    self.no_channel(&["route", &place, "channels"], nth, name, channels);
                }
            }
            if let Some(all) = all {
                let (line, before) =
                    (self.line(&["route", &place]), self.line(&["route", &all.to_string()]));
                self.warnings.push(format!(
                    "line {line}: this route is never asked, the one in line {before} takes every alert (`continue = true` there asks both)"
                ));
            }
            let route = Route {
                matches: Match {
                    rules: route.rules.map_or_else(Vec::new, |list| list.0),
                    subjects: route.subjects.map_or_else(Vec::new, |list| list.0),
                    severities: severities(route.severities),
                },
                sources: route.sources.map_or_else(Vec::new, |list| list.0),
                hours: route.hours.map(|hours| hours.0),
                channels: route.channels.0,
                go_on: route.r#continue.unwrap_or(false),
            };
            let takes_all = route.matches == Match::default()
                && route.sources.is_empty()
                && route.hours.is_none()
                && !route.go_on;
            if takes_all && all.is_none() {
                all = Some(index);
            }
            routes.push(route);
        }
        if let Some(last) = routes.len().checked_sub(1)
            && all.is_none()
            && !routes.iter().any(|route| {
                route.matches == Match::default()
                    && route.sources.is_empty()
                    && route.hours.is_none()
            })
        {
            let line = self.line(&["route", &last.to_string()]);
            self.warnings.push(format!(
                "line {line}: an alert that fits no route is told to nobody; a last [[route]] with only `channels` takes the rest"
            ));
        }
        routes
    }

    pub(super) fn no_channel(
        &mut self,
        list: &[&str],
        nth: usize,
        name: &str,
        channels: &BTreeMap<String, ChannelConfig>,
    ) {
        let names = || channels.keys().map(String::as_str);
        let label = match nearest(name, names()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => String::from("not one of the channels"),
        };
        let help = if channels.is_empty() {
            format!(
                "the config has no channel; write one:\n[channel.{name}]\ntype = \"ntfy\"\ntopic = \"…\""
            )
        } else {
            format!("channels of the config: {}", one_of(names()))
        };
        let nth = nth.to_string();
        let element = [list, &[nth.as_str()]].concat();
        let path = if self.line_of(&element).is_some() { element } else { list.to_vec() };
        self.wrong(
            &path,
            Part::Value,
            format!("there is no channel {}", quoted(name)),
            Wrong::with_help(label, help),
        );
    }

    pub(super) fn digest(
        &mut self,
        file: raw::Digest,
        channels: &BTreeMap<String, ChannelConfig>,
    ) -> DigestConfig {
        let named = file.channels.map_or_else(Vec::new, |list| list.0);
        for (nth, name) in named.iter().enumerate() {
            if !channels.contains_key(name) {
                self.no_channel(&["digest", "channels"], nth, name, channels);
            }
        }
        DigestConfig { cron: file.cron.map(|cron| cron.0), channels: named }
    }

    pub(super) fn maintenance(
        &mut self,
        file: Vec<raw::Maintenance>,
        timezone: &TimeZone,
    ) -> Vec<Maintenance> {
        file.into_iter()
            .enumerate()
            .filter_map(|(index, window)| self.window(&index.to_string(), window, timezone))
            .collect()
    }

    fn window(
        &mut self,
        index: &str,
        file: raw::Maintenance,
        timezone: &TimeZone,
    ) -> Option<Maintenance> {
        let at = |key| ["maintenance", index, key];
        let once = file.from.is_some() || file.until.is_some();
        let cron = file.cron.is_some() || file.lasts.is_some();
        let kinds = [once, file.weekly.is_some(), cron].iter().filter(|there| **there).count();
        let window = match (file.from, file.until, file.weekly, file.cron, file.lasts) {
            (Some(from), Some(until), None, None, None) => {
                match (from.0.instant(timezone), until.0.instant(timezone)) {
                    (Some(from), Some(until)) if from < until => Some(Window::Once { from, until }),
                    (Some(_), Some(_)) => {
                        self.wrong(
                            &at("until"),
                            Part::Value,
                            "this window ends before it begins",
                            Wrong::with_help(
                                "not after `from`",
                                "`until` is a later moment than `from`",
                            ),
                        );
                        None
                    }
                    _ => {
                        self.wrong(
                            &at("from"),
                            Part::Value,
                            "this moment is out of range",
                            Wrong::new("no such time in the config's time zone"),
                        );
                        None
                    }
                }
            }
            (None, None, Some(weekly), None, None) => {
                let (days, hours) = weekly.0;
                Some(Window::Weekly { days, hours })
            }
            (None, None, None, Some(cron), Some(lasts)) => {
                let lasts = self.within(
                    &at("lasts"),
                    lasts.0,
                    SignedDuration::from_mins(1),
                    SignedDuration::from_hours(7 * 24),
                );
                Some(Window::Cron { expression: cron.0, lasts })
            }
            (from, _, _, cron, _) if kinds == 1 => {
                let (has, lacks, example) = match (once, from.is_some(), cron.is_some()) {
                    (true, true, _) => ("from", "until", "until = 2026-12-01T23:00:00"),
                    (true, false, _) => ("until", "from", "from = 2026-12-01T22:00:00"),
                    (false, _, true) => ("cron", "lasts", "lasts = \"2h\""),
                    (false, _, false) => ("lasts", "cron", "cron = \"0 3 * * *\""),
                };
                self.wrong(
                    &at(has),
                    Part::Key,
                    format!("`{has}` without `{lacks}`"),
                    Wrong::with_help(format!("`{lacks}` is missing"), format!("write {example}")),
                );
                None
            }
            _ => {
                let (label, title) = if kinds == 0 {
                    ("when is it?", "this window has no time")
                } else {
                    ("more than one kind of time", "this window has several times")
                };
                let help = "one of: `from` and `until`; `weekly`; `cron` and `lasts`";
                self.wrong(
                    &["maintenance", index],
                    Part::Value,
                    title,
                    Wrong::with_help(label, help),
                );
                None
            }
        };
        Some(Maintenance {
            name: file.name.0,
            author: file.author.map_or_else(|| String::from("config"), |author| author.0),
            reason: file.reason.map_or_else(String::new, |reason| reason.0),
            public: file.public.map(|public| public.0),
            matches: Match {
                rules: file.rules.map_or_else(Vec::new, |list| list.0),
                subjects: file.subjects.map_or_else(Vec::new, |list| list.0),
                severities: severities(file.severities),
            },
            window: window?,
        })
    }
}

fn severities(written: Option<raw::Severities>) -> Vec<Severity> {
    match written {
        None => Vec::new(),
        Some(raw::Severities::One(severity)) => vec![severity],
        Some(raw::Severities::Many(severities)) => severities,
    }
}
