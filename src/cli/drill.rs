//! `nightkeep drill`: does it find what an intruder leaves, and does it tell?

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::bail;
use clap::Parser;
use jiff::SignedDuration;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::{FAILED, OK, output, triage};
use crate::control::{self, Reply, Request};
use crate::model::{Phase, RuleName, Subject};
use crate::respond::drill::{self, Planted, STAND_INS, UNIT};
use crate::respond::{self, Looked};
use crate::store;

/// Plants harmless stand-ins of what an intruder leaves, shows that each is found and a failure told of, and
/// removes them, also when it is interrupted.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// Only remove what an earlier drill may have left.
    #[arg(long)]
    clean: bool,
    /// Don't try whether the watch tells: nobody gets a message.
    #[arg(long)]
    quiet: bool,
}

const LATELY: SignedDuration = SignedDuration::from_hours(24);
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);
/// The watch tells within this, and that it is over as well.
const TOLD: Duration = Duration::from_secs(150);

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    if !rustix::process::geteuid().is_root() {
        bail!("a drill plants files of root: sudo nightkeep drill");
    }
    sweep()?;
    if args.clean {
        return Ok(OK);
    }
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let outcome = tokio::select! {
        outcome = drill(args, config, socket) => outcome,
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
        _ = terminate.recv() => Err(anyhow::anyhow!("told to end")),
    };
    // Whatever happened: also what a part that was cut off had planted.
    sweep()?;
    system(&["daemon-reload"]).await;
    system(&["reset-failed", UNIT]).await;
    outcome
}

/// Removes everything that is ours.
fn sweep() -> anyhow::Result<()> {
    let (removed, left) = drill::clear();
    for one in removed {
        output::print(&format!("removed  {one}\n"))?;
    }
    for one in left {
        output::complain(&anyhow::anyhow!("not removed: {}", output::safe(&one)));
    }
    Ok(())
}

async fn drill(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    output::print("A drill: what follows is harmless, marked as ours, and removed at the end.\n")?;
    let mut planted = Vec::new();
    let mut is_well = true;
    for stand_in in STAND_INS {
        match stand_in.plant() {
            Ok(one) => planted.push(one),
            Err(error) => {
                is_well = false;
                output::print(&format!(
                    "missed   {} {}: not planted: {error}\n",
                    stand_in.detector, stand_in.title
                ))?;
            }
        }
    }
    is_well &= found(&planted, config).await?;
    planted.into_iter().for_each(Planted::clear);
    if !args.quiet {
        is_well &= told(config, socket).await?;
    }
    output::print(if is_well {
        "All of it was found and told.\n"
    } else {
        "Not all of it was found and told: nightkeep doctor says what it cannot see.\n"
    })?;
    Ok(if is_well { OK } else { FAILED })
}

/// Is each found that was planted?
async fn found(planted: &[Planted], path: &Path) -> anyhow::Result<bool> {
    // A drill is there at once; a job of cron or a program seldom is.
    sleep(Duration::from_secs(1)).await;
    let config = triage::load(path);
    let (question, _) = triage::question(LATELY, PATIENCE, Path::new("/"), &config, path).await?;
    let Looked { report, .. } =
        tokio::task::spawn_blocking(move || respond::look(question)).await?;
    let mut is_well = true;
    for one in planted {
        let (id, title) = (one.what.detector, one.what.title);
        let line = if let Some(found) = report.findings.iter().find(|found| one.is_of(found)) {
            format!("found    {id} {title}\n         {}\n", found.sentence)
        } else {
            is_well = false;
            format!("missed   {id} {title}: nightkeep triage --explain {id}\n")
        };
        output::print(&line)?;
    }
    Ok(is_well)
}

/// Does the watch tell that a unit failed, and that it is over?
async fn told(path: &Path, socket: &Path) -> anyhow::Result<bool> {
    if !matches!(control::ask(socket, &Request::Status).await, Ok(Reply::Status(_))) {
        output::print(
            "missed   no watch is running to tell of anything: sudo systemctl start nightkeep\n",
        )?;
        return Ok(false);
    }
    drill::plant_unit()?;
    system(&["daemon-reload"]).await;
    let begin = Instant::now();
    system(&["start", UNIT]).await;
    let Some(alert) = firing(socket).await else {
        output::print("missed   a unit that fails: the watch said nothing\n")?;
        return Ok(false);
    };
    let seconds = begin.elapsed().as_secs();
    let channels = delivered(alert, path).await;
    if channels.is_empty() {
        output::print(&format!(
            "missed   a unit that fails: seen after {seconds} s as alert {alert}, and no channel took it: \
             nightkeep alerts show {alert}\n"
        ))?;
        return Ok(false);
    }
    output::print(&format!(
        "told     a unit that fails: after {seconds} s, on {}: is it on your screen?\n",
        channels.join(", ")
    ))?;
    system(&["reset-failed", UNIT]).await;
    let is_over = over(socket, alert).await;
    output::print(if is_over {
        "cleared  the watch says that it is over\n"
    } else {
        "missed   the watch does not say that it is over\n"
    })?;
    Ok(is_over)
}

/// The number of the alert of our unit, when it fires.
async fn firing(socket: &Path) -> Option<u64> {
    let begin = Instant::now();
    while begin.elapsed() < TOLD {
        if let Ok(Reply::Status(status)) = control::ask(socket, &Request::Status).await {
            let is_ours = |alert: &&crate::alert::AlertView| {
                alert.key.rule == RuleName::UnitFailed
                    && alert.key.subject == Subject::Unit(UNIT.to_owned())
                    && alert.phase == Phase::Firing
            };
            if let Some(id) = status.alerts.iter().find(is_ours).and_then(|alert| alert.id) {
                return Some(id);
            }
        }
        sleep(Duration::from_millis(500)).await;
    }
    None
}

/// The channels that took the message.
async fn delivered(alert: u64, path: &Path) -> Vec<String> {
    let begin = Instant::now();
    while begin.elapsed() < TOLD {
        if let Ok(store) = super::alerts::open_store(path).await {
            let recent = store::outbox::recent(&store, 1000).await.unwrap_or_default();
            let ours = recent.into_iter().filter(|one| {
                one.delivered_at.is_some()
                    && one.notice.message.items.iter().any(|item| item.alert == alert)
            });
            let mut channels: Vec<String> = ours.map(|one| one.notice.channel).collect();
            channels.sort();
            channels.dedup();
            if !channels.is_empty() {
                return channels;
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
    Vec::new()
}

async fn over(socket: &Path, alert: u64) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < TOLD {
        if let Ok(Reply::Status(status)) = control::ask(socket, &Request::Status).await {
            let is_on = |one: &&crate::alert::AlertView| {
                one.id == Some(alert) && one.phase == Phase::Firing
            };
            if !status.alerts.iter().any(|one| is_on(&one)) {
                return true;
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
    false
}

/// Has systemd do something; a drill is no bad night, its programs may be run.
async fn system(words: &[&str]) {
    let mut command = Command::new("systemctl");
    let _ = command.args(words).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
}
