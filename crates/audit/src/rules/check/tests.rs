//! Each trap on a machine made of words; all were tried with the kernel of Linux 6.18.

use std::collections::BTreeMap;

use super::*;
use crate::rules::{Accounts, Names, augenrules, parse, rewrite::rewrite};
use crate::syscall::Arch;

/// A machine with these directories, files and links.
struct Words {
    accounts: Accounts,
    found: BTreeMap<Vec<u8>, Found>,
    below: usize,
}

fn machine() -> Words {
    let mut found = BTreeMap::new();
    let directories = [
        "/",
        "/etc",
        "/root",
        "/root/.ssh",
        "/home",
        "/home/ann",
        "/home/ann/.ssh",
        "/usr",
        "/usr/bin",
        "/etc/cron.d",
        "/var",
        "/var/spool",
    ];
    for path in directories {
        found.insert(path.into(), Found::Directory { owner: 0 });
    }
    for path in ["/etc/passwd", "/etc/shadow", "/usr/bin/su", "/usr/bin/sudo-rs"] {
        found.insert(path.into(), Found::File);
    }
    found.insert(b"/bin".to_vec(), Found::Link(Some(b"/usr/bin".to_vec())));
    found.insert(b"/bin/su".to_vec(), Found::File);
    found.insert(b"/usr/bin/sudo".to_vec(), Found::Link(Some(b"/usr/bin/sudo-rs".to_vec())));
    found.insert(b"/srv/keys".to_vec(), Found::Link(Some(b"/root/.ssh".to_vec())));
    Words {
        accounts: Accounts::new(Arch::X86_64, "root:x:0:0::/root:/bin/sh\n", ""),
        found,
        below: 10,
    }
}

impl Names for Words {
    fn arch(&self) -> Arch {
        Arch::X86_64
    }

    fn user(&self, name: &str) -> Option<u32> {
        self.accounts.user(name)
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.accounts.group(name)
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        match self.look(path) {
            Found::Directory { .. } => true,
            Found::Link(Some(real)) => self.is_directory(&real),
            _ => false,
        }
    }
}

impl Machine for Words {
    fn look(&self, path: &[u8]) -> Found {
        self.found.get(path).cloned().unwrap_or(Found::Missing)
    }

    fn below(&self, _: &[u8], limit: usize) -> usize {
        self.below.min(limit)
    }

    fn processes_a_day(&self) -> Option<u64> {
        Some(100_000)
    }

    fn log_room(&self) -> Option<u64> {
        None
    }

    fn runs_32_bit(&self) -> bool {
        true
    }

    fn homes(&self) -> Vec<(String, Vec<u8>)> {
        vec![("root".into(), b"/root".to_vec()), ("ann".into(), b"/home/ann".to_vec())]
    }
}

/// What is found in a file: kind, lines and the first line of what to write instead.
fn found(text: &str) -> (usize, usize, Vec<String>) {
    let lines = parse("f", text.as_bytes(), &machine());
    let checked = check(&lines, Order::AsWritten, &machine());
    let said = checked.findings.iter().map(|one| {
        let lines: Vec<String> = one.places.iter().map(|place| place.line.to_string()).collect();
        let instead = one.instead.lines().next().unwrap_or_default();
        format!("{} {} {}: {instead}", one.severity.as_str(), one.kind, lines.join(","))
    });
    (checked.loaded, checked.lost, said.collect())
}

/// What is found besides advice, of rules that nothing is wrong with otherwise.
fn trouble(rules: &str) -> Vec<String> {
    let (_, _, mut said) = found(&format!("-D\n-c\n-b 8192\n{rules}"));
    said.retain(|one| !one.starts_with("advice"));
    said
}

