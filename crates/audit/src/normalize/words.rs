//! What kinds of records and system calls are called.

use crate::assemble::Compat;
use crate::kind::Kind;

/// Areas an event can be of: the kinds from one number to another, and a word.
const AREAS: &[(i32, i32, &str)] = &[
    (1006, 1006, "user-login"),
    (1100, 1101, "user-login"),
    (1102, 1102, "user-account"),
    (1103, 1106, "user-login"),
    (1107, 1107, "mac-decision"),
    (1108, 1110, "user-login"),
    (1111, 1111, "configuration"),
    (1112, 1113, "user-login"),
    (1114, 1117, "user-account"),
    (1119, 1119, "group-change"),
    (1120, 1121, "user-space"),
    (1122, 1122, "mac-decision"),
    (1123, 1123, "user-space"),
    (1124, 1124, "TTY"),
    (1125, 1125, "user-space"),
    (1126, 1126, "group-change"),
    (1127, 1131, "system-services"),
    (1132, 1133, "user-account"),
    (1135, 1136, "user-account"),
    (1137, 1138, "configuration"),
    (1200, 1299, "audit-daemon"),
    (1300, 1304, "audit-rule"),
    (1305, 1305, "configuration"),
    (1306, 1315, "audit-rule"),
    (1317, 1318, "audit-rule"),
    (1319, 1319, "TTY"),
    (1321, 1324, "audit-rule"),
    (1325, 1325, "configuration"),
    (1326, 1326, "dac-decision"),
    (1328, 1328, "configuration"),
    (1331, 1331, "av-decision"),
    (1332, 1333, "configuration"),
    (1334, 1334, "bpf-program"),
    (1335, 1335, "audit-daemon"),
    (1336, 1336, "audit-rule"),
    (1400, 1402, "mac-decision"),
    (1403, 1501, "mac"),
    (1502, 1503, "mac-decision"),
    (1504, 1505, "mac"),
    (1506, 1506, "mac-decision"),
    (1600, 1699, "crypto"),
    (1700, 1799, "anomaly"),
    (1800, 1899, "integrity"),
    (2000, 2000, "system-services"),
    (2100, 2108, "anomaly"),
    (2109, 2109, "integrity"),
    (2110, 2199, "anomaly"),
    (2200, 2299, "anomaly-response"),
    (2300, 2399, "mac"),
    (2400, 2499, "crypto"),
    (2500, 2599, "virt"),
];

/// The area an event is of, by the kind of its first record.
pub(super) fn area(kind: Kind, compat: Compat) -> &'static str {
    if kind == Kind::URINGOP && compat == Compat::V3 {
        return "unknown";
    }
    let is_in = |(first, last, _): &&(i32, i32, &str)| (*first..=*last).contains(&kind.0);
    AREAS.iter().find(is_in).map_or("unknown", |(_, _, word)| word)
}

