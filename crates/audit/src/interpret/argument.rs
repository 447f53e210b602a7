//! The first four arguments of a system call, in words where they have some. They are in hex.

use super::number::unsigned;
use super::words::{Words, file, process, socket};
use super::{Context, Interpreter, bytes, fallible};
use crate::assemble::Compat;

const O_CREAT: u64 = 0o100;
const AT_FDCWD: u32 = -100_i32 as u32;
const ADDR_NO_RANDOMIZE: u64 = 0x4_0000;
const SCHED_RESET_ON_FORK: u64 = 0x4000_0000;

fn is_clear(flags: u64, mask: u64) -> bool {
    flags & mask == 0
}

/// How a number is shown that has no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// As it was written.
    Raw,
    /// With `0x` before it.
    Hex,
    /// In decimal.
    Decimal,
}

/// Appends `0x` and the value as it was written.
fn hex(value: &[u8], out: &mut Vec<u8>) {
    bytes(out, &[b"0x", value]);
}

impl Interpreter<'_> {
    /// Appends what an argument means.
    pub(super) fn argument(
        &self,
        which: u8,
        value: &[u8],
        context: &Context<'_>,
        out: &mut Vec<u8>,
    ) {
        let Some(name) = self.syscall_name(context) else { return hex(value, out) };
        match which {
            0 => self.first(name, value, out),
            1 => self.second(name, value, context.a0, out),
            2 => self.third(name, value, context.a1, out),
            _ => self.fourth(name, value, out),
        }
    }

    fn first(&self, name: &str, value: &[u8], out: &mut Vec<u8>) {
        match name {
            "rt_sigaction" => self.signal(value, 16, out),
            "readlinkat" | "mkdirat" | "mknodat" | "fchownat" | "futimesat" | "fchmodat"
            | "futimensat" | "unlinkat" | "utimensat" | "linkat" | "newfstatat"
            | "name_to_handle_at" | "renameat" | "renameat2" | "faccessat" | "faccessat2"
            | "openat" | "openat2" => folder(value, out),
            "clock_settime" => self.word(&process::CLOCK, "clk_id", Unknown::Hex, value, out),
            "personality" => self.personality(value, out),
            "ptrace" => self.word(&process::PTRACE, "ptrace", Unknown::Hex, value, out),
            "prctl" => self.word(&process::PRCTL, "prctl-option", Unknown::Hex, value, out),
            "unshare" => self.clone(value, out),
            "getrlimit" | "setrlimit" => {
                self.word(&process::RLIMIT, "rlimit", Unknown::Hex, value, out);
            }
            "setuid" | "setreuid" | "setresuid" | "setfsuid" => self.user(value, 16, out),
            "setgid" | "setregid" | "setresgid" | "setfsgid" => self.group(value, 16, out),
            "socket" => self.word(&socket::FAMILY, "family", Unknown::Hex, value, out),
            "socketcall" => {
                self.word(&socket::SOCKETCALL, "socketcall", Unknown::Raw, value, out);
            }
            "exit" | "exit_group" => out.extend_from_slice(match value {
                b"0" => b"EXIT_SUCCESS",
                b"1" => b"EXIT_FAILURE",
                _ => b"UNKNOWN",
            }),
            "bpf" => self.word(&process::BPF, "bpf-cmd", Unknown::Raw, value, out),
            _ => hex(value, out),
        }
    }

    fn second(&self, name: &str, value: &[u8], a0: u64, out: &mut Vec<u8>) {
        let is_4 = self.compat >= Compat::V4;
        match name {
            "fchmod" | "chmod" | "creat" | "mkdir" => short_mode(value, 16, out),
            "mknod" => mode(value, 16, self.compat, out),
            "fcntl" | "fcntl64" => {
                self.word(&file::FCNTL, "fcntl-command", Unknown::Decimal, value, out);
            }
            "fsconfig" if is_4 => {
                self.word(&file::FSCONFIG, "fsconfig-operation", Unknown::Decimal, value, out);
            }
            "fsopen" if is_4 && value == b"1" => out.extend_from_slice(b"FSOPEN_CLOEXEC"),
            "fsmount" if is_4 && value == b"1" => out.extend_from_slice(b"FSMOUNT_CLOEXEC"),
            "chown" | "chown32" | "setreuid" | "setresuid" => self.user(value, 16, out),
            "setregid" | "setresgid" => self.group(value, 16, out),
            "getsockopt" | "setsockopt" => self.level(value, out),
            "socket" => self.low_byte(&socket::TYPE, "type", value, out),
            "setns" => self.clone(value, out),
            "sched_setscheduler" => self.policy(value, out),
            "mq_open" | "open" => self.open_flags(value, 16, out),
            "access" => self.access(value, out),
            "epoll_ctl" => {
                self.word(&file::EPOLL, "epoll_ctl-operation", Unknown::Decimal, value, out);
            }
            "kill" | "tkill" => self.signal(value, 16, out),
            // PR_CAPBSET_READ, PR_CAPBSET_DROP and PR_SET_PDEATHSIG.
            "prctl" if a0 == 23 || a0 == 24 => self.capability(value, 16, out),
            "prctl" if a0 == 1 => self.signal(value, 16, out),
            "umount2" => self.flags(&file::UMOUNT, value, out),
            "ioctl" => self.ioctl(value, out),
            _ => hex(value, out),
        }
    }

    fn third(&self, name: &str, value: &[u8], a1: u64, out: &mut Vec<u8>) {
        let is_4 = self.compat >= Compat::V4;
        match name {
            // F_SETOWN and F_SETFD.
            "fcntl" | "fcntl64" if a1 == 8 => self.user(value, 16, out),
            "fcntl" | "fcntl64" => fallible(value, unsigned(value, 16), out, |flag, out| {
                if a1 == 2 && flag as u32 == 1 {
                    out.extend_from_slice(b"FD_CLOEXEC");
                } else {
                    hex(value, out);
                }
            }),
            "getsockopt" | "setsockopt" => {
                let (words, what) = match a1 {
                    0 => (&socket::IP, "ipopt-name"),
                    1 => (&socket::SOCKET, "sockopt-name"),
                    6 => (&socket::TCP, "tcpopt-name"),
                    17 => (&socket::UDP, "udpopt-name"),
                    41 => (&socket::IPV6, "ip6opt-name"),
                    263 => (&socket::PACKET, "pktopt-name"),
                    _ => return hex(value, out),
                };
                self.word(words, what, Unknown::Hex, value, out);
            }
            "openat" | "open_by_handle_at" => self.open_flags(value, 16, out),
            "open" | "mq_open" if a1 & O_CREAT != 0 => short_mode(value, 16, out),
            "fchmodat" | "mkdirat" | "mknodat" => short_mode(value, 16, out),
            "faccessat" | "faccessat2" => self.access(value, out),
            "fsmount" if is_4 => self.flags(&file::MOUNT, value, out),
            "setresuid" => self.user(value, 16, out),
            "setresgid" => self.group(value, 16, out),
            "socket" => fallible(value, unsigned(value, 16), out, |number, out| {
                match self.protocols.name(number as u32) {
                    Some(word) => out.extend_from_slice(word.as_bytes()),
                    None => bytes(out, &[b"unknown-proto(", value, b")"]),
                }
            }),
            "sendmsg" | "recvmsg" => self.flags(&socket::MESSAGE, value, out),
            "shmget" => self.shared_memory(value, out),
            "mmap" => self.protection(value, 0xf, out),
            "mprotect" => self.protection(value, 7, out),
            "move_mount" if is_4 => folder(value, out),
            "readlinkat" | "linkat" | "renameat" | "renameat2" => folder(value, out),
            "lseek" => self.low_byte(&file::SEEK, "whence", value, out),
            "clone" | "clone2" => self.clone(value, out),
            "tgkill" => self.signal(value, 16, out),
            _ => hex(value, out),
        }
    }

    fn fourth(&self, name: &str, value: &[u8], out: &mut Vec<u8>) {
        match name {
            "mmap" => self.map_flags(value, out),
            "mount" => self.flags(&file::MOUNT, value, out),
            "recv" | "recvfrom" | "recvmmsg" | "send" | "sendto" | "sendmmsg" => {
                self.flags(&socket::MESSAGE, value, out);
            }
            _ => hex(value, out),
        }
    }

    /// The word for a number in hex, or `unknown-WHAT(…)`.
    pub(super) fn word(
        &self,
        words: &Words,
        what: &str,
        unknown: Unknown,
        value: &[u8],
        out: &mut Vec<u8>,
    ) {
        fallible(value, unsigned(value, 16), out, |number, out| {
            if let Some(word) = words.get(number as u32, self.compat) {
                return out.extend_from_slice(word.as_bytes());
            }
            bytes(out, &[b"unknown-", what.as_bytes(), b"("]);
            match unknown {
                Unknown::Raw => out.extend_from_slice(value),
                Unknown::Hex => hex(value, out),
                Unknown::Decimal => super::write(out, format_args!("{}", number as i32)),
            }
            out.push(b')');
        });
    }

    /// The word for the lowest byte of a number in hex, or `unknown-WHAT(…)`.
    fn low_byte(&self, words: &Words, what: &str, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |number, out| {
            match words.get(number as u32 & 0xff, self.compat) {
                Some(word) => out.extend_from_slice(word.as_bytes()),
                None => bytes(out, &[b"unknown-", what.as_bytes(), b"(", value, b")"]),
            }
        });
    }

    /// The words of bits, or the number as it is.
    pub(super) fn flags(&self, words: &Words, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |flags, out| {
            if !words.bits(flags & 0xffff_ffff, b'|', self.compat, out) {
                hex(value, out);
            }
        });
    }

    /// Bits of `open(2)`.
    pub(super) fn open_flags(&self, value: &[u8], base: u32, out: &mut Vec<u8>) {
        fallible(value, unsigned(value, base), out, |flags, out| {
            if is_clear(flags, 3) {
                out.extend_from_slice(b"O_RDONLY");
                with_rest(out, |out| file::OPEN.bits(flags, b'|', self.compat, out));
            } else {
                file::OPEN.bits(flags, b'|', self.compat, out);
            }
        });
    }

    /// Bits of `mmap(2)`.
    pub(super) fn map_flags(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |flags, out| {
            let flags = flags & 0xffff_ffff;
            if is_clear(flags, 0xf) {
                out.extend_from_slice(b"MAP_FILE");
                with_rest(out, |out| file::MMAP.bits(flags, b'|', self.compat, out));
            } else if !file::MMAP.bits(flags, b'|', self.compat, out) {
                hex(value, out);
            }
        });
    }

    fn protection(&self, value: &[u8], mask: u64, out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |flags, out| {
            if is_clear(flags, 7) {
                out.extend_from_slice(b"PROT_NONE");
            } else {
                file::PROT.bits(flags & mask, b'|', self.compat, out);
            }
        });
    }

    fn access(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |mode, out| {
            if is_clear(mode, 0xf) {
                out.extend_from_slice(b"F_OK");
            } else if !file::ACCESS.bits(mode, b'|', self.compat, out) {
                hex(value, out);
            }
        });
    }

    fn clone(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |flags, out| {
            let flags = flags & 0xffff_ffff;
            let is_some = process::CLONE.bits(flags, b'|', self.compat, out);
            let signal = flags as u32 & 0xff;
            match process::SIGNAL.get(signal, self.compat) {
                Some(word) if signal > 0 => {
                    let between: &[u8] = if is_some { b"|" } else { b"" };
                    bytes(out, &[between, word.as_bytes()]);
                }
                _ if !is_some => super::write(out, format_args!("{flags:#x}")),
                _ => {}
            }
        });
    }

    /// Personalities of `personality(2)`.
    pub(super) fn personality(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |number, out| {
            match process::PERSONALITY.get(number as u32 & 0xff, self.compat) {
                Some(word) if number & ADDR_NO_RANDOMIZE != 0 => {
                    bytes(out, &[word.as_bytes(), b"|~ADDR_NO_RANDOMIZE"]);
                }
                Some(word) => out.extend_from_slice(word.as_bytes()),
                None => bytes(out, &[b"unknown-personality(0x", value, b")"]),
            }
        });
    }

    fn policy(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |policy, out| {
            match process::SCHED.get(policy as u32 & 0xf, self.compat) {
                Some(word) if policy & SCHED_RESET_ON_FORK != 0 => {
                    bytes(out, &[word.as_bytes(), b"|SCHED_RESET_ON_FORK"]);
                }
                Some(word) => out.extend_from_slice(word.as_bytes()),
                None => bytes(out, &[b"unknown-scheduler-policy(0x", value, b")"]),
            }
        });
    }

    fn level(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |level, out| {
            let level = level as u32;
            let word = match level {
                1 => Some("SOL_SOCKET"),
                _ => self.protocols.name(level).or_else(|| socket::LEVEL.get(level, self.compat)),
            };
            match word {
                Some(word) => out.extend_from_slice(word.as_bytes()),
                None => bytes(out, &[b"unknown-sockopt-level(0x", value, b")"]),
            }
        });
    }

    fn shared_memory(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |flags, out| {
            if process::SHM.bits(flags & 0o17000, b'|', self.compat, out) {
                out.push(b'|');
            }
            short_mode_of(flags & 0o777, out);
        });
    }

    /// Requests of `ioctl(2)`.
    pub(super) fn ioctl(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |request, out| {
            match file::IOCTL.get(request as u32, self.compat) {
                Some(word) => out.extend_from_slice(word.as_bytes()),
                None => super::write(out, format_args!("{:#x}", request as u32)),
            }
        });
    }
}

