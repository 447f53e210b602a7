//! What was done with sudo, by its own lines in the journal (logging.c of sudo).

use std::path::Path;

use jiff::Timestamp;
use nightkeep_journal::Query;
use serde::Serialize;

use super::Blind;
use super::journal::{self, at, micros};
use crate::model::text::visible;

/// A command run as another user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sudo {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub user: String,
    /// As whom.
    pub target: String,
    /// What.
    pub command: String,
}

/// The longest command that is shown, in characters.
const LONGEST: usize = 500;
const MOST: usize = 50_000;

/// Commands since then on the machine whose files are below `root`, oldest first. Where there is no journal to be
/// read: `Blind`.
pub fn history(root: &Path, since: Timestamp) -> Result<Vec<Sudo>, Blind> {
    let mut journal = journal::open(&journal::roots_below(root))?;
    let query = Query::new(&["MESSAGE", "_EXE"]).having(&[("_COMM", "sudo")]);
    let entries = journal.since(&query, micros(since)).take(MOST);
    let ours =
        entries.filter(|entry| entry.field(1).is_empty() || entry.field(1).ends_with(b"/sudo"));
    Ok(ours.filter_map(|entry| command(at(&entry), &entry.text(0))).collect())
}

/// `  ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/id`. What comes before `USER=`
/// is chosen by whoever types, so the last one counts, and the command is all the rest.
fn command(at: Timestamp, line: &str) -> Option<Sudo> {
    let (user, rest) = line.trim_start().split_once(" : ")?;
    let (before, command) = rest.split_once(" ; COMMAND=")?;
    // `ann : 3 incorrect password attempts ; TTY=…` did nothing.
    if !before.starts_with("TTY=") && !before.starts_with("HOST=") && !before.starts_with("PWD=") {
        return None;
    }
    let target = before.rsplit_once(" ; USER=").map(|(_, target)| target)?;
    let target = target.split(" ; ").next().unwrap_or_default();
    Some(Sudo {
        at,
        user: visible(user, 64),
        target: visible(target, 64),
        command: visible(command, LONGEST),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_refusals() {
        let read = |line: &str| {
            let sudo = command(Timestamp::UNIX_EPOCH, line)?;
            Some([sudo.user, sudo.target, sudo.command])
        };
        let line =
            "  ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/apt install x ; y";
        assert_eq!(
            read(line),
            Some(["ann", "root", "/usr/bin/apt install x ; y"].map(str::to_owned))
        );
        let none = "bob : PWD=/ ; USER=www-data ; ENV=A=1 ; COMMAND=/bin/sh";
        assert_eq!(read(none), Some(["bob", "www-data", "/bin/sh"].map(str::to_owned)));
        assert_eq!(
            read(
                "ann : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh"
            ),
            None
        );
        assert_eq!(read("pam_unix(sudo:session): session opened for user root"), None);
    }
}
