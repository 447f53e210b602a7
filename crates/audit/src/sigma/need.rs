//! What must be recorded for a rule to find anything, and the audit rule that brings it.

use std::collections::BTreeSet;

use super::condition::Condition;
use super::glob::Part;
use super::item::Item;
use super::records;
use super::rule::{Rule, Search};
use super::source::{FileKind, Route};
use super::value::Test;
use super::view::Fields;
use crate::action::{Action, What};
use crate::event::Event;
use crate::kind::Kind;
use crate::rules;
use crate::syscall::Arch;

/// Folders that a path without a beginning (`*/etc/doas.conf`) is taken to be in.
const ROOTS: [&str; 9] =
    ["/etc/", "/usr/", "/var/", "/root/", "/tmp/", "/boot/", "/lib/", "/proc/", "/sys/"];

/// Something that must be recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Programs that are started.
    Exec,
    /// Connections that are made.
    Connect,
    /// What is done to a file, or to those in a folder (it ends with `/`).
    File(String),
    /// What is done to files wherever they are.
    Files,
    /// A system call.
    Syscall(String),
    /// What a rule with this key records.
    Key(String),
    /// A kind of record that programs write.
    Record(String),
}

impl Need {
    /// In words: `program starts`.
    pub fn words(&self) -> String {
        match self {
            Self::Exec => String::from("program starts (execve)"),
            Self::Connect => String::from("connections (connect)"),
            Self::File(path) => format!("changes to {path}"),
            Self::Files => String::from("every file that is written, wherever it is"),
            Self::Syscall(name) => format!("the system call {name}"),
            Self::Key(key) => format!("events with the key {key}"),
            Self::Record(kind) => format!("records of type {kind}"),
        }
    }

    /// The audit rule that brings it, on a machine of this kind; none if that is not for a rule to do,
    /// or would write too much.
    pub fn audit_rule(&self, arch: Arch) -> Option<String> {
        let word = if matches!(arch, Arch::I386 | Arch::Arm) { "b32" } else { "b64" };
        let start = format!("-a always,exit -F arch={word}");
        Some(match self {
            Self::Exec => format!("{start} -S execve,execveat -F key=exec"),
            Self::Connect => format!("{start} -S connect -F key=connect"),
            Self::File(path) if path.ends_with('/') => {
                format!("{start} -F dir={} -F perm=wa -F key=files", path.trim_end_matches('/'))
            }
            Self::File(path) => format!("{start} -F path={path} -F perm=wa -F key=files"),
            // A rule with a call this machine does not have would not load.
            Self::Syscall(name) => {
                arch.number_of(name)?;
                format!("{start} -S {name} -F key=calls")
            }
            Self::Files | Self::Key(_) | Self::Record(_) => return None,
        })
    }

    /// What else is to be done where no audit rule brings it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Files => "a watch on / would write too much: watch the folders that matter",
            Self::Key(_) => "the rule's `definition` says which audit rules it means",
            Self::Record(kind) if kind.ends_with("TTY") => {
                "pam_tty_audit writes them: pam_tty_audit(8)"
            }
            _ => "",
        }
    }

    /// Does an event show that it is recorded?
    pub(super) fn is_shown(&self, event: &Event, action: &Action) -> bool {
        match self {
            Self::Exec => matches!(action.what, What::Ran { .. }),
            Self::Connect => {
                matches!(&action.what, What::Network { call, .. } if call == "connect")
            }
            Self::File(wanted) => match &action.what {
                What::File { path, .. } if wanted.ends_with('/') => path.starts_with(wanted),
                What::File { path, .. } => path == wanted,
                _ => false,
            },
            Self::Files => false,
            // The kernel writes that record first.
            Self::Syscall(name) => {
                let first = event.records().next();
                first.and_then(|record| records::syscall(&record)) == Some(name)
            }
            Self::Key(key) => action.keys.contains(key),
            Self::Record(kind) => event.kind == Kind::from_name(kind.as_bytes()),
        }
    }

    /// Does one of the kernel's audit rules bring it, in part at least?
    pub fn is_met(&self, loaded: &[rules::Rule], arch: Arch) -> bool {
        let logs = |rule: &&rules::Rule| {
            rule.action == rules::Action::Always && rule.list == rules::List::Exit
        };
        let calls = |rule: &rules::Rule, name: &str| {
            let number = arch.number_of(name);
            let is_narrow = rule.path().is_some() || rule.dir().is_some() || rule.perm().is_some();
            !is_narrow && number.is_some_and(|number| rule.syscalls.contains(number))
        };
        let writes =
            |rule: &rules::Rule| rule.perm().is_none_or(|perm| perm & rules::PERM_WRITE != 0);
        let mut rules = loaded.iter().filter(logs);
        match self {
            Self::Exec => rules.any(|rule| calls(rule, "execve")),
            Self::Connect => rules.any(|rule| calls(rule, "connect")),
            Self::Syscall(name) => rules.any(|rule| calls(rule, name)),
            Self::Key(key) => rules.any(|rule| rule.keys().any(|known| known == key.as_bytes())),
            Self::File(path) => {
                let path = path.trim_end_matches('/').as_bytes();
                rules.any(|rule| {
                    let below = rule.dir().is_some_and(|dir| {
                        path.strip_prefix(dir)
                            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
                    });
                    writes(rule) && (below || rule.path() == Some(path))
                })
            }
            Self::Files | Self::Record(_) => false,
        }
    }
}

