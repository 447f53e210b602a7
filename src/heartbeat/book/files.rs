//! What the config wants: its heartbeats are made, changed and removed as it says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;

use super::secret::Secret;
use super::{Book, Fresh, Id};
use crate::config::HeartbeatConfig;
use crate::heartbeat::definition::{Definition, Origin};

impl Book {
    /// Makes and changes what the config wants, and removes what it wanted once and no more. A
    /// check of that slug which was made by a ping or the API is the config's from then on, with
    /// its address and its past. Gives back the slugs of those whose `uuid` is another's, where it
    /// stays.
    pub fn follow(
        &mut self,
        wanted: &[HeartbeatConfig],
        now: Timestamp,
        fresh: Fresh<'_>,
    ) -> Vec<String> {
        let Some(project) = self.projects().next().map(|project| project.id) else {
            return Vec::new();
        };
        let slugs: BTreeSet<&str> = wanted.iter().map(|config| config.slug.as_str()).collect();
        let known: Vec<Option<Id>> =
            wanted.iter().map(|config| self.meant(config, project, &slugs)).collect();
        // Before anything is made: an address may be free by that.
        let kept: BTreeSet<Id> = known.iter().flatten().copied().collect();
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
        let mut refused = Vec::new();
        for (config, known) in wanted.iter().zip(known) {
            let holder = config.uuid.and_then(|uuid| self.by_uuid.get(&Secret(uuid)).copied());
            let is_free = holder.is_none_or(|holder| known == Some(holder));
            if !is_free {
                refused.push(config.slug.clone());
            }
            let config =
                &HeartbeatConfig { uuid: config.uuid.filter(|_| is_free), ..config.clone() };
            let old = known.and_then(|id| Some((id, self.get(id)?.definition.clone())));
            let id = if let Some((id, old)) = old {
                let new = wanted_definition(config, old.clone());
                if new != old {
                    self.define(id, new, now);
                }
                id
            } else {
                let new = Definition::new(fresh(), fresh(), project, &config.slug, now);
                self.add(wanted_definition(config, new))
            };
            match config.paused {
                Some(true) => _ = self.pause(id, now),
                Some(false) => _ = self.resume(id, now),
                None => {}
            }
        }
        refused
    }

    /// Which check a heartbeat of the config is: the one of its slug, else the one at its address,
    /// so that with a `uuid` it may be called otherwise and keeps its past.
    fn meant(&self, config: &HeartbeatConfig, project: i64, slugs: &BTreeSet<&str>) -> Option<Id> {
        let by_slug = self.by_slug.get(&project).and_then(|known| known.get(&config.slug)?.first());
        by_slug.copied().or_else(|| {
            let holder = *self.by_uuid.get(&Secret(config.uuid?))?;
            let definition = &self.get(holder)?.definition;
            let is_other =
                definition.project != project || slugs.contains(definition.slug.as_str());
            (!is_other).then_some(holder)
        })
    }
}

fn wanted_definition(config: &HeartbeatConfig, known: Definition) -> Definition {
    let origin = Origin::File { path: config.file.clone(), line: config.line };
    Definition { origin, ..as_wanted(config, known) }
}

/// A definition as a table wants it.
pub fn as_wanted(config: &HeartbeatConfig, known: Definition) -> Definition {
    Definition {
        uuid: config.uuid.unwrap_or(known.uuid),
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
        channels: config.channels.clone(),
        only_post: config.only_post,
        manual_resume: config.manual_resume,
        filter: config.filter.clone(),
        ..known
    }
}

/// The table that would want a definition. Its address stays as it is, so it is not said.
pub fn as_table(definition: &Definition) -> HeartbeatConfig {
    HeartbeatConfig {
        file: PathBuf::new(),
        line: 0,
        name: definition.name.clone(),
        slug: definition.slug.clone(),
        uuid: None,
        when: definition.when.clone(),
        grace: definition.grace,
        start_grace: definition.start_grace,
        shortest_run: definition.shortest_run,
        failures: definition.failures,
        keep_failures: definition.keep_failures,
        severity: definition.severity,
        channels: definition.channels.clone(),
        tags: definition.tags.split_whitespace().map(str::to_owned).collect(),
        note: definition.desc.clone(),
        only_post: definition.only_post,
        filter: definition.filter.clone(),
        paused: None,
        manual_resume: definition.manual_resume,
    }
}
