//! A rule file read as auditctl reads it: line by line, the options of a line one after another.
//!
//! What a line means depends on the order of its words (`arch` goes before `-S`, a key after what
//! it is for), as it does in auditctl.

use super::line::{LONGEST_LINE, Word, words};
use super::pair::{self, Wrong, show, wrong};
use super::rule::{Action, Field, FieldName, KEY_SEPARATOR, List, Operator, Rule, Syscalls, Value};
use super::field::{PERM_ATTR, PERM_EXEC, PERM_READ, PERM_WRITE};
use super::{LONGEST_KEY, MOST_FIELDS, Names, uring};
use crate::syscall::Arch;

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

fn number(value: &[u8], option: &str) -> Result<u32, Wrong> {
    let word = std::str::from_utf8(value).ok();
    let number = word.filter(|word| !word.starts_with('-')).and_then(pair::unsigned);
    number.ok_or_else(|| (format!("{option} takes a number, not `{}`", show(value)), None))
}

/// The rule of a line as far as it is read.
#[derive(Debug, Default)]
struct Draft {
    target: Option<Target>,
    arch: Option<Arch>,
    /// An architecture was asked for, known here or not.
    has_arch: bool,
    syscalls: Option<Syscalls>,
    syscalls_without_arch: bool,
    fields: Vec<Field>,
    keys: Vec<u8>,
    /// Of `-w` and `-W`.
    watched: bool,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    list: List,
    action: Action,
    first: bool,
    delete: bool,
}

impl Draft {
    fn option(
        &mut self,
        option: char,
        value: &[u8],
        names: &dyn Names,
        commands: &mut Vec<Command>,
    ) -> Result<(), Wrong> {
        let level = |named: &str| {
            let level = match value {
                b"0" => 0,
                b"1" => 1,
                b"2" => 2,
                _ => return Err((format!("{named} is 0, 1 or 2, not `{}`", show(value)), None)),
            };
            Ok(level)
        };
        match option {
            'a' | 'A' | 'd' => self.target(option, value)?,
            'F' => self.field(value, names)?,
            'C' => {
                self.list("-C")?;
                self.fields.push(pair::comparison(value)?);
            }
            'S' => self.syscalls(value, names)?,
            'w' | 'W' => self.watch(option == 'W', value)?,
            'p' => self.perm(value)?,
            'k' => self.key(value)?,
            'b' => commands.push(Command::Backlog(number(value, "-b")?)),
            'r' => commands.push(Command::Rate(number(value, "-r")?)),
            'f' => commands.push(Command::Failure(level("-f")?)),
            'e' => commands.push(Command::Enable(match level("-e")? {
                0 => Lock::Off,
                1 => Lock::On,
                _ => Lock::Locked,
            })),
            'q' => {
                let mut parts = value.split(|byte| *byte == b',');
                match (parts.next(), parts.next(), parts.next()) {
                    (Some(mount), Some(tree), None) if !tree.is_empty() && !mount.is_empty() => {
                        commands.push(Command::Equivalent(mount.to_vec(), tree.to_vec()));
                    }
                    _ => return Err(wrong(String::from("-q takes two paths"), "-q MOUNT,TREE")),
                }
            }
            'R' => {
                return Err(wrong(
                    String::from("a rule file cannot read another one"),
                    "put both into /etc/audit/rules.d",
                ));
            }
            _ => commands.push(Command::Other),
        }
        Ok(())
    }

