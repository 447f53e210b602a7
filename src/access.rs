//! Who may see and change what over the web: accounts, roles, and what each proof of being
//! somebody is worth. Pure; what is known is in the store, what is asked comes over HTTP.

mod cbor;
pub mod first_link;
pub mod limit;
pub mod passkey;
pub mod password;
pub mod seal;
pub mod totp;

use ring::hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What somebody may do. A greater one may all that a smaller one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// See everything but secrets and the addresses of pings.
    Viewer,
    /// Acknowledge, silence, change monitors, heartbeats and incidents.
    Editor,
    /// Everything, accounts and tokens as well.
    Owner,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// Its name on the command line, on the page and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// By what somebody is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    /// A session of this account; the digest of what its cookie holds.
    Session {
        /// The account's id.
        account: String,
        /// Which session.
        digest: [u8; 32],
    },
    /// A proxy says who it is.
    Proxy,
    /// From this machine itself, where the config lets that in.
    Here,
}

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What each form of theirs has to bring along, as `csrf`.
    pub csrf: String,
    pub(crate) how: How,
}

impl Who {
    /// May they do what takes this role?
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// Does a form bring what was given to this very person? In constant time.
    pub fn takes(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }

    /// The account, if they have one here.
    pub(crate) fn account(&self) -> Option<&str> {
        match &self.how {
            How::Session { account, .. } => Some(account),
            How::Proxy | How::Here => None,
        }
    }

    /// The session, if there is one.
    pub(crate) fn session(&self) -> Option<&[u8; 32]> {
        match &self.how {
            How::Session { digest, .. } => Some(digest),
            How::Proxy | How::Here => None,
        }
    }
}

/// An account as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What it is called inside; a passkey's user handle.
    pub id: String,
    /// What its owner is called, in small letters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Its password as `password::hash` makes it.
    pub password: String,
    /// The secret of its codes, once it was confirmed.
    pub totp: Option<Vec<u8>>,
    /// The step whose code was used last: none is good twice.
    pub totp_step: i64,
}

/// Letters of a name.
pub const NAME: usize = 64;

/// It is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A name has 1 to 64 letters, digits or . _ - @.")]
pub struct NoName;

/// A name as it is kept: a phone's keyboard begins it with a capital.
///
/// # Errors
/// When it is none.
pub fn name(typed: &str) -> Result<String, NoName> {
    let name = typed.trim().to_ascii_lowercase();
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
    if name.is_empty() || name.len() > NAME || !name.bytes().all(fine) {
        return Err(NoName);
    }
    Ok(name)
}

/// What is kept of something secret: whoever reads the store cannot use it.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Random bytes as they go into a cookie or a link.
pub fn written(random: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// The bytes of such a text.
pub(crate) fn read(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// What the forms of a session bring along: made of its secret, so nothing has to be kept, and
/// nobody who knows one knows the other.
pub fn csrf(session: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session.as_bytes());
    written(&hmac::sign(&key, b"csrf").as_ref()[..16])
}

/// What the command line asks of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "account", rename_all = "kebab-case")]
pub enum Wish {
    /// Keep a link by which somebody gets an account, or back into it.
    Link {
        /// Whose. None: whoever opens it chooses.
        name: Option<String>,
        /// What they may do. None: what they may now, or everything.
        role: Option<Role>,
        /// Take away what they log in with now.
        reset: bool,
        /// The digest of what the link holds: the link itself stays where it was made.
        digest: [u8; 32],
    },
    /// Take an account away.
    Remove {
        /// Whose.
        name: String,
    },
    /// Let somebody do more or less.
    Role {
        /// Whose.
        name: String,
        /// What they may do from now on.
        role: Role,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_contain_one_another() {
        let who =
            |role| Who { name: String::from("a"), role, csrf: csrf("secret"), how: How::Here };
        assert!(who(Role::Owner).may(Role::Viewer) && who(Role::Editor).may(Role::Editor));
        assert!(!who(Role::Viewer).may(Role::Editor) && !who(Role::Editor).may(Role::Owner));
        assert!(Role::ALL.iter().all(|role| Role::named(role.as_str()) == Some(*role)));
        let who = who(Role::Viewer);
        assert!(who.takes(&csrf("secret")));
        assert!(!who.takes(&csrf("other")) && !who.takes("") && !who.takes("secret"));
    }

    #[test]
    fn names() {
        assert_eq!(name(" Ann "), Ok(String::from("ann")));
        for wrong in ["", "a b", "a\nb", "ann\u{202e}", "<b>", &"a".repeat(65)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }
}
