//! An action as one sentence.

use std::fmt;

use super::{Action, Actor, FileAct, What};

/// Characters of a command that are shown.
const COMMAND: usize = 300;

/// One line: who did what, from where, by which rule. Whatever was chosen by others is shown without
/// control characters.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.said();
        f.write_str(&text)?;
        if let Some(address) = &self.actor.address
            && !text.contains(&*shown(address))
        {
            write!(f, ", from {}", shown(address))?;
        }
        if !self.keys.is_empty() {
            let keys: Vec<String> = self.keys.iter().map(|key| shown(key)).collect();
            write!(f, " [{}]", keys.join(", "))?;
        }
        Ok(())
    }
}

impl Action {
    fn said(&self) -> String {
        let who = who(&self.actor);
        let with = self.with();
        let failed = self.success == Some(false);
        let why = self.error.map_or_else(String::new, |why| format!(": {}", reason(why)));
        let from = self
            .actor
            .address
            .as_ref()
            .map_or_else(String::new, |it| format!(" from {}", shown(it)));
        let act = |done: &str, tried: &str, object: &str| {
            if failed {
                format!("{who} could not {tried} {object}{with}{why}")
            } else {
                format!("{who} {done} {object}{with}")
            }
        };
        match &self.what {
            What::Ran { command, .. } => {
                let command = shown(&command.join(" "));
                let odd = if is_named_by(&self.program, &command) {
                    String::new()
                } else {
                    format!(" (the program is {})", shown(&self.program))
                };
                if failed {
                    format!("{who} could not run {command}{odd}{why}")
                } else {
                    format!("{who} ran {command}{odd}")
                }
            }
            What::Sudo { command, folder } => {
                let refused = if failed { "was refused sudo" } else { "ran by sudo" };
                let folder = if folder.is_empty() {
                    String::new()
                } else {
                    format!(" in {}", shown(folder))
                };
                format!("{who} {refused}: {}{folder}", shown(command))
            }
            What::File { how, path } => {
                let path = shown(path);
                match how {
                    FileAct::Read => act("read", "read", &path),
                    FileAct::Wrote => act("wrote", "write", &path),
                    FileAct::Created => act("created", "create", &path),
                    FileAct::Deleted => act("deleted", "delete", &path),
                    FileAct::Renamed { from, replaced: true } => {
                        act("replaced", "replace", &format!("{path} by {}", shown(from)))
                    }
                    FileAct::Renamed { from, .. } => {
                        act("renamed", "rename", &format!("{} to {path}", shown(from)))
                    }
                    FileAct::Linked => act("made a link", "make a link", &path),
                    FileAct::Mode { mode } => {
                        act("set the mode", "set the mode", &format!("{mode:04o} of {path}"))
                    }
                    FileAct::Owner => act("changed", "change", &format!("the owner of {path}")),
                    FileAct::Attributes => act("set", "set", &format!("attributes of {path}")),
                    FileAct::Mounted => act("mounted or unmounted", "mount or unmount", &path),
                }
            }
            What::Login { account } => {
                let account = shown(account);
                if failed {
                    format!("somebody failed to log in as {account}{from}{with}")
                } else {
                    format!("{account} logged in{from}{with}")
                }
            }
            What::SessionBegan { account } => {
                let account = shown(account);
                if failed {
                    return format!("{who} could not begin a session as {account}{with}");
                }
                // The login program itself speaks for whom it lets in.
                match &self.actor.login {
                    Some(login) if *login != account => {
                        format!("{} became {account}{with}", shown(login))
                    }
                    _ => format!("{account} began a session{from}{with}"),
                }
            }
            What::SessionEnded { account } => format!("{} ended a session{with}", shown(account)),
            What::Authenticated { account } => {
                let account = shown(account);
                if failed {
                    format!("somebody failed to show that he is {account}{from}{with}")
                } else {
                    format!("somebody showed that he is {account}{from}{with}")
                }
            }
            What::Account { op, account } => {
                let account = shown(account);
                let (done, tried) = account_words(op, &account);
                if failed {
                    format!("{who} could not {tried}{with}")
                } else {
                    format!("{who} {done}{with}")
                }
            }
            What::Rule { removed, by_kernel, path } => {
                let on =
                    if path.is_empty() { String::new() } else { format!(" on {}", shown(path)) };
                match (by_kernel, removed) {
                    (true, _) => format!(
                        "the kernel dropped the audit rule{on}: {who} took away what it watched{with}"
                    ),
                    (false, true) => format!("{who} removed an audit rule{on}{with}"),
                    (false, false) => format!("{who} added an audit rule{on}{with}"),
                }
            }
            What::AuditSet { name, value, old } => {
                let old =
                    if old.is_empty() { String::new() } else { format!(", was {}", shown(old)) };
                format!("{who} set {} to {}{old}{with}", shown(name), shown(value))
            }
            What::Module { name, removed } => {
                let name = if name.is_empty() {
                    String::from("a kernel module")
                } else {
                    format!("the kernel module {}", shown(name))
                };
                if *removed {
                    act("took out", "take out", &name)
                } else {
                    act("loaded", "load", &name)
                }
            }
            What::Unit { name, stopped } => {
                let done = if *stopped { "stopped" } else { "started" };
                let bad = if failed { ", which failed" } else { "" };
                format!("systemd {done} {}{bad}", shown(name))
            }
            What::Signalled { signal, target } => {
                act("sent", "send", &format!("signal {signal} to {}", shown(target)))
            }
            What::Network { call, address } => {
                act("called", "call", &format!("{} {}", shown(call), shown(address)))
            }
            What::Daemon { kind } => format!("auditd: {}", shown(kind)),
            What::Call { name } => act("called", "call", &shown(name)),
            What::Other { kind } => format!("{who}: {}{with}", shown(kind)),
        }
    }

