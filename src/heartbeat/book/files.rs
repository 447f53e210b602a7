//! What the config wants: its heartbeats are made, changed and removed as it says.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::{Book, Fresh, Id};
use crate::config::HeartbeatConfig;
use crate::heartbeat::definition::{Definition, Origin};

impl Book {
    /// Makes and changes what the config wants, and removes what it wanted once and no more. A
    /// check of that slug which was made by a ping or the API is the config's from then on, with
    /// its address and its past.
    pub fn follow(
        &mut self,
        wanted: &[HeartbeatConfig],
        file: &Path,
        now: Timestamp,
        fresh: Fresh<'_>,
    ) {
        let Some(project) = self.projects().next().map(|project| project.id) else { return };
        let mut kept: BTreeSet<Id> = BTreeSet::new();
        for config in wanted {
            let known = self.checks().find(|(_, check)| {
                check.definition.project == project && check.definition.slug == config.slug
            });
            let id =
                if let Some((id, old)) = known.map(|(id, check)| (id, check.definition.clone())) {
                    let new = wanted_definition(config, file, old.clone());
                    if new != old {
                        self.define(id, new, now);
                    }
                    id
                } else {
                    let new = Definition::new(fresh(), fresh(), project, &config.slug, now);
                    self.add(wanted_definition(config, file, new))
                };
            match config.paused {
                Some(true) => _ = self.pause(id, now),
                Some(false) => _ = self.resume(id, now),
                None => {}
            }
            kept.insert(id);
        }
        let is_gone = |id: &Id, definition: &Definition| {
            matches!(definition.origin, Origin::File { .. }) && !kept.contains(id)
        };
        let gone: Vec<Id> = self
            .checks()
            .filter(|(id, check)| is_gone(id, &check.definition))
            .map(|(id, _)| id)
            .collect();
        for id in gone {
            self.remove(id);
        }
    }
}

fn wanted_definition(config: &HeartbeatConfig, file: &Path, known: Definition) -> Definition {
    let origin = Origin::File { path: file.to_owned(), line: config.line };
    Definition { origin, ..as_wanted(config, known) }
}

/// A definition as a table wants it.
pub fn as_wanted(config: &HeartbeatConfig, known: Definition) -> Definition {
    Definition {
        name: config.name.clone(),
        slug: config.slug.clone(),
        tags: config.tags.join(" "),
        desc: config.note.clone(),
        when: config.when.clone(),
        grace: config.grace,
        start_grace: config.start_grace,
        shortest_run: config.shortest_run,
        failures: config.failures,
        keep_failures: config.keep_failures,
        severity: config.severity,
        only_post: config.only_post,
        manual_resume: config.manual_resume,
        filter: config.filter.clone(),
        ..known
    }
}

/// The table that would want a definition.
pub fn as_table(definition: &Definition) -> HeartbeatConfig {
    HeartbeatConfig {
        line: 0,
        name: definition.name.clone(),
        slug: definition.slug.clone(),
        when: definition.when.clone(),
        grace: definition.grace,
        start_grace: definition.start_grace,
        shortest_run: definition.shortest_run,
        failures: definition.failures,
        keep_failures: definition.keep_failures,
        severity: definition.severity,
        tags: definition.tags.split_whitespace().map(str::to_owned).collect(),
        note: definition.desc.clone(),
        only_post: definition.only_post,
        filter: definition.filter.clone(),
        paused: None,
        manual_resume: definition.manual_resume,
    }
}
