//! What rules write in fact: they are loaded behind all others for a while, and what they catch is
//! counted.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use nightkeep_audit::netlink::Control;
use nightkeep_audit::rules::{Command, Field, FieldName, Line, Operator, Rule, Value, diff};
use tokio::time::{Instant, timeout_at};

use super::super::output;
use crate::source::audit::records::{Records, id};

/// Keys of rules loaded for this only.
const KEY: &str = "nightkeep-observe";
/// Bytes of records that may wait to be counted.
const ROOM: usize = 8 << 20;
/// Events whose records are still coming.
const OPEN: usize = 4096;

/// What a rule wrote.
#[derive(Debug)]
struct Seen {
    file: String,
    line: usize,
    text: String,
    events: u64,
    bytes: u64,
}

impl Seen {
    fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// What was seen of each rule.
#[derive(Debug)]
pub(super) struct Observed {
    seen: Vec<Seen>,
    time: Duration,
    gaps: u64,
}

impl Observed {
    fn a_day(&self, bytes: u64) -> u64 {
        (bytes as f64 * 86_400.0 / self.time.as_secs_f64()) as u64
    }

    /// What the rules of a file wrote together.
    pub(super) fn of_file(&self, file: &str) -> String {
        let of_it = || self.seen.iter().filter(|seen| seen.file == file);
        let (events, bytes) = (of_it().map(|seen| seen.events), of_it().map(|seen| seen.bytes));
        let (events, bytes): (u64, u64) = (events.sum(), bytes.sum());
        let time = self.time.as_secs();
        if events == 0 {
            return format!("Wrote nothing here within {time} s.");
        }
        let day = self.a_day(bytes) as f64 / 1e6;
        format!(
            "Wrote {events} events here within {time} s, {bytes} bytes: {day:.1} MB a day if it goes on so."
        )
    }

    pub(super) fn describe(&self) -> String {
        let mut text = format!("Within {} s, of the rules that fired:\n", self.time.as_secs());
        for seen in self.seen.iter().filter(|seen| seen.events > 0) {
            let _ = writeln!(
                text,
                "  {}  {} events, {} bytes: {:.1} MB a day if it goes on so  {}",
                output::safe(&seen.place()),
                seen.events,
                seen.bytes,
                self.a_day(seen.bytes) as f64 / 1e6,
                output::safe(&seen.text)
            );
        }
        if self.seen.iter().all(|seen| seen.events == 0) {
            text += "  none\n";
        }
        if self.gaps > 0 {
            let _ = writeln!(text, "More came than could be counted ({} gaps).", self.gaps);
        }
        text
    }

    pub(super) fn as_json(&self) -> serde_json::Value {
        let seen = self.seen.iter().map(|seen| {
            serde_json::json!({
                "place": seen.place(),
                "rule": seen.text,
                "events": seen.events,
                "bytes": seen.bytes,
                "bytes_a_day": self.a_day(seen.bytes),
            })
        });
        serde_json::json!({
            "seconds": self.time.as_secs(),
            "gaps": self.gaps,
            "rules": seen.collect::<Vec<_>>(),
        })
    }
}

/// Rules loaded for a while; they go when this goes.
struct Borrowed {
    control: Control,
    rules: Vec<Rule>,
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        for rule in &self.rules {
            // One that went with its directory is gone already.
            let _ = self.control.delete(rule);
        }
    }
}

/// Counts what these rules write. Interrupted, it takes back what it loaded.
pub(super) async fn observe(lines: &[Line], time: Duration) -> anyhow::Result<Observed> {
    let mut control = Control::open().map_err(super::rules::explain)?;
    let status = control.status().map_err(super::rules::explain)?;
    anyhow::ensure!(
        status.enabled != 0,
        "the kernel's audit is off, so there is nothing to observe; sudo nightkeep audit rules load FILE \
         switches it on"
    );
    let held: Vec<Rule> =
        control.rules().map_err(super::rules::explain)?.into_iter().flatten().collect();
    let mut borrowed = Borrowed { control, rules: Vec::new() };
    let mut seen = Vec::new();
    let mut by_key: HashMap<Vec<u8>, usize> = HashMap::new();
    for line in lines {
        for command in line.said.iter().flatten() {
            let Command::Add(rule, _) = command else { continue };
            let place = seen.len();
            let keys: Vec<Vec<u8>> = if held.iter().any(|known| diff::are_alike(known, rule)) {
                rule.keys().map(<[u8]>::to_vec).collect()
            } else {
                let key = format!("{KEY}-{place}").into_bytes();
                let rule = with_key(rule, &key);
                match borrowed.control.add(&rule) {
                    Ok(()) => borrowed.rules.push(rule),
                    Err(_) => continue,
                }
                vec![key]
            };
            // Rules that share a key are counted at the first of them.
            for key in keys {
                by_key.entry(key).or_insert(place);
            }
            seen.push(Seen {
                file: line.file.clone(),
                line: line.number,
                text: shorten(&line.text),
                events: 0,
                bytes: 0,
            });
        }
    }
    let mut records = Records::open(ROOM, None).map_err(super::rules::explain)?;
    let end = Instant::now() + time;
    // Which rule the records of an event count for: the kernel says so in its first one.
    let mut open: HashMap<Vec<u8>, usize> = HashMap::new();
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    loop {
        let ready = tokio::select! {
            ready = timeout_at(end, records.wait()) => ready.is_ok(),
            _ = &mut stop => false,
        };
        records.drain(|line| count(line, &by_key, &mut open, &mut seen));
        if !ready {
            break;
        }
    }
    let gaps = records.gaps();
    drop(borrowed);
    Ok(Observed { seen, time, gaps })
}

fn with_key(rule: &Rule, key: &[u8]) -> Rule {
    let mut rule = rule.clone();
    rule.first = false;
    rule.fields.retain(|field| field.name != FieldName::KEY);
    let value = Value::Text(key.to_vec());
    rule.fields.push(Field { name: FieldName::KEY, operator: Operator::Equal, value });
    rule
}

/// Counts a record for the rule that its event's first one named.
fn count(
    line: &[u8],
    by_key: &HashMap<Vec<u8>, usize>,
    open: &mut HashMap<Vec<u8>, usize>,
    seen: &mut [Seen],
) {
    let Some(id) = id(line) else { return };
    if line.starts_with(b"type=SYSCALL ")
        && let Some(place) = key(line).and_then(|key| by_key.get(key))
    {
        if open.len() > OPEN {
            open.clear();
        }
        open.insert(id.to_vec(), *place);
        if let Some(seen) = seen.get_mut(*place) {
            seen.events += 1;
        }
    }
    if let Some(seen) = open.get(id).and_then(|place| seen.get_mut(*place))
        && !line.starts_with(b"type=EOE ")
    {
        seen.bytes += line.len() as u64 + 1;
    }
}

/// As much of a line as fits one of a terminal.
fn shorten(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let keys = text.rfind("-F path=").or_else(|| text.rfind("-F dir="));
    match keys.and_then(|place| text.get(place..)) {
        Some(end) if text.chars().count() > 120 => format!("… {end}"),
        _ => text.chars().take(120).collect(),
    }
}

/// The key of a system call's record, which is its last field.
fn key(line: &[u8]) -> Option<&[u8]> {
    let start = line.windows(6).rposition(|word| word == b" key=\"")? + 6;
    let rest = line.get(start..)?;
    rest.get(..rest.iter().position(|byte| *byte == b'"')?)
}
