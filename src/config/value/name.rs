//! Names of hosts, units, rules, sources, subjects and channels.

use super::{EndpointText, Kind, Wrong, nearest, one_of, quoted};
use crate::model::{RuleName, SourceName, Subject, glob};

/// The host's name in messages.
pub(in crate::config) struct HostName;

impl Kind for HostName {
    type Value = String;
    const FORMAT: &'static str = "host";
    const WHAT: &'static str = "a name";
    const EXAMPLE: &'static str = "\"web1\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
            return Err(Wrong::new(
                "a name has 1 to 64 characters, none of them control characters",
            ));
        }
        Ok(text.to_owned())
    }
}

/// The name an owner gives a channel.
pub(in crate::config) struct ChannelName;

impl Kind for ChannelName {
    type Value = String;
    const FORMAT: &'static str = "channel-name";
    const WHAT: &'static str = "a channel's name";
    const EXAMPLE: &'static str = "\"phone\"";

    fn read(text: &str) -> Result<String, Wrong> {
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 32 || !text.chars().all(fine) {
            return Err(Wrong::new("a channel's name has 1 to 32 letters, digits, `-` or `_`"));
        }
        Ok(text.to_owned())
    }
}

/// The name an owner gives a check.
pub(in crate::config) struct CheckName;

impl Kind for CheckName {
    type Value = String;
    const FORMAT: &'static str = "check-name";
    const WHAT: &'static str = "a check's name";
    const EXAMPLE: &'static str = "\"backup\"";

    fn read(text: &str) -> Result<String, Wrong> {
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 32 || !text.chars().all(fine) {
            return Err(Wrong::new("a check's name has 1 to 32 letters, digits, `-` or `_`"));
        }
        Ok(text.to_owned())
    }
}

/// What systemd calls its units.
const SUFFIXES: [&str; 11] = [
    ".service",
    ".timer",
    ".socket",
    ".mount",
    ".automount",
    ".path",
    ".target",
    ".swap",
    ".slice",
    ".scope",
    ".device",
];

/// One unit.
pub(in crate::config) struct UnitName;

impl Kind for UnitName {
    type Value = String;
    const FORMAT: &'static str = "unit";
    const WHAT: &'static str = "a unit's full name";
    const EXAMPLE: &'static str = "\"caddy.service\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.contains('*') {
            return Err(Wrong::with_help("a pattern names no unit", "name each unit"));
        }
        if text.contains("@.") {
            return Err(Wrong::with_help(
                format!("{} is a template", quoted(text)),
                format!("name its instances, such as \"{}\"", text.replacen("@.", "@main.", 1)),
            ));
        }
        unit(text)
    }
}

/// One unit or a pattern of units.
pub(in crate::config) struct UnitGlob;

impl Kind for UnitGlob {
    type Value = String;
    const FORMAT: &'static str = "unit-glob";
    const WHAT: &'static str = "a unit's full name or a pattern";
    const EXAMPLE: &'static str = "\"caddy.service\" or \"backup-*\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.contains('*') { Ok(text.to_owned()) } else { unit(text) }
    }
}

/// A unit's name has a known ending and no characters systemd does not allow
/// (systemd.unit(5)).
fn unit(text: &str) -> Result<String, Wrong> {
    let fine = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    if text.is_empty() || text.len() > 255 || !text.chars().all(fine) {
        return Err(Wrong::new(format!("{} is no unit's name", quoted(text))));
    }
    if !SUFFIXES.iter().any(|suffix| text.len() > suffix.len() && text.ends_with(suffix)) {
        return Err(Wrong::with_help(
            "the unit's ending is missing",
            format!("write \"{text}.service\" (or .timer, .socket, .mount …)"),
        ));
    }
    Ok(text.to_owned())
}

/// A rule.
pub(in crate::config) struct RuleKey;

impl Kind for RuleKey {
    type Value = RuleName;
    const FORMAT: &'static str = "rule";
    const WHAT: &'static str = "a rule's name";
    const EXAMPLE: &'static str = "\"disk-used\"";

    fn read(text: &str) -> Result<RuleName, Wrong> {
        text.parse().map_err(|_| no_rule(text))
    }
}

