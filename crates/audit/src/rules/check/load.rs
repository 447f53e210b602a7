//! Following auditctl through a file: what loads, where it stops, and what is lost by that.

use super::{Finding, Found, Loaded, Machine, Order, Severity, line_for, parent, place};
use crate::rules::pair::show;
use crate::rules::parse::{Command, Line, Lock};
use crate::rules::rule::{FieldName, Rule};

/// What comes of the lines.
pub(super) struct Followed<'a> {
    /// The rules the kernel takes; also those that are never handed to it because of a line before
    /// them, since they are looked at as well.
    pub(super) rules: Vec<Loaded<'a>>,
    /// How many of these load.
    pub(super) loaded: usize,
    /// How many rules are written and do not.
    pub(super) lost: usize,
    pub(super) findings: Vec<Finding>,
}

/// Goes through the lines as auditctl does.
pub(super) fn follow<'a>(lines: &'a [Line], order: Order, machine: &dyn Machine) -> Followed<'a> {
    let mut loaded: Vec<Loaded<'a>> = Vec::new();
    let mut findings = Vec::new();
    let mut lost = 0;
    let mut goes_on = false;
    // How many had loaded when it stopped.
    let mut stopped: Option<usize> = None;
    for (at, line) in lines.iter().enumerate() {
        let rest = lines.get(at + 1..).unwrap_or_default();
        let failed = match &line.said {
            Err(error) => Some((
                "syntax",
                format!("{} does not load: {}", subject(line), error.what),
                error.instead.clone().unwrap_or_default(),
            )),
            Ok(commands) => {
                let mut failed = None;
                for command in commands {
                    match command {
                        Command::Continue | Command::Ignore => goes_on = true,
                        Command::Add(rule, way) => match refusal(line, rule, &loaded, machine) {
                            None => loaded.push(Loaded { line, rule, way: *way }),
                            Some(why) => failed = Some(why),
                        },
                        Command::Delete(rule) => loaded.retain(|one| !one.rule.is_same(rule)),
                        Command::DeleteAll(None) => loaded.clear(),
                        Command::DeleteAll(Some(key)) => loaded.retain(|one| {
                            !one.rule.keys().any(|known| memchr::memmem::find(known, key).is_some())
                        }),
                        _ => {}
                    }
                }
                failed
            }
        };
        let locks =
            matches!(&line.said, Ok(commands) if commands.contains(&Command::Enable(Lock::Locked)));
        if let Some((kind, what, instead)) = failed {
            let mut what = what;
            let mut instead = instead;
            if stopped.is_none() {
                lost += rules_of(line);
            }
            if !goes_on && !rest.is_empty() && stopped.is_none() {
                what = format!("{what}; auditctl stops there, and {} not loaded", behind_it(rest));
                let advice = "a line `-c` at the top, so that one bad line costs only itself";
                instead = if instead.is_empty() {
                    advice.to_owned()
                } else {
                    format!("{instead}\n{advice}")
                };
            }
            findings.push(finding(Severity::Critical, kind, line, what, instead));
            if !goes_on && stopped.is_none() {
                lost += rules_in(rest);
                stopped = Some(loaded.len());
            }
        }
        if locks && !rest.is_empty() && order == Order::AsWritten && stopped.is_none() {
            lost += rules_in(rest);
            stopped = Some(loaded.len());
            let what = format!(
                "-e 2 locks the rules before the file ends: {} not loaded",
                behind_it(rest)
            );
            let instead = String::from("make -e 2 the last line");
            findings.push(finding(Severity::Critical, "locked-early", line, what, instead));
        } else if locks && lost > 0 && stopped.is_none() {
            let what = format!(
                "-e 2 locks a set of which {} missing: until the next boot nobody can mend it",
                count(lost)
            );
            let instead = String::from("leave -e 2 out until everything loads");
            findings.push(finding(Severity::Critical, "locked-incomplete", line, what, instead));
        }
    }
    let count = stopped.unwrap_or(loaded.len());
    Followed { rules: loaded, loaded: count, lost, findings }
}

/// `-w /etc/passwd`, or whatever the line begins with.
fn subject(line: &Line) -> String {
    let text = show(line.text.trim_ascii());
    if text.chars().count() > 60 {
        format!("`{}…`", text.chars().take(60).collect::<String>())
    } else {
        format!("`{text}`")
    }
}

fn rules_of(line: &Line) -> usize {
    match &line.said {
        Ok(commands) => commands.iter().filter(|one| matches!(one, Command::Add(..))).count(),
        Err(_) => usize::from(
            line.text.trim_ascii_start().starts_with(b"-a")
                || line.text.trim_ascii_start().starts_with(b"-w")
                || line.text.trim_ascii_start().starts_with(b"-A"),
        ),
    }
}

fn rules_in(lines: &[Line]) -> usize {
    lines.iter().map(rules_of).sum()
}

fn count(rules: usize) -> String {
    if rules == 1 { String::from("1 rule is") } else { format!("{rules} rules are") }
}

/// What a stop costs: rules by number, settings by name.
fn behind_it(rest: &[Line]) -> String {
    let rules = rules_in(rest);
    let settings: Vec<String> = rest
        .iter()
        .filter(|line| rules_of(line) == 0)
        .map(|line| format!("`{}`", show(line.text.trim_ascii())))
        .collect();
    let rules_said = match rules {
        0 => None,
        1 => Some(String::from("the rule after it")),
        n => Some(format!("the {n} rules after it")),
    };
    let all: Vec<String> = rules_said.into_iter().chain(settings).collect();
    let verb = if all.len() == 1 && rules < 2 { "is" } else { "are" };
    format!("{} {verb}", all.join(" and "))
}

/// Why the kernel refuses a rule that is well written.
fn refusal(
    line: &Line,
    rule: &Rule,
    loaded: &[Loaded<'_>],
    machine: &dyn Machine,
) -> Option<(&'static str, String, String)> {
    if let Some(same) = loaded.iter().find(|one| one.rule.is_same(rule)) {
        let what =
            format!("{} does not load: line {} says the same", subject(line), same.line.number);
        return Some(("twice", what, String::from("leave it out")));
    }
    let needed = match (rule.path(), rule.dir(), rule.exe()) {
        (Some(path), ..) | (.., Some(path)) => parent(path),
        (_, dir, _) => dir,
    }?;
    let missing = first_missing(needed, machine)?;
    let what = format!("{} does not load: {} does not exist", subject(line), show(needed));
    let instead = if rule.exe().is_some() {
        String::from("leave it out, or install the program first")
    } else {
        format!(
            "{}\n(this one loads, and fires when {} appears)",
            line_for(FieldName::PATH, missing, rule),
            show(missing)
        )
    };
    Some(("missing-directory", what, instead))
}

/// The first name on the way there that does not exist.
pub(in crate::rules) fn first_missing<'a>(
    path: &'a [u8],
    machine: &dyn Machine,
) -> Option<&'a [u8]> {
    let exists = |path: &[u8]| !matches!(machine.look(path), Found::Missing | Found::Link(None));
    if exists(path) {
        return None;
    }
    let mut missing = path;
    while let Some(above) = parent(missing) {
        if exists(above) {
            break;
        }
        missing = above;
    }
    Some(missing)
}

fn finding(
    severity: Severity,
    kind: &'static str,
    line: &Line,
    what: String,
    instead: String,
) -> Finding {
    Finding { severity, kind, places: vec![place(line)], what, instead }
}
