//! Login sessions: from where each came. Records of what is done in a session do not say it.

use std::collections::BTreeMap;

use super::{Action, What};

/// Sessions remembered; beyond that those with the lowest numbers go.
const MOST: usize = 4096;

/// What is known of a login session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// Who logged in.
    pub user: String,
    /// From which address.
    pub address: Option<String>,
    /// With which program: `/usr/sbin/sshd`.
    pub program: String,
}

/// Sessions by their number.
#[derive(Debug, Default)]
pub struct Sessions {
    known: BTreeMap<u32, Session>,
}

impl Sessions {
    /// Learns from an event, and fills in the address of what was done in a known session.
    pub fn place(&mut self, action: &mut Action) {
        let Some(number) = action.actor.session else { return };
        if matches!(&action.what, What::Other { kind } if kind == "LOGIN") {
            // Numbers begin anew with each boot.
            self.known.remove(&number);
        }
        let begins = matches!(action.what, What::Login { .. } | What::SessionBegan { .. });
        if begins && action.success == Some(true) && action.actor.address.is_some() {
            // sudo and su begin sessions within one; only the first says where it came from.
            self.known.entry(number).or_insert_with(|| Session {
                user: action.actor.login.clone().unwrap_or_default(),
                address: action.actor.address.clone(),
                program: action.program.clone(),
            });
            while self.known.len() > MOST {
                self.known.pop_first();
            }
        }
        if action.actor.address.is_none() {
            action.actor.address = self.get(number).and_then(|session| session.address.clone());
        }
    }

    /// The session of that number.
    pub fn get(&self, number: u32) -> Option<&Session> {
        self.known.get(&number)
    }
}
