//! What programs say of themselves, and what the kernel says of the audit system.

use super::read::{number, plain, string, text};
use super::{UNSET, What};
use crate::kind::Kind;
use crate::record::Record;
use crate::users::Names;

/// A record that a program wrote: login programs, sudo, those that manage accounts, systemd.
pub(super) fn by_program(record: &Record<'_>, names: &Names) -> What {
    let account = account(record, names);
    let op = || string(record, b"op").unwrap_or_default();
    match record.kind() {
        Kind::USER_CMD => What::Sudo {
            command: string(record, b"cmd").unwrap_or_default(),
            folder: string(record, b"cwd").unwrap_or_default(),
        },
        Kind::USER_LOGIN => What::Login { account },
        Kind::USER_START => What::SessionBegan { account },
        Kind::USER_END | Kind::USER_LOGOUT => What::SessionEnded { account },
        Kind::USER_AUTH => What::Authenticated { account },
        Kind::ADD_USER
        | Kind::DEL_USER
        | Kind::ADD_GROUP
        | Kind::DEL_GROUP
        | Kind::USER_MGMT
        | Kind::GRP_MGMT
        | Kind::USER_CHAUTHTOK
        | Kind::GRP_CHAUTHTOK
        | Kind::CHUSER_ID
        | Kind::CHGRP_ID
        | Kind::ACCT_LOCK
        | Kind::ACCT_UNLOCK => What::Account { op: op(), account },
        kind @ (Kind::SERVICE_START | Kind::SERVICE_STOP) => What::Unit {
            name: string(record, b"unit").unwrap_or_default(),
            stopped: kind == Kind::SERVICE_STOP,
        },
        kind if (Kind::DAEMON_START..=Kind::DAEMON_ERR).contains(&kind) => {
            What::Daemon { kind: text(record.kind_name) }
        }
        _ => What::Other { kind: text(record.kind_name) },
    }
}

/// The account it is about: by its name, else by its number.
fn account(record: &Record<'_>, names: &Names) -> String {
    if let Some(account) = string(record, b"acct").or_else(|| string(record, b"grp")) {
        return account;
    }
    let added = record.added(b"ID").and_then(plain);
    let added = added.filter(|name| !name.starts_with("unknown("));
    let id = number(record, b"id").filter(|id| *id != UNSET);
    let named = || id.and_then(|id| names.name(id)).map(str::to_owned);
    added.or_else(named).or_else(|| id.map(|id| format!("uid {id}"))).unwrap_or_default()
}

/// `CONFIG_CHANGE`: rules and settings.
pub(super) fn config(record: &Record<'_>, with_files: bool) -> What {
    // Linux 6.18 writes `ses=4294967295op=remove_rule` without a space between.
    let body = text(record.body());
    let op = body.split("op=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    match op {
        "add_rule" | "remove_rule" | "updated_rules" => What::Rule {
            removed: op == "remove_rule",
            // Who removes a rule himself touches no file with it.
            by_kernel: with_files && op == "remove_rule",
            path: string(record, b"path").or_else(|| string(record, b"dir")).unwrap_or_default(),
        },
        _ => {
            let setting = record.fields().find(|(name, _)| {
                name.starts_with(b"audit_") || name.starts_with(b"backlog") || *name == b"enabled"
            });
            let (name, value) = setting.map_or((String::new(), String::new()), |(name, value)| {
                (text(name), text(value.bytes()))
            });
            let old = record.field(b"old").map(|old| text(old.bytes())).unwrap_or_default();
            What::AuditSet { name, value, old }
        }
    }
}

/// A record without a system call that no program said.
pub(super) fn alone(record: &Record<'_>) -> What {
    match record.kind() {
        Kind::KERN_MODULE => {
            What::Module { name: string(record, b"name").unwrap_or_default(), removed: false }
        }
        Kind::LOGIN => What::Other { kind: String::from("LOGIN") },
        kind if (Kind::DAEMON_START..=Kind::DAEMON_ERR).contains(&kind) => {
            What::Daemon { kind: text(record.kind_name) }
        }
        _ => What::Other { kind: text(record.kind_name) },
    }
}
