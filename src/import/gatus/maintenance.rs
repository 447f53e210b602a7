//! Maintenance: of all, and of single endpoints.

use nightkeep_audit::sigma::yaml::Node;

use super::tree::{flag, list, milliseconds, text};
use crate::import::entry::{Entry, seconds};
use crate::import::{Imported, Place};

/// The window of all endpoints.
pub(super) fn global(whole: &Node, place: &Place, out: &mut Imported) {
    let Some(window) = whole.get("maintenance") else { return };
    let subjects = vec![String::from("monitor:*"), String::from("heartbeat:*")];
    add(window, "maintenance", "Gatus", subjects, place, out);
}

/// The windows of one endpoint.
pub(super) fn of_monitor(
    endpoint: &Node,
    of: &str,
    subject: &str,
    place: &Place,
    out: &mut Imported,
) {
    for window in list(endpoint, "maintenance-windows") {
        let name = subject.split_once(':').map_or(subject, |(_, name)| name);
        add(window, &format!("maintenance of {of}"), name, vec![subject.to_owned()], place, out);
    }
}

fn add(
    window: &Node,
    of: &str,
    name: &str,
    subjects: Vec<String>,
    place: &Place,
    out: &mut Imported,
) {
    if flag(window, "enabled") == Some(false) {
        out.leave(of, "it is switched off");
        return;
    }
    let mut entry = Entry::new(name, of);
    match times(window, place, &mut entry) {
        Ok(()) => {
            entry.set("subjects", subjects);
            out.maintenance.push(entry);
        }
        Err(why) => out.leave(of, why),
    }
}

fn times(window: &Node, place: &Place, entry: &mut Entry) -> Result<(), String> {
    let zone = text(window, "timezone").unwrap_or("UTC");
    if zone != place.zone {
        return Err(format!(
            "its times are in {zone}, those of nightkeep's windows in {}: write it by hand",
            place.zone
        ));
    }
    let start = text(window, "start").ok_or("it has no `start`")?;
    let (hours, minutes) = start.split_once(':').ok_or("its `start` is no time")?;
    let (hours, minutes): (u8, u8) = hours
        .parse()
        .ok()
        .zip(minutes.parse().ok())
        .filter(|(hours, minutes)| *hours < 24 && *minutes < 60)
        .ok_or("its `start` is no time")?;
    let lasts = text(window, "duration").and_then(milliseconds).ok_or("it has no `duration`")?;
    let mut days = Vec::new();
    for day in list(window, "every").iter().filter_map(Node::text) {
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        let number =
            names.iter().position(|name| day.starts_with(name)).ok_or("it names no day")?;
        days.push(number.to_string());
    }
    let days = if days.is_empty() { String::from("*") } else { days.join(",") };
    entry.set("cron", format!("{minutes} {hours} * * {days}"));
    entry.set("lasts", seconds(lasts / 1000));
    Ok(())
}
