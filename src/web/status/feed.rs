//! The page as RSS 2.0: an item for each word on an incident, so that readers show each, and one
//! for each time of planned work.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Page, Public, SOON, Work};
use crate::respond::incident::UpdateKind;
use crate::web::locale::{self, status as t};
use crate::web::xml::Escaped;

/// Items in it.
const MOST: usize = 50;

struct Item {
    at: Timestamp,
    id: String,
    title: String,
    text: String,
}

/// The feed.
pub fn feed(page: &Page) -> String {
    let mut items: Vec<Item> = page.incidents.iter().flat_map(of_incident).collect();
    items.extend(page.maintenance.iter().map(|work| of_work(page, work)));
    items.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
    items.truncate(MOST);
    let link = page.place.url("");
    let description = page.description.as_deref().unwrap_or(t::feed_of());
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\n",
    );
    let tag = |out: &mut String, name: &str, text: &str| {
        // Into memory: nothing can fail.
        _ = writeln!(out, "<{name}>{}</{name}>", Escaped(text));
    };
    tag(&mut out, "title", &page.title);
    tag(&mut out, "link", &link);
    tag(&mut out, "description", description);
    tag(&mut out, "language", locale::language());
    let newest = items.iter().map(|item| item.at).max().unwrap_or(page.updated);
    tag(&mut out, "lastBuildDate", &date(newest));
    let own = page.place.url("feed.xml");
    _ = writeln!(
        out,
        "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>",
        Escaped(&own)
    );
    for item in items {
        out += "<item>\n";
        tag(&mut out, "title", &item.title);
        tag(&mut out, "link", &link);
        // Readers take a description for HTML: escaped once for it, and once for the feed.
        let html = Escaped(&item.text).to_string().replace('\n', "<br>");
        tag(&mut out, "description", &html);
        tag(&mut out, "pubDate", &date(item.at));
        _ = writeln!(out, "<guid isPermaLink=\"false\">{}</guid>", Escaped(&item.id));
        out += "</item>\n";
    }
    out + "</channel></rss>\n"
}

fn of_incident(incident: &Public) -> impl Iterator<Item = Item> + '_ {
    incident.updates.iter().enumerate().map(|(place, update)| {
        let title = &incident.title;
        let (title, otherwise) = match update.kind {
            UpdateKind::Published => (title.clone(), t::feed_found()),
            UpdateKind::Update => (t::feed_update(title), ""),
            UpdateKind::Closed => (t::feed_over(title), t::feed_is_over()),
            UpdateKind::Reopened => (t::feed_back(title), t::feed_is_not_over()),
        };
        let text = if update.text.is_empty() { otherwise } else { update.text.as_str() };
        Item {
            at: update.at,
            id: format!("incident-{}-{}", incident.id, place + 1),
            title,
            text: text.to_owned(),
        }
    })
}

fn of_work(page: &Page, work: &Work) -> Item {
    let mut text = format!("{} ({})", page.span(work.from, work.until), page.zone_name());
    if !work.services.is_empty() {
        _ = write!(text, "\n{}", t::feed_concerns(work.services.join(", ")));
    }
    Item {
        // Readers hide what is dated after today; and a date must not move.
        at: work.from.saturating_sub(SOON).unwrap_or(work.from),
        id: format!("work-{}-{}", work.from.as_second(), work.until.as_second()),
        title: t::feed_work(&work.text),
        text,
    }
}

/// A date of RFC 822 with the four digits of RFC 1123.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
