//! Alerts: what is and was wrong, whom it was told, and what holds notices back.

mod deliveries;
mod list;
mod quiet;
mod story;

use jiff::Timestamp;
use jiff::civil::DateTime;

pub(super) use self::story::Told;
use super::visit::Visit;
use super::{Result, Route};
use crate::access::Role;
use crate::config::parse_duration;
use crate::control::Request;
use crate::model::{Command, Match, Severity, Silence};
use crate::notify;
use crate::web::api::problem::Problem;
use crate::web::locale::{alerts as t, layout};

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Now,
    History,
    Show,
    Snapshot,
    Acknowledge,
    SilenceAlert,
    Deliveries,
    TestChannel,
    Quiet,
    Silence,
    EndSilence,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Alerts(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/alerts", Role::Viewer, Call::Now),
    route("GET", "/alerts/history", Role::Viewer, Call::History),
    route("GET", "/alerts/deliveries", Role::Viewer, Call::Deliveries),
    route("GET", "/alerts/quiet", Role::Viewer, Call::Quiet),
    route("GET", "/alerts/{id}", Role::Viewer, Call::Show),
    route("GET", "/alerts/{id}/snapshot", Role::Editor, Call::Snapshot),
    route("POST", "/alerts/{id}/acknowledge", Role::Editor, Call::Acknowledge),
    route("POST", "/alerts/{id}/silence", Role::Editor, Call::SilenceAlert),
    route("POST", "/alerts/channels/{name}/test", Role::Editor, Call::TestChannel),
    route("POST", "/alerts/quiet", Role::Editor, Call::Silence),
    route("POST", "/alerts/quiet/{id}/end", Role::Editor, Call::EndSilence),
];

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::Now => list::now(visit).await,
        Call::History => list::history(visit).await,
        Call::Show => story::show(visit).await,
        Call::Snapshot => story::snapshot(visit).await,
        Call::Deliveries => deliveries::show(visit).await,
        Call::Quiet => quiet::show(visit).await,
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
            let alert =
                alert.ok_or_else(|| Problem::missing(layout::no_such("alert", id.to_string())))?;
            let matches = Match::of(&alert.key);
            let said = silence(visit, matches).await?;
            visit.done(format!("/alerts/{id}"), said)
        }
        Call::Silence => {
            let said = silence(visit, matches(visit)?).await?;
            visit.done("/alerts/quiet", said)
        }
        Call::EndSilence => {
            let (silence, by) = (visit.number(0, "silence")?, visit.by());
            let command = Command::Unsilence { silence, by };
            let said = visit.tell(Request::Do { command }).await?;
            visit.done("/alerts/quiet", said)
        }
        Call::TestChannel => test(visit).await,
    }
}

/// Sends a test message.
async fn test(visit: &Visit) -> Result {
    let name = visit.part(0);
    let channel = visit.config.channels.get(name);
    let channel = channel.ok_or_else(|| Problem::missing(t::no_channel(name)))?;
    let tested = notify::test(name, channel, &visit.config, visit.now).await;
    let said = match tested {
        Ok(_) => t::channel_took(name),
        Err(error) => t::channel_refused(name, error.to_string()),
    };
    visit.note(&t::channel_tested(name)).await?;
    visit.done("/alerts/deliveries", said)
}

/// What the form means: each line one.
fn matches(visit: &Visit) -> Result<Match> {
    let lines = |name: &str| -> Vec<String> {
        let words = visit.form.all(name).flat_map(|text| text.split(['\n', ',']));
        words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut severities = Vec::new();
    for word in visit.form.all("severity") {
        let all = [Severity::Info, Severity::Warning, Severity::Critical];
        let known = all.into_iter().find(|known| known.as_str() == word);
        severities.push(known.ok_or_else(|| Problem::wrong(t::no_severity(word)))?);
    }
    Ok(Match { rules: lines("rules"), subjects: lines("subjects"), severities })
}

/// Sets a silence for as long as the form says.
pub(super) async fn silence(visit: &Visit, matches: Match) -> Result<String> {
    let (from, until) = span(visit)?;
    let by = visit.by();
    let reason = visit.form.text("reason").to_owned();
    let silence = Silence { id: 0, matches, from, until, by, reason };
    visit.tell(Request::Do { command: Command::Silence(silence) }).await
}

/// From when until when: `for`, or `from` and `until` as the owner's clock shows them.
fn span(visit: &Visit) -> Result<(Timestamp, Timestamp)> {
    let moment = |name: &str| -> Result<Option<Timestamp>> {
        let Some(text) = visit.form.some(name) else { return Ok(None) };
        let civil: Option<DateTime> = text.parse().ok();
        let zoned = civil.and_then(|civil| civil.to_zoned(visit.config.timezone.clone()).ok());
        zoned
            .map(|zoned| Some(zoned.timestamp()))
            .ok_or_else(|| Problem::wrong(t::no_time(text)).instead(t::write_time()))
    };
    let from = moment("from")?.unwrap_or(visit.now);
    let until = match (moment("until")?, visit.form.some("for")) {
        (Some(until), _) => until,
        (None, Some(lasts)) => {
            let length = parse_duration(lasts)
                .map_err(|_| Problem::wrong(t::no_length(lasts)).instead(t::write_length()))?;
            from.checked_add(length).map_err(|_| Problem::wrong(t::too_long()))?
        }
        (None, None) => {
            return Err(Problem::wrong(t::no_end()).instead(t::choose_end()));
        }
    };
    if until <= from {
        return Err(Problem::wrong(t::ends_early()).instead(t::choose_later()));
    }
    Ok((from, until))
}
