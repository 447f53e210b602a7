//! All monitors: searched, filtered, in order, under their headings.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use askama::Template;

use crate::monitor::MonitorView;
use crate::web::locale::{form as forms, layout, monitors as t, time, tonight, word};
use crate::web::page::frame::Frame;
use crate::web::page::line::{MonitorLine, monitor_tone};
use crate::web::page::visit::{Fields, Visit};
use crate::web::page::{Result, address, html};

/// Tags that are offered.
const TAGS: usize = 40;

#[derive(Template)]
#[template(path = "page/monitors/list.html")]
struct List {
    frame: Frame,
    counters: Vec<Counter>,
    tags: Vec<String>,
    wanted: Wanted,
    groups: Vec<Group>,
    /// How many there are, how many of them are on the page, and how many are seen.
    all: usize,
    listed: usize,
    seen: usize,
}

/// How many are so.
#[derive(Debug, PartialEq, Eq)]
struct Counter {
    tone: &'static str,
    count: usize,
}

/// What is to be seen, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wanted {
    /// Words, all of which have to be there.
    q: String,
    tag: String,
    /// The class of how it is.
    status: String,
    sort: Sort,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Trouble,
    Name,
    Latency,
    Uptime,
}

/// Monitors under a heading.
struct Group {
    /// Those above it, and its own; nothing: no heading.
    headings: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    path: String,
    /// What a search looks at.
    text: String,
    /// It does not fit the search. It is there all the same, for the search of the browser.
    is_hidden: bool,
    line: MonitorLine,
}

const TONES: [&str; 6] = ["down", "degraded", "unknown", "paused", "maintenance", "up"];

pub(super) async fn show(visit: &Visit) -> Result {
    let wanted = Wanted::of(&visit.query);
    let views = visit.monitors(None).await?;
    let all = views.len();
    let (counters, tags) = (counters(&views), tags(&views));
    let chosen: Vec<MonitorView> = views.into_iter().filter(|view| wanted.has(view)).collect();
    let past = visit.app.past(visit.now).await;
    let mut lines: Vec<MonitorLine> =
        chosen.into_iter().map(|view| MonitorLine::of(view, &past, visit.now)).collect();
    drop(past);
    let listed = lines.len();
    lines.sort_by(|one, other| wanted.sort.compare(one, other));
    let groups = grouped(lines, &wanted);
    let seen = groups.iter().map(Group::seen).sum();
    let frame = visit.frame("m").await?;
    html(&List { frame, counters, tags, wanted, groups, all, listed, seen })
}

/// The orders there are, by their names in the address.
fn orders() -> [(&'static str, &'static str); 4] {
    [
        ("trouble", forms::trouble_first()),
        ("name", forms::by_name()),
        ("latency", t::slowest()),
        ("uptime", t::least_up()),
    ]
}

impl Wanted {
    fn of(query: &Fields) -> Self {
        let text = |name: &str| query.text(name).to_owned();
        let sort = match query.text("sort") {
            "name" => Sort::Name,
            "latency" => Sort::Latency,
            "uptime" => Sort::Uptime,
            _ => Sort::Trouble,
        };
        Self { q: text("q"), tag: text("tag"), status: text("status"), sort }
    }

    fn has(&self, view: &MonitorView) -> bool {
        (self.tag.is_empty() || view.tags.contains(&self.tag))
            && (self.status.is_empty() || monitor_tone(view.status) == self.status)
    }

    /// Does a text have all that is searched for?
    fn finds(&self, text: &str) -> bool {
        self.q.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    }

    /// The same with one of them changed, as a query.
    fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let known = [
            ("q", self.q.as_str()),
            ("tag", &self.tag),
            ("status", &self.status),
            ("sort", self.sort.as_str()),
        ];
        for (key, known) in known {
            let value = if key == name { value } else { known };
            let is_usual = value.is_empty() || (key == "sort" && value == "trouble");
            if !is_usual {
                query.append_pair(key, value);
            }
        }
        query.finish()
    }

    fn is_any(&self) -> bool {
        self.q.is_empty() && self.tag.is_empty() && self.status.is_empty()
    }
}

impl Group {
    fn seen(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_hidden).count()
    }
}

impl Sort {
    fn as_str(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Name => "name",
            Self::Latency => "latency",
            Self::Uptime => "uptime",
        }
    }

    /// Those that want to be seen come first; of two alike the name decides.
    fn compare(self, one: &MonitorLine, other: &MonitorLine) -> Ordering {
        let name = |line: &MonitorLine| line.view.name.to_lowercase();
        let by = match self {
            Self::Trouble => one.view.status.cmp(&other.view.status),
            Self::Name => Ordering::Equal,
            // What is not known comes last.
            Self::Latency => {
                let slow = |line: &MonitorLine| line.latency_seconds.unwrap_or(-1.0);
                slow(other).total_cmp(&slow(one))
            }
            Self::Uptime => {
                let share = |line: &MonitorLine| line.month_share.unwrap_or(2.0);
                share(one).total_cmp(&share(other))
            }
        };
        by.then_with(|| name(one).cmp(&name(other)))
    }
}

