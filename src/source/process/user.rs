//! User names of /etc/passwd. Users of a directory service show as their number.

use std::collections::HashMap;
use std::path::Path;

use super::super::kernel::{fields, lines, number};
use super::super::shown::shown;
use super::NAME;

/// Names by number.
#[derive(Debug)]
pub(super) struct Users(HashMap<u64, String>);

impl Users {
    /// Those the machine has; none when the file cannot be read.
    pub(super) fn read(root: &Path) -> Self {
        let passwd = std::fs::read(root.join("etc/passwd")).unwrap_or_default();
        let mut names = HashMap::new();
        for line in lines(&passwd) {
            let mut fields = line.split(|byte| *byte == b':');
            if let (Some(name), Some(id)) = (fields.next(), fields.nth(1).and_then(number)) {
                names.entry(id).or_insert_with(|| shown(name, NAME));
            }
        }
        Self(names)
    }

    /// The name of a user, or his number.
    pub(super) fn name(&self, id: u32) -> String {
        self.0.get(&u64::from(id)).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Who runs the process of this /proc/PID/status: its effective user. The owner of the
    /// files there is not it: those of a process that changed its user belong to root.
    pub(super) fn of_status(&self, status: &[u8]) -> Option<String> {
        let line = lines(status).find_map(|line| line.strip_prefix(b"Uid:"))?;
        let id = number(fields(line).nth(1)?)?;
        Some(self.0.get(&id).cloned().unwrap_or_else(|| id.to_string()))
    }
}
