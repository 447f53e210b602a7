//! One line of sshd's log, by the format strings of OpenSSH's source (auth.c, packet.c, kex.c)
//! from 5 to 10. User names in it are chosen by whoever knocks, so what sshd wrote itself is
//! looked for from the right.

use std::net::{IpAddr, Ipv6Addr};

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Somebody is in.
    Accepted(Accepted<'a>),
    /// A try that failed, by whom it names and from where. Several answers where the text can be
    /// read in several ways: the connection decides, else the first. `times`: syslog wrote it once
    /// for so many; 0: other words for a try that has, or may have, a line of its own.
    Failed { user: &'a str, hosts: Vec<&'a str>, times: u32 },
    /// A try that failed, but another of the same connection may still succeed (a second key, a
    /// second PAM module), or of which another line says from where.
    Undecided { user: &'a str, host: Option<&'a str>, by_pam: bool },
    /// The connection ends for too many failures; they were counted, or are undecided.
    TooMany,
    /// Somebody knocked without trying to log in: a scanner.
    Probe { host: Option<&'a str> },
    /// From where a connection is.
    Connection { host: &'a str },
    /// The connection ended, after a failure or not.
    Ended { host: &'a str, port: u16, before_login: bool },
    /// The session that a login opened is closed, as PAM says.
    Closed,
    /// Something else.
    Other,
}

/// A login that sshd let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted<'a> {
    /// `publickey`, `password`, `keyboard-interactive/pam` ...
    pub(super) method: &'a str,
    /// An account of this machine.
    pub(super) user: &'a str,
    /// An address; a name where sshd is told to look them up.
    pub(super) host: &'a str,
    /// The port on the other side.
    pub(super) port: u16,
    /// The key's kind (`ED25519`), if it was one.
    pub(super) key_kind: Option<&'a str>,
    /// The key's fingerprint (`SHA256:…`), if it was one.
    pub(super) fingerprint: Option<&'a str>,
}

/// The address in a host's text; IPv4 in IPv6's clothes is IPv4.
pub(super) fn address(host: &str) -> Option<IpAddr> {
    let host = host.split('%').next().unwrap_or(host);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(six)) => Some(plain(six)),
        Ok(four) => Some(four),
        // With leading zeros, as old logs have them.
        Err(_) => {
            let mut parts = host.split('.').map(str::parse::<u8>);
            let four = [
                parts.next()?.ok()?,
                parts.next()?.ok()?,
                parts.next()?.ok()?,
                parts.next()?.ok()?,
            ];
            parts.next().is_none().then_some(IpAddr::from(four))
        }
    }
}

fn plain(six: Ipv6Addr) -> IpAddr {
    six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4)
}

/// Reads a line: the message alone, without the time and the name in front of it.
pub(super) fn read(line: &str) -> Line<'_> {
    let mut text = line.trim_end();
    for prefix in ["error: ", "fatal: ", "PAM: "] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let rest = |prefix: &str| text.strip_prefix(prefix);
    // rsyslog's word for the same line again; a login is never the same.
    if let Some((times, again)) =
        rest("message repeated ").and_then(|it| it.split_once(" times: [ "))
    {
        let line = again.strip_suffix(']').map_or(Line::Other, read);
        return match (line, times.parse()) {
            (Line::Failed { user, hosts, times: 1 }, Ok(times)) => {
                Line::Failed { user, hosts, times }
            }
            _ => Line::Other,
        };
    }
    if let Some(rest) = rest("Accepted ") {
        return accepted(rest).map_or(Line::Other, Line::Accepted);
    }
    if let Some(rest) = rest("Failed ") {
        return failed(rest);
    }
    for prefix in ["Invalid user ", "invalid user ", "Illegal user ", "illegal user "] {
        if let Some(rest) = rest(prefix) {
            return user_at_end(rest).map_or(Line::Other, one_failure);
        }
    }
    for prefix in
        ["uthentication failure for ", "uthentication error for ", "uthentication failed for "]
    {
        if let Some(rest) = text.get(1..).and_then(|text| text.strip_prefix(prefix)) {
            let rest = strip_via(rest);
            return user_at_end(rest).map_or(Line::Other, one_failure);
        }
    }
    if let Some(rest) = rest("User not known to the underlying authentication module for ") {
        return user_at_end(rest).map_or(Line::Other, one_failure);
    }
    if let Some(rest) = rest("maximum authentication attempts exceeded for ") {
        let rest = rest.strip_prefix("invalid user ").unwrap_or(rest);
        return user_at_end(rest).map_or(Line::Other, one_failure);
    }
    if let Some(rest) = rest("ROOT LOGIN REFUSED FROM ") {
        return one_failure(("root", word(rest)));
    }
    if let Some(rest) = rest("User ") {
        return not_allowed(rest);
    }
    if let Some(rest) = rest("refused connect from ") {
        let host = rest.rsplit_once('(').and_then(|(_, host)| host.strip_suffix(')'));
        return host.map_or(Line::Other, |host| one_failure(("", host)));
    }
    if text.starts_with("pam_") {
        return pam(text);
    }
    if let Some(rest) = rest("Received disconnect from ") {
        return received_disconnect(rest);
    }
    if let Some(rest) = rest("Disconnecting") {
        return disconnecting(rest);
    }
    for (prefix, only_before) in [
        ("Connection closed by ", false),
        ("Connection reset by ", false),
        ("Disconnected from ", false),
        ("Connection closed by authenticating user ", true),
    ] {
        if let Some(rest) = rest(prefix) {
            return ended(rest, only_before);
        }
    }
    if let Some(rest) = rest("Connection from ") {
        return Line::Connection { host: word(rest) };
    }
    probe(text)
}