/// A rule or a pattern of rules.
pub(in crate::config) struct RuleGlob;

impl Kind for RuleGlob {
    type Value = String;
    const FORMAT: &'static str = "rule-glob";
    const WHAT: &'static str = "a rule's name or a pattern";
    const EXAMPLE: &'static str = "\"disk-*\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if RuleName::ALL.iter().any(|rule| glob(text, rule.as_str())) {
            return Ok(text.to_owned());
        }
        let families = RuleName::ALL.iter().filter_map(|rule| rule.as_str().split('-').next());
        let written = text.trim_end_matches(['*', '-']);
        let why = format!("there is no rule {}", quoted(text));
        match nearest(written, families).filter(|_| !written.contains(['-', '_'])) {
            Some(family) => Err(Wrong::with_help(why, format!("did you mean \"{family}-*\"?"))),
            None => Err(no_rule(text)),
        }
    }
}

fn no_rule(text: &str) -> Wrong {
    let names = || RuleName::ALL.iter().map(|rule| rule.as_str());
    let why = format!("there is no rule {}", quoted(text));
    let near = nearest(text.trim_matches('*'), names());
    match near {
        Some(near) => Wrong::with_help(why, format!("did you mean \"{near}\"?")),
        None => Wrong::with_help(why, format!("rules: {}", one_of(names()))),
    }
}

/// One of nightkeep's sources.
pub(in crate::config) struct SourceKey;

impl Kind for SourceKey {
    type Value = SourceName;
    const FORMAT: &'static str = "source";
    const WHAT: &'static str = "a source's name";
    const EXAMPLE: &'static str = "\"disk\"";

    fn read(text: &str) -> Result<SourceName, Wrong> {
        text.parse().map_err(|_| {
            let names = || SourceName::ALL.iter().map(|source| source.as_str());
            let why = format!("there is no source {}", quoted(text));
            match nearest(text, names()) {
                Some(near) => Wrong::with_help(why, format!("did you mean \"{near}\"?")),
                None => Wrong::with_help(why, format!("sources: {}", one_of(names()))),
            }
        })
    }
}

/// A subject or a pattern of subjects.
pub(in crate::config) struct SubjectGlob;

impl Kind for SubjectGlob {
    type Value = String;
    const FORMAT: &'static str = "subject";
    const WHAT: &'static str = "a subject or a pattern";
    const EXAMPLE: &'static str = "\"mount:/var\" or \"unit:backup-*\"";

    fn read(text: &str) -> Result<String, Wrong> {
        const KINDS: [&str; 11] = [
            "mount",
            "device",
            "interface",
            "unit",
            "certificate",
            "container",
            "check",
            "monitor",
            "heartbeat",
            "source",
            "channel",
        ];
        let why = format!("{} is no subject", quoted(text));
        let kinds = || format!("write host, store or KIND:NAME, where KIND is {}", one_of(KINDS));
        if text.contains('*') {
            let kind = text.split([':', '*']).next().unwrap_or_default();
            let known = text.starts_with('*')
                || KINDS.iter().chain(&["host", "store"]).any(|known| known.starts_with(kind));
            return if known { Ok(text.to_owned()) } else { Err(Wrong::with_help(why, kinds())) };
        }
        if text.parse::<Subject>().is_ok() {
            return Ok(text.to_owned());
        }
        Err(if text.starts_with('/') {
            Wrong::with_help(why, format!("write \"mount:{text}\""))
        } else if unit(text).is_ok() {
            Wrong::with_help(why, format!("write \"unit:{text}\""))
        } else {
            Wrong::with_help(why, kinds())
        })
    }
}

/// A certificate by its endpoint or path, or a pattern of them.
pub(in crate::config) struct CertificateName;

impl Kind for CertificateName {
    type Value = String;
    const FORMAT: &'static str = "certificate";
    const WHAT: &'static str = "a certificate's endpoint or path, or a pattern";
    const EXAMPLE: &'static str = "\"db.example.org:5432\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.starts_with('/') || text.contains('*') {
            return Ok(text.to_owned());
        }
        EndpointText::read(text).map(|endpoint| endpoint.subject())
    }
}
