//! The backup of version 1: a JSON file its settings page wrote.

use serde_json::{Map, Value};

use super::Kuma;
use super::record::{Cell, Record};
use crate::import::Unreadable;

/// Reads a backup.
///
/// # Errors
/// When it is none.
pub fn from_backup(text: &str) -> Result<Kuma, Unreadable> {
    let none = |why: &str| Unreadable::new(format!("this is no backup of Uptime Kuma: {why}"));
    let document: Value = serde_json::from_str(text).map_err(|error| none(&error.to_string()))?;
    let list = |name: &str| -> Vec<&Map<String, Value>> {
        // In some versions a list is an object by numbers.
        match document.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).collect(),
            Some(Value::Object(items)) => items.values().filter_map(Value::as_object).collect(),
            _ => Vec::new(),
        }
    };
    if document.get("monitorList").is_none() {
        return Err(none("it has no `monitorList`"));
    }
    let mut kuma = Kuma::default();
    kuma.tables.insert(
        "notification",
        list("notificationList").into_iter().map(Record::of_json).collect(),
    );
    kuma.tables.insert("proxy", list("proxyList").into_iter().map(Record::of_json).collect());
    let (mut monitors, mut tags, mut tagged, mut told) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, object) in list("monitorList").into_iter().enumerate() {
        let mut monitor = Record::of_json(object);
        let id = monitor.number("id").unwrap_or(index as i64 + 1);
        monitor.set("id", Cell::Integer(id));
        if let Some(codes) = object.get("accepted_statuscodes") {
            monitor.set("accepted_statuscodes_json", Cell::Text(codes.to_string()));
        }
        for tag in object.get("tags").and_then(Value::as_array).into_iter().flatten() {
            let Some(tag) = tag.as_object() else { continue };
            let mut row = Record::of_json(tag);
            let number = Cell::Integer(tags.len() as i64 + 1);
            row.set("id", number.clone());
            row.set("tag_id", number);
            row.set("monitor_id", Cell::Integer(id));
            tagged.push(row.clone());
            tags.push(row);
        }
        let heard = object.get("notificationIDList").and_then(Value::as_object);
        for (notification, yes) in heard.into_iter().flatten() {
            let (Ok(notification), Some(true)) = (notification.parse(), yes.as_bool()) else {
                continue;
            };
            let mut row = Record::default();
            row.set("monitor_id", Cell::Integer(id));
            row.set("notification_id", Cell::Integer(notification));
            told.push(row);
        }
        monitors.push(monitor);
    }
    kuma.tables.insert("monitor", monitors);
    kuma.tables.insert("tag", tags);
    kuma.tables.insert("monitor_tag", tagged);
    kuma.tables.insert("monitor_notification", told);
    Ok(kuma)
}
