//! Which keys logs have, to say what was meant where one is not found.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::lines;
use super::logs::Logs;

/// Different keys counted at the most.
const MOST: usize = 1000;

/// The keys in records, and how many records have each.
pub fn keys(logs: &Logs) -> BTreeMap<String, u64> {
    let finder = Finder::new(b" key=");
    let mut found = BTreeMap::new();
    for file in logs.chains.iter().flat_map(|chain| &chain.files) {
        // What cannot be read was said of the search itself.
        let _ = lines::with(file, 0, &finder, |line, at| {
            count(&line[at + 5..], &mut found);
            true
        });
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
