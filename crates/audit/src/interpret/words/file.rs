//! What is asked of files and memory: the words of `asm-generic/fcntl.h`, `asm-generic/mman.h`,
//! `linux/mount.h`, `asm-generic/ioctls.h` and their kin.

use super::Words;

/// Bits of `open(2)`; reading only has none.
pub(in crate::interpret) static OPEN: Words = Words {
    known: &[
        (0, "O_WRONLY O_RDWR"),
        (6, "O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC O_ASYNC O_DIRECT"),
        (16, "O_DIRECTORY O_NOFOLLOW O_NOATIME O_CLOEXEC __O_SYNC O_PATH __O_TMPFILE"),
    ],
    since_4: &[],
};

/// `fcntl(2)` commands.
pub(in crate::interpret) static FCNTL: Words = Words {
    known: &[
        (
            0,
            "F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN \
         F_SETSIG F_GETSIG F_GETLK64 F_SETLK64 F_SETLKW64 F_SETOWN_EX F_GETOWN_EX \
         F_GETOWNER_UIDS",
        ),
        (1024, "F_SETLEASE F_GETLEASE F_NOTIFY"),
        (
            1029,
            "F_CANCELLK F_DUPFD_CLOEXEC F_SETPIPE_SZ F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS \
         F_GET_RW_HINT F_SET_RW_HINT F_GET_FILE_RW_HINT F_SET_FILE_RW_HINT",
        ),
    ],
    since_4: &[],
};

/// `ioctl(2)` requests.
pub(in crate::interpret) static IOCTL: Words = Words {
    known: &[
        (0x4b3a, "KDSETMODE KDGETMODE"),
        (0x5309, "CDROMEJECT"),
        (0x530f, "CDROMEJECT_SW"),
        (0x5311, "CDROM_GET_UPC"),
        (0x5316, "CDROMSEEK"),
        (0x5401, "TCGETS TCSETS TCSETSW TCSETSF"),
        (0x5409, "TCSBRK"),
        (0x540b, "TCFLSH"),
        (0x540e, "TIOCSCTTY TIOCGPGRP TIOCSPGRP"),
        (0x5413, "TIOCGWINSZ TIOCSWINSZ"),
        (0x541b, "TIOCINQ"),
        (0x5421, "FIONBIO TIOCNOTTY"),
        (0x8901, "FIOSETOWN"),
        (0x8903, "FIOGETOWN"),
        (0x8910, "SIOCGIFNAME"),
        (0x8927, "SIOCGIFHWADDR"),
        (0x8933, "SIOCGIFINDEX"),
        (0x89a2, "SIOCBRADDIF"),
        (0x4004_5431, "TIOCSPTLCK"),
        (0x8004_5430, "TIOCGPTN TIOCSPTLCK"),
        (0xc018_64b0, "DRM_IOCTL_MODE_PAGE_FLIP DRM_IOCTL_MODE_DIRTYFB"),
        (0xc01c_64a3, "DRM_IOCTL_MODE_CURSOR"),
    ],
    since_4: &[],
};

/// Bits of `access(2)`.
pub(in crate::interpret) static ACCESS: Words =
    Words { known: &[(0, "X_OK W_OK R_OK")], since_4: &[] };

/// `lseek(2)`.
pub(in crate::interpret) static SEEK: Words =
    Words { known: &[(0, "SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE")], since_4: &[] };

/// `epoll_ctl(2)`.
pub(in crate::interpret) static EPOLL: Words =
    Words { known: &[(1, "EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD")], since_4: &[] };

/// `fsconfig(2)` commands.
pub(in crate::interpret) static FSCONFIG: Words = Words {
    known: &[(
        0,
        "FSCONFIG_SET_FLAG FSCONFIG_SET_STRING FSCONFIG_SET_BINARY FSCONFIG_SET_PATH \
         FSCONFIG_SET_PATH_EMPTY FSCONFIG_SET_FD FSCONFIG_CMD_CREATE FSCONFIG_CMD_RECONFIGURE \
         FSCONFIG_CMD_CREATE_EXCL",
    )],
    since_4: &[],
};

