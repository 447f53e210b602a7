//! What is no monitor, notification or maintenance.

use std::collections::BTreeSet;

use super::Kuma;
use super::monitor::Taken;
use crate::import::Imported;
use crate::import::entry::{Entry, seconds};
use crate::import::name::{Names, tidy};

/// Monitors of domains; and everything else by its name.
pub(super) fn rest(kuma: &Kuma, taken: &Taken, out: &mut Imported) {
    domains(kuma, out);
    let said = |table: &str, column: &str| -> Vec<String> {
        kuma.rows(table).iter().map(|row| tidy(row.text(column).unwrap_or("?"))).collect()
    };
    for title in said("status_page", "slug") {
        out.leave(
            format!("status page {title:?}"),
            "it is no part of a monitor: nightkeep's own page is set up under [status-page]",
        );
    }
    for title in said("incident", "title") {
        out.leave(format!("incident {title:?}"), "`nightkeep incident` writes those that come");
    }
    for name in said("api_key", "name") {
        out.leave(
            format!("API key {name:?}"),
            "Kuma keeps only what it is checked by: make one with `nightkeep token add`",
        );
    }
    for name in said("remote_browser", "name") {
        out.leave(format!("remote browser {name:?}"), "nightkeep uses no browser");
    }
    for row in kuma.rows("proxy").iter().filter(|row| row.flag("default")) {
        let host = tidy(row.text("host").unwrap_or("?"));
        out.leave_part(format!("proxy {host:?}"), "being the default", "monitors name their proxy");
    }
    let used: BTreeSet<i64> = kuma
        .rows("monitor_notification")
        .iter()
        .filter(|row| row.number("monitor_id").is_some_and(|id| taken.monitor(id).is_some()))
        .filter_map(|row| row.number("notification_id"))
        .collect();
    if !used.is_empty() {
        out.leave(
            "which notification hears which monitor",
            "without any [[route]] every channel hears everything; the file has the routes as a \
             comment",
        );
    }
    for key in ["primaryBaseURL", "keepDataPeriodDays", "steamAPIKey", "trustProxy"] {
        if kuma.setting(key).is_some_and(|value| value != "" && !value.is_null() && value != 365) {
            out.leave(
                format!("setting {key}"),
                "it has its own place in nightkeep's config, if any",
            );
        }
    }
}

/// Kuma asks when the domains of its monitors end; here that is a monitor of its own.
fn domains(kuma: &Kuma, out: &mut Imported) {
    let wanted = kuma.rows("monitor").iter().any(|row| row.flag("domain_expiry_notification"));
    if !wanted {
        return;
    }
    let mut names = Names::default();
    for entry in &out.monitors {
        names.one(&entry.name);
    }
    let days = kuma.setting("domainExpiryNotifyDays");
    let days = days.as_ref().and_then(serde_json::Value::as_array).into_iter().flatten();
    let first =
        days.filter_map(serde_json::Value::as_i64).filter(|days| (1..=365).contains(days)).max();
    for row in kuma.rows("domain_expiry") {
        let Some(domain) = row.text("domain").map(tidy) else { continue };
        let mut entry = Entry::new(names.one(&format!("domain {domain}")), "domain expiry");
        entry.set("type", "domain");
        entry.set("target", domain);
        entry.set("interval", seconds(86_400));
        entry.set("degraded-unless", format!("domain > {}d", first.unwrap_or(21)));
        out.monitors.push(entry);
    }
}
