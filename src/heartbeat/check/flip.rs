//! A change of status.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{HeartbeatFault, HeartbeatStatus as Status};

/// A change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HeartbeatChange")]
pub struct Flip {
    /// When: of a call that did not come, the moment it was due.
    pub at: Timestamp,
    /// What it was before.
    pub from: Status,
    /// What it is then.
    pub to: Status,
    /// Why.
    pub reason: Reason,
}

/// Why a status changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "HeartbeatReason")]
pub enum Reason {
    /// It called, or the owner said so; empty in the API.
    None,
    /// No call in time.
    Timeout,
    /// It said that it failed.
    Fail,
    /// It ended too soon.
    Early,
}

impl Flip {
    /// Is anybody told? That it is down, and that it is up again; not that it called for the first
    /// time or that the owner did something.
    pub fn is_told(&self) -> bool {
        self.to == Status::Down || (self.from == Status::Down && self.to == Status::Up)
    }
}

impl Reason {
    /// Its name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Timeout => "timeout",
            Self::Fail => "fail",
            Self::Early => "early",
        }
    }

    /// The reason of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Timeout, Self::Fail, Self::Early]
            .into_iter()
            .find(|reason| reason.as_str() == name)
    }

    pub(super) fn of(fault: Option<HeartbeatFault>) -> Self {
        match fault {
            None => Self::None,
            Some(HeartbeatFault::Missed | HeartbeatFault::Unfinished) => Self::Timeout,
            Some(HeartbeatFault::Failed) => Self::Fail,
            Some(HeartbeatFault::Early) => Self::Early,
        }
    }
}
