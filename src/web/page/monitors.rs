//! Monitors: all of them, one of them, made, changed, asked now.

mod change;
mod list;
mod make;
mod phases;
mod show;
mod tried;

pub(super) use self::change::AskRemove;
pub(in crate::web) use self::tried::Tried;
use super::visit::Visit;
use super::{Result, Route};
use crate::access::Role;

#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    List,
    Several,
    New,
    Make,
    Show,
    Edit,
    Change,
    Test,
    Pause,
    Resume,
    Silence,
    AskRemove,
    Remove,
}

const fn route(method: &'static str, path: &'static str, need: Role, call: Call) -> Route {
    Route { method, path, need, call: super::Call::Monitors(call) }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/monitors", Role::Viewer, Call::List),
    route("POST", "/monitors", Role::Editor, Call::Several),
    route("GET", "/monitors/new", Role::Editor, Call::New),
    route("POST", "/monitors/new", Role::Editor, Call::Make),
    route("GET", "/monitors/{name}", Role::Viewer, Call::Show),
    route("GET", "/monitors/{name}/edit", Role::Editor, Call::Edit),
    route("POST", "/monitors/{name}/edit", Role::Editor, Call::Change),
    route("POST", "/monitors/{name}/test", Role::Editor, Call::Test),
    route("POST", "/monitors/{name}/pause", Role::Editor, Call::Pause),
    route("POST", "/monitors/{name}/resume", Role::Editor, Call::Resume),
    route("POST", "/monitors/{name}/silence", Role::Editor, Call::Silence),
    route("GET", "/monitors/{name}/delete", Role::Editor, Call::AskRemove),
    route("POST", "/monitors/{name}/delete", Role::Editor, Call::Remove),
];

pub(super) async fn answer(visit: &Visit, call: Call) -> Result {
    match call {
        Call::List => list::show(visit).await,
        Call::Several => change::several(visit).await,
        Call::New => make::new(visit).await,
        Call::Make => make::make(visit).await,
        Call::Show => show::show(visit).await,
        Call::Edit => make::edit(visit).await,
        Call::Change => make::change(visit).await,
        Call::Test => show::test(visit).await,
        Call::Pause => change::turn(visit, true).await,
        Call::Resume => change::turn(visit, false).await,
        Call::Silence => change::silence(visit).await,
        Call::AskRemove => change::ask_remove(visit).await,
        Call::Remove => change::remove(visit).await,
    }
}
