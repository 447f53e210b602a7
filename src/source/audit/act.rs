//! Which of the things recorded somebody should hear of. Pure.

use nightkeep_audit::action::{Action, FileAct, What};

use crate::model::text::visible;
use crate::model::{AuditAct, AuditActKind};

/// Files that say who there is, and who may become root.
const IDENTITY: [&str; 6] = [
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/security/opasswd",
];
/// Folders of the same.
const IDENTITY_BELOW: [&str; 1] = ["/etc/sudoers.d/"];
/// Files and folders that say what is run at times, at the start, or within every program.
const SCHEDULE: [&str; 3] = ["/etc/crontab", "/etc/ld.so.preload", "/etc/rc.local"];
const SCHEDULE_BELOW: [&str; 8] = [
    "/etc/cron.d/",
    "/etc/cron.hourly/",
    "/etc/cron.daily/",
    "/etc/cron.weekly/",
    "/etc/cron.monthly/",
    "/var/spool/cron/",
    "/etc/systemd/system/",
    "/etc/systemd/user/",
];

/// What an action is worth telling as. `keys` are those the owner wants to hear all of.
pub(super) fn of(action: &Action, keys: &[String]) -> Option<AuditAct> {
    if action.success == Some(false) {
        return None;
    }
    let (kind, object) = match &action.what {
        What::File { how, path } => (file(how, path)?, path.clone()),
        What::Module { name, .. } if action.actor.login.is_some() => {
            (AuditActKind::Module, name.clone())
        }
        What::Sudo { command, .. } => (AuditActKind::Sudo, command.clone()),
        _ => {
            let key = action.keys.iter().find(|key| keys.contains(key))?;
            (AuditActKind::Key, key.clone())
        }
    };
    let who = action.actor.login.as_deref().unwrap_or_default();
    Some(AuditAct {
        kind,
        who: visible(who, 64),
        object: visible(&object, 200),
        sentence: visible(&action.to_string(), 400),
        session: action.actor.session,
    })
}

/// Was something changed that matters?
fn file(how: &FileAct, path: &str) -> Option<AuditActKind> {
    if matches!(how, FileAct::Read | FileAct::Attributes | FileAct::Mounted) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let below = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    // What a program writes before it gives it the name that counts.
    let is_draft =
        name.starts_with("tmp.") || name.starts_with(".#") || name.ends_with(".dpkg-new");
    if is_draft {
        None
    } else if IDENTITY.contains(&path) || below(&IDENTITY_BELOW) {
        Some(AuditActKind::Identity)
    } else if path.contains("/.ssh/") && name.starts_with("authorized_keys") {
        Some(AuditActKind::Keys)
    } else if SCHEDULE.contains(&path) || below(&SCHEDULE_BELOW) {
        Some(AuditActKind::Schedule)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use nightkeep_audit::Id;
    use nightkeep_audit::action::Actor;

    use super::*;

    fn act(what: What) -> Action {
        let actor = Actor { login: Some(String::from("ann")), ..Actor::default() };
        let (program, success) = (String::from("/usr/bin/x"), Some(true));
        let keys = vec![String::from("mine")];
        Action { id: Id::default(), actor, what, program, keys, success, error: None }
    }

    fn kind(how: FileAct, path: &str) -> Option<AuditActKind> {
        of(&act(What::File { how, path: path.to_owned() }), &[]).map(|act| act.kind)
    }

    #[test]
    fn what_matters_is_told_apart_from_what_does_not() {
        let moved = || FileAct::Renamed { from: String::from("/etc/passwd+"), replaced: true };
        assert_eq!(kind(moved(), "/etc/passwd"), Some(AuditActKind::Identity));
        assert_eq!(kind(FileAct::Created, "/etc/passwd.lock"), None);
        assert_eq!(kind(FileAct::Created, "/etc/sudoers.d/x"), Some(AuditActKind::Identity));
        assert_eq!(kind(FileAct::Read, "/etc/shadow"), None);
        let keys = "/home/ann/.ssh/authorized_keys";
        assert_eq!(kind(FileAct::Wrote, keys), Some(AuditActKind::Keys));
        assert_eq!(kind(FileAct::Created, "/var/spool/cron/crontabs/tmp.X1"), None);
        let cron = "/var/spool/cron/crontabs/ann";
        assert_eq!(kind(moved(), cron), Some(AuditActKind::Schedule));
        assert_eq!(kind(FileAct::Wrote, "/etc/hosts"), None);
    }

    #[test]
    fn keys_of_the_owner_and_failures() {
        let ran = || What::Ran { command: vec![String::from("x")], folder: String::new() };
        assert_eq!(of(&act(ran()), &[]), None);
        let keys = [String::from("mine")];
        assert_eq!(of(&act(ran()), &keys).map(|act| act.kind), Some(AuditActKind::Key));
        let failed = Action { success: Some(false), ..act(ran()) };
        assert_eq!(of(&failed, &keys), None);
    }
}
