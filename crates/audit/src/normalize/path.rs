//! Where a file is that was named from some folder.

use crate::assemble::Compat;
use crate::interpret::text::unquoted;

/// The longest path, its end included (`PATH_MAX` of `linux/limits.h`).
const LONGEST: usize = 4096;

/// Joins names to folders. What auditd's tools lose on the way is lost here too.
#[derive(Debug)]
pub(super) struct RealPath {
    compat: Compat,
    /// What the last path was put together in: a path without parts is what is still there.
    working: Vec<u8>,
}

impl RealPath {
    pub(super) fn new(compat: Compat) -> Self {
        Self { compat, working: Vec::new() }
    }

    /// The path of a name; both are as they stand in records.
    pub(super) fn of(&mut self, cwd: &[u8], name: &[u8]) -> Vec<u8> {
        let mut path = Vec::new();
        unquoted(name, &mut path);
        let is_relative = !path.starts_with(b"/");
        if is_relative {
            let mut joined = Vec::new();
            unquoted(cwd, &mut joined);
            joined.push(b'/');
            joined.append(&mut path);
            path = joined;
        }
        let has_parent = memchr::memmem::find(&path, b"..").is_some();
        if has_parent || is_relative && self.compat == Compat::V3 {
            self.resolve(&path)
        } else {
            path
        }
    }

    /// A path without `.` and `..`.
    fn resolve(&mut self, path: &[u8]) -> Vec<u8> {
        if path.is_empty() || path[0] == b'.' {
            return path.to_vec();
        }
        let mut resolved = Vec::new();
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            match part {
                b"." => {}
                b".." => {
                    if resolved.len() > 1 {
                        let end = resolved[..resolved.len() - 1].iter().rposition(|b| *b == b'/');
                        resolved.truncate(end.map_or(0, |end| end + 1));
                    }
                }
                part => {
                    // Version 4 leaves out the first slash.
                    let is_begun = !resolved.is_empty() || self.compat == Compat::V3;
                    if is_begun && !resolved.ends_with(b"/") {
                        resolved.push(b'/');
                    }
                    if resolved.len() + part.len() >= LONGEST {
                        self.working.clone_from(&resolved);
                        return resolved;
                    }
                    resolved.extend_from_slice(part);
                    self.working.clone_from(&resolved);
                }
            }
        }
        self.working.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_as_auditd_does() {
        let of = |compat, cwd: &str, name: &str| {
            let path = RealPath::new(compat).of(cwd.as_bytes(), name.as_bytes());
            String::from_utf8(path).unwrap()
        };
        assert_eq!(of(Compat::V4, "\"/home/ann\"", "\"a\""), "/home/ann/a");
        assert_eq!(of(Compat::V3, "\"/home/ann\"", "\"./a\""), "/home/ann/a");
        assert_eq!(of(Compat::V4, "\"/home/ann\"", "\"../bob\""), "home/bob");
        assert_eq!(of(Compat::V3, "\"/home/ann\"", "\"../bob\""), "/home/bob");
        assert_eq!(of(Compat::V3, "\"/home/ann\"", "\"/etc/../x\""), "/x");
    }
}
