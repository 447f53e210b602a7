//! Events as the categories of Sigma's own taxonomy have them: programs started, files written,
//! connections made.

use std::collections::{HashMap, VecDeque};

use super::records::{LONGEST, socket};
use super::source::FileKind;
use super::view::{Fields, MESSAGE, View};
use crate::action::{Action, FileAct, What};
use crate::event::Event;
use crate::kind::Kind;

/// Processes remembered as parents.
const MOST_PROCESSES: usize = 1 << 14;

/// What programs were started, for who asks after a parent.
#[derive(Debug, Default)]
pub(super) struct Processes {
    known: HashMap<u32, (String, String)>,
    order: VecDeque<u32>,
}

impl Processes {
    pub(super) fn insert(&mut self, pid: u32, image: String, command: String) {
        if self.known.insert(pid, (image, command)).is_none() {
            self.order.push_back(pid);
        }
        if self.order.len() > MOST_PROCESSES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

/// Fills a view of one record.
pub(super) struct Filler<'a> {
    pub(super) view: &'a mut View,
    pub(super) fields: &'a Fields,
    pub(super) action: &'a Action,
}

impl Filler<'_> {
    fn add(&mut self, name: &str, text: &str) {
        if let Some(field) = self.fields.get(name) {
            self.view.add(field, text);
        }
    }

    fn number(&mut self, name: &str, number: Option<u32>) {
        if let Some(number) = number {
            self.add(name, &number.to_string());
        }
    }

    /// The program under both of its names where `/bin` is `/usr/bin`: rules know one of them.
    fn image(&mut self, name: &str, image: &str) {
        self.add(name, image);
        let is_merged = |rest: &&str| rest.starts_with("/bin/") || rest.starts_with("/sbin/");
        if let Some(short) = image.strip_prefix("/usr").filter(is_merged) {
            self.add(name, short);
        }
    }

    fn actor(&mut self) {
        self.view.begin();
        let action = self.action;
        if !action.program.is_empty() {
            self.image("Image", &action.program);
        }
        if let Some(user) = &action.actor.user {
            self.add("User", user);
        }
        self.number("ProcessId", action.actor.pid);
    }

    /// A program that was started; false if none was.
    pub(super) fn process(mut self, command: &str, processes: &Processes) -> bool {
        let action = self.action;
        let What::Ran { folder, .. } = &action.what else { return false };
        if action.success == Some(false) {
            return false;
        }
        self.actor();
        self.add("CommandLine", command);
        self.view.add(MESSAGE, command);
        self.add("CurrentDirectory", folder);
        self.number("LogonId", action.actor.session);
        self.number("TerminalSessionId", action.actor.session);
        self.number("ParentProcessId", action.actor.ppid);
        if let Some((image, command)) = action.actor.ppid.and_then(|pid| processes.known.get(&pid))
        {
            self.image("ParentImage", image);
            self.add("ParentCommandLine", command);
        }
        true
    }

    /// What was done to a file; false if it is not of this kind.
    pub(super) fn file(mut self, kind: FileKind) -> bool {
        let action = self.action;
        let What::File { how, path } = &action.what else { return false };
        let is_it = match how {
            FileAct::Created | FileAct::Wrote | FileAct::Linked => kind == FileKind::Event,
            FileAct::Renamed { .. } => matches!(kind, FileKind::Event | FileKind::Rename),
            FileAct::Deleted => kind == FileKind::Delete,
            FileAct::Mode { .. } | FileAct::Owner | FileAct::Attributes => kind == FileKind::Change,
            FileAct::Read => kind == FileKind::Access,
            FileAct::Mounted => false,
        };
        if !is_it || action.success == Some(false) {
            return false;
        }
        self.actor();
        self.add("TargetFilename", path);
        self.view.add(MESSAGE, path);
        if let FileAct::Renamed { from, .. } = how {
            self.add("SourceFilename", from);
        }
        true
    }

    /// A connection, made or tried; false if none was.
    pub(super) fn network(mut self, event: &Event) -> bool {
        let What::Network { call, .. } = &self.action.what else { return false };
        let is_initiated = match call.as_str() {
            "connect" | "sendto" | "sendmsg" => true,
            "accept" | "accept4" => false,
            _ => return false,
        };
        let Some((address, port)) = other_side(event) else { return false };
        self.actor();
        let is_v6 = address.contains(':').to_string();
        self.add("Initiated", if is_initiated { "true" } else { "false" });
        let names = if is_initiated {
            ["DestinationIp", "DestinationPort", "DestinationIsIpv6"]
        } else {
            ["SourceIp", "SourcePort", "SourceIsIpv6"]
        };
        for (name, text) in names.into_iter().zip([&address, &port, &is_v6]) {
            self.add(name, text);
        }
        self.view.add(MESSAGE, &format!("{address} {port}"));
        true
    }

    /// What sudo was asked to run; false if it was not.
    pub(super) fn sudo(mut self) -> bool {
        let action = self.action;
        let What::Sudo { command, folder } = &action.what else { return false };
        self.view.begin();
        self.add("COMMAND", command);
        self.add("PWD", folder);
        if let Some(terminal) = &action.actor.terminal {
            self.add("TTY", terminal);
        }
        self.view.add(MESSAGE, command);
        true
    }
}

/// Address and port in a record of a socket; none if it is no address of the Internet.
fn other_side(event: &Event) -> Option<(String, String)> {
    let record = event.records().find(|record| record.kind() == Kind::SOCKADDR)?;
    let words = socket(std::str::from_utf8(record.field(b"saddr")?.bytes()).ok()?);
    let word = |name: &str| {
        let found = words.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?;
        Some(found.to_owned())
    };
    // The interface of a link-local address is no part of it.
    let address = word("laddr")?;
    Some((address.split('%').next()?.to_owned(), word("lport")?))
}

/// A command as one line.
pub(super) fn command_line(arguments: &[String]) -> String {
    let mut line = arguments.join(" ");
    if line.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| line.is_char_boundary(*end));
        line.truncate(end.unwrap_or(0));
    }
    line
}
