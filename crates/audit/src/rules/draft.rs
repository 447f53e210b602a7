//! The rule of a line as far as it is read.

use super::field::{PERM_ATTR, PERM_EXEC, PERM_READ, PERM_WRITE};
use super::pair::{self, Wrong, show, wrong};
use super::parse::{Command, Lock, Way};
use super::rule::{Action, Field, FieldName, KEY_SEPARATOR, List, Operator, Rule, Syscalls, Value};
use super::{LONGEST_KEY, MOST_FIELDS, Names, uring};
use crate::syscall::{Arch, audits_name};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Draft {
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
    /// Takes in an option with its value.
    pub(super) fn option(
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
            'w' | 'W' => self.watch(option == 'W', value, names)?,
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
                    String::from(
                        "arch comes after -S, which was read by the machine's own numbers",
                    ),
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

    fn watch(&mut self, delete: bool, value: &[u8], names: &dyn Names) -> Result<(), Wrong> {
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
        let name = if names.is_directory(&path) { FieldName::DIR } else { FieldName::PATH };
        self.fields.push(Field { name, operator, value: Value::Text(path) });
        let all = PERM_READ | PERM_WRITE | PERM_EXEC | PERM_ATTR;
        self.fields.push(Field { name: FieldName::PERM, operator, value: Value::Number(all) });
        Ok(())
    }

    fn perm(&mut self, value: &[u8]) -> Result<(), Wrong> {
        self.list("-p")?;
        let bits = Value::Number(pair::perm(&String::from_utf8_lossy(value))?);
        if self.fields.is_empty() {
            return Err(wrong(String::from("-p comes before what it is for"), "-w PATH -p wa"));
        }
        let perm = Field { name: FieldName::PERM, operator: Operator::Equal, value: bits };
        match self.fields.iter_mut().find(|field| field.name == FieldName::PERM) {
            Some(field) => *field = perm,
            None => self.fields.push(perm),
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

    /// What the line asks for besides the commands it has given already.
    pub(super) fn finish(mut self) -> Result<Option<Command>, Wrong> {
        let Some(target) = self.target else {
            return match (self.syscalls.is_some(), self.keys.is_empty()) {
                (false, true) => Ok(None),
                _ => Err(wrong(String::from("the line names no list"), "-a always,exit")),
            };
        };
        if !self.keys.is_empty() {
            let marks = [
                FieldName::PERM,
                FieldName::PATH,
                FieldName::DIR,
                FieldName::EXE,
                FieldName::FSTYPE,
            ];
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
    let theirs = audits_name(name).filter(|theirs| arch.number_of(theirs).is_some());
    let theirs = theirs.map(|theirs| format!("audit's tools call it {theirs}"));
    let elsewhere = Arch::ALL
        .into_iter()
        .find(|other| *other != arch && other.number_of(name).is_some())
        .map(|other| format!("{} has it: leave it out of this rule", other.name()));
    let near = (0..600)
        .filter_map(|number| arch.syscall(number))
        .min_by_key(|known| pair::distance(known, name))
        .filter(|known| pair::distance(known, name) <= 2)
        .map(|known| format!("did you mean {known}?"));
    (format!("{} has no system call `{name_shown}`", arch.name()), theirs.or(elsewhere).or(near))
}

/// A number after an option.
pub(super) fn number(value: &[u8], option: &str) -> Result<u32, Wrong> {
    let word = std::str::from_utf8(value).ok();
    let number = word.filter(|word| !word.starts_with('-')).and_then(pair::unsigned);
    number.ok_or_else(|| (format!("{option} takes a number, not `{}`", show(value)), None))
}
