//! What every kind of monitor has: rhythm, tags, and what never has an equal.

use super::Kuma;
use super::record::Record;
use crate::import::Imported;
use crate::import::entry::{Entry, seconds};
use crate::import::name::tidy;

/// Of which monitor something is said.
#[derive(Debug)]
pub(super) struct Of {
    /// `monitor "Shop" (http)`.
    pub(super) name: String,
    /// Its type.
    pub(super) kind: String,
}

impl Of {
    pub(super) fn new(row: &Record) -> Self {
        let kind = tidy(row.text("type").unwrap_or("without a type"));
        let name = tidy(row.text("name").unwrap_or_default());
        Self { name: format!("monitor {name:?} ({kind})"), kind }
    }
}

const DAY: i64 = 86_400;

/// How often it looks, how patient it is, and how often it has to fail.
pub(super) fn rhythm(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) {
    let wanted = row.number("interval").unwrap_or(60);
    let interval = wanted.clamp(1, DAY);
    if interval != wanted {
        out.leave_part(&of.name, format!("interval of {wanted} s"), "an interval is from 1s to 1d");
    }
    entry.set("interval", seconds(interval));
    if of.kind != "group" {
        // Kuma keeps seconds, with fractions; 0 is its own measure, four fifths of the interval.
        let patience = match row.real("timeout") {
            Some(timeout) if timeout > 0.0 => timeout,
            _ => interval as f64 * 0.8,
        };
        let whole = (patience.ceil() as i64).clamp(1, interval.min(600));
        if (whole as f64) < patience {
            let why = format!("here it is {whole}s: at most the interval, and ten minutes");
            out.leave_part(&of.name, format!("timeout of {patience} s"), why);
        }
        entry.set("timeout", seconds(whole));
    }
    let wanted = row.number("maxretries").unwrap_or(0).max(0);
    let retries = wanted.min(99);
    if retries != wanted {
        out.leave_part(&of.name, format!("{wanted} retries"), "here they are 99");
    }
    // A failure that is tried again is not told; the one after the last retry is.
    entry.set("failures", retries + 1);
    if retries > 0 {
        let wanted = match row.number("retry_interval").unwrap_or(0) {
            ..=0 => interval,
            retry => retry,
        };
        let retry = wanted.min(interval);
        if retry != wanted {
            let part = format!("retry interval of {wanted} s");
            out.leave_part(&of.name, part, "it is at most the interval, which it is here");
        }
        entry.set("retry-interval", seconds(retry));
    }
    if row.flag("upside_down") {
        entry.set("upside-down", true);
    }
}

/// `name` or `name:value`.
pub(super) fn tags(kuma: &Kuma, id: i64, entry: &mut Entry) {
    let mut tags = Vec::new();
    for row in kuma.rows("monitor_tag").iter().filter(|row| row.number("monitor_id") == Some(id)) {
        let tag = row.number("tag_id").and_then(|tag| kuma.row("tag", tag));
        let Some(name) = tag.and_then(|tag| tag.text("name")).map(tidy) else { continue };
        let one = match row.text("value").map(tidy) {
            Some(value) => format!("{name}:{value}"),
            None => name,
        };
        if !tags.contains(&one) {
            tags.push(one);
        }
    }
    tags.sort();
    if !tags.is_empty() {
        entry.set("tags", tags);
    }
}

/// A column without an equal: what it is unless somebody changed it, which kinds it is of (none:
/// all), and why it is left out.
struct Leftover {
    column: &'static str,
    usual: &'static [&'static str],
    kinds: &'static [&'static str],
    why: &'static str,
    /// Its value is shown; of others only that there is one.
    shown: bool,
}

const PAGES: &[&str] = &["http", "keyword", "json-query"];

const fn left(
    column: &'static str,
    usual: &'static [&'static str],
    kinds: &'static [&'static str],
    why: &'static str,
) -> Leftover {
    Leftover { column, usual, kinds, why, shown: true }
}

const LEFTOVERS: &[Leftover] = &[
    left(
        "resend_interval",
        &["0"],
        &[],
        "reminders are one setting for all alerts: `reminders` under [alerts]",
    ),
    left("weight", &["2000"], &[], "the order is that of the file; heavier ones come first in it"),
    left(
        "cache_bust",
        &["0"],
        PAGES,
        "no random parameter is added; nothing is cached on the way to a server of your own",
    ),
    left("save_response", &["0"], PAGES, "answers are not kept; the message says what was found"),
    left("save_error_response", &["1"], PAGES, "the message says what was found"),
    left("response_max_length", &["1024"], PAGES, "answers are not kept"),
    left(
        "retry_only_on_status_code_failure",
        &["0"],
        &["json-query"],
        "every failure is tried again alike",
    ),
    left(
        "tls_ca",
        &[],
        &["http", "keyword", "json-query"],
        "add this authority to the system's (update-ca-certificates)",
    ),
    left("ping_numeric", &["1"], &["ping"], "a name is looked up as for all monitors"),
    left("ping_per_request_timeout", &["2"], &["ping"], "only the whole has a timeout"),
    left(
        "ntp_root_dispersion_threshold",
        &[],
        &["ntp"],
        "the root dispersion is no fact of conditions; offset and stratum are",
    ),
    left(
        "ws_ignore_sec_websocket_accept_header",
        &["0"],
        &["websocket-upgrade"],
        "a server that answers a wrong Sec-WebSocket-Accept is no WebSocket server",
    ),
    Leftover {
        column: "database_query",
        usual: &["SELECT 1", "select 1"],
        kinds: &["postgres", "mysql"],
        why: "the login is the check; a query of your own is a [check.NAME] or `type = \"command\"`",
        shown: false,
    },
    Leftover {
        column: "conditions",
        usual: &["[]"],
        kinds: &["postgres", "mysql"],
        why: "conditions on the result of a query have no equal",
        shown: false,
    },
];

/// Names the columns of a monitor that have no equal and are not as Kuma fills them in.
pub(super) fn leftovers(row: &Record, of: &Of, out: &mut Imported) {
    for left in LEFTOVERS {
        let applies = left.kinds.is_empty() || left.kinds.contains(&of.kind.as_str());
        let Some(value) = row.shown(left.column).filter(|_| applies) else { continue };
        if left.usual.contains(&value.trim()) {
            continue;
        }
        let part = if left.shown && left.column != "tls_ca" {
            format!("{} = {}", left.column, tidy(&value))
        } else {
            left.column.to_owned()
        };
        out.leave_part(&of.name, part, left.why);
    }
}
