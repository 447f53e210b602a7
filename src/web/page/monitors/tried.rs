//! What came of asking a monitor at once, until it was looked at: the page that shows it has an
//! address of its own, so that looking again does not ask again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::monitor::Asked;

/// So many are kept.
const MOST: usize = 50;

/// The last ones.
#[derive(Debug, Default)]
pub(in crate::web) struct Tried(Mutex<VecDeque<Asked>>);

impl Tried {
    /// Keeps one; gives the query of the page that shows it.
    pub(super) fn keep(&self, asked: Asked) -> String {
        let query = format!("tried={}", asked.at.as_millisecond());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(asked);
        if kept.len() > MOST {
            kept.pop_front();
        }
        query
    }

    /// What came of it, by the monitor and what the query says.
    pub(super) fn find(&self, name: &str, tried: &str) -> Option<Asked> {
        let at: i64 = tried.parse().ok()?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|one| one.name == name && one.at.as_millisecond() == at).cloned()
    }
}
