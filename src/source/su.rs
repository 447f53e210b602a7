//! Who became somebody else by su, by its own lines in the journal (su-common.c of util-linux):
//! `(to root) ann on pts/0`, and `FAILED SU (to root) ann on pts/0`.

use std::path::Path;

use jiff::Timestamp;
use nightkeep_journal::Query;

use super::Blind;
use super::journal::{self, at, micros};
use crate::model::text::visible;

/// A change of user, or a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Su {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub user: String,
    /// As whom.
    pub target: String,
    /// It was refused.
    pub is_refused: bool,
}

const MOST: usize = 50_000;

/// Changes of user since then on the machine whose files are below `root`, oldest first. Where there is no journal to
/// be read: `Blind`.
pub fn history(root: &Path, since: Timestamp) -> Result<Vec<Su>, Blind> {
    let mut journal = journal::open(&journal::roots_below(root))?;
    let query = Query::new(&["MESSAGE", "_EXE", "_UID"]).having(&[("_COMM", "su")]);
    let entries = journal.since(&query, micros(since));
    let own = entries.filter(|entry| journal::is_of_system(entry.field(1), entry.field(2), "su"));
    Ok(own.take(MOST).filter_map(|entry| read(at(&entry), &entry.text(0))).collect())
}

fn read(at: Timestamp, line: &str) -> Option<Su> {
    let (is_refused, rest) = match line.strip_prefix("FAILED SU ") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (target, rest) = rest.strip_prefix("(to ")?.split_once(") ")?;
    let (user, _) = rest.rsplit_once(" on ")?;
    Some(Su { at, user: visible(user, 64), target: visible(target, 64), is_refused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_became_whom_and_who_was_refused() {
        let read = |line: &str| {
            let su = read(Timestamp::UNIX_EPOCH, line)?;
            Some((su.user, su.target, su.is_refused))
        };
        let of = |user: &str, target: &str, is_refused| {
            Some((user.to_owned(), target.to_owned(), is_refused))
        };
        assert_eq!(read("(to root) ann on pts/0"), of("ann", "root", false));
        assert_eq!(read("FAILED SU (to root) bob on none"), of("bob", "root", true));
        assert_eq!(read("pam_unix(su-l:session): session opened for user root"), None);
    }
}
