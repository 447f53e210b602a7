//! `nightkeep account`: who may log in to the page, and the one-time links by which they get in.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

use super::alerts::whoami;
use super::{OK, output};
use crate::access::{Role, Wish, digest, written};
use crate::clock;
use crate::config::{self, Config, Listen};
use crate::control::{self, Reply, Request};
use crate::store::{Store, account as accounts, session};

/// Who may log in to the page; a link for a first account, or back into one's own.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a one-time link, good for a day: whoever opens it gets an account, or chooses a new
    /// password for theirs.
    Link {
        /// For an account of this name. Left out: whoever opens it chooses a name.
        #[arg(long = "for", value_name = "NAME")]
        name: Option<String>,
        /// What they may do: owner, editor or viewer. Left out: what they may now, or everything.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        /// Take away the passkeys and codes of the account as well.
        #[arg(long, requires = "name")]
        reset: bool,
    },
    /// Take an account away.
    Remove {
        /// Its name.
        name: String,
    },
    /// Let somebody do more or less.
    Role {
        /// Their name.
        name: String,
        /// owner, editor or viewer.
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Who is logged in, and from where.
    Sessions,
    /// List the accounts (what `nightkeep account` does by itself).
    List,
}

fn role(text: &str) -> Result<Role, String> {
    let names = Role::ALL.map(Role::as_str).join(", ");
    Role::named(text).ok_or_else(|| format!("one of: {names}"))
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    let wish = match &args.what {
        None | Some(What::List) => return list(config).await,
        Some(What::Sessions) => return sessions(config).await,
        Some(What::Link { name, role, reset }) => {
            return link(name.clone(), *role, *reset, config, socket).await;
        }
        Some(What::Remove { name }) => Wish::Remove { name: name.clone() },
        Some(What::Role { name, role }) => Wish::Role { name: name.clone(), role: *role },
    };
    output::print(&format!("{}\n", output::safe(&tell(wish, socket).await?)))?;
    Ok(OK)
}

async fn open(config: &Path) -> anyhow::Result<Store> {
    let config = config::load(config, &super::environment())?;
    Ok(Store::open_read_only(&config.store.path).await?)
}

const NONE: &str = "No accounts. A link that makes the first: sudo nightkeep account link\n";

async fn list(config: &Path) -> anyhow::Result<u8> {
    let store = open(config).await?;
    let mut rows = Vec::new();
    for account in accounts::all(&store).await? {
        let passkeys = accounts::passkeys(&store, &account.id).await?.len();
        let sessions = session::of(&store, &account.id, clock::now()).await?;
        rows.push(vec![
            output::safe(&account.name),
            account.role.as_str().to_owned(),
            String::from(if account.totp.is_some() { "yes" } else { "no" }),
            passkeys.to_string(),
            sessions.first().map_or_else(|| String::from("-"), |session| shown(session.seen)),
        ]);
    }
    if rows.is_empty() {
        output::print(NONE)?;
        return Ok(OK);
    }
    output::print(&output::table(&["NAME", "ROLE", "CODES", "PASSKEYS", "SEEN"], rows))?;
    Ok(OK)
}

async fn sessions(config: &Path) -> anyhow::Result<u8> {
    let store = open(config).await?;
    let mut rows = Vec::new();
    for account in accounts::all(&store).await? {
        for session in session::of(&store, &account.id, clock::now()).await? {
            rows.push(vec![
                output::safe(&account.name),
                output::safe(&session.remote),
                shown(session.created),
                shown(session.seen),
                output::safe(&session.agent),
            ]);
        }
    }
    if rows.is_empty() {
        output::print("Nobody is logged in.\n")?;
        return Ok(OK);
    }
    output::print(&output::table(&["NAME", "FROM", "SINCE", "SEEN", "BROWSER"], rows))?;
    Ok(OK)
}

fn shown(at: jiff::Timestamp) -> String {
    let zone = super::environment().timezone;
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

async fn link(
    name: Option<String>,
    role: Option<Role>,
    reset: bool,
    config: &Path,
    socket: &Path,
) -> anyhow::Result<u8> {
    let config = config::load(config, &super::environment())?;
    let Some(base) = base(&config) else {
        bail!("the page is nowhere: write [web] listen = [\"127.0.0.1:8466\"] into the config");
    };
    let token = token()?;
    let said = tell(Wish::Link { name, role, reset, digest: digest(&token) }, socket).await?;
    // The link alone on the standard output, so that a script can take it.
    let _ = writeln!(std::io::stderr(), "{} It is shown only now:", output::safe(&said));
    output::print(&format!("{base}/link/{token}\n"))?;
    if let Some(hint) = hint(&config) {
        let _ = writeln!(std::io::stderr(), "{hint}");
    }
    Ok(OK)
}

/// What a link holds.
pub(super) fn token() -> anyhow::Result<String> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).context("the kernel gives no random numbers")?;
    Ok(written(&random))
}

/// How the page's addresses begin. None: it is nowhere.
pub(super) fn base(config: &Config) -> Option<String> {
    if let Some(url) = &config.web.url {
        return Some(url.clone());
    }
    let place = config.web.listen.first()?;
    Some(match place {
        Listen::Tcp(address) if !place.is_open() => format!("http://{address}"),
        Listen::Tcp(address) => {
            let scheme = if config.web.tls.is_some() { "https" } else { "http" };
            format!("{scheme}://{}:{}", super::environment().hostname, address.port())
        }
        Listen::Unix(_) | Listen::Pings(_) => {
            format!("https://{}", super::environment().hostname)
        }
    })
}

/// How to open it from elsewhere, where it listens only on this machine.
pub(super) fn hint(config: &Config) -> Option<String> {
    if config.web.url.is_some() {
        return None;
    }
    match config.web.listen.first()? {
        place @ Listen::Tcp(address) if !place.is_open() => Some(format!(
            "The page is on this machine only. From your own computer: ssh -L {port}:{address} {host}, \
             and leave that open.",
            port = address.port(),
            host = super::environment().hostname,
        )),
        _ => None,
    }
}

async fn tell(wish: Wish, socket: &Path) -> anyhow::Result<String> {
    match control::ask(socket, &Request::Account { wish, by: whoami() }).await? {
        Reply::Done { said, .. } => Ok(said),
        Reply::Refused { why, .. } => bail!(why),
        _ => bail!("the watch answered something else"),
    }
}
