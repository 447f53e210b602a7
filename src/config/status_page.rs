//! The public status page: what is shown on it, and where it is.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::model::glob;

/// The public status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPageConfig {
    /// What is shown, in this order. Empty: there is no page.
    pub show: Vec<Show>,
    /// What it is called.
    pub title: String,
    /// What it is, in a sentence.
    pub description: Option<String>,
    /// Where it is, without a slash at its end; empty: at the root.
    pub path: String,
    /// A name of its own, under which it is at the root.
    pub domain: Option<String>,
    /// Where it leads: a name and an address.
    pub links: BTreeMap<String, String>,
    /// How many days back it goes.
    pub days: u16,
    /// Show how long answers take.
    pub latency: bool,
    /// The owner's own style.
    pub css: Option<PathBuf>,
}

/// Some of what is watched. Only what one of these names is ever shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// Monitors and heartbeats with a tag.
    Tag(String),
    /// Monitors of a group.
    Group(String),
    /// Monitors by name; `*` stands for any text.
    Monitor(String),
    /// Heartbeats by slug; `*` stands for any text.
    Heartbeat(String),
}

impl StatusPageConfig {
    /// Is there a page?
    pub fn is_on(&self) -> bool {
        !self.show.is_empty()
    }
}

impl Default for StatusPageConfig {
    fn default() -> Self {
        Self {
            show: Vec::new(),
            title: String::from("Status"),
            description: None,
            path: String::from("/status"),
            domain: None,
            links: BTreeMap::new(),
            days: 90,
            latency: true,
            css: None,
        }
    }
}

impl Show {
    /// Is this monitor one of them?
    pub fn has_monitor(&self, name: &str, group: Option<&str>, tags: &[String]) -> bool {
        match self {
            Self::Tag(tag) => tags.contains(tag),
            Self::Group(wanted) => group == Some(wanted),
            Self::Monitor(pattern) => glob(pattern, name),
            Self::Heartbeat(_) => false,
        }
    }

    /// Is this heartbeat one of them? Its tags have spaces between them.
    pub fn has_heartbeat(&self, slug: &str, tags: &str) -> bool {
        match self {
            Self::Tag(tag) => tags.split_whitespace().any(|own| own == tag),
            Self::Heartbeat(pattern) => glob(pattern, slug),
            Self::Group(_) | Self::Monitor(_) => false,
        }
    }
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Self::Tag(name) => ("tag", name),
            Self::Group(name) => ("group", name),
            Self::Monitor(name) => ("monitor", name),
            Self::Heartbeat(name) => ("heartbeat", name),
        };
        write!(f, "{kind}:{name}")
    }
}
