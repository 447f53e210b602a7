//! Heartbeats: all of them, one of them, what they said, made and changed.

mod change;
mod list;
mod make;
mod past;
mod preview;
mod show;
mod snippet;

use super::visit::Visit;
use super::{Result, Route};
use crate::access::Role;

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    List,
    Several,
    New,
    Make,
    Preview,
    Show,
    Body,
    Edit,
    Change,
    Pause,
    Resume,
    NewAddress,
    AskRemove,
    Remove,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Heartbeats(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/heartbeats", Role::Viewer, Call::List),
    route("POST", "/heartbeats", Role::Editor, Call::Several),
    route("GET", "/heartbeats/new", Role::Editor, Call::New),
    route("POST", "/heartbeats/new", Role::Editor, Call::Make),
    route("GET", "/heartbeats/new/preview", Role::Editor, Call::Preview),
    route("GET", "/heartbeats/{name}", Role::Viewer, Call::Show),
    route("GET", "/heartbeats/{name}/pings/{n}", Role::Viewer, Call::Body),
    route("GET", "/heartbeats/{name}/edit", Role::Editor, Call::Edit),
    route("POST", "/heartbeats/{name}/edit", Role::Editor, Call::Change),
    route("POST", "/heartbeats/{name}/pause", Role::Editor, Call::Pause),
    route("POST", "/heartbeats/{name}/resume", Role::Editor, Call::Resume),
    route("POST", "/heartbeats/{name}/address", Role::Editor, Call::NewAddress),
    route("GET", "/heartbeats/{name}/delete", Role::Editor, Call::AskRemove),
    route("POST", "/heartbeats/{name}/delete", Role::Editor, Call::Remove),
];

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::List => list::show(visit).await,
        Call::Several => change::several(visit).await,
        Call::New => make::new(visit).await,
        Call::Make => make::make(visit).await,
        Call::Preview => make::preview(visit),
        Call::Show => show::show(visit).await,
        Call::Body => show::body(visit).await,
        Call::Edit => make::edit(visit).await,
        Call::Change => make::change(visit).await,
        Call::Pause => change::turn(visit, true).await,
        Call::Resume => change::turn(visit, false).await,
        Call::NewAddress => change::new_address(visit).await,
        Call::AskRemove => change::ask_remove(visit).await,
        Call::Remove => change::remove(visit).await,
    }
}
