//! `nightkeep baseline`: what is normal on this machine.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use jiff::SignedDuration;
use nightkeep_triage::baseline::{Accepted, Baseline, Change, Facts, Topic};
use nightkeep_triage::report::Report;

use super::incident::author;
use super::{OK, output, triage};
use crate::config::{Config, Listen};
use crate::respond::{self, Looked, baseline};

/// What is normal on this machine: taken down, compared, accepted.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take down what is here now as normal. Only on a machine you trust.
    Take {
        /// Also where there is one already.
        #[arg(long)]
        again: bool,
    },
    /// What is otherwise than it was.
    ///
    /// Exits with 1 if something is.
    Diff {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take over a change (by its name, or the beginning of it), or all.
    Accept {
        /// Names as `diff` shows them, or `all`.
        #[arg(required = true)]
        what: Vec<String>,
        /// Why: it is kept with the change.
        #[arg(long, value_name = "WHY", default_value = "")]
        reason: String,
    },
    /// When it was taken, and its seal, to be written down elsewhere.
    Show,
}

/// Who logged in within so long is normal.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The unit of the watch.
const WATCH: &str = "nightkeep.service";
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    let config = triage::load(path);
    let store = config.store.path.clone();
    let kept = || {
        baseline::read(&store).with_context(|| {
            format!("the baseline {} cannot be used", baseline::path(&store).display())
        })
    };
    match &args.what {
        What::Show => {
            let Some(kept) = kept()? else {
                bail!("there is none yet: sudo nightkeep baseline take")
            };
            let (seal, facts) = (baseline::seal(&kept), count(&kept.facts));
            output::print(&format!("taken {}, {facts} facts\nseal {seal}\n", kept.taken))?;
            for accepted in &kept.accepted {
                let Accepted { at, author, topic, name, reason } = accepted;
                let topic = serde_json::to_value(topic)?;
                let topic = topic.as_str().unwrap_or_default();
                let [author, name, reason] = [author, name, reason].map(|text| output::safe(text));
                let line = format!("{at} {author} took over {topic} {name}: {reason}");
                output::print(&format!("{}\n", line.trim_end_matches(": ")))?;
            }
            return Ok(OK);
        }
        What::Take { again } if !again && kept()?.is_some() => {
            bail!("there is one already: nightkeep baseline diff; --again takes it anew");
        }
        _ => {}
    }
    if let What::Take { .. } = args.what {
        return take(&config, path).await.map(|()| OK);
    }
    let (now, report) = look(&config, path).await?;
    match &args.what {
        What::Diff { json } => {
            let Some(kept) = kept()? else {
                bail!("there is none yet: sudo nightkeep baseline take")
            };
            let changes = kept.facts.changes(&now);
            if *json {
                output::print_json(&changes)?;
            } else {
                show(&changes)?;
            }
            Ok(u8::from(!changes.is_empty()))
        }
        What::Accept { what, reason } => {
            let Some(mut kept) = kept()? else {
                bail!("there is none yet: sudo nightkeep baseline take")
            };
            let changes = kept.facts.changes(&now);
            let is_meant = |change: &&Change| {
                what.iter().any(|what| what == "all" || change.name.starts_with(what.as_str()))
            };
            let meant: Vec<&Change> = changes.iter().filter(is_meant).collect();
            if meant.is_empty() {
                bail!("no change has such a name: nightkeep baseline diff");
            }
            for change in &meant {
                kept.accept(change, report.at, &author(), reason);
            }
            if what.iter().any(|what| what == "all") {
                kept.take_packages(&now);
            }
            let seal = baseline::write(&store, kept)?;
            show(&meant.into_iter().cloned().collect::<Vec<_>>())?;
            output::print(&format!("taken over\nseal {seal}\n"))?;
            Ok(OK)
        }
        What::Show | What::Take { .. } => Ok(OK),
    }
}

/// What is here now.
async fn look(config: &Config, path: &Path) -> anyhow::Result<(Facts, Report)> {
    let (question, _) = triage::question(LATELY, PATIENCE, Path::new("/"), config, path).await?;
    let Looked { report, scene, .. } =
        tokio::task::spawn_blocking(move || respond::look(question)).await?;
    Ok((Facts::of(&scene), report))
}

/// Takes down what is here now as normal, and shows its seal.
pub(super) async fn take(config: &Config, path: &Path) -> anyhow::Result<()> {
    let store = &config.store.path;
    let (mut now, report) = look(config, path).await?;
    // Before it is started for the first time, the watch itself is no news either.
    if let (Some(user), Ok(program)) = (watch_user(), std::env::current_exe()) {
        let program = program.display();
        now.add(Topic::Running, format!("{user} {program}"), WATCH);
        for place in config.web.listen.iter().chain(&config.heartbeat_mail.listen) {
            if let Listen::Tcp(address) = place {
                now.add(Topic::Listener, format!("tcp {address}"), program.to_string());
            }
        }
    }
    let bad = report.findings.iter().filter(|found| !found.meaning.is_empty()).count();
    let count = count(&now);
    let seal = baseline::write(store, Baseline::new(report.at, now))
        .with_context(|| format!("{} cannot be written", baseline::path(store).display()))?;
    output::print(&format!("{count} facts taken down as normal.\nseal {seal}\n"))?;
    output::print(
        "Write the seal down elsewhere: whoever is root here could write a new baseline.\n",
    )?;
    if bad > 0 {
        output::print(&format!(
            "{bad} findings are in it: are they yours? sudo nightkeep triage --all\n"
        ))?;
    }
    Ok(())
}

/// The number of the user the watch runs as.
fn watch_user() -> Option<u32> {
    nightkeep_audit::users::Names::users(Path::new("/")).id("nightkeep")
}

fn count(facts: &Facts) -> usize {
    facts.0.values().map(std::collections::BTreeMap::len).sum()
}

fn show(changes: &[Change]) -> anyhow::Result<()> {
    if changes.is_empty() {
        return output::print("Nothing is otherwise than in the baseline.\n");
    }
    for change in changes {
        let topic = serde_json::to_value(change.topic)?;
        let topic = topic.as_str().unwrap_or_default();
        let name = output::safe(&change.name);
        let line = match (&change.before, &change.now) {
            (None, Some(_)) => format!("new      {topic} {name}"),
            (Some(_), None) => format!("gone     {topic} {name}"),
            (before, now) => {
                let text =
                    |text: &Option<String>| output::safe(text.as_deref().unwrap_or_default());
                format!("changed  {topic} {name}: {} -> {}", text(before), text(now))
            }
        };
        output::print(&format!("{line}\n"))?;
    }
    Ok(())
}
