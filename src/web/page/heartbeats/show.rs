//! One heartbeat: how it is, where it is called, what it said.

use askama::Template;
use jiff::Timestamp;

use super::past::{Month, months};
use super::preview::{Due, from, next, words};
use super::snippet::{Snippet, snippets};
use crate::config::{heartbeat_json, heartbeat_text};
use crate::heartbeat::book::as_table;
use crate::heartbeat::check::{Flip, Reason};
use crate::heartbeat::contract::Kind;
use crate::heartbeat::view::{PingView, View};
use crate::heartbeat::{Check, Origin};
use crate::model::Subject;
use crate::model::text::clean;
use crate::store;
use crate::web::api::heartbeats::none;
use crate::web::api::problem::Problem;
use crate::web::locale::when::length;
use crate::web::locale::{form as forms, heartbeats as t, layout, word};
use crate::web::page::alerts::Told;
use crate::web::page::events::Happened;
use crate::web::page::frame::Frame;
use crate::web::page::line::heartbeat_tone;
use crate::web::page::visit::Visit;
use crate::web::page::words::{Clock, seconds};
use crate::web::page::{Result, address, html};

/// Lines of the log that are shown.
const PINGS: u32 = 200;
/// Letters of a line of a body.
const LINE: usize = 2000;
const KINDS: [Kind; 5] = [Kind::Success, Kind::Fail, Kind::Start, Kind::Log, Kind::Ignored];

#[derive(Template)]
#[template(path = "page/heartbeats/show.html")]
struct Show {
    frame: Frame,
    clock: Clock,
    view: View,
    path: String,
    tone: &'static str,
    /// Why it is down.
    why: Option<String>,
    since: Timestamp,
    file: Option<(String, usize)>,
    words: String,
    next: Vec<Due>,
    facts: Vec<(&'static str, String)>,
    tags: Vec<String>,
    note: String,
    /// Its own address, beside the one by its name; only for whoever may change it.
    own_url: Option<String>,
    snippets: Vec<Snippet>,
    pings: Vec<PingView>,
    kind: &'static str,
    /// What the last of these sent that sent something.
    body: Option<(u64, String)>,
    flips: Vec<Flip>,
    months: Vec<Month>,
    events: Vec<Happened>,
    told: Vec<Told>,
    text: Option<String>,
}

#[derive(Template)]
#[template(path = "page/heartbeats/body.html")]
struct Body {
    frame: Frame,
    name: String,
    path: String,
    n: u64,
    body: String,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let name = visit.part(0);
    let mails = visit.config.heartbeat_mail.taken_at();
    let now = visit.app.desk.now();
    let looked = visit.app.desk.look(|book| {
        let id = book.named(name)?;
        let check = book.get(id)?;
        Some((id, View::new(&visit.origin, mails, book, check, now), check.clone()))
    });
    let looked = looked.ok_or_else(Problem::no_store)?;
    let (id, mut view, check) = looked.ok_or_else(|| none(name))?;
    let frame = visit.frame("h").await?;
    let definition = &check.definition;
    let mut own_url = Some(format!("{}/ping/{}", visit.origin, definition.uuid));
    let mut snippets =
        snippets(view.url.as_deref().unwrap_or_default(), &definition.slug, &definition.when);
    if !frame.may_edit() {
        // Whoever knows where it calls can call.
        (view.url, view.email, own_url) = (None, None, None);
        snippets.clear();
    }
    if own_url == view.url {
        own_url = None;
    }
    let store = visit.store().await?;
    let kind = KINDS.into_iter().find(|kind| kind.as_str() == visit.query.text("kind"));
    let log = store::heartbeat::log(&store, id, kind, PINGS).await?;
    let pings: Vec<PingView> = log.iter().map(PingView::from).collect();
    let last = pings.iter().find(|ping| ping.body_bytes > 0).map(|ping| ping.n);
    let body = match last {
        Some(n) => store::heartbeat::body(&store, id, n).await?.map(|body| (n, readable(&body))),
        None => None,
    };
    let since = now.checked_sub(store::heartbeat::KEEP_FLIPS).unwrap_or(Timestamp::MIN);
    let flips = store::heartbeat::flips(&store, id, since, Timestamp::MAX).await?;
    let subject = Subject::Heartbeat(definition.subject.clone());
    let (events, told) = visit.happened(&subject).await?;
    let clock = visit.clock();
    let zone = &clock.zone;
    html(&Show {
        path: address::heartbeat(&view.name),
        tone: heartbeat_tone(view.status),
        why: why(&check),
        since: check.life.since,
        file: match &definition.origin {
            Origin::File { path, line } => Some((path.display().to_string(), *line)),
            Origin::Store => None,
        },
        words: words(&definition.when),
        next: next(&definition.when, from(&definition.when, check.life.last_ping, now), &clock),
        facts: facts(&check),
        tags: definition.tags.split_whitespace().map(str::to_owned).collect(),
        note: definition.desc.clone(),
        months: months(&flips, check.life.status, definition.created, now, zone),
        text: frame.may_edit().then(|| heartbeat_text(&heartbeat_json(&as_table(definition)))),
        kind: kind.map_or("", Kind::as_str),
        own_url,
        snippets,
        pings,
        body,
        flips: flips.into_iter().take(50).collect(),
        events,
        told,
        clock,
        frame,
        view,
    })
}

/// What was sent with one call.
pub(super) async fn body(visit: &Visit) -> Result {
    let name = visit.part(0);
    let n = visit.number(1, "ping")?;
    let id = visit.app.desk.look(|book| book.named(name)).ok_or_else(Problem::no_store)?;
    let id = id.ok_or_else(|| none(name))?;
    let body = store::heartbeat::body(&visit.store().await?, id, n).await?;
    let body = body.ok_or_else(|| Problem::missing(t::ping_unknown(n)).instead(t::pings_kept()))?;
    html(&Body {
        frame: visit.frame("h").await?,
        name: name.to_owned(),
        path: address::heartbeat(name),
        n,
        body: readable(&body),
    })
}

/// What somebody sent, line by line, with nothing in it that does something.
fn readable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body).replace('\t', "    ");
    text.lines().map(|line| clean(line, LINE)).collect::<Vec<_>>().join("\n")
}

