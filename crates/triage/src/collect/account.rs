//! Accounts and their keys: `passwd(5)`, `shadow(5)`, `group(5)`, and what sshd is told of keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::tree::Tree;
use crate::scene::Unseen;
use crate::scene::account::{Account, Key, Password};

/// Where sshd looks if it is not told (`sshd_config(5)`).
const KEYS: [&str; 2] = [".ssh/authorized_keys", ".ssh/authorized_keys2"];
/// Accounts and keys that are looked at.
const MOST: usize = 20_000;

/// The accounts, and what could not be seen of them.
pub fn accounts(tree: &Tree) -> (Vec<Account>, Vec<Unseen>) {
    let mut unseen = Vec::new();
    let passwords: HashMap<String, Password> = match tree.read("/etc/shadow", 1 << 20) {
        Ok(text) => String::from_utf8_lossy(&text).lines().filter_map(password).collect(),
        Err(error) => {
            unseen.push(Unseen {
                what: String::from("which accounts have a password"),
                why: format!("/etc/shadow cannot be read: {error}"),
                mend: String::from("sudo nightkeep triage"),
                detectors: vec!["D11"],
            });
            HashMap::new()
        }
    };
    let mut names = HashMap::<u32, String>::new();
    let mut members = BTreeMap::<String, Vec<(u32, String)>>::new();
    for line in tree.text("/etc/group").lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, users] = fields[..] else { continue };
        let Ok(gid) = gid.parse() else { continue };
        names.insert(gid, name.to_owned());
        for user in users.split(',').filter(|user| !user.is_empty()) {
            members.entry(user.to_owned()).or_default().push((gid, name.to_owned()));
        }
    }
    let (users, their_groups) = sudoers(tree);
    let mut accounts = Vec::new();
    for line in tree.text("/etc/passwd").lines().take(MOST) {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, secret, uid, gid, _, home, shell] = fields[..] else { continue };
        let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse::<u32>()) else { continue };
        let mut groups: Vec<String> = names.get(&gid).cloned().into_iter().collect();
        let mut group_ids = vec![gid];
        for (gid, group) in members.remove(name).unwrap_or_default() {
            group_ids.push(gid);
            groups.push(group);
        }
        // An `x` means shadow has it; anything else counts itself.
        let password = if secret == "x" {
            passwords.get(name).copied().unwrap_or_default()
        } else {
            kind(secret)
        };
        let has_sudo =
            users.contains(name) || groups.iter().any(|group| their_groups.contains(group));
        let text = |text: &str| text.to_owned();
        let (name, home, shell) = (text(name), text(home), text(shell));
        accounts.push(Account { name, uid, home, shell, groups, group_ids, password, has_sudo });
    }
    (accounts, unseen)
}

/// Users and groups that `sudoers(5)` names at the beginning of a rule, and members of its aliases. What they may run
/// is not judged: nearly everything that runs as root can be made to run something else.
fn sudoers(tree: &Tree) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut files = vec![String::from("/etc/sudoers")];
    let below = tree.list("/etc/sudoers.d");
    // sudo passes over these names.
    let is_read = |name: &str| !name.contains('.') && !name.ends_with('~');
    files.extend(
        below
            .iter()
            .filter(|(name, _)| is_read(name))
            .map(|(name, _)| format!("/etc/sudoers.d/{name}")),
    );
    let (mut users, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for file in files {
        for line in tree.text(&file).replace("\\\n", " ").lines().take(MOST) {
            let line = line.split('#').next().unwrap_or_default().trim();
            let who = match line.strip_prefix("User_Alias") {
                Some(alias) => alias.split_once('=').map_or("", |(_, members)| members),
                None => line.split_once('=').map_or("", |(left, _)| sudoers_users(left)),
            };
            for name in who.split(',').map(str::trim).filter(|name| !name.starts_with('!')) {
                match name.strip_prefix('%') {
                    Some(group) => groups.insert(group.to_owned()),
                    None => users.insert(name.to_owned()),
                };
            }
        }
    }
    (users, groups)
}

/// Of `ann, %ops web1` the users: the last word is the host. Settings and other aliases name none.
fn sudoers_users(left: &str) -> &str {
    let first = left.split_whitespace().next().unwrap_or_default();
    if first.starts_with("Defaults") || first.ends_with("_Alias") {
        return "";
    }
    left.trim().rsplit_once(char::is_whitespace).map_or("", |(users, _)| users)
}

fn password(line: &str) -> Option<(String, Password)> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    Some((name, kind(fields.next()?)))
}

/// `!` and `*` open nothing, and nor does what is put before a hash with `!`.
fn kind(secret: &str) -> Password {
    match secret.as_bytes() {
        [] => Password::Empty,
        [b'!' | b'*', ..] => Password::Locked,
        _ if secret.len() < 13 => Password::Locked,
        _ => Password::Usable,
    }
}

/// Every key that opens an account.
pub fn keys(tree: &Tree, accounts: &[Account]) -> Vec<Key> {
    let patterns = patterns(tree);
    let mut keys = Vec::new();
    for account in accounts {
        for pattern in &patterns {
            let file = place(pattern, account);
            let Ok(stat) = tree.stat(&file, true) else { continue };
            for (number, line) in tree.text(&file).lines().enumerate() {
                if keys.len() >= MOST {
                    return keys;
                }
                if let Some(key) = key(line) {
                    let (user, file, line) = (account.name.clone(), file.clone(), number + 1);
                    keys.push(Key { user, file, line, changed: stat.changed, ..key });
                }
            }
        }
    }
    keys
}

