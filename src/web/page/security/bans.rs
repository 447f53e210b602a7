//! Bans: who is banned now, by which jail, until when, and how many there were.

use std::sync::Arc;

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::blind::{Blind, or_blind};
use crate::model::Event;
use crate::source::fail2ban::socket::Ban;
use crate::store;
use crate::web::locale::{logins as t, security, when};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// Days that are drawn.
const DAYS: i64 = 30;
/// Bans that are listed.
const MOST: usize = 200;
/// Height of the drawing.
const HEIGHT: usize = 60;

#[derive(Template)]
#[template(path = "page/security/bans.html")]
struct Bans {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    is_here: bool,
    /// As fail2ban's log has it; none where that cannot be read.
    now: Option<Vec<Ban>>,
    more: usize,
    /// Each with how long it bans, in words, and how many it bans now.
    jails: Vec<(String, String, usize)>,
    stopped: Option<Timestamp>,
    bars: Vec<Bar>,
    total: usize,
    past: Vec<(Timestamp, String, String)>,
}

/// The bans of a day.
struct Bar {
    x: usize,
    y: usize,
    height: usize,
    count: usize,
    day: Timestamp,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let mut blind = Vec::new();
    let standing = visit.app.security.bans(visit.now).await;
    let read = or_blind(security::blind_banned(), standing, &mut blind);
    let mut past = Vec::new();
    let (mut now, mut jails, mut stopped, mut is_here) = (None, Vec::new(), None, true);
    match read.as_ref().map(Arc::as_ref) {
        Some(Some(found)) => {
            past.clone_from(&found.past);
            stopped = found.stopped;
            jails = found
                .jails
                .iter()
                .map(|(jail, seconds)| {
                    let count = found.bans.iter().filter(|ban| ban.jail == *jail).count();
                    (jail.clone(), for_how_long(*seconds), count)
                })
                .collect();
            now = Some(found.bans.clone());
        }
        Some(None) => is_here = false,
        None => {}
    }
    if past.is_empty()
        && let Ok(store) = visit.store().await
    {
        past = seen(&store).await?;
    }
    let begin = visit.now.checked_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(visit.now);
    past.retain(|(at, ..)| *at >= begin);
    past.sort();
    let (bars, total) = (bars(&past, visit.now), past.len());
    past.reverse();
    past.truncate(MOST);
    let more = now.as_ref().map_or(0, |now| now.len().saturating_sub(MOST));
    if let Some(now) = &mut now {
        now.truncate(MOST);
    }
    html(&Bans {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/bans",
        blind,
        is_here,
        now,
        more,
        jails,
        stopped,
        bars,
        total,
        past,
    })
}

fn for_how_long(seconds: Option<i64>) -> String {
    match seconds {
        None => t::bans_for_unsaid().to_owned(),
        Some(..0) => t::bans_for_good().to_owned(),
        Some(seconds) => t::bans_for(when::length(SignedDuration::from_secs(seconds))),
    }
}

/// What the watch itself saw, oldest first.
async fn seen(store: &store::Store) -> Result<Vec<(Timestamp, String, String)>> {
    let read = store::history::latest_of(store, "ban", "", i64::MAX, 10_000).await?;
    let ban = |(_, at, event)| match event {
        Event::Ban { address } => Some((at, String::new(), address)),
        _ => None,
    };
    Ok(read.into_iter().rev().filter_map(ban).collect())
}

/// A bar for each day, today at the right.
fn bars(past: &[(Timestamp, String, String)], now: Timestamp) -> Vec<Bar> {
    let mut counts = [0_usize; DAYS as usize];
    for (at, ..) in past {
        let ago = now.duration_since(*at).as_hours() / 24;
        if let Some(count) = usize::try_from(ago).ok().and_then(|ago| counts.get_mut(ago)) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |(ago, count): (usize, usize)| {
        // What is there at all is seen.
        let height = (count * HEIGHT / most).max(usize::from(count > 0) * 2);
        let day = now.checked_sub(SignedDuration::from_hours(24 * ago as i64)).unwrap_or(now);
        Bar { x: (DAYS as usize - 1 - ago) * 10, y: HEIGHT - height, height, count, day }
    };
    counts.into_iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_for_each_day() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let ago = |hours: i64| {
            let at = now - SignedDuration::from_hours(hours);
            (at, String::new(), String::from("192.0.2.1"))
        };
        let past = [ago(1), ago(2), ago(30), ago(24 * 40)];
        let bars = bars(&past, now);
        let told: Vec<_> =
            bars.iter().filter(|bar| bar.count > 0).map(|bar| (bar.x, bar.y, bar.count)).collect();
        assert_eq!((bars.len(), told), (30, vec![(290, 0, 2), (280, 30, 1)]));
        assert_eq!(for_how_long(Some(-1)), "bans for good");
        assert_eq!(for_how_long(Some(600)), "bans for 10 min");
    }
}
