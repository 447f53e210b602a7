//! The flight recorder: what ran, what was connected, who was in and what was logged at the moment of an alert.
//! Small, quick and seldom, and taken by the watch itself, so that it is there when somebody looks hours later.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use nightkeep_journal::{Journal, Query};
use nightkeep_triage::collect::{process, socket, unix};
use nightkeep_triage::scene::{Process, Socket, UnixSocket};
use serde::{Deserialize, Serialize};

use crate::model::text::visible;
use crate::source::journal;
use crate::source::process::user_name;
use crate::source::session::{self, Session};

/// The folder below the store.
const FOLDER: &str = "snapshots";
/// So many are kept, and so many bytes of them; the oldest go.
const KEPT: usize = 50;
const MOST: u64 = 32 << 20;
/// Things of a kind in one, and characters of a line.
const LINES: usize = 2000;
const LINE: usize = 240;
/// Unix sockets in one: a machine has some dozens that listen.
const UNIX: usize = 200;
/// Lines of the journal, from so long before.
const LOGGED: usize = 300;
const BEFORE: SignedDuration = SignedDuration::from_mins(3);
/// Who came in since then may still be in.
const SESSIONS: SignedDuration = SignedDuration::from_hours(24);

/// What was so at one moment, in lines for people, escaped and cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Timestamp,
    /// The numbers of the alerts it was taken for.
    pub alerts: Vec<u64>,
    /// `pid, parent, user, since, name, unit, command`.
    pub processes: Vec<String>,
    /// Sockets that listen or are connected, of Unix sockets only those that listen, with who holds them where
    /// that could be seen.
    pub sockets: Vec<String>,
    /// Who was in.
    pub sessions: Vec<String>,
    /// What was logged shortly before.
    pub log: Vec<String>,
}

impl Snapshot {
    /// Takes one; blocks for some milliseconds. What cannot be seen is not in it.
    pub fn take(alerts: Vec<u64>, at: Timestamp, booted: Timestamp) -> Self {
        let (processes, _) = process::processes(booted);
        let (sockets, _) = socket::sockets(&processes);
        let (unix, _) = unix::sockets(&processes);
        let local = unix.iter().filter(|socket| socket.is_listening).take(UNIX).map(of_unix);
        let root = Path::new("/");
        let since = at.checked_sub(SESSIONS).unwrap_or(at);
        let (sessions, _) = session::sessions(root, since);
        let open = sessions.iter().filter(|session| session.ended.is_none());
        let is_used = |socket: &&Socket| socket.is_listening || socket.remote.is_some();
        let own =
            processes.iter().filter(|process| process.program.is_some() || !is_kernels(process));
        Self {
            at,
            alerts,
            processes: own.take(LINES).map(of_process).collect(),
            sockets: sockets
                .iter()
                .filter(is_used)
                .take(LINES)
                .map(of_socket)
                .chain(local)
                .collect(),
            sessions: open.map(of_session).chain(logins(&processes)).take(LINES).collect(),
            log: logged(at),
        }
    }

