//! All heartbeats: searched, filtered, in order.

use std::collections::BTreeSet;

use askama::Template;
use jiff::SignedDuration;

use crate::heartbeat::view::View;
use crate::web::api::problem::Problem;
use crate::web::locale::when::length;
use crate::web::locale::{form as forms, heartbeats as t, layout, tonight, word};
use crate::web::page::frame::Frame;
use crate::web::page::line::{heartbeat_line, heartbeat_rank, heartbeat_tone};
use crate::web::page::visit::{Fields, Visit};
use crate::web::page::words::{Clock, seconds};
use crate::web::page::{Result, address, html};

/// Tags that are offered.
const TAGS: usize = 40;

#[derive(Template)]
#[template(path = "page/heartbeats/list.html")]
struct List {
    frame: Frame,
    clock: Clock,
    counters: Vec<(&'static str, &'static str, usize)>,
    tags: Vec<String>,
    wanted: Wanted,
    rows: Vec<Row>,
    /// How many there are, and how many of them are seen.
    all: usize,
    seen: usize,
}

/// What is to be seen, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    q: String,
    tag: String,
    status: String,
    sort: String,
}

#[derive(Debug, Clone)]
struct Row {
    id: String,
    path: String,
    text: String,
    /// It does not fit the search. It is there all the same, for the search of the browser.
    is_hidden: bool,
    tone: &'static str,
    grace: String,
    tags: Vec<String>,
    view: View,
}

const WORDS: [&str; 5] = ["down", "late", "new", "paused", "up"];

pub(super) async fn show(visit: &Visit) -> Result {
    let wanted = Wanted::of(&visit.query);
    // Both are behind one lock, so the time is asked for before.
    let now = visit.app.desk.now();
    let rows = visit.app.desk.look(|book| {
        let row = |(_, check)| Row::of(heartbeat_line(book, check, now), &check.definition.tags);
        book.checks().map(row).collect::<Vec<_>>()
    });
    let rows = rows.ok_or_else(Problem::no_store)?;
    let all = rows.len();
    let count = |word| rows.iter().filter(|row| row.view.status == word).count();
    let counters = WORDS.map(|word| (word, heartbeat_tone(word), count(word))).to_vec();
    let tags: BTreeSet<String> = rows.iter().flat_map(|row| row.tags.iter().cloned()).collect();
    let rows = wanted.chosen(rows);
    html(&List {
        frame: visit.frame("h").await?,
        clock: visit.clock(),
        counters,
        tags: tags.into_iter().take(TAGS).collect(),
        seen: rows.iter().filter(|row| !row.is_hidden).count(),
        rows,
        wanted,
        all,
    })
}

/// The orders there are, by their names in the address.
fn orders() -> [(&'static str, &'static str); 3] {
    [("", forms::trouble_first()), ("name", forms::by_name()), ("next", t::next_first())]
}

impl Row {
    fn of(view: View, tags: &str) -> Self {
        Self {
            id: address::id('h', &view.name),
            path: address::heartbeat(&view.name),
            text: format!("{} {} {tags}", view.title, view.name).to_lowercase(),
            is_hidden: false,
            tone: heartbeat_tone(view.status),
            grace: length(SignedDuration::from_secs(view.grace_seconds)),
            tags: tags.split_whitespace().map(str::to_owned).collect(),
            view,
        }
    }

    fn took(&self) -> Option<String> {
        self.view.last_duration_seconds.map(seconds)
    }
}

impl Wanted {
    fn of(query: &Fields) -> Self {
        let text = |name: &str| query.text(name).to_owned();
        Self { q: text("q"), tag: text("tag"), status: text("status"), sort: text("sort") }
    }

    /// Those that fit, in order; what is not searched for is hidden.
    fn chosen(&self, mut rows: Vec<Row>) -> Vec<Row> {
        let words: Vec<String> = self.q.split_whitespace().map(str::to_lowercase).collect();
        rows.retain(|row| {
            (self.tag.is_empty() || row.tags.contains(&self.tag))
                && (self.status.is_empty() || row.view.status == self.status)
        });
        for row in &mut rows {
            row.is_hidden = !words.iter().all(|word| row.text.contains(word));
        }
        rows.sort_by_cached_key(|row| {
            let rank = if self.sort == "name" { 0 } else { heartbeat_rank(row.view.status) };
            // Whatever is due soon comes before what is not.
            let due = if self.sort == "next" { row.view.next_ping } else { None };
            (self.sort == "next" && due.is_none(), due, rank, row.view.title.to_lowercase())
        });
        rows
    }

    fn is_any(&self) -> bool {
        self.q.is_empty() && self.tag.is_empty() && self.status.is_empty()
    }

    /// The same with one of them changed, as a query.
    fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let known =
            [("q", &self.q), ("tag", &self.tag), ("status", &self.status), ("sort", &self.sort)];
        for (key, known) in known {
            let value = if key == name { value } else { known };
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, status: &'static str, next: Option<i64>, tags: &str) -> Row {
        let view = View {
            name: name.to_owned(),
            title: name.to_uppercase(),
            status,
            started: false,
            schedule: String::new(),
            grace_seconds: 60,
            pings: 0,
            last_ping: None,
            next_ping: next.map(|second| jiff::Timestamp::from_second(second).unwrap()),
            down_after: None,
            last_duration_seconds: None,
            url: None,
            email: None,
        };
        Row::of(view, tags)
    }

    #[test]
    fn searched_filtered_and_in_order() {
        let rows = vec![
            row("backup", "up", Some(20), "db nightly"),
            row("certs", "down", None, "web"),
            row("archive", "late", Some(10), "db"),
        ];
        let shown = |query: &str| {
            let rows = Wanted::of(&Fields::read(query.as_bytes())).chosen(rows.clone());
            let seen = rows.into_iter().filter(|row| !row.is_hidden);
            seen.map(|row| row.view.name).collect::<Vec<_>>().join(" ")
        };
        for (query, names) in [
            ("", "certs archive backup"),
            ("sort=name", "archive backup certs"),
            ("sort=next", "archive backup certs"),
            ("tag=db", "archive backup"),
            ("q=BACK+night", "backup"),
            ("status=down", "certs"),
            ("q=nothing", ""),
        ] {
            assert_eq!(shown(query), names, "{query}");
        }
    }
}
