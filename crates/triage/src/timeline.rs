//! What happened, out of all sources in one order.

pub mod event;
pub mod write;

pub use self::event::{Act, Event, Source};

use crate::scene::Scene;

/// Events that are kept of all sources together.
const MOST: usize = 200_000;

/// Brings events into one order, and adds what only the scene knows of: files and processes. Sources that
/// tell of the same thing are both kept, side by side: that they agree is evidence.
pub fn timeline(scene: &Scene, mut events: Vec<Event>) -> Vec<Event> {
    events.extend(scene.files.recent.iter().flat_map(event::of_file));
    let young = scene.processes.iter().filter(|process| {
        !process.is_kernel_thread() && scene.is_recent(process.started) && !process.is_owned()
    });
    events.extend(young.map(event::of_process));
    events.retain(|event| event.at >= scene.since && event.at <= scene.at);
    events.sort_by_key(|event| (event.at, event.source));
    // The oldest go: how it began is lost before how it is now.
    let over = events.len().saturating_sub(MOST);
    events.drain(..over);
    events
}
