//! What is searched for: ausearch's conditions, with keys, users and files as people mean them.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::pattern::Pattern;
use crate::action::{Action, What, join};
use crate::assemble::Compat;
use crate::ausearch::Search;
use crate::event::Event;
use crate::items::{Items, Named, Odd, Wanted};
use crate::kind::Kind;
use crate::log::Filter;
use crate::users::Names;

/// What is searched for. Each part that is not empty must hold.
#[derive(Debug, Default, Clone)]
pub struct Question {
    /// One of these, each as ausearch means it; files also by what they are below the working
    /// directory, and logins also those by ssh without a terminal.
    pub any: Vec<Search>,
    /// One of these is a key of the rule that recorded it.
    pub keys: Vec<Pattern>,
    /// One of these logged in, acted, or is the account it is about: names, or numbers.
    pub users: Vec<String>,
}

impl Question {
    /// What lines of an event must have, cheap to look for beforehand.
    pub fn filter(&self, users: &Names) -> Filter {
        if !self.keys.is_empty() {
            return Filter::keys(self.keys.iter().map(Pattern::literal));
        }
        let all = |has: &dyn Fn(&Search) -> bool| !self.any.is_empty() && self.any.iter().all(has);
        if all(&|search| !search.kinds.is_empty()) {
            let kinds = self.any.iter().flat_map(|search| &search.kinds).copied();
            let logins = kinds.clone().any(|kind| kind == Kind::USER_LOGIN);
            let mut kinds: Vec<Kind> = kinds.chain(logins.then_some(Kind::USER_START)).collect();
            kinds.sort_unstable();
            kinds.dedup();
            return Filter::kinds(kinds);
        }
        let mut texts = Vec::new();
        let each = |of: &dyn Fn(&Search) -> Option<String>| {
            let texts: Option<Vec<String>> = self.any.iter().map(of).collect();
            texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| text.len() > 1))
        };
        let plain = |texts: Vec<String>| both(&texts);
        let chosen = each(&|search| search.serial.map(|serial| format!(":{serial})")))
            .or_else(|| each(&|search| search.session.map(|session| format!("ses={session}"))))
            .or_else(|| each(&|search| search.file.as_deref().map(last_part)).map(plain))
            .or_else(|| each(&|search| search.exe.clone()).map(plain))
            .or_else(|| each(&|search| search.comm.clone()).map(plain))
            .or_else(|| each(&|search| search.pid.map(|pid| format!("pid={pid}"))));
        match chosen {
            Some(chosen) => texts = chosen,
            None if !self.users.is_empty() => {
                for user in &self.users {
                    let id = user.parse().ok().or_else(|| users.id(user));
                    texts.extend(id.map(|id| format!("id={id}")));
                }
                texts.extend(both(&self.users));
            }
            None => return Filter::All,
        }
        texts.sort();
        texts.dedup();
        Filter::texts(texts.iter().map(String::as_bytes))
    }

    /// Is this event what is asked for? Odd ones cannot be told.
    pub fn matches(
        &self,
        event: &Event,
        users: &Names,
        action: impl FnOnce() -> Option<Action>,
    ) -> Result<bool, Odd> {
        if !self.keys.is_empty() || !self.any.is_empty() {
            let mut wanted = Wanted { key: !self.keys.is_empty(), ..Wanted::default() };
            for search in &self.any {
                wanted = wanted.or(search.wanted());
            }
            let mut items = Items::of(event, wanted, users, Compat::V4)?;
            if !self.keys.is_empty() {
                let is_like = |key: &[u8]| self.keys.iter().any(|pattern| pattern.matches(key));
                if !items.keys.iter().flatten().any(|key| is_like(key)) {
                    return Ok(false);
                }
            }
            if wanted.file {
                place(&mut items);
            }
            let holds = |search: &Search| {
                search.matches(event, &items, Compat::V4) || is_login(search, event, &items)
            };
            if !self.any.is_empty() && !self.any.iter().any(holds) {
                return Ok(false);
            }
        }
        if self.users.is_empty() {
            return Ok(true);
        }
        let Some(action) = action() else { return Ok(false) };
        Ok(self.users.iter().any(|user| is_of(&action, user)))
    }
}

/// Adds the names of files as they are below the working directory.
fn place(items: &mut Items<'_>) {
    let (Some(cwd), Some(files)) = (&items.cwd, &mut items.files) else { return };
    let cwd = String::from_utf8_lossy(cwd);
    let placed = |file: &Named<'_>| {
        let name = file.name.as_ref()?;
        let whole = join(&cwd, &String::from_utf8_lossy(name)).into_bytes();
        (whole != **name).then_some(Named { name: Some(Cow::Owned(whole)), nametype: None })
    };
    let placed: Vec<_> = files.iter().filter_map(placed).collect();
    files.extend(placed);
}

