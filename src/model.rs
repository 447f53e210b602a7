//! The words of nightkeep as types. No I/O, no clock.

mod alert;
mod audit;
mod certificate;
mod check;
mod command;
mod container;
mod decision;
mod hardware;
mod heartbeat;
mod known;
mod login;
mod machine;
mod monitor;
mod notice;
mod observation;
mod series;
mod state;
mod subject;
pub mod text;

pub use alert::{AlertKey, RuleName, Severity};
pub use audit::{AuditAct, AuditActKind, AuditState};
pub(crate) use certificate::openssl;
pub use certificate::{
    Certificate, CertificateState, Flaw, Over, Renewer, Served, Starttls, Unseen,
};
pub use check::{CheckState, CheckStatus};
pub(crate) use command::glob;
pub use command::{Command, Match, Silence};
pub use container::ContainerState;
pub use decision::{Decision, HeldBy, Item, Phase, Tell, TellKind};
pub use hardware::{DriveState, RaidState};
pub use heartbeat::{HeartbeatFault, HeartbeatState, HeartbeatStatus};
pub use known::{Known, KnownLogins, meant};
pub use login::{Login, LoginPart, network};
pub use machine::{BootState, RestartState, UpdatesState};
pub use monitor::{MonitorState, MonitorStatus};
pub use notice::{Message, MessageItem, Notice, Queued};
pub use observation::{Batch, Event, NoteKind, Observation};
pub use series::{Family, Metric, Series};
pub use state::{State, TimerState, UnitState};
pub use subject::{SourceName, Subject};
