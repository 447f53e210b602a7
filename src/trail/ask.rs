//! What is asked of the audit log: ausearch's conditions, as a question.

use std::path::Path;

use anyhow::bail;
use jiff::tz::TimeZone;
use nightkeep_audit::ausearch::{self, Ground, Options, Search};
use nightkeep_audit::log::Range;
use nightkeep_audit::search::{self, Pattern, Question};
use nightkeep_audit::time::{Bound, Now};
use nightkeep_audit::{Compat, Kind, Names};

use super::nothing::near;
use crate::clock;

/// Conditions: all must hold; of one with several values, one value must.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// ausearch's options with their values.
    pub(crate) options: Vec<(&'static str, Vec<String>)>,
    /// Kinds of records.
    pub(crate) kinds: Vec<String>,
    /// Machines that wrote it.
    pub(crate) nodes: Vec<String>,
    /// Keys of rules, or patterns of them.
    pub(crate) keys: Vec<String>,
    /// Who logged in, acted, or is the account it is about.
    pub(crate) users: Vec<String>,
    /// Texts are equal, not parts.
    pub(crate) is_exact: bool,
}

impl Asked {
    /// As a question.
    pub(crate) fn question(&self, ground: &Ground) -> anyhow::Result<Question> {
        let mut all = vec![Vec::<String>::new()];
        for (option, values) in &self.options {
            let with = |args: &Vec<String>| {
                let each = values.iter().map(|value| {
                    args.iter().cloned().chain([String::from(*option), value.clone()]).collect()
                });
                each.collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with).collect();
            if all.len() > 1000 {
                bail!("these options have too many values together: search for some of them");
            }
        }
        let mut any = Vec::new();
        for args in all {
            let mut search = read(&args, ground)?.search;
            search.kinds = self.kinds()?;
            search.nodes.clone_from(&self.nodes);
            search.is_exact = self.is_exact;
            any.push(search);
        }
        any.retain(|search| Search { is_exact: false, ..search.clone() } != Search::default());
        let keys = self.keys.iter().map(|key| Pattern::new(key)).collect();
        Ok(Question { any, keys, users: self.users.clone() })
    }

    fn kinds(&self) -> anyhow::Result<Vec<Kind>> {
        let names = self.kinds.iter().filter(|name| !name.eq_ignore_ascii_case("ALL"));
        let kind = |name: &String| match Kind::from_name(name.as_bytes()) {
            Kind::UNKNOWN => {
                let near = near(&name.to_uppercase(), Kind::named().map(|(_, name)| name));
                bail!("{name} is no kind of record{near}")
            }
            kind => Ok(kind),
        };
        names.map(kind).collect()
    }
}

/// Reads options of ausearch; its words for what is wrong are ours.
pub(crate) fn read(args: &[String], ground: &Ground) -> anyhow::Result<Options> {
    match ausearch::parse(args, ground) {
        Ok(ausearch::Command::Search(options)) => Ok(*options),
        Ok(_) => bail!("that is no search"),
        Err(why) => bail!("{}", why.lines().next().unwrap_or("that cannot be read")),
    }
}

/// Reads the times somebody wrote.
pub(crate) fn range(since: Option<&str>, until: Option<&str>, now: &Now) -> anyhow::Result<Range> {
    let read = |text: Option<&str>, bound| {
        let at = text.map(|text| search::moment(text, bound, now)).transpose();
        at.map_err(anyhow::Error::msg)
    };
    let start = read(since, Bound::Start)?;
    let end = read(until, Bound::End)?;
    if let (Some(since), Some(until)) = (start, end)
        && until < since
    {
        bail!("--until is before --since: nothing can be between");
    }
    Ok(Range { start, end })
}

/// What options are read against: this machine, now.
pub(crate) fn ground(compat: Compat) -> Ground {
    let sec = clock::now().as_second().unsigned_abs();
    let boot = sec.saturating_sub(clock::since_boot().as_secs_f64().round() as u64);
    Ground {
        now: Now { sec, zone: TimeZone::system(), boot: Some(boot) },
        root: "/".into(),
        users: Names::users(Path::new("/")),
        groups: Names::groups(Path::new("/")),
        compat,
    }
}
