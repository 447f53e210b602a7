//! Does an event have what is searched for?

use memchr::memmem;

use super::options::{Format, Ground, Options, Search};
use crate::assemble::Compat;
use crate::event::Event;
use crate::items::{Items, Odd, Text, UNKNOWN, Wanted};
use crate::kind::Kind;
use crate::log::Filter;

/// What must be taken from events to tell.
pub(super) fn wanted(options: &Options) -> Wanted {
    let wanted = options.search.wanted();
    Wanted { arch: wanted.arch || options.format > Format::Default, ..wanted }
}

/// The number that stands for none was as good as not given.
fn is_set(value: Option<u32>, none: u32) -> bool {
    value.is_some_and(|value| value != none)
}

fn has_names(search: &Search) -> bool {
    search.uid_name.is_some() || search.euid_name.is_some() || search.loginuid_name.is_some()
}

/// What lines of an event must have, cheap to look for beforehand.
pub(super) fn filter(options: &Options) -> Filter {
    let search = &options.search;
    if let Some(key) = &search.key {
        return Filter::keys([key.as_bytes()]);
    }
    if !search.kinds.is_empty() {
        return Filter::kinds(search.kinds.iter().copied());
    }
    Filter::All
}

/// Does the event match? Odd events never do.
pub(super) fn matches(
    event: &Event,
    options: &Options,
    wanted: Wanted,
    ground: &Ground,
) -> Result<bool, Odd> {
    let search = &options.search;
    if !search.has_serial(event) {
        return Ok(false);
    }
    let items = Items::of(event, wanted, &ground.users, ground.compat)?;
    Ok(search.matches(event, &items, ground.compat))
}