#[test]
fn loading_stops_at_a_missing_directory() {
    let text = "-D\n-b 8192\n-w /etc/passwd -p wa -k id\n-w /root/.gnupg/keys -p wa -k gpg\n\
                -w /etc/shadow -p wa -k id\n-w /nowhere/at/all -p wa\n-e 2\n";
    let (loaded, lost, said) = found(text);
    assert_eq!((loaded, lost), (1, 3));
    assert_eq!(
        said.first().map(String::as_str),
        Some(
            "critical missing-directory 4: -a always,exit -F arch=b64 -S all -F path=/root/.gnupg -F perm=wa -F key=gpg"
        )
    );
    // The next one is found as well.
    assert!(said.iter().any(|one| one.starts_with("critical missing-directory 6: ")), "{said:?}");
    let with = text.replace("-b 8192", "-c");
    let (loaded, lost, said) = found(&with);
    assert_eq!((loaded, lost), (2, 2));
    assert!(said.iter().any(|one| one.starts_with("critical locked-incomplete 7")), "{said:?}");
    let lines = parse("f", text.as_bytes(), &machine());
    let checked = check(&lines, Order::AsWritten, &machine());
    assert_eq!(
        checked.findings.first().map(|one| one.what.as_str()),
        Some(
            "`-w /root/.gnupg/keys -p wa -k gpg` does not load: /root/.gnupg does not exist; auditctl \
             stops there, and the 2 rules after it and `-e 2` are not loaded"
        )
    );
}

#[test]
fn what_comes_after_the_lock_is_lost() {
    let (loaded, lost, said) = found("-D\n-w /etc/passwd -p wa\n-e 2\n-w /etc/shadow -p wa\n");
    assert_eq!((loaded, lost), (1, 1));
    assert!(said.iter().any(|one| one.starts_with("critical locked-early 3")), "{said:?}");
    let lines = parse("f", b"-e 2\n-w /etc/passwd -p wa\n", &machine());
    let checked = check(&augenrules(lines), Order::Augenrules, &machine());
    assert_eq!((checked.loaded, checked.lost), (1, 0));
}

#[test]
fn a_link_is_never_seen_through() {
    assert_eq!(
        trouble("-w /usr/bin/sudo -p x -k sudo\n"),
        [
            "critical symbolic-link 4: -a always,exit -F arch=b64 -S all -F path=/usr/bin/sudo-rs -F perm=x -F key=sudo"
        ]
    );
    // A link on the way is followed.
    assert_eq!(trouble("-w /bin/su -p x -k su\n"), [""; 0]);
    let said = trouble("-w /srv/keys -p wa -k keys\n");
    assert_eq!(
        said.first().map(String::as_str),
        Some(
            "critical symbolic-link 4: -a always,exit -F arch=b64 -S all -F dir=/root/.ssh -F perm=wa -F key=keys"
        )
    );
}

#[test]
fn a_watch_goes_with_its_directory() {
    for rule in ["-w /root/.ssh/authorized_keys -p wa -k keys", "-w /root/.ssh -p wa -k keys"] {
        assert_eq!(
            trouble(rule),
            [
                "warning vanishes 4: -a always,exit -F arch=b64 -S all -F path=/root/.ssh -F perm=wa -F key=keys"
            ],
            "{rule}"
        );
        // Told by another watch, it is no trouble.
        let with = format!("{rule}\n-a always,exit -F path=/root/.ssh -F perm=wa -k keys");
        assert_eq!(trouble(&with), [""; 0], "{rule}");
    }
    assert_eq!(trouble("-w /etc/passwd -p wa -k id"), [""; 0]);
}

