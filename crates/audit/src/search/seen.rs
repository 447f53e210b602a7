//! Which keys logs have, to say what was meant where one is not found.

use std::collections::BTreeMap;

use super::logs::Logs;
use super::unpack::Met;
use crate::log::Input;
use memchr::memmem::Finder;
use std::fs::File;
use std::io::Read;

/// Different keys counted at the most.
const MOST: usize = 1000;

/// The keys in records, and how many records have each.
pub fn keys(logs: &Logs) -> BTreeMap<String, u64> {
    let finder = Finder::new(b"key=");
    let met = Met::default();
    let mut found = BTreeMap::new();
    let mut buffer = vec![0; 1 << 17];
    for file in logs.chains.iter().flat_map(|chain| &chain.files) {
        let mut reader: Box<dyn Read> = match file.input(&met) {
            Input::Stream(stream) => stream,
            Input::File(path) => match File::open(path) {
                Ok(file) => Box::new(file),
                Err(_) => continue,
            },
        };
        let mut kept = 0;
        while let Ok(more @ 1..) = reader.read(&mut buffer[kept..]) {
            let len = kept + more;
            // A key that is cut is met again with the next lines.
            let end = memchr::memrchr(b'\n', &buffer[..len]).map_or(len, |at| at + 1);
            for at in finder.find_iter(&buffer[..end]) {
                count(&buffer[at + 4..end], &mut found);
            }
            buffer.copy_within(end..len, 0);
            kept = len - end;
        }
    }
    found
}

/// Counts the keys at the start of a text.
fn count(text: &[u8], found: &mut BTreeMap<String, u64>) {
    let mut add = |key: &[u8]| {
        let key = String::from_utf8_lossy(key);
        if let Some(count) = found.get_mut(&*key) {
            *count += 1;
        } else if found.len() < MOST {
            found.insert(key.into_owned(), 1);
        }
    };
    if let Some(quoted) = text.strip_prefix(b"\"") {
        add(&quoted[..memchr::memchr(b'"', quoted).unwrap_or(0)]);
    } else if let Some(keys) = crate::items::decode(text) {
        keys.split(|&byte| byte == 1).for_each(add);
    }
}
