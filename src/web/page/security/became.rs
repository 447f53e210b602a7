//! sudo and su: who became somebody else, to do what, and who was refused.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;

use super::blind::{Blind, or_blind};
use super::kept::Became;
use super::span;
use crate::web::locale::{logins as t, security};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// Lines on a page.
const MOST: usize = 200;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) user: String,
    pub(super) target: String,
    /// With sudo; nothing of su.
    pub(super) command: String,
    /// Why it was refused, if it was.
    pub(super) refused: Option<String>,
    pub(super) program: &'static str,
}

#[derive(Template)]
#[template(path = "page/security/became.html")]
struct Page {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    span: &'static str,
    span_words: String,
    holding: String,
    only_refused: bool,
    lines: Vec<Line>,
    /// How many there are.
    all: usize,
    /// Who did, how often, and how often in vain.
    users: Vec<(String, usize, usize)>,
}

/// All of them, newest first.
pub(super) fn lines(became: &Became) -> Vec<Line> {
    let by_sudo = became.sudo.iter().map(|(sudo, refused)| Line {
        at: sudo.at,
        user: sudo.user.clone(),
        target: sudo.target.clone(),
        command: sudo.command.clone(),
        refused: refused.clone(),
        program: "sudo",
    });
    let by_su = became.su.iter().map(|su| Line {
        at: su.at,
        user: su.user.clone(),
        target: su.target.clone(),
        command: String::new(),
        refused: su.is_refused.then(|| t::wrong_password().to_owned()),
        program: "su",
    });
    let mut lines: Vec<Line> = by_sudo.chain(by_su).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines
}

pub(super) async fn show(visit: &Visit) -> Result {
    let (span, back, span_words) = span(visit, "7d");
    let mut blind = Vec::new();
    let became = visit.app.security.became(visit.now, back).await;
    let became = or_blind(security::blind_became(), became, &mut blind);
    let mut lines = became.map(|became| lines(&became)).unwrap_or_default();
    let mut users: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for line in &lines {
        let (done, refused) = users.entry(line.user.clone()).or_default();
        *(if line.refused.is_some() { refused } else { done }) += 1;
    }
    let mut users: Vec<_> =
        users.into_iter().map(|(user, (done, refused))| (user, done, refused)).collect();
    users.sort_by_key(|(_, done, refused)| std::cmp::Reverse((*refused, *done)));
    users.truncate(20);
    let holding = visit.query.text("q").to_owned();
    let only_refused = visit.query.some("refused").is_some();
    let holds = |line: &Line| {
        let text = format!("{} {} {}", line.user, line.target, line.command).to_lowercase();
        text.contains(&holding.to_lowercase()) && (!only_refused || line.refused.is_some())
    };
    lines.retain(holds);
    let all = lines.len();
    lines.truncate(MOST);
    html(&Page {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/sudo",
        blind,
        span,
        span_words,
        holding,
        only_refused,
        lines,
        all,
        users,
    })
}
