//! Uptime Kuma: the database of versions 1 and 2 (SQLite), and the backup of version 1 (JSON).
//!
//! [`Kuma`] holds the rows of the tables that matter, whichever of the three they come from; what
//! is made of them is pure.

mod backup;
mod common;
mod conditions;
mod database;
mod http;
mod jsonata;
mod maintenance;
mod monitor;
mod notification;
mod record;
mod rest;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use backup::from_backup;
pub use database::from_database;
pub use record::{Cell, Record};

use super::{History, Imported, Place};

/// What a Kuma knew.
#[derive(Debug, Default)]
pub struct Kuma {
    /// Rows by table.
    tables: BTreeMap<&'static str, Vec<Record>>,
    /// How the monitors were, by their numbers.
    history: Vec<(i64, History)>,
}

/// The tables that are looked into. The others hold sums, sessions and what Kuma made of these.
const TABLES: &[&str] = &[
    "monitor",
    "notification",
    "monitor_notification",
    "tag",
    "monitor_tag",
    "proxy",
    "docker_host",
    "remote_browser",
    "maintenance",
    "monitor_maintenance",
    "status_page",
    "incident",
    "api_key",
    "setting",
    "domain_expiry",
];

impl Kuma {
    fn rows(&self, table: &str) -> &[Record] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    fn row(&self, table: &str, id: i64) -> Option<&Record> {
        self.rows(table).iter().find(|row| row.number("id") == Some(id))
    }

    /// A setting, as the JSON it is kept as.
    fn setting(&self, key: &str) -> Option<serde_json::Value> {
        let row = self.rows("setting").iter().find(|row| row.text("key") == Some(key))?;
        let value = row.text("value")?;
        // Early versions kept texts as they are.
        Some(serde_json::from_str(value).unwrap_or_else(|_| value.into()))
    }

    /// Turns it into what nightkeep has.
    pub fn import(self, place: &Place) -> Imported {
        let mut out = Imported::default();
        let channels = notification::channels(&self, &mut out);
        let taken = monitor::monitors(&self, &channels, &mut out);
        maintenance::windows(&self, &taken, place, &mut out);
        rest::rest(&self, &taken, &mut out);
        for (id, history) in self.history {
            if let Some(name) = taken.monitor(id) {
                out.history.push(History { monitor: name.to_owned(), ..history });
            }
        }
        out
    }
}
