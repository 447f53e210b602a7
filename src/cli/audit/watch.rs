//! `nightkeep audit watch`: what happens, as it happens.

use std::path::Path;

use anyhow::Context as _;
use clap::Parser;
use jiff::tz::TimeZone;
use nightkeep_audit::Event;
use nightkeep_audit::action::{self, Sessions};
use nightkeep_audit::users::Names;

use crate::cli::output;
use crate::source::audit::hear::Hear;
use crate::trail::told;

/// What happens now, until Ctrl-C.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Args {
    /// Only what a rule of this key recorded. May be repeated.
    #[arg(short, long, value_name = "KEY")]
    key: Vec<String>,
    /// Records without a word of their own as well: accounting, credentials, single system calls.
    #[arg(long)]
    all: bool,
    /// A JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Room for what waits to be read, in bytes: some 20,000 records.
const ROOM: usize = 8 << 20;

pub(super) async fn run(args: &Args) -> anyhow::Result<u8> {
    let mut hear = Hear::open(ROOM).context(
        "records cannot be heard: run it as root (sudo nightkeep audit watch), and see that auditing is on: auditctl -e 1",
    )?;
    let users = Names::users(Path::new("/"));
    let (zone, mut sessions) = (TimeZone::system(), Sessions::default());
    let mut show = |event: &Event| -> anyhow::Result<()> {
        let mut action = action::read(event, &users);
        sessions.place(&mut action);
        let by_key = args.key.is_empty() || action.keys.iter().any(|key| args.key.contains(key));
        if by_key && (args.all || told::is_telling(&action)) {
            let line = if args.json {
                serde_json::to_string(&told::Json::of(event, &action, None, false))?
            } else {
                let when = output::local(told::at(action.id), &zone);
                format!("{when}  {}", told::sentence(&action))
            };
            output::print(&(line + "\n"))?;
        }
        Ok(())
    };
    loop {
        let mut shown = Ok(());
        let heard = hear.next(|event| {
            if shown.is_ok() {
                shown = show(event);
            }
        });
        heard.await?;
        shown?;
    }
}