fn one_failure<'a>((user, host): (&'a str, &'a str)) -> Line<'a> {
    Line::Failed { user, hosts: vec![host], times: 0 }
}

fn word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// Could this be where somebody came from? Not a word of a sentence.
fn is_host(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".:-_%".contains(c);
    !word.is_empty() && word.len() <= 255 && word.chars().all(plain) && word != "port"
}

/// `ADDRESS port N on IF [preauth]` to `ADDRESS`: takes away what sshd puts last.
fn strip_tail(mut text: &str) -> &str {
    for _ in 0..4 {
        text = text.trim_end();
        if let Some(before) = text.strip_suffix("[preauth]") {
            text = before;
            continue;
        }
        let Some((before, last)) = text.rsplit_once(' ') else { break };
        let is_version = matches!(last, "ssh" | "ssh1" | "ssh2");
        if is_version {
            text = before;
            continue;
        }
        let Some((before, name)) = before.rsplit_once(' ') else { break };
        let is_port = name == "port" && last.parse::<u16>().is_ok();
        if !is_port && name != "on" {
            break;
        }
        text = before;
    }
    text.trim_end()
}

/// `NAME [from ]ADDRESS[ port N][ [preauth]]`.
fn user_at_end(text: &str) -> Option<(&str, &str)> {
    let text = strip_tail(text);
    let (user, host) = text.rsplit_once(' ').unwrap_or(("", text));
    let user =
        user.strip_suffix("from").map_or(user, |user| user.strip_suffix(' ').unwrap_or(user));
    is_host(host).then_some((user, host))
}

/// `… via 192.0.2.1` at the end says through which of our addresses.
fn strip_via(text: &str) -> &str {
    match text.trim_end().rsplit_once(" via ") {
        Some((before, via)) if is_host(via) => before,
        _ => text,
    }
}

fn accepted(rest: &str) -> Option<Accepted<'_>> {
    let (method, rest) = rest.split_once(" for ")?;
    // The account exists, so its name was not chosen by whoever came: the first place counts, for
    // behind it a certificate may say what it likes.
    let (at, _) = rest.match_indices(" from ").find(|(at, from)| {
        let mut words = rest[at + from.len()..].split(' ');
        let host = words.next().is_some_and(is_host);
        let port = words.next() == Some("port");
        host && port && words.next().is_some_and(|port| port.parse::<u16>().is_ok())
    })?;
    let user = &rest[..at];
    let mut words = rest[at + " from ".len()..].split(' ');
    let host = words.next()?;
    let port = words.nth(1)?.parse().ok()?;
    let key_follows = words.next().is_some_and(|version| version.ends_with(':'));
    let mut key = || words.next().filter(|_| key_follows);
    let (key_kind, fingerprint) = (key(), key());
    Some(Accepted { method, user, host, port, key_kind, fingerprint })
}

