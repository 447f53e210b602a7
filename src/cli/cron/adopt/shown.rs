//! The jobs of a server as a table, and what is offered for them.

use jiff::tz::TimeZone;

use super::offer::{Offer, Row, Watched};
use crate::cli::output;
use crate::model::Severity;

/// Of a command only this much; the rest is where it is written.
const COMMAND: usize = 60;

pub(super) fn table(rows: &[Row], zone: &TimeZone) -> String {
    if rows.is_empty() {
        return String::from(
            "Nothing runs by itself here: no crontab has a line, and there is no timer.\n",
        );
    }
    let cells = rows.iter().map(|row| {
        let next = row.next.map_or_else(|| String::from("-"), |next| output::local(next, zone));
        let next = next.strip_suffix(":00").unwrap_or(&next).to_owned();
        let watched = match &row.watched {
            Watched::Timer => String::from("yes"),
            Watched::Ping { by } => format!("yes: {}", output::safe(by)),
            Watched::No => String::from("NO"),
            Watched::Not { .. } => String::from("no"),
        };
        vec![
            output::safe(&row.when),
            next,
            output::safe(&row.user),
            crate::model::text::clean(&row.command, COMMAND),
            watched,
            output::safe(&row.place),
        ]
    });
    let mut text = output::table(&["WHEN", "NEXT", "USER", "WHAT", "WATCHED", "WHERE"], cells);
    for row in rows {
        if let Watched::Not { why } = &row.watched {
            text += &format!("\n{}: not offered, {}", output::safe(&row.place), output::safe(why));
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

pub(super) fn offers(offers: &[&Offer], rows: &[Row]) -> String {
    if offers.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nThese lines would tell the watch of their jobs:\n");
    for row in rows {
        let Some(offer) = &row.offer else { continue };
        if !offers.iter().any(|one| one.slug == offer.slug) {
            continue;
        }
        let head = output::paint(&offer.slug, Some(Severity::Info));
        text += &format!("\n{head}  {}\n", output::safe(&row.place));
        text += &format!("  - {}\n  + {}\n", output::safe(&row.command), output::safe(&offer.line));
    }
    text += "\nand these heartbeats belong to them:\n";
    for offer in offers {
        text += &format!("\n{}", offer.heartbeat);
    }
    text += "\nnext: sudo nightkeep cron adopt --apply\n";
    text
}
