//! Security: who came in and who tried, whom fail2ban bans, who became root, and what the kernel's
//! audit recorded.

mod audit;
mod bans;
mod became;
mod blind;
mod failed;
mod hits;
mod kept;
mod logins;
mod rules;
mod summary;
mod tally;

use jiff::SignedDuration;

pub(in crate::web) use self::kept::Kept;
use super::frame::Frame;
use super::visit::Visit;
use super::{Result, Route};
use crate::access::Role;
use crate::web::locale::{Html, security as t, when};
use crate::web::xml::Escaped;

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Summary,
    Logins,
    Known,
    Trust,
    Failed,
    Bans,
    Became,
    Audit,
    Event,
    Rules,
    Hits,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Security(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/security", Role::Viewer, Call::Summary),
    route("GET", "/security/logins", Role::Viewer, Call::Logins),
    route("GET", "/security/known", Role::Viewer, Call::Known),
    route("POST", "/security/trust", Role::Editor, Call::Trust),
    route("GET", "/security/failed", Role::Viewer, Call::Failed),
    route("GET", "/security/bans", Role::Viewer, Call::Bans),
    route("GET", "/security/sudo", Role::Viewer, Call::Became),
    route("GET", "/security/audit", Role::Viewer, Call::Audit),
    route("GET", "/security/audit/{id}", Role::Viewer, Call::Event),
    route("GET", "/security/rules", Role::Viewer, Call::Rules),
    route("GET", "/security/hits", Role::Viewer, Call::Hits),
];

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::Summary => summary::show(visit).await,
        Call::Logins => logins::show(visit).await,
        Call::Known => logins::known(visit).await,
        Call::Trust => logins::trust(visit).await,
        Call::Failed => failed::show(visit).await,
        Call::Bans => bans::show(visit).await,
        Call::Became => became::show(visit).await,
        Call::Audit => audit::search(visit).await,
        Call::Event => audit::event(visit).await,
        Call::Rules => rules::show(visit).await,
        Call::Hits => hits::show(visit).await,
    }
}

/// A page of them, and its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tab {
    path: &'static str,
    name: &'static str,
}

fn tabs() -> [Tab; 9] {
    [
        Tab { path: "/security", name: t::summary() },
        Tab { path: "/security/logins", name: t::logins() },
        Tab { path: "/security/known", name: t::trusted() },
        Tab { path: "/security/failed", name: t::failed() },
        Tab { path: "/security/bans", name: t::bans() },
        Tab { path: "/security/sudo", name: t::became() },
        Tab { path: "/security/audit", name: t::log() },
        Tab { path: "/security/hits", name: t::hits() },
        Tab { path: "/security/rules", name: t::rules() },
    ]
}

/// What is around a page that is too dear to be made anew every few seconds.
async fn still(visit: &Visit) -> Result<Frame> {
    Ok(Frame { live: String::new(), ..visit.frame("e").await? })
}

/// Spans that can be looked at: the word in the address, and how long they are.
const SPANS: [(&str, SignedDuration); 3] = [
    ("24h", SignedDuration::from_hours(24)),
    ("7d", SignedDuration::from_hours(24 * 7)),
    ("30d", SignedDuration::from_hours(24 * 30)),
];

/// The same, with words for them.
fn spans() -> [(&'static str, String); 3] {
    SPANS.map(|(name, length)| (name, when::span(length)))
}

/// The span a page is asked for.
fn span(visit: &Visit, otherwise: &str) -> (&'static str, SignedDuration, String) {
    let asked = visit.query.some("span").unwrap_or(otherwise);
    let (name, length) = *SPANS.iter().find(|(name, _)| *name == asked).unwrap_or(&SPANS[0]);
    (name, length, when::span(length))
}

/// Names of others, one after another.
fn listed(names: &[String]) -> Html<String> {
    let bdi = |name: &String| format!("<bdi>{}</bdi>", Escaped(name));
    Html(names.iter().map(bdi).collect::<Vec<_>>().join(", "))
}
