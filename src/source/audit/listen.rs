//! Hearing that a rule was changed, and who was behind it.

use nightkeep_audit::Kind;
use nightkeep_audit::netlink::Error;
use tokio::time::{Duration, Instant, sleep_until, timeout_at};

use super::super::Blind;
use super::records::{Records, id};

/// Records of an event come one after another; whoever loads rules anew is done within this time.
const SETTLE: Duration = Duration::from_millis(1500);
/// Records are read together: each wake would cost more than the reading.
const TOGETHER: Duration = Duration::from_millis(250);
/// Bytes of records that may wait, as far as the kernel allows.
const ROOM: usize = 1 << 20;

/// The kernel's multicast, if it may be heard.
#[derive(Debug)]
pub(super) struct Ear {
    records: Result<Records, Blind>,
}

impl Ear {
    pub(super) fn open() -> Self {
        let kinds = Some(&[Kind::CONFIG_CHANGE, Kind::SYSCALL][..]);
        Self { records: Records::open(ROOM, kinds).map_err(deaf) }
    }

    /// Why nothing is heard.
    pub(super) fn deaf(&self) -> Option<Blind> {
        self.records.as_ref().err().cloned()
    }

    /// How many records came from the kernel so far; none if nothing is heard.
    pub(super) fn records(&self) -> Option<u64> {
        self.records.as_ref().ok().map(Records::count)
    }

    /// Waits until rules were changed, or until that time. Says who was behind the change, as far
    /// as the kernel does.
    pub(super) async fn wait(&mut self, until: Instant) -> String {
        let Ok(records) = &mut self.records else {
            sleep_until(until).await;
            return String::new();
        };
        let mut change = Change::default();
        let mut end = until;
        while timeout_at(end, records.wait()).await.is_ok() {
            let missed = records.drain(|line| change.hear(line));
            // What was missed may have been that.
            if missed || change.event.is_some() {
                end = end.min(Instant::now() + SETTLE);
            }
            sleep_until(end.min(Instant::now() + TOGETHER)).await;
        }
        change.by
    }
}

/// A change of the rules that was heard of.
#[derive(Debug, Default)]
struct Change {
    event: Option<Vec<u8>>,
    by: String,
}

impl Change {
    fn hear(&mut self, line: &[u8]) {
        let holds = |word: &[u8]| line.windows(word.len()).any(|part| part == word);
        if line.starts_with(b"type=CONFIG_CHANGE ") {
            if holds(b"op=remove_rule") || holds(b"audit_enabled=") {
                self.event = id(line).map(<[u8]>::to_vec);
                self.by = who(line).unwrap_or(std::mem::take(&mut self.by));
            }
        } else if self.event.is_some() && id(line) == self.event.as_deref() {
            // The system call that did it comes after.
            self.by = who(line).unwrap_or(std::mem::take(&mut self.by));
        }
    }
}

fn deaf(error: Error) -> Blind {
    let mend = match error {
        Error::NoAudit => {
            "start the kernel without audit=0, or set `enabled = false` under [audit]; in a container only \
             the host can see it"
        }
        _ => super::hold::MEND,
    };
    Blind { why: format!("audit records cannot be heard: {error}"), mend: mend.to_owned() }
}

/// Who is behind a record: the login's user, and the program.
fn who(line: &[u8]) -> Option<String> {
    let field = |name: &str| {
        let text = String::from_utf8_lossy(line).into_owned();
        let start = text.find(&format!(" {name}="))? + name.len() + 2;
        let rest = text.get(start..)?;
        rest.split(' ').next().map(|word| word.trim_matches('"').to_owned())
    };
    let user = field("auid").and_then(|id| id.parse::<u32>().ok()).filter(|id| *id != u32::MAX);
    let user = user.map(crate::source::process::user_name);
    match (user, field("exe")) {
        (Some(user), Some(program)) => Some(format!("{user} with {program}")),
        (None, Some(program)) => Some(program),
        (Some(user), None) => Some(user),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_who_it_was() {
        let line = br#"type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=263 success=yes exit=0 a0=3 ppid=1 pid=2 auid=4294967295 uid=0 comm="rm" exe="/usr/bin/rm" subj=unconfined key="ssh""#;
        assert_eq!(who(line).as_deref(), Some("/usr/bin/rm"));
        assert_eq!(id(line), Some(&b"1700000000.123:45"[..]));
        assert_eq!((who(b""), id(b"type=X msg=audit(")), (None, None));
    }
}
