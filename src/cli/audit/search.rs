//! `nightkeep audit search`: ausearch's options, with what misleads in them mended.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use clap::Parser;
use nightkeep_audit::ausearch::{Ground, Options, Printer};
use nightkeep_audit::search::Reader;
use nightkeep_audit::{Event, Kind};

use super::shown::{self, Sentences};
use super::span::Span;
use crate::cli::{FAILED, OK, USAGE, output};
use crate::trail::apart::{Apart, Logins};
use crate::trail::ask::{self, Asked};
use crate::trail::nothing::nothing;
use crate::trail::place::{self, Place};
use crate::trail::told::Json;

/// What the audit log says of whom, what and when: ausearch's options, answers in sentences.
///
/// All conditions must hold; of one that is given several times, one value must. Keys are equal, or
/// patterns (`-k 'ssh*'`). Exits with 1 if nothing was found.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Args {
    /// Logs to search instead of this machine's: files, directories with those of several machines,
    /// or - for standard input. Rotated ones (.1, .gz, .zst) of a directory are found.
    #[arg(value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    when: Span,
    #[command(flatten)]
    asked: Conditions,
    #[command(flatten)]
    style: Style,
    /// Exactly as ausearch, options, events and output: 3 is Debian 12's (3.0.9), 4 Debian 13's.
    #[arg(long = "compat", value_name = "VERSION", value_parser = ["3", "4"])]
    _compat: Option<String>,
    /// The config file.
    #[arg(id = "config", long = "config", value_name = "FILE", hide = true)]
    _config: Option<PathBuf>,
}

/// ausearch's conditions: letters and names are its own, `-c` included.
#[derive(Debug, Parser)]
#[command(next_help_heading = "What to look for")]
struct Conditions {
    /// The key of a rule: equal, or a pattern with * and ?.
    #[arg(short, long, value_name = "KEY")]
    key: Vec<String>,
    /// Who logged in, acted, or is the account it is about: a name or number.
    #[arg(long, value_name = "USER")]
    user: Vec<String>,
    /// A file or directory, or a part of its path.
    #[arg(short, long, value_name = "PATH", allow_hyphen_values = true)]
    file: Vec<String>,
    /// The path of the program, or a part of it.
    #[arg(short = 'x', long, value_name = "PATH")]
    executable: Vec<String>,
    /// The name of the program, or a part of it.
    #[arg(short = 'c', long, value_name = "NAME")]
    comm: Vec<String>,
    /// The kind of record: USER_LOGIN, USER_CMD. Of logins, also those by ssh without a terminal.
    #[arg(short, long, value_name = "TYPE", value_delimiter = ',')]
    message: Vec<String>,
    /// Did it work?
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    success: Option<String>,
    /// The login session.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    session: Vec<String>,
    /// The machine at the other end.
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// The machine that wrote it.
    #[arg(short, long, value_name = "NAME")]
    node: Vec<String>,
    /// The terminal.
    #[arg(long, value_name = "TTY")]
    terminal: Vec<String>,
    /// The serial number of the event.
    #[arg(short = 'a', long, value_name = "N")]
    event: Vec<String>,
    /// The process.
    #[arg(short, long, value_name = "N")]
    pid: Vec<String>,
    /// Its parent (-pp).
    #[arg(long, value_name = "N")]
    ppid: Vec<String>,
    /// The system call, by name or number (-sc).
    #[arg(long, value_name = "CALL")]
    syscall: Vec<String>,
    /// What the system call returned: a number, or EACCES.
    #[arg(short, long, value_name = "N", allow_hyphen_values = true)]
    exit: Vec<String>,
    /// The architecture: b64, b32, x86_64.
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// The user alone (-ui); -ue the effective one, -ul who logged in, -ua any of them.
    #[arg(long, value_name = "USER")]
    uid: Vec<String>,
    #[arg(long, value_name = "USER", hide = true)]
    uid_effective: Vec<String>,
    #[arg(long, value_name = "USER", hide = true, allow_hyphen_values = true)]
    loginuid: Vec<String>,
    #[arg(long, value_name = "USER", hide = true)]
    uid_all: Vec<String>,
    /// The group (-gi); -ge the effective one, -ga any of them.
    #[arg(long, value_name = "GROUP")]
    gid: Vec<String>,
    #[arg(long, value_name = "GROUP", hide = true)]
    gid_effective: Vec<String>,
    #[arg(long, value_name = "GROUP", hide = true)]
    gid_all: Vec<String>,
    /// SELinux: of the subject (-su), the object (-o), any (-se).
    #[arg(long, value_name = "CONTEXT")]
    context: Vec<String>,
    #[arg(long, value_name = "CONTEXT", hide = true)]
    subject: Vec<String>,
    #[arg(short, long, value_name = "CONTEXT", hide = true)]
    object: Vec<String>,
    /// A virtual machine, by name (-vm) or identity (-uu).
    #[arg(long, value_name = "NAME")]
    vm_name: Vec<String>,
    #[arg(long, value_name = "UUID", hide = true)]
    uuid: Vec<String>,
    /// Texts are equal, not parts.
    #[arg(short, long)]
    word: bool,
    /// Loading and removing of the audit rules themselves as well.
    #[arg(long)]
    rules: bool,
}

