//! The reports there are, what they are headed by, and which events they are about.

use crate::kind::Kind;

/// One report of aureport.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Report {
    /// Without an option: totals of everything.
    #[default]
    Total,
    /// `-t`: from when to when each file is.
    Times,
    Avc,
    Config,
    Auth,
    Login,
    Mods,
    Event,
    File,
    Host,
    Pid,
    Syscall,
    Terminal,
    User,
    Exe,
    Comm,
    Anomaly,
    Response,
    Mac,
    Integrity,
    Virt,
    Crypto,
    Key,
    Tty,
}

/// A title, what is below it, and how long the lines are before and after that.
pub(super) type Title = (&'static str, &'static str, usize, usize);

impl Report {
    /// How the report is headed that has a row for each event.
    pub(super) fn rows(self) -> Title {
        let (title, columns) = match self {
            Self::Total => ("", ""),
            Self::Times => return ("Log Time Range Report", "", 21, 0),
            Self::Avc => ("AVC Report", "comm subj syscall class permission obj result event"),
            Self::Config => ("Config Change Report", "type auid success event"),
            Self::Auth => ("Authentication Report", "acct host term exe success event"),
            Self::Login => ("Login Report", "auid host term exe success event"),
            Self::Mods => ("Account Modifications Report", "auid addr term exe acct success event"),
            Self::Event => ("Event Report", "event type auid success"),
            Self::File => ("File Report", "file syscall success exe auid event"),
            Self::Host => ("Host Report", "host syscall auid event"),
            Self::Pid => ("Process ID Report", "pid exe syscall auid event"),
            Self::Syscall => ("Syscall Report", "syscall pid comm auid event"),
            Self::Terminal => ("Terminal Report", "term host exe auid event"),
            Self::User => ("User ID Report", "auid term host exe event"),
            Self::Exe => ("Executable Report", "exe term host auid event"),
            Self::Comm => return ("Command Report", "comm term host auid event", 36, 37),
            Self::Anomaly => ("Anomaly Report", "type exe term host auid event"),
            Self::Response => ("Response to Anomaly Report", "type success event"),
            Self::Mac => ("MAC Report", "auid type success event"),
            Self::Integrity => ("Integrity Report", "type success event"),
            Self::Virt => ("Virtualization Report", "type success event"),
            Self::Crypto => ("Crypto Report", "auid type success event"),
            Self::Key => return ("Key Report", "key success exe auid event", 47, 47),
            Self::Tty => return ("TTY Report", "event auid term sess comm data", 47, 47),
        };
        let len = "# date time ".len() + columns.len();
        (title, columns, len, len)
    }

    /// How its summary is headed: the title, what is counted, and how long the lines are. None if
    /// there is no summary of it.
    pub(super) fn summary(self) -> Option<(&'static str, &'static str, usize)> {
        Some(match self {
            Self::Times | Self::Tty => return None,
            Self::Total => ("Summary Report", "", 22),
            Self::Avc => ("Avc Object Summary Report", "obj", 33),
            Self::Config => ("Config Change Summary Report", "type", 28),
            Self::Auth => ("Authentication Summary Report", "acct", 29),
            Self::Login => ("Login Summary Report", "auid", 28),
            Self::Mods => ("Acct Modification Summary Report", "type", 32),
            Self::Event => ("Event Summary Report", "type", 22),
            Self::File => ("File Summary Report", "file", 27),
            Self::Host => ("Host Summary Report", "host", 27),
            Self::Pid => ("Pid Summary Report", "pid", 26),
            Self::Syscall => ("Syscall Summary Report", "syscall", 26),
            Self::Terminal => ("Terminal Summary Report", "terminal", 31),
            Self::User => ("User Summary Report", "auid", 27),
            Self::Exe => ("Executable Summary Report", "file", 33),
            Self::Comm => ("Command Summary Report", "command", 33),
            Self::Anomaly => ("Anomaly Summary Report", "type", 22),
            Self::Response => ("Anomaly Response Summary Report", "type", 31),
            Self::Mac => ("MAC Summary Report", "type", 18),
            Self::Integrity => ("Integrity Summary Report", "type", 24),
            Self::Virt => ("Virtualization Summary Report", "type", 29),
            Self::Crypto => ("Crypto Summary Report", "type", 21),
            Self::Key => ("Key Summary Report", "key", 27),
        })
    }

    /// The kinds of records it is about; none if it is about more than a few.
    pub(super) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Avc => &[Kind::AVC, Kind::USER_AVC],
            Self::Auth => &[Kind::USER_AUTH, Kind::USER_MGMT],
            Self::Login => &[Kind::USER_LOGIN],
            Self::Tty => &[Kind::TTY, Kind::USER_TTY],
            Self::Mods => &[
                Kind::USER_CHAUTHTOK,
                Kind::ADD_USER,
                Kind::DEL_USER,
                Kind::ADD_GROUP,
                Kind::DEL_GROUP,
                Kind::USER_MGMT,
                Kind::GRP_MGMT,
                Kind::ROLE_ASSIGN,
                Kind::ROLE_REMOVE,
            ],
            _ => &[],
        }
    }

    /// Is a record of this kind what it is about? `is_summary` tells where that differs.
    pub(super) fn is_about(self, kind: Kind, is_summary: bool) -> bool {
        match self {
            Self::Config => is_config(kind),
            Self::Mac => {
                let last = if is_summary { 1410 } else { 1417 };
                matches!(kind.0, 2300..=2399) || (1403..=last).contains(&kind.0)
            }
            Self::Integrity => matches!(kind.0, 1800..=1899),
            Self::Virt => matches!(kind.0, 2500..=2599),
            Self::Anomaly => is_anomaly(kind) || kind == Kind::SECCOMP,
            Self::Response => matches!(kind.0, 2200..=2299),
            Self::Crypto => matches!(kind.0, 1600..=1699 | 2400..=2499),
            _ => self.kinds().contains(&kind),
        }
    }
}

/// Changes of the configuration.
pub(super) fn is_config(kind: Kind) -> bool {
    let single = [
        Kind::CONFIG_CHANGE,
        Kind::DAEMON_CONFIG,
        Kind::USYS_CONFIG,
        Kind::NETFILTER_CFG,
        Kind::FEATURE_CHANGE,
        Kind::USER_MAC_CONFIG_CHANGE,
    ];
    single.contains(&kind) || matches!(kind.0, 1403..=1417)
}

/// Anomalies told by programs or the kernel.
pub(super) fn is_anomaly(kind: Kind) -> bool {
    matches!(kind.0, 1700..=1799 | 2100..=2199)
}
