//! A rule file in today's form: `-w` as `-a` for each architecture, links resolved, a watch that
//! stays beside each that vanishes, `-c` at the top, `-e 2` at the end. Comments stay where they are.

use super::check::{Found, Machine, first_missing, is_lasting, parent};
use super::pair::show;
use super::parse::{Command, Line, Lock, Way, parse};
use super::rule::{Field, FieldName, Operator, Rule, Value};
use super::write;

/// Writes the file anew.
pub fn rewrite(file: &str, text: &[u8], machine: &dyn Machine) -> String {
    let lines = parse(file, text, machine);
    let continues = lines
        .iter()
        .any(|line| matches!(&line.said, Ok(said) if said.contains(&Command::Continue)));
    let mut out = Vec::new();
    let mut last = Vec::new();
    let mut has_head = continues;
    for (place, written) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = lines.iter().find(|line| line.number == place + 1);
        let written = show_all(written);
        let Some(line) = line else {
            out.push(written);
            continue;
        };
        let is_delete = matches!(line.said.as_deref(), Ok([Command::DeleteAll(None)]));
        if !has_head && !is_delete {
            has_head = true;
            out.push(String::from("# One bad line costs only itself."));
            out.push(String::from("-c"));
        }
        match line.said.as_deref() {
            Err(error) => {
                out.push(format!("# does not load: {}", error.what));
                out.push(format!("# {written}"));
            }
            Ok([Command::Enable(Lock::Locked)]) => last.push(written),
            Ok([Command::Add(rule, way)]) => out.extend(modern(line, rule, *way, machine)),
            Ok(_) => out.push(written),
        }
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.extend(last);
    out.join("\n") + "\n"
}

fn modern(line: &Line, rule: &Rule, way: Way, machine: &dyn Machine) -> Vec<String> {
    let mut out = Vec::new();
    let mut rule = rule.clone();
    let mut changed = way == Way::Watch;
    for name in [FieldName::PATH, FieldName::DIR, FieldName::EXE] {
        let Some(path) = text(&rule, name) else { continue };
        if let Found::Link(Some(real)) = machine.look(&path) {
            out.push(format!("# {} is a link to this.", show(&path)));
            let name = if name == FieldName::PATH && machine.is_directory(&real) {
                FieldName::DIR
            } else {
                name
            };
            set(&mut rule, name, real);
            changed = true;
        }
    }
    // What it is in does not exist yet: the first name on the way that does not is watched.
    let above = text(&rule, FieldName::PATH).and_then(|path| parent(&path).map(<[u8]>::to_vec));
    if let Some(needed) = above.or_else(|| text(&rule, FieldName::DIR))
        && let Some(missing) = first_missing(&needed, machine)
    {
        out.push(format!("# {} does not exist yet.", show(missing)));
        set(&mut rule, FieldName::PATH, missing.to_vec());
        changed = true;
    }
    if !changed {
        return vec![show_all(&line.text)];
    }
    let mut rules = vec![rule.clone()];
    if let Some(dir) = rule.dir().filter(|dir| !is_lasting(dir, machine)) {
        let mut name = rule.clone();
        set(&mut name, FieldName::PATH, dir.to_vec());
        rules.push(name);
    }
    for rule in rules {
        out.extend(for_each_arch(&rule, machine));
    }
    out
}

/// The rule, once for 64-bit and once for 32-bit programs, if it names no architecture.
fn for_each_arch(rule: &Rule, machine: &dyn Machine) -> Vec<String> {
    let here = machine.arch();
    let line = |rule: &Rule| String::from_utf8_lossy(&write::source(rule, here)).into_owned();
    if rule.field(FieldName::ARCH).is_some() {
        return vec![line(rule)];
    }
    let mut wide = rule.clone();
    let arch = |number| Field {
        name: FieldName::ARCH,
        operator: Operator::Equal,
        value: Value::Number(number),
    };
    wide.fields.insert(0, arch(here.number()));
    let narrow = (here.is_64() && machine.runs_32_bit())
        .then(|| super::check::twin(&wide, here, here.narrow()))
        .flatten();
    std::iter::once(line(&wide)).chain(narrow.map(|narrow| line(&narrow))).collect()
}

fn text(rule: &Rule, name: FieldName) -> Option<Vec<u8>> {
    match &rule.field(name)?.value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(_) => None,
    }
}

/// Sets the path of the one of `path`, `dir` and `exe` that it has.
fn set(rule: &mut Rule, name: FieldName, path: Vec<u8>) {
    let places = [FieldName::PATH, FieldName::DIR, FieldName::EXE];
    if let Some(field) = rule.fields.iter_mut().find(|field| places.contains(&field.name)) {
        field.name = name;
        field.value = Value::Text(path);
    }
}

fn show_all(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|letter| if letter.is_control() && letter != '\t' { '?' } else { letter })
        .collect()
}
