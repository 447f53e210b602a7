//! What is said of a login: the key, what else the address did, who else came from there.

use jiff::SignedDuration;

use crate::clock;
use crate::source::sshd::{self, Seen};

/// What an address did longer ago is another story.
const BACK: SignedDuration = SignedDuration::from_hours(24);
/// Names shown of those that were tried.
const MOST_NAMES: usize = 4;

/// About the last login of `user@address`.
pub(super) fn about(name: &str) -> Vec<String> {
    let Some((_, address)) = name.rsplit_once('@') else { return Vec::new() };
    let (mut last, mut others) = (None, Vec::new());
    let (mut tries, mut names, mut first) = (0u32, Vec::new(), None);
    let since = clock::now().checked_sub(BACK).unwrap_or_default();
    let read = sshd::history(since, |seen| match seen {
        Seen::Login(logged) if logged.login.name() == name => last = Some(logged),
        Seen::Login(logged)
            if logged.login.address == address && !others.contains(&logged.login.user) =>
        {
            others.push(logged.login.user);
        }
        Seen::Failure(failure) if failure.address == address => {
            tries = tries.saturating_add(failure.count);
            first.get_or_insert(failure.at);
            if !names.contains(&failure.user) {
                names.push(failure.user);
            }
        }
        _ => {}
    });
    if let Err(blind) = read {
        return vec![format!("sshd's log cannot be shown: {}", blind.mend)];
    }
    let mut lines = Vec::new();
    if let Some(logged) = last {
        let login = logged.login;
        let key = login.fingerprint.map(|key| format!(", key {key}")).unwrap_or_default();
        lines.push(format!("{}{key}, port {}", login.method, login.port));
    }
    if tries > 0 {
        let more = names.len().saturating_sub(MOST_NAMES);
        names.truncate(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more names") } else { String::new() };
        let tries = if tries == 1 { String::from("1 try") } else { format!("{tries} tries") };
        lines.push(format!("{tries} failed from there in 24 hours, as {}{more}", names.join(", ")));
    } else {
        lines.push(String::from("no failed tries from there in 24 hours"));
    }
    if !others.is_empty() {
        others.truncate(MOST_NAMES);
        lines.push(format!("from there came also {}", others.join(", ")));
    }
    lines
}
