//! Maintenance windows.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Kuma;
use super::monitor::Taken;
use super::record::Record;
use crate::import::entry::{Entry, seconds};
use crate::import::name::{Names, tidy};
use crate::import::{Imported, Place};

/// Makes windows of those that have an equal.
pub(super) fn windows(kuma: &Kuma, taken: &Taken, place: &Place, out: &mut Imported) {
    let mut names = Names::default();
    for row in kuma.rows("maintenance") {
        let title = tidy(row.text("title").unwrap_or_default());
        let strategy = row.text("strategy").unwrap_or_default();
        let of = format!("maintenance {title:?} ({})", tidy(strategy));
        let mut entry = Entry::new(names.one(&title), of.clone());
        match window(kuma, row, place, &mut entry) {
            Err(why) => out.leave(of, why),
            Ok(left) => {
                // Kuma's window without monitors is about none, nightkeep's without subjects about all.
                let subjects = subjects(kuma, row, taken);
                if subjects.is_empty() {
                    out.leave(of, "no monitor that was taken over is in it");
                    continue;
                }
                for (part, why) in left {
                    out.leave_part(&of, part, why);
                }
                entry.set_some("reason", row.text("description").map(tidy));
                entry.set("subjects", subjects);
                out.maintenance.push(entry);
            }
        }
    }
}

fn subjects(kuma: &Kuma, row: &Record, taken: &Taken) -> Vec<String> {
    let id = row.number("id");
    let links = kuma.rows("monitor_maintenance").iter();
    let mut subjects: Vec<String> = links
        .filter(|link| link.number("maintenance_id") == id)
        .filter_map(|link| link.number("monitor_id"))
        .flat_map(|monitor| taken.subjects(monitor))
        .collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

type Left = Vec<(String, &'static str)>;

fn window(kuma: &Kuma, row: &Record, place: &Place, entry: &mut Entry) -> Result<Left, String> {
    if !row.flag("active") {
        return Err(String::from("it is switched off"));
    }
    let zone = zone(kuma, row, place);
    match row.text("strategy").unwrap_or_default() {
        "manual" => Err(String::from(
            "it is switched on by hand; `nightkeep alerts silence` and `paused = true` do that",
        )),
        "single" => once(row, &zone, place.now, entry).map(|()| Left::new()),
        "recurring-interval" if row.number("interval_day").unwrap_or(1) > 1 => {
            Err(format!("every {} days has no equal", row.number("interval_day").unwrap_or(0)))
        }
        "recurring-interval" | "recurring-weekday" | "recurring-day-of-month" | "cron" => {
            recurring(row, &zone, place, entry)
        }
        other => Err(format!("its strategy {other:?} is not known here")),
    }
}

/// The name of the zone its times are in.
fn zone(kuma: &Kuma, row: &Record, place: &Place) -> String {
    match row.text("timezone") {
        None => String::from("UTC"),
        Some("SAME_AS_SERVER") => {
            let server = kuma.setting("serverTimezone");
            let server = server.as_ref().and_then(|zone| zone.as_str()).map(str::to_owned);
            server.unwrap_or_else(|| place.zone.clone())
        }
        Some(zone) => zone.to_owned(),
    }
}

fn once(row: &Record, zone: &str, now: Timestamp, entry: &mut Entry) -> Result<(), String> {
    let zone =
        TimeZone::get(zone).map_err(|_| format!("its time zone {zone:?} is not known here"))?;
    let moment = |column: &str| -> Result<Zoned, String> {
        let text = row.text(column).ok_or_else(|| format!("its `{column}` is not there"))?;
        let at: DateTime = text
            .trim()
            .replace(' ', "T")
            .parse()
            .map_err(|_| format!("its `{column}` is no time"))?;
        at.to_zoned(zone.clone()).map_err(|error| error.to_string())
    };
    let (from, until) = (moment("start_date")?, moment("end_date")?);
    if until.timestamp() <= now {
        return Err(String::from("it is over"));
    }
    if until <= from {
        return Err(String::from("it ends before it begins"));
    }
    let written = |at: &Zoned| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    entry.set("from", written(&from));
    entry.set("until", written(&until));
    Ok(())
}

fn recurring(row: &Record, zone: &str, place: &Place, entry: &mut Entry) -> Result<Left, String> {
    if zone != place.zone {
        return Err(format!(
            "its times are in {zone}, those of nightkeep's windows in {}: write it by hand",
            place.zone
        ));
    }
    let cron = row.text("cron").ok_or("it has no times")?;
    let cron = cron.split_whitespace().collect::<Vec<_>>().join(" ");
    if cron.split(' ').count() != 5 {
        return Err(format!("its times {cron:?} are no cron expression of five fields"));
    }
    let lasts = row.number("duration").filter(|lasts| *lasts > 0).ok_or("it has no length")?;
    entry.set("cron", cron);
    entry.set("lasts", seconds(lasts));
    let mut left = Left::new();
    let is_later = |column: &str| {
        let date = row.text(column)?.trim().replace(' ', "T").parse::<DateTime>().ok()?;
        let at = date.to_zoned(TimeZone::get(zone).ok()?).ok()?.timestamp();
        Some(at > place.now)
    };
    let is_cron = row.text("strategy") == Some("cron");
    match is_later("end_date") {
        Some(false) if !is_cron => return Err(String::from("it is over")),
        Some(true) if !is_cron => {
            left.push((String::from("end_date"), "it goes on: take it out by then"));
        }
        _ => {}
    }
    if is_later("start_date") == Some(true) && !is_cron {
        left.push((String::from("start_date"), "it begins at once"));
    }
    Ok(left)
}