impl Search {
    /// What must be taken from events to tell.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            pid: self.pid.is_some_and(|pid| pid != -1),
            ppid: self.ppid.is_some_and(|ppid| ppid != -1),
            uid: is_set(self.uid, u32::MAX) || self.uid_name.is_some(),
            euid: is_set(self.euid, u32::MAX) || self.euid_name.is_some(),
            loginuid: is_set(self.loginuid, UNKNOWN) || self.loginuid_name.is_some(),
            gid: is_set(self.gid, u32::MAX),
            egid: is_set(self.egid, u32::MAX),
            session: is_set(self.session, UNKNOWN),
            terminal: self.terminal.is_some(),
            host: self.host.is_some(),
            comm: self.comm.is_some(),
            exe: self.exe.is_some(),
            file: self.file.is_some(),
            key: self.key.is_some(),
            arch: self.arch.is_some(),
            exit: self.exit.is_some(),
            success: self.success.is_some(),
            subject: self.subject.is_some(),
            object: self.object.is_some(),
            vm: self.vm.is_some(),
            uuid: self.uuid.is_some(),
            names: has_names(self),
        }
    }

    /// Does the event match, of which what is wanted was taken?
    pub(crate) fn matches(&self, event: &Event, items: &Items<'_>, compat: Compat) -> bool {
        let node = |node: &String| Some(node.as_bytes()) == event.node();
        self.has_serial(event)
            && (self.nodes.is_empty() || self.nodes.iter().any(node))
            && self.numbers(items)
            && self.has_kind(event)
            && self.texts(items)
            && self.contexts(items, compat)
    }

    fn has_serial(&self, event: &Event) -> bool {
        let none = u64::from(u32::MAX);
        self.serial.is_none_or(|serial| serial == none || serial == event.id.serial)
    }

    fn numbers(&self, items: &Items<'_>) -> bool {
        let equal = |wanted: Option<u32>, none: u32, found: u32| {
            wanted.is_none_or(|wanted| wanted == none || wanted == found)
        };
        let process =
            |wanted: Option<i32>, found| wanted.is_none_or(|pid| pid == -1 || pid == found);
        let users = if self.any_user {
            self.any_user(items)
        } else if has_names(self) {
            self.user_names(items)
        } else {
            equal(self.uid, u32::MAX, items.uid)
                && equal(self.euid, u32::MAX, items.euid)
                && equal(self.loginuid, UNKNOWN, items.loginuid)
        };
        let groups = if self.any_group {
            self.gid == Some(items.gid) || self.egid == Some(items.egid)
        } else {
            equal(self.gid, u32::MAX, items.gid) && equal(self.egid, u32::MAX, items.egid)
        };
        users
            && groups
            && process(self.ppid, items.ppid)
            && process(self.pid, items.pid)
            && self.arch.is_none_or(|arch| arch.number() == items.arch as u32)
            && self.syscall.is_none_or(|syscall| syscall == -1 || syscall == items.syscall)
            && equal(self.session, UNKNOWN, items.session)
            && self.exit.is_none_or(|exit| items.exit == Some(exit))
            && self.success.is_none_or(|success| items.success == i32::from(success))
    }

    fn any_user(&self, items: &Items<'_>) -> bool {
        if self.uid_name.is_none() {
            return self.uid == Some(items.uid)
                || self.euid == Some(items.euid)
                || self.loginuid == Some(items.loginuid);
        }
        is_named(self.uid_name.as_ref(), items.uid_name.as_ref())
            || is_named(self.euid_name.as_ref(), items.euid_name.as_ref())
            || is_named(self.loginuid_name.as_ref(), items.loginuid_name.as_ref())
    }

    fn user_names(&self, items: &Items<'_>) -> bool {
        let holds = |wanted: Option<&String>, found| wanted.is_none() || is_named(wanted, found);
        holds(self.uid_name.as_ref(), items.uid_name.as_ref())
            && holds(self.euid_name.as_ref(), items.euid_name.as_ref())
            && holds(self.loginuid_name.as_ref(), items.loginuid_name.as_ref())
    }

    fn has_kind(&self, event: &Event) -> bool {
        let is_wanted = |kind: Kind| self.kinds.contains(&kind);
        self.kinds.is_empty() || event.records().any(|record| is_wanted(record.kind()))
    }

    fn texts(&self, items: &Items<'_>) -> bool {
        let one = |wanted: Option<&String>, found: Option<&Text<'_>>| {
            wanted.is_none_or(|wanted| found.is_some_and(|found| self.is_text(wanted, found)))
        };
        let key = self
            .key
            .as_ref()
            .is_none_or(|wanted| items.keys.iter().flatten().any(|key| self.is_text(wanted, key)));
        let file = self.file.as_ref().is_none_or(|wanted| {
            let files = items.files.iter().flatten().filter_map(|file| file.name.as_ref());
            files.chain(&items.cwd).any(|name| self.is_text(wanted, name))
        });
        key && file
            && one(self.host.as_ref(), items.host.as_ref())
            && one(self.terminal.as_ref(), items.terminal.as_ref())
            && one(self.exe.as_ref(), items.exe.as_ref())
            && one(self.comm.as_ref(), items.comm.as_ref())
            && one(self.vm.as_ref(), items.vm.as_ref())
            && one(self.uuid.as_ref(), items.uuid.as_ref())
    }

    fn contexts(&self, items: &Items<'_>, compat: Compat) -> bool {
        let avcs = || items.avc.iter().flatten();
        let is = |wanted: &Option<String>, found: &Option<Text<'_>>| match (wanted, found) {
            (Some(wanted), Some(found)) => self.is_text(wanted, found),
            _ => false,
        };
        let subject = || avcs().any(|avc| is(&self.subject, &avc.subject));
        let object = || avcs().any(|avc| is(&self.object, &avc.object));
        if self.any_context {
            return subject() || object();
        }
        // 3.0.9 does not look at the object any more once the subject is right.
        if compat == Compat::V3 && self.subject.is_some() {
            return subject();
        }
        (self.subject.is_none() || subject()) && (self.object.is_none() || object())
    }

    fn is_text(&self, wanted: &str, found: &[u8]) -> bool {
        if self.is_exact {
            found == wanted.as_bytes()
        } else {
            memmem::find(found, wanted.as_bytes()).is_some()
        }
    }
}

fn is_named(wanted: Option<&String>, found: Option<&Text<'_>>) -> bool {
    matches!((wanted, found), (Some(wanted), Some(found)) if wanted.as_bytes() == &found[..])
}
