//! One alert: what it is, what was decided, whom it was told.

use askama::Template;
use jiff::Timestamp;

use crate::model::Decision;
use crate::notify::message::held;
use crate::respond::snapshot::Snapshot;
use crate::store;
use crate::store::outbox::{Delivery, DeliveryState};
use crate::web::api::problem::Problem;
use crate::web::locale::{alerts as t, events, layout, word};
use crate::web::page::frame::Frame;
use crate::web::page::tonight::Burning;
use crate::web::page::visit::Visit;
use crate::web::page::words::{self, Clock};
use crate::web::page::{Result, Shown, html};

#[derive(Template)]
#[template(path = "page/alerts/story.html")]
struct Story {
    frame: Frame,
    clock: Clock,
    id: u64,
    /// As it is, unless it was over more than a day ago.
    alert: Option<Burning>,
    summary: String,
    rule: String,
    subject: String,
    steps: Vec<Step>,
    deliveries: Vec<Told>,
    has_snapshot: bool,
}

struct Step {
    at: Timestamp,
    tone: &'static str,
    said: String,
    beside: String,
}

/// A delivery in words.
pub(in crate::web::page) struct Told {
    pub(in crate::web::page) at: Timestamp,
    pub(in crate::web::page) channel: String,
    pub(in crate::web::page) title: String,
    pub(in crate::web::page) alert: Option<u64>,
    pub(in crate::web::page) tone: &'static str,
    pub(in crate::web::page) outcome: &'static str,
    pub(in crate::web::page) when: Option<Timestamp>,
    pub(in crate::web::page) beside: String,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let id = visit.number(0, "alert")?;
    let store = visit.store().await?;
    let decisions = store::decision::about(&store, id).await?;
    let found = visit.status().await?.alerts.into_iter().find(|alert| alert.id == Some(id));
    let mut alert = None;
    if let Some(found) = found {
        alert = Some(Burning::of(Some(&store), found).await);
    }
    let last = decisions.iter().rev().find_map(|decision| match decision {
        Decision::Change { key, summary, .. } => {
            Some((summary.clone(), key.rule.to_string(), key.subject.to_string()))
        }
        _ => None,
    });
    let of_alert = |alert: &Burning| {
        let view = &alert.view;
        (view.summary.clone(), view.key.rule.to_string(), view.key.subject.to_string())
    };
    let named = alert.as_ref().map(of_alert).or(last);
    let Some((summary, rule, subject)) = named else {
        return Err(
            Problem::missing(layout::no_such("alert", id.to_string())).instead(t::in_history())
        );
    };
    let mut deliveries: Vec<Told> =
        store::outbox::about(&store, id).await?.iter().map(Told::of).collect();
    deliveries.reverse();
    let path = visit.config.store.path.clone();
    let snapshot = tokio::task::spawn_blocking(move || Snapshot::of_alert(&path, id)).await;
    let mut steps: Vec<Step> = decisions.iter().map(Step::of).collect();
    steps.reverse();
    html(&Story {
        frame: visit.frame("a").await?,
        clock: visit.clock(),
        id,
        alert,
        summary,
        rule,
        subject,
        steps,
        deliveries,
        has_snapshot: matches!(snapshot, Ok(Ok(Some(_)))),
    })
}

/// What the watch kept of the moment it began.
pub(super) async fn snapshot(visit: &Visit) -> Result {
    let id = visit.number(0, "alert")?;
    let path = visit.config.store.path.clone();
    let read = tokio::task::spawn_blocking(move || Snapshot::of_alert(&path, id)).await;
    match read {
        Ok(Ok(Some(snapshot))) => {
            let body = snapshot.text().into_bytes();
            Ok(Shown::File { kind: "text/plain; charset=utf-8", name: None, body })
        }
        _ => Err(Problem::missing(t::no_snapshot(id.to_string())).instead(t::snapshot_when())),
    }
}

impl Step {
    fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Change { at, to, severity, summary, .. } => {
                let tone = match to.as_str() {
                    "firing" => words::tone(*severity),
                    "resolved" | "ok" => "up",
                    _ => "unknown",
                };
                let said = t::step(word::phase(to.as_str()), word::severity(severity.as_str()));
                Self { at: *at, tone, said, beside: summary.clone() }
            }
            Decision::Hold { at, by, .. } => Self {
                at: *at,
                tone: "paused",
                said: t::not_told().to_owned(),
                beside: t::held(held(by)),
            },
            Decision::Tell(tell) => Self {
                at: tell.at,
                tone: "info",
                said: t::told(tell.kind.as_str()),
                beside: match tell.channels.as_slice() {
                    [] => t::told_nowhere().to_owned(),
                    channels => t::told_on(channels.join(", ")),
                },
            },
        }
    }
}

impl Told {
    pub(in crate::web::page) fn of(delivery: &Delivery) -> Self {
        let message = &delivery.notice.message;
        let (tone, outcome) = match delivery.state {
            DeliveryState::Delivered => ("up", t::delivered()),
            DeliveryState::Pending if delivery.attempts == 0 => ("unknown", t::waits()),
            DeliveryState::Pending => ("degraded", t::tried_again()),
            DeliveryState::GivenUp => ("down", t::given_up()),
        };
        let mut beside = delivery.error.clone().unwrap_or_default();
        if delivery.attempts > 0 {
            beside = if beside.is_empty() {
                t::failed_tries(delivery.attempts)
            } else {
                t::failed_tries_why(delivery.attempts, beside)
            };
        }
        Self {
            at: message.at,
            channel: delivery.notice.channel.clone(),
            title: message.title.clone(),
            alert: message.items.first().map(|item| item.alert),
            tone,
            outcome,
            when: delivery.delivered_at,
            beside,
        }
    }
}
