//! Holding the kernel's rules against those that are written down.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nightkeep_audit::netlink::{Control, Error, Status};
use nightkeep_audit::rules::check::ThisMachine;
use nightkeep_audit::rules::diff::are_alike;
use nightkeep_audit::rules::sentence::sentence;
use nightkeep_audit::rules::{self, FieldName, Rule};
use nightkeep_audit::syscall::Arch;

use super::super::Blind;
use crate::config::AuditConfig;
use crate::model::{AuditState, Event, Observation, Subject};

/// What gives the watch the capabilities.
pub(crate) const MEND: &str = "install packaging/nightkeep-audit.conf as \
     /etc/systemd/system/nightkeep.service.d/audit.conf, then systemctl daemon-reload && systemctl restart \
     nightkeep; or set `enabled = false` under [audit]";
/// The unit that says that auditd should run.
const WANTED: &str = "/etc/systemd/system/multi-user.target.wants/auditd.service";
const LOG: &str = "/var/log/audit/audit.log";
/// The log must have grown after so many records, at the looks in a row.
const RECORDS: u64 = 50;
const STANDING: u32 = 3;

/// What should be there, and what was.
#[derive(Debug)]
pub(super) struct Hold {
    config: AuditConfig,
    written: Option<Written>,
    /// Which of these were held at the last look.
    held: Vec<Rule>,
    /// Which directory it was that a rule took for its own.
    places: HashMap<Vec<u8>, (u64, u64)>,
    last: Option<Status>,
    log: Option<(u64, u64)>,
    records: u64,
    standing: u32,
}

/// Rules that are written down.
#[derive(Debug)]
struct Written {
    path: PathBuf,
    /// The files, and when they were changed last.
    files: Vec<(PathBuf, SystemTime)>,
    rules: Vec<Rule>,
}

/// What a look found.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) events: Vec<Observation>,
    pub(super) state: AuditState,
}

impl Hold {
    pub(super) fn new(config: AuditConfig) -> Self {
        Self {
            config,
            written: None,
            held: Vec::new(),
            places: HashMap::new(),
            last: None,
            log: None,
            records: 0,
            standing: 0,
        }
    }

    /// Looks; none if there are no rules to hold. `by` is who was heard to change some, `records`
    /// how many records came from the kernel so far.
    pub(super) fn look(&mut self, by: &str, records: Option<u64>) -> Result<Option<Looked>, Blind> {
        let Some((file, expected)) = self.expected()? else { return Ok(None) };
        let mut control = Control::open().map_err(blind)?;
        let status = control.status().map_err(blind)?;
        let mut kernel: Vec<Rule> = control.rules().map_err(blind)?.into_iter().flatten().collect();
        let is_held = |kernel: &[Rule], rule: &Rule| kernel.iter().any(|known| holds(known, rule));
        let locked = status.enabled == 2;
        let mut events = Vec::new();
        let mut state = AuditState {
            off: status.enabled == 0,
            file: file.display().to_string(),
            locked,
            ..AuditState::default()
        };
        let strayed = self.strayed(&expected, &kernel);
        let removed: Vec<&Rule> = expected.iter().filter(|rule| !is_held(&kernel, rule)).collect();
        // A rule that is put back is for the directory that is there now.
        for path in removed.iter().filter_map(|rule| place(rule)) {
            self.places.remove(path);
        }
        let mut back = Vec::new();
        if self.config.restore && !locked {
            for rule in &removed {
                if restore(&mut control, rule) {
                    back.push((*rule).clone());
                }
            }
            for rule in &strayed {
                // The kernel knows the old directory by the rule: it goes, and a new one is made.
                let known = kernel.iter().find(|known| holds(known, rule)).cloned();
                let is_back = known.is_some_and(|known| {
                    control.delete(&known).is_ok() && control.add(&known).is_ok()
                });
                if is_back {
                    self.places.clear();
                    back.push(rule.clone());
                }
            }
            if !back.is_empty() {
                kernel = control.rules().map_err(blind)?.into_iter().flatten().collect();
            }
        }
        // Only what was there can have been removed: the first look tells of nothing.
        let was_held =
            self.held.iter().filter(|rule| removed.contains(rule) || strayed.contains(rule));
        for rule in was_held {
            let subject = Subject::AuditRule(name(rule));
            // A rule for 32-bit programs and its twin are one to people.
            let is_said = |event: &Observation| matches!(event, Observation::Event { subject: said, .. } if *said == subject);
            if events.iter().any(is_said) {
                continue;
            }
            let by = if strayed.contains(rule) { "moving its directory away" } else { by };
            events.push(Observation::Event {
                subject,
                event: Event::AuditRuleRemoved {
                    rule: shown(rule),
                    by: by.to_owned(),
                    restored: back.contains(rule),
                },
            });
        }
        let still: Vec<&Rule> = expected.iter().filter(|rule| !is_held(&kernel, rule)).collect();
        state.missing = still.len() as u32;
        state.example = still.first().map(|rule| shown(rule)).unwrap_or_default();
        state.strayed = strayed
            .iter()
            .filter(|rule| !back.contains(rule))
            .filter_map(|rule| place(rule))
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .take(8)
            .collect();
        state.daemon_stopped = status.pid == 0 && Path::new(WANTED).symlink_metadata().is_ok();
        state.log_stands = status.pid != 0 && self.log_stands(records);
        self.held = expected.iter().filter(|rule| is_held(&kernel, rule)).cloned().collect();
        self.remember(&expected, &kernel);
        events.extend(self.lost(&status));
        self.last = Some(status);
        Ok(Some(Looked { events, state }))
    }

