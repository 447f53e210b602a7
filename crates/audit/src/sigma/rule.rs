//! A rule, as it is written in YAML.

use std::fmt;

use super::condition::{self, Condition};
use super::fault::Fault;
use super::item::{self, Item};
use super::source::Logsource;
use super::view::Fields;
use super::yaml::{Node, What};

/// How bad it is, by who wrote the rule.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 5] =
        [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in a rule.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// By its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule is called, and whose it is. Texts are as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its title.
    pub title: String,
    /// Its identifier, a UUID.
    pub id: Option<String>,
    /// Who wrote it. The Detection Rule License asks to name them with each hit.
    pub author: Option<String>,
    /// How bad a hit is; medium where the rule does not say.
    pub level: Level,
    /// `attack.t1059.004` and the like.
    pub tags: Vec<String>,
    /// What else may look like it.
    pub falsepositives: Vec<String>,
    /// The line it begins at in its file.
    pub line: usize,
}

impl About {
    /// The techniques of MITRE ATT&CK it names: `T1059.004`.
    pub fn techniques(&self) -> impl Iterator<Item = String> {
        let number = |tag: &String| {
            let rest = tag.to_ascii_uppercase();
            let rest = rest.strip_prefix("ATTACK.")?;
            let digits = rest.strip_prefix('T')?;
            digits.starts_with(|c: char| c.is_ascii_digit()).then(|| rest.to_owned())
        };
        self.tags.iter().filter_map(number)
    }
}

/// One part of a detection.
#[derive(Debug, Clone)]
pub(super) enum Search {
    One(Item),
    All(Vec<Search>),
    Any(Vec<Search>),
}

/// A rule that can be asked.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) about: About,
    pub(super) source: Logsource,
    pub(super) searches: Vec<Search>,
    pub(super) condition: Condition,
}

/// Reads a document.
pub(super) fn read(node: &Node, fields: &mut Fields) -> Result<Rule, Fault> {
    let line = node.line;
    if node.map().is_none() {
        return Err(Fault::new(
            line,
            "this is no rule: a map of title, logsource, detection is expected",
        ));
    }
    if let Some(found) = node.get("correlation") {
        return Err(Fault::new(
            found.line,
            "correlation rules are not supported: they need several events, only rules of a single event are run",
        ));
    }
    if node.get("filter").is_some() && node.get("detection").is_none() {
        return Err(Fault::new(
            line,
            "filters are not supported: write the exclusion into the rule",
        ));
    }
    let about = about(node)?;
    let source = node.get("logsource").ok_or(Fault::new(line, "`logsource` is missing"))?;
    let source = Logsource::read(source)?;
    let detection = node.get("detection").ok_or(Fault::new(line, "`detection` is missing"))?;
    let pairs = detection.map().ok_or(Fault::new(
        detection.line,
        "`detection` must be a map of searches and `condition`",
    ))?;
    let (mut names, mut searches, mut conditions) = (Vec::new(), Vec::new(), None);
    for (name, node) in pairs {
        match name.as_str() {
            "condition" => conditions = Some(node),
            "timeframe" => {
                return Err(Fault::new(
                    node.line,
                    "`timeframe` is not supported: it needs several events",
                ));
            }
            name => {
                names.push(name);
                searches.push(search(node, fields)?);
            }
        }
    }
    let conditions = conditions.ok_or(Fault::new(detection.line, "`condition` is missing"))?;
    let mut parsed = Vec::new();
    for node in conditions.list() {
        let text = node.text().ok_or(Fault::new(node.line, "`condition` must be a text"))?;
        parsed.push(condition::parse(text, &names, node.line)?);
    }
    let condition = match parsed.len() {
        0 => return Err(Fault::new(conditions.line, "`condition` is empty")),
        1 => parsed.remove(0),
        _ => Condition::Any(parsed),
    };
    Ok(Rule { about, source, searches, condition })
}

fn about(node: &Node) -> Result<About, Fault> {
    let text = |name: &str| node.get(name).and_then(Node::text).map(str::to_owned);
    let texts = |name: &str| -> Vec<String> {
        let list = node.get(name).map(Node::list).unwrap_or_default();
        list.iter().filter_map(Node::text).map(str::to_owned).collect()
    };
    let title = text("title")
        .filter(|title| !title.trim().is_empty())
        .ok_or(Fault::new(node.line, "`title` is missing"))?;
    let level = match node.get("level") {
        None => Level::Medium,
        Some(node) => node.text().and_then(Level::parse).ok_or(Fault::new(
            node.line,
            "`level` must be informational, low, medium, high or critical",
        ))?,
    };
    Ok(About {
        title,
        id: text("id"),
        author: text("author"),
        level,
        tags: texts("tags"),
        falsepositives: texts("falsepositives"),
        line: node.line,
    })
}

fn search(node: &Node, fields: &mut Fields) -> Result<Search, Fault> {
    match &node.what {
        What::Map(pairs) if pairs.is_empty() => Err(Fault::new(node.line, "a search is empty")),
        What::Map(pairs) => {
            let items =
                pairs.iter().map(|(key, node)| item::read(key, node, fields).map(Search::One));
            Ok(Search::All(items.collect::<Result<_, _>>()?))
        }
        What::List(nodes) if nodes.is_empty() => Err(Fault::new(node.line, "a search is empty")),
        // Maps, of which one must hold, or words to be found in the message.
        What::List(nodes) => {
            let parts = nodes.iter().map(|node| match &node.what {
                What::Text(_) | What::Null => item::read("", node, fields).map(Search::One),
                What::List(_) => Err(Fault::new(node.line, "a list within a list")),
                What::Map(_) => search(node, fields),
            });
            Ok(Search::Any(parts.collect::<Result<_, _>>()?))
        }
        What::Text(_) => item::read("", node, fields).map(Search::One),
        What::Null => Err(Fault::new(node.line, "a search is empty")),
    }
}
