//! The alerts of now, and those that were.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Decision, Phase, Severity};
use crate::store;
use crate::web::locale::{alerts as t, layout, tonight, word};
use crate::web::page::frame::Frame;
use crate::web::page::tonight::{Burning, sorted};
use crate::web::page::visit::Visit;
use crate::web::page::words::{self, Clock};
use crate::web::page::{Result, html};

/// Back to when history goes, and how much of it is on a page.
const USUAL: SignedDuration = SignedDuration::from_hours(30 * 24);
const PAGE: usize = 100;
/// Changes that are read for a page at most.
const MOST_READ: usize = 20_000;
const CHUNK: usize = 1000;

#[derive(Template)]
#[template(path = "page/alerts/now.html")]
struct Now {
    frame: Frame,
    clock: Clock,
    tab: &'static str,
    burning: Vec<Burning>,
    smouldering: Vec<Burning>,
    over: Vec<Burning>,
}

#[derive(Template)]
#[template(path = "page/alerts/history.html")]
struct History {
    frame: Frame,
    clock: Clock,
    tab: &'static str,
    search: String,
    changes: Vec<Change>,
    /// Where the next page begins.
    next: Option<String>,
}

/// An alert began or ended.
struct Change {
    id: u64,
    at: Timestamp,
    began: bool,
    severity: Severity,
    tone: &'static str,
    rule: String,
    subject: String,
    summary: String,
}

pub(super) async fn now(visit: &Visit) -> Result {
    let status = visit.status().await?;
    let store = visit.store().await.ok();
    let (burning, smouldering) = sorted(store.as_ref(), &status).await;
    let mut ended: Vec<_> =
        status.alerts.into_iter().filter(|alert| alert.phase == Phase::Resolved).collect();
    ended.sort_by_key(|alert| std::cmp::Reverse(alert.ended));
    let mut over = Vec::new();
    for alert in ended {
        over.push(Burning::of(None, alert).await);
    }
    let frame = visit.frame("a").await?;
    html(&Now { frame, clock: visit.clock(), tab: "now", burning, smouldering, over })
}

pub(super) async fn history(visit: &Visit) -> Result {
    let store = visit.store().await?;
    let search = visit.query.text("q").to_lowercase();
    let since = visit.now.checked_sub(USUAL * 13).unwrap_or(Timestamp::MIN);
    let mut before = visit.query.text("before").parse().unwrap_or(i64::MAX);
    let (mut changes, mut read, mut next) = (Vec::new(), 0, None);
    'all: loop {
        let chunk = store::decision::changes(&store, since, visit.now, before, CHUNK).await?;
        let is_last = chunk.len() < CHUNK;
        read += chunk.len();
        for (number, decision) in chunk {
            if changes.len() == PAGE {
                next = Some(before.to_string());
                break 'all;
            }
            before = number;
            changes.extend(Change::of(decision).filter(|change| change.has(&search)));
        }
        if is_last {
            break;
        }
        if read >= MOST_READ {
            next = Some(before.to_string());
            break;
        }
    }
    let (frame, search) = (visit.frame("a").await?, visit.query.text("q").to_owned());
    html(&History { frame, clock: visit.clock(), tab: "history", search, changes, next })
}

impl Change {
    fn of(decision: Decision) -> Option<Self> {
        let Decision::Change { at, key, id: Some(id), to, severity, summary, .. } = decision else {
            return None;
        };
        let began = match to {
            Phase::Firing => true,
            Phase::Resolved => false,
            _ => return None,
        };
        let tone = if began { words::tone(severity) } else { "up" };
        let (rule, subject) = (key.rule.to_string(), key.subject.to_string());
        Some(Self { id, at, began, severity, tone, rule, subject, summary })
    }

    fn has(&self, search: &str) -> bool {
        let texts = [&self.summary, &self.rule, &self.subject];
        search.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(search))
    }
}
