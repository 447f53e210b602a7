//! What was done with sudo, by its own lines in the journal (logging.c of sudo).

use std::collections::VecDeque;
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
    let mut done = Vec::new();
    read(root, since, |at, line| {
        done.extend(command(at, line));
        done.len() < MOST
    })?;
    Ok(done)
}

/// The same with what was refused, and why: the newest of them.
///
/// # Errors
/// As [`history`].
pub fn tried(root: &Path, since: Timestamp) -> Result<VecDeque<(Sudo, Option<String>)>, Blind> {
    let mut tried = VecDeque::new();
    read(root, since, |at, line| {
        tried.extend(command(at, line).map(|done| (done, None)));
        tried.extend(refused(at, line).map(|(refused, why)| (refused, Some(why))));
        if tried.len() > MOST {
            tried.pop_front();
        }
        true
    })?;
    Ok(tried)
}

/// Gives sudo's lines since then, oldest first, until told to stop.
fn read(
    root: &Path,
    since: Timestamp,
    mut each: impl FnMut(Timestamp, &str) -> bool,
) -> Result<(), Blind> {
    let mut journal = journal::open(&journal::roots_below(root))?;
    let query = Query::new(&["MESSAGE", "_EXE", "_UID"]).having(&[("_COMM", "sudo")]);
    for entry in journal.since(&query, micros(since)) {
        let is_own = journal::is_of_system(entry.field(1), entry.field(2), "sudo");
        if is_own && !each(at(&entry), &entry.text(0)) {
            break;
        }
    }
    Ok(())
}

/// `bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh`: what was not
/// done, and why.
fn refused(at: Timestamp, line: &str) -> Option<(Sudo, String)> {
    let (user, rest) = line.trim_start().split_once(" : ")?;
    let (why, rest) = rest.split_once(" ; ")?;
    if why.contains('=') {
        return None;
    }
    let done = command(at, &format!("{user} : {rest}"))?;
    Some((done, visible(why, 64)))
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
        let no =
            |line: &str| refused(Timestamp::UNIX_EPOCH, line).map(|(sudo, why)| (sudo.user, why));
        let of = |user: &str, why: &str| Some((user.to_owned(), why.to_owned()));
        let tried =
            "ann : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh";
        assert_eq!(no(tried), of("ann", "3 incorrect password attempts"));
        let never = "bob : user NOT in sudoers ; TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/a ; b";
        assert_eq!(no(never), of("bob", "user NOT in sudoers"));
        assert_eq!(no(line), None);
    }
}
