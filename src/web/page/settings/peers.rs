//! Peers: other servers that keep an eye on this one, and this one on them. A peer is a monitor of
//! its page and a heartbeat that it calls, of one name, both with the tag `peer`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use askama::Template;
use serde_json::{Map, Value, json};

use crate::config::{body, check_heartbeat};
use crate::heartbeat::view::View;
use crate::web::api::heartbeats::made;
use crate::web::api::monitors::{checked, kept};
use crate::web::api::problem::Problem;
use crate::web::locale::{peers as t, settings, word};
use crate::web::page::frame::Frame;
use crate::web::page::line::{heartbeat_tone, monitor_tone};
use crate::web::page::visit::Visit;
use crate::web::page::{Result, address, html};

const TAG: &str = "peer";

#[derive(Template)]
#[template(path = "page/settings/peers.html")]
struct Page {
    frame: Frame,
    peers: BTreeMap<String, Peer>,
    origin: String,
    /// Others than this machine can come by that address.
    is_reached: bool,
    /// What was sent, and what is wrong with it.
    name: String,
    url: String,
    problem: Option<Problem>,
}

#[derive(Debug, Default)]
struct Peer {
    monitor: Option<Half>,
    heartbeat: Option<Half>,
    /// What has to run there; only for whoever may change it.
    line: Option<String>,
}

/// What looks after it from one side.
#[derive(Debug)]
struct Half {
    status: &'static str,
    tone: &'static str,
    path: String,
}

impl Peer {
    /// Did it never call?
    fn is_new(&self) -> bool {
        self.heartbeat.as_ref().is_some_and(|half| half.status == "new")
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    page(visit, None).await
}

/// Makes both halves, or says why not.
pub(super) async fn add(visit: &Visit) -> Result {
    match both(visit).await {
        Ok(name) => {
            visit.note(&t::noted_added(&name)).await?;
            visit.done("/settings/peers", t::added(name))
        }
        Err(problem) => page(visit, Some(problem)).await,
    }
}

/// Nothing is made where one of them is refused.
async fn both(visit: &Visit) -> Result<String> {
    let (name, url) = (visit.form.text("name"), visit.form.text("url").trim_end_matches('/'));
    // There whoever asks is answered; whether its watch is alive is for the heartbeat to tell.
    let login = format!("{url}/login");
    let monitor = table(json!({ "name": name, "type": "http", "target": login,
        "tags": [TAG], "severity": "critical" }))?;
    let heartbeat = table(json!({ "name": name, "every": "5m", "grace": "5m",
        "tags": [TAG], "severity": "critical" }))?;
    checked(&visit.config, &monitor)?;
    let heartbeat = check_heartbeat(&visit.config, &heartbeat)
        .map_err(|error| Problem::faults(error.faults()))?;
    // A monitor of that name is refused below, and then there is to be no heartbeat either.
    if !visit.config.monitors.contains_key(name) {
        made(&visit.app, &heartbeat).await?;
    }
    kept(&visit.app, &visit.config, monitor, false, visit.by()).await
}

fn table(value: Value) -> Result<String> {
    let fields: Map<String, Value> = match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    body(&fields).map_err(Problem::faults)
}

async fn page(visit: &Visit, problem: Option<Problem>) -> Result {
    let mut frame = visit.frame("x").await?;
    if problem.is_some() {
        frame.live.clear();
    }
    html(&Page {
        peers: all(visit, frame.may_edit()).await?,
        frame,
        is_reached: !is_of_loopback(&visit.origin),
        origin: visit.origin.clone(),
        name: visit.form.text("name").to_owned(),
        url: visit.form.text("url").to_owned(),
        problem,
    })
}

async fn all(visit: &Visit, with_lines: bool) -> Result<BTreeMap<String, Peer>> {
    let mut peers = BTreeMap::<String, Peer>::new();
    let is_peer = |tag: &str| tag == TAG;
    for view in visit.monitors(None).await? {
        if view.tags.iter().any(|tag| is_peer(tag)) {
            let (tone, path) = (monitor_tone(view.status), address::monitor(&view.name));
            let half = Half { status: view.status.as_str(), tone, path };
            peers.entry(view.name).or_default().monitor = Some(half);
        }
    }
    let now = visit.app.desk.now();
    let heartbeats = visit.app.desk.look(|book| {
        let checks = book.checks().map(|(_, check)| check);
        let checks = checks.filter(|check| check.definition.tags.split(' ').any(is_peer));
        let views = checks.map(|check| View::new(&visit.origin, None, book, check, now));
        views.collect::<Vec<_>>()
    });
    for view in heartbeats.ok_or_else(Problem::no_store)? {
        let (tone, path) = (heartbeat_tone(view.status), address::heartbeat(&view.name));
        let peer = peers.entry(view.title).or_default();
        peer.heartbeat = Some(Half { status: view.status, tone, path });
        peer.line = view.url.filter(|_| with_lines).map(|url| line(&url));
    }
    Ok(peers)
}

fn is_of_loopback(origin: &str) -> bool {
    let uri = origin.parse::<hyper::Uri>();
    let host = uri.as_ref().ok().and_then(hyper::Uri::host).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// For a peer's `/etc/cron.d`.
fn line(url: &str) -> String {
    format!(
        "cat >/etc/cron.d/nightkeep-peer <<'END'\n\
         PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin\n\
         */5 * * * * root nightkeep status >/dev/null 2>&1 && curl -fsS -m 10 --retry 3 -o /dev/null \
         {url}\n\
         END\n"
    )
}
