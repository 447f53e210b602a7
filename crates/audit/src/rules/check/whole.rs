//! What is to be said of the set as a whole.

use super::{Finding, Loaded, Machine, Order, Severity, place, watched};
use crate::rules::pair::show;
use crate::rules::parse::{Command, Line, Lock, Way};
use crate::rules::rule::{Action, FieldName, List, Rule, Value};
use crate::rules::write;
use crate::syscall::Arch;

/// Rules for 64-bit programs alone, on a machine that runs 32-bit ones.
pub(super) fn without_twin(loaded: &[Loaded<'_>], machine: &dyn Machine) -> Option<Finding> {
    let here = machine.arch();
    if !here.is_64() || !machine.runs_32_bit() {
        return None;
    }
    let narrow = here.narrow();
    let alone: Vec<&Loaded<'_>> = loaded
        .iter()
        .filter(|one| one.rule.arch() == Some(here) && one.rule.action == Action::Always)
        .filter(|one| !is_elsewhere(one, loaded, narrow))
        .collect();
    let twins: Vec<String> = alone
        .iter()
        .filter_map(|one| {
            let line = write::source(&twin(one.rule, here, narrow)?, here);
            Some(String::from_utf8_lossy(&line).into_owned())
        })
        .collect();
    if twins.is_empty() {
        return None;
    }
    Some(Finding {
        severity: Severity::Warning,
        kind: "no-b32",
        places: alone.iter().map(|one| one.place()).collect(),
        what: format!(
            "{} 64-bit programs only, and a 32-bit program does the same unseen",
            if alone.len() == 1 { "the rule sees" } else { "these rules see" }
        ),
        instead: format!("add\n{}", twins.join("\n")),
    })
}

/// Another rule that says the same for the other architecture, or for all.
fn is_elsewhere(one: &Loaded<'_>, loaded: &[Loaded<'_>], narrow: Arch) -> bool {
    let rest = |rule: &Rule| {
        let mut fields = rule.sorted().fields;
        fields.retain(|field| field.name != FieldName::ARCH && field.name != FieldName::KEY);
        fields
    };
    let mine = rest(one.rule);
    loaded.iter().any(|other| {
        let is_for_it = match other.rule.field(FieldName::ARCH) {
            None => true,
            Some(_) => other.rule.arch() == Some(narrow),
        };
        is_for_it && other.rule.list == one.rule.list && rest(other.rule) == mine
    })
}

/// The same rule for the other architecture; none if that has none of its system calls.
pub(in crate::rules) fn twin(rule: &Rule, here: Arch, narrow: Arch) -> Option<Rule> {
    let mut twin = rule.clone();
    if !rule.syscalls.is_all() {
        twin.syscalls = crate::rules::Syscalls::NONE;
        for name in rule.syscalls.iter().filter_map(|number| here.syscall(number)) {
            if let Some(number) = narrow.number_of(name) {
                twin.syscalls.insert(number);
            }
        }
        if twin.syscalls.is_none() {
            return None;
        }
    }
    for field in twin.fields.iter_mut().filter(|field| field.name == FieldName::ARCH) {
        field.value = Value::Number(narrow.number());
    }
    Some(twin)
}

/// System calls by name without an architecture: numbers of this one, asked of both.
pub(super) fn without_arch(loaded: &[Loaded<'_>], machine: &dyn Machine) -> Option<Finding> {
    let here = machine.arch();
    let is_so = |one: &&Loaded<'_>| {
        matches!(one.way, Way::Syscall { without_arch: true })
            && here.is_64()
            && machine.runs_32_bit()
    };
    let such: Vec<&Loaded<'_>> = loaded.iter().filter(is_so).collect();
    let first = such.first()?;
    let number = first.rule.syscalls.iter().find(|number| here.syscall(*number).is_some())?;
    let (name, other) = (here.syscall(number)?, here.narrow().syscall(number).unwrap_or("nothing"));
    Some(Finding {
        severity: Severity::Warning,
        kind: "no-arch",
        places: such.iter().map(|one| one.place()).collect(),
        what: format!(
            "without an architecture, {name} means number {number}, which is {other} to a 32-bit program: \
             that is logged, and its {name} is not"
        ),
        instead: String::from(
            "two rules, one with -F arch=b64 and one with -F arch=b32, before -S",
        ),
    })
}

