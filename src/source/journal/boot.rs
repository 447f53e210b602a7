//! How the boot before this one ended.

use std::path::PathBuf;

use jiff::Timestamp;
use nightkeep_journal::{Entry, Query};

use super::{Blind, LONGEST, Line, MOST_ENTRIES, at, clean, micros, open};

/// Lines of the end that are looked at: an orderly shutdown writes some dozens.
const END: usize = 200;
/// `SD_MESSAGE_JOURNAL_STOP` of sd-messages.h.
const JOURNAL_STOPPED: &[u8] = b"d93fb3c9c24d451a97cea615ce59c00b";
/// The units whose start is an orderly shutdown (systemd.special(7)).
const SHUTDOWN: [&[u8]; 7] = [
    b"shutdown.target",
    b"final.target",
    b"reboot.target",
    b"poweroff.target",
    b"halt.target",
    b"kexec.target",
    b"soft-reboot.target",
];

/// The end of a boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Ending {
    /// Its last line's time.
    pub(in crate::source) at: Timestamp,
    /// It was shut down in order.
    pub(in crate::source) clean: bool,
    /// Its last lines.
    pub(in crate::source) lines: Vec<Line>,
}

/// How the boot before `boot` (its id, as the kernel writes it), which began at `began`, ended.
/// None where the journal remembers no other boot.
pub(in crate::source) fn before(
    roots: &[PathBuf],
    boot: &str,
    began: Timestamp,
) -> Result<Option<Ending>, Blind> {
    let mut journal = open(roots)?;
    let fields =
        ["SYSLOG_IDENTIFIER", "MESSAGE", "_TRANSPORT", "MESSAGE_ID", "_PID", "UNIT", "JOB_RESULT"];
    let this = boot.trim().replace('-', "");
    let mut last: Option<String> = None;
    let mut end = Vec::new();
    for entry in journal.back_from(&Query::new(&fields), micros(began)).take(MOST_ENTRIES) {
        let id = format!("{:032x}", u128::from_be_bytes(entry.boot));
        if id == this {
            continue;
        }
        if *last.get_or_insert_with(|| id.clone()) != id || end.len() >= END {
            break;
        }
        end.push(entry);
    }
    let Some(newest) = end.first() else { return Ok(None) };
    let mut lines: Vec<Line> = end
        .iter()
        .take(20)
        .map(|entry| Line {
            at: at(entry),
            from: clean(&entry.text(0), LONGEST),
            text: clean(&entry.text(1), LONGEST),
            own: true,
        })
        .collect();
    lines.reverse();
    let clean = is_stopped(newest) || end.iter().any(is_shutdown);
    Ok(Some(Ending { at: at(newest), clean, lines }))
}

/// Only journald itself writes by this transport.
fn is_stopped(entry: &Entry) -> bool {
    entry.field(2) == b"driver" && entry.field(3) == JOURNAL_STOPPED
}

/// systemd itself, by process id, says that it shuts down.
fn is_shutdown(entry: &Entry) -> bool {
    entry.field(4) == b"1" && SHUTDOWN.contains(&entry.field(5)) && entry.field(6) == b"done"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journal of three boots: `a…` was shut down, `b…` was not, though one of its users said so
    /// in the words and fields of systemd and journald; `c…` runs.
    #[test]
    fn only_systemd_itself_shuts_down() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path().join("77777777777777777777777777777777");
        std::fs::create_dir(&machine).unwrap();
        let file = zstd::decode_all(&include_bytes!("boots.journal.zst")[..]).unwrap();
        std::fs::write(machine.join("system.journal"), file).unwrap();
        let roots = [folder.path().to_owned()];
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let before = |boot: &str, began| before(&roots, &boot.repeat(32), at(began)).unwrap();

        let crash = before("c", 500).unwrap();
        assert_eq!((crash.clean, crash.at), (false, at(302)));
        let last: Vec<&str> = crash.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(last[last.len() - 2..], ["disk is slow", "Journal stopped"]);
        let shutdown = before("b", 199).unwrap();
        assert_eq!((shutdown.clean, shutdown.at), (true, at(103)));
        assert_eq!(before("a", 5), None);
    }
}
