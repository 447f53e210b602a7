//! A set of rules for a server that one person runs, made from what is there.

use super::check::{Found, Machine};
use super::rule::{Action, Field, FieldName, List, Operator, Rule, Syscalls, Value};
use super::{PERM_ATTR, PERM_WRITE};

/// System calls that change a directory, what is in it, or whose it is: those of the kernel's
/// classes write and attribute, and the ways to open a file. A rule for a directory is asked at
/// every call it names, so it names these alone; a rule for a path costs nothing elsewhere.
const CHANGES: [&str; 48] = [
    "open",
    "openat",
    "openat2",
    "creat",
    "open_by_handle_at",
    "truncate",
    "truncate64",
    "ftruncate",
    "ftruncate64",
    "fallocate",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "mknod",
    "mknodat",
    "bind",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "chown32",
    "fchown32",
    "lchown32",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "setxattrat",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "removexattrat",
    "file_setattr",
    "swapon",
    "acct",
    "quotactl",
];

/// Rules that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Their key.
    pub key: &'static str,
    /// What they are for, and how much they write in a day.
    pub why: &'static str,
    /// As they are written in a file.
    pub lines: Vec<String>,
}

/// A file of rules: settings, then the groups, each with its reason and, where something is known
/// of it, how much it wrote.
pub fn file(groups: &[Group], noise: &dyn Fn(&Group) -> Option<String>) -> String {
    let mut text = String::from(
        "# Made by `nightkeep audit rules recommended` from what there is on this server.\n\
         # Make it anew when users or services are added: nightkeep audit rules diff\n\
         -D\n-b 8192\n-f 1\n# One bad line costs only itself.\n-c\n",
    );
    for group in groups {
        text += "\n";
        let noise = noise(group);
        for line in group.why.lines().chain(noise.as_deref()) {
            text += &format!("# {line}\n");
        }
        for line in &group.lines {
            text += line;
            text += "\n";
        }
    }
    text
}

/// The groups there is something for.
pub fn groups(machine: &dyn Machine) -> Vec<Group> {
    let places = Places { machine };
    let ssh: Vec<(FieldName, Vec<u8>)> = machine
        .homes()
        .into_iter()
        .flat_map(|(_, home)| {
            let ssh = [home.as_slice(), b"/.ssh"].concat();
            let is_there = machine.is_directory(&ssh);
            let name = (FieldName::PATH, ssh.clone());
            std::iter::once(name).chain(is_there.then_some((FieldName::DIR, ssh)))
        })
        .collect();
    let groups = [
        Group {
            key: "identity",
            why: "Users, groups and passwords. Quiet: only useradd, passwd and the like write here.",
            lines: places
                .rules("identity", &["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"]),
        },
        Group {
            key: "sudoers",
            why: "Who may become root.",
            lines: places.rules("sudoers", &["/etc/sudoers", "/etc/sudoers.d"]),
        },
        Group {
            key: "sshd_config",
            why: "How one gets in by ssh.",
            lines: places.rules("sshd_config", &["/etc/ssh"]),
        },
        Group {
            key: "pam",
            why: "How passwords are checked: a line here lets anybody in. Upgrades of PAM write here.",
            lines: places.rules("pam", &["/etc/pam.d", "/etc/security"]),
        },
        Group {
            key: "ssh_keys",
            why: "Keys that open this server. The watch of the name stays when the directory is removed\n\
                  or moved away; the watch of the directory, which does not, sees what is in it.",
            lines: ssh
                .iter()
                .flat_map(|(name, path)| places.watch("ssh_keys", *name, path))
                .collect(),
        },
        Group {
            key: "cron",
            why: "What runs by itself.",
            lines: places.rules(
                "cron",
                &[
                    "/etc/crontab",
                    "/etc/anacrontab",
                    "/etc/cron.d",
                    "/etc/cron.hourly",
                    "/etc/cron.daily",
                    "/etc/cron.weekly",
                    "/etc/cron.monthly",
                    "/var/spool/cron",
                ],
            ),
        },
        Group {
            key: "units",
            why: "Services. Installing and enabling some writes here.",
            lines: places.rules("units", &["/etc/systemd"]),
        },
        Group {
            key: "preload",
            why: "Code that every program loads.",
            lines: places
                .rules("preload", &["/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d"]),
        },
        Group {
            key: "root_cmd",
            why: "What people run as root. About 1.5 KB for each program they start.",
            lines: places.calls(
                "root_cmd",
                &["execve", "execveat"],
                &[
                    (FieldName::EUID, Operator::Equal, 0),
                    (FieldName::AUID, Operator::GreaterOrEqual, 1000),
                    (FieldName::AUID, Operator::NotEqual, u32::MAX),
                ],
            ),
        },
        Group {
            key: "user_emulation",
            why: "Programs that run as another user than the one who started them: sudo, su, and what\n\
                  abuses a setuid program.",
            lines: places.calls(
                "user_emulation",
                &["execve", "execveat"],
                &[
                    // uid against euid.
                    (FieldName::COMPARE, Operator::NotEqual, 11),
                    (FieldName::AUID, Operator::NotEqual, u32::MAX),
                ],
            ),
        },
        Group {
            key: "modules",
            why: "Code loaded into the kernel.",
            lines: places.calls(
                "modules",
                &["init_module", "finit_module", "delete_module"],
                &[(FieldName::AUID, Operator::NotEqual, u32::MAX)],
            ),
        },
        Group {
            key: "audit_config",
            why: "The watchers themselves.",
            lines: places.rules("audit_config", &["/etc/audit", "/etc/nightkeep"]),
        },
    ];
    groups.into_iter().filter(|group| !group.lines.is_empty()).collect()
}

