//! Names of users and groups of this machine, from `/etc/passwd` and `/etc/group`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Users or groups by number and by name; the first of several lines counts.
#[derive(Debug, Default, Clone)]
pub struct Names {
    by_id: HashMap<u32, String>,
    by_name: HashMap<String, u32>,
}

impl Names {
    /// The users of the machine whose files are below `root`. What cannot be read is empty.
    pub fn users(root: &Path) -> Self {
        Self::parse(&fs::read(root.join("etc/passwd")).unwrap_or_default())
    }

    /// Its groups.
    pub fn groups(root: &Path) -> Self {
        Self::parse(&fs::read(root.join("etc/group")).unwrap_or_default())
    }

    /// Reads lines `name:…:number:…` (`passwd(5)`, `group(5)`).
    pub fn parse(text: &[u8]) -> Self {
        let mut names = Self::default();
        for line in String::from_utf8_lossy(text).lines() {
            let mut parts = line.split(':');
            let (name, _, id) = (parts.next(), parts.next(), parts.next());
            let (Some(name), Some(Ok(id))) = (name, id.map(str::parse)) else { continue };
            names.by_id.entry(id).or_insert_with(|| name.to_owned());
            names.by_name.entry(name.to_owned()).or_insert(id);
        }
        names
    }

    /// The name of a number.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.by_id.get(&id).map(String::as_str)
    }

    /// The number of a name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_passwd_file() {
        let names = Names::parse(b"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\nann:x:1000:\nbad\n");
        assert_eq!((names.name(0), names.id("toor")), (Some("root"), Some(0)));
        assert_eq!((names.name(1000), names.name(7)), (Some("ann"), None));
    }
}
