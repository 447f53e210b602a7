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

pub(in crate::web) use self::kept::Kept;

use super::frame::Frame;
use super::visit::Visit;
use super::{Result, Route};
use crate::access::Role;

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

const TABS: &[Tab] = &[
    Tab { path: "/security", name: "Summary" },
    Tab { path: "/security/logins", name: "Logins" },
    Tab { path: "/security/known", name: "Trusted" },
    Tab { path: "/security/failed", name: "Failed logins" },
    Tab { path: "/security/bans", name: "Bans" },
    Tab { path: "/security/sudo", name: "sudo and su" },
    Tab { path: "/security/audit", name: "Audit log" },
    Tab { path: "/security/hits", name: "Acts and Sigma" },
    Tab { path: "/security/rules", name: "Audit rules" },
];

/// What is around a page that is too dear to be made anew every few seconds.
async fn still(visit: &Visit) -> Result<Frame> {
    Ok(Frame { live: String::new(), ..visit.frame("e").await? })
}

/// Spans that can be looked at: the word in the address, hours, the words for it.
const SPANS: &[(&str, i64, &str)] =
    &[("24h", 24, "24 hours"), ("7d", 24 * 7, "7 days"), ("30d", 24 * 30, "30 days")];

/// The span a page is asked for.
fn span(visit: &Visit, otherwise: &str) -> (&'static str, jiff::SignedDuration, &'static str) {
    let asked = visit.query.some("span").unwrap_or(otherwise);
    let found = SPANS.iter().find(|(name, ..)| *name == asked).unwrap_or(&SPANS[0]);
    (found.0, jiff::SignedDuration::from_hours(found.1), found.2)
}