/// What a record of a kind says was done.
pub(super) fn done(kind: Kind, compat: Compat) -> Option<&'static str> {
    Some(match kind {
        // Logging in, and sessions.
        Kind::LOGIN => "changed-login-id-to",
        Kind::USER_AUTH => "authenticated",
        Kind::USER_ACCT => "was-authorized",
        Kind::CRED_ACQ => "acquired-credentials",
        Kind::CRED_REFR => "refreshed-credentials",
        Kind::CRED_DISP => "disposed-credentials",
        Kind::USER_START => "started-session",
        Kind::USER_END => "ended-session",
        Kind::USER_LOGIN => "logged-in",
        Kind::USER_LOGOUT => "logged-out",
        Kind::ANOM_LOGIN_FAILURES => "failed-log-in-too-many-times-to",
        Kind::ANOM_LOGIN_TIME => "attempted-log-in-during-unusual-hour-to",
        Kind::ANOM_LOGIN_SESSIONS => "opened-too-many-sessions-to",
        Kind::ANOM_LOGIN_LOCATION => "attempted-log-in-from-unusual-place-to",
        // Accounts.
        Kind::ADD_USER => "added-user-account",
        Kind::DEL_USER => "deleted-user-account",
        Kind::USER_MGMT => "modified-user-account",
        Kind::ADD_GROUP => "added-group-account-to",
        Kind::DEL_GROUP => "deleted-group-account-from",
        Kind::GRP_MGMT => "modified-group-account",
        Kind::ACCT_LOCK => "locked-account",
        Kind::ACCT_UNLOCK => "unlocked-account",
        Kind::USER_CHAUTHTOK => "changed-password",
        Kind::GRP_CHAUTHTOK => "changed-group-password",
        Kind::GRP_AUTH => "authenticated-to-group",
        Kind::CHUSER_ID => "changed-user-id",
        Kind::CHGRP_ID => "changed-group",
        Kind::USER_ERR => "caused-account-error",
        // What people and programs do.
        Kind::USER => "sent-message",
        Kind::TEST => "sent-test",
        Kind::TRUSTED_APP => "unknown",
        Kind::USER_CMD => "ran-command",
        Kind::TTY | Kind::USER_TTY => "typed",
        Kind::ANOM_ABEND => "crashed-program",
        Kind::ANOM_LINK => "used-suspcious-link",
        Kind::ANOM_CREAT => "created-suspicious-file",
        Kind::ANOM_EXEC => "attempted-execution-of-forbidden-program",
        Kind::ANOM_RBAC_INTEGRITY_FAIL => "tested-file-system-integrity-of",
        Kind::SECCOMP => "called-seccomp-controlled-syscall",
        Kind::FANOTIFY => "accessed-policy-controlled-file",
        Kind::URINGOP if compat >= Compat::V4 => "io_uring-operation",
        Kind::DAC_CHECK => "access-result",
        // The machine and what runs on it.
        Kind::KERNEL => "initialized-audit-subsystem",
        Kind::SYSTEM_BOOT => "booted-system",
        Kind::SYSTEM_SHUTDOWN => "shutdown-system",
        Kind::SYSTEM_RUNLEVEL => "changed-to-runlevel",
        Kind::SERVICE_START => "started-service",
        Kind::SERVICE_STOP => "stopped-service",
        Kind::SOFTWARE_UPDATE => "installed-software",
        Kind::USYS_CONFIG => "changed-configuration",
        Kind::USER_DEVICE => "configured-device",
        Kind::KERN_MODULE => "loaded-kernel-module",
        Kind::ANOM_PROMISCUOUS => "changed-socket-promiscuous-mode",
        Kind::VIRT_CONTROL => "issued-vm-control",
        Kind::VIRT_RESOURCE => "assigned-vm-resource",
        Kind::VIRT_MACHINE_ID => "assigned-vm-id",
        Kind::VIRT_INTEGRITY_CHECK => "checked-integrity-of",
        Kind::VIRT_CREATE => "created-vm-image",
        Kind::VIRT_DESTROY => "deleted-vm-image",
        Kind::VIRT_MIGRATE_IN => "migrated-vm-from",
        Kind::VIRT_MIGRATE_OUT => "migrated-vm-to",
        // The audit trail itself.
        Kind::CONFIG_CHANGE => "changed-audit-configuration",
        Kind::FEATURE_CHANGE => "changed-audit-feature",
        Kind::DAEMON_START => "started-audit",
        Kind::DAEMON_END => "shutdown-audit",
        Kind::DAEMON_ABORT => "aborted-auditd-startup",
        Kind::DAEMON_CONFIG => "changed-auditd-configuration",
        // DAEMON_RECONFIG, which has no name in a log.
        Kind(1204) => "reconfigured-auditd",
        Kind::DAEMON_ROTATE => "rotated-audit-logs",
        Kind::DAEMON_RESUME => "resumed-audit-logging",
        Kind::DAEMON_ACCEPT => "remote-audit-connected",
        Kind::DAEMON_CLOSE => "remote-audit-disconnected",
        Kind::DAEMON_ERR => "audit-error",
        // Mandatory access control.
        Kind::AVC | Kind::USER_AVC => "accessed-mac-policy-controlled-object",
        Kind::USER_SELINUX_ERR => "access-error",
        Kind::MAC_CHECK => "mac-permission",
        Kind::MAC_POLICY_LOAD => "loaded-selinux-policy",
        Kind::USER_MAC_POLICY_LOAD => "loaded-mac-policy",
        Kind::MAC_STATUS | Kind::USER_MAC_STATUS => "changed-selinux-enforcement-to",
        Kind::MAC_CONFIG_CHANGE => "changed-selinux-boolean",
        Kind::USER_MAC_CONFIG_CHANGE => "changed-mac-configuration",
        Kind::MAC_MAP_ADD => "added-mac-network-domain-mapping-to",
        Kind::MAC_MAP_DEL => "deleted-mac-network-domain-mapping-from",
        Kind::USER_ROLE_CHANGE => "changed-role-to",
        Kind::ROLE_ASSIGN => "assigned-user-role-to",
        Kind::ROLE_REMOVE => "removed-use-role-from",
        Kind::ROLE_MODIFY => "modified-role",
        Kind::LABEL_OVERRIDE => "overrode-label-of",
        Kind::LABEL_LEVEL_CHANGE => "modified-level-of",
        Kind::FS_RELABEL => "relabeled-filesystem",
        // Cryptography.
        Kind::CRYPTO_LOGIN => "crypto-officer-logged-in",
        Kind::CRYPTO_LOGOUT => "crypto-officer-logged-out",
        Kind::CRYPTO_KEY_USER => "negotiated-crypto-key",
        Kind::CRYPTO_SESSION => "started-crypto-session",
        _ => return None,
    })
}

