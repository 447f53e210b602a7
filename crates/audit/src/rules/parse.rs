//! A rule file read as auditctl reads it: line by line, the options of a line one after another.
//!
//! What a line means depends on the order of its words (`arch` goes before `-S`, a key after what
//! it is for), as it does in auditctl.

use super::Names;
use super::draft::{Draft, number};
use super::line::{LONGEST_LINE, Word, words};
use super::pair::{self, Wrong, show, wrong};
use super::rule::Rule;

/// A line of a file that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file.
    pub file: String,
    /// Its number there, from 1.
    pub number: usize,
    /// As it was written, without the line's end.
    pub text: Vec<u8>,
    /// What it says, or why auditctl would stop here.
    pub said: Result<Vec<Command>, Error>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Where, in bytes from the line's beginning, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead, if that is known.
    pub instead: Option<String>,
}

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A new rule.
    Add(Rule, Way),
    /// That this rule goes.
    Delete(Rule),
    /// That all rules go (`-D`), or those with a key that holds this text.
    DeleteAll(Option<Vec<u8>>),
    /// How many records may wait (`-b`).
    Backlog(u32),
    /// How long a process waits for a place among them (`--backlog_wait_time`), in jiffies.
    BacklogWait(u32),
    /// Audit is off, on or locked (`-e`).
    Enable(Lock),
    /// What happens when a record is lost: 0 nothing, 1 a line of the kernel's log, 2 panic (`-f`).
    Failure(u32),
    /// Most records a second, 0 for any number (`-r`).
    Rate(u32),
    /// The count of lost records begins anew (`--reset-lost`).
    ResetLost,
    /// The time waited for a place begins anew (`--reset_backlog_wait_time_actual`).
    ResetWaited,
    /// A login id, once set, can no longer be changed (`--loginuid-immutable`).
    LoginuidImmutable,
    /// Errors do not stop the loading, and in the end it fails (`-c`).
    Continue,
    /// Errors do not stop the loading, and nobody hears of them (`-i`).
    Ignore,
    /// The kernel looks through its watched trees (`-t`).
    Trim,
    /// A mount's watches reach into this tree as well (`-q`).
    Equivalent(Vec<u8>, Vec<u8>),
    /// Something that changes no rule: `-s`, `-l`, `-m`, `-v`, `-h`, `--signal`.
    Other,
}

/// Which of the two ways a rule was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `-w`, slow and on its way out.
    Watch,
    /// `-a` or `-A`.
    Syscall {
        /// System calls were named though no architecture was.
        without_arch: bool,
    },
}

/// Of `-e`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// 0
    Off,
    /// 1
    On,
    /// 2: until the next boot nothing can be changed.
    Locked,
}

/// Reads a file of this name. Lines that are empty or comments are left out.
pub fn parse(file: &str, text: &[u8], names: &dyn Names) -> Vec<Line> {
    let mut lines = Vec::new();
    for (place, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let words = words(line);
        if words.is_empty() {
            continue;
        }
        let said = if line.len() > LONGEST_LINE {
            let what = format!("auditctl cuts the line after {LONGEST_LINE} bytes");
            Err(Error { column: LONGEST_LINE + 1, what, instead: None })
        } else {
            read(&words, names)
        };
        lines.push(Line { file: file.to_owned(), number: place + 1, text: line.to_vec(), said });
    }
    lines
}

/// The options with an argument, and those without.
const WITH: &str = "CefrbaAdSFmRwWkpq";
const WITHOUT: &str = "hicslDvt";
const LONG: [(&str, bool); 6] = [
    ("loginuid-immutable", false),
    ("backlog_wait_time", true),
    ("reset-lost", false),
    ("reset_backlog_wait_time_actual", false),
    ("signal", true),
    ("help", false),
];

fn read(words: &[Word], names: &dyn Names) -> Result<Vec<Command>, Error> {
    let mut draft = Draft::default();
    let mut commands = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(options) = word.text.strip_prefix(b"-").filter(|options| !options.is_empty())
        else {
            return Err(stray(word));
        };
        if let Some(long) = options.strip_prefix(b"-") {
            let command = long_option(word, long, &mut rest)?;
            commands.push(command);
            continue;
        }
        let mut place = 0;
        while let Some(letter) = options.get(place).copied() {
            place += 1;
            let option = char::from(letter);
            let at = word.column + place;
            if WITHOUT.contains(option) {
                commands.extend(flag(option, words, &mut rest, at)?);
                continue;
            }
            if !WITH.contains(option) {
                return Err(unknown(word, option, at));
            }
            let argument = match options.get(place..) {
                Some(inline) if !inline.is_empty() => {
                    Word { column: at + 1, text: inline.to_vec() }
                }
                _ => rest.next().cloned().ok_or_else(|| Error {
                    column: at,
                    what: format!("-{option} has no value"),
                    instead: None,
                })?,
            };
            let said = draft.option(option, &argument.text, names, &mut commands);
            said.map_err(|wrong| error(argument.column, wrong))?;
            break;
        }
    }
    let first = words.first().map_or(1, |word| word.column);
    commands.extend(draft.finish().map_err(|wrong| error(first, wrong))?);
    Ok(commands)
}

