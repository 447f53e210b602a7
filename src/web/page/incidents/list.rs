//! All incidents, and triage: asked for here, done by root, watched step by step.

use askama::Template;
use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use super::{answer_of, said, tone, took};
use crate::config::parse_duration;
use crate::respond::asked::{Places, Request, Run, Said};
use crate::respond::incident::{self, Incident, Summary};
use crate::source::Blind;
use crate::web::api::problem::Problem;
use crate::web::book;
use crate::web::locale::{incidents as t, layout, time};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, Shown, html};

/// What ended longer ago is shown no more.
const ENDED: SignedDuration = SignedDuration::from_hours(24);

#[derive(Template)]
#[template(path = "page/incidents/list.html")]
struct List {
    frame: Frame,
    clock: Clock,
    incidents: Vec<Line>,
    /// Those the watch may not read, and what lets it.
    unreadable: Vec<String>,
    mend: String,
    /// Why triage cannot be asked for.
    cannot: Option<Blind>,
    triage: Triage,
}

/// An incident in the list.
struct Line {
    summary: Summary,
    answer: String,
    tone: &'static str,
}

/// How far triage is.
#[derive(Debug, Default, PartialEq, Eq)]
struct Triage {
    is_waiting: bool,
    is_running: bool,
    steps: Vec<Step>,
    /// The incident it is in, and the answer.
    ended: Option<(String, String)>,
    failed: Option<String>,
}

/// A step of it.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    name: String,
    tone: &'static str,
    /// How long it took or takes.
    took: String,
    state: &'static str,
}

impl Triage {
    fn of(run: &Run, now: Timestamp) -> Self {
        let mut triage = Self { is_waiting: run.is_waiting, ..Self::default() };
        let at = |said: &Said| match said {
            Said::Step { at, .. } | Said::Ended { at, .. } | Said::Failed { at, .. } => *at,
        };
        let last = run.said.last().map(at);
        let is_over = !matches!(run.said.last(), Some(Said::Step { .. }) | None);
        if !run.is_running && last.is_some_and(|last| now.duration_since(last) > ENDED) {
            return triage;
        }
        triage.is_running = run.is_running && !is_over;
        for (place, said) in run.said.iter().enumerate() {
            let next = run.said.get(place + 1);
            match said {
                Said::Step { at: begun, step } => {
                    let (tone, state) = match next {
                        Some(Said::Failed { .. }) => ("down", "failed"),
                        Some(_) => ("up", "done"),
                        None if run.is_running => ("info", "running"),
                        None => ("down", "broke-off"),
                    };
                    let until = next.map_or(now, at);
                    let took = took(*begun, until);
                    triage.steps.push(Step { name: step.clone(), tone, took, state });
                }
                Said::Ended { incident, answer, .. } => {
                    triage.ended = Some((incident.clone(), answer.clone()));
                }
                Said::Failed { why, .. } => triage.failed = Some(why.clone()),
            }
        }
        if !run.is_running && !is_over && last.is_some() {
            triage.failed = Some(t::broke_off("journalctl -u nightkeep-triage -n 50"));
        }
        triage
    }

    /// Is there anything to be seen of it?
    fn is_seen(&self) -> bool {
        self.is_waiting || !self.steps.is_empty() || self.failed.is_some()
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    let store = visit.config.store.path.clone();
    let mend = book::mend(&store);
    let read = book::blocking(move || match incident::readable(&store) {
        // Not even their numbers can be read.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Ok((Vec::new(), vec![t::unreadable_all().to_owned()]))
        }
        read => read,
    });
    let (incidents, mut unreadable) = read.await?;
    unreadable.reverse();
    let looked = spawn_blocking(|| {
        let places = Places::of_machine();
        (places.examine().err(), places.read())
    });
    let (cannot, run) = looked.await.map_err(|error| Problem::unavailable(error.to_string()))?;
    let lines = incidents.iter().rev();
    let line = |one: &Incident| {
        let answer = answer_of(one).unwrap_or_default();
        Line { summary: one.into(), tone: tone(&answer), answer }
    };
    html(&List {
        frame: visit.frame("i").await?,
        clock: visit.clock(),
        incidents: lines.map(line).collect(),
        unreadable,
        mend,
        cannot,
        triage: Triage::of(&run, visit.now),
    })
}

/// Asks root for triage.
pub(super) async fn triage(visit: &Visit) -> Result {
    let since = parse_duration(visit.form.text("since"))
        .map_err(|_| Problem::wrong(t::no_length()).instead(t::write_length()))?;
    let request = Request {
        since: since.as_secs().unsigned_abs(),
        title: visit.form.text("title").chars().take(120).collect(),
        by: visit.by(),
    };
    let asked = spawn_blocking(move || {
        let places = Places::of_machine();
        places.examine().map_err(|blind| Problem::conflict(blind.why).instead(blind.mend))?;
        places.ask(&request).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                Problem::conflict(t::asked_already())
                    .instead("systemctl status nightkeep-triage.path")
            } else {
                Problem::unavailable(t::cannot_ask(error.to_string()))
            }
        })
    });
    asked.await.map_err(|error| Problem::unavailable(error.to_string()))??;
    visit.note(t::changed_asked()).await?;
    Ok(Shown::Done { to: String::from("/incidents"), said: t::asked().to_owned() })
}

/// Opens an incident by hand.
pub(super) async fn open(visit: &Visit) -> Result {
    let title = said(visit, "title")?;
    let (store, by, now) = (visit.config.store.path.clone(), visit.by(), visit.now);
    let opened = book::blocking(move || incident::open(&store, &title, &by, now)).await?;
    visit.note(&t::changed_opened(&opened.id)).await?;
    let said = t::opened(&opened.id);
    Ok(Shown::Done { to: format!("/incidents/{}", opened.id), said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_triage_is() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let step = |second, step: &str| Said::Step { at: at(second), step: step.to_owned() };
        let run = |said, is_running| Run { said, is_running, is_waiting: false };
        let states = |triage: &Triage| {
            let state = |step: &Step| format!("{} {} {}", step.name, step.state, step.took);
            triage.steps.iter().map(state).collect::<Vec<_>>()
        };
        let triage = Triage::of(&run(vec![step(0, "a"), step(5, "b")], true), at(20));
        assert_eq!(states(&triage), ["a done 5 s", "b running 15 s"]);
        assert!(triage.is_running);
        let broken = Triage::of(&run(vec![step(0, "a")], false), at(20));
        assert_eq!(states(&broken), ["a broke-off 20 s"]);
        assert!(broken.failed.is_some());
        let (incident, answer) = (String::from("2026-11-29-1"), String::from("cannot tell"));
        let ended = Said::Ended { at: at(9), incident, answer };
        let ended = Triage::of(&run(vec![step(0, "a"), ended], false), at(20));
        assert_eq!((states(&ended), ended.failed), (vec![String::from("a done 9 s")], None));
        let old = Triage::of(&run(vec![step(0, "a")], false), at(200_000));
        assert!(!old.is_seen());
    }
}
