//! Lines as others annotated them, when their files are at hand: NIGHTKEEP_CORPORA names a folder
//! with fail2ban's test logs `sshd` and `sshd-journal`, and loghub's `OpenSSH_2k.log`.

use std::path::PathBuf;

use jiff::Timestamp;

use super::attempts::{Attempts, Host, Outcome};
use super::line::{self, Line};

fn corpus(name: &str) -> Option<String> {
    let folder = std::env::var_os("NIGHTKEEP_CORPORA");
    let text =
        folder.and_then(|folder| std::fs::read_to_string(PathBuf::from(folder).join(name)).ok());
    if text.is_none() {
        eprintln!("SKIPPED: NIGHTKEEP_CORPORA names no folder with {name}");
    }
    text
}

/// `… sshd[PID]: MESSAGE` of any syslog format, with what systems put in between.
fn split(line: &str) -> Option<(u32, &str)> {
    if let Some((_, rest)) = line.split_once(" sshd ").filter(|_| line.starts_with('<')) {
        // RFC 5424: PID MSGID [DATA] MESSAGE.
        let (pid, rest) = rest.split_once(' ')?;
        let rest = rest.split_once("- ").map_or(rest, |(_, rest)| rest);
        let text =
            rest.rsplit_once("] ").filter(|_| rest.starts_with('[')).map_or(rest, |(_, t)| t);
        return Some((pid.parse().ok()?, text.strip_prefix("- ").unwrap_or(text)));
    }
    let tags = [" sshd[", " sshd-session[", " [sshd]"];
    let at = tags.iter().filter_map(|tag| line.find(tag)).min()? + 1;
    let (tag, rest) = line[at..].split_once(' ')?;
    let rest = match rest.strip_prefix("kernel:[") {
        Some(rest) => rest.split_once(']')?.1.trim_start_matches([':', ' ']),
        None => rest
            .strip_prefix("kernel: [")
            .and_then(|rest| rest.split_once("] "))
            .map_or(rest, |(_, t)| t),
    };
    let pid = tag.split(['[', ']']).find_map(|part| part.parse().ok()).unwrap_or(0);
    let text =
        rest.strip_prefix("[ID ").and_then(|rest| rest.split_once("] ")).map_or(rest, |(_, t)| t);
    Some((pid, text))
}

fn quoted<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = json.split_once(&format!("\"{name}\":"))?;
    rest.trim_start().strip_prefix('"')?.split('"').next()
}

/// In fail2ban's files the annotation stands above its line; a filter's mode says whether knocking
/// alone counts as failing.
fn fail2ban(name: &str) {
    let Some(text) = corpus(name) else { return };
    let (mut wrong, mut checked) = (Vec::new(), 0);
    let mut counts_probes = false;
    let mut annotation: Vec<&str> = Vec::new();
    let mut attempts = Attempts::default();
    for (n, line) in text.lines().enumerate() {
        if let Some(options) = line.strip_prefix("# filterOptions:") {
            counts_probes = options.contains("ddos") || options.contains("extra");
            attempts = Attempts::default();
        } else if let Some(json) = line.strip_prefix("# failJSON:") {
            annotation.push(json);
        } else if !line.starts_with('#') && !line.trim().is_empty() {
            let Some((pid, message)) = split(line) else {
                wrong.push(format!("{}: no line of sshd: {line}", n + 1));
                continue;
            };
            let said = annotation.first().copied().unwrap_or("\"match\": false");
            let meant = !said.contains("aggressive") || counts_probes;
            let expected = said.contains("\"match\": true");
            let outcome = attempts.take(Timestamp::UNIX_EPOCH, pid, line::read(message));
            let host = match outcome {
                Outcome::Failures { host, .. } => Some(host),
                Outcome::Probe { host } if counts_probes => Some(host),
                // Let in, but another name was tried on the same connection.
                Outcome::Login { login, failures, .. } if expected && failures > 0 => {
                    Some(Host::of(login.host))
                }
                _ => None,
            };
            let same = match (quoted(said, "host"), &host) {
                (Some(host), Some(found)) => Host::of(host) == *found,
                _ => true,
            };
            checked += 1;
            if meant && (host.is_some() != expected || !same) {
                wrong.push(format!("{}: {host:?} for {said}\n    {line}", n + 1));
            }
            annotation.clear();
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {checked} lines of {name}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    eprintln!("{checked} lines of fail2ban's {name}");
}

#[test]
fn as_fail2ban_annotates_them() {
    fail2ban("sshd");
    fail2ban("sshd-journal");
}

/// loghub sorts its lines into 27 templates: what each of them is.
const TEMPLATES: [(&str, &str); 27] = [
    ("Accepted password for ", "accepted"),
    ("Connection closed by ", "connection"),
    ("Did not receive identification string from ", "probe"),
    ("Disconnecting: Too many authentication failures for admin [preauth]", "too many"),
    ("Disconnecting: Too many authentication failures for root [preauth]", "too many"),
    ("error: Received disconnect from 103.99.0.122: 14:", "probe"),
    ("error: Received disconnect from ", "failed"),
    ("Failed none for invalid user ", "failed"),
    ("Failed password for invalid user ", "failed"),
    ("Failed password for ", "failed"),
    ("fatal: Write failed: Connection reset by peer [preauth]", "other"),
    ("input_userauth_request: invalid user ", "other"),
    ("Invalid user ", "failed"),
    ("message repeated ", "failed"),
    // PAM's sum of what sshd wrote one by one.
    ("PAM 1 more", "other"),
    ("PAM 2 more", "other"),
    ("PAM ", "other"),
    ("pam_unix(sshd:auth): authentication failure;", "undecided"),
    ("pam_unix(sshd:auth): check pass; user unknown", "other"),
    ("pam_unix(sshd:session): session closed for user ", "other"),
    ("pam_unix(sshd:session): session opened for user ", "other"),
    ("Received disconnect from ", "connection"),
    ("reverse mapping checking getaddrinfo for ", "other"),
    ("Server listening on ", "other"),
    ("Connection reset by ", "connection"),
    ("Bad protocol version identification ", "probe"),
    ("Address ", "other"),
];

#[test]
fn every_line_of_loghub() {
    let Some(text) = corpus("OpenSSH_2k.log") else { return };
    let mut counts = std::collections::BTreeMap::<&str, u32>::new();
    for line in text.lines() {
        let message = split(line).map_or_else(|| panic!("{line}"), |(_, message)| message.trim());
        let expected = TEMPLATES.iter().find(|(start, _)| message.starts_with(start));
        let expected = expected.unwrap_or_else(|| panic!("of no template: {line}")).1;
        let kind = match line::read(message) {
            Line::Accepted(_) => "accepted",
            Line::Failed { .. } => "failed",
            Line::Undecided { .. } => "undecided",
            Line::TooMany => "too many",
            Line::Probe { .. } => "probe",
            Line::Connection { .. } | Line::Ended { .. } => "connection",
            Line::Closed | Line::Other => "other",
        };
        assert_eq!(kind, expected, "{line}");
        *counts.entry(kind).or_default() += 1;
    }
    eprintln!("loghub: {counts:?}");
}
