//! Who may see and change what on the page.

use subtle::ConstantTimeEq as _;

/// What somebody may do. Who may more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// See.
    Viewer,
    /// And take care: acknowledge, silence, monitors, heartbeats, incidents.
    Editor,
    /// And let others in.
    Owner,
}

/// Somebody who was let in.
#[derive(Debug, Clone)]
pub struct Who {
    /// The name of the account.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// What each form has to bring back.
    pub csrf: String,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }
}

impl Who {
    /// May it do what needs this role?
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// Is this what its forms bring back?
    pub fn takes(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}
