//! `nightkeep incident`: the log book of bad nights.

use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use nightkeep_triage::postmortem;

use super::triage::load;
use super::{FAILED, OK, output};
use crate::clock;
use crate::model::Severity;
use crate::respond::incident::{self, Incident, Summary, What};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Opens an incident.
    Open {
        /// What it is called: what you saw.
        title: String,
    },
    /// Writes down what you did or saw, with the time.
    Note {
        /// What; `-` reads it from standard input.
        text: String,
        /// In which incident; the newest that is open, if it is not said.
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// All incidents.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The log of an incident.
    Show {
        /// Which; the newest, if it is not said.
        id: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Tells the public of an incident: on the status page, in its feed and its JSON. Nothing else of
    /// it is ever shown there. Said again, it gets another title.
    Publish {
        /// Which incident; the newest that is open, if it is not said.
        id: Option<String>,
        /// What it is called there, in words of a visitor: "The shop is down".
        #[arg(long)]
        title: String,
        /// What is so, and what you do about it; `-` reads it from standard input.
        #[arg(long)]
        text: String,
    },
    /// Tells the public more of an incident that was published.
    Update {
        /// Which incident; the newest that is open, if it is not said.
        id: Option<String>,
        /// What; `-` reads it from standard input.
        #[arg(long)]
        text: String,
    },
    /// Takes an incident from the status page.
    Withdraw {
        /// Which incident; the newest that is open, if it is not said.
        id: Option<String>,
    },
    /// Says that it is over, on the status page as well if it was published.
    Close {
        /// Why.
        #[arg(default_value = "")]
        text: String,
        /// What the public is told with it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        public: String,
        /// Which incident; the newest that is open, if it is not said.
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// The record: facts and timeline filled in, judgement left to you and marked.
    Export {
        /// Which; the newest, if it is not said.
        id: Option<String>,
        /// In which form.
        #[arg(long, value_enum, default_value = "markdown")]
        format: Format,
        /// Into this file, which must not be there yet.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Markdown.
    Markdown,
    /// A page that prints well.
    Html,
}

pub(super) fn run(command: &Command, path: &Path) -> anyhow::Result<u8> {
    let config = load(path);
    let store = config.store.path;
    let all = || {
        incident::list(&store).with_context(|| {
            format!("the incidents below {} cannot be read; run it as root", store.display())
        })
    };
    match command {
        Command::Open { title } => {
            let opened =
                incident::open(&store, title, &author(), clock::now()).with_context(|| {
                    format!("cannot write below {}; run it as root", store.display())
                })?;
            output::print(&format!(
                "{} is open. Write down what you do: sudo nightkeep incident note TEXT\n",
                opened.id
            ))?;
        }
        Command::Note { text, incident } => {
            let text = if text == "-" { standard_input()? } else { text.clone() };
            let mut of = open_one(all()?, incident.as_deref())?;
            append(&store, &mut of, What::Note { text })?;
            output::print(&format!("Noted in {}.\n", of.id))?;
        }
        Command::List { json } => listed(&all()?, *json)?,
        Command::Show { id, json } => return show(&one(all()?, id.as_deref())?, *json),
        Command::Publish { id, title, text } => {
            let text = if text == "-" { standard_input()? } else { text.clone() };
            let mut of = open_one(all()?, id.as_deref())?;
            append(&store, &mut of, What::Published { title: title.clone(), text })?;
            output::print(&format!(
                "The status page tells of {0}. More: sudo nightkeep incident update {0} --text TEXT\n{1}",
                of.id,
                off(config.status_page.is_on())
            ))?;
        }
        Command::Update { id, text } => {
            let text = if text == "-" { standard_input()? } else { text.clone() };
            let mut of = published_one(open_one(all()?, id.as_deref())?)?;
            append(&store, &mut of, What::Update { text })?;
            output::print(&format!("The status page says so of {}.\n", of.id))?;
        }
        Command::Withdraw { id } => {
            let mut of = published_one(open_one(all()?, id.as_deref())?)?;
            append(&store, &mut of, What::Withdrawn)?;
            output::print(&format!("The status page tells no more of {}.\n", of.id))?;
        }
        Command::Close { text, public, incident } => {
            let mut of = open_one(all()?, incident.as_deref())?;
            append(&store, &mut of, What::Closed { text: text.clone(), public: public.clone() })?;
            output::print(&format!(
                "{0} is closed. The record: nightkeep incident export {0}\n",
                of.id
            ))?;
        }
        Command::Export { id, format, output } => {
            return export(&one(all()?, id.as_deref())?, *format, output.as_deref());
        }
    }
    Ok(OK)
}

/// Who types: the login user behind sudo, where that is known.
pub(super) fn author() -> String {
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    let uid = login.trim().parse().ok().filter(|uid| *uid != u32::MAX);
    let uid = uid.unwrap_or_else(|| rustix::process::getuid().as_raw());
    let users = nightkeep_audit::users::Names::users(Path::new("/"));
    users.name(uid).map_or_else(|| format!("user {uid}"), str::to_owned)
}

fn standard_input() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        output::complain(&anyhow::anyhow!("write, and end with Ctrl-D"));
    }
    let mut text = String::new();
    std::io::stdin().take(1 << 20).read_to_string(&mut text).context("standard input")?;
    Ok(text.trim_end().to_owned())
}

fn append(store: &Path, to: &mut Incident, what: What) -> anyhow::Result<()> {
    incident::write(store, to, what, &author(), clock::now())
        .with_context(|| format!("cannot write to {}; run it as root", to.folder.display()))
}

/// The same, if the public knows of it.
fn published_one(of: Incident) -> anyhow::Result<Incident> {
    anyhow::ensure!(
        incident::Public::of(&of).is_some(),
        "the public was not told of {0} yet: sudo nightkeep incident publish {0} --title TITLE --text TEXT",
        of.id
    );
    Ok(of)
}

/// What to do if there is no status page.
fn off(is_on: bool) -> &'static str {
    if is_on { "" } else { "There is no status page yet: see [status-page] in the config.\n" }
}

