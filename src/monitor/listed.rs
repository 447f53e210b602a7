//! A monitor with how it was, and what came of asking one now: for the page, the API and the
//! command line.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Look, MonitorView, PhasesView, Test, phases_view};
use crate::config::MonitorConfig;
use crate::model::MonitorStatus;

/// A monitor with how much of the time it was up.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Monitor")]
pub struct Listed {
    /// How it is.
    #[serde(flatten)]
    pub view: MonitorView,
    /// Of the last 24 hours, 0..1.
    pub uptime_day: Option<f64>,
    /// Of the last 30 days, 0..1.
    pub uptime_month: Option<f64>,
    /// Mean seconds of an answer within the last 24 hours.
    pub latency_day_seconds: Option<f64>,
}

/// What came of asking a monitor once.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MonitorAsked")]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// What it comes to.
    pub found: MonitorStatus,
    /// One line, for a person.
    pub said: String,
    /// When it was asked.
    pub at: Timestamp,
    /// How long all of it took.
    pub latency_seconds: f64,
    /// How long each phase took, of those there were.
    #[serde(flatten)]
    pub phases: PhasesView,
    /// Who answered.
    pub address: Option<String>,
    /// The end of the certificate on the way that ends first.
    pub certificate_ends: Option<Timestamp>,
    /// Each test of its conditions.
    pub tests: Vec<Test>,
    /// Whether others answer this machine, where that was asked.
    pub way_out: Option<bool>,
}

impl Asked {
    /// What came of asking it.
    pub fn new(monitor: &MonitorConfig, look: &Look) -> Self {
        Self {
            name: monitor.name.clone(),
            found: look.found.status(),
            said: look.said.clone(),
            at: look.at,
            latency_seconds: look.phases.total.as_secs_f64(),
            phases: phases_view(&look.phases),
            address: look.address.map(|address| address.to_string()),
            certificate_ends: look.certificate_ends,
            tests: look.tests.clone(),
            way_out: look.way_out,
        }
    }
}
