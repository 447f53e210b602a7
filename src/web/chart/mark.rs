//! What happened while something was measured.

use jiff::Timestamp;

use crate::model::{Decision, Event, NoteKind, Phase, Severity};
use crate::web::locale::chart as t;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: MarkKind,
    /// In a line. Others may have chosen its words.
    pub text: String,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// An alert began to fire.
    Alert(Severity),
    /// Somebody logged in.
    Login,
    /// Somebody deployed something.
    Deploy,
    /// The owner noted something.
    Note,
    /// The machine was started.
    Reboot,
}

impl MarkKind {
    /// The class of its colour.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert(Severity::Critical) => "critical",
            Self::Alert(_) => "alert",
            Self::Login => "login",
            Self::Deploy => "deploy",
            Self::Note => "note",
            Self::Reboot => "reboot",
        }
    }

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alert(_) => t::alert(),
            Self::Login => t::login(),
            Self::Deploy => t::deploy(),
            Self::Note => t::note(),
            Self::Reboot => t::reboot(),
        }
    }
}

/// The marks of what was decided and of what happened, in order; the newest `most` of them.
pub fn marks(decisions: &[Decision], events: &[(Timestamp, Event)], most: usize) -> Vec<Mark> {
    let alerts = decisions.iter().filter_map(|decision| match decision {
        Decision::Change { at, to: Phase::Firing, from, severity, summary, .. }
            if *from != Phase::Firing =>
        {
            Some(Mark { at: *at, kind: MarkKind::Alert(*severity), text: summary.clone() })
        }
        _ => None,
    });
    let events = events.iter().filter_map(|(at, event)| {
        let (kind, text) = match event {
            Event::Login { login, .. } => {
                (MarkKind::Login, t::login_from(&login.user, &login.address))
            }
            Event::WatchStarted { rebooted: true, .. } => {
                (MarkKind::Reboot, t::was_started().to_owned())
            }
            Event::Noted { kind, text, by } => {
                let mark = match kind {
                    NoteKind::Deploy => MarkKind::Deploy,
                    NoteKind::Note => MarkKind::Note,
                };
                (mark, t::noted(text, by))
            }
            _ => return None,
        };
        Some(Mark { at: *at, kind, text })
    });
    let mut marks: Vec<Mark> = alerts.chain(events).collect();
    marks.sort_by_key(|mark| mark.at);
    marks.drain(..marks.len().saturating_sub(most));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_and_the_newest() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let reboot = Event::WatchStarted { alive_until: None, rebooted: true };
        let start = Event::WatchStarted { alive_until: None, rebooted: false };
        let deploy = Event::Noted {
            kind: NoteKind::Deploy,
            text: String::from("v1.2.3"),
            by: String::from("ann"),
        };
        let events = [(at(30), reboot), (at(10), deploy), (at(20), start)];
        let found = marks(&[], &events, 9);
        let shown: Vec<_> = found.iter().map(|mark| (mark.kind, mark.text.as_str())).collect();
        assert_eq!(
            shown,
            [(MarkKind::Deploy, "v1.2.3 (ann)"), (MarkKind::Reboot, "the machine was started")]
        );
        assert_eq!(marks(&[], &events, 1)[0].kind, MarkKind::Reboot);
    }
}