    fn target(&mut self, option: char, value: &[u8]) -> Result<(), Wrong> {
        if self.target.is_some() {
            return Err(wrong(
                String::from("a line holds one rule"),
                "write the second rule on a line of its own",
            ));
        }
        let text = String::from_utf8_lossy(value).into_owned();
        let mut list = None;
        let mut action = None;
        let mut parts = text.split(',');
        for part in parts.by_ref().take(2) {
            if let Some(known) = List::ALL.into_iter().find(|list| list.as_str() == part) {
                list = Some(known);
            } else {
                action = match part {
                    "always" => Some(Action::Always),
                    "never" => Some(Action::Never),
                    "possible" => {
                        return Err(wrong(
                            String::from("auditctl leaves a rule with `possible` out"),
                            "always",
                        ));
                    }
                    "entry" => {
                        return Err(wrong(
                            String::from("the kernel no longer has the list entry"),
                            "exit",
                        ));
                    }
                    _ => None,
                };
            }
        }
        let (Some(list), Some(action), None) = (list, action, parts.next()) else {
            return Err(wrong(
                format!("-{option} takes a list and an action, not `{}`", show(value)),
                "always or never, and exit, exclude, user, task, filesystem or io_uring: \
                 -a always,exit",
            ));
        };
        self.target = Some(Target { list, action, first: option == 'A', delete: option == 'd' });
        Ok(())
    }

    fn list(&self, said: &str) -> Result<List, Wrong> {
        let list = self.target.map(|target| target.list);
        list.ok_or_else(|| {
            wrong(format!("{said} comes before the list"), "begin the line with -a always,exit")
        })
    }

    fn field(&mut self, value: &[u8], names: &dyn Names) -> Result<(), Wrong> {
        self.list("-F")?;
        if let Some(key) = value.strip_prefix(b"key=") {
            return self.add_key(key);
        }
        if self.fields.len() + 1 >= MOST_FIELDS {
            return Err((format!("a rule takes at most {} fields", MOST_FIELDS - 1), None));
        }
        let field = pair::field(value, names)?;
        if field.name == FieldName::ARCH {
            if self.syscalls.is_some() {
                return Err(wrong(
                    String::from("arch comes after -S, which was read by the machine's own numbers"),
                    "put -F arch=… before -S",
                ));
            }
            self.has_arch = true;
            if let Value::Number(number) = field.value {
                self.arch = Arch::from_number(number);
            }
        }
        self.fields.push(field);
        Ok(())
    }

    fn syscalls(&mut self, value: &[u8], names: &dyn Names) -> Result<(), Wrong> {
        let list = self.target.map(|target| target.list);
        if let Some(list) = list.filter(|list| !list.takes_syscalls()) {
            return Err(wrong(
                format!("the list {} knows no system calls", list.as_str()),
                "leave -S out, or use the list exit",
            ));
        }
        let is_uring = list == Some(List::Uring);
        let arch = match (self.has_arch, self.arch) {
            (false, _) => Some(names.arch()),
            (true, arch) => arch,
        };
        let mut all = self.syscalls.take().unwrap_or(Syscalls::NONE);
        let text = String::from_utf8_lossy(value).into_owned();
        for name in text.split(',').filter(|name| !name.is_empty()) {
            if name == "all" {
                all = Syscalls::ALL;
                continue;
            }
            let known = if is_uring {
                uring::number(name)
            } else {
                arch.and_then(|arch| arch.number_of(name))
            };
            self.syscalls_without_arch |= known.is_some() && !self.has_arch && !is_uring;
            let number = known.or_else(|| {
                name.starts_with(|letter: char| letter.is_ascii_digit())
                    .then(|| pair::unsigned(name))
                    .flatten()
            });
            if !number.is_some_and(|number| all.insert(number)) {
                return Err(no_syscall(name, arch, is_uring));
            }
        }
        self.syscalls = Some(all);
        Ok(())
    }

    fn watch(&mut self, delete: bool, value: &[u8]) -> Result<(), Wrong> {
        if self.target.is_some() {
            return Err(wrong(
                String::from("-w does not go with another rule"),
                "-F path=… for a file, -F dir=… for a directory with all below",
            ));
        }
        pair::check_path(value)?;
        let mut path = value.to_vec();
        while path.len() > 1 && path.ends_with(b"/") {
            path.pop();
        }
        self.watched = true;
        self.target =
            Some(Target { list: List::Exit, action: Action::Always, first: false, delete });
        self.syscalls = Some(Syscalls::ALL);
        let operator = Operator::Equal;
        self.fields.push(Field { name: FieldName::PATH, operator, value: Value::Text(path) });
        let all = PERM_READ | PERM_WRITE | PERM_EXEC | PERM_ATTR;
        self.fields.push(Field { name: FieldName::PERM, operator, value: Value::Number(all) });
        Ok(())
    }

