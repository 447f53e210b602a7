//! What a form is of, and what its fields are called and for: in English as the config's schema
//! says it, in another language as its `field.ftl` does.

use super::Filled;
use crate::config::{self, Field, MonitorType, Takes, heartbeat_fields, monitor_fields};
use crate::web::locale;

/// What a form is of.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::page) enum Of {
    Monitor(MonitorType),
    Heartbeat,
}

/// What a monitor of a type asks, in a few words.
pub(in crate::web::page) fn monitor_about(kind: MonitorType) -> String {
    let english = config::monitor_about(kind);
    locale::field(&type_id(kind)).unwrap_or_else(|| english.to_owned())
}

impl Of {
    /// Its fields, empty.
    pub(super) fn fields(self) -> impl Iterator<Item = Filled> {
        self.english().into_iter().map(move |field| self.said(field))
    }

    fn english(self) -> Vec<Field> {
        match self {
            Self::Monitor(kind) => monitor_fields(kind),
            Self::Heartbeat => heartbeat_fields(),
        }
    }

    /// A field as the page says it.
    fn said(self, mut field: Field) -> Filled {
        let id = self.id(&field.key);
        if let Some(about) = locale::field(&id) {
            field.about = about;
        }
        if let Takes::Choice(words) = &mut field.takes {
            for (word, about) in words {
                *about = locale::field(&choice_id(&id, word)).unwrap_or_else(|| about.clone());
            }
        }
        let label = locale::field(&label_id(&id)).unwrap_or_else(|| label(&field.key));
        Filled { label, field, value: String::new(), faults: Vec::new(), options: Vec::new() }
    }

    fn id(self, key: &str) -> String {
        match self {
            // What is asked differs with the type.
            Self::Monitor(kind) if key == "target" => format!("monitor-target-{}", kind.as_str()),
            Self::Monitor(_) => format!("monitor-{key}"),
            Self::Heartbeat => format!("heartbeat-{key}"),
        }
    }
}

fn type_id(kind: MonitorType) -> String {
    format!("monitor-type-{}", kind.as_str())
}

fn label_id(id: &str) -> String {
    format!("{id}-label")
}

fn choice_id(id: &str, word: &str) -> String {
    format!("{id}-is-{}", word.to_lowercase())
}

/// A key, as people read it: `Retry interval`.
fn label(key: &str) -> String {
    let words = key.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What translators start from.
    fn english() -> String {
        let mut messages: Vec<(String, String)> = Vec::new();
        let mut add = |id: String, text: &str| {
            if !text.is_empty() && !messages.iter().any(|(known, _)| *known == id) {
                messages.push((id, text.to_owned()));
            }
        };
        let kinds = MonitorType::ALL.into_iter().filter(|kind| *kind != MonitorType::Command);
        for kind in kinds.clone() {
            add(type_id(kind), config::monitor_about(kind));
        }
        for of in kinds.map(Of::Monitor).chain([Of::Heartbeat]) {
            for field in of.english() {
                let id = of.id(&field.key);
                add(label_id(&id), &label(&field.key));
                if let Takes::Choice(words) = &field.takes {
                    for (word, about) in words {
                        add(choice_id(&id, word), about);
                    }
                }
                add(id, &field.about);
            }
        }
        let mut text = String::from(
            "### What the fields of forms are called and for. This file is made of the config's \
             schema\n### (`NIGHTKEEP_WRITE=1 cargo test field_ftl`). What stands between ` is \
             code: it stays.\n\n",
        );
        for (id, about) in messages {
            text += &format!("{id} = {about}\n");
        }
        text
    }

    #[test]
    fn field_ftl_says_what_the_schema_does() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("locale/en/field.ftl");
        let current = english();
        assert!(!current.contains(['{', '}']), "braces mean something there");
        if std::env::var_os("NIGHTKEEP_WRITE").is_some() {
            std::fs::write(&path, &current).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == current, "it is old: NIGHTKEEP_WRITE=1 cargo test field_ftl");
        assert_eq!(label("retry-interval"), "Retry interval");
    }
}
