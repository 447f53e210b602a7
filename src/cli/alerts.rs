//! `nightkeep alerts`: what is or was wrong; acknowledge, silence, test a channel.

use std::path::Path;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{FAILED, OK, output};
use crate::alert::{self, AlertView};
use crate::config::{self, ChannelConfig, Config};
use crate::control::{self, Reply, Request};
use crate::model::{Command, Decision, HeldBy, Match, Phase, Silence};
use crate::respond::snapshot::Snapshot;
use crate::store::outbox::Delivery;
use crate::store::{self, Store};
use crate::{clock, notify};

/// What is or was wrong; acknowledge, silence, test a channel.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List alerts (what `nightkeep alerts` does by itself).
    List(List),
    /// The whole story of one alert.
    Show {
        /// Its number.
        id: u64,
        /// What ran, what was connected, who was in and what was logged when it began.
        #[arg(long)]
        snapshot: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Acknowledge a firing alert: no more reminders until it is over.
    Ack {
        /// Its number.
        id: u64,
        /// Why, for whoever reads it later.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Hold notices back for a time; what still burns afterwards is told then.
    Silence(SilenceArgs),
    /// Send a test message through a channel now, and say what the channel answered.
    Test {
        /// Its name in the config; without one, every channel is tested.
        channel: Option<String>,
    },
}

#[derive(Debug, Parser)]
struct List {
    /// Alerts that are over as well, back to this long ago (24h, 30d).
    #[arg(long, value_name = "TIME", value_parser = config::parse_duration)]
    since: Option<SignedDuration>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Parser)]
struct SilenceArgs {
    /// For this long (30m, 2h, 3d).
    #[arg(long = "for", value_name = "TIME", value_parser = config::parse_duration, required_unless_present_any = ["list", "end"])]
    lasts: Option<SignedDuration>,
    /// Only this rule, or a glob (disk-*). May be repeated.
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// Only this subject, or a glob (unit:caddy.service, mount:*). May be repeated.
    #[arg(long, value_name = "SUBJECT")]
    subject: Vec<String>,
    /// Why, for whoever reads it later.
    #[arg(long, default_value = "")]
    reason: String,
    /// List the silences instead.
    #[arg(long, conflicts_with_all = ["lasts", "end"])]
    list: bool,
    /// End this silence now instead.
    #[arg(long, value_name = "ID", conflicts_with = "lasts")]
    end: Option<u64>,
    /// With --list: as JSON.
    #[arg(long, requires = "list")]
    json: bool,
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    match &args.what {
        None => list(&args.list, config, socket).await,
        Some(What::List(args)) => list(args, config, socket).await,
        Some(What::Show { id, snapshot: true, json }) => snapshot(*id, *json, config),
        Some(What::Show { id, json, .. }) => show(*id, *json, config).await,
        Some(What::Ack { id, reason }) => {
            let command = Command::Acknowledge { alert: *id, by: whoami(), reason: reason.clone() };
            tell_watch(socket, &Request::Do { command }).await
        }
        Some(What::Silence(args)) => silence(args, socket).await,
        Some(What::Test { channel }) => test(channel.as_deref(), config).await,
    }
}

/// The alerts in the store: what is known when no watch answers.
pub(super) async fn remembered(config: &Path) -> anyhow::Result<Vec<AlertView>> {
    let store = open_store(config).await?;
    let mut alerts = alert::view(&store::alert::rows(&store).await?);
    alerts.retain(|alert| alert.phase == Phase::Firing);
    Ok(alerts)
}

pub(super) async fn open_store(config: &Path) -> anyhow::Result<Store> {
    let config = config::load(config, &super::environment())?;
    Ok(Store::open_read_only(&config.store.path).await?)
}

async fn list(args: &List, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    if let Some(since) = args.since {
        return history(since, args.json, config).await;
    }
    let mut alerts = match control::ask(socket, &Request::Status).await {
        Ok(Reply::Status(status)) => status.alerts,
        _ => remembered(config).await?,
    };
    alerts.retain(|alert| matches!(alert.phase, Phase::Firing | Phase::Pending | Phase::Unknown));
    if args.json {
        output::print_json(&alerts)?;
    } else if alerts.is_empty() {
        output::print("No alerts.\n")?;
    } else {
        output::print(&describe(&alerts, &TimeZone::system()))?;
    }
    Ok(OK)
}

