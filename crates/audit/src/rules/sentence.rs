//! A rule as a sentence.

use super::field::{PERM_ATTR, PERM_EXEC, PERM_READ, PERM_WRITE};
use super::pair::show;
use super::rule::{Action, Field, FieldName, List, Rule};
use super::write;
use crate::syscall::Arch;

/// What a rule does, for people.
pub fn sentence(rule: &Rule, native: Arch) -> String {
    let verb = match rule.action {
        Action::Always => "logs",
        Action::Never => "leaves out",
    };
    let what = match (rule.list, rule.path(), rule.dir()) {
        (List::Exit, Some(path), _) => format!("whoever {} {}", perms(rule), show(path)),
        (List::Exit, _, Some(dir)) => {
            format!("whoever {} anything in {} or below", perms(rule), show(dir))
        }
        (List::Exit, ..) if rule.syscalls.is_all() => String::from("every system call"),
        (List::Exit, ..) => calls(rule, native),
        (List::Task, ..) => String::from("every call of a process, from its making"),
        (List::User, ..) => String::from("messages of programs"),
        (List::Exclude, ..) => String::from("records"),
        (List::Filesystem, ..) => String::from("names on filesystems"),
        (List::Uring, ..) => String::from("operations of io_uring"),
    };
    let skipped =
        [FieldName::PATH, FieldName::DIR, FieldName::PERM, FieldName::KEY, FieldName::ARCH];
    let mut conditions: Vec<String> = Vec::new();
    conditions.extend(rule.exe().map(|exe| format!("the program is {}", show(exe))));
    let others = rule
        .fields
        .iter()
        .filter(|field| !skipped.contains(&field.name) && field.name != FieldName::EXE);
    conditions.extend(others.map(condition));
    let when = if conditions.is_empty() {
        String::new()
    } else {
        format!(", where {}", conditions.join(" and "))
    };
    let who = match rule.arch() {
        Some(arch) if arch == native => "",
        Some(Arch::I386 | Arch::Arm) => " (32-bit programs)",
        _ => "",
    };
    let keys: Vec<String> = rule.keys().map(show).collect();
    let key = if keys.is_empty() { String::new() } else { format!(", as {}", keys.join(" and ")) };
    format!("{verb} {what}{when}{key}{who}")
}

fn perms(rule: &Rule) -> String {
    let bits = rule.perm().unwrap_or(15);
    let words = [
        (PERM_READ, "reads"),
        (PERM_WRITE, "writes"),
        (PERM_EXEC, "runs"),
        (PERM_ATTR, "changes owner or mode of"),
    ];
    let said: Vec<&str> =
        words.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| *word).collect();
    said.join(" or ")
}

fn calls(rule: &Rule, native: Arch) -> String {
    let arch = rule.arch().unwrap_or(native);
    let has =
        |name: &str| arch.number_of(name).is_some_and(|number| rule.syscalls.contains(number));
    let count = rule.syscalls.iter().count();
    if has("execve") && (count == 1 || count == 2 && has("execveat")) {
        return String::from("every program started");
    }
    let names: Vec<String> = rule
        .syscalls
        .iter()
        .take(6)
        .map(|number| arch.syscall(number).map_or_else(|| number.to_string(), str::to_owned))
        .collect();
    let more = if count > 6 { format!(" and {} more", count - 6) } else { String::new() };
    format!("calls of {}{more}", names.join(", "))
}

fn condition(field: &Field) -> String {
    let mut text = Vec::new();
    write::condition(field, &mut text);
    let text = show(text.trim_ascii_start());
    match text.as_str() {
        "-F auid>=1000" => String::from("a person is behind it"),
        "-F auid!=-1" => String::from("somebody logged in is behind it"),
        "-F euid=0" => String::from("it runs as root"),
        "-C uid!=euid" => String::from("it runs as another user than who started it"),
        text => text.trim_start_matches("-F ").trim_start_matches("-C ").to_owned(),
    }
}