/// What a system call does to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Open,
    /// To a file that is named once: what was done to it.
    File(&'static str),
    Attribute,
    Permission,
    Owner,
    LoadModule,
    UnloadModule,
    MakeDirectory,
    Mount,
    Rename,
    SystemStat,
    Link,
    Unmount,
    Execute,
    /// With the other end of a connection.
    Socket(&'static str),
    Signal,
    Identity,
    Time,
    MakeDevice,
    Name,
    Memory,
    Schedule,
    Confine,
}

impl Call {
    /// By the name of the system call, as far as the version knows it.
    pub(super) fn of(name: &[u8], compat: Compat) -> Option<Self> {
        let is_new = |known: Self| (compat >= Compat::V4).then_some(known);
        Some(match name {
            b"open" | b"openat" | b"openat2" | b"creat" | b"truncate" | b"ftruncate"
            | b"fallocate" | b"readlink" | b"readlinkat" | b"memfd_create" => Self::Open,
            b"open_by_handle_at" | b"memfd_secret" | b"pidfd_getfd" => return is_new(Self::Open),
            b"stat" | b"lstat" | b"fstat" | b"stat64" | b"newfstatat" | b"statx" | b"access"
            | b"faccessat" | b"faccessat2" => Self::File("checked-metadata-of"),
            b"statfs" | b"fstatfs" => Self::SystemStat,
            b"statmount" => return is_new(Self::SystemStat),
            b"unlink" | b"unlinkat" | b"rmdir" => Self::File("deleted"),
            b"utime" | b"utimes" | b"futimesat" | b"utimensat" => {
                Self::File("changed-timestamp-of")
            }
            b"setxattr" | b"lsetxattr" | b"fsetxattr" | b"removexattr" | b"lremovexattr"
            | b"fremovexattr" => Self::Attribute,
            b"mount_setattr" => return is_new(Self::Attribute),
            b"chmod" | b"fchmod" | b"fchmodat" => Self::Permission,
            b"fchmodat2" => return is_new(Self::Permission),
            b"chown" | b"lchown" | b"fchown" | b"fchownat" => Self::Owner,
            b"fchownat2" => return is_new(Self::Owner),
            b"mkdir" | b"mkdirat" => Self::MakeDirectory,
            b"mknod" | b"mknodat" => Self::MakeDevice,
            b"rename" | b"renameat" | b"renameat2" => Self::Rename,
            b"symlink" | b"symlinkat" => Self::Link,
            b"mount" | b"move_mount" | b"fsmount" | b"fspick" => Self::Mount,
            b"fsopen" | b"fsconfig" => return is_new(Self::Mount),
            b"umount" | b"umount2" => Self::Unmount,
            b"execve" | b"execveat" => Self::Execute,
            b"accept" | b"accept4" => Self::Socket("accepted-connection-from"),
            b"bind" => Self::Socket("bound-socket"),
            b"connect" => Self::Socket("connected-to"),
            b"recvfrom" | b"recvmsg" => Self::Socket("received-from"),
            b"sendto" | b"sendmsg" => Self::Socket("sent-to"),
            b"kill" | b"tkill" | b"tgkill" => Self::Signal,
            b"setuid" | b"seteuid" | b"setfsuid" | b"setreuid" | b"setresuid" | b"setgid"
            | b"setegid" | b"setfsgid" | b"setregid" | b"setresgid" => Self::Identity,
            b"init_module" | b"finit_module" => Self::LoadModule,
            b"delete_module" => Self::UnloadModule,
            b"settimeofday" | b"clock_settime" | b"stime" | b"adjtimex" => Self::Time,
            b"clock_settime64" => return is_new(Self::Time),
            b"sethostname" | b"setdomainname" => Self::Name,
            b"mmap" | b"brk" => Self::Memory,
            b"map_shadow_stack" => return is_new(Self::Memory),
            b"sched_setparam" | b"sched_setscheduler" | b"sched_setattr" => Self::Schedule,
            b"landlock_create_ruleset"
            | b"landlock_add_rule"
            | b"landlock_restrict_self"
            | b"lsm_set_self_attr"
            | b"mseal" => return is_new(Self::Confine),
            _ => return None,
        })
    }
}
