//! What to call a job: after its program, and unlike any other.

use std::collections::BTreeSet;
use std::path::Path;

use super::shell::base;

/// Names that are taken.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

/// Programs that run the program meant.
const RUNNERS: [&str; 32] = [
    "sudo",
    "env",
    "nice",
    "ionice",
    "chrt",
    "nohup",
    "setsid",
    "timeout",
    "flock",
    "chronic",
    "exec",
    "command",
    "time",
    "systemd-cat",
    "run-one",
    "sh",
    "bash",
    "dash",
    "zsh",
    "python",
    "python3",
    "perl",
    "php",
    "ruby",
    "node",
    "java",
    "docker",
    "podman",
    "curl",
    "wget",
    "su",
    "runuser",
];
/// What a shell does on the way to the program.
const ON_THE_WAY: [&str; 14] = [
    "cd", "test", "[", "[[", "if", "then", "export", "set", "sleep", "umask", "ulimit", ".",
    "source", "while",
];

impl Names {
    /// These are taken already.
    pub(crate) fn taken(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// A slug for a command of a user, taken from now on.
    pub(crate) fn give(&mut self, command: &str, otherwise: &str, user: &str) -> String {
        let names = [slug(program(command)), slug(otherwise), String::from("job")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let with_user = format!("{name}-{}", slug(user));
        let numbered = (2..).map(|nth| format!("{name}-{nth}"));
        let mut all = [name.clone(), with_user].into_iter().chain(numbered);
        let free = all.find(|name| !name.ends_with('-') && self.0.insert(name.clone()));
        free.unwrap_or(name)
    }
}

/// The word that says best what the command does.
fn program(command: &str) -> &str {
    let parts = command.split(['|', ';', '&', '(', ')', '{', '}', '\n']);
    for part in parts {
        let mut words = part.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        let Some(first) =
            words.find(|word| !word.contains('=') && !word.starts_with(['-', '>', '<', '!']))
        else {
            continue;
        };
        if ON_THE_WAY.contains(&base(first)) {
            continue;
        }
        if base(first) == "run-parts" {
            return words.find(|word| !word.starts_with('-')).map_or(first, base);
        }
        let is_word = |word: &&str| {
            word.chars()
                .next()
                .is_some_and(|c| c.is_alphabetic() || c == '/' || c == '.' || c == '~')
                && !word.contains(['=', '$', '%', '*'])
        };
        let mut name = first;
        // A runner's first word that is no option, number or path of a lock is what it runs.
        while RUNNERS.contains(&base(name)) {
            let of_user = ["sudo", "runuser", "su"].contains(&base(name));
            let mut before = "";
            let found = words.find(|word| {
                let is_user =
                    of_user && matches!(std::mem::replace(&mut before, word), "-u" | "-g");
                is_word(word) && !is_user && !is_lock(word)
            });
            match found {
                Some(word) if !word.contains("://") => name = word,
                _ => break,
            }
        }
        return base(name);
    }
    ""
}

/// Looks like the file of a lock.
fn is_lock(word: &str) -> bool {
    let ending = Path::new(word).extension();
    word.contains("/lock/") || ending.is_some_and(|ending| ending == "lock" || ending == "pid")
}

/// Small letters, digits and hyphens; without the ending of a script.
fn slug(name: &str) -> String {
    let endings = [".sh", ".py", ".pl", ".php", ".rb", ".js", ".bash"];
    let name = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let mut slug = String::new();
    for c in name.chars().take(60) {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() || c == '_' => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}
