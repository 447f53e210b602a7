//! Logins: from an address, with a key or as a user not known here; and after many failures.

use super::burst::Burst;
use super::{Claim, Input, Memory, Over, Question, Verdict, after, text};
use crate::model::{Event, Login, LoginPart, Severity};

/// A login of which something is not known here.
pub(super) fn unknown(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::Login { login, unknown, failures, .. }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    let config = &question.config.ssh;
    let unknown: Vec<_> = unknown.iter().filter(|part| config.unknown.contains(part)).collect();
    // What was guessed is told as that.
    if unknown.is_empty() || *failures >= config.guessed_after {
        return Verdict::Nothing;
    }
    let strange = |part| unknown.contains(&&part);
    let what =
        match (strange(LoginPart::User), strange(LoginPart::Key), strange(LoginPart::Address)) {
            (true, _, true) => "neither this user nor this address logged in here before",
            (true, ..) => "this user never logged in here before",
            (_, true, true) => "neither this key nor this address is known here",
            (_, true, _) => "this key is not known here",
            _ => "this address is not known here",
        };
    // A key that is known from a new address is mostly its owner on the road.
    let by_known_key = login.fingerprint.is_some() && !strange(LoginPart::Key);
    let severity = if by_known_key && !strange(LoginPart::User) {
        Severity::Warning
    } else {
        Severity::Critical
    };
    raised(question, memory, login, severity, &format!("{}: {what}", came(login)))
}

/// A login after many failures from the same address: somebody may have guessed.
pub(super) fn guessed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::Login { login, failures, .. }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    if *failures < question.config.ssh.guessed_after {
        return Verdict::Nothing;
    }
    let what = format!("{} after {failures} failed tries: guessed?", came(login));
    raised(question, memory, login, Severity::Critical, &what)
}

fn raised(
    question: Question<'_>,
    memory: &mut Memory,
    login: &Login,
    severity: Severity,
    what: &str,
) -> Verdict {
    let quiet = question.config.ssh.quiet;
    let burst = Burst::again(memory, question.at, quiet);
    let more = if burst.count > 1 { format!(" ({} logins)", burst.count) } else { String::new() };
    Verdict::Raised(Claim {
        severity,
        since: burst.first,
        ripe: Some(question.at),
        over: Some(Over {
            at: after(question.at, quiet),
            summary: format!("no more such logins for {}", text::span(quiet)),
        }),
        summary: format!("{what}{more}"),
        next: format!("nightkeep logins --address {}", text::quote(&login.address)),
    })
}

/// `deploy logged in from 198.51.100.7 by ED25519 key`.
fn came(login: &Login) -> String {
    let how = match (&login.key_kind, login.method.split('/').next()) {
        (Some(kind), _) => format!("{} key", text::clean(kind, 20)),
        (None, Some("publickey")) => String::from("key"),
        (None, Some(method)) => text::clean(method, 30),
        (None, None) => String::from("unknown means"),
    };
    let (user, address) = (text::clean(&login.user, 40), text::clean(&login.address, 64));
    format!("{user} logged in from {address} by {how}")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName, Subject};

    type Judged = Option<(Severity, String)>;

    fn judge(
        unknown_parts: &[LoginPart],
        fingerprint: Option<&str>,
        failures: u32,
    ) -> (Judged, Judged) {
        let config = Config::default();
        let login = Login {
            user: String::from("deploy"),
            address: String::from("198.51.100.7"),
            port: 4711,
            method: String::from(if fingerprint.is_some() { "publickey" } else { "password" }),
            key_kind: fingerprint.map(|_| String::from("ED25519")),
            fingerprint: fingerprint.map(str::to_owned),
        };
        let subject = Subject::Login(login.name());
        let (logged, unknown_parts) = (Timestamp::UNIX_EPOCH, unknown_parts.to_vec());
        let event = Event::Login { login, unknown: unknown_parts, failures, logged };
        let ask = |rule, heed: fn(Question<'_>, &mut Memory, Input<'_>) -> Verdict| {
            let key = AlertKey { rule, subject: subject.clone() };
            let question = Question { config: &config, at: logged, key: &key };
            match heed(question, &mut Memory::Nothing, Input::Event(&event)) {
                Verdict::Raised(claim) => Some((claim.severity, claim.summary)),
                _ => None,
            }
        };
        (ask(RuleName::LoginUnknown, unknown), ask(RuleName::LoginGuessed, guessed))
    }

    #[test]
    fn what_is_strange_is_said() {
        use LoginPart::{Address, Key, User};
        let key = Some("SHA256:abc");
        let base = "deploy logged in from 198.51.100.7 by ED25519 key";
        let told = |severity, what: &str| (Some((severity, format!("{base}: {what}"))), None);
        assert_eq!(judge(&[], key, 9), (None, None));
        let address = told(Severity::Warning, "this address is not known here");
        assert_eq!(judge(&[Address], key, 0), address);
        let both = told(Severity::Critical, "neither this key nor this address is known here");
        assert_eq!(judge(&[Key, Address], key, 0), both);
        let user = told(Severity::Critical, "this user never logged in here before");
        assert_eq!(judge(&[User, Key], key, 0), user);
        let (password, _) = judge(&[Address], None, 0);
        assert_eq!(password.unwrap().0, Severity::Critical);
    }

    #[test]
    fn what_was_guessed_is_told_as_that_alone() {
        let summary =
            "deploy logged in from 198.51.100.7 by password after 30 failed tries: guessed?";
        let guessed = Some((Severity::Critical, summary.to_owned()));
        assert_eq!(judge(&[LoginPart::Address], None, 30), (None, guessed.clone()));
        assert_eq!(judge(&[], None, 30), (None, guessed));
    }
}
