//! `nightkeep baseline`: what is normal on this machine.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use jiff::SignedDuration;
use nightkeep_triage::baseline::{Baseline, Change, Facts};

use super::{OK, output, triage};
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
    },
    /// When it was taken, and its seal, to be written down elsewhere.
    Show,
}

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    let config = triage::load(path)?;
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
            let facts: usize = kept.facts.0.values().map(std::collections::BTreeMap::len).sum();
            let seal = baseline::seal(&kept);
            output::print(&format!("taken {}, {facts} facts\nseal {seal}\n", kept.taken))?;
            return Ok(OK);
        }
        What::Take { again } if !again && kept()?.is_some() => {
            bail!("there is one already: nightkeep baseline diff; --again takes it anew");
        }
        _ => {}
    }
    let (question, _) = triage::question(WEEK, PATIENCE, Path::new("/"), &config, path).await?;
    let Looked { report, scene, .. } =
        tokio::task::spawn_blocking(move || respond::look(question)).await?;
    let now = Facts::of(&scene);
    match &args.what {
        What::Take { .. } => {
            let bad = report.findings.iter().filter(|found| !found.meaning.is_empty()).count();
            let facts: usize = now.0.values().map(std::collections::BTreeMap::len).sum();
            let seal = baseline::write(&store, Baseline { taken: report.at, facts: now })
                .with_context(|| {
                    format!("{} cannot be written", baseline::path(&store).display())
                })?;
            output::print(&format!("{facts} facts taken down as normal.\nseal {seal}\n"))?;
            output::print(
                "Write the seal down elsewhere: whoever is root here could write a new baseline.\n",
            )?;
            if bad > 0 {
                output::print(&format!(
                    "{bad} findings are in it: are they yours? nightkeep triage --all\n"
                ))?;
            }
            Ok(OK)
        }
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
        What::Accept { what } => {
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
                kept.facts.accept(change);
            }
            let seal = baseline::write(&store, kept)?;
            show(&meant.into_iter().cloned().collect::<Vec<_>>())?;
            output::print(&format!("taken over\nseal {seal}\n"))?;
            Ok(OK)
        }
        What::Show => Ok(OK),
    }
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
