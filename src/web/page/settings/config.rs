//! The config in force, with where each value comes from.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use sha2::{Digest as _, Sha256};

use crate::config::{self, ConfigError, Environment, Secrets};
use crate::store;
use crate::web::locale::settings as t;
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::{Result, html};

#[derive(Template)]
#[template(path = "page/settings/config.html")]
struct Shown {
    frame: Frame,
    file: String,
    search: String,
    sections: Vec<Section>,
    /// Why it cannot be read again, with the place.
    wrong: Option<String>,
}

/// A table of the config.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    keys: Vec<Key>,
}

/// A key, its value, and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    name: String,
    value: String,
    origin: String,
    is_default: bool,
}

impl Section {
    /// Is it a monitor or a heartbeat?
    fn is_watched(&self) -> bool {
        ["monitor", "heartbeat"].iter().any(|list| self.name == *list)
    }

    /// What of it has these letters.
    fn found(&self, wanted: &str) -> Option<Self> {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        let has_all = has(&self.name);
        let keys = self.keys.iter().filter(|key| has_all || has(&key.name)).cloned();
        let keys: Vec<_> = keys.collect();
        (!keys.is_empty()).then(|| Self { name: self.name.clone(), keys })
    }

    /// Does somebody say something in it?
    fn is_set(&self) -> bool {
        self.keys.iter().any(|key| !key.is_default)
    }
}

/// What was read last, and of which files and monitors: thousands of them take long to check.
#[derive(Debug, Default)]
pub(in crate::web) struct Read(Mutex<Option<Last>>);

#[derive(Debug)]
struct Last {
    of: [u8; 32],
    sections: Arc<[Section]>,
}

impl Read {
    fn sections(
        &self,
        path: &Path,
        kept: &[(String, String)],
    ) -> std::result::Result<Arc<[Section]>, ConfigError> {
        let mut digest = Sha256::new_with_prefix(config::digest(path)?);
        for text in kept.iter().flat_map(|(name, table)| [name, table]) {
            digest.update(text);
            digest.update([0]);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = read.as_ref().filter(|last| last.of == digest) {
            return Ok(Arc::clone(&last.sections));
        }
        let text = config::show(path, kept, &Environment::of_this_process(Secrets::Needed))?;
        let sections: Arc<[Section]> = sections(&text).into();
        *read = Some(Last { of: digest, sections: Arc::clone(&sections) });
        Ok(sections)
    }
}

pub(super) async fn show(visit: &Visit) -> Result {
    let path = &visit.app.config_path;
    let kept = match visit.store().await {
        Ok(store) => store::monitor::tables(&store).await?,
        Err(_) => Vec::new(),
    };
    let search = visit.query.text("q").to_owned();
    let wanted = search.to_lowercase();
    let (sections, wrong) = match visit.app.config_read.sections(path, &kept) {
        // There may be thousands of monitors, and they have pages of their own.
        Ok(all) if search.is_empty() => {
            (all.iter().filter(|section| !section.is_watched()).cloned().collect(), None)
        }
        Ok(all) => (all.iter().filter_map(|section| section.found(&wanted)).collect(), None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let frame = Frame { live: String::new(), ..visit.frame("x").await? };
    html(&Shown { frame, file: path.display().to_string(), search, sections, wrong })
}

/// Reads what `config show` writes: `[table]`, and `key = value  # origin`.
fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            let name = line.trim_matches(['[', ']']).to_owned();
            sections.push(Section { name, keys: Vec::new() });
            continue;
        }
        let (rest, origin) = line.rsplit_once("  # ").unwrap_or((line, ""));
        let (name, value) = rest.split_once(" = ").unwrap_or((rest, ""));
        if sections.is_empty() {
            sections.push(Section { name: String::new(), keys: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.keys.push(Key {
                name: name.trim_start_matches("# ").to_owned(),
                value: value.to_owned(),
                origin: origin.to_owned(),
                is_default: origin.starts_with("default"),
            });
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again_when_a_file_or_a_monitor_changes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nightkeep.toml");
        let read = Read::default();
        let host = |text: &str, kept: &[(String, String)]| {
            std::fs::write(&path, text).unwrap();
            let sections = read.sections(&path, kept).unwrap();
            let keys = sections[0].keys.iter().find(|key| key.name == "host").cloned();
            (keys.unwrap().value, sections.iter().filter(|one| one.is_watched()).count())
        };
        assert_eq!(host("host = \"a\"\n", &[]), (String::from("\"a\""), 0));
        assert_eq!(host("host = \"b\"\n", &[]), (String::from("\"b\""), 0));
        let table = "name = \"x\"\ntype = \"tcp\"\ntarget = \"127.0.0.1:1\"\n";
        let kept = [(String::from("x"), table.to_owned())];
        assert_eq!(host("host = \"b\"\n", &kept), (String::from("\"b\""), 1));
        std::fs::write(&path, "host = 1\n").unwrap();
        assert!(read.sections(&path, &kept).is_err());
    }

    #[test]
    fn every_key_of_a_config_is_shown_with_its_origin() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nightkeep.toml");
        std::fs::write(&path, "host = \"a  # b\"\n").unwrap();
        let env = Environment::of_this_process(Secrets::Optional);
        let text = config::show(&path, &[], &env).unwrap();
        let sections = sections(&text);
        let host = sections[0].keys.iter().find(|key| key.name == "host").unwrap();
        assert_eq!((host.value.as_str(), host.origin.as_str()), ("\"a  # b\"", "line 1"));
        let keys: usize = sections.iter().map(|section| section.keys.len()).sum();
        assert!(keys > 80, "{keys}");
        let all = sections.iter().flat_map(|section| &section.keys);
        assert!(all.clone().all(|key| !key.origin.is_empty()), "{text}");
        assert!(all.filter(|key| key.is_default).count() > 50);
    }
}
