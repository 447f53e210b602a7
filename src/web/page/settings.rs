//! Settings: who and what is let in, and the config with where each value comes from.

mod config;
mod peers;
mod status_page;
mod tokens;

pub(in crate::web) use self::config::Read as ConfigRead;

use askama::Template;

use super::frame::Frame;
use super::visit::Visit;
use super::{Result, Route, html};
use crate::access::Role;
use crate::web::locale::{layout, settings as t};

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Index,
    Config,
    Peers,
    AddPeer,
    StatusPage,
    Tokens,
    AddToken,
    RemoveToken,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Settings(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/settings", Role::Viewer, Call::Index),
    route("GET", "/settings/config", Role::Editor, Call::Config),
    route("GET", "/settings/peers", Role::Viewer, Call::Peers),
    route("POST", "/settings/peers", Role::Editor, Call::AddPeer),
    route("GET", "/settings/status-page", Role::Viewer, Call::StatusPage),
    route("GET", "/settings/tokens", Role::Owner, Call::Tokens),
    route("POST", "/settings/tokens", Role::Owner, Call::AddToken),
    route("POST", "/settings/tokens/{name}/remove", Role::Owner, Call::RemoveToken),
];

#[derive(Template)]
#[template(path = "page/settings/index.html")]
struct Index {
    frame: Frame,
    config: String,
    channels: usize,
    monitors: usize,
    heartbeats: usize,
    has_status_page: bool,
}

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::Index => index(visit).await,
        Call::Config => config::show(visit).await,
        Call::Peers => peers::show(visit).await,
        Call::AddPeer => peers::add(visit).await,
        Call::StatusPage => status_page::show(visit).await,
        Call::Tokens => tokens::show(visit, None).await,
        Call::AddToken => tokens::add(visit).await,
        Call::RemoveToken => tokens::remove(visit).await,
    }
}

async fn index(visit: &Visit) -> Result {
    let config = &visit.config;
    let heartbeats = visit.app.desk.look(|book| book.checks().count()).unwrap_or_default();
    html(&Index {
        frame: visit.frame("x").await?,
        config: visit.app.config_path.display().to_string(),
        channels: config.channels.len(),
        monitors: config.monitors.len(),
        heartbeats,
        has_status_page: config.status_page.is_on(),
    })
}
