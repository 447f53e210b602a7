//! The document of the API (OpenAPI 3.1), out of the table of routes and the types that are
//! answered.

use std::sync::LazyLock;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::query::{Kind, Parameter};
use super::route::{Content, Need, ROUTES, Route};
use super::{ROOT, query};
use crate::config;
use crate::token::Scope;

/// The document; `base` is the server's address outside.
pub(super) fn document(base: &str) -> Value {
    // Whoever asks needs no token, so it shall cost little.
    static MADE: LazyLock<Value> = LazyLock::new(make);
    let mut document = MADE.clone();
    document["servers"] = json!([{ "url": format!("{base}{ROOT}") }]);
    document
}

fn make() -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.given.subschema_for::<Problem>().to_value();
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation(route, &problem, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "nightkeep",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What the watch knows, and what its owner can do.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [],
        "security": [{ "bearer": [] }, { "key": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.all(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token: nightkeep token add NAME --scope read",
                },
                "key": { "type": "apiKey", "in": "header", "name": "X-Api-Key" },
            },
        },
    })
}

/// What is given need not be all that may be sent: a default may be left out there.
struct Schemas {
    given: SchemaGenerator,
    sent: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            given: settings.clone().for_serialize().into_generator(),
            sent: settings.for_deserialize().into_generator(),
        }
    }

    fn all(mut self) -> Map<String, Value> {
        let mut all = self.sent.take_definitions(true);
        all.extend(self.given.take_definitions(true));
        all.insert(String::from("NewMonitor"), config::monitor_body());
        all.insert(String::from("NewHeartbeat"), config::heartbeat_body());
        all.sort_keys();
        all.values_mut().for_each(flatten_lines);
        all
    }
}

/// The comments of the types are wrapped as code is.
fn flatten_lines(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            fields.values_mut().for_each(flatten_lines);
        }
        Value::Array(items) => items.iter_mut().for_each(flatten_lines),
        _ => {}
    }
}

fn operation(route: &Route, problem: &Value, schemas: &mut Schemas) -> Value {
    let (status, content) = route.answer;
    let content = match content {
        Content::Json(made) => {
            json!({ "application/json": { "schema": made(&mut schemas.given).to_value() } })
        }
        Content::Text(kind) => json!({ kind: { "schema": { "type": "string" } } }),
    };
    let mut operation = json!({
        "operationId": id(route),
        "summary": route.about,
        "tags": [tag(route)],
        "responses": {
            status.to_string(): { "description": "All is well.", "content": content },
            "default": {
                "description": "What is wrong, and what to do instead.",
                "content": { "application/problem+json": { "schema": problem } },
            },
        },
    });
    let mut parameters: Vec<Value> = names(route.path).map(of_path).collect();
    parameters.extend(route.query.iter().map(parameter));
    if !parameters.is_empty() {
        operation["parameters"] = Value::from(parameters);
    }
    if let Some(body) = route.body {
        let schema = body(&mut schemas.sent).to_value();
        operation["requestBody"] =
            json!({ "content": { "application/json": { "schema": schema } } });
    }
    match route.need {
        Need::Nothing => operation["security"] = json!([]),
        need => {
            let enough = Scope::ALL.into_iter().filter(|scope| need.is_met_by(*scope));
            let enough: Vec<&str> = enough.map(Scope::as_str).collect();
            operation["description"] =
                Value::from(format!("Needs a token of the scope {}.", enough.join(" or ")));
        }
    }
    operation
}

/// `getMonitorsNameHistory`: what it is called in programs made of this.
fn id(route: &Route) -> String {
    let mut id = route.method.to_lowercase();
    for word in route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        let (first, rest) = word.split_at(1);
        id += &first.to_uppercase();
        id += rest;
    }
    id
}

/// Under which heading it is shown.
fn tag(route: &Route) -> &'static str {
    route.path.split('/').nth(1).unwrap_or_default()
}

fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
}

fn of_path(name: &'static str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        Kind::Text | Kind::Needed | Kind::Moment => json!({ "type": "string" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Count(most) => json!({ "type": "integer", "minimum": 1, "maximum": most }),
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.kind == query::Kind::Needed,
        "description": parameter.about,
        "schema": schema,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_in_the_document_and_the_other_way_round() {
        let document = document("https://watch.example.org");
        let mut known: BTreeSet<(String, String)> = BTreeSet::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for method in operations.as_object().unwrap().keys() {
                known.insert((method.to_uppercase(), path.clone()));
            }
        }
        let routes: BTreeSet<(String, String)> =
            ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
        assert_eq!(known, routes);
        let ids: BTreeSet<String> = ROUTES.iter().map(id).collect();
        assert_eq!(ids.len(), ROUTES.len(), "an operationId is there twice");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(to)) = fields.get("$ref") {
                        found.push(to.clone());
                    }
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document("");
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for to in found {
            let place = to.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{to} leads nowhere");
        }
    }

    #[test]
    fn no_field_is_there_twice() {
        for (name, schema) in document("")["components"]["schemas"].as_object().unwrap() {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let names: BTreeSet<_> = required.iter().filter_map(Value::as_str).collect();
            assert_eq!(names.len(), required.len(), "{name}: {required:?}");
        }
    }

    #[test]
    fn what_is_sent_and_given_by_one_name_is_the_same() {
        let mut schemas = Schemas::new();
        for route in ROUTES {
            if let Some(body) = route.body {
                body(&mut schemas.sent);
            }
            if let Content::Json(made) = route.answer.1 {
                made(&mut schemas.given);
            }
        }
        let given = schemas.given.definitions().clone();
        for (name, schema) in schemas.sent.definitions() {
            assert!(given.get(name).is_none_or(|other| other == schema), "{name}");
        }
    }
}