/// Logins are asked for, and this is how sshd says so of one without a terminal.
fn is_login(search: &Search, event: &Event, items: &Items<'_>) -> bool {
    let is_asked = search.kinds.contains(&Kind::USER_LOGIN) && event.kind == Kind::USER_START;
    let by_ssh = |line: &[u8]| memchr::memmem::find(line, b"/sshd").is_some();
    is_asked
        && event.records().any(|record| {
            let address = record.field(b"addr").is_some_and(|address| address.bytes() != b"?");
            address && by_ssh(record.plain())
        })
        && Search { kinds: Vec::new(), ..search.clone() }.matches(event, items, Compat::V4)
}

fn is_of(action: &Action, user: &str) -> bool {
    let actor = &action.actor;
    let acts = [&actor.login, &actor.user].into_iter().flatten().any(|name| name == user);
    let is_number = |id: &u32| user.parse() == Ok(*id);
    acts || [&actor.auid, &actor.uid].into_iter().flatten().any(is_number)
        || match &action.what {
            What::Login { account }
            | What::SessionBegan { account }
            | What::SessionEnded { account }
            | What::Authenticated { account }
            | What::Account { account, .. } => account == user,
            _ => false,
        }
}

/// What of a path is in a line, wherever its folders stand: its last part.
fn last_part(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// Texts as they are, and in hex, as the kernel writes odd ones.
fn both(texts: &[String]) -> Vec<String> {
    let hex = |text: &String| {
        text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02X}");
            hex
        })
    };
    texts.iter().cloned().chain(texts.iter().map(hex)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    const USERS: &[u8] = b"ann:x:1000:\nbob:x:1001:\n";

    fn event(lines: &[String]) -> Event {
        let mut event = Event::default();
        let first = Record::parse(lines[0].as_bytes()).unwrap();
        event.begin(first.id, first.kind(), None);
        for line in lines {
            event.push(line.as_bytes());
        }
        event
    }

    fn opened(auid: u32, cwd: &str, name: &str) -> Vec<String> {
        let id = "msg=audit(1700000000.123:45):";
        vec![
            format!(
                "type=SYSCALL {id} arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=2 a2=0 a3=0 items=1 ppid=1 pid=2 auid={auid} uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=4 comm=\"vi\" exe=\"/usr/bin/vi\" key=\"k\""
            ),
            format!("type=CWD {id} cwd=\"{cwd}\""),
            format!("type=PATH {id} item=0 name={name} inode=1 nametype=NORMAL"),
        ]
    }

    /// Does it match, and do lines have what is looked for beforehand?
    fn is_found(question: &Question, lines: &[String]) -> bool {
        let users = Names::parse(USERS);
        let event = event(lines);
        let action = || Some(crate::action::read(&event, &users));
        let matches = question.matches(&event, &users, action).unwrap();
        let log = lines.join("\n") + "\n";
        let input = crate::log::Input::Stream(Box::new(std::io::Cursor::new(log)));
        let mut events = crate::log::Events::new([input], Compat::V4, 2);
        events = events.filter(question.filter(&users));
        assert!(!matches || events.advance().unwrap(), "{question:?} is lost in {lines:?}");
        matches
    }

    #[test]
    fn files_are_found_below_the_working_directory() {
        let ask = |file: &str| {
            let search = Search { file: Some(file.into()), ..Search::default() };
            Question { any: vec![search], ..Question::default() }
        };
        let keys = ask("/root/.ssh/authorized_keys");
        for (cwd, name, found) in [
            ("/", "\"/root/.ssh/authorized_keys\"", true),
            ("/root/.ssh", "\"authorized_keys\"", true),
            ("/root", "\"./.ssh/authorized_keys\"", true),
            // The same in hex.
            ("/root", "2E7373682F617574686F72697A65645F6B657973", true),
            ("/home/ann/.ssh", "\"authorized_keys\"", false),
        ] {
            assert_eq!(is_found(&keys, &opened(0, cwd, name)), found, "{cwd} {name}");
        }
        assert!(is_found(&ask("/root/.ssh/"), &opened(0, "/root", "\".ssh/config\"")));
    }

    #[test]
    fn a_user_is_who_logged_in_acted_or_is_meant() {
        let ask = |user: &str| Question { users: vec![user.into()], ..Question::default() };
        let lines = opened(1000, "/", "\"/etc/passwd\"");
        for (user, found) in [("ann", true), ("1000", true), ("0", true), ("bob", false)] {
            assert_eq!(is_found(&ask(user), &lines), found, "{user}");
        }
        let login = "type=USER_LOGIN msg=audit(1700000000.123:46): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=\"bob\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.1 terminal=sshd res=failed'";
        assert!(is_found(&ask("bob"), &[login.to_owned()]));
    }
}
