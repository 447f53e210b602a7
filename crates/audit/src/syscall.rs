//! Architectures and their system calls, by number and by name.
//!
//! Numbers are those of the kernel's uapi headers. Where audit's own tools have always used another
//! name than the headers (`pread` for `pread64`), theirs is the one here.

mod aarch64;
mod arm;
mod i386;
mod x86_64;

/// `EM_X86_64` and its kin with the bits of `linux/audit.h`.
const BITS_64: u32 = 0x8000_0000;
const LITTLE_ENDIAN: u32 = 0x4000_0000;

/// A set of system call numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arch {
    /// 64 bits on Intel and AMD.
    X86_64,
    /// 32 bits on Intel and AMD.
    I386,
    /// 64 bits on ARM.
    Aarch64,
    /// 32 bits on ARM.
    Arm,
}

impl Arch {
    /// Every one that is known here.
    pub const ALL: [Self; 4] = [Self::X86_64, Self::I386, Self::Aarch64, Self::Arm];

    /// The one this program was made for.
    pub const NATIVE: Self = if cfg!(target_arch = "x86_64") {
        Self::X86_64
    } else if cfg!(target_arch = "aarch64") {
        Self::Aarch64
    } else if cfg!(target_arch = "arm") {
        Self::Arm
    } else {
        Self::I386
    };

    /// `AUDIT_ARCH_*` of `linux/audit.h`: the number in `arch=` of a record (in hex there).
    pub const fn number(self) -> u32 {
        match self {
            Self::X86_64 => 0x3e | BITS_64 | LITTLE_ENDIAN,
            Self::I386 => 0x03 | LITTLE_ENDIAN,
            Self::Aarch64 => 0xb7 | BITS_64 | LITTLE_ENDIAN,
            Self::Arm => 0x28 | LITTLE_ENDIAN,
        }
    }

    /// The architecture of such a number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|arch| arch.number() == number)
    }

    /// `x86_64`, `i386`, `aarch64`, `arm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::I386 => "i386",
            Self::Aarch64 => "aarch64",
            Self::Arm => "arm",
        }
    }

    /// Its numbers are those of a 64-bit machine.
    pub const fn is_64(self) -> bool {
        self.number() & BITS_64 != 0
    }

    /// The 32-bit set that runs on the same machine.
    #[must_use]
    pub const fn narrow(self) -> Self {
        match self {
            Self::X86_64 | Self::I386 => Self::I386,
            Self::Aarch64 | Self::Arm => Self::Arm,
        }
    }

    /// The name of a system call; what the kernel has added since is none.
    pub fn syscall(self, number: u32) -> Option<&'static str> {
        let name = *self.names().get(usize::try_from(number).ok()?)?;
        (!name.is_empty()).then_some(name)
    }

    /// The number of a system call.
    pub fn number_of(self, name: &str) -> Option<u32> {
        let place = self.names().iter().position(|known| *known == name)?;
        if name.is_empty() { None } else { u32::try_from(place).ok() }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::X86_64 => &x86_64::NAMES,
            Self::I386 => &i386::NAMES,
            Self::Aarch64 => &aarch64::NAMES,
            Self::Arm => &arm::NAMES,
        }
    }
}

/// What audit's tools call a system call that the headers call otherwise, on some architecture.
pub fn audits_name(header: &str) -> Option<&'static str> {
    let (_, audits) = NAMES_OF_HEADERS.iter().find(|(known, _)| *known == header)?;
    Some(audits)
}

static NAMES_OF_HEADERS: [(&str, &str); 8] = [
    ("pread64", "pread"),
    ("pwrite64", "pwrite"),
    ("getdents64", "getdents"),
    ("fstat", "newfstat"),
    ("kexec_load", "sys_kexec_load"),
    ("sched_rr_get_interval_time64", "sched_rr_get_interval64"),
    ("_llseek", "llseek"),
    ("_newselect", "newselect"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_the_kernels() {
        assert_eq!(Arch::X86_64.number(), 0xc000_003e);
        assert_eq!(Arch::Aarch64.number(), 0xc000_00b7);
        assert_eq!(Arch::I386.number(), 0x4000_0003);
        for (arch, name, number) in [
            (Arch::X86_64, "execve", 59),
            (Arch::X86_64, "openat2", 437),
            (Arch::X86_64, "pread", 17),
            (Arch::I386, "execve", 11),
            (Arch::I386, "openat", 295),
            (Arch::Aarch64, "execve", 221),
            (Arch::Aarch64, "openat", 56),
            (Arch::Aarch64, "newfstat", 80),
            (Arch::Arm, "execve", 11),
        ] {
            assert_eq!(arch.number_of(name), Some(number), "{name}");
        }
        for arch in Arch::ALL {
            for number in 0..600 {
                let Some(name) = arch.syscall(number) else { continue };
                let first = arch.number_of(name);
                assert!(first.is_some_and(|first| first <= number), "{name}");
            }
        }
        assert_eq!(Arch::X86_64.number_of(""), None);
        assert_eq!(Arch::X86_64.syscall(400), None);
    }
}
