//! Monitors: how they are and were, made, changed, paused, asked now.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;

use super::problem::Problem;
use super::{Asking, Page, Said};
use crate::clock;
use crate::config::{self, Config, Environment, MonitorConfig, MonitorType, Secrets};
use crate::control::{Refusal, Reply, Request};
use crate::model::{Metric, Series, Subject};
use crate::monitor::ask::Tools;
use crate::monitor::{Asked, Listed, MonitorView, Uplink};
use crate::store;
use crate::store::sample::Point;
use crate::web::{App, past};

/// Of when the history is if it is not said, and how finely.
const USUAL: SignedDuration = SignedDuration::from_hours(24);
/// So many are asked at once for whoever wants to know now.
const AT_ONCE: usize = 4;
/// Whoever waits longer hears that it takes longer.
const DEADLINE: Duration = Duration::from_secs(25);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Make,
    Show,
    Replace,
    Remove,
    Pause,
    Resume,
    Test,
    TestNew,
    History,
}

/// What asking now needs, made when somebody first asks.
#[derive(Debug)]
pub(in crate::web) struct Tests {
    tools: OnceCell<Tools>,
    room: Semaphore,
}

impl Default for Tests {
    fn default() -> Self {
        Self { tools: OnceCell::new(), room: Semaphore::new(AT_ONCE) }
    }
}

/// A monitor with everything that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MonitorDetail")]
pub(super) struct Detail {
    #[serde(flatten)]
    monitor: Listed,
    /// Its keys that are in force, as they may be sent. A secret is shown as `…`.
    config: Map<String, Value>,
}

/// How a monitor was.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MonitorHistory")]
pub(super) struct Past {
    /// Its name.
    name: String,
    /// From when.
    since: Timestamp,
    /// Until when, exclusive.
    until: Timestamp,
    /// The share of the time it was up, 0..1; null: nothing is known.
    uptime: Option<f64>,
    /// Mean seconds of an answer.
    latency_seconds: Option<f64>,
    /// What was up in each step, 0..1. A step in which nobody asked is left out.
    up: Vec<Point>,
    /// Seconds of the answers in each step.
    latency: Vec<Point>,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    let name = asking.part(0).to_owned();
    let by = asking.by();
    match call {
        Call::List => list(asking).await,
        Call::Make => keep(asking, asking.object()?, false).await,
        Call::Show => Ok(Said::json(200, &detail(asking, &name).await?)),
        Call::Replace => {
            let mut body = asking.object()?;
            let said = body.entry("name").or_insert_with(|| Value::from(name.as_str()));
            if *said != *name {
                return Err(Problem::wrong("a monitor keeps its name")
                    .instead("leave `name` out, or make a new one and remove this one"));
            }
            keep(asking, body, true).await
        }
        Call::Remove => done(asking, Request::ForgetMonitor { name }).await,
        Call::Pause => done(asking, Request::PauseMonitor { name, paused: true, by }).await,
        Call::Resume => done(asking, Request::PauseMonitor { name, paused: false, by }).await,
        Call::Test => {
            let monitor = known(asking, &name)?;
            Ok(Said::json(200, &test(asking.app, &asking.config, &monitor).await?))
        }
        Call::TestNew => {
            let table = config::body(&asking.object()?).map_err(Problem::faults)?;
            let monitor = checked(&asking.config, &table)?;
            Ok(Said::json(200, &test(asking.app, &asking.config, &monitor).await?))
        }
        Call::History => history(asking, &name).await,
    }
}

async fn done(asking: &Asking<'_>, request: Request) -> Result<Said, Problem> {
    Ok(Said::json(200, &asking.tell(request).await?))
}

async fn views(asking: &Asking<'_>, name: Option<&str>) -> Result<Vec<MonitorView>, Problem> {
    match asking.ask(Request::Monitors { name: name.map(str::to_owned) }).await? {
        Reply::Monitors { monitors } => Ok(monitors),
        _ => Err(Problem::no_watch()),
    }
}

async fn list(asking: &Asking<'_>) -> Result<Said, Problem> {
    let (limit, after) = (asking.query.limit()?, asking.query.text("cursor"));
    let has = |view: &MonitorView, tag: &str| view.tags.iter().any(|own| own == tag);
    let mut views = views(asking, None).await?;
    views.retain(|view| {
        asking.query.all("tag").all(|tag| has(view, tag))
            && after.is_none_or(|after| view.name.as_str() > after)
    });
    let more = views.len() > limit;
    views.truncate(limit);
    let next = views.last().filter(|_| more).map(|last| last.name.clone());
    let past = asking.app.past(asking.now).await;
    let items = views.into_iter().map(|view| listed(view, &past, asking.now)).collect();
    Ok(Said::json(200, &Page::<Listed> { items, next }))
}