/// The lines under their headings; sorted by a number there are none. A heading stands where the
/// first of what is below it would.
fn grouped(lines: Vec<MonitorLine>, wanted: &Wanted) -> Vec<Group> {
    let sort = wanted.sort;
    let is_flat = matches!(sort, Sort::Latency | Sort::Uptime);
    let mut groups: Vec<Group> = Vec::new();
    for line in lines {
        let group = line.view.group.as_deref().filter(|_| !is_flat).unwrap_or_default();
        let headings: Vec<String> = group
            .split('/')
            .map(str::trim)
            .filter(|step| !step.is_empty())
            .map(str::to_owned)
            .collect();
        let text = text(&line.view);
        let row = Row {
            id: address::id('m', &line.view.name),
            path: address::monitor(&line.view.name),
            is_hidden: !wanted.finds(&text),
            text,
            line,
        };
        match groups.iter_mut().find(|group| group.headings == headings) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { headings, rows: vec![row] }),
        }
    }
    match sort {
        Sort::Name => groups.sort_by(|one, other| one.headings.cmp(&other.headings)),
        // Headings of one heading stand together, in the order of the first of them.
        Sort::Trouble => {
            let order: Vec<Option<String>> =
                groups.iter().map(|group| group.headings.first().cloned()).collect();
            groups.sort_by_key(|group| {
                order.iter().position(|first| first.as_ref() == group.headings.first())
            });
        }
        Sort::Latency | Sort::Uptime => {}
    }
    groups
}

/// What a search looks at.
fn text(view: &MonitorView) -> String {
    let group = view.group.as_deref().unwrap_or_default();
    format!("{} {} {} {group}", view.name, view.target, view.kind.as_str()).to_lowercase()
}

fn counters(views: &[MonitorView]) -> Vec<Counter> {
    let count = |tone: &'static str| Counter {
        tone,
        count: views.iter().filter(|view| monitor_tone(view.status) == tone).count(),
    };
    TONES.into_iter().map(count).collect()
}

/// Every tag there is.
fn tags(views: &[MonitorView]) -> Vec<String> {
    let all: BTreeSet<&String> = views.iter().flat_map(|view| &view.tags).collect();
    all.into_iter().take(TAGS).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{MonitorType, Origin};
    use crate::model::Severity;
    use crate::monitor::Shown;

    fn view(name: &str, status: Shown, group: Option<&str>) -> MonitorView {
        MonitorView {
            name: name.to_owned(),
            kind: MonitorType::Http,
            target: format!("https://{name}.example"),
            status,
            since: None,
            said: String::new(),
            at: None,
            latency_seconds: None,
            interval_seconds: 60.0,
            missed: 0,
            certificate_ends: None,
            group: group.map(str::to_owned),
            tags: vec![String::from("web")],
            parent: None,
            note: None,
            severity: Severity::Critical,
            origin: Origin::Store,
            tests: Vec::new(),
            recent: Vec::new(),
            results: Vec::new(),
        }
    }

    fn line(view: MonitorView, latency: Option<f64>, month: Option<f64>) -> MonitorLine {
        let past = crate::web::past::Past::new(jiff::tz::TimeZone::UTC);
        let line = MonitorLine::of(view, &past, jiff::Timestamp::UNIX_EPOCH);
        MonitorLine { latency_seconds: latency, month_share: month, ..line }
    }

    fn names(groups: &[Group]) -> Vec<(String, Vec<&str>)> {
        groups
            .iter()
            .map(|group| {
                let rows = group.rows.iter().map(|row| row.line.view.name.as_str()).collect();
                (group.headings.join(" > "), rows)
            })
            .collect()
    }

    #[test]
    fn what_is_in_trouble_comes_first_with_its_heading() {
        let all = || {
            let mut lines = vec![
                line(view("a", Shown::Up, Some("Web")), Some(0.1), Some(0.9)),
                line(view("B", Shown::Up, None), None, None),
                line(view("c", Shown::Down, Some("Mail/Out")), Some(0.3), Some(1.0)),
                line(view("d", Shown::Degraded, Some("Web")), Some(0.2), Some(0.5)),
            ];
            lines.reverse();
            lines
        };
        let sorted = |sort: Sort| {
            let mut lines = all();
            lines.sort_by(|one, other| sort.compare(one, other));
            grouped(lines, &Wanted { sort, ..Wanted::default() })
        };
        let owned = |text: &str| text.to_owned();
        assert_eq!(
            names(&sorted(Sort::Trouble)),
            [
                (owned("Mail > Out"), vec!["c"]),
                (owned("Web"), vec!["d", "a"]),
                (owned(""), vec!["B"])
            ]
        );
        assert_eq!(
            names(&sorted(Sort::Name)),
            [
                (owned(""), vec!["B"]),
                (owned("Mail > Out"), vec!["c"]),
                (owned("Web"), vec!["a", "d"])
            ]
        );
        assert_eq!(names(&sorted(Sort::Latency)), [(owned(""), vec!["c", "d", "a", "B"])]);
        assert_eq!(names(&sorted(Sort::Uptime)), [(owned(""), vec!["d", "a", "c", "B"])]);
    }

    #[test]
    fn searched_and_filtered_by_the_address() {
        let of = |query: &str| Wanted::of(&Fields::read(query.as_bytes()));
        let (shop, mail) = (view("Shop", Shown::Up, None), view("mail", Shown::Pending, None));
        for (query, has) in [
            ("", [true, true]),
            ("q=sHOP+http", [true, false]),
            ("status=unknown", [false, true]),
            ("tag=web", [true, true]),
            ("tag=we", [false, false]),
        ] {
            let wanted = of(query);
            let sees = |view| wanted.has(view) && wanted.finds(&text(view));
            assert_eq!([sees(&shop), sees(&mail)], has, "{query}");
        }
        let wanted = of("q=a%26b&sort=name&status=up");
        assert_eq!(wanted.with("status", ""), "q=a%26b&sort=name");
        assert_eq!(wanted.with("sort", "trouble"), "q=a%26b&status=up");
    }
}