/// Why it is down, in words.
fn why(check: &Check) -> Option<String> {
    use crate::model::HeartbeatFault as Fault;
    let life = &check.life;
    let why = match life.fault? {
        Fault::Missed => t::missed().to_owned(),
        Fault::Unfinished => t::unfinished().to_owned(),
        Fault::Early => t::early().to_owned(),
        Fault::Failed => match life.exit {
            Some(exit) => t::failed_exit(exit),
            None => t::failed_said().to_owned(),
        },
    };
    Some(if life.said.is_empty() { why } else { t::why_said(why, &life.said) })
}

fn facts(check: &Check) -> Vec<(&'static str, String)> {
    let own = &check.definition;
    let words = |words: &str| words.replace(',', ", ");
    let mut facts = vec![(t::late_by_most(), length(own.grace))];
    let run = own.start_grace.map(|grace| (t::run_most(), length(grace)));
    let least = own.shortest_run.map(|least| (t::run_least(), length(least)));
    facts.extend(run.into_iter().chain(least));
    if own.failures > 1 {
        facts.push((t::down_after(), t::down_after_failures(own.failures)));
    }
    facts.push((forms::when_down(), word::severity(own.severity.as_str())));
    if !own.channels.is_empty() {
        facts.push((t::told_on(), own.channels.join(", ")));
    }
    if own.only_post {
        facts.push((t::counts(), t::only_post().to_owned()));
    }
    let filter = &own.filter;
    for (name, said) in [
        (t::failure_words(), &filter.failure),
        (t::success_words(), &filter.success),
        (t::start_words(), &filter.start),
    ] {
        if !said.is_empty() {
            facts.push((name, words(said)));
        }
    }
    if own.manual_resume {
        facts.push((t::paused(), t::paused_until_resumed().to_owned()));
    }
    facts
}

/// Why it changed.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::None => "",
        Reason::Timeout => t::missed(),
        Reason::Fail => t::failed(),
        Reason::Early => t::early(),
    }
}

/// The class of a call.
fn kind_tone(kind: Kind) -> &'static str {
    match kind {
        Kind::Success => "up",
        Kind::Fail => "down",
        Kind::Start => "info",
        Kind::Log | Kind::Ignored => "unknown",
    }
}

/// How long something took.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "a template hands on a reference")]
fn took(took: &f64) -> String {
    seconds(*took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_does_nothing() {
        let sent = b"one\r\n\tt\x1b[31mwo\xff\n\xe2\x80\xaethree";
        assert_eq!(readable(sent), "one\n    t?[31mwo\u{fffd}\n?three");
    }
}
