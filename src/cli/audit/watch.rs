//! `nightkeep audit watch`: what happens, as it happens.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use jiff::tz::TimeZone;
use nightkeep_audit::action::{self, Sessions};
use nightkeep_audit::live::{self, Stream};
use nightkeep_audit::log::{self, Events, Input};
use nightkeep_audit::netlink::Heard;
use nightkeep_audit::users::Names;
use nightkeep_audit::{Compat, Event, TIMEOUT};
use tokio::time::{Instant, timeout};

use super::shown::{self, Json};
use super::story;
use crate::cli::output;
use crate::source::audit::records::Records;

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
    let mut records = Records::open(ROOM, None).context(
        "records cannot be heard: run it as root (sudo nightkeep audit watch), and see that auditing is on: auditctl -e 1",
    )?;
    let log_file = log::Config::read(Path::new(log::CONFIG))
        .map_or_else(|_| log::Config::default().log_file, |config| config.log_file);
    let users = Names::users(Path::new("/"));
    let (zone, mut sessions, mut stream) = (TimeZone::system(), Sessions::default(), Stream::new());
    let mut show = |event: &Event| -> anyhow::Result<()> {
        let mut action = action::read(event, &users);
        sessions.place(&mut action);
        let by_key = args.key.is_empty() || action.keys.iter().any(|key| args.key.contains(key));
        if by_key && (args.all || story::is_telling(&action)) {
            let line = if args.json {
                serde_json::to_string(&Json::of(event, &action, None, false))?
            } else {
                let when = output::local(shown::at(action.id), &zone);
                format!("{when}  {}", shown::sentence(&action))
            };
            output::print(&(line + "\n"))?;
        }
        Ok(())
    };
    let mut look_at: Option<Instant> = None;
    loop {
        let wait = Duration::from_secs(TIMEOUT);
        if timeout(wait, records.wait()).await.is_err() {
            stream.quiet();
        }
        loop {
            match records.read()? {
                Heard::Record(line) => stream.take(line),
                Heard::Gap => {
                    stream.gap();
                    look_at = Some(Instant::now() + Duration::from_secs(live::BEHIND));
                }
                Heard::Nothing => break,
            }
            while let Some(event) = stream.next() {
                show(event)?;
            }
        }
        while let Some(event) = stream.next() {
            show(event)?;
        }
        let is_due = look_at.is_some_and(|at| Instant::now() >= at);
        if let (true, Some(range)) = (is_due, stream.missing()) {
            look_at = None;
            let inputs = log::rotated(&log_file).into_iter().map(Input::File);
            let mut events = Events::new(inputs, Compat::V4, TIMEOUT).range(range);
            while let Some(event) = events.next()? {
                if stream.is_new(event) {
                    show(event)?;
                }
            }
            stream.filled();
        }
    }
}