    fn perm(&mut self, value: &[u8]) -> Result<(), Wrong> {
        self.list("-p")?;
        let bits = Value::Number(pair::perm(&String::from_utf8_lossy(value))?);
        match self.fields.iter_mut().find(|field| field.name == FieldName::PERM) {
            Some(field) => field.value = bits,
            None if self.fields.is_empty() => {
                return Err(wrong(String::from("-p comes before what it is for"), "-w PATH -p wa"));
            }
            None => {
                let operator = Operator::Equal;
                self.fields.push(Field { name: FieldName::PERM, operator, value: bits });
            }
        }
        Ok(())
    }

    fn key(&mut self, value: &[u8]) -> Result<(), Wrong> {
        self.list("-k")?;
        self.add_key(value)
    }

    fn add_key(&mut self, value: &[u8]) -> Result<(), Wrong> {
        let key = pair::key(value)?;
        if key.is_empty() {
            return Err((String::from("the key is empty"), None));
        }
        if key.contains(&KEY_SEPARATOR) {
            return Err((String::from("the key holds the byte that parts keys"), None));
        }
        if !self.keys.is_empty() {
            self.keys.push(KEY_SEPARATOR);
        }
        self.keys.extend(key);
        if self.keys.len() > LONGEST_KEY {
            return Err((format!("the keys are longer than {LONGEST_KEY} bytes together"), None));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Option<Command>, Wrong> {
        let Some(target) = self.target else {
            return match (self.syscalls.is_some(), self.keys.is_empty()) {
                (false, true) => Ok(None),
                _ => Err(wrong(String::from("the line names no list"), "-a always,exit")),
            };
        };
        if !self.keys.is_empty() {
            let marks =
                [FieldName::PERM, FieldName::PATH, FieldName::DIR, FieldName::EXE, FieldName::FSTYPE];
            let has_mark = self.fields.iter().any(|field| marks.contains(&field.name));
            if self.syscalls.is_none() && !has_mark {
                return Err(wrong(
                    String::from("a key needs system calls, a path or a program"),
                    "add -S all (or the calls it is about) before the key",
                ));
            }
            let value = Value::Text(self.keys);
            self.fields.push(Field { name: FieldName::KEY, operator: Operator::Equal, value });
        }
        let syscalls = match (self.syscalls, target.list) {
            (Some(syscalls), _) => syscalls,
            (None, List::Task) => Syscalls::NONE,
            (None, _) => Syscalls::ALL,
        };
        let rule = Rule {
            list: target.list,
            action: target.action,
            first: target.first,
            syscalls,
            fields: self.fields,
        };
        if let Some(why) = rule.refusal() {
            return Err(why);
        }
        let without_arch = self.syscalls_without_arch;
        let way = if self.watched { Way::Watch } else { Way::Syscall { without_arch } };
        Ok(Some(if target.delete { Command::Delete(rule) } else { Command::Add(rule, way) }))
    }
}

fn no_syscall(name: &str, arch: Option<Arch>, is_uring: bool) -> Wrong {
    let name_shown = show(name.as_bytes());
    if is_uring {
        return (format!("io_uring has no operation `{name_shown}`"), None);
    }
    let Some(arch) = arch else {
        return wrong(
            format!("the names of that architecture's system calls are not known: `{name_shown}`"),
            "write the number",
        );
    };
    let elsewhere = Arch::ALL
        .into_iter()
        .find(|other| *other != arch && other.number_of(name).is_some())
        .map(|other| format!("{} has it: leave it out of this rule", other.name()));
    let near = (0..600)
        .filter_map(|number| arch.syscall(number))
        .min_by_key(|known| pair::distance(known, name))
        .filter(|known| pair::distance(known, name) <= 2)
        .map(|known| format!("did you mean {known}?"));
    (format!("{} has no system call `{name_shown}`", arch.name()), elsewhere.or(near))
}
