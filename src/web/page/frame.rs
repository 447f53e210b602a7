//! What is around every page: the way to the others, how things are, who is there.

use hyper::HeaderMap;

use super::Result;
use super::script::page_script;
use super::style::style_path;
use super::visit::Visit;
use crate::access::{Role, Who};
use crate::control::{Reply, Request};
use crate::model::{Phase, Severity};
use crate::web::locale::layout as t;
use crate::web::{App, access};

/// What is around a page.
#[derive(Debug)]
pub(in crate::web) struct Frame {
    pub(in crate::web) base: String,
    pub(in crate::web) style: String,
    pub(in crate::web) script: String,
    pub(in crate::web) host: String,
    pub(in crate::web) version: &'static str,
    /// The page that is shown, by its letter.
    pub(in crate::web) here: &'static str,
    pub(in crate::web) name: String,
    pub(in crate::web) role: Role,
    pub(in crate::web) csrf: String,
    pub(in crate::web) said: Option<String>,
    pub(in crate::web) theme: Theme,
    /// What is asked for, to come back to.
    pub(in crate::web) back: String,
    /// The address of what changes meanwhile.
    pub(in crate::web) live: String,
    /// How many alerts fire.
    pub(in crate::web) firing: usize,
    /// The worst of them.
    pub(in crate::web) worst: Option<Severity>,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Theme {
    /// As the device has it.
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(super) fn named(name: Option<&str>) -> Self {
        match name {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    pub(in crate::web) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A page of the navigation: its letter, its address, its name, and the path of its picture.
pub(in crate::web) struct Place {
    pub(in crate::web) letter: &'static str,
    pub(in crate::web) path: &'static str,
    named: fn() -> &'static str,
    pub(in crate::web) icon: &'static str,
}

impl Place {
    pub(in crate::web) fn name(&self) -> &'static str {
        (self.named)()
    }
}

const fn place(
    letter: &'static str,
    path: &'static str,
    named: fn() -> &'static str,
    icon: &'static str,
) -> Place {
    Place { letter, path, named, icon }
}

/// The first of them stand in the bar at the foot of a phone, the others behind "More".
pub(super) const PLACES: &[Place] = &[
    place("t", "/tonight", t::tonight, "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z"),
    place("a", "/alerts", t::alerts, "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15ZM10 20.5h4"),
    place("m", "/monitors", t::monitors, "M3 12h4l3-8 4 16 3-8h4"),
    place(
        "h",
        "/heartbeats",
        t::heartbeats,
        "M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.5 4.2 4.2 0 0 1 19.5 10C19.5 15.4 12 20 12 20Z",
    ),
    place("s", "/server", t::server, "M4 5h16v6H4ZM4 13h16v6H4ZM7.5 8h.01M7.5 16h.01"),
    place("e", "/security", t::security, "M12 3.5 19 6v6c0 4.5-3 7-7 8.5C8 19 5 16.500 5 12V6Z"),
    place(
        "i",
        "/incidents",
        t::incidents,
        "M7 3.500h7l4 4V20.500H7ZM14 3.500V8h4M10 12h5M10 15.500h5",
    ),
    place("d", "/doctor", t::doctor, "M12 5v14M5 12h14"),
    place(
        "x",
        "/settings",
        t::settings,
        "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
    ),
];

impl Frame {
    /// All pages.
    pub(in crate::web) const PLACES: &[Place] = PLACES;
    /// Those in the bar of a phone.
    pub(in crate::web) const FIRST: &[Place] = PLACES.split_at(4).0;
    /// Those behind "More".
    pub(in crate::web) const MORE: &[Place] = PLACES.split_at(4).1;

    /// Is the page that is shown one of those?
    pub(in crate::web) fn is_behind_more(&self) -> bool {
        Self::MORE.iter().any(|place| place.letter == self.here)
    }

    pub(in crate::web) fn may_edit(&self) -> bool {
        self.role >= Role::Editor
    }

    pub(in crate::web) fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }

    /// The address of a page, for a sentence that leads to it.
    pub(in crate::web) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// How the server is, as a class.
    pub(in crate::web) fn tone(&self) -> &'static str {
        match self.worst {
            None => "up",
            Some(Severity::Info) => "info",
            Some(Severity::Warning) => "degraded",
            Some(Severity::Critical) => "down",
        }
    }
}

impl Visit {
    /// What is around the page of this letter.
    pub(super) async fn frame(&self, here: &'static str) -> Result<Frame> {
        let pairs = self.query.pairs();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let back =
            if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) };
        let live: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        let frame = around(&self.app, &self.who, self.theme, here).await;
        Ok(Frame {
            said: self.said.clone(),
            live: format!("{}{}?page={live}", self.base, super::live::PATH),
            back,
            ..frame
        })
    }
}

/// What is around a page that is not live.
pub(in crate::web) async fn frame(
    app: &App,
    who: &Who,
    headers: &HeaderMap,
    here: &'static str,
) -> Frame {
    let theme = Theme::named(super::cookie(headers, "theme").as_deref());
    around(app, who, theme, here).await
}

async fn around(app: &App, who: &Who, theme: Theme, here: &'static str) -> Frame {
    // Without the watch the page itself says so.
    let alerts = match app.ask(Request::Status).await {
        Some(Reply::Status(status)) => status.alerts,
        _ => Vec::new(),
    };
    let firing = alerts.iter().filter(|alert| alert.phase == Phase::Firing);
    let worst = firing.clone().map(|alert| alert.severity).max();
    let base = access::base(app);
    Frame {
        style: format!("{base}{}", style_path()),
        script: format!("{base}/{}", page_script()),
        base,
        host: app.config.borrow().host.clone(),
        version: env!("CARGO_PKG_VERSION"),
        here,
        name: who.name.clone(),
        role: who.role,
        csrf: who.csrf.clone(),
        said: None,
        theme,
        live: String::new(),
        back: String::from("/"),
        firing: firing.count(),
        worst,
    }
}
