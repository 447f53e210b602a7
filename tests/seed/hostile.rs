//! What attackers put into names, lines and bodies, in every place that keeps text of others.

use jiff::{SignedDuration, Timestamp};
use nightkeep::model::{
    AlertKey, Decision, Event, Login, LoginPart, MessageItem, Observation, Phase, RuleName,
    Severity, Subject, Tell, TellKind,
};
use nightkeep::store::{self, Store};

/// Markup, scripts, addresses that run, ends of what is around, and text that moves text.
pub(crate) const TEXTS: [&str; 10] = [
    "<script>window.hit=1</script>",
    "\"><img src=x onerror=window.hit=2>",
    "'><svg onload=window.hit=3>",
    "javascript:window.hit=4",
    "</title></textarea></style><b id=hit>",
    "<!--/piece--><!--piece:answer--><h1 id=hit>All is well</h1>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "abc\u{202e}\u{2066}gpj.exe\u{200b}\u{feff}",
    "%3Cscript%3E&lt;script&gt;&#60;",
    "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
];

/// Puts each into what a watch may have heard, decided and sent.
pub(crate) async fn fill(store: &Store, now: Timestamp) {
    for (n, text) in TEXTS.iter().enumerate() {
        let at = now - SignedDuration::from_mins(10 * (n as i64 + 1));
        let text = (*text).to_owned();
        let id = 500 + n as u64;
        let key = AlertKey { rule: RuleName::UnitFailed, subject: Subject::Unit(text.clone()) };
        let change = |from, to, at| Decision::Change {
            at,
            key: key.clone(),
            id: Some(id),
            from,
            to,
            severity: Severity::Critical,
            summary: format!("{text} failed"),
        };
        let item = nightkeep::model::Item {
            key: key.clone(),
            id,
            severity: Severity::Critical,
            since: at,
            until: None,
            summary: text.clone(),
            next: format!("systemctl status {text}"),
            first_tell: id,
            held: None,
        };
        let tell = Tell {
            at,
            id,
            kind: TellKind::Raised,
            channels: vec![text.clone()],
            items: vec![item],
        };
        let decisions = [
            change(Phase::Ok, Phase::Firing, at),
            Decision::Tell(tell),
            change(Phase::Firing, Phase::Resolved, at + SignedDuration::from_mins(3)),
        ];
        let mut notice = super::notice(id, at);
        notice.channel.clone_from(&text);
        notice.message.title.clone_from(&text);
        for MessageItem { summary, evidence, next, subject, .. } in &mut notice.message.items {
            for kept in [summary, next, subject] {
                kept.clone_from(&text);
            }
            *evidence = vec![text.clone()];
        }
        store::alert::commit(store, at, &[], &decisions, &[notice.clone()], &heard(&text, at))
            .await
            .unwrap();
        store::outbox::give_up(store, &notice.key, at, &text).await.unwrap();
    }
}

fn heard(text: &str, at: Timestamp) -> Vec<Observation> {
    let text = text.to_owned();
    let login = Login {
        user: text.clone(),
        address: text.clone(),
        port: 1,
        method: text.clone(),
        key_kind: Some(text.clone()),
        fingerprint: Some(text.clone()),
    };
    let unknown = LoginPart::ALL.to_vec();
    let event = |subject, event| Observation::Event { subject, event };
    vec![
        event(
            Subject::Login(text.clone()),
            Event::Login { login, unknown, failures: 7, logged: at },
        ),
        event(Subject::Jail(text.clone()), Event::Ban { address: text.clone() }),
        event(
            Subject::Host,
            Event::OomKill {
                process: text.clone(),
                pid: 1,
                unit: Some(text.clone()),
                resident_bytes: None,
            },
        ),
        event(
            Subject::AuditRule(text.clone()),
            Event::AuditRuleRemoved { rule: text.clone(), by: text, restored: false },
        ),
    ]
}
