//! The timeline of an incident: how much happened when, and event by event, by source and actor.

use std::collections::BTreeSet;

use askama::Template;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use nightkeep_triage::timeline::Event;

use super::found;
use crate::web::api::problem::Problem;
use crate::web::book;
use crate::web::locale::incidents as t;
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// Events on one page.
const MOST: usize = 300;
/// Bars of the strip.
const BARS: usize = 60;
/// How high they are.
const HEIGHT: usize = 60;
/// Actors to choose from.
const ACTORS: usize = 50;

/// How much happened when.
pub(super) struct Strip {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) count: usize,
    pub(super) bars: Vec<Bar>,
}

/// A part of the time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) height: usize,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Something of it belongs to the story.
    pub(super) is_story: bool,
    pub(super) label: String,
}

#[derive(Template)]
#[template(path = "page/incidents/timeline.html")]
struct Timeline {
    frame: Frame,
    clock: Clock,
    id: String,
    title: String,
    strip: Option<Strip>,
    /// What is shown, oldest first, and how many there are.
    lines: Vec<Line>,
    all: usize,
    /// Where the next ones begin.
    next: Option<String>,
    sources: BTreeSet<&'static str>,
    actors: Vec<String>,
    source: String,
    actor: String,
    from: String,
    until: String,
    only_story: bool,
    /// Links to other spans: their words and their query.
    spans: Vec<(&'static str, String)>,
    is_kept: bool,
}

impl Timeline {
    /// Is it the one that is asked for?
    fn is_source(&self, name: &str) -> bool {
        self.source == name
    }
}

struct Line {
    event: Event,
    is_story: bool,
}

impl Strip {
    /// Of events in the order of their times; none of none.
    pub(super) fn of(events: &[Event], span: Option<(Timestamp, Timestamp)>) -> Option<Self> {
        let (first, last) = (events.first()?.at, events.last()?.at);
        let (from, until) = span.unwrap_or((first, last));
        // Of one moment, too.
        let width = until.duration_since(from).as_secs().max(BARS as i64);
        let step = (width + BARS as i64 - 1) / BARS as i64;
        let mut counts = [(0_usize, false); BARS];
        for event in events {
            let place = event.at.duration_since(from).as_secs().div_euclid(step);
            let place = usize::try_from(place).unwrap_or(0).min(BARS - 1);
            counts[place].0 += 1;
            counts[place].1 |= !event.findings.is_empty();
        }
        // The square root: a flood must not flatten the one event that matters.
        let most = counts.iter().map(|(count, _)| *count).max().unwrap_or(0).max(1);
        let bar = |(place, (count, is_story)): (usize, (usize, bool))| {
            let share = (count as f64 / most as f64).sqrt();
            let height = ((share * HEIGHT as f64) as usize).max(usize::from(count > 0) * 4);
            let at = |place: usize| {
                let after = SignedDuration::from_secs(step * place as i64);
                from.checked_add(after).unwrap_or(from)
            };
            let (begin, end) = (at(place), at(place + 1));
            let from = begin.strftime("%Y-%m-%d %H:%M").to_string();
            let until = end.strftime("%H:%M UTC").to_string();
            let label = if is_story {
                t::bar_findings(count, from, until)
            } else {
                t::bar(count, from, until)
            };
            let (x, y) = (place * 12, HEIGHT + 2 - height);
            Bar { x, y, height, from: begin, until: end, is_story, label }
        };
        let bars = counts.into_iter().enumerate().filter(|(_, (count, _))| *count > 0).map(bar);
        Some(Self { from, until, count: events.len(), bars: bars.collect() })
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    let incident = found(visit).await?;
    let read = book::blocking(move || {
        let events = incident.events();
        let chains = incident.reports().0.pop().map(|report| report.story).unwrap_or_default();
        Ok((incident, events, chains))
    });
    let (incident, events, chains) = read.await?;
    let is_kept = events.is_some();
    let all = events.unwrap_or_default();
    let story: BTreeSet<(Timestamp, String)> = chains
        .into_iter()
        .flat_map(|chain| chain.steps)
        .map(|step| (step.at, step.message))
        .collect();
    let is_story = |event: &Event| story.contains(&(event.at, event.message.clone()));
    let (from, until) = (time(visit, "from")?, time(visit, "until")?);
    let source = visit.query.text("source").to_owned();
    let actor = visit.query.text("actor").to_owned();
    let only_story = visit.query.some("story").is_some();
    let sources = all.iter().map(|event| event.source.as_str()).collect();
    let mut actors: Vec<String> = all.iter().filter_map(actor_of).map(str::to_owned).collect();
    actors.sort();
    actors.dedup();
    actors.truncate(ACTORS);
    let is_wanted = |event: &&Event| {
        from.is_none_or(|from| event.at >= from)
            && until.is_none_or(|until| event.at <= until)
            && (source.is_empty() || event.source.as_str() == source)
            && (actor.is_empty()
                || event.user.as_ref() == Some(&actor)
                || event.address.as_ref() == Some(&actor))
            && (!only_story || is_story(event) || !event.findings.is_empty())
    };
    let wanted: Vec<Event> = all.iter().filter(is_wanted).cloned().collect();
    let span = from.zip(until).filter(|(from, until)| from < until);
    let strip = Strip::of(&wanted, span);
    let next = wanted.get(MOST).map(|event| with(visit, &[("from", &event.at.to_string())]));
    let lines = wanted.iter().take(MOST);
    let lines = lines.map(|event| Line { is_story: is_story(event), event: event.clone() });
    html(&Timeline {
        frame: Frame { live: String::new(), ..visit.frame("i").await? },
        clock: visit.clock(),
        title: incident.title().to_owned(),
        id: incident.id,
        lines: lines.collect(),
        all: wanted.len(),
        next,
        sources,
        actors,
        source: source.clone(),
        actor: actor.clone(),
        from: from.map(|at| visit.clock().field(&at)).unwrap_or_default(),
        until: until.map(|at| visit.clock().field(&at)).unwrap_or_default(),
        only_story,
        spans: spans(visit, all.last().map(|event| event.at), strip.as_ref()),
        strip,
        is_kept,
    })
}

/// Who did it, or from where.
fn actor_of(event: &Event) -> Option<&str> {
    event.user.as_deref().or(event.address.as_deref())
}

/// The last hours before the end, and twice as much around what is shown.
fn spans(
    visit: &Visit,
    last: Option<Timestamp>,
    strip: Option<&Strip>,
) -> Vec<(&'static str, String)> {
    let Some(last) = last else { return Vec::new() };
    let mut spans = vec![(t::all_time(), with(visit, &[("from", ""), ("until", "")]))];
    for (hours, name) in
        [(24 * 7, t::last_week()), (24, t::last_day()), (6, t::last_hours()), (1, t::last_hour())]
    {
        let from = last.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(last);
        spans.push((
            name,
            with(visit, &[("from", &from.to_string()), ("until", &last.to_string())]),
        ));
    }
    if let Some(strip) = strip {
        let half = strip.until.duration_since(strip.from) / 2;
        let from = strip.from.checked_sub(half).unwrap_or(strip.from).to_string();
        let until = strip.until.checked_add(half).unwrap_or(strip.until).to_string();
        spans.push((t::wider(), with(visit, &[("from", &from), ("until", &until)])));
    }
    spans
}

/// The query that is asked, with other values; empty ones are left out.
fn with(visit: &Visit, other: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let is_other = |name: &str| other.iter().any(|(known, _)| *known == name);
    let kept = visit.query.pairs().filter(|(name, value)| !is_other(name) && !value.is_empty());
    query.extend_pairs(kept);
    query.extend_pairs(other.iter().filter(|(_, value)| !value.is_empty()));
    query.finish()
}

/// A time of a link or of the form.
fn time(visit: &Visit, name: &str) -> Result<Option<Timestamp>> {
    let Some(text) = visit.query.some(name) else { return Ok(None) };
    let read = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        visit.clock().zone.to_timestamp(civil).ok()
    });
    let wrong = || Problem::wrong(t::no_time(text)).instead(t::write_time());
    read.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use nightkeep_triage::timeline::{Act, Source};

    use super::*;

    #[test]
    fn a_strip_shows_each_event_however_many_others_there_are() {
        assert!(Strip::of(&[], None).is_none());
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let event = |second| Event::new(at(second), Source::Journal, Act::Other, "x");
        let one = Strip::of(&[event(5)], None).unwrap();
        assert_eq!((one.bars.len(), one.bars[0].x, one.bars[0].height), (1, 0, 60));
        let mut events: Vec<Event> = (0..1000).map(|_| event(0)).collect();
        let mut last = event(6000);
        last.findings.push(String::from("D7 pid:1"));
        events.push(last);
        let strip = Strip::of(&events, None).unwrap();
        let told: Vec<_> = strip.bars.iter().map(|bar| (bar.x, bar.height, bar.is_story)).collect();
        assert_eq!(told, [(0, 60, false), (708, 4, true)]);
        assert_eq!(strip.count, 1001);
        // What lies outside of what is asked for is at its edge, never a panic.
        let narrow = Strip::of(&events, Some((at(10), at(20)))).unwrap();
        assert_eq!(narrow.bars.iter().map(|bar| bar.x).collect::<Vec<_>>(), [0, 708]);
    }
}