/// `METHOD for [invalid user ]NAME from ADDRESS[ port N][ ssh2][: …]`.
fn failed(rest: &str) -> Line<'_> {
    let Some((method, rest)) = rest.split_once(" for ") else { return Line::Other };
    let invalid = rest.strip_prefix("invalid user ");
    let rest = invalid.unwrap_or(rest);
    let mut found: Vec<(&str, &str)> = Vec::new();
    for (at, from) in rest.match_indices(" from ").collect::<Vec<_>>().into_iter().rev() {
        let tail = &rest[at + from.len()..];
        let host = word(tail);
        let after = strip_front(&tail[host.len()..]);
        let (whole, more) = (after.is_empty(), after.starts_with(':'));
        if is_host(host) && (whole || more) {
            // A name of one word with sshd's own words behind it cannot be read otherwise.
            let one_word = more && !rest[..at].contains(' ');
            let place = if one_word { 0 } else { found.len() };
            found.insert(place, (&rest[..at], host));
        }
    }
    // `invalid user from 1.2.3.4`: the name may be missing or be `from …`.
    if found.is_empty()
        && let Some(pair) = user_at_end(rest)
    {
        found.push(pair);
    }
    let Some((user, first)) = found.first().copied() else { return Line::Other };
    if method == "publickey" && invalid.is_none() {
        return Line::Undecided { user, host: Some(first), by_pam: false };
    }
    Line::Failed { user, hosts: found.into_iter().map(|(_, host)| host).collect(), times: 1 }
}

/// Takes ` port N`, ` on IF` and ` ssh2` away from the front.
fn strip_front(mut text: &str) -> &str {
    loop {
        let mut words = text.strip_prefix(' ').unwrap_or(text).splitn(3, ' ');
        let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let number = value.split(':').next().unwrap_or_default();
        let length = if name == "port" && number.parse::<u16>().is_ok() {
            name.len() + 1 + number.len()
        } else if name.starts_with("ssh")
            && name[3..].chars().all(|c| c.is_ascii_digit() || c == ':')
        {
            name.trim_end_matches(':').len()
        } else {
            return text;
        };
        let start = usize::from(text.starts_with(' '));
        text = &text[start + length..];
    }
}

/// `NAME from ADDRESS not allowed because …`.
fn not_allowed(rest: &str) -> Line<'_> {
    let Some((who, why)) = rest.rsplit_once(" not allowed because ") else { return Line::Other };
    if why.starts_with("account is locked") && !who.contains(" from ") {
        return Line::Undecided { user: who, host: None, by_pam: false };
    }
    user_at_end(who).map_or(Line::Other, one_failure)
}

/// `pam_unix(sshd:auth): authentication failure; … ruser= rhost=ADDRESS  user=NAME`.
fn pam(text: &str) -> Line<'_> {
    if text.contains("(sshd:session): session closed for user ") {
        return Line::Closed;
    }
    let Some((_, fields)) = text.split_once("(sshd:auth): authentication failure;") else {
        return Line::Other;
    };
    let field = |name: &str| {
        let at = fields.find(name)? + name.len();
        Some(word(&fields[at..])).filter(|value| !value.is_empty())
    };
    let host = field(" rhost=").filter(|host| is_host(host));
    let user = field(" user=").or_else(|| field(" ruser=")).unwrap_or_default();
    Line::Undecided { user, host, by_pam: true }
}

/// `ADDRESS[ port N]:CODE: WHY`. The reason is the other side's text.
fn received_disconnect(rest: &str) -> Line<'_> {
    let host = word(rest).trim_end_matches(':');
    let after = strip_front(rest.get(host.len()..).unwrap_or_default());
    let Some(after) = after.strip_prefix(':') else { return Line::Other };
    if !is_host(host) {
        return Line::Other;
    }
    let after = after.trim_start();
    let before_login = after.ends_with("[preauth]");
    let why = after.trim_end_matches("[preauth]").trim_end().trim_end_matches('.');
    if why.starts_with("3:") && why.ends_with(": Auth fail") {
        one_failure(("", host))
    } else if why.starts_with("14: No ") && why.ends_with("authentication methods available") {
        Line::Probe { host: Some(host) }
    } else if why.starts_with("11:") {
        Line::Ended { host, port: 0, before_login: false }
    } else {
        Line::Ended { host, port: 0, before_login }
    }
}