    /// The rules that are written down, read again only when a file changed.
    fn expected(&mut self) -> Result<Option<(PathBuf, Vec<Rule>)>, Blind> {
        let path = self.config.file();
        let unread = |error: &std::io::Error| Blind {
            why: format!("the audit rules in {} cannot be read: {error}", path.display()),
            mend: format!(
                "chgrp -R nightkeep {0} && chgrp nightkeep {1} && chmod -R g+rX {0} && chmod g+x {1}; or set `enabled = false` under [audit]",
                path.display(),
                path.parent().unwrap_or(Path::new("/")).display()
            ),
        };
        let files = match files(&path) {
            Ok(files) => files,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // Asked for by name, they must be there.
                return if self.config.rules.is_some() { Err(unread(&error)) } else { Ok(None) };
            }
            // Nobody said that these are to be held, and whoever uses audit says so.
            Err(_) if self.config.rules.is_none() && !Path::new(WANTED).exists() => {
                return Ok(None);
            }
            Err(error) => return Err(unread(&error)),
        };
        match &self.written {
            Some(written) if written.path == path && written.files == files => {
                Ok((!written.rules.is_empty()).then(|| (path, written.rules.clone())))
            }
            _ => {
                let (_, lines) = rules::files::read(&path, &ThisMachine::new())
                    .map_err(|error| unread(&error))?;
                let written = rules::written(&lines);
                self.held.retain(|rule| written.contains(rule));
                let known = Written { path: path.clone(), files, rules: written.clone() };
                self.written = Some(known);
                Ok((!written.is_empty()).then_some((path, written)))
            }
        }
    }

    /// Rules the kernel still holds whose directory is no longer the one it holds them for.
    fn strayed(&self, expected: &[Rule], kernel: &[Rule]) -> Vec<Rule> {
        let is_other = |rule: &&Rule| {
            place(rule).is_some_and(|path| match (self.places.get(path), number(path)) {
                (Some(then), Some(now)) => *then != now,
                _ => false,
            })
        };
        let held = |rule: &&Rule| kernel.iter().any(|known| holds(known, rule));
        expected.iter().filter(held).filter(is_other).cloned().collect()
    }

    /// Which directories the kernel's rules are for: known when a rule is first seen, and kept.
    fn remember(&mut self, expected: &[Rule], kernel: &[Rule]) {
        let held: Vec<&[u8]> = expected
            .iter()
            .filter(|rule| kernel.iter().any(|known| holds(known, rule)))
            .filter_map(place)
            .collect();
        self.places.retain(|path, _| held.contains(&path.as_slice()));
        for path in held {
            if let (false, Some(now)) = (self.places.contains_key(path), number(path)) {
                self.places.insert(path.to_vec(), now);
            }
        }
    }

    fn lost(&self, status: &Status) -> Option<Observation> {
        let before = self.last.map_or(status.lost, |last| last.lost);
        let records = status.lost.saturating_sub(before);
        let room = status.backlog_limit;
        let is_full = room > 0 && u64::from(status.backlog) * 10 >= u64::from(room) * 9;
        (records > 0 || is_full).then_some(Observation::Event {
            subject: Subject::Host,
            event: Event::AuditLost { records, waiting: status.backlog, room },
        })
    }

    /// Records come, and auditd's log stays as it is.
    fn log_stands(&mut self, records: Option<u64>) -> bool {
        let now = Path::new(LOG).metadata().ok().map(|log| (log.ino(), log.len()));
        let came = records.map_or(0, |records| records.saturating_sub(self.records));
        match (now, self.log) {
            // It may not be seen: nothing is known.
            (None, None) => {}
            _ if now != self.log => self.standing = 0,
            _ if came >= RECORDS => self.standing += 1,
            _ => return self.standing >= STANDING,
        }
        self.log = now;
        self.records = records.unwrap_or(0);
        self.standing >= STANDING
    }
}

