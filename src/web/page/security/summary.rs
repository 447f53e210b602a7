//! Security at a glance: what is new or odd in one sentence, and five of each.

use std::time::Duration;

use askama::Template;
use jiff::SignedDuration;

use super::became;
use super::blind::{Blind, or_blind};
use super::hits;
use super::kept::Tried;
use super::logins;
use super::rules::{self, Trouble};
use super::tally::{By, Counted};
use crate::web::locale::security as t;
use crate::web::page::Result;
use crate::web::page::frame::Frame;
use crate::web::page::html;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;

/// Of each.
const MOST: usize = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The first look reads what it can; the next one has the rest.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Template)]
#[template(path = "page/security/summary.html")]
struct Summary {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    answer: String,
    beside: String,
    tone: &'static str,
    logins: Vec<logins::Line>,
    tries: Option<Counted>,
    /// How many are banned now, and the last of them; none: it is not known, or nobody bans.
    banned: Option<(usize, Vec<String>)>,
    became: Option<Vec<became::Line>>,
    hits: Vec<hits::Line>,
    troubles: Vec<Trouble>,
}

/// What the sentence is made of.
#[derive(Debug, Default)]
struct Odd {
    /// The last one who came in after many failed tries, from where, and after how many.
    guessed: Option<(String, String, u32)>,
    /// Logins of a week of which something is not trusted.
    new_logins: usize,
    rules: usize,
    critical_hits: usize,
    hits: usize,
    refused: usize,
    blind: usize,
}

impl Odd {
    /// In one sentence, with its tone.
    fn said(&self) -> (String, &'static str) {
        if let Some((user, address, failures)) = &self.guessed {
            return (t::guessed(failures, user, address), "down");
        }
        let all = [
            (self.critical_hits, t::odd_sigma(self.critical_hits)),
            (self.rules, t::odd_rules(self.rules)),
            (self.new_logins, t::odd_logins(self.new_logins)),
            (self.hits, t::odd_acts(self.hits)),
            (self.refused, t::odd_refused(self.refused)),
        ];
        let parts = all.into_iter().filter(|(n, _)| *n > 0).map(|(_, said)| said);
        let parts: Vec<String> = parts.collect();
        match parts.as_slice() {
            [] if self.blind > 0 => (t::nothing_seen().to_owned(), "unknown"),
            [] => (t::all_well().to_owned(), "up"),
            parts => {
                let tone = if self.critical_hits + self.rules > 0 { "down" } else { "degraded" };
                (t::odd(parts.join(", ")), tone)
            }
        }
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    let now = visit.now;
    let ago = |span| now.checked_sub(span).unwrap_or(now);
    let mut blind = logins::blind(visit).await?;
    let (mut lines, mut acts) = (Vec::new(), Vec::new());
    let mut odd = Odd::default();
    if let Ok(store) = visit.store().await {
        let known = logins::known_logins(&store).await?;
        (lines, _) = logins::lines(&store, &known, "", false, i64::MAX, 200).await?;
        let guessed = |line: &&logins::Line| {
            line.at >= ago(WEEK) && line.failures >= 5 && !line.unknown.is_empty()
        };
        odd.guessed = lines
            .iter()
            .find(guessed)
            .map(|line| (line.login.user.clone(), line.login.address.clone(), line.failures));
        odd.new_logins =
            lines.iter().filter(|line| line.at >= ago(WEEK) && !line.unknown.is_empty()).count();
        // What is new first.
        lines.sort_by_key(|line| {
            (line.at < ago(WEEK) || line.unknown.is_empty(), std::cmp::Reverse(line.at))
        });
        lines.truncate(MOST);
        (acts, _) = hits::lines(&store, "", false, i64::MAX, 200).await?;
        let lately = acts.iter().filter(|line| line.at >= ago(DAY));
        odd.critical_hits = lately.clone().filter(|line| line.tone == "down").count();
        odd.hits = lately.filter(|line| line.tone == "degraded").count();
        acts.truncate(MOST);
    }
    let asked = Tried {
        by: By::Address,
        since: ago(DAY),
        holding: String::new(),
        most: MOST,
        patience: PATIENCE,
    };
    let tries = or_blind(t::blind_failed(), visit.app.security.tries(now, asked).await, &mut blind);
    let standing = or_blind(t::blind_bans(), visit.app.security.bans(now).await, &mut blind);
    let banned = standing.and_then(|found| {
        let bans = &(*found).as_ref()?.bans;
        let last = bans.iter().take(MOST).map(|ban| ban.address.clone());
        Some((bans.len(), last.collect()))
    });
    let became = visit.app.security.became(now, WEEK).await;
    let became = or_blind(t::blind_became(), became, &mut blind);
    let became = became.map(|became| {
        let mut lines = became::lines(&became);
        odd.refused =
            lines.iter().filter(|line| line.at >= ago(DAY) && line.refused.is_some()).count();
        lines.truncate(MOST);
        lines
    });
    let troubles = rules::state(visit).await?.as_ref().map(rules::troubles).unwrap_or_default();
    odd.rules = troubles.len();
    odd.blind = blind.len();
    let (answer, tone) = odd.said();
    let beside = tries.as_ref().map_or_else(String::new, |found| match &banned {
        Some((banned, _)) => t::tries_banned(found.tries, found.addresses, banned),
        None => t::tries(found.tries, found.addresses),
    });
    html(&Summary {
        frame: visit.frame("e").await?,
        clock: visit.clock(),
        here: "/security",
        blind,
        answer,
        beside,
        tone,
        logins: lines,
        tries,
        banned,
        became,
        hits: acts,
        troubles,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_the_worst_first() {
        let said = |odd: Odd| {
            let (said, tone) = odd.said();
            format!("{tone}: {said}")
        };
        assert_eq!(said(Odd::default()), "up: Nothing new and nothing odd.");
        let blind = Odd { blind: 1, ..Odd::default() };
        assert_eq!(said(blind), "unknown: Nothing odd, as far as can be seen.");
        let some = Odd { new_logins: 1, refused: 2, ..Odd::default() };
        assert_eq!(said(some), "degraded: 1 new login, 2 refused sudo or su.");
        let guessed = Some((String::from("ann"), String::from("192.0.2.1"), 40));
        let guessed = Odd { guessed, new_logins: 1, ..Odd::default() };
        assert_eq!(said(guessed), "down: ann from 192.0.2.1 came in after 40 failed tries.");
    }
}