#[derive(Debug, Parser)]
#[command(next_help_heading = "How it is shown")]
struct Style {
    /// A JSON object a line (the names: docs/audit.md).
    #[arg(long, conflicts_with_all = ["raw", "interpret", "format"])]
    json: bool,
    /// With --json: the records as they were written as well.
    #[arg(long, requires = "json")]
    records: bool,
    /// The lines as they are, for another ausearch.
    #[arg(short, long, conflicts_with_all = ["interpret", "format"])]
    raw: bool,
    /// The records with words for numbers.
    #[arg(short, long, conflicts_with = "format")]
    interpret: bool,
    /// ausearch's: raw, default, interpret, csv, text.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// ausearch's: raw, tty, shell, shell_quote.
    #[arg(long, value_name = "HOW", hide = true)]
    escape: Option<String>,
    #[arg(long, hide = true)]
    extra_keys: bool,
    #[arg(long, hide = true)]
    extra_labels: bool,
    #[arg(long, hide = true)]
    extra_obj2: bool,
    #[arg(long, hide = true)]
    extra_time: bool,
    /// A line for each event, also of a flood.
    #[arg(long)]
    each: bool,
    /// Only the first event.
    #[arg(long)]
    just_one: bool,
    /// What could not be told is printed on standard error.
    #[arg(long, hide = true)]
    debug: bool,
    #[arg(short, long, hide = true)]
    line_buffered: bool,
    /// Not here: ausearch's own.
    #[arg(long, value_name = "FILE", hide = true)]
    checkpoint: Option<PathBuf>,
}

impl Conditions {
    /// ausearch's options that were given, with their values.
    fn of_ausearch(&self) -> Vec<(&'static str, Vec<String>)> {
        let one = |value: &Option<String>| value.iter().cloned().collect();
        // The architecture is told before the system call.
        let mut options = vec![
            ("--arch", one(&self.arch)),
            ("--event", self.event.clone()),
            ("--comm", self.comm.clone()),
            ("--exit", self.exit.clone()),
            ("--file", self.file.clone()),
            ("--gid-all", self.gid_all.clone()),
            ("--gid-effective", self.gid_effective.clone()),
            ("--gid", self.gid.clone()),
            ("--host", self.host.clone()),
            ("--object", self.object.clone()),
            ("--subject", self.subject.clone()),
            ("--context", self.context.clone()),
            ("--pid", self.pid.clone()),
            ("--ppid", self.ppid.clone()),
            ("--syscall", self.syscall.clone()),
            ("--session", self.session.clone()),
            ("--success", one(&self.success)),
            ("--terminal", self.terminal.clone()),
            ("--uid-all", self.uid_all.clone()),
            ("--uid-effective", self.uid_effective.clone()),
            ("--uid", self.uid.clone()),
            ("--loginuid", self.loginuid.clone()),
            ("--uuid", self.uuid.clone()),
            ("--vm-name", self.vm_name.clone()),
            ("--executable", self.executable.clone()),
        ];
        options.retain(|(_, values)| !values.is_empty());
        options
    }

    fn asked(&self) -> Asked {
        Asked {
            options: self.of_ausearch(),
            kinds: self.message.clone(),
            nodes: self.node.clone(),
            keys: self.key.clone(),
            users: self.user.clone(),
            is_exact: self.word,
        }
    }
}

impl Style {
    /// One of ausearch's formats, if one is asked for.
    fn of_ausearch(&self, ground: &Ground) -> anyhow::Result<Option<Options>> {
        let format = match &self.format {
            Some(format) => Some(format.as_str()),
            None if self.raw => Some("raw"),
            None => self.interpret.then_some("interpret"),
        };
        let Some(format) = format else { return Ok(None) };
        let mut args = vec!["--format", format];
        if let Some(escape) = &self.escape {
            args.extend(["--escape", escape]);
        }
        let extra = [
            ("--extra-keys", self.extra_keys),
            ("--extra-labels", self.extra_labels),
            ("--extra-obj2", self.extra_obj2),
            ("--extra-time", self.extra_time),
        ];
        args.extend(extra.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name));
        let args: Vec<String> = args.into_iter().map(String::from).collect();
        ask::read(&args, ground).map(Some)
    }
}