/// The files and when they were changed.
fn files(path: &Path) -> std::io::Result<Vec<(PathBuf, SystemTime)>> {
    let changed = path.metadata()?;
    let mut files = vec![(path.to_owned(), changed.modified()?)];
    if changed.is_dir() {
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            if rules::is_rules_file(&entry.file_name().to_string_lossy()) {
                files.push((entry.path(), entry.path().metadata()?.modified()?));
            }
        }
        files.sort();
    }
    Ok(files)
}

/// Is it the same rule? Whoever may not look into a home reads a watch of a directory there as a
/// watch of a file.
fn holds(known: &Rule, rule: &Rule) -> bool {
    are_alike(known, rule)
        || (rule.is_watch() && swapped(rule).is_some_and(|other| are_alike(known, &other)))
}

/// A watch as one of a directory instead of a file.
fn swapped(rule: &Rule) -> Option<Rule> {
    let mut other = rule.clone();
    let field = other.fields.iter_mut().find(|field| field.name == FieldName::PATH)?;
    field.name = FieldName::DIR;
    Some(other)
}

fn restore(control: &mut Control, rule: &Rule) -> bool {
    let is_unseen = rule.path().is_some_and(|path| number(path).is_none());
    let as_directory = rule.is_watch() && is_unseen;
    if as_directory && swapped(rule).is_some_and(|other| control.add(&other).is_ok()) {
        return true;
    }
    matches!(control.add(rule), Ok(()) | Err(Error::Exists))
}

/// The directory that a rule goes with.
fn place(rule: &Rule) -> Option<&[u8]> {
    match (rule.dir(), rule.path()) {
        (Some(dir), _) => Some(dir),
        (None, Some(path)) => {
            let end = path.iter().rposition(|byte| *byte == b'/')?;
            if end == 0 { Some(b"/") } else { path.get(..end) }
        }
        _ => None,
    }
}

/// Which directory it is now; none if it is not there or may not be seen.
fn number(path: &[u8]) -> Option<(u64, u64)> {
    let found = Path::new(OsStr::from_bytes(path)).symlink_metadata().ok()?;
    Some((found.dev(), found.ino()))
}

/// What a rule is called: its path, else its key.
fn name(rule: &Rule) -> String {
    let text = rule.path().or_else(|| rule.dir()).or_else(|| rule.keys().next());
    text.map_or_else(
        || String::from("without key"),
        |text| String::from_utf8_lossy(text).into_owned(),
    )
}

/// What a rule is to people.
fn shown(rule: &Rule) -> String {
    let keys: Vec<_> = rule.keys().map(String::from_utf8_lossy).collect();
    let keys = keys.join(", ");
    match rule.dir().or_else(|| rule.path()) {
        Some(path) if keys.is_empty() => {
            format!("the audit watch of {}", String::from_utf8_lossy(path))
        }
        Some(path) => format!("the audit watch of {} ({keys})", String::from_utf8_lossy(path)),
        None if keys.is_empty() => {
            format!("the audit rule that {}", sentence(rule, Arch::NATIVE))
        }
        None => format!("the audit rule {keys}"),
    }
}

fn blind(error: Error) -> Blind {
    let mend = match error {
        Error::NoAudit => {
            "start the kernel without audit=0, or set `enabled = false` under [audit]; in a container only \
             the host can see it"
        }
        _ => MEND,
    };
    Blind { why: format!("the audit rules cannot be seen: {error}"), mend: mend.to_owned() }
}
