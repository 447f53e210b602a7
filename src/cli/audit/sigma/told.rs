//! What is said of hits, and of rules that could not hit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::TimeZone;
use nightkeep_audit::Event;
use nightkeep_audit::action::Action;
use nightkeep_audit::sigma::{About, Left, Level, Need, Why};
use nightkeep_audit::syscall::Arch;
use serde_json::json;

use super::Loaded;
use crate::cli::output::{self, safe};
use crate::model::Severity;
use crate::trail::told::{self, Json};

/// Hits of one rule that are shown.
const SHOWN: usize = 5;
/// Things of one kind that are named.
const NAMED: usize = 3;

/// Hits by rule.
pub(super) struct Told {
    by_rule: BTreeMap<usize, Hits>,
    zone: TimeZone,
}

#[derive(Default)]
struct Hits {
    count: u64,
    first: Vec<String>,
    last: String,
}

impl Told {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { by_rule: BTreeMap::new(), zone }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_rule.is_empty()
    }

    pub(super) fn add(&mut self, rule: usize, action: &Action) {
        let hits = self.by_rule.entry(rule).or_default();
        hits.count += 1;
        hits.last = line(action, &self.zone);
        if hits.first.len() < SHOWN {
            hits.first.push(hits.last.clone());
        }
    }

    /// The worst first.
    pub(super) fn text(&self, loaded: &Loaded, events: u64) -> String {
        let mut hits: Vec<(usize, &Hits)> =
            self.by_rule.iter().map(|(rule, hits)| (*rule, hits)).collect();
        hits.sort_by_key(|(rule, _)| std::cmp::Reverse(loaded.detector.rule(*rule).0.level));
        let mut out = String::new();
        for (rule, hits) in &hits {
            let more = match hits.count - hits.first.len() as u64 {
                0 => String::new(),
                1 => format!("and once more: {}", hits.last.trim_end()),
                more => format!("and {more} more, the last: {}", hits.last.trim_end()),
            };
            out += &hit(loaded.detector.rule(*rule), &hits.first, &more);
            out.push('\n');
        }
        let total: u64 = hits.iter().map(|(_, hits)| hits.count).sum();
        let found = match (hits.len(), total) {
            (0, _) => String::from("No rule hit"),
            (1, total) => format!("1 rule hit {}", plural(total as usize, "event", "events")),
            (rules, total) => {
                format!("{rules} rules hit {}", plural(total as usize, "time", "times"))
            }
        };
        let _ = writeln!(out, "{found}; {events} events were looked at.");
        out + &summary(loaded)
    }
}

/// An event as a line.
pub(super) fn line(action: &Action, zone: &TimeZone) -> String {
    let when = output::local(told::at(action.id), zone);
    format!("{when}  {}\n", told::sentence(action))
}

/// A hit as a person reads it.
pub(super) fn hit((about, file): (&About, &Path), lines: &[String], more: &str) -> String {
    let techniques: Vec<String> = about.techniques().map(|id| safe(&id)).collect();
    let techniques =
        if techniques.is_empty() { String::new() } else { format!(" ({})", techniques.join(", ")) };
    let level = output::paint(about.level.as_str(), Some(severity(about.level)));
    let mut out = format!("{level}: {}{techniques}\n", safe(&about.title));
    for line in lines {
        let _ = write!(out, "  {line}");
    }
    if !more.is_empty() {
        out += &format!("  {more}\n");
    }
    let harmless = about.falsepositives.iter().filter(|text| {
        !["unknown", "unlikely", "none"].contains(&text.trim().to_ascii_lowercase().as_str())
    });
    let harmless: Vec<String> = harmless.map(|text| safe(text.trim())).collect();
    if !harmless.is_empty() {
        out += &format!("  may be harmless: {}\n", harmless.join("; "));
    }
    let author = about.author.as_deref().unwrap_or("unknown");
    let id = about.id.as_deref().unwrap_or("without id");
    out += &format!(
        "  rule {} by {}, {}\n",
        safe(id),
        safe(author),
        safe(&file.display().to_string())
    );
    out
}

fn severity(level: Level) -> Severity {
    match level {
        Level::Critical => Severity::Critical,
        Level::High | Level::Medium => Severity::Warning,
        Level::Low | Level::Informational => Severity::Info,
    }
}

/// A hit for programs.
pub(super) fn json(
    (about, file): (&About, &Path),
    event: &Event,
    action: &Action,
) -> anyhow::Result<String> {
    let rule = json!({
        "title": about.title,
        "id": about.id,
        "author": about.author,
        "level": about.level.as_str(),
        "techniques": about.techniques().collect::<Vec<_>>(),
        "tags": about.tags,
        "file": file,
    });
    let line = json!({ "rule": rule, "event": Json::of(event, action, None, false) });
    Ok(serde_json::to_string(&line)? + "\n")
}

