//! Certificates: their end, their chain and name, whether the renewed one is served, and whether
//! they can be seen at all.

use jiff::{SignedDuration, Timestamp};

use super::{Claim, Input, Memory, Question, Verdict, after, text};
use crate::config::CertificatesConfig;
use crate::model::{
    Certificate, CertificateState, Flaw, Over, Renewer, RuleName, Severity, State, Subject, glob,
};

/// Does the owner want this rule for this certificate?
pub(super) fn wanted(config: &CertificatesConfig, rule: RuleName, name: &str) -> bool {
    let asked_for = if name.starts_with('/') {
        config.find || config.files.iter().any(|file| file.as_os_str() == name)
    } else {
        config.endpoints.iter().any(|endpoint| endpoint.subject() == name)
    };
    let rule = match rule {
        RuleName::CertificateExpiry => config.expiry.enabled,
        RuleName::CertificateInvalid => {
            !config.expiry_only.iter().any(|pattern| glob(pattern, name))
        }
        _ => true,
    };
    config.enabled && asked_for && rule
}

/// One that ends soon, or has ended.
pub(super) fn expiry(question: Question<'_>, input: Input<'_>) -> Verdict {
    let Some((name, state)) = of(question, input) else { return absent(input) };
    let at = question.at;
    let expiry = &question.config.certificates.expiry;
    let worst = state.seen.iter().max_by_key(|certificate| {
        (
            expiry.severity(certificate.not_before, certificate.not_after, at),
            std::cmp::Reverse(certificate.not_after),
        )
    });
    // Not seen is not ended: what was so goes on, and `unseen` tells.
    let Some(worst) = worst else { return Verdict::Nothing };
    let who = who(name, state, worst);
    if let Some(endpoint) = &state.watched_as {
        return Verdict::clear(format!("{who} is watched as {}", text::clean(endpoint, 100)));
    }
    let Some(severity) = expiry.severity(worst.not_before, worst.not_after, at) else {
        let left = text::span(worst.not_after.duration_since(at));
        let until = date(question, worst.not_after);
        return Verdict::clear(format!("{who} is good for {left} more, until {until}"));
    };
    let since = expiry.warning_at(worst.not_before, worst.not_after).min(at);
    Verdict::Raised(Claim {
        severity,
        since,
        ripe: Some(since),
        over: None,
        summary: format!("{who} {}", end(question, worst.not_after)),
        next: match &state.renewer {
            Some(Renewer::Caddy) => String::from("journalctl -u caddy -n 50"),
            Some(Renewer::Certbot { name }) => {
                format!("certbot renew --cert-name {}", text::quote(name))
            }
            None => show(name, state),
        },
    })
}

/// One that clients refuse, whatever its end.
pub(super) fn invalid(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Some((name, state)) = of(question, input) else { return absent(input) };
    let Some(first) = state.seen.first() else { return Verdict::Nothing };
    let mut wrong: Vec<(Severity, String)> = Vec::new();
    let usual = if name.starts_with('/') { Severity::Warning } else { Severity::Critical };
    let mut early = false;
    for certificate in &state.seen {
        let over = over(state, certificate);
        let mut say = |severity, words: String| {
            let said = (severity, format!("{words}{over}"));
            if !wrong.contains(&said) {
                wrong.push(said);
            }
        };
        for flaw in &certificate.flaws {
            let severity =
                if matches!(flaw, Flaw::Weak { .. }) { Severity::Warning } else { usual };
            say(severity, flawed(flaw, certificate));
        }
        if certificate.not_before > question.at {
            early = certificate.flaws.is_empty();
            let (from, wait) = (
                date(question, certificate.not_before),
                text::span(certificate.not_before.duration_since(question.at)),
            );
            say(usual, format!("it is not valid before {from}, in {wait}"));
        }
    }
    let who = who(name, &CertificateState { seen: Vec::new(), ..state.clone() }, first);
    let Some(severity) = wrong.iter().map(|(severity, _)| *severity).max() else {
        *memory = Memory::Nothing;
        let right = if name.starts_with('/') {
            "has a good key"
        } else {
            "is trusted: chain, name and key are right"
        };
        return Verdict::clear(format!("{who} {right}"));
    };
    let since = memory.bad_since(question.at);
    let words: Vec<String> = wrong.into_iter().map(|(_, words)| words).collect();
    let is = if severity == Severity::Critical { "not trusted" } else { "not right" };
    Verdict::Raised(Claim {
        severity,
        since,
        ripe: Some(since),
        over: None,
        summary: format!("{who} is {is}: {}", words.join("; ")),
        // Certificates that have not begun are mostly clocks that are wrong.
        next: if early { String::from("timedatectl") } else { show(name, state) },
    })
}

/// One that was renewed on disk while the old one is still served.
pub(super) fn not_served(question: Question<'_>, input: Input<'_>) -> Verdict {
    let Some((name, state)) = of(question, input) else { return absent(input) };
    let ([certificate], Some(served), Some(written)) =
        (&state.seen[..], &state.served, state.written)
    else {
        // Nobody serves it here: nothing to compare with.
        return if state.seen.is_empty() {
            Verdict::Nothing
        } else {
            Verdict::clear(format!(
                "{} is not served on this machine",
                text::name(&question.key.subject)
            ))
        };
    };
    let who = format!("certificate of {}", first_name(certificate, name));
    let server =
        served.by.as_deref().map_or_else(|| String::from("the server"), |by| text::clean(by, 20));
    if served.fingerprint == certificate.fingerprint || served.not_before >= certificate.not_before
    {
        return Verdict::clear(format!("{who}: {server} serves the one on disk"));
    }
    let config = &question.config.certificates;
    let since = written.min(question.at);
    let severity = match config.expiry.severity(served.not_before, served.not_after, question.at) {
        Some(Severity::Critical) if config.expiry.enabled => Severity::Critical,
        _ => Severity::Warning,
    };
    Verdict::Raised(Claim {
        severity,
        since,
        ripe: Some(after(since, config.not_served_for)),
        over: None,
        summary: format!(
            "{who} was renewed on disk ({}), but {server} still serves the old one, which {}",
            date(question, since),
            ends(question, served.not_after)
        ),
        next: if let Some(by) = &served.by {
            format!("systemctl reload {}", text::quote(by))
        } else {
            let port = served.at.rsplit_once(':').map_or("443", |(_, port)| port);
            let port = text::quote(&format!("sport = :{port}"));
            format!("ss -ltnp {port}    # then reload what listens there")
        },
    })
}

