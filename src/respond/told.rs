//! What the logs of a machine tell, each of them read once: for the timeline, the steps of the checklist and the
//! detectors. A part that hangs is cut, and the others go on.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nightkeep_triage::collect::{PATIENCE, within};
use nightkeep_triage::scene::Unseen;
use nightkeep_triage::timeline::Event;

use super::services::{self, Services};
use super::{apt, dpkg};
use crate::source::audit::{self, Recorded};
use crate::source::fail2ban::{self, Line};
use crate::source::session::{self, Failed, Session};
use crate::source::su::{self, Su};

/// So long before the window bans are read of.
const BANNED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What was read; where it could not be, why.
pub(super) struct Told {
    /// Units that broke, and starts of the machine.
    pub(super) services: Result<Services, String>,
    /// What fail2ban did. None: it is not here.
    pub(super) bans: Option<Result<Vec<(Timestamp, Line)>, String>>,
    /// Who was on the machine.
    pub(super) history: History,
    /// Who became somebody else by su, or tried.
    pub(super) su: Vec<Su>,
    /// What the kernel recorded.
    pub(super) audit: Result<Recorded, String>,
    /// Packages that came, went or changed, and by which command.
    pub(super) packages: Vec<Event>,
}

/// Who was on the machine, by the system's own records.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Sessions by wtmp and wtmpdb.
    pub(super) sessions: Vec<Session>,
    /// As far back as wtmp goes.
    pub(super) wtmp_begins: Option<Timestamp>,
    /// Those that are open, by logind.
    pub(super) open: Vec<Session>,
    /// The last login of each account, by lastlog and lastlog2.
    pub(super) last: Vec<Session>,
    /// Failed logins, by btmp.
    pub(super) failed: Vec<Failed>,
    /// What could not be read.
    pub(super) unread: Vec<String>,
}

impl Told {
    /// Reads all of it; blocks.
    pub(super) fn read(root: &Path, since: Timestamp) -> Self {
        let has_fail2ban = fail2ban::is_here(root);
        // Bans of before may last until now.
        let before = since.checked_sub(BANNED).unwrap_or(since);
        let bans = part(root, "fail2ban's log", move |root| {
            fail2ban::history(root, before).map_err(|blind| blind.why)
        });
        Self {
            services: part(root, "what systemd says of units", move |root| {
                services::services(root, since)
            }),
            // A log without the program is what is left of one.
            bans: (has_fail2ban || bans.is_ok()).then_some(bans),
            history: history(root, since),
            su: part(root, "su", move |root| su::history(root, since).map_err(|blind| blind.why))
                .unwrap_or_default(),
            audit: part(root, "the audit log", move |root| audit::recorded(root, since)),
            packages: part(root, "the logs of packages", move |root| {
                Ok([dpkg::changes(root, since), apt::runs(root, since)].concat())
            })
            .unwrap_or_default(),
        }
    }
}

fn part<T: Send + 'static>(
    root: &Path,
    what: &str,
    read: impl FnOnce(&Path) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let of = root.to_owned();
    within(PATIENCE, what, &[], move || read(&of)).map_err(|unseen| in_words(&unseen))?
}

fn history(root: &Path, since: Timestamp) -> History {
    let read = part(root, "the records of logins", move |root| {
        let (sessions, mut unread) = session::sessions(root, since);
        let (failed, more) = session::failed(root, since);
        unread.extend(more);
        let (open, last) = (session::open(root), session::last(root));
        let wtmp_begins = session::wtmp_begins(root);
        Ok(History { sessions, wtmp_begins, open, last, failed, unread })
    });
    read.unwrap_or_else(|why| History { unread: vec![why], ..History::default() })
}

/// What could not be seen, in a line.
pub(super) fn in_words(unseen: &Unseen) -> String {
    format!("{}: {}", unseen.what, unseen.why)
}
