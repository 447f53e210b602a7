//! The page as it comes out, over hostile names, held against what was looked at once.

use jiff::civil::date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::*;
use crate::respond::incident::{Update, UpdateKind};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn days(bad: &[(usize, f32)]) -> Vec<Day> {
    let first = date(2026, 8, 26);
    let day = |n: usize| {
        let down = bad.iter().find(|(place, _)| *place == n).map_or(0.0, |(_, hours)| *hours);
        let seen = if n < 10 { 0.0 } else { 24.0 };
        Day::of(first.saturating_add((n as i64).days()), Tally { seen, up: seen - down })
    };
    (0..90).map(day).collect()
}

fn service(name: &str, status: Status, bad: &[(usize, f32)]) -> Service {
    Service {
        name: name.to_owned(),
        status,
        since: (status != Status::Up).then(|| at("2026-11-23T01:14:00Z")),
        uptime_24h: Some(0.9912),
        uptime: Some(0.999_83),
        latency_seconds: Some(0.212),
        days: days(bad),
    }
}

/// A page that has everything on it.
pub(super) fn page() -> Page {
    let update = |time, kind, text: &str| Update { at: at(time), kind, text: text.to_owned() };
    Page {
        title: String::from("Example & Sons"),
        description: Some(String::from("How our services are.")),
        updated: at("2026-11-23T12:00:00Z"),
        days: 90,
        groups: vec![
            Group {
                name: None,
                services: vec![
                    service("Shop", Status::Down, &[(30, 0.5), (89, 11.0)]),
                    service("<script>alert(1)</script>", Status::Up, &[]),
                ],
            },
            Group {
                name: Some(String::from("\"Mail\" & more")),
                services: vec![
                    service("Webmail", Status::Degraded, &[(50, 0.1)]),
                    service("Nightly backup", Status::Maintenance, &[]),
                    Service {
                        uptime: None,
                        uptime_24h: None,
                        latency_seconds: None,
                        since: None,
                        days: (0..90)
                            .map(|n: i64| {
                                let first = date(2026, 8, 26);
                                Day::of(first.saturating_add(n.days()), Tally::default())
                            })
                            .collect(),
                        ..service("New one", Status::Unknown, &[])
                    },
                ],
            },
        ],
        incidents: vec![
            Public {
                id: String::from("2026-11-23-1"),
                title: String::from("The shop is down"),
                begun: at("2026-11-23T01:14:00Z"),
                ended: None,
                updates: vec![
                    update(
                        "2026-11-23T01:30:00Z",
                        UpdateKind::Published,
                        "A disk failed.\nWe swap it.",
                    ),
                    update(
                        "2026-11-23T03:00:00Z",
                        UpdateKind::Update,
                        "</p><img src=x onerror=alert(1)>",
                    ),
                ],
            },
            Public {
                id: String::from("2026-10-02-1"),
                title: String::from("Mail came late"),
                begun: at("2026-10-02T08:00:00Z"),
                ended: Some(at("2026-10-02T10:00:00Z")),
                updates: vec![
                    update("2026-10-02T08:10:00Z", UpdateKind::Published, "A queue grew."),
                    update("2026-10-02T10:00:00Z", UpdateKind::Closed, ""),
                ],
            },
        ],
        maintenance: vec![Work {
            text: String::from("We move to faster disks"),
            from: at("2026-11-23T22:30:00Z"),
            until: at("2026-11-24T03:00:00Z"),
            services: vec![String::from("Shop"), String::from("Webmail")],
        }],
        links: vec![Link {
            name: String::from("Shop"),
            url: String::from("https://example.org/?a=1&b=2"),
        }],
        zone: TimeZone::fixed(Offset::constant(1)),
        place: Place { origin: String::from("https://example.org"), path: String::from("/status") },
        own_style: false,
    }
}

#[test]
fn the_page() {
    let html = html(&page()).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains(" style="));
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("page", html.replace(style_name(), "style.css"));
        insta::assert_snapshot!("feed", feed(&page()));
        // Two days of one service are enough to see how it looks.
        let mut page = page();
        page.groups.truncate(1);
        page.groups[0].services.truncate(1);
        page.groups[0].services[0].days.drain(..88);
        let json: serde_json::Value = serde_json::from_str(&json(&page).unwrap()).unwrap();
        insta::assert_snapshot!("json", serde_json::to_string_pretty(&json).unwrap());
    });
}

#[test]
fn the_first_sentence() {
    let of = |change: &dyn Fn(&mut Page)| {
        let mut page = page();
        change(&mut page);
        Banner::of(&page).sentence
    };
    let all = |page: &mut Page, status| {
        page.incidents.clear();
        for service in page.groups.iter_mut().flat_map(|group| &mut group.services) {
            service.status = status;
        }
    };
    let only = |page: &mut Page, status| {
        all(page, Status::Up);
        page.groups[0].services[0].status = status;
    };
    assert_eq!(of(&|_| ()), "Shop is down since 02:14");
    assert_eq!(of(&|page| all(page, Status::Up)), "All is well");
    assert_eq!(of(&|page| all(page, Status::Down)), "Everything is down since 02:14");
    assert_eq!(of(&|page| page.groups.clear()), "The shop is down");
    assert_eq!(of(&|page| only(page, Status::Degraded)), "Shop is slow or works only in part");
    assert_eq!(of(&|page| only(page, Status::Unknown)), "We cannot tell how Shop is right now");
    assert_eq!(
        of(&|page| {
            only(page, Status::Maintenance);
            page.maintenance[0].from = page.updated;
        }),
        "Planned work on Shop until 24 Nov 04:00"
    );
    let nothing = |page: &mut Page| {
        page.groups.clear();
        page.incidents.clear();
    };
    assert_eq!(of(&nothing), "Nothing is shown here yet");
}

/// "under 30 KB for 50 monitors compressed", with trouble on every ninth day of each.
#[test]
fn fifty_services_are_small() {
    use std::io::Write as _;
    let mut page = page();
    let services = (0..50).map(|n: usize| {
        let bad: Vec<(usize, f32)> =
            (n % 9..90).step_by(9).map(|at| (at, 0.1 * (n + at) as f32)).collect();
        Service {
            uptime: Some(0.9 + n as f64 / 517.0),
            ..service(&format!("Service {n}"), Status::Up, &bad)
        }
    });
    page.groups = vec![Group { name: None, services: services.collect() }];
    let html = html(&page).unwrap();
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(html.as_bytes()).unwrap();
    out.write_all(STYLE.as_bytes()).unwrap();
    let size = out.finish().unwrap().len();
    assert!(size < 30_000, "{} bytes, {size} compressed", html.len());
    println!("{} bytes, {size} compressed", html.len());
    let longest = page.services().flat_map(|service| &service.days).map(|day| day.down).max();
    assert!(longest > Some(SignedDuration::from_hours(1)));
}
