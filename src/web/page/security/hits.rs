//! What people did that is worth hearing of, and what Sigma rules look for, as the watch heard it.

use std::time::Duration;

use askama::Template;
use jiff::Timestamp;
use nightkeep_audit::sigma::Level;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::blind::Blind;
use crate::model::{AuditAct, AuditActKind, Event};
use crate::source::audit::sigma;
use crate::store::{self, Store};
use crate::web::locale::{audit as t, security};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// On one page, and read for it.
const PAGE: usize = 50;
const READ: usize = 200;
const READS: usize = 20;
/// Rules are read again for each look: of thousands of files that takes too long.
const PATIENCE: Duration = Duration::from_millis(800);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    seq: i64,
    pub(super) at: Timestamp,
    pub(super) act: AuditAct,
    pub(super) tone: &'static str,
    pub(super) kind: &'static str,
}

#[derive(Template)]
#[template(path = "page/security/hits.html")]
struct Hits {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    holding: String,
    only_sigma: bool,
    lines: Vec<Line>,
    older: Option<String>,
    /// Where the Sigma rules are, how many are asked, and how many cannot be.
    paths: Vec<String>,
    rules: Option<(usize, usize)>,
    wrong: Option<String>,
}

impl Hits {
    /// What shows the rules that cannot be asked.
    fn command(&self) -> String {
        format!("nightkeep audit sigma --left {}", self.paths.join(" "))
    }
}

/// What was heard before an event, newest first, and where to go on.
pub(super) async fn lines(
    store: &Store,
    holding: &str,
    only_sigma: bool,
    mut before: i64,
    most: usize,
) -> Result<(Vec<Line>, Option<i64>)> {
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..READS {
        let read = store::history::latest_of(store, "audit-act", holding, before, READ).await?;
        let is_end = read.len() < READ;
        for (seq, at, event) in read {
            before = seq;
            let Event::AuditAct { act } = event else { continue };
            let (tone, kind) = told(act.kind);
            if only_sigma && !matches!(act.kind, AuditActKind::Sigma { .. }) {
                continue;
            }
            if lines.len() == most {
                return Ok((lines.clone(), lines.last().map(|line| line.seq)));
            }
            lines.push(Line { seq, at, act, tone, kind });
        }
        if is_end {
            return Ok((lines, None));
        }
    }
    Ok((lines, Some(before)))
}

/// Its class, and what it is called.
fn told(kind: AuditActKind) -> (&'static str, &'static str) {
    match kind {
        AuditActKind::Sigma { critical: true } => ("down", t::sigma_critical()),
        AuditActKind::Sigma { critical: false } => ("degraded", t::sigma_rule()),
        AuditActKind::Identity => ("degraded", t::accounts()),
        AuditActKind::Keys => ("degraded", t::keys()),
        AuditActKind::Schedule => ("degraded", t::schedules()),
        AuditActKind::Module => ("degraded", t::module()),
        AuditActKind::Sudo => ("degraded", t::first_sudo()),
        AuditActKind::Key => ("info", t::your_key()),
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    let store = visit.store().await?;
    let holding = visit.query.text("q").to_owned();
    let only_sigma = visit.query.some("sigma").is_some();
    let before = visit.query.text("before").parse().unwrap_or(i64::MAX);
    let (lines, older) = lines(&store, &holding, only_sigma, before, PAGE).await?;
    let older = older.map(|seq| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(visit.query.pairs().filter(|(name, _)| *name != "before"));
        query.append_pair("before", &seq.to_string()).finish()
    });
    let paths = visit.config.audit.sigma.clone();
    let (mut rules, mut wrong) = (None, None);
    if !paths.is_empty() {
        let asked = paths.clone();
        let load = spawn_blocking(move || sigma::load(&asked, Level::High));
        match timeout(PATIENCE, load).await {
            Ok(Ok(Ok((detector, left, _)))) => rules = Some((detector.len(), left.len())),
            Ok(Ok(Err(error))) => wrong = Some(format!("{error:#}")),
            // They are many; what they hit is shown all the same.
            _ => {}
        }
    }
    html(&Hits {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/hits",
        blind: Vec::new(),
        holding,
        only_sigma,
        lines,
        older,
        paths: paths.iter().map(|path| path.display().to_string()).collect(),
        rules,
        wrong,
    })
}
