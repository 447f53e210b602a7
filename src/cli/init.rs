//! `nightkeep init`: looks at this server and writes a config for it. Asks only what it cannot
//! find out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use jiff::SignedDuration;
use nightkeep_audit::users::Names;

use super::{OK, account, output, triage};
use crate::access::{self, Wish, first_link};
use crate::clock;
use crate::config::{self, Config};
use crate::control::{self, Reply, Request};
use crate::model::text;
use crate::model::{LoginPart, Metric, Observation, State, Subject};
use crate::respond::baseline as kept;
use crate::source::hardware::Hardware;
use crate::source::machine::Machine;
use crate::source::sshd::{self, Seen};
use crate::source::{Blind, Sampler, certificate, container, systemd};
use crate::store::account::Link;
use crate::store::{self, Store};

/// Look at this server and write a config for it.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// Print the config instead of writing it.
    #[arg(long)]
    print: bool,
    /// Say what would be written and where, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Replace a config that is there already.
    #[arg(long)]
    force: bool,
    /// Don't take down what is normal here (nightkeep baseline take).
    #[arg(long)]
    no_baseline: bool,
    /// Alerts go to this ntfy topic (TOPIC on ntfy.sh, or https://SERVER/TOPIC).
    #[arg(long, value_name = "TOPIC")]
    ntfy: Option<String>,
    /// Alerts go to this address, through the mail server on this machine.
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
    /// Alerts go to this webhook as JSON.
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
}

pub(super) async fn run(args: &Args, path: &Path, socket: &Path) -> anyhow::Result<u8> {
    if path.exists() && !args.force && !args.print && !args.dry_run {
        bail!("{} is there already: nightkeep init --force replaces it", path.display());
    }
    let channels = match given(args)? {
        channels if !channels.is_empty() => channels,
        _ if io::stdin().is_terminal() && !args.dry_run => ask()?,
        _ => String::new(),
    };
    let text = write_config(&channels).await?;
    // What is written must be right; anything else is a fault of ours.
    config::parse(&text, &path.display().to_string(), &super::environment())
        .context("the config made for this server is wrong; please report it")?;
    if args.print {
        output::print(&text)?;
        return Ok(OK);
    }
    if args.dry_run {
        output::print(&format!("{} would be written:\n\n{text}", path.display()))?;
        return Ok(OK);
    }
    save(path, &text)?;
    output::print(&format!("{} written.\n{}", path.display(), next(&channels)))?;
    if !args.no_baseline {
        baseline(path).await?;
    }
    first_link(path, socket).await?;
    Ok(OK)
}

/// Takes down what is normal, for the day on which something is not. Without it the watch works all the same.
async fn baseline(path: &Path) -> anyhow::Result<()> {
    let config = triage::load(path);
    let store = &config.store.path;
    if matches!(kept::read(store), Ok(Some(_))) {
        return Ok(());
    }
    output::print("Taking down what is normal here: users, keys, units, programs, listeners.\n")?;
    let taken = match own(store) {
        Ok(()) => super::baseline::take(&config, path).await,
        Err(error) => Err(error).with_context(|| store.display().to_string()),
    };
    taken.or_else(|error| {
        output::print(&format!("Not taken down: {error:#}. Later: sudo nightkeep baseline take\n"))
    })
}

/// Prints the link that makes the first account. No watch may run yet that could keep it: then it
/// is laid beside the config, where the watch finds it when it starts.
async fn first_link(path: &Path, socket: &Path) -> anyhow::Result<()> {
    let config = config::load(path, &super::environment())?;
    let Some(base) = account::base(&config) else { return Ok(()) };
    if has_accounts(&config).await {
        return Ok(());
    }
    let token = account::token()?;
    let digest = access::digest(&token);
    let wish = Wish::Link { name: None, role: None, reset: false, digest };
    let asked = Request::Account { wish, by: String::from("nightkeep init") };
    let kept = matches!(control::ask(socket, &asked).await, Ok(Reply::Done { .. }));
    if !kept {
        let text = first_link::write(&digest, clock::now() + Link::LASTS);
        save(&path.with_file_name(first_link::FILE), &text)?;
    }
    let hint = account::hint(&config).map(|hint| format!("{hint}\n")).unwrap_or_default();
    output::print(&format!(
        "\nYour account on the page, by this link, once and within 24 hours:\n  {base}/link/{token}\n{hint}\
         Another one, at any time: sudo nightkeep account link\n"
    ))
}

