//! What a field holds, by its name and the kind of its record.

use crate::assemble::Compat;
use crate::kind::Kind;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// Nothing known: shown as it is, whatever is in it.
    Plain,
    /// A word to show as it is, without control characters.
    Word,
    User,
    Group,
    Syscall,
    Arch,
    Exit,
    /// Text in quotes or hex.
    Text,
    /// Keys of rules, with 0x01 between them.
    Key,
    Arguments,
    Keystrokes,
    Permission,
    Mode,
    /// A mode that says nothing of the kind of file.
    ShortMode,
    Address,
    Lookup,
    YesNo,
    Capability,
    Capabilities,
    Success,
    /// `a0` to `a3` of a system call.
    Argument(u8),
    Signal,
    List,
    Session,
    Netfilter,
    Icmp,
    Protocol,
    Personality,
    Seccomp,
    OpenFlags,
    MapFlags,
    Hook,
    Verdict,
    Ethernet,
    Ioctl,
    Fanotify,
    Multicast,
    Resolve,
    Trust,
    FanotifyWhat,
    FanotifyInfo,
    Errno,
    /// SELinux contexts may hold commas.
    Label,
}

impl Type {
    /// What a field holds.
    pub(crate) fn of(kind: Kind, name: &[u8], value: &[u8], compat: Compat) -> Self {
        let is_hex = || value.iter().all(u8::is_ascii_hexdigit);
        match (kind, name) {
            (Kind::EXECVE, [b'a', ..]) if name != b"argc" && !contains(name, b"_len") => Self::Text,
            (Kind::NETFILTER_PKT, b"saddr") => Self::Word,
            (Kind::USER_TTY, b"msg") | (Kind::KERN_MODULE, b"name") => Self::Text,
            (_, b"acct") if value.first() == Some(&b'"') || is_hex() => Self::Text,
            (_, b"acct") | (Kind::AVC, b"saddr") | (Kind::CRYPTO_KEY_USER, b"fp") => Self::Plain,
            (Kind::PATH, b"flags") => Self::Lookup,
            (Kind::MQ_OPEN, b"mode") => Self::ShortMode,
            (Kind::ADD_GROUP | Kind::GRP_MGMT | Kind::DEL_GROUP, b"id") => Self::Group,
            (Kind::TRUSTED_APP, _) => {
                let known = if compat == Compat::V3 { Self::Plain } else { by_name(name, compat) };
                let is_number = compat == Compat::V3 && value.iter().all(u8::is_ascii_digit)
                    || compat >= Compat::V4 && name == b"pid";
                match value.first() {
                    _ if known != Self::Plain => known,
                    Some(b'"') => Self::Text,
                    _ if !is_number && is_hex() => Self::Text,
                    _ => Self::Plain,
                }
            }
            _ => by_name(name, compat),
        }
    }
}

/// Is it text, in quotes or in hex?
pub(crate) fn is_text(kind: Kind, name: &[u8], value: &[u8]) -> bool {
    matches!(Type::of(kind, name, value, Compat::V4), Type::Text | Type::Key | Type::Arguments)
}

/// Is it the number of a user?
pub(crate) fn is_user(name: &[u8]) -> bool {
    by_name(name, Compat::V4) == Type::User
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn by_name(name: &[u8], compat: Compat) -> Type {
    match name {
        b"auid" | b"uid" | b"euid" | b"suid" | b"fsuid" | b"ouid" | b"oauid" | b"old-auid"
        | b"iuid" | b"id" | b"inode_uid" | b"sauid" | b"obj_uid" => Type::User,
        b"obj_gid" | b"gid" | b"egid" | b"sgid" | b"fsgid" | b"ogid" | b"igid" | b"inode_gid"
        | b"new_gid" => Type::Group,
        b"syscall" => Type::Syscall,
        b"arch" => Type::Arch,
        b"exit" => Type::Exit,
        b"path" | b"comm" | b"exe" | b"file" | b"name" | b"watch" | b"cwd" | b"cmd" | b"dir"
        | b"vm" | b"old-chardev" | b"new-chardev" | b"old-disk" | b"new-disk" | b"old-fs"
        | b"new-fs" | b"old-net" | b"new-net" | b"old-rng" | b"new-rng" | b"device" | b"cgroup"
        | b"apparmor" | b"operation" | b"denied_mask" | b"info" | b"profile"
        | b"requested_mask" | b"ocomm" | b"grp" | b"new_group" | b"invalid_context" | b"sw"
        | b"root_dir" => Type::Text,
        b"key" => Type::Key,
        b"perm" | b"perm_mask" => Type::Permission,
        b"mode" => Type::Mode,
        b"saddr" => Type::Address,
        b"prom" | b"old_prom" => Type::YesNo,
        b"capability" => Type::Capability,
        b"res" | b"result" => Type::Success,
        [b'a', digit @ b'0'..=b'3'] => Type::Argument(digit - b'0'),
        b"sig" | b"sigev_signo" => Type::Signal,
        b"list" => Type::List,
        b"data" => Type::Keystrokes,
        b"ses" => Type::Session,
        b"cap_pi" | b"cap_pe" | b"cap_pp" | b"cap_pa" | b"cap_fi" | b"cap_fp" | b"fp" | b"fi"
        | b"old_pp" | b"old_pi" | b"old_pe" | b"old_pa" | b"new_pp" | b"new_pi" | b"new_pe"
        | b"pp" | b"pi" | b"pe" | b"pa" => Type::Capabilities,
        b"addr" => Type::Word,
        b"family" => Type::Netfilter,
        b"icmptype" => Type::Icmp,
        b"proto" => Type::Protocol,
        b"per" => Type::Personality,
        b"code" => Type::Seccomp,
        b"oflag" => Type::OpenFlags,
        b"flags" => Type::MapFlags,
        b"subj" | b"obj" | b"scontext" | b"tcontext" | b"vm-ctx" | b"img-ctx" => Type::Label,
        b"proctitle" => Type::Arguments,
        b"hook" => Type::Hook,
        b"action" => Type::Verdict,
        b"macproto" => Type::Ethernet,
        b"ioctlcmd" => Type::Ioctl,
        b"resp" => Type::Fanotify,
        b"nl-mcgrp" => Type::Multicast,
        b"resolve" => Type::Resolve,
        _ if compat == Compat::V3 => Type::Plain,
        b"uring_op" => Type::Syscall,
        b"subj_trust" | b"obj_trust" => Type::Trust,
        b"fan_type" => Type::FanotifyWhat,
        b"fan_info" => Type::FanotifyInfo,
        b"errno" => Type::Errno,
        _ => Type::Plain,
    }
}
