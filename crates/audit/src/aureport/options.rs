//! The command line of aureport.

use std::path::PathBuf;

use super::report::Report;
use crate::ausearch::{Escape, Ground};
use crate::items::Wanted;
use crate::log::Range;
use crate::time::{self, Bound};

/// Which of two kinds of changes are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `--add`: only what was added.
    Add,
    /// `--delete`: only what was deleted.
    Delete,
}

/// What the command line says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Options {
    /// Which report.
    pub report: Report,
    /// `--summary`: totals, not a row for each event.
    pub is_summary: bool,
    /// `--success` and `--failed`: only events that went so.
    pub success: Option<bool>,
    /// `--add` and `--delete`
    pub change: Option<Change>,
    /// `-nc`: no changes of the audit configuration.
    pub no_config: bool,
    /// `-i`: names for numbers.
    pub is_interpreted: bool,
    /// `--escape`
    pub escape: Escape,
    /// `-ts` and `-te`
    pub range: Range,
    /// `--node`: any of them.
    pub nodes: Vec<String>,
    /// `-if`
    pub input: Option<PathBuf>,
    /// `--input-logs`: the logs are read even if there is a pipe.
    pub is_logs: bool,
    /// `--eoe-timeout`, in seconds.
    pub timeout: Option<u64>,
    /// `--debug`
    pub is_debug: bool,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A report.
    Report(Box<Options>),
    /// `--help`
    Help,
    /// `--version`
    Version,
}

/// Why a command line is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// What is wrong with it; the help is to be shown too.
    Wrong(String),
    /// A report does not take the argument that follows it.
    Unimplemented,
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// Reads arguments (without the name of the program).
pub fn parse(args: &[String], ground: &Ground) -> Result<Command, Refused> {
    let mut options = Options::default();
    let mut report = None;
    let mut at = 0;
    while let Some(option) = args.get(at) {
        let argument = |ahead: usize| {
            args.get(at + ahead).map(String::as_str).filter(|word| !word.starts_with('-'))
        };
        let missing = || format!("Argument is required for {option}\n");
        if let Some((which, takes_none)) = named(option) {
            if report.is_some() {
                let why = "Error - only one report can be specified";
                return Err(Refused::Wrong(why.into()));
            }
            if takes_none && argument(1).is_some() {
                return Err(Refused::Unimplemented);
            }
            report = Some(which);
            at += 1;
            continue;
        }
        match option.as_str() {
            "--help" => return Ok(Command::Help),
            "-v" | "--version" => return Ok(Command::Version),
            "--summary" => options.is_summary = true,
            "--failed" => options.success = Some(false),
            "--success" => options.success = Some(true),
            "--add" => options.change = Some(Change::Add),
            "--delete" => options.change = Some(Change::Delete),
            "-nc" | "--no-config" => options.no_config = true,
            "--debug" => options.is_debug = true,
            "--input-logs" => options.is_logs = true,
            "-i" | "--interpret" => {
                options.is_interpreted = true;
                if argument(1).is_some() {
                    let why = format!("Argument is NOT required for {option}\n");
                    return Err(Refused::Wrong(why));
                }
            }
            "-if" | "--input" => {
                options.input = Some(argument(1).ok_or_else(missing)?.into());
                at += 1;
            }
            "--node" => {
                options.nodes.push(argument(1).ok_or_else(missing)?.to_owned());
                at += 1;
            }
            "--escape" => {
                options.escape = escape(argument(1).ok_or_else(missing)?)?;
                at += 1;
            }
            "--eoe-timeout" => {
                options.timeout = Some(timeout(argument(1).ok_or_else(missing)?)?);
                at += 1;
            }
            "-ts" | "--start" | "-te" | "--end" => {
                let is_start = option == "-ts" || option == "--start";
                let bound = if is_start { Bound::Start } else { Bound::End };
                let needed = || format!("{option} requires either date and/or time\n");
                let first = argument(1).ok_or_else(needed)?;
                let second = argument(2);
                let moment = time::moment(bound, first, second, &ground.now, ground.compat)?;
                match bound {
                    Bound::Start => options.range.start = moment,
                    Bound::End => options.range.end = moment,
                }
                at += 1 + usize::from(second.is_some());
            }
            unknown => {
                return Err(Refused::Wrong(format!("{unknown} is an unsupported option\n")));
            }
        }
        at += 1;
    }
    options.report = report.unwrap_or_default();
    options.is_summary |= options.report == Report::Total;
    Ok(Command::Report(Box::new(options)))
}