async fn has_accounts(config: &Config) -> bool {
    match Store::open_read_only(&config.store.path).await {
        Ok(store) => store::account::all(&store).await.is_ok_and(|all| !all.is_empty()),
        Err(_) => false,
    }
}

/// Makes the store's folder as systemd makes it at the first start.
fn own(store: &Path) -> io::Result<()> {
    if store.exists() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o750).create(store)?;
    let users = Names::users(Path::new("/"));
    chown(store, users.id("nightkeep"), group_id("nightkeep"))
}

fn next(channels: &str) -> &'static str {
    if channels.is_empty() {
        "It names no channel yet: add one under \"Where alerts go\", then: nightkeep alerts test NAME\n"
    } else {
        "Try it: sudo nightkeep alerts test NAME\nThen:   sudo systemctl enable --now nightkeep\n"
    }
}

/// What this machine may take to show a certificate.
const ASKED_WITHIN: Duration = Duration::from_secs(3);

/// The channels named on the command line, as TOML.
fn given(args: &Args) -> anyhow::Result<String> {
    let mut toml = String::new();
    if let Some(topic) = &args.ntfy {
        let (server, topic) = match topic.rsplit_once('/') {
            Some((server, topic)) if server.contains("://") => (Some(server), topic),
            Some(_) => bail!("write --ntfy TOPIC, or --ntfy https://SERVER/TOPIC"),
            None => (None, topic.as_str()),
        };
        toml += "[channel.phone]\ntype = \"ntfy\"\n";
        if let Some(server) = server {
            writeln!(toml, "server = {}", quoted(server))?;
        }
        writeln!(toml, "topic = {}\n", quoted(topic))?;
    }
    if let Some(address) = &args.mail {
        let from = format!("nightkeep@{}", super::environment().hostname);
        // Not `sendmail`: it is setgid in Postfix and Exim, which the watch's sandbox refuses.
        toml += "[channel.mail]\ntype = \"smtp\"\nserver = \"localhost\"\nport = 25\nsecurity = \"none\"\n";
        writeln!(toml, "from = {}\nto = [{}]\n", quoted(&from), quoted(address))?;
    }
    if let Some(url) = &args.webhook {
        writeln!(toml, "[channel.hook]\ntype = \"webhook\"\nurl = {}\n", quoted(url))?;
    }
    Ok(toml)
}

/// Asks the person at the terminal where alerts go.
fn ask() -> anyhow::Result<String> {
    output::print(
        "Where should alerts go?\n\
         \x20 1  ntfy, an app on your phone (https://ntfy.sh)\n\
         \x20 2  mail, through an SMTP server\n\
         \x20 3  Slack\n\
         \x20 4  Telegram\n\
         \x20 5  a webhook of your own\n\
         \x20 6  I will write it into the config later\n",
    )?;
    let mut toml = String::new();
    match answer("1-6")?.as_str() {
        "1" => {
            let topic = answer("topic (anyone who knows it can read along; make it long)")?;
            write!(toml, "[channel.phone]\ntype = \"ntfy\"\ntopic = {}\n\n", quoted(&topic))?;
        }
        "2" => {
            let server = answer("SMTP server")?;
            let user = answer("user name there")?;
            let password = answer("password (it will be visible while you type)")?;
            let to = answer("your address")?;
            let from = if user.contains('@') { &user } else { &to };
            write!(
                toml,
                "[channel.mail]\ntype = \"smtp\"\nserver = {}\nport = 587\nuser = {}\npassword = {}\n\
                 from = {}\nto = [{}]\n\n",
                quoted(&server),
                quoted(&user),
                quoted(&password),
                quoted(from),
                quoted(&to),
            )?;
        }
        "3" => {
            let url = answer("incoming webhook URL")?;
            write!(toml, "[channel.slack]\ntype = \"slack\"\nurl = {}\n\n", quoted(&url))?;
        }
        "4" => {
            let token = answer("bot token")?;
            let chat = answer("chat id")?;
            write!(
                toml,
                "[channel.telegram]\ntype = \"telegram\"\ntoken = {}\nchat = {}\n\n",
                quoted(&token),
                quoted(&chat),
            )?;
        }
        "5" => {
            let url = answer("URL")?;
            write!(toml, "[channel.hook]\ntype = \"webhook\"\nurl = {}\n\n", quoted(&url))?;
        }
        _ => {}
    }
    Ok(toml)
}

