//! The fields of a rule by number and name, and what their values are.

use super::rule::FieldName;

/// What the value of a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number, shown signed.
    Number,
    /// A number that is never below zero.
    Unsigned,
    /// The number or name of a user.
    User,
    /// The number or name of a group.
    Group,
    /// A login session.
    Session,
    /// What a system call gave back: a number or the name of an error.
    Exit,
    /// The type of a record.
    MessageType,
    /// A text.
    Text,
    /// An architecture.
    Arch,
    /// `rwxa`.
    Perm,
    /// The type of a file.
    FileType,
    /// The type of a filesystem.
    Filesystem,
    /// An argument of a system call: a number, shown in hex.
    Argument,
    /// Two fields held against one another.
    Compare,
    /// The keys.
    Key,
}

/// What may be read, written, run, or changed of a file.
pub const PERM_EXEC: u32 = 1;
/// See [`PERM_EXEC`].
pub const PERM_WRITE: u32 = 2;
/// See [`PERM_EXEC`].
pub const PERM_READ: u32 = 4;
/// See [`PERM_EXEC`].
pub const PERM_ATTR: u32 = 8;

macro_rules! fields {
    ($($constant:ident = $number:literal, $name:literal, $kind:ident;)*) => {
        impl FieldName {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Self = Self($number);)*
        }
        static FIELDS: &[(FieldName, &str, Kind)] =
            &[$((FieldName::$constant, $name, Kind::$kind)),*];
    };
}

// Numbers: linux/audit.h.
fields! {
    PID = 0, "pid", Number;
    UID = 1, "uid", User;
    EUID = 2, "euid", User;
    SUID = 3, "suid", User;
    FSUID = 4, "fsuid", User;
    GID = 5, "gid", Group;
    EGID = 6, "egid", Group;
    SGID = 7, "sgid", Group;
    FSGID = 8, "fsgid", Group;
    AUID = 9, "auid", User;
    PERS = 10, "pers", Number;
    ARCH = 11, "arch", Arch;
    MSGTYPE = 12, "msgtype", MessageType;
    SUBJ_USER = 13, "subj_user", Text;
    SUBJ_ROLE = 14, "subj_role", Text;
    SUBJ_TYPE = 15, "subj_type", Text;
    SUBJ_SEN = 16, "subj_sen", Text;
    SUBJ_CLR = 17, "subj_clr", Text;
    PPID = 18, "ppid", Number;
    OBJ_USER = 19, "obj_user", Text;
    OBJ_ROLE = 20, "obj_role", Text;
    OBJ_TYPE = 21, "obj_type", Text;
    OBJ_LEV_LOW = 22, "obj_lev_low", Text;
    OBJ_LEV_HIGH = 23, "obj_lev_high", Text;
    SESSIONID = 25, "sessionid", Session;
    FSTYPE = 26, "fstype", Filesystem;
    DEVMAJOR = 100, "devmajor", Number;
    DEVMINOR = 101, "devminor", Number;
    INODE = 102, "inode", Unsigned;
    EXIT = 103, "exit", Exit;
    SUCCESS = 104, "success", Number;
    PATH = 105, "path", Text;
    PERM = 106, "perm", Perm;
    DIR = 107, "dir", Text;
    FILETYPE = 108, "filetype", FileType;
    OBJ_UID = 109, "obj_uid", User;
    OBJ_GID = 110, "obj_gid", Group;
    COMPARE = 111, "field_compare", Compare;
    EXE = 112, "exe", Text;
    SADDR_FAM = 113, "saddr_fam", Number;
    A0 = 200, "a0", Argument;
    A1 = 201, "a1", Argument;
    A2 = 202, "a2", Argument;
    A3 = 203, "a3", Argument;
    KEY = 210, "key", Key;
}

impl FieldName {
    /// The field of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "loginuid" {
            return Some(Self::AUID);
        }
        FIELDS.iter().find(|(_, known, _)| *known == name).map(|(field, ..)| *field)
    }

    /// Its name, if it is known.
    pub fn name(self) -> Option<&'static str> {
        self.entry().map(|(_, name, _)| *name)
    }

    /// What its value is; of an unknown one a number.
    pub fn kind(self) -> Kind {
        self.entry().map_or(Kind::Number, |(.., kind)| *kind)
    }

    /// Is its value a text in the kernel's form as well?
    pub(super) fn is_text(self) -> bool {
        matches!(self.kind(), Kind::Text | Kind::Key)
    }

    /// Every name.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        FIELDS.iter().map(|(_, name, _)| *name)
    }

    fn entry(self) -> Option<&'static (Self, &'static str, Kind)> {
        FIELDS.iter().find(|(field, ..)| *field == self)
    }
}

/// `S_IF*` of `linux/stat.h` by audit's words.
pub(super) static FILE_TYPES: [(&str, u32); 7] = [
    ("socket", 0o14_0000),
    ("link", 0o12_0000),
    ("file", 0o10_0000),
    ("block", 0o6_0000),
    ("dir", 0o4_0000),
    ("character", 0o2_0000),
    ("fifo", 0o1_0000),
];

/// `*_MAGIC` of `linux/magic.h`: the two filesystems whose names audit knows.
pub(super) static FILESYSTEMS: [(&str, u32); 2] =
    [("tracefs", 0x7472_6163), ("debugfs", 0x6462_6720)];

/// The letters of permissions, in the order they are shown.
pub(super) static PERMS: [(char, u32); 4] =
    [('r', PERM_READ), ('w', PERM_WRITE), ('x', PERM_EXEC), ('a', PERM_ATTR)];