/// `[: ]Too many authentication failures…`, `[ from] invalid user NAME ADDRESS port N: WHY`.
fn disconnecting(rest: &str) -> Line<'_> {
    if rest.starts_with(": Too many authentication failures") {
        return Line::TooMany;
    }
    let rest = rest.strip_prefix(" from").unwrap_or(rest);
    let is_named =
        [" invalid user ", " authenticating user "].into_iter().find_map(|p| rest.strip_prefix(p));
    let (Some(named), Some((who, why))) = (is_named, rest.split_once(": ")) else {
        return Line::Other;
    };
    let who = &named[..who.len() - (rest.len() - named.len())];
    match user_at_end(who) {
        Some((user, host)) if why.starts_with("Change of username or service not allowed:") => {
            one_failure((user, host))
        }
        Some((_, host)) if why.starts_with("Too many authentication failures") => {
            Line::Connection { host }
        }
        _ => Line::Other,
    }
}

/// `[invalid user |authenticating user NAME ]ADDRESS[ port N][ [preauth]]`.
fn ended(rest: &str, before: bool) -> Line<'_> {
    let before_login = before || rest.trim_end().ends_with("[preauth]");
    let text = rest.split_once(": ").map_or(rest, |(text, _)| text);
    match user_at_end(text) {
        Some((_, host)) if address(host).is_some() => {
            let port = text.rsplit(' ').find_map(|word| word.parse().ok()).unwrap_or(0);
            Line::Ended { host, port, before_login }
        }
        _ => Line::Other,
    }
}