/// Bits of `mount(2)`.
pub(in crate::interpret) static MOUNT: Words = Words {
    known: &[
        (
            0,
            "MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_SYNCHRONOUS MS_REMOUNT MS_MANDLOCK \
         MS_DIRSYNC",
        ),
        (
            10,
            "MS_NOATIME MS_NODIRATIME MS_BIND MS_MOVE MS_REC MS_SILENT MS_POSIXACL \
         MS_UNBINDABLE MS_PRIVATE MS_SLAVE MS_SHARED MS_RELATIME MS_KERNMOUNT MS_I_VERSION \
         MS_STRICTATIME MS_LAZYTIME MS_SUBMOUNT MS_SNAP_STABLE MS_NOSEC MS_BORN MS_ACTIVE \
         MS_NOUSER",
        ),
    ],
    since_4: &[],
};

/// Bits of `umount2(2)`.
pub(in crate::interpret) static UMOUNT: Words = Words {
    known: &[(0, "MNT_FORCE MNT_DETACH MNT_EXPIRE UMOUNT_NOFOLLOW"), (31, "UMOUNT_UNUSED")],
    since_4: &[],
};

/// Bits of `mmap(2)`; a file that is neither shared nor private has none.
pub(in crate::interpret) static MMAP: Words = Words {
    known: &[
        (0, "MAP_SHARED MAP_PRIVATE"),
        (4, "MAP_FIXED MAP_ANONYMOUS MAP_32BIT"),
        (8, "MAP_GROWSDOWN"),
        (
            11,
            "MAP_DENYWRITE MAP_EXECUTABLE MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK \
         MAP_STACK MAP_HUGETLB MAP_SYNC MAP_FIXED_NOREPLACE",
        ),
        (26, "MAP_UNINITIALIZED"),
    ],
    since_4: &[],
};

/// Bits of `mprotect(2)`.
pub(in crate::interpret) static PROT: Words =
    Words { known: &[(0, "PROT_READ PROT_WRITE PROT_EXEC PROT_SEM")], since_4: &[] };

/// Bits of `resolve` of `openat2(2)`.
pub(in crate::interpret) static RESOLVE: Words = Words {
    known: &[(
        0,
        "RESOLVE_NO_XDEV RESOLVE_NO_MAGICLINKS RESOLVE_NO_SYMLINKS RESOLVE_BENEATH \
         RESOLVE_IN_ROOT RESOLVE_CACHED",
    )],
    since_4: &[],
};

/// Bits of how the kernel looked up a path, in PATH records of old kernels.
pub(in crate::interpret) static LOOKUP: Words = Words {
    known: &[
        (0, "follow directory continue"),
        (4, "parent noalt atomic"),
        (8, "open create access"),
    ],
    since_4: &[],
};

/// Requests of `io_uring(7)`, by the system call that does the same.
pub(in crate::interpret) static URING: Words = Words {
    known: &[],
    since_4: &[
        (9, "sendmsg recvmsg"),
        (13, "accept"),
        (16, "connect fallocate openat close"),
        (28, "openat2"),
        (
            34,
            "shutdown renameat unlinkat mkdirat symlinkat linkat msg_ring fsetxattr setxattr \
         fgetxattr getxattr",
        ),
        (46, "uring_cmd"),
        (48, "sendmsg_zc"),
        (50, "waitid futex_wait futex_wake futex_waitv"),
    ],
};

/// Kinds of file by the four bits above `07777` of a mode.
pub(in crate::interpret) static KIND: Words = Words {
    known: &[
        (1, "fifo character"),
        (4, "dir"),
        (6, "block"),
        (8, "file"),
        (10, "link"),
        (12, "socket"),
    ],
    since_4: &[],
};
