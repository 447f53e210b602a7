//! Texts without the secrets in them. Rather one value too many than one too few: what was taken out is named, and
//! who fills it in again sees what it was called.

use std::ops::Range;

/// What stands for a secret that was taken out.
pub const BLANK: &str = "CHANGE_ME";
/// The same in a comment, where nobody has to fill in another.
const GONE: &str = "REMOVED";

/// Parts of names of what nobody else should know.
const SECRET_NAMES: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "secret",
    "token",
    "credential",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "privatekey",
    "private-key",
    "access_key",
    "accesskey",
    "access-key",
    "auth_key",
    "authkey",
    "presharedkey",
    "encryption_key",
];
/// Names that have a secret as their next word: `requirepass hunter2`.
const SECRET_WORDS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "requirepass",
    "masterauth",
    "auth_pass",
    "psk",
];
/// Names of settings about secrets, by their ends.
const SETTINGS: [&str; 25] = [
    "file",
    "path",
    "dir",
    "query",
    "maps",
    "encryption",
    "algorithm",
    "timeout",
    "tries",
    "lifetime",
    "length",
    "policy",
    "authentication",
    "command",
    "endpoint",
    "header",
    "type",
    "scheme",
    "ttl",
    "expiry",
    "hasher",
    "hashers",
    // Of systemd: they name a file.
    "loadcredential",
    "loadcredentialencrypted",
    "importcredential",
];
/// What ends with `pass` and has nothing to do with passwords.
const PASSES: [&str; 8] = [
    "proxy_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
    "grpc_pass",
    "memcached_pass",
    "bypass",
    "compass",
];
/// Values that are none.
const PLAIN_VALUES: [&str; 14] = [
    "yes", "no", "true", "false", "on", "off", "none", "null", "nil", "prompt", "required",
    "optional", "disabled", "enabled",
];
/// Values that say where the secret is.
const PLACES: [&str; 13] = [
    "files", "/etc/", "/run/", "/var/", "/home/", "/srv/", "/opt/", "/usr/", "/root/", "/proc/",
    "/dev/", "/tmp/", "/mnt/",
];
/// What a hash of a password begins with.
const HASHES: [&str; 11] =
    ["$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$7$", "$y$", "$apr1$", "$argon2", "$pbkdf2"];
/// After these a secret follows.
const BEFORE: [&str; 14] = [
    "hooks.slack.com/services/",
    "discord.com/api/webhooks/",
    "api.telegram.org/bot",
    "Bearer ",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "rk_live_",
    "AGE-SECRET-KEY-",
];

/// A text with the values of what sounds like a secret taken out, and the lines, from 1, in which something has to
/// be filled in.
pub fn blank(bytes: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let text = String::from_utf8_lossy(bytes);
    let (mut out, mut blanked, mut is_same) = (String::new(), Vec::new(), true);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let secrets = secrets(line);
        is_same &= secrets.is_empty();
        if !secrets.is_empty() && !is_comment(line) {
            blanked.push(number + 1);
        }
        out.push_str(&without(line, &secrets));
    }
    if is_same { (bytes.to_vec(), blanked) } else { (out.into_bytes(), blanked) }
}

/// What is in a file of which every value may be a secret (`.env`): the names alone, but for numbers and yes and no.
pub fn names(bytes: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let text = String::from_utf8_lossy(bytes);
    let (mut out, mut blanked) = (String::new(), Vec::new());
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    for line in text.lines() {
        let Some((name, value)) = line.trim().split_once('=') else { continue };
        let name = name.trim();
        if !is_name(name.strip_prefix("export ").unwrap_or(name)) {
            continue;
        }
        let value = value.trim();
        let is_number = value.len() < 6 && value.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = is_number || PLAIN_VALUES.contains(&value.to_ascii_lowercase().as_str());
        let value = if is_plain { value } else { BLANK };
        out.push_str(&format!("{name}={value}\n"));
        if !is_plain {
            blanked.push(out.lines().count());
        }
    }
    (out.into_bytes(), blanked)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}

fn without(line: &str, secrets: &[Range<usize>]) -> String {
    let sign = if is_comment(line) { GONE } else { BLANK };
    let (mut out, mut at) = (String::with_capacity(line.len()), 0);
    for secret in secrets {
        out.push_str(&line[at..secret.start]);
        out.push_str(sign);
        at = secret.end;
    }
    out + &line[at..]
}