struct Places<'a> {
    machine: &'a dyn Machine,
}

impl Places<'_> {
    /// Watches of those of these paths that can be watched: files that are there or could be,
    /// directories that are there, by name and with all in them.
    fn rules(&self, key: &str, paths: &[&str]) -> Vec<String> {
        let mut lines = Vec::new();
        for path in paths {
            let path = match self.machine.look(path.as_bytes()) {
                Found::Link(Some(real)) => real,
                _ => path.as_bytes().to_vec(),
            };
            let above = super::check::parent(&path).unwrap_or(b"/");
            match self.machine.look(&path) {
                Found::Directory { .. } => {
                    lines.extend(self.watch(key, FieldName::PATH, &path));
                    lines.extend(self.watch(key, FieldName::DIR, &path));
                }
                Found::File => lines.extend(self.watch(key, FieldName::PATH, &path)),
                // What is made there one day.
                Found::Missing if self.machine.is_directory(above) => {
                    lines.extend(self.watch(key, FieldName::PATH, &path));
                }
                _ => {}
            }
        }
        lines
    }

    fn watch(&self, key: &str, name: FieldName, path: &[u8]) -> Vec<String> {
        let mut fields = vec![
            field(name, Operator::Equal, Value::Text(path.to_vec())),
            field(FieldName::PERM, Operator::Equal, Value::Number(PERM_WRITE | PERM_ATTR)),
        ];
        fields.push(field(FieldName::KEY, Operator::Equal, Value::Text(key.into())));
        if name == FieldName::DIR {
            self.lines(&CHANGES, &fields)
        } else {
            self.lines(&[], &fields)
        }
    }

    fn calls(&self, key: &str, calls: &[&str], of: &[(FieldName, Operator, u32)]) -> Vec<String> {
        let mut fields: Vec<Field> = of
            .iter()
            .map(|(name, operator, value)| field(*name, *operator, Value::Number(*value)))
            .collect();
        fields.push(field(FieldName::KEY, Operator::Equal, Value::Text(key.into())));
        self.lines(calls, &fields)
    }

    /// A line for each architecture; no calls are all calls.
    fn lines(&self, calls: &[&str], fields: &[Field]) -> Vec<String> {
        let here = self.machine.arch();
        let narrow = (here.is_64() && self.machine.runs_32_bit()).then(|| here.narrow());
        let line = |arch: crate::syscall::Arch| {
            let mut syscalls = if calls.is_empty() { Syscalls::ALL } else { Syscalls::NONE };
            for number in calls.iter().filter_map(|name| arch.number_of(name)) {
                syscalls.insert(number);
            }
            let arch = field(FieldName::ARCH, Operator::Equal, Value::Number(arch.number()));
            let rule = Rule {
                list: List::Exit,
                action: Action::Always,
                first: false,
                syscalls,
                fields: std::iter::once(arch).chain(fields.iter().cloned()).collect(),
            };
            String::from_utf8_lossy(&super::write::source(&rule, here)).into_owned()
        };
        std::iter::once(here).chain(narrow).map(line).collect()
    }
}

fn field(name: FieldName, operator: Operator, value: Value) -> Field {
    Field { name, operator, value }
}
