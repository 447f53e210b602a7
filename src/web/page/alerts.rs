//! Alerts: what is and was wrong, whom it was told, and what holds notices back.

use jiff::SignedDuration;

use super::visit::Visit;
use super::{Result, Route};
use crate::access::Role;
use crate::config::parse_duration;
use crate::control::Request;
use crate::model::{Command, Match, Silence};
use crate::web::api::problem::Problem;

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Acknowledge,
    SilenceAlert,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Alerts(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("POST", "/alerts/{id}/acknowledge", Role::Editor, Call::Acknowledge),
    route("POST", "/alerts/{id}/silence", Role::Editor, Call::SilenceAlert),
];

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::Acknowledge => {
            let (alert, by) = (visit.number(0, "alert")?, visit.by());
            let reason = visit.form.text("reason").to_owned();
            let command = Command::Acknowledge { alert, by, reason };
            let said = visit.tell(Request::Do { command }).await?;
            visit.done(format!("/alerts/{alert}"), said)
        }
        Call::SilenceAlert => {
            let id = visit.number(0, "alert")?;
            let alerts = visit.status().await?.alerts;
            let alert = alerts.into_iter().find(|alert| alert.id == Some(id));
            let alert = alert.ok_or_else(|| Problem::missing(format!("there is no alert {id}")))?;
            let matches = Match {
                rules: vec![alert.key.rule.to_string()],
                subjects: vec![alert.key.subject.to_string()],
                severities: Vec::new(),
            };
            let said = silence(visit, matches).await?;
            visit.done(format!("/alerts/{id}"), said)
        }
    }
}

/// Sets a silence for as long as the form says.
async fn silence(visit: &Visit, matches: Match) -> Result<String> {
    let length: SignedDuration = parse_duration(visit.form.text("for"))
        .map_err(|_| Problem::wrong("that is no length of time").instead("write 30m, 2h or 3d"))?;
    let until = visit.now.checked_add(length);
    let until = until.map_err(|_| Problem::wrong("that is too long"))?;
    let silence = Silence {
        id: 0,
        matches,
        from: visit.now,
        until,
        by: visit.by(),
        reason: visit.form.text("reason").to_owned(),
    };
    visit.tell(Request::Do { command: Command::Silence(silence) }).await
}
