//! The command line of aureport.

use std::path::PathBuf;

use super::report::Report;
use crate::args::Args;
use crate::ausearch::{Escape, Ground};
use crate::items::Wanted;
use crate::log::Range;
use crate::time::Bound;

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
    let mut args = Args::new(args);
    while let Some(option) = args.option() {
        if let Some((which, takes_none)) = named(option) {
            if report.is_some() {
                let why = "Error - only one report can be specified";
                return Err(Refused::Wrong(why.into()));
            }
            if takes_none && args.argument(1).is_some() {
                return Err(Refused::Unimplemented);
            }
            report = Some(which);
            args.advance();
            continue;
        }
        match option {
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
                args.none()?;
            }
            "-if" | "--input" => options.input = Some(args.text()?.into()),
            "--node" => options.nodes.push(args.text()?.to_owned()),
            "--escape" => options.escape = args.escape()?,
            "--eoe-timeout" => options.timeout = Some(args.timeout()?),
            "-ts" | "--start" => options.range.start = args.moment(Bound::Start, ground)?,
            "-te" | "--end" => options.range.end = args.moment(Bound::End, ground)?,
            unknown => {
                return Err(Refused::Wrong(format!("{unknown} is an unsupported option\n")));
            }
        }
        args.advance();
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