/// One that cannot be seen, for longer than `unseen_for`.
pub(super) fn unseen(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Some((name, state)) = of(question, input) else { return absent(input) };
    let who = text::name(&question.key.subject);
    let Some(unseen) = &state.unseen else {
        *memory = Memory::Nothing;
        return Verdict::clear(format!("{who} can be seen"));
    };
    let since = memory.bad_since(question.at);
    let what =
        if unseen.found { format!("certificates in {}", text::clean(name, 200)) } else { who };
    let part = if unseen.part.is_empty() { String::new() } else { format!(" {}", unseen.part) };
    Verdict::Raised(Claim {
        severity: if unseen.found { Severity::Info } else { Severity::Warning },
        since,
        ripe: Some(after(since, question.config.certificates.unseen_for)),
        over: None,
        summary: format!("{what} cannot be seen{part}: {}", text::clean(&unseen.why, 160)),
        next: text::clean(&unseen.mend, 300),
    })
}

/// The certificate that is spoken of.
fn of<'a>(question: Question<'a>, input: Input<'a>) -> Option<(&'a str, &'a CertificateState)> {
    match (&question.key.subject, input) {
        (Subject::Certificate(name), Input::State(State::Certificate(state))) => {
            Some((name, state))
        }
        _ => None,
    }
}

/// None is spoken of: perhaps it is no longer there.
fn absent(input: Input<'_>) -> Verdict {
    if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing }
}

/// `certificate of example.org`, with the file it is in or the way it was seen over.
fn who(name: &str, state: &CertificateState, certificate: &Certificate) -> String {
    if name.starts_with('/') {
        let first = first_name(certificate, name);
        let store = match &state.renewer {
            Some(Renewer::Caddy) => String::from("caddy's store"),
            Some(Renewer::Certbot { .. }) => String::from("certbot's store"),
            None => text::clean(name, 200),
        };
        return format!("certificate of {first} in {store}");
    }
    let subject = Subject::Certificate(name.to_owned());
    format!("{}{}", text::name(&subject), over(state, certificate))
}

/// ` over IPv6`, where it matters.
fn over(state: &CertificateState, certificate: &Certificate) -> &'static str {
    match certificate.over {
        Over::Ipv4 if state.seen.len() > 1 => " over IPv4",
        Over::Ipv6 if state.seen.len() > 1 => " over IPv6",
        _ => "",
    }
}

fn first_name(certificate: &Certificate, name: &str) -> String {
    text::clean(certificate.names.first().map_or(name, String::as_str), 100)
}

/// `ends in 6 days (2026-12-01) and was not renewed`, `ended 3 hours ago (2026-12-01 04:12)`.
fn end(question: Question<'_>, not_after: Timestamp) -> String {
    let words = ends(question, not_after);
    if not_after > question.at { format!("{words} and was not renewed") } else { words }
}

fn ends(question: Question<'_>, not_after: Timestamp) -> String {
    let (left, when) = (not_after.duration_since(question.at), date(question, not_after));
    if left.is_positive() {
        format!("ends in {} ({when})", text::span(left))
    } else {
        format!("ended {} ago ({when})", text::span(-left))
    }
}

/// The day; within two days the time as well.
fn date(question: Question<'_>, at: Timestamp) -> String {
    let near = at.duration_since(question.at).abs() < SignedDuration::from_hours(48);
    let format = if near { "%F %H:%M" } else { "%F" };
    at.to_zoned(question.config.timezone.clone()).strftime(format).to_string()
}

fn flawed(flaw: &Flaw, certificate: &Certificate) -> String {
    match flaw {
        Flaw::SelfSigned => String::from("it is signed by itself"),
        Flaw::IncompleteChain { missing } => format!(
            "the server does not send the intermediate certificate \"{}\"",
            text::clean(missing, 80)
        ),
        Flaw::UnknownAuthority { authority } => format!(
            "its chain ends at \"{}\", an authority this machine does not know",
            text::clean(authority, 80)
        ),
        Flaw::ChainExpired { authority } => {
            format!("\"{}\", the authority above it, has ended", text::clean(authority, 80))
        }
        Flaw::WrongName { wanted } => {
            let most = 3;
            let mut names: Vec<String> =
                certificate.names.iter().take(most).map(|name| text::clean(name, 80)).collect();
            if certificate.names.len() > most {
                names.push(format!("{} more", certificate.names.len() - most));
            }
            let names = if names.is_empty() { String::from("no name") } else { names.join(", ") };
            format!("it is for {names}, not for {}", text::clean(wanted, 80))
        }
        Flaw::Weak { what } => text::clean(what, 80),
        Flaw::Refused { why } => format!("clients refuse it: {}", text::clean(why, 80)),
    }
}

/// The command that shows it as a client sees it.
fn show(name: &str, state: &CertificateState) -> String {
    if name.starts_with('/') {
        return format!("openssl x509 -noout -subject -issuer -dates -in {}", text::quote(name));
    }
    crate::model::openssl(name, state.starttls)
}