/// Where secrets stand in a line, in order, none within another.
fn secrets(line: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    found.extend(in_addresses(line));
    found.extend(HASHES.iter().flat_map(|hash| tokens(line, hash, 0)));
    found.extend(BEFORE.iter().flat_map(|before| tokens(line, before, before.len())));
    found.extend([" -u ", " --user "].iter().filter_map(|option| {
        let start = line.find(option)? + option.len();
        let end = word_end(line, start);
        let colon = start + line[start..end].find(':')? + 1;
        (colon < end).then_some(colon..end)
    }));
    found.extend(named(line));
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Where the word that starts there ends.
fn word_end(line: &str, start: usize) -> usize {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    line[start..].find(is_end).map_or(line.len(), |length| start + length)
}

/// What follows `sign`, or with `skip` 0 begins with it, and is long enough to be one.
fn tokens(line: &str, sign: &str, skip: usize) -> Vec<Range<usize>> {
    let token = |at: usize| (at + skip)..word_end(line, at + skip);
    line.match_indices(sign).map(|(at, _)| token(at)).filter(|token| token.len() >= 12).collect()
}

/// The password in `scheme://user:password@host`.
fn in_addresses(line: &str) -> Vec<Range<usize>> {
    let password = |(at, _): (usize, &str)| {
        let start = at + 3;
        let end = start + line[start..word_end(line, start)].rfind('@')?;
        let user = &line[start..end];
        let colon = user.find(':')?;
        // A port and a path that has an @ in it.
        let rest = &user[colon + 1..];
        let port = rest.split('/').next()?;
        let is_port = rest.contains('/') && port.bytes().all(|byte| byte.is_ascii_digit());
        let is_one = !rest.is_empty() && !is_port && !rest.starts_with(['{', '$']);
        (is_one && !user[..colon].contains('/')).then_some(start + colon + 1..end)
    };
    line.match_indices("://").filter_map(password).collect()
}

/// The values of what is called like a secret: `NAME=VALUE`, `name: "value"`, `--name value`.
fn named(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut at = 0;
    while let Some(start) = line[at..].find(is_of_name).map(|from| at + from) {
        let end =
            line[start..].find(|c| !is_of_name(c)).map_or(line.len(), |length| start + length);
        at = end;
        if let Some(value) = value(line, start..end) {
            at = at.max(value.end);
            found.push(value);
        }
    }
    found
}

/// The value of that name, if it sounds like a secret.
fn value(line: &str, name: Range<usize>) -> Option<Range<usize>> {
    let lower = line[name.clone()].to_ascii_lowercase();
    let is_pass = lower.ends_with("pass") && !PASSES.iter().any(|pass| lower.ends_with(pass));
    let is_psk = lower == "psk" || lower.ends_with("_psk");
    let is_secret = SECRET_NAMES.iter().any(|secret| lower.contains(secret)) || is_pass || is_psk;
    if !is_secret || SETTINGS.iter().any(|setting| lower.ends_with(setting)) {
        return None;
    }
    let before = line[..name.start].chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let mut rest = &line[name.end..];
    let is_name_quoted = before.is_some_and(|quote| rest.starts_with(quote));
    if is_name_quoted {
        rest = &rest[1..];
    }
    let spaced = rest.trim_start_matches([' ', '\t']);
    let is_sign = |c: char| matches!(c, '=' | ':' | '>') || c == ',' && is_name_quoted;
    let value = spaced.trim_start_matches(is_sign);
    let is_set = value.len() < spaced.len();
    if !is_set {
        let is_word = SECRET_WORDS.iter().any(|word| lower.ends_with(word));
        if !is_word || spaced.len() == rest.len() || is_comment(line) {
            return None;
        }
    }
    let value = value.trim_start_matches([' ', '\t']);
    let start = line.len() - value.len();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let lead = line[..name.start].trim_start_matches(['#', ';', '/', ' ', '\t']).trim();
    let is_first = matches!(lead, "" | "export" | "-" | "set" | "\"" | "'");
    let range = if let Some(quote) = quote {
        let length = value[1..].find(quote).unwrap_or(value.trim_end().len() - 1);
        start + 1..start + 1 + length
    } else if let (Some(quote), false) = (before, is_name_quoted) {
        // `"NAME=VALUE"`
        start..start + value.find(quote).unwrap_or(value.trim_end().len())
    } else if is_set && is_first {
        // The whole rest of the line: passwords have blanks in them.
        start..start + value.trim_end().trim_end_matches([',', ';']).len()
    } else {
        let end = word_end(line, start);
        start..start + line[start..end].trim_end_matches([',', ';', ')', ']', '}']).len()
    };
    let text = &line[range.clone()];
    // In a comment prose is more likely: "the password: what users type".
    let is_prose = is_comment(line) && (!is_first || text.contains(' '));
    (!is_plain_value(text) && !is_prose).then_some(range)
}

/// Yes and no, numbers, and what names the place of the secret are none.
fn is_plain_value(value: &str) -> bool {
    let is_number = value.len() < 5 && value.bytes().all(|byte| byte.is_ascii_digit());
    let rest = value.strip_prefix('$').unwrap_or_default();
    let is_variable = rest.starts_with(['{', '('])
        || !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'));
    let is_template = ["{{", "{env", "{$", "{file", "%(", "%{", "<"].iter();
    value.len() < 3
        || is_number
        || is_variable
        || value == BLANK
        || PLAIN_VALUES.contains(&value.to_ascii_lowercase().as_str())
        || PLACES.iter().any(|place| value.starts_with(place))
        || is_template.copied().any(|template| value.starts_with(template))
        || value.starts_with(['|', '{', '[']) && value.len() < 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_taken_out_and_settings_stay() {
        for (line, expected) in [
            ("DB_PASSWORD=hunter22\n", "DB_PASSWORD=CHANGE_ME\n"),
            ("export API_TOKEN=a1b2 c3\n", "export API_TOKEN=CHANGE_ME\n"),
            ("  api_token: \"abcdef\"\n", "  api_token: \"CHANGE_ME\"\n"),
            ("  \"password\": \"a b\", \"x\": 1\n", "  \"password\": \"CHANGE_ME\", \"x\": 1\n"),
            ("password = correct horse\n", "password = CHANGE_ME\n"),
            ("url = postgres://app:hu/ter@db/app\n", "url = postgres://app:CHANGE_ME@db/app\n"),
            ("Environment=DB_PASS=abc A=b\n", "Environment=DB_PASS=CHANGE_ME A=b\n"),
            ("Environment=\"TOKEN=a b\" A=b\n", "Environment=\"TOKEN=CHANGE_ME\" A=b\n"),
            ("ExecStart=/x --token abcdef -v\n", "ExecStart=/x --token CHANGE_ME -v\n"),
            ("requirepass hunter22\n", "requirepass CHANGE_ME\n"),
            ("machine a login b password c1c1\n", "machine a login b password CHANGE_ME\n"),
            ("\tann $2a$14$abcdefghij\n", "\tann CHANGE_ME\n"),
            ("curl -u ann:pw https://x\n", "curl -u ann:CHANGE_ME https://x\n"),
            ("#DB_PASSWORD=hunter22\n", "#DB_PASSWORD=REMOVED\n"),
            (
                "x https://hooks.slack.com/services/T0/B0/abcdef\n",
                "x https://hooks.slack.com/services/CHANGE_ME\n",
            ),
            ("define('DB_PASSWORD', 'abc');\n", "define('DB_PASSWORD', 'CHANGE_ME');\n"),
        ] {
            assert_eq!(without(line, &secrets(line)), expected);
        }
        for line in [
            "PasswordAuthentication no\n",
            "password = /run/secrets/db\n",
            "password_encryption = scram-sha-256\n",
            "POSTGRES_PASSWORD_FILE: /run/secrets/db\n",
            "      POSTGRES_PASSWORD: ${DB_PASSWORD}\n",
            "password: {{ vault }}\n",
            "# the password: whatever you like\n",
            "proxy_pass http://127.0.0.1:3000;\n",
            "Defaults passwd_tries=3\n",
            "LoadCredential=token:/etc/app/token\n",
            "reverse_proxy http://127.0.0.1:80/a@b\n",
            "a=b\n",
            "passwd: files systemd\n",
        ] {
            assert_eq!(without(line, &secrets(line)), line);
        }
        let (text, lines) = blank(b"a=b\n# token=abcdefg\nsecret: abcdef\n");
        assert_eq!((text, lines), (b"a=b\n# token=REMOVED\nsecret: CHANGE_ME\n".to_vec(), vec![3]));
        assert_eq!(blank(b"x=\xff\n"), (b"x=\xff\n".to_vec(), vec![]));
    }

    #[test]
    fn of_an_environment_only_the_names_are_left() {
        let (text, lines) = names(
            b"# old: hunter1\nexport A=x y\nPORT=8080\nDEBUG=false\n-----BEGIN\nKEY=\"a\nb=c d\"\n",
        );
        let expected = "export A=CHANGE_ME\nPORT=8080\nDEBUG=false\nKEY=CHANGE_ME\nb=CHANGE_ME\n";
        assert_eq!((String::from_utf8(text).unwrap(), lines), (expected.into(), vec![1, 4, 5]));
    }
}