/// Keys within one another, and rules without.
pub(super) fn keys(loaded: &[Loaded<'_>]) -> Vec<Finding> {
    let mut known: Vec<(Vec<u8>, &Loaded<'_>)> = Vec::new();
    for one in loaded {
        for key in one.rule.keys() {
            if !known.iter().any(|(other, _)| other == key) {
                known.push((key.to_vec(), one));
            }
        }
    }
    let mut findings = Vec::new();
    for (key, one) in &known {
        let longer: Vec<&(Vec<u8>, &Loaded<'_>)> = known
            .iter()
            .filter(|(other, _)| other != key && memchr::memmem::find(other, key).is_some())
            .collect();
        if longer.is_empty() {
            continue;
        }
        let names: Vec<String> = longer.iter().map(|(other, _)| show(other)).collect();
        let places =
            std::iter::once(one.place()).chain(longer.iter().map(|(_, other)| other.place()));
        findings.push(Finding {
            severity: Severity::Warning,
            kind: "key-within-key",
            places: places.collect(),
            what: format!(
                "`ausearch -k {0}` gives what {1} caught as well, since {0} is part of it",
                show(key),
                names.join(" and ")
            ),
            instead: format!(
                "ausearch -w -k {0}, nightkeep audit search -k {0}, or another name",
                show(key)
            ),
        });
    }
    let quoted = |one: &&Loaded<'_>| {
        one.rule.keys().any(|key| key.starts_with(b"\"") || key.starts_with(b"'"))
    };
    for one in loaded.iter().filter(quoted) {
        findings.push(Finding {
            severity: Severity::Warning,
            kind: "quotes",
            places: vec![one.place()],
            what: format!("the quotes are part of the key: {}", one.keys()),
            instead: String::from("leave them out"),
        });
    }
    let keyless: Vec<_> = loaded
        .iter()
        .filter(|one| one.rule.action == Action::Always && one.rule.list == List::Exit)
        .filter(|one| one.rule.keys().next().is_none())
        .map(Loaded::place)
        .collect();
    if !keyless.is_empty() {
        findings.push(Finding {
            severity: Severity::Advice,
            kind: "no-key",
            places: keyless,
            what: String::from("without a key, nobody can ask for what it caught"),
            instead: String::from("-F key=NAME at the end"),
        });
    }
    findings
}

/// What is set besides rules.
pub(super) fn settings(lines: &[Line], order: Order) -> Vec<Finding> {
    let all = || {
        lines.iter().flat_map(|line| line.said.iter().flatten().map(move |command| (line, command)))
    };
    let says = |wanted: fn(&Command) -> bool| {
        all().find(|(_, command)| wanted(command)).map(|(line, _)| line)
    };
    let top =
        |line: Option<&Line>| line.or(lines.first()).map(place).into_iter().collect::<Vec<_>>();
    let mut findings = Vec::new();
    let mut add = |severity, kind, line: Option<&Line>, what: &str, instead: &str| {
        let (what, instead) = (what.to_owned(), instead.to_owned());
        findings.push(Finding { severity, kind, places: top(line), what, instead });
    };
    let has_rules = says(|one| matches!(one, Command::Add(..))).is_some();
    let ignores = says(|one| *one == Command::Ignore);
    if says(|one| *one == Command::Continue).is_none() && has_rules {
        match ignores {
            Some(line) => add(
                Severity::Warning,
                "errors-ignored",
                Some(line),
                "-i hides errors: loading says that all is well whatever is missing",
                "-c: goes on all the same, and says in the end that something failed",
            ),
            None => add(
                Severity::Advice,
                "no-continue",
                None,
                "the first line that fails ends the loading, and all after it are missing",
                "a line `-c` at the top",
            ),
        }
    }
    if says(|one| matches!(one, Command::DeleteAll(None))).is_none() && has_rules {
        add(
            Severity::Advice,
            "no-delete",
            None,
            "without -D the file cannot be loaded twice: every rule is there already",
            "-D as the first line",
        );
    }
    if says(|one| matches!(one, Command::Backlog(_))).is_none() && has_rules {
        add(
            Severity::Advice,
            "no-backlog",
            None,
            "without -b only 64 records may wait: a busy moment loses some",
            "-b 8192",
        );
    }
    if let Some(line) = says(|one| *one == Command::Failure(2)) {
        add(
            Severity::Warning,
            "panics",
            Some(line),
            "-f 2 halts the server when a record is lost",
            "-f 1, and let nightkeep tell of lost records",
        );
    }
    if let Some(line) = says(|one| matches!(one, Command::Rate(rate) if *rate > 0)) {
        let what = "-r throws away what is more than so many records a second";
        add(Severity::Warning, "rate", Some(line), what, "-r 0");
    }
    if let Some(line) = says(|one| *one == Command::Enable(Lock::Off)) {
        add(Severity::Critical, "off", Some(line), "-e 0 switches audit off", "-e 1");
    }
    if let Some(line) = says(|one| *one == Command::Enable(Lock::Locked)) {
        let what = match order {
            Order::AsWritten => {
                "-e 2 locks the rules: one that is lost cannot be put back before the next boot"
            }
            Order::Augenrules => {
                "-e 2, which augenrules moves to the end, locks the rules: one that is lost cannot be put back before the next boot"
            }
        };
        let instead = "-e 1, and let nightkeep put back what is lost ([audit] restore = true)";
        add(Severity::Advice, "locks", Some(line), what, instead);
    }
    findings
}

/// Rules of the old form.
pub(super) fn old_watches(loaded: &[Loaded<'_>]) -> Option<Finding> {
    let old: Vec<&Loaded<'_>> = loaded.iter().filter(|one| one.way == Way::Watch).collect();
    let first = old.first()?;
    let name = if first.rule.dir().is_some() { FieldName::DIR } else { FieldName::PATH };
    let example = super::line_for(name, watched(first.rule)?, first.rule);
    Some(Finding {
        severity: Severity::Advice,
        kind: "old-watch",
        places: old.iter().map(|one| one.place()).collect(),
        what: String::from("-w is the old form: audit's authors call it slow and will drop it"),
        instead: format!("--rewrite prints the file with the new one, such as\n{example}"),
    })
}
