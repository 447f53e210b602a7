#![no_main]
//! Lines: nothing panics, and what is taken of a line is within it.

use libfuzzer_sys::fuzz_target;
use nightkeep_audit::items::{Items, Wanted};
use nightkeep_audit::{Compat, Event, Names, Record};

const ALL: Wanted = Wanted {
    pid: true, ppid: true, uid: true, euid: true, loginuid: true, gid: true, egid: true,
    session: true, terminal: true, host: true, comm: true, exe: true, file: true, key: true,
    arch: true, exit: true, success: true, subject: true, object: true, vm: true, uuid: true,
    names: true,
};

fuzz_target!(|data: &[u8]| {
    let users = Names::default();
    for line in data.split(|&byte| byte == b'\n') {
        let Ok(record) = Record::parse(line) else { continue };
        let _ = (record.kind(), record.body(), record.enriched(), record.fields().count());
        let mut event = Event::default();
        event.begin(record.id, record.kind(), record.node.map(Box::from));
        event.push(line);
        let _ = Items::of(&event, ALL, &users, Compat::V4);
        // Each by itself: an odd field hides those after it.
        let _ = Items::of(&event, Wanted { file: true, host: true, ..Wanted::default() }, &users, Compat::V4);
        let _ = Items::of(&event, Wanted { key: true, success: true, ..Wanted::default() }, &users, Compat::V4);
    }
});