/// The report an option asks for, and whether an argument after it is refused at once.
fn named(option: &str) -> Option<(Report, bool)> {
    use Report::{Anomaly, Comm, Exe, File, Host, Key, Pid, Response, Syscall, Terminal, User};
    let report = match option {
        "-au" | "--auth" => Report::Auth,
        "-a" | "--avc" => Report::Avc,
        "-c" | "--config" => Report::Config,
        "-cr" | "--crypto" => Report::Crypto,
        "-e" | "--event" => Report::Event,
        "--integrity" => Report::Integrity,
        "-l" | "--login" => Report::Login,
        "-m" | "--mods" => Report::Mods,
        "-ma" | "--mac" => Report::Mac,
        "-t" | "--log" => Report::Times,
        "--tty" => Report::Tty,
        "--virt" => Report::Virt,
        "--comm" => Report::Comm,
        "-f" | "--file" => Report::File,
        "-h" | "--host" => Report::Host,
        "-k" | "--key" => Report::Key,
        "-n" | "--anomaly" => Report::Anomaly,
        "-p" | "--pid" => Report::Pid,
        "-r" | "--response" => Report::Response,
        "-s" | "--syscall" => Report::Syscall,
        "-tm" | "--terminal" => Report::Terminal,
        "-u" | "--user" => Report::User,
        "-x" | "--executable" => Report::Exe,
        _ => return None,
    };
    let takes_none = matches!(
        report,
        Comm | File | Host | Key | Anomaly | Pid | Response | Syscall | Terminal | User | Exe
    );
    Some((report, takes_none))
}

fn escape(text: &str) -> Result<Escape, String> {
    Ok(match text {
        "raw" => Escape::Raw,
        "tty" => Escape::Tty,
        "shell" => Escape::Shell,
        "shell_quote" => Escape::ShellQuote,
        unknown => return Err(format!("Unknown option ({unknown})\n")),
    })
}

fn timeout(text: &str) -> Result<u64, String> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(format!("End of Event Timeout must be a numeric value, was {text}\n"));
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = text[..digits].parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("Illegal value for End of Event Timeout, was {text}\n"))
}

impl Options {
    /// What is to be taken from events.
    pub(super) fn wanted(&self) -> Wanted {
        use Report::{
            Anomaly, Auth, Avc, Comm, Config, Crypto, Event, Exe, File, Host, Integrity, Key,
            Login, Mac, Mods, Pid, Syscall, Terminal, Total, Tty, User,
        };
        let report = self.report;
        let who_where =
            matches!(report, Auth | Login | Mods | Terminal | User | Exe | Comm | Anomaly | Total);
        Wanted {
            pid: true,
            success: true,
            arch: self.is_interpreted,
            uid: matches!(report, Auth | User),
            loginuid: matches!(
                report,
                Config
                    | Crypto
                    | Event
                    | File
                    | Host
                    | Integrity
                    | Key
                    | Login
                    | Mac
                    | Mods
                    | Pid
                    | Syscall
                    | Terminal
                    | User
                    | Exe
                    | Comm
                    | Anomaly
                    | Tty
                    | Total
            ),
            session: report == Tty,
            terminal: who_where || report == Tty,
            host: who_where || report == Host,
            comm: matches!(report, Avc | Syscall | Comm | Anomaly | Tty | Total),
            exe: matches!(
                report,
                Auth | Login | Mods | File | Pid | Terminal | User | Exe | Anomaly | Key | Total
            ),
            file: matches!(report, File | Total),
            key: matches!(report, Key | Total),
            subject: report == Avc,
            object: report == Avc,
            ..Wanted::default()
        }
    }
}
