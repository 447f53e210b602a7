//! `nightkeep replay`: the judge over the stored past. What would these thresholds have told me?

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{OK, output};
use crate::alert::{Judge, Rows};
use crate::config;
use crate::model::{Decision, TellKind};
use crate::{clock, replay, store};

/// What would this config have told in the past?
///
/// Reads the stored past of the watch configured in /etc/nightkeep/nightkeep.toml (or --store)
/// and judges it anew by the config given with --config. Nothing is sent and nothing is changed.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// Back to this long ago (24h, 30d).
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = config::parse_duration)]
    since: SignedDuration,
    /// The store's directory, if not the one the config names.
    #[arg(long, value_name = "DIR")]
    store: Option<std::path::PathBuf>,
    /// Every decision as a line of JSON, as they are kept in the store.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, config: &Path) -> anyhow::Result<u8> {
    let config = Arc::new(config::load(config, &super::environment())?);
    let store = match &args.store {
        Some(path) => store::Store::open_read_only(path).await?,
        None => store::Store::open_read_only(&config.store.path).await?,
    };
    let until = clock::now();
    let from = until.checked_sub(args.since).unwrap_or(Timestamp::MIN);
    let mut judge = Judge::new(config, &Rows::new());
    let mut history = store::history::batches(&store, from, until);
    let mut told = Told::default();
    let zone = TimeZone::system();
    while let Some(batch) = history.next().await? {
        let steps = replay::hear(&mut judge, batch);
        for decision in steps.into_iter().flat_map(|(_, step)| step.decisions) {
            if args.json {
                output::print(&format!("{}\n", serde_json::to_string(&decision)?))?;
            } else {
                told.show(&decision, &zone)?;
            }
        }
    }
    if !args.json {
        output::print(&told.sum(args.since))?;
    }
    Ok(OK)
}

/// Counts what would have been told, and shows it.
#[derive(Default)]
struct Told {
    messages: usize,
    reminders: usize,
    held: usize,
}

impl Told {
    fn show(&mut self, decision: &Decision, zone: &TimeZone) -> anyhow::Result<()> {
        match decision {
            Decision::Tell(tell) => {
                self.messages += 1;
                self.reminders += usize::from(tell.kind == TellKind::Reminder);
                let mut text = String::new();
                for item in &tell.items {
                    let when = output::local(tell.at, zone);
                    let severity = output::paint(item.severity.as_str(), Some(item.severity));
                    let word = tell.kind.said();
                    writeln!(
                        text,
                        "{when}  {severity}  {}  ({word})",
                        output::safe(&item.summary)
                    )?;
                }
                output::print(&text)
            }
            Decision::Hold { .. } => {
                self.held += 1;
                Ok(())
            }
            Decision::Change { .. } => Ok(()),
        }
    }

    fn sum(&self, since: SignedDuration) -> String {
        let Self { messages, reminders, held } = self;
        let time = output::length(since);
        format!("{messages} messages in {time}, {reminders} of them reminders; {held} held back.\n")
    }
}
