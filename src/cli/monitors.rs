//! `nightkeep monitors`: how the watched services are, ask one now, pause, export.

mod shown;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};

use super::{OK, alerts, output};
use crate::clock;
use crate::config::{self, Config, MonitorConfig, MonitorType};
use crate::control::{self, Reply, Request};
use crate::model::{Decision, MonitorState, Observation, State, Subject};
use crate::monitor::ask::Tools;
use crate::monitor::{Asked, Book, Found, Listed, Look, Uplink};
use crate::store::monitor::Uptime;
use crate::store::{self, Store};

/// So many are asked at once by `check`.
const AT_ONCE: usize = 64;

/// How are the watched services?
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Parser)]
struct List {
    /// Only those with this tag. May be repeated.
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them (what `nightkeep monitors` does by itself).
    List(List),
    /// Ask one now, and show each phase and each test of its conditions. Changes nothing.
    ///
    /// Exits with 0 if it is up, 1 if degraded, 2 if down, 3 if it cannot be told.
    Test(Test),
    /// One with its last answers and what happened to it.
    Show {
        /// Its name.
        name: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask one no more, until `resume`. Nothing is told of it meanwhile.
    Pause {
        /// Its name.
        name: String,
    },
    /// Ask a paused one again.
    Resume {
        /// Its name.
        name: String,
    },
    /// Those that were made on the page or by the API, as TOML for a file in monitors.d. With
    /// their secrets.
    Export,
}

#[derive(Debug, Parser)]
struct Test {
    /// Its name; with --type, the target of one that is in no config yet.
    what: String,
    /// Its type: http, tcp, tls, dns, ping …
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// What has to hold, or it is down.
    #[arg(long, requires = "kind")]
    condition: Option<String>,
    /// What has to hold, or it is degraded.
    #[arg(long, value_name = "CONDITION", requires = "kind")]
    degraded_unless: Option<String>,
    /// Any other key of a monitor, as in the config: --set 'record = "MX"'. May be repeated.
    #[arg(long, value_name = "KEY = VALUE", requires = "kind")]
    set: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    match &args.what {
        None => list(&args.list, config, socket).await,
        Some(What::List(args)) => list(args, config, socket).await,
        Some(What::Test(args)) => test(args, config).await,
        Some(What::Show { name, json }) => show(name, *json, config, socket).await,
        Some(What::Pause { name }) => pause(name, true, socket).await,
        Some(What::Resume { name }) => pause(name, false, socket).await,
        Some(What::Export) => export(config).await,
    }
}

/// The config with the monitors of the store.
pub(super) async fn load(path: &Path) -> anyhow::Result<Config> {
    let config = config::load(path, &super::environment())?;
    let kept = super::kept_in(&config).await;
    Ok(config::merge(config, &kept, &super::environment()))
}

async fn list(args: &List, path: &Path, socket: &Path) -> anyhow::Result<u8> {
    let config = load(path).await?;
    let mut watched = true;
    let mut views = match control::ask(socket, &Request::Monitors { name: None }).await {
        Ok(Reply::Monitors { monitors }) => monitors,
        Ok(Reply::Refused { why, .. }) => bail!("{why}"),
        _ => {
            watched = false;
            Book::default().views(&config, &std::collections::BTreeSet::new())
        }
    };
    views.retain(|view| args.tag.iter().all(|tag| view.tags.contains(tag)));
    let now = clock::now();
    let [day, month] = uptimes(&config, now).await;
    let of = |uptimes: &BTreeMap<String, Uptime>, name: &str| {
        uptimes.get(name).copied().unwrap_or_default()
    };
    let mut listed: Vec<Listed> = views
        .into_iter()
        .map(|view| Listed {
            uptime_day: of(&day, &view.name).up_ratio,
            uptime_month: of(&month, &view.name).up_ratio,
            latency_day_seconds: of(&day, &view.name).latency_seconds,
            view,
        })
        .collect();
    listed.sort_by(|one, other| {
        let order = |listed: &Listed| (listed.view.status, listed.view.name.clone());
        order(one).cmp(&order(other))
    });
    if args.json {
        output::print_json(&listed)?;
    } else {
        output::print(&shown::list(&listed, watched, now))?;
    }
    Ok(OK)
}

/// Uptimes of the last day and the last 30; empty where the store cannot be read.
async fn uptimes(config: &Config, now: Timestamp) -> [BTreeMap<String, Uptime>; 2] {
    let Ok(store) = Store::open_read_only(&config.store.path).await else {
        return [BTreeMap::new(), BTreeMap::new()];
    };
    let since = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    let day = store::monitor::uptimes(&store, since(24), now).await.unwrap_or_default();
    let month = store::monitor::uptimes(&store, since(24 * 30), now).await.unwrap_or_default();
    [day, month]
}

async fn test(args: &Test, path: &Path) -> anyhow::Result<u8> {
    let config = if path.exists() { load(path).await? } else { Config::default() };
    let monitor = match &args.kind {
        None => config.monitors.get(&args.what).cloned().with_context(|| {
            format!(
                "the config has no monitor `{}`; of one that is in no config yet, say its --type",
                args.what
            )
        })?,
        Some(kind) => config::check_monitor(&config, &table(kind, args), &super::environment())?,
    };
    if monitor.kind() == MonitorType::Group {
        bail!("a group is not asked itself: test its members, or nightkeep monitors show NAME");
    }
    let mut look = Tools::new()?.ask_fairly(&monitor, &config, true).await;
    Uplink::default().hear(&monitor, &mut look, clock::now());
    if args.json {
        output::print_json(&Asked::new(&monitor, &look))?;
    } else {
        output::print(&shown::look(&monitor, &look, clock::now()))?;
    }
    Ok(exit_code(&look))
}

/// Every monitor that is not paused once, as the watch would hear it at its first look.
pub(super) async fn look(config: &Config) -> anyhow::Result<Vec<Observation>> {
    let asked: Vec<&MonitorConfig> = config
        .monitors
        .values()
        .map(|monitor| &**monitor)
        .filter(|monitor| !monitor.paused && monitor.kind() != MonitorType::Group)
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let tools = Tools::new()?;
    let asking = asked.into_iter().map(async |monitor| {
        let look = tools.ask_fairly(monitor, config, true).await;
        (monitor, look)
    });
    let mut uplink = Uplink::default();
    let mut states: BTreeMap<&str, MonitorState> = BTreeMap::new();
    let mut asking = futures_util::stream::iter(asking).buffer_unordered(AT_ONCE);
    while let Some((monitor, mut look)) = asking.next().await {
        uplink.hear(monitor, &mut look, clock::now());
        let status = look.found.status();
        states
            .insert(&monitor.name, MonitorState { status, said: look.said, unasked: look.unasked });
    }
    let mut said: Vec<Observation> = states
        .into_iter()
        .map(|(name, state)| Observation::State {
            subject: Subject::Monitor(name.to_owned()),
            state: State::Monitor(state),
        })
        .collect();
    said.extend(uplink.news(config, clock::monotonic()));
    Ok(said)
}

fn exit_code(look: &Look) -> u8 {
    match look.found {
        Found::Good => OK,
        Found::Poor => 1,
        Found::Bad => 2,
        Found::Blind => 3,
    }
}

/// The table of a monitor that is in no config.
fn table(kind: &str, args: &Test) -> String {
    let quote = |text: &str| toml::Value::from(text).to_string();
    let target = match kind {
        "command" => "command",
        "group" => "members",
        _ => "target",
    };
    let value = match kind {
        "command" | "group" => format!("[{}]", quote(&args.what)),
        _ => quote(&args.what),
    };
    let mut table = format!("name = {}\ntype = {}\n", quote(&args.what), quote(kind));
    table += &format!("{target} = {value}\n");
    for (key, condition) in
        [("condition", &args.condition), ("degraded-unless", &args.degraded_unless)]
    {
        if let Some(condition) = condition {
            table += &format!("{key} = {}\n", quote(condition));
        }
    }
    for line in &args.set {
        table += &format!("{line}\n");
    }
    table
}

async fn show(name: &str, json: bool, path: &Path, socket: &Path) -> anyhow::Result<u8> {
    let asked = Request::Monitors { name: Some(name.to_owned()) };
    let view = match control::ask(socket, &asked).await? {
        Reply::Monitors { mut monitors } if !monitors.is_empty() => monitors.swap_remove(0),
        Reply::Refused { why, .. } => bail!("{why}"),
        _ => bail!("the watch answered something else"),
    };
    if json {
        output::print_json(&view)?;
        return Ok(OK);
    }
    let config = load(path).await?;
    let now = clock::now();
    let [day, month] = uptimes(&config, now).await;
    let up = |uptimes: &BTreeMap<String, Uptime>| uptimes.get(name).and_then(|up| up.up_ratio);
    let events = events(&config, name, now).await;
    output::print(&shown::monitor(&view, [up(&day), up(&month)], &events, now))?;
    Ok(OK)
}

/// What was decided about a monitor within the last 30 days.
async fn events(config: &Config, name: &str, now: Timestamp) -> Vec<Decision> {
    let Ok(store) = Store::open_read_only(&config.store.path).await else { return Vec::new() };
    let since = now.checked_sub(SignedDuration::from_hours(30 * 24)).unwrap_or(now);
    let decisions = store::decision::list(&store, since, now, 100_000).await.unwrap_or_default();
    let subject = Subject::Monitor(name.to_owned());
    let about = |decision: &Decision| matches!(decision, Decision::Change { key, .. } if key.subject == subject);
    decisions.into_iter().filter(about).collect()
}

async fn pause(name: &str, paused: bool, socket: &Path) -> anyhow::Result<u8> {
    let (name, by) = (name.to_owned(), alerts::whoami());
    alerts::tell_watch(socket, &Request::PauseMonitor { name, paused, by }).await
}

async fn export(path: &Path) -> anyhow::Result<u8> {
    let config = config::load(path, &super::environment())?;
    let store = Store::open_read_only(&config.store.path).await?;
    let kept = store::monitor::list(&store).await?;
    let mut text = String::new();
    for monitor in kept {
        text += &format!("[[monitor]]\n{}\n\n", monitor.table.trim());
    }
    if text.is_empty() {
        text += "# No monitor is kept in the store: all are in config files.\n";
    }
    output::print(&text)?;
    Ok(OK)
}
