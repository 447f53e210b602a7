//! Monitors that the page and the API made are kept in the store; here they join those of the
//! files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::check::{Check, Found, join};
use super::document::Document;
use super::environment::{Environment, Secrets};
use super::load::Written;
use super::{
    Config, ConfigError, HeartbeatConfig, MonitorConfig, Origin, load, raw, schema, shape,
};

/// What one kept monitor is called in messages.
const STORE: &str = "the store";

/// Adds monitors that are kept in the store, each a name and the keys of its table as TOML. One
/// whose name a file has is left out, and so is one that this version cannot read; both are
/// warnings.
#[must_use]
pub fn merge(mut config: Config, kept: &[(String, String)], env: &Environment) -> Config {
    let mut known = std::mem::take(&mut config.monitors);
    // A parent may come after its child: what lacks one waits for the others.
    let mut waiting: Vec<(&str, String)> = Vec::new();
    for (name, table) in kept {
        if known.contains_key(name) {
            config.warnings.push(format!(
                "the monitor `{name}` of a config file hides the one of that name in the store"
            ));
        } else {
            waiting.push((name, format!("[[monitor]]\n{table}\n")));
        }
    }
    loop {
        let before = waiting.len();
        let mut errors = Vec::new();
        waiting.retain(|(name, text)| match one(text, &mut known, env) {
            Ok((_, warnings)) => {
                config.warnings.extend(warnings);
                false
            }
            Err(error) => {
                errors.push(format!("the monitor `{name}` in the store is left out: {error}"));
                true
            }
        });
        if waiting.is_empty() || waiting.len() == before {
            config.warnings.extend(errors);
            break;
        }
    }
    config.monitors = known;
    config
}

/// Checks the table of one monitor, as it would be kept in the store, against those that are known.
///
/// # Errors
/// Shows what is wrong with it, as for a file.
pub fn check_monitor(
    config: &Config,
    table: &str,
    env: &Environment,
) -> Result<Arc<MonitorConfig>, ConfigError> {
    let text = format!("[[monitor]]\n{table}\n");
    let mut monitors = config.monitors.clone();
    // One that is kept already may be written anew.
    let name = monitor_name(table);
    monitors
        .retain(|known, monitor| Some(known) != name.as_ref() || monitor.origin != Origin::Store);
    let (name, _) = one(&text, &mut monitors, env)?;
    let new = name.and_then(|name| monitors.remove(&name));
    new.ok_or_else(|| ConfigError::Unreadable(String::from("there is no monitor in it")))
}

/// The name in the table of a monitor.
pub fn monitor_name(table: &str) -> Option<String> {
    let table = table.parse::<toml::Table>().ok()?;
    table.get("name")?.as_str().map(str::to_owned)
}

/// Checks the table of one heartbeat, as it would stand in a file, alone.
///
/// # Errors
/// Shows what is wrong with it, as for a file.
pub fn check_heartbeat(config: &Config, table: &str) -> Result<HeartbeatConfig, ConfigError> {
    let env = Environment {
        variables: BTreeMap::new(),
        hostname: config.host.clone(),
        timezone: config.timezone.clone(),
        secrets: Secrets::Needed,
    };
    let text = format!("[[heartbeat]]\n{table}\n");
    let file = Written { name: String::from("the heartbeat"), text, mode: 0 };
    let (document, mut problems) = Document::parse(&file.text);
    if problems.is_empty() {
        problems = shape::check(&document, &schema::PIECE);
    }
    let mut alone = Config { heartbeats: Vec::new(), ..config.clone() };
    if problems.is_empty()
        && let Ok(raw) = serde_json::from_value::<raw::Piece>(document.plain())
    {
        let mut check = Check::new(&document, &env);
        check.heartbeats(raw.heartbeat, Path::new(&file.name), &mut alone);
        problems.append(&mut check.problems);
    }
    match alone.heartbeats.pop() {
        Some(heartbeat) if problems.is_empty() => Ok(heartbeat),
        _ => Err(load::wrong(
            std::slice::from_ref(&file),
            std::slice::from_ref(&document),
            vec![problems],
        )),
    }
}

type Monitors = BTreeMap<String, Arc<MonitorConfig>>;

/// Adds the one monitor of a text; gives back its name and what is unwise about it.
fn one(
    text: &str,
    all: &mut Monitors,
    env: &Environment,
) -> Result<(Option<String>, Vec<String>), ConfigError> {
    let file = Written { name: String::from(STORE), text: text.to_owned(), mode: 0 };
    let (document, mut problems) = Document::parse(&file.text);
    if problems.is_empty() {
        problems = shape::check(&document, &schema::KEPT);
    }
    let mut check = Check::new(&document, env);
    let mut name = None;
    if problems.is_empty()
        && let Ok(raw) = serde_json::from_value::<raw::Piece>(document.plain())
    {
        let mut found = check.monitors(raw.monitor, Path::new(STORE));
        found.truncate(1);
        for Found { monitor, .. } in &mut found {
            monitor.origin = Origin::Store;
            name = Some(monitor.name.clone());
        }
        problems.append(&mut check.problems);
        if problems.is_empty() {
            let crossed = join(vec![(&document, found)], all);
            problems.extend(crossed.into_iter().map(|(_, problem)| problem));
            if !problems.is_empty()
                && let Some(name) = &name
                && all.get(name).is_some_and(|monitor| monitor.origin == Origin::Store)
            {
                all.remove(name);
            }
        }
    }
    if problems.is_empty() {
        Ok((name, check.warnings))
    } else {
        Err(load::wrong(
            std::slice::from_ref(&file),
            std::slice::from_ref(&document),
            vec![problems],
        ))
    }
}