pub(super) fn json_summary(loaded: &Loaded, events: u64) -> anyhow::Result<String> {
    let unmet = loaded.unmet().into_iter().map(|(need, rules)| {
        json!({ "need": need.words(), "rules": rules, "audit-rule": need.audit_rule(Arch::NATIVE) })
    });
    let left = loaded.left.iter().map(|left| {
        let (line, why) = match &left.why {
            Why::Broken(fault) => (Some(fault.line), fault.what.clone()),
            Why::Elsewhere(why) => (None, why.clone()),
        };
        json!({ "file": left.file, "title": left.title, "line": line, "why": why })
    });
    let summary = json!({
        "events": events,
        "rules": loaded.detector.len(),
        "below-level": loaded.milder,
        "not-recorded": unmet.collect::<Vec<_>>(),
        "not-asked": left.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string(&json!({ "summary": summary }))? + "\n")
}

/// Which rules are asked, and what they miss.
pub(super) fn summary(loaded: &Loaded) -> String {
    let mut out = format!("{} asked", plural(loaded.detector.len(), "rule is", "rules are"));
    if loaded.milder > 0 {
        out += &format!(", {} below the level (--level)", loaded.milder);
    }
    if !loaded.left.is_empty() {
        out += &format!(", {} cannot be (--left names them)", loaded.left.len());
    }
    out += ".\n";
    let unmet = loaded.unmet();
    if unmet.is_empty() {
        return out;
    }
    out += "Not recorded here, so nothing can be found of it:\n";
    let files: Vec<&str> = unmet
        .iter()
        .filter_map(
            |(need, _)| if let Need::File(path) = need { Some(path.as_str()) } else { None },
        )
        .collect();
    for (need, rules) in unmet.iter().filter(|(need, _)| !matches!(need, Need::File(_))) {
        let advice = match need.audit_rule(Arch::NATIVE) {
            Some(rule) => format!(": {rule}"),
            None if need.advice().is_empty() => String::new(),
            None => format!(": {}", need.advice()),
        };
        let wanted = plural(*rules, "rule looks", "rules look");
        let _ = writeln!(out, "  {wanted} for {}{}", safe(&need.words()), safe(&advice));
    }
    if !files.is_empty() {
        let named: Vec<String> = files.iter().take(NAMED).map(|path| safe(path)).collect();
        let and = if files.len() > NAMED { " and others" } else { "" };
        let count = plural(files.len(), "file or folder", "files and folders");
        let _ = writeln!(out, "  changes to {count}: {}{and}", named.join(", "));
    }
    out + "The audit rules that record it: the same command with --needs\n"
}

/// The audit rules that bring what is missing, as a file to load.
pub(super) fn needs_file(unmet: &[(&Need, usize)]) -> String {
    let mut out = String::from("# What Sigma rules look for and nothing records.\n");
    for (need, rules) in unmet {
        let _ = writeln!(out, "# {}: {}", plural(*rules, "rule", "rules"), safe(&need.words()));
        match need.audit_rule(Arch::NATIVE) {
            // A path with a space cannot be written in such a file.
            Some(rule) if !rule.contains(char::is_control) => {
                let _ = writeln!(out, "{}", safe(&rule));
            }
            _ => {
                let _ = writeln!(out, "# {}", need.advice());
            }
        }
    }
    out
}

/// Says on standard error what is wrong with rules.
pub(super) fn broken(left: &[Left]) {
    for left in left {
        if let Why::Broken(fault) = &left.why {
            let file = left.file.display().to_string();
            output::complain(&anyhow::anyhow!("{}, {}", safe(&file), safe(&fault.to_string())));
        }
    }
}

/// Why rules are not asked, each reason once.
pub(super) fn reasons(left: &[Left]) -> Vec<String> {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for left in left {
        let why = match &left.why {
            Why::Broken(_) => String::from("it cannot be read"),
            Why::Elsewhere(why) => safe(why),
        };
        *reasons.entry(why).or_default() += 1;
    }
    reasons
        .into_iter()
        .map(|(why, count)| format!("{}: {why}", plural(count, "rule", "rules")))
        .collect()
}

/// Each rule that is not asked.
pub(super) fn left(left: &[Left]) -> String {
    let mut out = String::new();
    for left in left {
        let title =
            left.title.as_deref().map_or_else(String::new, |title| format!(" ({})", safe(title)));
        let why = match &left.why {
            Why::Broken(fault) => fault.to_string(),
            Why::Elsewhere(why) => why.clone(),
        };
        let _ = writeln!(out, "{}{title}: {}", safe(&left.file.display().to_string()), safe(&why));
    }
    out
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