fn answer(question: &str) -> anyhow::Result<String> {
    output::print(&format!("{question}: "))?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

async fn write_config(channels: &str) -> anyhow::Result<String> {
    let mut toml = String::from(
        "# nightkeep watches this server by what is written here; without a line, by its defaults.\n\
         # Every key: nightkeep config reference. Is it right? nightkeep config check\n\n",
    );
    writeln!(toml, "# The name in messages.\nhost = {}\n", quoted(&super::environment().hostname))?;

    toml += "# Where alerts go. Try each with: nightkeep alerts test NAME\n";
    if channels.is_empty() {
        toml += "# [channel.phone]\n# type = \"ntfy\"\n# topic = \"a-long-secret-word\"\n\n";
    } else {
        toml += channels;
    }

    toml +=
        "# The page, for this machine only. To reach it from elsewhere: docs/access.md\n[web]\n";
    toml += "listen = [\"127.0.0.1:8466\"]\n\n";

    let mut sampler = Sampler::new(&Config::default(), Path::new("/"));
    toml += "# Disks found here. Warned of at 85 %, critical at 95 %, forecast when they grow.\n";
    for (path, used) in mounts(&sampler.read(clock::now())) {
        writeln!(toml, "#   {} ({used})", output::safe(&path))?;
    }
    toml += "[disk]\n# used = { warning = \"85%\", critical = \"95%\", clear = \"80%\" }\n# ignore = [\"/mnt/backup\"]\n\n";

    toml += "# Told of as well: a restart that is due or came unexpected, security updates, the clock.\n";
    for line in machine(Machine::new(&Config::default().machine, Path::new("/")).read()) {
        writeln!(toml, "#   {line}")?;
    }
    toml += "[machine]\n# reboot-within = \"7d\"\n# updates-within = \"2d\"\n\n";

    let (temperatures, states) = Hardware::new(&Config::default().hardware, Path::new("/")).read();
    if !states.is_empty() || !temperatures.is_empty() {
        toml += "# Arrays, disks and sensors found here.\n";
        for (subject, _) in &states {
            writeln!(toml, "#   {}", output::safe(&subject.to_string()))?;
        }
        toml += "[hardware]\n# temperature = { warning = 8, critical = 2, clear = 12 }\n\n";
    }

    if let Some(socket) = container::SOCKETS.into_iter().find(|path| Path::new(path).exists()) {
        toml +=
            "# Containers. Whoever may open this socket may do everything here, so you decide:\n";
        toml += "# sudo usermod -aG docker nightkeep, and take the # away.\n";
        writeln!(toml, "[containers]\n# socket = {}\n", quoted(socket))?;
    }

    toml += "# Checks of your own: any program with the exit codes of Nagios plugins.\n\
             # [check.backup]\n# command = [\"/usr/local/bin/check-backup\"]\n# interval = \"1h\"\n\n";

    toml += "# Any unit that fails is told of. These must be running as well:\n[units]\n";
    match systemd::known_units().await {
        Ok(units) => {
            toml += "must-be-active = [\n";
            for unit in units {
                writeln!(toml, "  {}, # {}", quoted(&unit.name), output::safe(&unit.description))?;
            }
            toml += "]\n";
        }
        Err(blind) => {
            writeln!(toml, "# Not found out: {}", output::safe(&blind.to_string()))?;
            toml += "# must-be-active = [\"caddy.service\"]\n";
        }
    }
    toml += &logins(&tokio::task::spawn_blocking(known_logins).await?)?;
    toml.push('\n');
    toml += &certificates().await;
    Ok(toml)
}

/// Users, keys and addresses that logged in within the last 90 days; why not, where the log cannot
/// be read.
fn known_logins() -> Result<BTreeMap<LoginPart, BTreeSet<String>>, Blind> {
    let since = clock::now().checked_sub(SignedDuration::from_hours(24 * 90)).unwrap_or_default();
    let mut known = BTreeMap::<_, BTreeSet<_>>::new();
    sshd::history(since, |seen| {
        if let Seen::Login(logged) = seen
            && sshd::is_normal(&logged)
        {
            for (part, name) in logged.login.parts() {
                known.entry(part).or_default().insert(name);
            }
        }
    })?;
    Ok(known)
}

/// What will count as known, for the owner to look at: an intruder who is in already is in it.
fn logins(known: &Result<BTreeMap<LoginPart, BTreeSet<String>>, Blind>) -> anyhow::Result<String> {
    let mut toml = String::from(
        "\n# Logins by ssh: what is not known is told of at once. Known, by this server's own log, are\n",
    );
    match known {
        Ok(known) => {
            for part in LoginPart::ALL {
                let names = known.get(&part).into_iter().flatten();
                let names: Vec<_> = names.map(|name| output::safe(name)).collect();
                for line in names.chunks(if part == LoginPart::Key { 1 } else { 4 }) {
                    writeln!(toml, "#   {}: {}", part.as_str(), line.join(", "))?;
                }
            }
            toml += if known.is_empty() {
                "#   none yet: the first login of each is told of.\n"
            } else {
                "# Not all yours? nightkeep logins distrust NAME\n"
            };
        }
        Err(blind) => writeln!(toml, "#   not found out: {}", output::safe(&blind.to_string()))?,
    }
    toml += "[ssh]\n# unknown = [\"user\", \"key\", \"address\"]\n";
    Ok(toml)
}

/// Certificates in the stores of caddy and certbot; what is served here is asked of the server.
async fn certificates() -> String {
    let mut toml = String::from(
        "\n# Certificates: warned of when 14 days and 20 % of their life are left. Those of caddy and\n# certbot are found by themselves, here:\n",
    );
    let (mut endpoints, mut closed) = (Vec::new(), Vec::new());
    for observation in certificate::once(&Config::default().certificates, ASKED_WITHIN).await {
        let Observation::State { subject: Subject::Certificate(path), state } = observation else {
            continue;
        };
        let State::Certificate(state) = state else { continue };
        if let Some(unseen) = &state.unseen {
            closed.push(format!("# {path} is not seen: {}; {}\n", unseen.why, unseen.mend));
        }
        let Some(certificate) = state.seen.first() else { continue };
        toml += &format!("#   {}\n", output::safe(&path));
        let on_the_web = state.served.as_ref().is_some_and(|served| served.at.ends_with(":443"));
        let name = certificate.names.first().filter(|name| !name.contains('*'));
        if let Some(name) = name.filter(|_| on_the_web) {
            endpoints.push(quoted(name));
        }
    }
    if toml.ends_with("here:\n") {
        toml += "#   none\n";
    }
    endpoints.sort();
    endpoints.dedup();
    toml += "[certificates]\n# What clients see, with chain and name:\n";
    if endpoints.is_empty() {
        toml += "# endpoints = [\"example.org\", \"mail.example.org:587/smtp\"]\n";
    } else {
        toml += &format!("endpoints = [{}]\n", endpoints.join(", "));
    }
    toml + &closed.concat()
}

/// The mounts a sampler saw, and how full they are.
fn mounts(reports: &[crate::source::Report]) -> Vec<(String, String)> {
    let said = reports.iter().filter_map(|report| report.said.as_ref().ok()).flatten();
    said.filter_map(|observation| match observation {
        Observation::Sample {
            subject: Subject::Mount(path),
            metric: Metric::DiskUsedRatio,
            value,
        } => Some((path.clone(), format!("{} used", text::percent(f64::from(*value))))),
        _ => None,
    })
    .collect()
}

/// What is to be said of the machine today.
fn machine(said: Vec<State>) -> Vec<String> {
    let line = |state| match state {
        State::Restart(restart) if restart.needed => Some(String::from("a restart is due")),
        State::Updates(updates) => {
            let by = if updates.automatic { "the system itself" } else { "you" };
            Some(format!("{} security updates wait; {by} will install them", updates.count))
        }
        State::Clock { synchronised: false, .. } => Some(String::from("nothing sets the clock")),
        _ => None,
    };
    said.into_iter().filter_map(line).collect()
}

/// Writes the config whole or not at all, readable for root and the watch only: it may hold
/// secrets.
fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    let denied = || format!("cannot write {}: use sudo", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).with_context(denied)?;
    }
    let fresh = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(&fresh)
        .with_context(denied)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if let Some(group) = group_id("nightkeep") {
        // Without the group the watch cannot read it; doctor says so.
        let _ = chown(&fresh, None, Some(group));
    }
    fs::rename(&fresh, path).with_context(denied)
}

/// A group's number, of this machine.
pub(super) fn group_id(name: &str) -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    let line = groups.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}