fn listed(view: MonitorView, past: &past::Past, now: Timestamp) -> Listed {
    let day = past.last_day(&view.name, now);
    Listed {
        uptime_day: day.uptime,
        uptime_month: past.last_days(&view.name, now, 30).uptime,
        latency_day_seconds: day.latency,
        view,
    }
}

fn known(asking: &Asking<'_>, name: &str) -> Result<Arc<MonitorConfig>, Problem> {
    let monitor = asking.app.config.borrow().monitors.get(name).cloned();
    monitor.ok_or_else(|| Problem::missing(format!("there is no monitor `{name}`")))
}

async fn detail(asking: &Asking<'_>, name: &str) -> Result<Detail, Problem> {
    let view = views(asking, Some(name)).await?.pop().ok_or_else(Problem::no_watch)?;
    let config = config::monitor_json(&*known(asking, name)?);
    let past = asking.app.past(asking.now).await;
    Ok(Detail { monitor: listed(view, &past, asking.now), config })
}

/// Keeps a monitor in the store.
async fn keep(
    asking: &Asking<'_>,
    body: Map<String, Value>,
    replace: bool,
) -> Result<Said, Problem> {
    let table = config::body(&body).map_err(Problem::faults)?;
    let name = kept(asking.app, &asking.config, table, replace, asking.by()).await?;
    Ok(Said::json(if replace { 200 } else { 201 }, &detail(asking, &name).await?))
}

/// Has the watch keep the table of a monitor; gives back its name.
pub(in crate::web) async fn kept(
    app: &App,
    config: &Config,
    table: String,
    replace: bool,
    by: String,
) -> Result<String, Problem> {
    match app.ask(Request::KeepMonitor { table: table.clone(), replace, by }).await {
        Some(Reply::Done { .. }) => Ok(config::monitor_name(&table).unwrap_or_default()),
        // The watch says it to a person; programs and forms hear it key by key.
        Some(Reply::Refused { kind: Refusal::Wrong, why }) => {
            Err(checked(config, &table).err().unwrap_or_else(|| Problem::wrong(why)))
        }
        Some(Reply::Refused { kind, why }) => Err(Problem::refused(kind, why)),
        _ => Err(Problem::no_watch()),
    }
}

/// The monitor a table means.
pub(in crate::web) fn checked(config: &Config, table: &str) -> Result<Arc<MonitorConfig>, Problem> {
    let env = Environment::of_this_process(Secrets::Needed);
    let checked = config::check_monitor(config, table, &env);
    checked.map_err(|error| Problem::faults(error.faults()))
}

/// Asks once, now.
pub(in crate::web) async fn test(
    app: &App,
    config: &Config,
    monitor: &MonitorConfig,
) -> Result<Asked, Problem> {
    if monitor.kind() == MonitorType::Group {
        return Err(Problem::wrong("a group is not asked itself").instead("test its members"));
    }
    let tests = &app.tests;
    let _permit =
        tests.room.try_acquire().map_err(|_| Problem::busy("others are being asked just now"))?;
    let tools = tests.tools.get_or_try_init(async || Tools::new()).await;
    let tools = tools.map_err(|error| Problem::unavailable(format!("{error:#}")))?;
    let look = timeout(DEADLINE, tools.ask_fairly(monitor, config, true)).await;
    let mut look = look.map_err(|_| {
        Problem::late("it takes longer than 25 seconds")
            .instead("ask for a monitor's last answers, or test it with a shorter `timeout`")
    })?;
    Uplink::default().hear(monitor, &mut look, clock::now());
    Ok(Asked::new(monitor, &look))
}

async fn history(asking: &Asking<'_>, name: &str) -> Result<Said, Problem> {
    let (since, until) = asking.query.span(USUAL, asking.now)?;
    let points = super::history::points(asking)?;
    let name = known(asking, name)?.name.clone();
    let store = asking.store().await?;
    let range = async |metric, points| {
        let series = Series { subject: Subject::Monitor(name.clone()), metric };
        store::sample::range(&store, &series, since, until, points).await
    };
    // All of it in one step weighs every answer alike.
    let uptime = range(Metric::MonitorUpRatio, 1).await?;
    let latency_seconds = range(Metric::MonitorLatencySeconds, 1).await?;
    let up = range(Metric::MonitorUpRatio, points).await?;
    let latency = range(Metric::MonitorLatencySeconds, points).await?;
    let mean = |points: &[Point]| points.first().map(|point| f64::from(point.mean));
    let (uptime, latency_seconds) = (mean(&uptime), mean(&latency_seconds));
    let past = Past { name, since, until, uptime, latency_seconds, up, latency };
    Ok(Said::json(200, &past))
}
