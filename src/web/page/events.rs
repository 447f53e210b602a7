//! What was decided about one thing, and whom it was told: for its own page.

use jiff::{SignedDuration, Timestamp};

use super::Result;
use super::alerts::Told;
use super::visit::Visit;
use super::words::tone;
use crate::model::{Decision, Phase, Subject};
use crate::store;
use crate::web::locale::events as t;

/// So far back.
const SINCE: SignedDuration = SignedDuration::from_hours(90 * 24);
const MOST: usize = 100;
const MOST_TOLD: usize = 50;

/// Something that was decided.
pub(super) struct Happened {
    pub(super) at: Timestamp,
    pub(super) tone: &'static str,
    pub(super) what: &'static str,
    pub(super) said: String,
    pub(super) alert: Option<u64>,
}

impl Happened {
    /// In words; none of what is only on the way to something.
    fn of(decision: Decision) -> Option<Self> {
        let Decision::Change { at, id, from, to, severity, summary, .. } = decision else {
            return None;
        };
        let (tone, what) = match (from, to) {
            (Phase::Firing, Phase::Firing) => (tone(severity), t::became()),
            (_, Phase::Firing) => (tone(severity), t::began()),
            (_, Phase::Resolved) => ("up", t::over()),
            (Phase::Firing, Phase::Unknown) => ("unknown", t::unknown()),
            _ => return None,
        };
        Some(Self { at, tone, what, said: summary, alert: id })
    }
}

impl Visit {
    /// What was decided about something lately, and whom it was told; newest first.
    pub(super) async fn happened(&self, subject: &Subject) -> Result<(Vec<Happened>, Vec<Told>)> {
        let Ok(store) = self.store().await else { return Ok((Vec::new(), Vec::new())) };
        let since = self.now.checked_sub(SINCE).unwrap_or(Timestamp::MIN);
        let decisions = store::decision::of_subject(&store, subject, since, MOST).await?;
        let told = store::outbox::of_subject(&store, subject).await?;
        let told = told.iter().rev().take(MOST_TOLD).map(Told::of).collect();
        Ok((decisions.into_iter().filter_map(Happened::of).collect(), told))
    }
}
