//! A command that tells the watch of its job, and the command it was.

use super::command::Command;
use super::shell::{base, is_one_program, is_shell, quote, unquote};

/// What follows the program.
const WRAP: &str = " cron wrap ";
/// What precedes the job.
const JOB: &str = " -- ";
/// Debian's cron reads no longer command (`MAX_COMMAND`, seen with 3.0pl1), and drops the whole
/// crontab that has one.
const LONGEST: usize = 998;

/// A wrapped command, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unwrapped {
    pub(crate) slug: String,
    /// The command as it was written.
    pub(crate) command: String,
}

/// The same job, with `program` around it; `percent` unless it is anacron's. `Err` says why that
/// cannot be.
pub(crate) fn wrap(
    written: &str,
    slug: &str,
    shell: &str,
    program: &str,
    percent: bool,
) -> Result<String, String> {
    if !is_shell(shell) {
        return Err(format!("its SHELL, {shell}, may read quotes in another way"));
    }
    let command = read(written, percent);
    let head = format!("{}{WRAP}{slug}{JOB}", quote(program));
    let wrapped = if is_one_program(&command.text) {
        head + written
    } else {
        // Quotes are put round what is written, so that it can be had back: cron takes none of
        // theirs away.
        format!("{head}{shell} -c {}{}", quote(command.written), command.input)
    };
    if percent && wrapped.len() > LONGEST {
        return Err(format!("cron reads only {LONGEST} characters of a command"));
    }
    Ok(wrapped)
}

/// What [`wrap`] was given, also if options were added since.
pub(crate) fn unwrap(written: &str, percent: bool) -> Option<Unwrapped> {
    let (head, job) = written.split_once(JOB)?;
    let (program, options) = head.split_once(WRAP)?;
    if base(&unquote(program)?) != "nightkeep" {
        return None;
    }
    let slug = slug(options)?.to_owned();
    let command = read(job, percent);
    let of_shell = command.written.split_once(" -c ").filter(|(shell, _)| is_shell(shell));
    let command = match of_shell.and_then(|(_, text)| unquote(text)) {
        Some(text) => text + command.input,
        None => job.to_owned(),
    };
    Some(Unwrapped { slug, command })
}

fn read(written: &str, percent: bool) -> Command<'_> {
    if percent { Command::read(written) } else { Command::whole(written) }
}

/// Who hears of the job: the slug of a wrapped command, wherever in the line, or the word for what
/// else calls home.
pub(crate) fn watched_by(written: &str) -> Option<String> {
    if let Some((before, options)) = written.split_once(WRAP)
        && before.trim_end_matches('\'').ends_with("nightkeep")
    {
        return slug(options.split(JOB).next()?).map(str::to_owned);
    }
    let pings = ["hc-ping.com/", "/ping/", "cronitor.link/", "healthchecks.io/", "/api/push/"];
    let is_one = pings.iter().any(|ping| written.contains(ping));
    is_one.then(|| String::from("its own ping"))
}

/// The first word that is neither an option nor the value of one.
fn slug(options: &str) -> Option<&str> {
    let mut words = options.split([' ', '\t']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        match word {
            "--timeout" | "--url" => _ = words.next(),
            _ if word.starts_with('-') => {}
            _ => return Some(word),
        }
    }
    None
}