/// How events go out.
enum Printed<'a> {
    Sentences(Box<Sentences<BufWriter<io::StdoutLock<'static>>>>),
    Json(BufWriter<io::StdoutLock<'static>>),
    Ausearch(Box<Printer<'a>>, BufWriter<io::StdoutLock<'static>>),
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    if args.style.checkpoint.is_some() {
        output::complain(&anyhow::anyhow!(
            "--checkpoint is ausearch's: nightkeep audit search --compat 4 --checkpoint FILE …"
        ));
        return Ok(USAGE);
    }
    let ground = ask::ground(nightkeep_audit::Compat::V4);
    let wrong = |error: anyhow::Error| {
        output::complain(&error);
        USAGE
    };
    let question = match args.asked.asked().question(&ground) {
        Ok(question) => question,
        Err(error) => return Ok(wrong(error)),
    };
    let options = match args.style.of_ausearch(&ground) {
        Ok(options) => options,
        Err(error) => return Ok(wrong(error)),
    };
    let range = match args.when.range(&ground.now) {
        Ok(range) => range,
        Err(error) => return Ok(wrong(error)),
    };
    let place = Place::of(&args.paths, args.when.input.as_deref())?;
    let filter = question.filter(&ground.users);
    let timeout = args.when.eoe_timeout.unwrap_or(place.timeout);
    let users = &ground.users;
    let mut reader = if place.is_stdin {
        Reader::of_stream(&place.logs, Box::new(io::stdin()), range, timeout, &filter, users)
    } else {
        Reader::new(&place.logs, range, timeout, &filter, users)
    };
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut printed = match &options {
        Some(options) => Printed::Ausearch(Box::new(Printer::new(options, &ground)), out),
        None if args.style.json => Printed::Json(out),
        None => {
            let sentences = Sentences::new(out, shown::width(), args.style.each);
            Printed::Sentences(Box::new(sentences))
        }
    };
    // Who asks for the kind of record gets it.
    let is_with_rules = args.asked.rules
        || question.any.iter().any(|search| search.kinds.contains(&Kind::CONFIG_CHANGE));
    let (mut count, mut odd) = (0_u64, 0_u64);
    let mut apart = Apart::default();
    let mut logins = Logins::default();
    while reader.advance() {
        let Some(event) = reader.event() else { break };
        let is_asked =
            question.matches(event, users, || Some(nightkeep_audit::action::read(event, users)));
        match is_asked {
            Ok(true) => {}
            Ok(false) => continue,
            Err(_) => {
                odd += 1;
                if args.style.debug {
                    say_odd(event);
                }
                continue;
            }
        }
        if !is_with_rules && has_config(event) {
            let action = nightkeep_audit::action::read(event, users);
            if action.is_rule_loading() {
                apart.take(&action);
                continue;
            }
        }
        if let Printed::Ausearch(printer, out) = &mut printed {
            count += 1;
            printer.print(out, &mut io::stderr(), event)?;
        } else {
            let Some(action) = reader.action() else { break };
            let machine = reader.machine();
            if logins.is_told(&action, machine.as_deref()) {
                continue;
            }
            count += 1;
            match &mut printed {
                Printed::Sentences(sentences) => sentences.add(&action, machine)?,
                Printed::Json(out) => {
                    let Some(event) = reader.event() else { break };
                    let json = Json::of(event, &action, machine.as_deref(), args.style.records);
                    serde_json::to_writer(&mut *out, &json).map_err(io::Error::from)?;
                    out.write_all(b"\n")?;
                }
                Printed::Ausearch(..) => {}
            }
        }
        if args.style.just_one {
            break;
        }
        if args.style.line_buffered
            && let Printed::Json(out) | Printed::Ausearch(_, out) = &mut printed
        {
            out.flush()?;
        }
    }
    let is_for_people = matches!(printed, Printed::Sentences(_));
    let folded = match printed {
        Printed::Sentences(sentences) => sentences.end()?,
        Printed::Json(mut out) | Printed::Ausearch(_, mut out) => {
            out.flush()?;
            0
        }
    };
    let unread = reader.unread();
    drop(reader);
    let mut notes = Vec::new();
    if folded > 0 {
        notes.push(shown::folded(count, folded));
    }
    notes.extend(apart.note());
    if odd > 0 {
        notes.push(format!(
            "{odd} events are damaged, and whether they are asked for cannot be told: --debug shows them."
        ));
    }
    notes.extend(place.logs.unread.iter().chain(&unread).map(place::unread));
    shown::say(&notes);
    if count > 0 {
        return Ok(OK);
    }
    let told = nothing(&place, range, &question.keys, &question.users, &ground, apart.count());
    shown::print_told(&told, !is_for_people)?;
    Ok(FAILED)
}

fn has_config(event: &Event) -> bool {
    event.records().any(|record| record.kind() == Kind::CONFIG_CHANGE)
}

fn say_odd(event: &Event) {
    for record in event.records() {
        shown::say(&[format!("damaged: {}", output::safe(&String::from_utf8_lossy(record.line)))]);
    }
}