fn one(all: Vec<Incident>, id: Option<&str>) -> anyhow::Result<Incident> {
    let found = match id {
        Some(id) => all.into_iter().find(|incident| incident.id == id),
        None => all.into_iter().next_back(),
    };
    found.with_context(|| match id {
        Some(id) => format!("there is no incident {}: nightkeep incident list", output::safe(id)),
        None => String::from("there is no incident yet: sudo nightkeep incident open TITLE"),
    })
}

/// The newest that is open, or the one that is named: a closed one is opened again by what is written.
fn open_one(all: Vec<Incident>, id: Option<&str>) -> anyhow::Result<Incident> {
    if id.is_some() {
        return one(all, id);
    }
    let found = all.into_iter().rev().find(|incident| incident.closed().is_none());
    found.context("no incident is open: sudo nightkeep incident open TITLE")
}

fn listed(all: &[Incident], json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(&all.iter().map(Summary::from).collect::<Vec<_>>());
    }
    if all.is_empty() {
        return output::print("No incidents.\n");
    }
    let mut text = String::new();
    for incident in all.iter().rev() {
        let status = match incident.closed() {
            Some(_) => output::paint("closed", None),
            None => output::paint("open  ", Some(Severity::Warning)),
        };
        text += &format!("{}  {status}  {}\n", incident.id, output::safe(incident.title()));
        text += &broken(incident);
    }
    output::print(&text)
}

fn broken(incident: &Incident) -> String {
    let Some(entry) = incident.broken else { return String::new() };
    let said = format!(
        "  The log of {} was changed at or before entry {entry}: it is not what was written.\n",
        incident.id
    );
    output::paint(&said, Some(Severity::Critical))
}

fn show(incident: &Incident, json: bool) -> anyhow::Result<u8> {
    let is_whole = incident.broken.is_none();
    if json {
        output::print_json(&incident.entries)?;
        return Ok(if is_whole { OK } else { FAILED });
    }
    let mut text = format!("{}: {}\n", incident.id, output::safe(incident.title()));
    for entry in &incident.entries {
        let what = match &entry.what {
            What::Opened { .. } => String::from("opened"),
            What::Note { text } => text.clone(),
            What::Triage { answer, file, .. } => format!("triage says: {answer} ({file})"),
            What::Record { file, .. } => format!("the record was written ({file})"),
            What::Evidence { place, sha256 } => {
                format!("evidence taken: {place} (manifest {sha256})")
            }
            What::Published { title, text } => format!("told the public: {title}: {text}"),
            What::Update { text } => format!("told the public: {text}"),
            What::Withdrawn => String::from("took back what the public was told"),
            What::Closed { text, .. } => format!("closed {text}"),
            What::Reopened => String::from("opened again"),
        };
        let at = entry.at.strftime("%Y-%m-%d %H:%M:%S");
        text += &format!("{at}  {}  {}\n", output::safe(&entry.author), output::safe(&what));
    }
    text += &broken(incident);
    output::print(&text)?;
    Ok(if is_whole { OK } else { FAILED })
}

fn export(incident: &Incident, format: Format, file: Option<&Path>) -> anyhow::Result<u8> {
    let (reports, _) = incident.reports();
    let (markdown, altered) = incident.record();
    for file in &altered {
        output::complain(&anyhow::anyhow!(
            "{} is not as it was kept, and left out",
            output::safe(file)
        ));
    }
    let text = match format {
        Format::Markdown => markdown,
        Format::Html => postmortem::record(&incident.case(&reports)).html(),
    };
    match file {
        None => output::print(&text)?,
        Some(file) => {
            let mut out = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)
                .with_context(|| format!("cannot write {}", file.display()))?;
            out.write_all(text.as_bytes())?;
            out.sync_all()?;
            output::print(&format!("The record is in {}.\n", file.display()))?;
        }
    }
    let is_whole = altered.is_empty() && incident.broken.is_none();
    Ok(if is_whole { OK } else { FAILED })
}