    /// ` with useradd`; nothing where the program is not known.
    fn with(&self) -> String {
        let name = self.program.rsplit('/').next().unwrap_or_default();
        if name.is_empty() { String::new() } else { format!(" with {}", shown(name)) }
    }
}

/// `ann`, `ann as root`, `root` of a daemon, `somebody`.
fn who(actor: &Actor) -> String {
    match (&actor.login, &actor.user) {
        (Some(login), Some(user)) if login != user => {
            format!("{} as {}", shown(login), shown(user))
        }
        (Some(one), _) | (None, Some(one)) => shown(one),
        (None, None) => String::from("somebody"),
    }
}

/// An error in words.
fn reason(error: &'static str) -> &'static str {
    match error {
        "EACCES" | "EPERM" => "not allowed",
        "ENOENT" => "there is none",
        "EEXIST" => "it is there already",
        "ENOTDIR" => "a folder on the way is none",
        "EROFS" => "the disk is read-only",
        "ENOSPC" => "the disk is full",
        error => error,
    }
}

/// Does the command begin with the program's name?
fn is_named_by(program: &str, command: &str) -> bool {
    let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let first = base(command.split(' ').next().unwrap_or_default());
    let first = first.trim_start_matches('-');
    program.is_empty()
        || first.is_empty()
        || base(program).starts_with(first)
        || first.starts_with(&base(program))
}

/// `op` of the shadow tools and of PAM, as done and as tried.
fn account_words(op: &str, account: &str) -> (String, String) {
    let words = match op {
        "add-user" | "adding-user" => ("added the user", "add the user"),
        "delete-user" | "deleting-user" => ("deleted the user", "delete the user"),
        "add-group" | "adding-group" => ("added the group", "add the group"),
        "delete-group" | "deleting-group" => ("deleted the group", "delete the group"),
        "PAM:chauthtok" | "change-password" | "changing-password" => {
            ("changed the password of", "change the password of")
        }
        "lock-account" | "locking-account" => ("locked the account", "lock the account"),
        "unlock-account" => ("unlocked the account", "unlock the account"),
        "add-user-to-group" | "adding-user-to-group" | "add-user-to-shadow-group" => {
            let put = format!("put {account} into a group");
            return (put.clone(), put);
        }
        op => {
            let op = shown(op);
            let of = if account.is_empty() { String::new() } else { format!(" {account}") };
            return (format!("changed accounts: {op}{of}"), format!("change accounts: {op}{of}"));
        }
    };
    (format!("{} {account}", words.0), format!("{} {account}", words.1))
}

/// Text of others on one line, at most so much of it.
fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        if n == COMMAND {
            out.push('…');
            break;
        }
        if hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
