#![no_main]
//! Logs: nothing panics, every record comes out once, and ausearch ends.

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use nightkeep_audit::log::{Events, Input};
use nightkeep_audit::{Compat, Record};

fuzz_target!(|data: &[u8]| {
    for compat in [Compat::V3, Compat::V4] {
        let stream = Input::Stream(Box::new(Cursor::new(data.to_vec())));
        let mut events = Events::new([stream], compat, 2);
        let mut out = 0;
        while let Ok(Some(event)) = events.next() {
            out += event.records().count();
        }
        // What is longer than a line is cut, what has a zero byte is shortened: count the plain ones.
        if data.len() < 8000 && !data.contains(&0) && !data.windows(3).any(|part| part == b"EOE") {
            let lines = data.split(|&byte| byte == b'\n');
            let records = lines.filter(|line| {
                Record::parse(line).is_ok_and(|record| record.kind().0 != 1320)
            });
            assert_eq!(out, records.count());
        }
    }
});