    /// Keeps it, and lets the oldest go.
    pub fn keep(&self, store: &Path) -> io::Result<PathBuf> {
        let folder = store.join(FOLDER);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let path = folder.join(format!("{}.json", self.at.as_millisecond()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        let mut kept = files(&folder)?;
        let mut bytes: u64 = kept.iter().map(|path| size(path)).sum();
        while kept.len() > KEPT || bytes > MOST && kept.len() > 1 {
            let oldest = kept.remove(0);
            bytes -= size(&oldest);
            fs::remove_file(oldest)?;
        }
        Ok(path)
    }

    /// The one that was taken for an alert, if it is still there.
    pub fn of_alert(store: &Path, alert: u64) -> io::Result<Option<Self>> {
        for path in files(&store.join(FOLDER))?.iter().rev() {
            let mut bytes = Vec::new();
            fs::File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
            let Ok(snapshot) = serde_json::from_slice::<Self>(&bytes) else { continue };
            if snapshot.alerts.contains(&alert) {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }

    /// All of it, under headings.
    pub fn text(&self) -> String {
        let parts = [
            ("Who was in", &self.sessions),
            ("Sockets", &self.sockets),
            ("Processes (pid, parent, user, since, name, unit, command)", &self.processes),
            ("Logged shortly before", &self.log),
        ];
        let mut text = format!("As it was at {}\n", self.at.strftime("%Y-%m-%d %H:%M:%S UTC"));
        for (heading, lines) in parts {
            text += &format!("\n{heading}\n");
            if lines.is_empty() {
                text += "  none that could be seen\n";
            }
            for line in lines {
                text += &format!("  {line}\n");
            }
        }
        text
    }
}

fn of_session(session: &Session) -> String {
    let Session { user, tty, from, began, .. } = session;
    let began = began.strftime("%Y-%m-%d %H:%M:%S");
    visible(&format!("{user} on {tty} from {from} since {began}"), LINE)
}

/// Who is in by the kernel's own count, which a login without a terminal is in as well. Jobs of cron are no logins.
fn logins(processes: &[Process]) -> Vec<String> {
    let mut sessions: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
    for process in processes {
        if let Some(session) = process.session {
            sessions.entry(session).or_default().push(process);
        }
    }
    let mut lines = Vec::new();
    for (session, mut all) in sessions {
        all.sort_by_key(|process| (process.started, process.pid));
        let Some(first) = all.first() else { continue };
        if first.name.eq_ignore_ascii_case("cron") || first.name == "crond" {
            continue;
        }
        let user = user_name(first.login_uid.unwrap_or(first.uid));
        let began = first.started.strftime("%Y-%m-%d %H:%M:%S");
        let names: Vec<&str> = all.iter().map(|process| process.name.as_str()).collect();
        let line = format!("{user} in session {session} since {began}: {}", names.join(", "));
        lines.push(visible(&line, LINE));
    }
    lines
}

/// Without a command line, a child of the kernel's own thread.
fn is_kernels(process: &Process) -> bool {
    process.arguments.is_empty() && (process.pid == 2 || process.parent == 2)
}

fn of_process(process: &Process) -> String {
    let Process { pid, parent, effective_uid, started, name, unit, .. } = process;
    let since = started.strftime("%m-%d %H:%M:%S");
    let unit = unit.as_deref().unwrap_or("-");
    let command = process.command();
    visible(&format!("{pid} {parent} {effective_uid} {since} {name} {unit} {command}"), LINE)
}

fn of_socket(socket: &Socket) -> String {
    let Socket { remote, uid, pids, is_listening, .. } = socket;
    let to = match remote {
        Some(remote) => format!(" to {remote}"),
        None if *is_listening => String::from(" listens"),
        None => String::new(),
    };
    visible(&format!("{}{to}, user {uid}{}", socket.name(), held(pids)), LINE)
}

fn of_unix(socket: &UnixSocket) -> String {
    let user = socket.uid.map(|uid| format!(", user {uid}")).unwrap_or_default();
    visible(&format!("{} listens{user}{}", socket.name(), held(&socket.pids)), LINE)
}

fn held(pids: &[u32]) -> String {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    if pids.is_empty() { String::new() } else { format!(", pid {}", pids.join(" ")) }
}

fn logged(at: Timestamp) -> Vec<String> {
    let Ok(mut opened) = Journal::open(&journal::roots_below(Path::new("/"))) else {
        return Vec::new();
    };
    let since = at.checked_sub(BEFORE).unwrap_or(at).as_microsecond();
    let query = Query::new(&["SYSLOG_IDENTIFIER", "_PID", "MESSAGE"]);
    let mut lines = std::collections::VecDeque::new();
    for entry in opened.since(&query, u64::try_from(since).unwrap_or_default()) {
        if lines.len() == LOGGED {
            lines.pop_front();
        }
        let second = (entry.realtime / 1_000_000).cast_signed();
        let when =
            Timestamp::from_second(second).unwrap_or_default().strftime("%H:%M:%S").to_string();
        let line = format!("{when} {}[{}]: {}", entry.text(0), entry.text(1), entry.text(2));
        lines.push_back(visible(&line, LINE));
    }
    lines.into()
}

/// Snapshots, oldest first.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<i64>().ok();
    let mut files: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| number(path).is_some());
    files.sort_by_key(number);
    Ok(files)
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_taken_of_this_machine_and_found_by_its_alert() {
        let store = tempfile::tempdir().unwrap();
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let path = store.path().join("socket");
        let _held = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let snapshot = Snapshot::take(vec![7, 8], at, at);
        let own = std::process::id().to_string();
        let listens = format!("unix {} listens", path.display());
        assert!(snapshot.sockets.iter().any(|line| line.starts_with(&listens)));
        assert!(snapshot.processes.iter().any(|line| line.starts_with(&format!("{own} "))));
        snapshot.keep(store.path()).unwrap();
        assert_eq!(Snapshot::of_alert(store.path(), 8).unwrap(), Some(snapshot));
        assert_eq!(Snapshot::of_alert(store.path(), 9).unwrap(), None);
    }

    #[test]
    fn a_login_without_a_terminal_is_in_and_a_job_of_cron_is_not() {
        let process = |pid, name: &str, session| Process {
            pid,
            name: name.into(),
            session,
            login_uid: session.map(|_| 4_000_000_000),
            started: Timestamp::from_second(1_700_000_000 + i64::from(pid)).unwrap(),
            ..Process::default()
        };
        let processes = [
            process(1, "systemd", None),
            process(12, "sleep", Some(7)),
            process(11, "sshd-session", Some(7)),
            process(21, "cron", Some(8)),
            process(22, "backup", Some(8)),
        ];
        let said = "4000000000 in session 7 since 2023-11-14 22:13:31: sshd-session, sleep";
        assert_eq!(logins(&processes), [said]);
    }

    #[test]
    fn the_oldest_go() {
        let store = tempfile::tempdir().unwrap();
        for n in 0..60 {
            let at = Timestamp::from_second(1_700_000_000 + n).unwrap();
            let snapshot = Snapshot { at, alerts: vec![n.cast_unsigned()], ..Snapshot::default() };
            snapshot.keep(store.path()).unwrap();
        }
        assert_eq!(files(&store.path().join(FOLDER)).unwrap().len(), KEPT);
        assert!(Snapshot::of_alert(store.path(), 9).unwrap().is_none());
        assert!(Snapshot::of_alert(store.path(), 10).unwrap().is_some());
    }
}
