//! One monitor: how it is, how it was, what came of it.

use askama::Template;
use jiff::Timestamp;

use super::change::known;
use super::make::{phases, text};
use super::phases::{Bar, phase_bars};
use crate::config::{MonitorKind, MonitorType, Origin};
use crate::model::Subject;
use crate::monitor::{Asked, MonitorView, ResultView};
use crate::web::api::monitors::test as ask_now;
use crate::web::api::problem::Problem;
use crate::web::chart::{Figure, What};
use crate::web::locale::{form as forms, layout, monitors as t, time, word};
use crate::web::page::alerts::Told;
use crate::web::page::events::Happened;
use crate::web::page::frame::Frame;
use crate::web::page::line::{monitor_tone, tick};
use crate::web::page::script::{chart_script, chart_style};
use crate::web::page::server::{self, Range};
use crate::web::page::visit::Visit;
use crate::web::page::words::{Clock, seconds};
use crate::web::page::{Result, Shown, address, html};
use crate::web::status::{latency, percent};

#[derive(Template)]
#[template(path = "page/monitors/show.html")]
struct Show {
    frame: Frame,
    clock: Clock,
    view: MonitorView,
    tone: &'static str,
    path: String,
    /// The file and the line it is written in.
    file: Option<(String, usize)>,
    /// The page of the one it hangs on.
    parent: Option<String>,
    members: Vec<(String, String)>,
    certificate: Option<(i64, Timestamp)>,
    uptimes: Vec<(String, Option<String>)>,
    /// How long it takes, if there is a store that knows.
    latency: Option<(Figure, Vec<Range>)>,
    script: &'static str,
    style: &'static str,
    bars: Vec<Bar>,
    bars_top: String,
    asked: Option<Asked>,
    events: Vec<Happened>,
    told: Vec<Told>,
    text: Option<String>,
    /// Badges, if the status page shows it: address and Markdown of each.
    badges: Vec<(String, String)>,
    /// It is on the status page.
    is_public: bool,
    can_test: bool,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let monitor = known(visit)?;
    let name = monitor.name.as_str();
    let asked = visit.app.tried.find(name, visit.query.text("tried"));
    let mut views = visit.monitors(Some(name)).await?;
    let view = views.pop().ok_or_else(Problem::no_watch)?;
    let path = address::monitor(name);
    let subject = Subject::Monitor(name.to_owned());
    let latency = match visit.store().await {
        Ok(_) => Some(server::alone(visit, What::Latency(name.to_owned()), &path).await?),
        // It is shown all the same how it is now.
        Err(_) => None,
    };
    let (events, told) = visit.happened(&subject).await?;
    let (bars, bars_top) = phase_bars(&view.results);
    let mut shown = visit.config.status_page.show.iter();
    let is_public = shown.any(|show| show.has_monitor(name, view.group.as_deref(), &view.tags));
    let frame = visit.frame("m").await?;
    html(&Show {
        uptimes: uptimes(visit, name).await,
        clock: visit.clock(),
        tone: monitor_tone(view.status),
        file: match &view.origin {
            Origin::File { path, line } => Some((path.display().to_string(), *line)),
            Origin::Store => None,
        },
        parent: view.parent.as_deref().map(address::monitor),
        members: match &monitor.kind {
            MonitorKind::Group { members, .. } => {
                members.iter().map(|name| (name.clone(), address::monitor(name))).collect()
            }
            _ => Vec::new(),
        },
        certificate: view
            .certificate_ends
            .map(|ends| (ends.duration_since(visit.now).as_hours().div_euclid(24), ends)),
        latency,
        script: chart_script(),
        style: chart_style(),
        bars,
        bars_top,
        asked,
        events,
        told,
        text: if frame.may_edit() { text(visit, &monitor).await? } else { None },
        badges: if is_public { badges(visit, name) } else { Vec::new() },
        is_public,
        can_test: monitor.kind() != MonitorType::Group,
        path,
        frame,
        view,
    })
}

/// Asks it now, and shows what came of it.
pub(super) async fn test(visit: &Visit) -> Result {
    let monitor = known(visit)?;
    let asked = ask_now(&visit.app, &visit.config, &monitor).await?;
    let to = format!("{}?{}", address::monitor(&monitor.name), visit.app.tried.keep(asked));
    Ok(Shown::Done { to, said: String::new() })
}

async fn uptimes(visit: &Visit, name: &str) -> Vec<(String, Option<String>)> {
    let past = visit.app.past(visit.now).await;
    let day = (time::one_hour(24), past.last_day(name, visit.now).uptime.map(percent));
    let days = [7, 30, 90].map(|count| (time::one_day(count), count));
    let year = (t::one_year().to_owned(), 365);
    let over = |count| past.last_days(name, visit.now, count).uptime.map(percent);
    std::iter::once(day)
        .chain(days.into_iter().chain([year]).map(|(words, count)| (words, over(count))))
        .collect()
}

fn badges(visit: &Visit, name: &str) -> Vec<(String, String)> {
    let page = &visit.config.status_page;
    let root = match &page.domain {
        Some(domain) => format!("https://{domain}"),
        None => format!("{}{}", visit.origin, page.path),
    };
    let step = address::monitor(name).trim_start_matches("/monitors/").to_owned();
    let badge = |what| {
        let url = format!("{root}/badges/{step}/{what}.svg");
        let plain: String = name.chars().filter(|c| !"[]()!\\".contains(*c)).collect();
        let markdown = format!("[![{plain}]({url})]({root})");
        (url, markdown)
    };
    ["status", "uptime-30d", "latency"].map(badge).to_vec()
}

impl Show {
    /// The last answers, newest first, for the table.
    fn results(&self) -> impl Iterator<Item = &ResultView> {
        self.view.results.iter().rev()
    }

    /// Where the bar of an answer is, the newest at the right.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template hands on a reference")]
    fn place(&self, index: &usize) -> usize {
        (60_usize.saturating_sub(self.view.results.len()) + index) * 12
    }
}