/// `AuthorizedKeysFile` of sshd's configuration, the first that is given.
fn patterns(tree: &Tree) -> Vec<String> {
    let mut files = vec![String::from("/etc/ssh/sshd_config")];
    let inner = tree.list("/etc/ssh/sshd_config.d");
    let is_conf = |name: &str| name.strip_suffix(".conf").is_some();
    let inner = inner.iter().filter(|(name, _)| is_conf(name));
    // Debian's file begins with the Include.
    files.splice(0..0, inner.map(|(name, _)| format!("/etc/ssh/sshd_config.d/{name}")));
    for file in files {
        for line in tree.text(&file).lines() {
            let mut words = line.split_ascii_whitespace();
            if words.next().is_some_and(|word| word.eq_ignore_ascii_case("AuthorizedKeysFile")) {
                return words.map(|word| word.trim_matches('"').to_owned()).collect();
            }
        }
    }
    KEYS.map(str::to_owned).to_vec()
}

/// `%h` is the home, `%u` the name, `%U` the number; what does not begin with `/` is below the home.
fn place(pattern: &str, account: &Account) -> String {
    let path = pattern
        .replace("%h", &account.home)
        .replace("%u", &account.name)
        .replace("%U", &account.uid.to_string())
        .replace("%%", "%");
    if path.starts_with('/') {
        path
    } else {
        format!("{}/{path}", account.home.trim_end_matches('/'))
    }
}

/// A line of `authorized_keys`: options, kind, key, comment.
fn key(line: &str) -> Option<Key> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let words = words(line);
    let is_kind = |word: &&str| {
        ["ssh-", "ecdsa-", "sk-"].iter().any(|begin| word.starts_with(begin)) && !word.contains('=')
    };
    let at = words.iter().position(is_kind)?;
    let blob = STANDARD.decode(words.get(at + 1)?).ok()?;
    let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)));
    Some(Key {
        user: String::new(),
        file: String::new(),
        line: 0,
        kind: words[at].to_owned(),
        fingerprint,
        options: words[..at].join(" "),
        comment: words.get(at + 2..).unwrap_or_default().join(" "),
        changed: jiff::Timestamp::default(),
    })
}

/// Words parted by blanks that are not within quotes.
fn words(line: &str) -> Vec<&str> {
    let (mut words, mut begin, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            ' ' | '\t' if !is_quoted => {
                words.extend(Some(&line[begin..at]).filter(|word| !word.is_empty()));
                begin = at + 1;
            }
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    words.extend(Some(&line[begin..]).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKDKHcOFDlRGaIkZfbcdVLUE0wgKSLz8/KNKYm8n5q+u";

    #[test]
    fn keys_with_options_are_read() {
        let found = key(&format!("command=\"echo \\\"hi there\\\"\",no-pty {ED25519} ann@home pc"))
            .unwrap();
        assert_eq!(found.options, "command=\"echo \\\"hi there\\\"\",no-pty");
        assert_eq!((found.kind.as_str(), found.comment.as_str()), ("ssh-ed25519", "ann@home pc"));
        assert!(found.fingerprint.starts_with("SHA256:") && found.fingerprint.len() == 50);
        assert!(key("# comment").is_none() && key("ssh-ed25519 !!").is_none());
        assert!(key("ssh-ed25519").is_none());
    }

    #[test]
    fn accounts_are_read_and_no_hash_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "etc/passwd",
            "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\nold::5:5::/:/bin/sh\nbad\n",
        );
        write("etc/shadow", "root:*:1:0:99999:7:::\nann:$y$j9T$abcdefghijkl:1:0:99999:7:::\n");
        write("etc/group", "root:x:0:\nann:x:1000:\nsudo:x:27:ann,bob\n");
        write("etc/ssh/sshd_config.d/a.conf", "AuthorizedKeysFile /keys/%u\n");
        write("keys/ann", &format!("{ED25519} a\n"));
        let tree = Tree::open(folder.path()).unwrap();
        let (accounts, unseen) = accounts(&tree);
        assert_eq!(unseen, []);
        let passwords: Vec<_> = accounts.iter().map(|account| account.password).collect();
        assert_eq!(passwords, [Password::Locked, Password::Usable, Password::Empty]);
        let roots: Vec<bool> = accounts.iter().map(Account::can_be_root).collect();
        assert_eq!(roots, [true, true, false]);
        write("etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\nDefaults:old !pam=x\n");
        write("etc/sudoers.d/90-x", "ann, \\\n  old ALL=(ALL) NOPASSWD: /usr/bin/systemctl # x\n");
        let (again, _) = super::accounts(&tree);
        assert!(again[2].can_be_root());
        assert!(!format!("{accounts:?}").contains("$y$"));
        let keys = keys(&tree, &accounts);
        assert_eq!(keys.len(), 1);
        assert_eq!((keys[0].user.as_str(), keys[0].file.as_str()), ("ann", "/keys/ann"));
    }
}
