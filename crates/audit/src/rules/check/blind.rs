//! Rules that load and see nothing, now or one day.

use super::{
    Finding, Found, Loaded, Machine, Severity, is_within, line_for, parent, trim, watched,
};
use crate::rules::pair::show;
use crate::rules::rule::{Action, Field, FieldName, List, Rule, Syscalls};

/// A watch of a symbolic link: it sees what is done to the link, not to what it leads to.
pub(super) fn link(one: &Loaded<'_>, machine: &dyn Machine) -> Option<Finding> {
    let name = [FieldName::PATH, FieldName::DIR, FieldName::EXE]
        .into_iter()
        .find(|name| one.rule.field(*name).is_some())?;
    let path = watched(one.rule).or_else(|| one.rule.exe())?;
    let Found::Link(real) = machine.look(trim(path)) else { return None };
    let (what, instead) = match real {
        Some(real) => {
            let name = match (name, machine.look(&real)) {
                (FieldName::PATH, Found::Directory { .. }) => FieldName::DIR,
                (name, _) => name,
            };
            let instead = if name == FieldName::EXE {
                format!("-F exe={}", show(&real))
            } else {
                line_for(name, &real, one.rule)
            };
            let what = format!(
                "{} is a symbolic link to {}: what is done through it is never seen",
                show(path),
                show(&real)
            );
            (what, format!("{instead}\n(and look again when the link is changed, as apt does)"))
        }
        None => (
            format!("{} is a symbolic link that leads nowhere: nothing is ever seen", show(path)),
            String::from("watch the file itself"),
        ),
    };
    let places = vec![one.place()];
    Some(Finding { severity: Severity::Critical, kind: "symbolic-link", places, what, instead })
}

/// Directories nobody removes or moves on a running machine; homes are others.
const LASTING: [&[u8]; 20] = [
    b"/",
    b"/etc",
    b"/usr",
    b"/usr/bin",
    b"/usr/sbin",
    b"/usr/lib",
    b"/usr/local",
    b"/bin",
    b"/sbin",
    b"/lib",
    b"/var",
    b"/var/log",
    b"/var/lib",
    b"/var/spool",
    b"/home",
    b"/root",
    b"/boot",
    b"/run",
    b"/opt",
    b"/srv",
];

/// Will it be there as long as the machine runs?
pub(in crate::rules) fn is_lasting(directory: &[u8], machine: &dyn Machine) -> bool {
    LASTING.contains(&directory) || machine.homes().iter().any(|(_, home)| trim(home) == directory)
}

/// Watches that go, without a word, when a directory is removed or moved, and no other watch that
/// stays and would tell of it.
pub(super) fn vanishing(loaded: &[Loaded<'_>], machine: &dyn Machine) -> Option<Finding> {
    let mut places = Vec::new();
    let mut directories: Vec<(&[u8], &Rule)> = Vec::new();
    for one in loaded {
        if one.rule.action == Action::Never {
            continue;
        }
        // A path is watched by its name in its directory; a directory is watched itself.
        let directory = match (one.rule.path(), one.rule.dir()) {
            (Some(path), _) => parent(path),
            (None, dir) => dir.map(trim),
        };
        let Some(directory) = directory else { continue };
        let stays = is_lasting(directory, machine)
            || !matches!(machine.look(directory), Found::Directory { .. })
            || loaded.iter().any(|other| tells_of(other.rule, directory));
        if stays {
            continue;
        }
        places.push(one.place());
        if !directories.iter().any(|(known, _)| *known == directory) {
            directories.push((directory, one.rule));
        }
    }
    let (first, _) = directories.first()?;
    let names: Vec<String> = directories.iter().map(|(path, _)| show(path)).collect();
    let what = format!(
        "{} for good when the directory is removed or moved away (rm -rf {}; mv): {}; nothing says so",
        if places.len() == 1 { "this watch is gone" } else { "these watches are gone" },
        show(first),
        names.join(", ")
    );
    let add: Vec<String> =
        directories.iter().map(|(path, rule)| line_for(FieldName::PATH, path, rule)).collect();
    let instead = format!(
        "{}\n(added to the rules there are: a watch of the name stays, and fires when it is removed, moved or made again)",
        add.join("\n")
    );
    Some(Finding { severity: Severity::Warning, kind: "vanishes", places, what, instead })
}

/// Would this rule see that the directory is removed or moved?
fn tells_of(rule: &Rule, directory: &[u8]) -> bool {
    let writes = rule.perm().is_none_or(|perm| perm & 2 != 0);
    let sees = rule.path().is_some_and(|path| trim(path) == directory)
        || rule.dir().is_some_and(|dir| trim(dir) != directory && is_within(directory, dir));
    sees && writes && rule.action == Action::Always
}

/// Rules whose events an earlier rule takes, or leaves out.
pub(super) fn covered(loaded: &[Loaded<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, one) in loaded.iter().enumerate() {
        let before = loaded.get(..at).unwrap_or_default();
        let Some(first) = before.iter().find(|first| covers(first.rule, one.rule)) else {
            continue;
        };
        if first.rule.keys().eq(one.rule.keys()) && first.rule.action == one.rule.action {
            continue;
        }
        let (severity, what) = if first.rule.action == Action::Never {
            (
                Severity::Critical,
                format!("never fires: line {} leaves all of it out before", first.line.number),
            )
        } else {
            (
                Severity::Warning,
                format!(
                    "what it sees is logged under the key of line {} ({}), which matches first; key {} stays empty",
                    first.line.number,
                    first.keys(),
                    one.keys()
                ),
            )
        };
        let instead = format!("put it before line {}", first.line.number);
        let places = vec![one.place(), first.place()];
        findings.push(Finding { severity, kind: "covered", places, what, instead });
    }
    findings
}

/// Does the first rule match everything that the other one does?
fn covers(first: &Rule, other: &Rule) -> bool {
    let wide = |field: &&Field| {
        let name = field.name;
        let places = [FieldName::PATH, FieldName::DIR, FieldName::PERM, FieldName::KEY];
        !places.contains(&name) && !other.fields.contains(field)
    };
    let perms = |rule: &Rule| rule.perm().unwrap_or(15);
    let within = match (first.path(), first.dir()) {
        (None, None) => true,
        (Some(path), _) => other.path() == Some(path),
        (None, Some(dir)) => watched(other).is_some_and(|path| is_within(path, dir)),
    };
    let calls = first.syscalls == Syscalls::ALL
        || first.syscalls == other.syscalls
        || other.syscalls.iter().all(|number| first.syscalls.contains(number));
    first.list == List::Exit
        && other.list == List::Exit
        && first.field(FieldName::ARCH)
            == other.field(FieldName::ARCH).filter(|_| first.arch().is_some())
        && perms(first) & perms(other) == perms(other)
        && within
        && calls
        && !first.fields.iter().any(|field| wide(&field))
}
