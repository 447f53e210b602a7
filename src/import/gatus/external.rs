//! External endpoints call in: heartbeats.

use nightkeep_audit::sigma::yaml::Node;

use super::alerting::Alerting;
use super::maintenance;
use super::tree::{flag, list, milliseconds, text};
use crate::import::entry::{Entry, seconds};
use crate::import::name::{Names, slug, tidy};
use crate::import::{Imported, Place};

/// Makes heartbeats of all external endpoints.
pub(super) fn endpoints(whole: &Node, alerting: &Alerting, place: &Place, out: &mut Imported) {
    let mut names = Names::default();
    let mut slugs = Names::default();
    for endpoint in list(whole, "external-endpoints") {
        let name = tidy(text(endpoint, "name").unwrap_or_default());
        let group = text(endpoint, "group").map(tidy);
        let of = match &group {
            Some(group) => format!("external endpoint {:?}", format!("{group}/{name}")),
            None => format!("external endpoint {name:?}"),
        };
        let every = endpoint.get("heartbeat").and_then(|beat| text(beat, "interval"));
        let Some(every) = every.and_then(milliseconds).filter(|every| *every > 0) else {
            out.leave(
                of,
                "nothing says when it has to call (`heartbeat.interval`), so nothing would be missed; \
                 a heartbeat with `every` does",
            );
            continue;
        };
        let wanted = (every + 999) / 1000;
        let every = wanted.clamp(60, 365 * 86_400);
        if every != wanted {
            out.leave_part(
                &of,
                "heartbeat.interval",
                "a heartbeat's period is from a minute to a year",
            );
        }
        let mut entry = Entry::new(names.one(&name), of.clone());
        let slug = slugs.word(&slug(&name), 60);
        entry.set("slug", slug.clone());
        entry.set("every", seconds(every));
        entry.set("grace", seconds(60));
        if let Some(group) = group {
            entry.set("tags", vec![group]);
        }
        if flag(endpoint, "enabled") == Some(false) {
            entry.set("paused", true);
        }
        alerting.of_heartbeat(endpoint, &of, &mut entry, out);
        out.leave_part(
            &of,
            "its address /api/v1/endpoints/…/external",
            "the job has to call nightkeep's: `…/ping/PING-KEY/SLUG`, with `/fail` for \
             `success=false`; `nightkeep cron wrap SLUG -- command` does both",
        );
        maintenance::of_monitor(endpoint, &of, &format!("heartbeat:{slug}"), place, out);
        out.heartbeats.push(entry);
    }
}
