//! Failed logins, by address, network or name.

use std::collections::BTreeSet;
use std::time::Duration;

use askama::Template;

use super::blind::{Blind, or_blind};
use super::kept::Tried;
use super::span;
use super::tally::{By, Counted};
use crate::web::locale::{logins as t, security};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// Rows that are shown.
const MOST: usize = 100;
/// Whoever waits longer thinks that nothing comes.
const PATIENCE: Duration = Duration::from_millis(1500);

#[derive(Template)]
#[template(path = "page/security/failed.html")]
struct Failed {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    by: By,
    /// What a link to another span keeps.
    more: String,
    span: &'static str,
    span_words: String,
    holding: String,
    counted: Option<Counted>,
    /// Who is banned now.
    banned: BTreeSet<String>,
}

const BYS: &[By] = &[By::Address, By::Network, By::User];

impl Failed {
    /// What reads all of them.
    fn command(&self) -> String {
        format!("nightkeep logins --failed --since {}", self.span)
    }

    /// Is one of them banned?
    fn is_banned(&self, name: &str) -> bool {
        self.by == By::Address && self.banned.contains(name)
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    let (span, back, span_words) = span(visit, "24h");
    let by = By::named(visit.query.text("by"));
    let holding = visit.query.text("q").to_owned();
    let since = visit.now.checked_sub(back).unwrap_or(visit.now);
    let asked = Tried { by, since, holding: holding.clone(), most: MOST, patience: PATIENCE };
    let mut blind = Vec::new();
    let tries = visit.app.security.tries(visit.now, asked).await;
    let counted = or_blind(security::blind_failed(), tries, &mut blind);
    // That bans cannot be seen is said on their own page.
    let standing = visit.app.security.bans(visit.now).await.ok();
    let bans = standing.iter().filter_map(|found| found.as_ref().as_ref());
    let banned = bans.flat_map(|found| &found.bans).map(|ban| ban.address.clone()).collect();
    html(&Failed {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/failed",
        blind,
        by,
        more: format!("&by={}", by.as_str()),
        span,
        span_words,
        holding,
        counted,
        banned,
    })
}
