//! Is the kernel's audit as it should be: its rules, what was lost, what waits?

use askama::Template;
use jiff::Timestamp;
use nightkeep_audit::netlink::{Control, Status};
use nightkeep_audit::rules::sentence::sentence;
use nightkeep_audit::syscall::Arch;
use tokio::task::spawn_blocking;

use super::blind::Blind;
use crate::control::{Reply, Request, Stated};
use crate::model::text::clean;
use crate::model::{AuditState, Event, SourceName, State};
use crate::source::audit::MEND;
use crate::store;
use crate::web::locale::{audit as t, security};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// Things that happened to the rules, and rules, that are listed.
const EVENTS: usize = 20;
const RULES: usize = 500;

#[derive(Template)]
#[template(path = "page/security/rules.html")]
struct Rules {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    is_enabled: bool,
    state: Option<AuditState>,
    troubles: Vec<Trouble>,
    status: Option<Status>,
    /// What each loaded rule does, and its keys.
    rules: Vec<(String, String)>,
    more: usize,
    events: Vec<(Timestamp, String)>,
}

/// Something that is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) what: String,
    pub(super) mend: &'static str,
}

/// How the audit is, as the watch knows it, and since when.
pub(super) async fn state(visit: &Visit) -> Result<Option<AuditState>> {
    let Reply::States { states } = visit.ask(Request::States).await? else { return Ok(None) };
    let audit = |stated: Stated| match stated.state {
        State::Audit(state) => Some(state),
        _ => None,
    };
    Ok(states.into_iter().find_map(audit))
}

/// What is wrong, worst first.
pub(super) fn troubles(state: &AuditState) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let mut say = |what: String, mend| troubles.push(Trouble { what, mend });
    let load = if state.locked { "reboot" } else { "augenrules --load" };
    if state.off {
        say(t::off().to_owned(), "auditctl -e 1");
    }
    if state.missing > 0 {
        let (file, example) = (clean(&state.file, 200), clean(&state.example, 200));
        say(t::missing(state.missing, file, example), load);
    }
    for path in &state.strayed {
        say(t::strayed(clean(path, 200)), load);
    }
    if state.daemon_stopped {
        say(t::daemon_stopped().to_owned(), "systemctl start auditd");
    }
    if state.log_stands {
        say(t::log_stands().to_owned(), "systemctl status auditd; df -h /var/log");
    }
    troubles
}

pub(super) async fn show(visit: &Visit) -> Result {
    let is_enabled = visit.config.audit.enabled;
    let mut blind: Vec<Blind> = Vec::new();
    let sources = visit.status().await?.sources;
    let source = sources.into_iter().find(|one| one.source == SourceName::Audit);
    if let Some(said) = source.and_then(|source| source.blind) {
        blind.push(Blind::said(security::blind_rules(), &said));
    }
    let state = state(visit).await?;
    let asked = spawn_blocking(ask).await.ok().and_then(std::result::Result::ok);
    if asked.is_none() && blind.is_empty() {
        blind.push(Blind::new(
            security::blind_loaded(),
            security::capability("CAP_AUDIT_CONTROL"),
            MEND,
        ));
    }
    let (status, mut rules) =
        asked.map_or((None, Vec::new()), |(status, rules)| (Some(status), rules));
    let more = rules.len().saturating_sub(RULES);
    rules.truncate(RULES);
    let events = match visit.store().await {
        Ok(store) => happened(&store).await?,
        Err(_) => Vec::new(),
    };
    html(&Rules {
        frame: super::still(visit).await?,
        clock: visit.clock(),
        here: "/security/rules",
        blind,
        is_enabled,
        troubles: state.as_ref().map(troubles).unwrap_or_default(),
        state,
        status,
        rules,
        more,
        events,
    })
}

/// How the kernel's audit is, and what each rule does.
fn ask() -> std::result::Result<(Status, Vec<(String, String)>), nightkeep_audit::netlink::Error> {
    let mut control = Control::open()?;
    let status = control.status()?;
    let rules = control.rules()?.into_iter().flatten().map(|rule| {
        let keys: Vec<String> =
            rule.keys().map(|key| clean(&String::from_utf8_lossy(key), 100)).collect();
        (clean(&sentence(&rule, Arch::NATIVE), 400), keys.join(", "))
    });
    Ok((status, rules.collect()))
}

/// What was heard of rules that vanished and records that were lost, newest first.
pub(super) async fn happened(store: &store::Store) -> Result<Vec<(Timestamp, String)>> {
    let mut events = Vec::new();
    for kind in ["audit-rule-removed", "audit-lost"] {
        events.extend(store::history::latest_of(store, kind, "", i64::MAX, EVENTS).await?);
    }
    events.sort_by_key(|(seq, ..)| std::cmp::Reverse(*seq));
    events.truncate(EVENTS);
    let said = |(_, at, event)| Some((at, in_words(&event)?));
    Ok(events.into_iter().filter_map(said).collect())
}

fn in_words(event: &Event) -> Option<String> {
    match event {
        Event::AuditRuleRemoved { rule, by, restored } => {
            let rule = clean(rule, 300);
            let vanished = if by.is_empty() {
                t::vanished(rule)
            } else {
                t::vanished_by(clean(by, 200), rule)
            };
            Some(if *restored { t::put_back(vanished) } else { vanished })
        }
        Event::AuditLost { records: 0, waiting, room } => Some(t::records_wait(waiting, room)),
        Event::AuditLost { records, .. } => Some(t::records_lost(records)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        assert_eq!(troubles(&AuditState::default()), []);
        let state = AuditState {
            missing: 2,
            example: String::from("-w /etc/passwd\u{202e} -p wa"),
            file: String::from("/etc/audit/rules.d"),
            locked: true,
            ..AuditState::default()
        };
        let found = troubles(&state);
        assert!(found[0].what.starts_with("2 rules of /etc/audit/rules.d are not loaded"));
        assert!(!found[0].what.contains('\u{202e}'), "{found:?}");
        assert_eq!((found.len(), found[0].mend), (1, "reboot"));
        let lost = Event::AuditLost { records: 3, waiting: 0, room: 0 };
        assert_eq!(in_words(&lost).unwrap(), "3 records were lost");
    }
}