/// A table of alerts, worst first, each with the command to type next.
pub(super) fn describe(alerts: &[AlertView], zone: &TimeZone) -> String {
    let mut text = String::new();
    for alert in alerts {
        let number = alert.id.map_or(String::from("–"), |id| format!("#{id}"));
        let word = match alert.phase {
            Phase::Firing => output::paint(alert.severity.as_str(), Some(alert.severity)),
            phase => phase.as_str().to_owned(),
        };
        let since = output::local(alert.since, zone);
        text += &format!("{number} {word}  {}\n", output::safe(&alert.summary));
        text += &format!("   since {since}  ({})\n", output::safe(&alert.key.to_string()));
        if let Some((by, at)) = &alert.acknowledged {
            text += &format!(
                "   acknowledged by {} at {}\n",
                output::safe(by),
                output::local(*at, zone)
            );
        }
        if let Some(held) = &alert.held {
            text += &format!("   not told: {}\n", describe_hold(held));
        }
        if alert.phase == Phase::Firing && !alert.next.is_empty() {
            text += &format!("   next: {}\n", output::safe(&alert.next));
        }
    }
    text
}

fn describe_hold(held: &HeldBy) -> String {
    output::safe(&match held {
        HeldBy::Silence { id, author, reason } => format!("silence {id} by {author}: {reason}"),
        HeldBy::Maintenance { name } => format!("maintenance {name}"),
        HeldBy::Parent { key } => format!("explained by {key}"),
        HeldBy::Acknowledged { author } => format!("acknowledged by {author}"),
        HeldBy::Over => String::from("it was over before it was told"),
        HeldBy::NoRoute => String::from("no channel is configured for it"),
    })
}

