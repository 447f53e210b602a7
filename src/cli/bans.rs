//! `nightkeep bans`: whom fail2ban bans now, and whether they got in.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Parser;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{FAILED, OK, output};
use crate::clock;
use crate::model::text::length;
use crate::model::{Severity, State};
use crate::source::fail2ban::{self, socket};
use crate::source::sshd::{self, Seen};

/// Whom fail2ban bans now, and whether one of them got in.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    ban: socket::Ban,
    /// Users that logged in from there within the last week.
    got_in: BTreeSet<String>,
}

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);

pub(super) async fn run(args: &Args) -> anyhow::Result<u8> {
    if !fail2ban::is_here(Path::new("/")) {
        anyhow::bail!("fail2ban is not installed: apt install fail2ban");
    }
    let asked = tokio::task::spawn_blocking(|| socket::bans(Path::new(socket::SOCKET))).await?;
    let (jails, bans) = asked.map_err(|blind| anyhow::anyhow!("{blind}"))?;
    let now = clock::now();
    let logins = tokio::task::spawn_blocking(move || {
        let mut logins = Vec::new();
        let read = sshd::history(now.checked_sub(WEEK).unwrap_or(now), |seen| {
            if let Seen::Login(logged) = seen {
                logins.push((logged.login.address, logged.login.user));
            }
        });
        (logins, read.err())
    });
    let (logins, blind) = logins.await?;
    let shown = bans.into_iter().map(|ban| {
        let mine = logins.iter().filter(|(address, _)| *address == ban.address);
        Shown { got_in: mine.map(|(_, user)| user.clone()).collect(), ban }
    });
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by_key(|shown| (shown.got_in.is_empty(), shown.ban.since));
    let sight = fail2ban::compare(now).await;
    if args.json {
        output::print_json(&serde_json::json!({ "jails": jails, "bans": shown, "sight": sight }))?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    let mut text = match shown.len() {
        0 => format!("Nobody is banned in {}.\n", output::safe(&jails.join(", "))),
        1 => String::from("1 address is banned.\n"),
        n => format!("{n} addresses are banned.\n"),
    };
    if !shown.is_empty() {
        let rows = shown.iter().map(|Shown { ban, got_in }| {
            let users: Vec<_> = got_in.iter().map(|user| output::safe(user)).collect();
            let got_in = match users.as_slice() {
                [] => String::new(),
                users => output::paint(
                    &format!("LOGGED IN as {}", users.join(", ")),
                    Some(Severity::Critical),
                ),
            };
            let left = ban.until.map_or_else(
                || String::from("for good"),
                |until| format!("{} more", length(until.duration_since(now))),
            );
            vec![
                output::safe(&ban.address),
                output::safe(&ban.jail),
                ban.since.map(|since| output::local(since, &zone)).unwrap_or_default(),
                left,
                got_in,
            ]
        });
        text += &output::table(&["ADDRESS", "JAIL", "SINCE", "FOR", ""], rows);
    }
    if let Some(crate::model::Observation::State {
        state: State::Fail2ban { failures, address, found: 0 },
        ..
    }) = &sight
        && *failures >= 10
    {
        text += &output::paint(
            &format!(
                "fail2ban sees nothing: {failures} failed tries from {} within 15 minutes, none found\n",
                output::safe(address)
            ),
            Some(Severity::Warning),
        );
    }
    if let Some(blind) = blind {
        text += &format!("not seen: {}\n", output::safe(&blind.to_string()));
    }
    output::print(&text)?;
    Ok(if shown.iter().any(|shown| !shown.got_in.is_empty()) { FAILED } else { OK })
}
