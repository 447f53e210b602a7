//! The public status page: what visitors may know of what is watched here. Pure: whoever serves it
//! fills in a [`Page`], and out come HTML, JSON and a feed.
//!
//! Visitors are no admins: nothing is shown but names, how things are, and what the owner wrote
//! for them.

mod banner;
mod bars;
mod day;
mod feed;
#[cfg(test)]
mod golden;
mod html;
mod icon;
mod style;
mod words;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use banner::Banner;
pub use day::{Day, DayStatus, Tally};
pub use feed::feed;
pub use html::html;
pub use icon::icon;
pub use style::{STYLE, style_name};
pub(super) use words::{latency, percent};

use crate::respond::incident::Public;

/// Planned work is shown this long before it begins.
pub const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Everything on the page.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// What it is called.
    pub title: String,
    /// What this is, in a sentence of the owner's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When what it shows was looked up.
    pub updated: Timestamp,
    /// How many days back it goes.
    pub days: u16,
    /// What is watched, under its headings.
    pub groups: Vec<Group>,
    /// Incidents of which the owner tells, newest first.
    pub incidents: Vec<Public>,
    /// Planned work, now and soon, soonest first.
    pub maintenance: Vec<Work>,
    /// Where the owner leads from here.
    #[serde(skip)]
    pub links: Vec<Link>,
    /// The zone of the times on it.
    #[serde(skip)]
    pub zone: TimeZone,
    /// Where it is.
    #[serde(skip)]
    pub place: Place,
    /// The owner has a style of his own.
    #[serde(skip)]
    pub own_style: bool,
}

/// Where the page is.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// `https://status.example.org`, without a path.
    pub origin: String,
    /// The path of the page, without a slash at its end: `/status`, or nothing.
    pub path: String,
}

/// Services under one heading.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// The heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What stands below it.
    pub services: Vec<Service>,
}

/// Something that is watched.
#[derive(Debug, Clone, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How it is.
    pub status: Status,
    /// Since when, if it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The share of the last 24 hours it was up. None: not known.
    pub uptime_24h: Option<f64>,
    /// The share of all the days shown.
    pub uptime: Option<f64>,
    /// How long it took to answer, the mean of 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_seconds: Option<f64>,
    /// Day by day, oldest first.
    #[serde(rename = "history")]
    pub days: Vec<Day>,
}

/// How something is, as visitors are told. The worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is well.
    Up,
    /// The owner works on it.
    Maintenance,
    /// Nobody can tell.
    Unknown,
    /// It is slow, or a part of it does not work.
    Degraded,
    /// It is down.
    Down,
}

/// Planned work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Work {
    /// What visitors should know of it.
    pub text: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What it concerns, by name.
    pub services: Vec<String>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What is read.
    pub name: String,
    /// Where it leads.
    pub url: String,
}

impl Status {
    /// Its name in JSON, badges and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Maintenance => "maintenance",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

impl Place {
    /// The whole address of something below the page; of the page itself for an empty one.
    pub fn url(&self, below: &str) -> String {
        match (self.path.as_str(), below) {
            ("", "") => format!("{}/", self.origin),
            (path, "") => format!("{}{path}", self.origin),
            (path, below) => format!("{}{path}/{below}", self.origin),
        }
    }
}

impl Page {
    /// Everything that is watched.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.groups.iter().flat_map(|group| &group.services)
    }

    /// Work that goes on.
    fn work_now(&self) -> impl Iterator<Item = &Work> {
        self.maintenance.iter().filter(|work| work.from <= self.updated)
    }
}

/// The page for programs.
pub fn json(page: &Page) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        banner: Banner,
        #[serde(flatten)]
        page: &'a Page,
    }
    serde_json::to_string(&Whole { banner: Banner::of(page), page })
}