/// Puts a bar before what follows, if anything does.
fn with_rest(out: &mut Vec<u8>, append: impl FnOnce(&mut Vec<u8>) -> bool) {
    out.push(b'|');
    if !append(out) {
        out.pop();
    }
}

/// A folder a path begins at.
fn folder(value: &[u8], out: &mut Vec<u8>) {
    fallible(value, unsigned(value, 16), out, |number, out| {
        if number as u32 == AT_FDCWD {
            out.extend_from_slice(b"AT_FDCWD");
        } else {
            hex(value, out);
        }
    });
}

/// Bits of a mode that are neither its kind nor its permissions.
const SPECIAL: [(u64, &str); 3] = [(0o4000, "suid"), (0o2000, "sgid"), (0o1000, "sticky")];

/// Appends a mode with the kind of file: `file,suid,755`.
pub(super) fn mode(value: &[u8], base: u32, compat: Compat, out: &mut Vec<u8>) {
    fallible(value, unsigned(value, base), out, |mode, out| {
        let kind = mode as u32 >> 12 & 0xf;
        match file::KIND.get(kind, compat) {
            Some(word) => out.extend_from_slice(word.as_bytes()),
            None => super::write(out, format_args!("{kind:03o}")),
        }
        for (_, word) in SPECIAL.iter().filter(|(bit, _)| mode & bit != 0) {
            bytes(out, &[b",", word.as_bytes()]);
        }
        super::write(out, format_args!(",{:03o}", mode & 0o777));
    });
}

/// Appends a mode without the kind of file: `suid,0755`.
pub(super) fn short_mode(value: &[u8], base: u32, out: &mut Vec<u8>) {
    fallible(value, unsigned(value, base), out, short_mode_of);
}

fn short_mode_of(mode: u64, out: &mut Vec<u8>) {
    for (_, word) in SPECIAL.iter().filter(|(bit, _)| mode & bit != 0) {
        bytes(out, &[word.as_bytes(), b","]);
    }
    super::write(out, format_args!("0{:03o}", mode & 0o777));
}