fn error(column: usize, (what, instead): Wrong) -> Error {
    Error { column, what, instead }
}

fn stray(word: &Word) -> Error {
    let text = show(&word.text);
    let instead = if word.text.contains(&b'\t') {
        "auditctl takes tabs for letters: write spaces"
    } else if word.text == b"\r" {
        "the file has the line ends of Windows: dos2unix FILE"
    } else {
        "write `\\ ` for a space within a value, and a comment on a line of its own"
    };
    error(word.column, wrong(format!("`{text}` belongs to no option"), instead))
}

fn unknown(word: &Word, option: char, at: usize) -> Error {
    if word.text.ends_with(b"\r") && option == '\r' {
        return error(
            at,
            wrong(
                String::from("the line ends as on Windows, and auditctl takes that for an option"),
                "dos2unix FILE",
            ),
        );
    }
    if option == '\t' {
        return error(
            at,
            wrong(String::from("auditctl takes tabs for letters"), "write spaces instead of tabs"),
        );
    }
    error(at, (format!("there is no option -{}", option.escape_default()), None))
}

fn flag(
    option: char,
    words: &[Word],
    rest: &mut std::slice::Iter<'_, Word>,
    at: usize,
) -> Result<Option<Command>, Error> {
    Ok(Some(match option {
        'c' => Command::Continue,
        'i' => Command::Ignore,
        't' => Command::Trim,
        'D' => {
            let key = match words {
                [_] => None,
                [_, option, key] if option.text == b"-k" => Some(key.text.clone()),
                _ => {
                    return Err(error(
                        at,
                        wrong(
                            String::from("-D stands alone or with one -k"),
                            "-D, or -D -k KEY, on a line of its own",
                        ),
                    ));
                }
            };
            rest.by_ref().for_each(drop);
            Command::DeleteAll(key)
        }
        // They show something and take what follows.
        _ => {
            rest.by_ref().for_each(drop);
            Command::Other
        }
    }))
}

fn long_option(
    word: &Word,
    long: &[u8],
    rest: &mut std::slice::Iter<'_, Word>,
) -> Result<Command, Error> {
    let mut parts = long.splitn(2, |byte| *byte == b'=');
    let name = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let inline = parts.next();
    let mut known = LONG.iter().filter(|(long, _)| long.starts_with(&name));
    let exact = LONG.iter().find(|(long, _)| *long == name);
    let found = exact.or_else(|| known.next().filter(|_| known.next().is_none()));
    let Some((long, takes)) = found.filter(|_| !name.is_empty()) else {
        let near = LONG.iter().min_by_key(|(long, _)| pair::distance(long, &name));
        let instead = near
            .filter(|(long, _)| pair::distance(long, &name) <= 4)
            .map(|(long, _)| format!("did you mean --{long}?"));
        let what = format!("there is no option --{}", show(name.as_bytes()));
        return Err(Error { column: word.column, what, instead });
    };
    let value = match (takes, inline) {
        (true, Some(value)) => value.to_vec(),
        (true, None) => rest.next().map(|word| word.text.clone()).ok_or_else(|| Error {
            column: word.column,
            what: format!("--{long} has no value"),
            instead: None,
        })?,
        (false, None) => Vec::new(),
        (false, Some(_)) => {
            let what = format!("--{long} takes no value");
            return Err(Error { column: word.column, what, instead: None });
        }
    };
    Ok(match *long {
        "loginuid-immutable" => Command::LoginuidImmutable,
        "reset-lost" => Command::ResetLost,
        "reset_backlog_wait_time_actual" => Command::ResetWaited,
        "backlog_wait_time" => {
            let number = number(&value, "--backlog_wait_time");
            Command::BacklogWait(number.map_err(|wrong| error(word.column, wrong))?)
        }
        _ => Command::Other,
    })
}