async fn history(since: SignedDuration, json: bool, config: &Path) -> anyhow::Result<u8> {
    let store = open_store(config).await?;
    let until = clock::now();
    let from = until.checked_sub(since).unwrap_or(Timestamp::MIN);
    let decisions = store::decision::list(&store, from, until, 100_000).await?;
    let changes: Vec<_> = decisions
        .into_iter()
        .filter(|decision| {
            matches!(
                decision,
                Decision::Change { to: Phase::Firing | Phase::Resolved, id: Some(_), .. }
            )
        })
        .collect();
    if json {
        output::print_json(&changes)?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    let rows = changes.iter().filter_map(|decision| match decision {
        Decision::Change { at, id, to, severity, summary, .. } => Some(vec![
            output::local(*at, &zone),
            format!("#{}", id.unwrap_or_default()),
            to.as_str().to_owned(),
            severity.to_string(),
            output::safe(summary),
        ]),
        _ => None,
    });
    output::print(&output::table(&["when", "alert", "", "severity", "what"], rows))?;
    Ok(OK)
}

/// What the watch kept of the moment an alert began.
fn snapshot(id: u64, json: bool, config: &Path) -> anyhow::Result<u8> {
    let store = config::load(config, &super::environment())?.store.path;
    let Some(snapshot) = Snapshot::of_alert(&store, id)
        .with_context(|| format!("{} cannot be read; try it with sudo", store.display()))?
    else {
        bail!(
            "nothing was kept of alert {id}: that is done when something critical or of security begins, at \
             most once a minute, and the last 50 are kept"
        );
    };
    if json {
        output::print_json(&snapshot)?;
    } else {
        output::print(&snapshot.text())?;
    }
    Ok(OK)
}

async fn show(id: u64, json: bool, config: &Path) -> anyhow::Result<u8> {
    let store = open_store(config).await?;
    let story = store::decision::about(&store, id).await?;
    if story.is_empty() {
        bail!("there is no alert {id}: see nightkeep alerts --since 30d");
    }
    if json {
        output::print_json(&story)?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    let mut text = String::new();
    for decision in &story {
        text += &match decision {
            Decision::Change { at, to, severity, summary, .. } => format!(
                "{}  {} ({severity}): {}\n",
                output::local(*at, &zone),
                to.as_str(),
                output::safe(summary)
            ),
            Decision::Hold { at, by, .. } => {
                format!("{}  not told: {}\n", output::local(*at, &zone), describe_hold(by))
            }
            Decision::Tell(tell) => format!(
                "{}  told ({}) on {}\n",
                output::local(tell.at, &zone),
                tell.kind.said(),
                tell.channels.join(", ")
            ),
        };
    }
    for delivery in store::outbox::about(&store, id).await? {
        let when = outcome(&delivery, &zone);
        text += &format!("{}: {when}\n", delivery.notice.channel);
    }
    let store = config::load(config, &super::environment())?.store.path;
    if Snapshot::of_alert(&store, id).is_ok_and(|found| found.is_some()) {
        text += &format!("As it was then: nightkeep alerts show {id} --snapshot\n");
    }
    output::print(&text)?;
    Ok(OK)
}

/// What became of a notice, in words.
pub(super) fn outcome(delivery: &Delivery, zone: &TimeZone) -> String {
    match (delivery.delivered_at, delivery.error.as_deref()) {
        (Some(at), _) => format!("delivered {}", output::local(at, zone)),
        (None, why) => format!("not delivered: {}", output::safe(why.unwrap_or("waiting"))),
    }
}

async fn silence(args: &SilenceArgs, socket: &Path) -> anyhow::Result<u8> {
    if args.list {
        let Reply::Status(status) = control::ask(socket, &Request::Status).await? else {
            bail!("the watch answered something else");
        };
        if args.json {
            output::print_json(&status.silences)?;
            return Ok(OK);
        }
        let zone = TimeZone::system();
        let rows = status.silences.iter().map(|silence| {
            let Match { rules, subjects, .. } = &silence.matches;
            let what = [rules.as_slice(), subjects.as_slice()].concat().join(" ");
            vec![
                silence.id.to_string(),
                output::local(silence.until, &zone),
                output::safe(&silence.by),
                output::safe(if what.is_empty() { "everything" } else { &what }),
                output::safe(&silence.reason),
            ]
        });
        output::print(&output::table(&["silence", "until", "by", "holds", "why"], rows))?;
        return Ok(OK);
    }
    if let Some(id) = args.end {
        return tell_watch(
            socket,
            &Request::Do { command: Command::Unsilence { silence: id, by: whoami() } },
        )
        .await;
    }
    let from = clock::now();
    let lasts = args.lasts.context("say for how long: --for 2h")?;
    let silence = Silence {
        id: 0,
        matches: Match {
            rules: args.rule.clone(),
            subjects: args.subject.clone(),
            severities: Vec::new(),
        },
        from,
        until: from.checked_add(lasts).context("that is too long")?,
        by: whoami(),
        reason: args.reason.clone(),
    };
    tell_watch(socket, &Request::Do { command: Command::Silence(silence) }).await
}

/// Asks the watch to do something, and prints what it says.
pub(super) async fn tell_watch(socket: &Path, request: &Request) -> anyhow::Result<u8> {
    match control::ask(socket, request).await? {
        Reply::Done { said, .. } => output::print(&format!("{said}\n")).map(|()| OK),
        Reply::Refused { why, .. } => bail!("{why}"),
        Reply::Status(_) | Reply::Monitors { .. } | Reply::States { .. } => {
            bail!("the watch answered something else")
        }
    }
}

/// Who sits at the keyboard: the person behind sudo, if there is one.
pub(super) fn whoami() -> String {
    let named =
        ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

async fn test(name: Option<&str>, config: &Path) -> anyhow::Result<u8> {
    let config = config::load(config, &super::environment())?;
    let mut code = OK;
    let wanted = |channel: &str| name.is_none_or(|name| name == channel);
    let mut tested = config.channels.iter().filter(|(name, _)| wanted(name)).peekable();
    if tested.peek().is_none() {
        let known: Vec<_> = config.channels.keys().map(String::as_str).collect();
        bail!(
            "there is no channel `{}`; the config has: {}",
            name.unwrap_or_default(),
            known.join(", ")
        );
    }
    for (name, channel) in tested {
        code = code.max(test_one(name, channel, &config).await?);
    }
    Ok(code)
}

async fn test_one(name: &str, channel: &ChannelConfig, config: &Config) -> anyhow::Result<u8> {
    match notify::test(name, channel, config, clock::now()).await {
        Ok(_) => {
            output::print(&format!("{name} took the test message; is it on your screen?\n"))?;
            Ok(OK)
        }
        Err(error) => {
            output::print(&format!(
                "{name} did not take it: {}\n",
                output::safe(&error.to_string())
            ))?;
            Ok(FAILED)
        }
    }
}
