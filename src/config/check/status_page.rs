//! The status page.

use super::{Check, text};
use crate::config::document::Part;
use crate::config::value::Wrong;
use crate::config::{StatusPageConfig, WebConfig, raw};

/// From a week to a year.
const DAYS: std::ops::RangeInclusive<u16> = 7..=365;

impl Check<'_> {
    pub(super) fn status_page(
        &mut self,
        file: raw::StatusPage,
        default: StatusPageConfig,
        web: &WebConfig,
    ) -> StatusPageConfig {
        let page = StatusPageConfig {
            show: file.show.map_or(default.show, |list| list.0),
            title: text(file.title, default.title),
            description: file.description.map(|text| text.0),
            path: text(file.path, default.path),
            domain: file.domain.map(|text| text.0),
            links: file.links.map_or(default.links, |named| {
                named.0.into_iter().map(|(name, url)| (name, url.0)).collect()
            }),
            days: file.days.unwrap_or(default.days),
            latency: file.latency.unwrap_or(default.latency),
            css: file.css.map(|text| text.0),
        };
        if !DAYS.contains(&page.days) {
            let wrong = Wrong::new(format!("from {} to {} days", DAYS.start(), DAYS.end()));
            self.wrong(&["status-page", "days"], Part::Value, "`days` is out of range", wrong);
        }
        if page.is_on() && web.listen.is_empty() {
            let line = self.line(&["status-page", "show"]);
            self.warnings.push(format!(
                "line {line}: the status page is nowhere: [web] listen = [\"127.0.0.1:8466\"] is missing"
            ));
        }
        page
    }
}
