//! What burns, with its evidence.

use std::cmp::Reverse;

use super::burns;
use crate::alert::AlertView;
use crate::control::Status;
use crate::model::{Phase, Subject};
use crate::notify::message::held;
use crate::store::{self, Store};
use crate::web::locale::alerts;
use crate::web::page::words;

/// So many alerts are shown with all that is known of them.
pub(in crate::web::page) const CARDS: usize = 12;

/// An alert with what is to be seen of it.
pub(in crate::web::page) struct Burning {
    pub(in crate::web::page) view: AlertView,
    pub(in crate::web::page) tone: &'static str,
    pub(in crate::web::page) evidence: Vec<String>,
    /// Why something about it is not told.
    pub(in crate::web::page) held: Option<String>,
}

impl Burning {
    /// An alert, with the evidence of the newest message about it.
    pub(in crate::web::page) async fn of(store: Option<&Store>, view: AlertView) -> Self {
        let mut evidence = Vec::new();
        if let (Some(store), Some(id)) = (store, view.id) {
            // What cannot be read is not shown; the alert is.
            let told = store::outbox::about(store, id).await.unwrap_or_default();
            let items = told.into_iter().rev().flat_map(|delivery| delivery.notice.message.items);
            let mine = items.filter(|item| item.alert == id);
            evidence =
                mine.map(|item| item.evidence).find(|lines| !lines.is_empty()).unwrap_or_default();
        }
        let held = view.held.as_ref().map(|by| alerts::held(held(by)));
        Self { tone: words::tone(view.severity), view, evidence, held }
    }
}

/// What burns, worst first, and what may come to it.
pub(in crate::web::page) async fn sorted(
    store: Option<&Store>,
    status: &Status,
) -> (Vec<Burning>, Vec<Burning>) {
    let mut alerts: Vec<&AlertView> =
        status.alerts.iter().filter(|alert| alert.phase != Phase::Resolved).collect();
    alerts.sort_by_key(|alert| {
        (alert.acknowledged.is_some(), Reverse(alert.severity), Reverse(alert.since))
    });
    let (mut burning, mut smouldering) = (Vec::new(), Vec::new());
    for alert in alerts {
        // Beyond these one is looked for by its name, not read.
        let store = store.filter(|_| burning.len() < CARDS);
        // What a source cannot see is listed by source.
        if matches!(alert.key.subject, Subject::Source(_)) && !burns(alert.phase) {
            continue;
        }
        let one = Burning::of(store, alert.clone()).await;
        if burns(alert.phase) { burning.push(one) } else { smouldering.push(one) }
    }
    (burning, smouldering)
}