fn probe(text: &str) -> Line<'_> {
    let at = |prefix: &str| text.strip_prefix(prefix).map(word).filter(|host| is_host(host));
    for prefix in [
        "Did not receive identification string from ",
        "Timeout before authentication for connection from ",
        "Timeout before authentication for ",
        "Unable to negotiate with ",
    ] {
        if let Some(host) = at(prefix) {
            return Line::Probe { host: Some(host) };
        }
    }
    for prefix in ["banner exchange: Connection from ", "ssh_dispatch_run_fatal: Connection from "]
    {
        if let Some(host) = at(prefix) {
            let why =
                ["invalid format", "message authentication code incorrect", "onnection corrupted"];
            let known = why.iter().any(|why| text.contains(why));
            return if known {
                Line::Probe { host: Some(host) }
            } else {
                Line::Connection { host }
            };
        }
    }
    if let Some(rest) = text.strip_prefix("Bad protocol version identification '") {
        return user_at_end(rest).map_or(Line::Other, |(_, host)| Line::Probe { host: Some(host) });
    }
    if let Some(rest) = text.strip_prefix("kex_exchange_identification: ") {
        let rest = rest.strip_prefix("read: ").unwrap_or(rest).to_ascii_lowercase();
        let told = [
            "client sent invalid protocol identifier",
            "connection closed by remote host",
            "connection reset by peer",
        ];
        if told.iter().any(|told| rest.starts_with(told)) {
            return Line::Probe { host: None };
        }
    }
    if let Some(rest) = text.strip_prefix("SSH: Server;Ltype: ")
        && let Some((_, remote)) = rest.split_once(";Remote: ")
        && let Some((host, _)) = remote.split_once('-')
    {
        return Line::Connection { host };
    }
    let nothing_agreed =
        text.starts_with("Unable to negotiate a ") || text.starts_with("no matching ");
    if nothing_agreed || text.starts_with("Read from socket failed: Connection reset by peer") {
        return Line::Probe { host: None };
    }
    Line::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed<'a>(user: &'a str, host: &'a str) -> Line<'a> {
        Line::Failed { user, hosts: vec![host], times: 0 }
    }

    #[test]
    fn logins_with_and_without_a_key() {
        let line =
            "Accepted publickey for deploy from 2001:db8::7 port 41708 ssh2: ED25519 SHA256:GmTg";
        let Line::Accepted(login) = read(line) else { panic!() };
        assert_eq!((login.user, login.host, login.port), ("deploy", "2001:db8::7", 41708));
        assert_eq!((login.key_kind, login.fingerprint), (Some("ED25519"), Some("SHA256:GmTg")));

        let line = "Accepted keyboard-interactive/pam for root from 203.0.113.9 port 2 ssh2";
        let Line::Accepted(login) = read(line) else { panic!() };
        assert_eq!((login.method, login.fingerprint), ("keyboard-interactive/pam", None));

        // A certificate's name is whatever its authority wrote.
        let line = "Accepted publickey for ann from 203.0.113.9 port 22 ssh2: RSA-CERT SHA256:aa ID \
                    x from 192.0.2.1 port 1 ssh2 (serial 0) CA ED25519 SHA256:bb";
        let Line::Accepted(login) = read(line) else { panic!() };
        assert_eq!(
            (login.user, login.host, login.fingerprint),
            ("ann", "203.0.113.9", Some("SHA256:aa"))
        );
    }

    #[test]
    fn names_chosen_to_confuse() {
        let own = "203.0.113.9";
        let cases = [
            ("Invalid user  from 203.0.113.9 port 40578", ""),
            ("Invalid user a b from 203.0.113.9 port 40578", "a b"),
            (
                "Invalid user x from 192.0.2.1 port 22 from 203.0.113.9 port 40578",
                "x from 192.0.2.1 port 22",
            ),
            (
                "Failed password for invalid user x from 192.0.2.1 port 22 ssh2 from 203.0.113.9 port 1 ssh2",
                "x from 192.0.2.1 port 22 ssh2",
            ),
            (
                "Failed none for invalid user Accepted password for root from 192.0.2.1 from 203.0.113.9 port 1 ssh2",
                "Accepted password for root from 192.0.2.1",
            ),
            (
                "User root from 192.0.2.1 not allowed because x from 203.0.113.9 not allowed because not listed in AllowUsers",
                "root from 192.0.2.1 not allowed because x",
            ),
        ];
        for (line, user) in cases {
            match read(line) {
                Line::Failed { user: found, hosts, .. } => {
                    assert_eq!((found, hosts[0]), (user, own), "{line}");
                }
                other => panic!("{line}: {other:?}"),
            }
        }
        // Read either way it may be; the connection decides.
        let line = "Failed password for invalid user x from 192.0.2.1 port 22 ssh2: from 203.0.113.9 port 1 ssh2";
        let expected = Line::Failed { user: "x", hosts: vec!["192.0.2.1", own], times: 1 };
        assert_eq!(read(line), expected);
        let newline = "Invalid user x\nAccepted password for root from 192.0.2.1 port 1 ssh2";
        assert!(!matches!(read(newline), Line::Accepted(_)));
    }

    #[test]
    fn failures_of_each_kind() {
        let cases = [
            (
                "error: PAM: Authentication failure for ann from 192.0.2.1",
                failed("ann", "192.0.2.1"),
            ),
            (
                "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 4 ssh2 [preauth]",
                failed("root", "192.0.2.1"),
            ),
            (
                "message repeated 5 times: [ Failed password for root from 192.0.2.1 port 22]",
                Line::Failed { user: "root", hosts: vec!["192.0.2.1"], times: 5 },
            ),
            (
                "Failed publickey for git from 192.0.2.1 port 5 ssh2: RSA SHA256:x",
                Line::Undecided { user: "git", host: Some("192.0.2.1"), by_pam: false },
            ),
            ("Disconnecting: Too many authentication failures for git [preauth]", Line::TooMany),
            (
                "banner exchange: Connection from 192.0.2.1 port 41710: invalid format",
                Line::Probe { host: Some("192.0.2.1") },
            ),
            (
                "Connection closed by authenticating user x 192.0.2.3 port 1 192.0.2.1 port 4 [preauth]",
                Line::Ended { host: "192.0.2.1", port: 4, before_login: true },
            ),
            (
                "Disconnected from user alice 192.0.2.1 port 41708",
                Line::Ended { host: "192.0.2.1", port: 41708, before_login: false },
            ),
            ("Server listening on 0.0.0.0 port 22.", Line::Other),
            (
                "pam_unix(sshd:session): session opened for user alice(uid=1000) by alice(uid=0)",
                Line::Other,
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("192.030.0.6", Some("192.30.0.6")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("example.com", None),
            ("1.2.3.4.5", None),
        ] {
            assert_eq!(address(text).map(|ip| ip.to_string()).as_deref(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "(Accepted |Failed |password| for |invalid user | from |192.0.2.1| port |22| ssh2|:|: |\\[preauth\\]|Disconnecting|User | not allowed because |pam_x|\\(sshd:auth\\): authentication failure;| rhost=| user=|é|\n| |Received disconnect from |Connection closed by |3: x: Auth fail){0,12}") {
            let _ = read(&line);
        }
    }
}
