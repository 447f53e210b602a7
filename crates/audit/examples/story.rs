//! Every event of a log as a sentence: `story FILE...`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use nightkeep_audit::Compat;
use nightkeep_audit::action::{Sessions, read};
use nightkeep_audit::log::{Events, Input};
use nightkeep_audit::users::Names;

fn main() {
    let inputs = std::env::args().skip(1).map(|path| Input::File(path.into()));
    let mut events = Events::new(inputs, Compat::V4, 2);
    let users = Names::users(std::path::Path::new("/"));
    let mut sessions = Sessions::default();
    while let Some(event) = events.next().unwrap() {
        let mut action = read(event, &users);
        sessions.place(&mut action);
        println!("{}.{:03}:{} {action}", action.id.sec, action.id.ms, action.id.serial);
    }
}