/// What a rule needs; each of these alone lets it find something.
pub(super) fn of(rule: &Rule, route: Route, fields: &Fields) -> BTreeSet<Need> {
    let mut asked = Asked::new(fields);
    asked.condition(&rule.condition, rule);
    match route {
        Route::Process => BTreeSet::from([Need::Exec]),
        Route::Network => BTreeSet::from([Need::Connect]),
        Route::File(FileKind::Access) => BTreeSet::from([Need::Files]),
        Route::File(_) => asked.files(),
        Route::Sudo => BTreeSet::new(),
        Route::Records => asked.records(),
    }
}

/// What is asked for, and not ruled out.
struct Asked<'a> {
    fields: &'a Fields,
    types: Vec<String>,
    paths: BTreeSet<String>,
    has_names: bool,
    syscalls: Vec<String>,
    keys: Vec<String>,
}

impl<'a> Asked<'a> {
    fn new(fields: &'a Fields) -> Self {
        Self {
            fields,
            types: Vec::new(),
            paths: BTreeSet::new(),
            has_names: false,
            syscalls: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn condition(&mut self, condition: &Condition, rule: &Rule) {
        match condition {
            Condition::Search(place) => self.search(&rule.searches[*place]),
            Condition::Not(_) => {}
            Condition::All(parts) | Condition::Any(parts) => {
                for part in parts {
                    self.condition(part, rule);
                }
            }
        }
    }

    fn search(&mut self, search: &Search) {
        match search {
            Search::One(item) => self.item(item),
            Search::All(parts) | Search::Any(parts) => {
                for part in parts {
                    self.search(part);
                }
            }
        }
    }

    fn item(&mut self, item: &Item) {
        let globs = item.groups.iter().flatten().filter_map(|test| match test {
            Test::Text(glob) | Test::Cased(glob) => Some(glob),
            _ => None,
        });
        let words = globs.clone().filter_map(|glob| glob.texts(1)).flatten();
        match self.fields.name(item.field) {
            "type" => self.types.extend(words.map(|word| word.to_ascii_uppercase())),
            "SYSCALL" | "syscall" => self.syscalls.extend(words),
            "key" => self.keys.extend(words),
            "name" | "TargetFilename" => {
                self.has_names = true;
                self.paths.extend(globs.filter_map(|glob| path(glob.parts())));
            }
            _ => {}
        }
    }

    fn files(&self) -> BTreeSet<Need> {
        if self.paths.is_empty() {
            return BTreeSet::from([Need::Files]);
        }
        self.paths.iter().cloned().map(Need::File).collect()
    }

    fn records(&self) -> BTreeSet<Need> {
        if !self.keys.is_empty() {
            return self.keys.iter().cloned().map(Need::Key).collect();
        }
        let mut needs = BTreeSet::new();
        let has = |kind: &str| self.types.iter().any(|known| known == kind);
        let by_call = has("SYSCALL") && self.syscalls.is_empty();
        if has("EXECVE") || by_call || self.types.is_empty() && !self.has_names {
            needs.insert(Need::Exec);
        }
        if has("PATH") || self.has_names {
            needs.extend(self.files());
        }
        needs.extend(self.syscalls.iter().cloned().map(Need::Syscall));
        // What programs write needs no audit rule, except what is typed.
        let typed = self.types.iter().filter(|kind| kind.ends_with("TTY"));
        needs.extend(typed.cloned().map(Need::Record));
        needs
    }
}

/// The file a pattern is about, or the folder it is in.
fn path(parts: &[Part]) -> Option<String> {
    let (text, is_whole) = match parts {
        [Part::Text(text)] => (text, true),
        [Part::Any, Part::Text(text), rest @ ..]
            if ROOTS.iter().any(|root| text.starts_with(root)) =>
        {
            (text, rest.is_empty())
        }
        [Part::Text(text), ..] => (text, false),
        _ => return None,
    };
    let folder = &text[..=text.rfind('/')?];
    if !text.starts_with('/') || folder == "/" {
        return None;
    }
    Some(if is_whole { text.clone() } else { folder.to_owned() })
}