#[test]
fn floods_twins_and_keys() {
    let said = trouble("-w /home -p wa -k home_keys\n-w /etc/passwd -p wa -k keys\n");
    assert_eq!(
        said,
        [
            "warning flood 4: -a always,exit -F arch=b64 -S all -F path=/home/ann/.ssh -F perm=wa -F key=home_keys",
            "warning key-within-key 5,4: ausearch -w -k keys, nightkeep audit search -k keys, or another name",
        ]
    );
    let said = trouble("-a always,exit -F arch=b64 -S execve -k exec\n");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("warning flood 4") && said[1].starts_with("warning no-b32 4: add"));
    let people = "-F auid>=1000 -F auid!=unset -k exec";
    let both = format!(
        "-a always,exit -F arch=b64 -S execve {people}\n-a always,exit -F arch=b32 -S execve {people}\n"
    );
    assert_eq!(trouble(&both), [""; 0]);
    assert_eq!(
        trouble(&format!("-a always,exit -S execve {people}\n")),
        ["warning no-arch 4: two rules, one with -F arch=b64 and one with -F arch=b32, before -S"]
    );
    assert_eq!(
        trouble("-w /etc -p wa -k etc\n-w /etc/passwd -p wa -k id\n"),
        ["warning covered 5,4: put it before line 4"]
    );
    assert_eq!(
        trouble("-w /etc/passwd -k id\n"),
        ["warning flood 4: -p wa (written to, or its owner or mode changed)"]
    );
    assert_eq!(
        trouble("-a always,exit -S all -k all\n"),
        ["warning flood 4: name the calls it is about: -S execve, or a path with -F perm=wa"]
    );
    assert_eq!(
        trouble("-w /etc/passwd -p wa -k id\n-w /etc/passwd -p wa -k id\n"),
        ["critical twice 5: leave it out"]
    );
}

#[test]
fn the_file_in_todays_form() {
    let text = "# Mine.\n-D\n-w /etc/passwd -p wa -k id\n\n-w /root/.ssh -p wa -k keys\n-e 2\n\
                -w /usr/bin/sudo -p x -k sudo\n-w relative\n-w /root/.gnupg/k -p wa -k gpg\n";
    let new = rewrite("f", text.as_bytes(), &machine());
    let expected = "# Mine.\n-D\n# One bad line costs only itself.\n-c\n\
        -a always,exit -F arch=b64 -S all -F path=/etc/passwd -F perm=wa -F key=id\n\
        -a always,exit -F arch=b32 -S all -F path=/etc/passwd -F perm=wa -F key=id\n\n\
        -a always,exit -F arch=b64 -S all -F dir=/root/.ssh -F perm=wa -F key=keys\n\
        -a always,exit -F arch=b32 -S all -F dir=/root/.ssh -F perm=wa -F key=keys\n\
        -a always,exit -F arch=b64 -S all -F path=/root/.ssh -F perm=wa -F key=keys\n\
        -a always,exit -F arch=b32 -S all -F path=/root/.ssh -F perm=wa -F key=keys\n\
        # /usr/bin/sudo is a link to this.\n\
        -a always,exit -F arch=b64 -S all -F path=/usr/bin/sudo-rs -F perm=x -F key=sudo\n\
        -a always,exit -F arch=b32 -S all -F path=/usr/bin/sudo-rs -F perm=x -F key=sudo\n\
        # does not load: `relative` is not an absolute path\n# -w relative\n\
        # /root/.gnupg does not exist yet.\n\
        -a always,exit -F arch=b64 -S all -F path=/root/.gnupg -F perm=wa -F key=gpg\n\
        -a always,exit -F arch=b32 -S all -F path=/root/.gnupg -F perm=wa -F key=gpg\n-e 2\n";
    assert_eq!(new, expected);
    let lines = parse("f", new.as_bytes(), &machine());
    let checked = check(&lines, Order::AsWritten, &machine());
    assert!(
        checked.findings.iter().all(|one| one.severity == Severity::Advice),
        "{:?}",
        checked.findings
    );
}

#[test]
fn nothing_is_wrong_with_what_is_recommended() {
    let groups = crate::rules::recommended::groups(&machine());
    let text = crate::rules::recommended::file(&groups, &|_| None);
    let lines = parse("f", text.as_bytes(), &machine());
    let checked = check(&lines, Order::AsWritten, &machine());
    assert_eq!(checked.findings, []);
    assert_eq!(checked.lost, 0);
    assert!(checked.loaded > 20, "{text}");
}
