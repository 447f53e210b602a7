//! An action in one word, and what it was done to: names that stay.

use super::{Action, FileAct, What};

impl Action {
    /// What was done, in one word that later versions have too.
    pub fn word(&self) -> &'static str {
        match &self.what {
            What::Ran { .. } => "ran",
            What::Sudo { .. } => "sudo",
            What::File { how, .. } => match how {
                FileAct::Read => "read",
                FileAct::Wrote => "wrote",
                FileAct::Created => "created",
                FileAct::Deleted => "deleted",
                FileAct::Renamed { .. } => "renamed",
                FileAct::Linked => "linked",
                FileAct::Mode { .. } => "mode-set",
                FileAct::Owner => "owner-set",
                FileAct::Attributes => "attributes-set",
                FileAct::Mounted => "mounted",
            },
            What::Login { .. } => "login",
            What::SessionBegan { .. } => "session-began",
            What::SessionEnded { .. } => "session-ended",
            What::Authenticated { .. } => "authenticated",
            What::Account { .. } => "account-changed",
            What::Rule { removed: false, .. } => "rule-added",
            What::Rule { by_kernel: false, .. } => "rule-removed",
            What::Rule { .. } => "rule-lost",
            What::AuditSet { .. } => "audit-set",
            What::Module { removed: false, .. } => "module-loaded",
            What::Module { .. } => "module-removed",
            What::Unit { stopped: false, .. } => "unit-started",
            What::Unit { .. } => "unit-stopped",
            What::Signalled { .. } => "signalled",
            What::Network { .. } => "network",
            What::Daemon { .. } => "auditd",
            What::Call { .. } => "call",
            What::Other { .. } => "other",
        }
    }

    /// What it was done to: a path, command, account, module, unit, address; of the rest, the name
    /// of the system call or the kind of the record.
    pub fn object(&self) -> String {
        match &self.what {
            What::Ran { command, .. } => command.join(" "),
            What::Sudo { command, .. } => command.clone(),
            What::File { path, .. } | What::Rule { path, .. } => path.clone(),
            What::Login { account }
            | What::SessionBegan { account }
            | What::SessionEnded { account }
            | What::Authenticated { account }
            | What::Account { account, .. } => account.clone(),
            What::AuditSet { name, .. }
            | What::Module { name, .. }
            | What::Unit { name, .. }
            | What::Call { name } => name.clone(),
            What::Signalled { target, .. } => target.clone(),
            What::Network { address, .. } => address.clone(),
            What::Daemon { kind } | What::Other { kind } => kind.clone(),
        }
    }
}
