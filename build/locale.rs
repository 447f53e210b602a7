//! Makes a function of every message in `locale/en`, so that the compiler finds a message that is
//! not there, one that lacks an argument, and one that nobody says.

#[path = "../src/web/locale/variables.rs"]
mod variables;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{Entry, Message};
use fluent_syntax::parser;

use self::variables::{Variable, variables};

const ENGLISH: &str = "locale/en";
/// What is said by name: scripts name their messages themselves, forms their fields.
const BY_NAME: [&str; 2] = ["field", "script"];

/// Puts `locale.rs` in this folder: a module for each file, a function for each of its messages.
pub(crate) fn build(out: &Path) {
    println!("cargo:rerun-if-changed={ENGLISH}");
    let entries = fs::read_dir(ENGLISH).expect("locale/en is a part of the sources");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    let (mut files, mut messages, mut modules) = (String::new(), String::new(), String::new());
    let mut count = 0;
    for (file, path) in paths.iter().enumerate() {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name in ASCII");
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let place = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{ENGLISH}/{name}.ftl\")");
        let _ = writeln!(files, "    (\"{name}\", include_str!({place})),");
        let mut functions = String::new();
        for (id, variables) in parsed(name, &text) {
            let names: Vec<_> = variables.iter().map(|variable| variable.name).collect();
            let _ = writeln!(
                messages,
                "    Message {{ file: {file}, id: \"{id}\", variables: &{names:?} }},"
            );
            let _ = writeln!(functions, "    {}", function(id, count, &variables));
            count += 1;
        }
        if !BY_NAME.contains(&name) {
            let _ = writeln!(modules, "pub(crate) mod {name} {{\n{functions}}}");
        }
    }
    let all = format!(
        "pub(crate) const ENGLISH: &[(&str, &str)] = &[\n{files}];\nconst MESSAGES: &[Message] = \
         &[\n{messages}];\n{modules}"
    );
    fs::write(out.join("locale.rs"), all).expect("OUT_DIR can be written");
}

/// What each message is called, and what is put into it.
fn parsed<'a>(name: &str, text: &'a str) -> Vec<(&'a str, Vec<Variable<'a>>)> {
    let resource = parser::parse(text).unwrap_or_else(|(_, errors)| {
        let error = &errors[0];
        let line = text[..error.pos.start].lines().count();
        panic!("{ENGLISH}/{name}.ftl line {line}: {error}");
    });
    let mut found: Vec<(&str, Vec<Variable>)> = Vec::new();
    for entry in resource.body {
        let Entry::Message(Message { id, value, .. }) = entry else { continue };
        let id = id.name;
        assert!(found.iter().all(|(known, ..)| *known != id), "{name}.ftl has {id} twice");
        let pattern = value.unwrap_or_else(|| panic!("{name}.ftl: {id} says nothing"));
        found.push((id, variables(&pattern)));
    }
    found
}

/// The function of a message. One whose name ends in `-html` has markup.
fn function(id: &str, number: usize, variables: &[Variable]) -> String {
    let name = id.replace('-', "_");
    let parameter = |variable: &Variable| {
        let kind = if variable.is_counted { "Number" } else { "Value" };
        format!("{}: impl super::{kind}", variable.name)
    };
    let parameters: Vec<_> = variables.iter().map(parameter).collect();
    let of = |method: &str| {
        let names = variables.iter().map(|variable| variable.name);
        let pairs = names.map(|name| format!("(\"{name}\", {name}.{method}())"));
        pairs.collect::<Vec<_>>().join(", ")
    };
    let (kind, body) = match (id.ends_with("-html"), variables.is_empty()) {
        (false, true) => ("&'static str", format!("super::plain({number})")),
        (true, true) => {
            ("super::Html<&'static str>", format!("super::Html(super::plain({number}))"))
        }
        (false, false) => ("String", format!("super::filled({number}, [{}])", of("value"))),
        (true, false) => (
            "super::Html<String>",
            format!("super::Html(super::filled({number}, [{}]))", of("html")),
        ),
    };
    format!("pub(crate) fn {name}({}) -> {kind} {{ {body} }}", parameters.join(", "))
}
