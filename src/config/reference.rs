//! The reference of the config, in Markdown, from the raw types.

use std::fmt::Write;

use super::MonitorType;
use super::entry::{Entry, entries, is_section, is_table, sentence};
use super::example;
use super::schema::{INNER, channels};
use super::value::known;
use crate::model::RuleName;

/// The reference of the config file, in Markdown: every key with what it takes, its default and
/// its sentence, and an example for each channel.
pub fn reference() -> String {
    let mut out = String::from(INTRODUCTION);
    values(&mut out);
    out.push_str("\n## The top of the file\n\n");
    table(&mut out, &entries(&INNER, &[]));
    for (name, section) in INNER["properties"].as_object().into_iter().flatten() {
        if !is_section(section) {
            continue;
        }
        let header = match name.as_str() {
            "channel" => String::from("[channel.NAME]"),
            "check" => String::from("[check.NAME]"),
            "route" | "maintenance" | "monitor" | "heartbeat" => format!("[[{name}]]"),
            name => format!("[{name}]"),
        };
        let _ = write!(out, "\n## `{header}`\n\n{}\n\n", sentence(section));
        match name.as_str() {
            "channel" => each_channel(&mut out),
            "check" => table(&mut out, &entries(&section["additionalProperties"], &[name])),
            "monitor" => monitors(&mut out, &section["items"]),
            "route" | "maintenance" | "heartbeat" => {
                table(&mut out, &entries(&section["items"], &[]));
            }
            name => {
                table(&mut out, &entries(section, &[name]));
                for (inner, schema) in section["properties"].as_object().into_iter().flatten() {
                    if is_section(schema) && !is_table(schema) {
                        let _ = write!(
                            out,
                            "\n### `[{name}.{inner}.\"/PATH\"]`\n\n{}\n\n",
                            sentence(schema)
                        );
                        table(&mut out, &entries(&schema["additionalProperties"], &[]));
                    }
                }
            }
        }
    }
    rules(&mut out);
    out
}

const INTRODUCTION: &str = r#"# The config file

`/etc/nightkeep/config.toml`, in [TOML](https://toml.io). An empty file watches the machine with the defaults below; only where alerts go has to be said:

```toml
[channel.phone]
type = "ntfy"
topic = "my-server-x7Kq2mPz"
```

`nightkeep init` looks at the server and writes one. `nightkeep config check` says what is wrong with it, `nightkeep config show` what is in force and where each value comes from, `nightkeep config schema` prints the JSON schema for editors. `systemctl reload nightkeep` takes a changed file; if it is wrong, the old one stays in force and the log says why.

This page is generated from the types that read the file.

## Levels

A rule on a number takes a table, on one line or with a header of its own; `false` switches it off. What is left out keeps its default.

```toml
[disk]
used = { warning = "85%", critical = "95%", clear = "80%", for = "1m" }
inodes = false
```

"#;

fn values(out: &mut String) {
    let levels = &INNER["properties"]["disk"]["properties"]["used"]["anyOf"][1];
    out.push_str("| Key | What it is |\n|---|---|\n");
    for entry in entries(levels, &[]) {
        let _ = writeln!(out, "| `{}` | {} |", entry.key, cell(&entry.sentence));
    }
    out.push_str("\n`for` and `times` exclude each other. Between `clear` and `warning` nothing changes: an alert neither begins nor ends there.\n");
    out.push_str("\n## Values\n\n| What | Written as |\n|---|---|\n");
    for format in [
        "share", "duration", "size", "rate", "number", "hours", "weekly", "cron", "moment",
        "timezone", "unit", "subject",
    ] {
        if let Some(kind) = known(format) {
            let _ = writeln!(out, "| {} | {} |", kind.what, codes(kind.example));
        }
    }
    out.push_str(SECRETS);
}

const SECRETS: &str = "
Where a list goes, a single value may stand without brackets. Patterns know `*`, any run of characters; `\\*` is a star itself.

## Secrets

A secret `KEY` is written in one of four ways, and never printed:

| Key | Where the secret is |
|---|---|
| `KEY` | in the config itself; then nobody else may read the config: `chmod 640` |
| `KEY-file` | in this file, by its whole path; one line end at its end is left out |
| `KEY-env` | in this environment variable of the daemon |
| `KEY-credential` | in this credential, which systemd hands over: `LoadCredential=` in the unit |
";

fn each_channel(out: &mut String) {
    for branch in channels() {
        let kind = branch["properties"]["type"]["const"].as_str().unwrap_or_default();
        let _ = write!(out, "### `type = \"{kind}\"`\n\n{}\n\n", sentence(branch));
        let keys: Vec<Entry> =
            entries(branch, &[]).into_iter().filter(|entry| entry.key != "type").collect();
        table(out, &keys);
        let _ = write!(out, "\n```toml\n{}```\n\n", example::channel(branch, ""));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
}

/// The keys that all monitors have, then those of each type.
fn monitors(out: &mut String, schema: &serde_json::Value) {
    let all = entries(schema, &["monitor"]);
    let (common, own): (Vec<Entry>, Vec<Entry>) = all.into_iter().partition(|entry| {
        entry.key == "target" || MonitorType::COMMON.contains(&entry.key.as_str())
    });
    table(out, &common);
    out.push_str("\nBeside these, by type:\n\n| Type | What is asked | Keys | An example |\n|---|---|---|---|\n");
    let types = schemars::schema_for!(MonitorType).to_value();
    let types = types["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
    for kind in MonitorType::ALL {
        let said = types.iter().find(|one| one["const"] == kind.as_str()).map(sentence);
        let remote = kind.is_of_network().then_some("remote");
        let keys = kind.keys().iter().filter(|key| **key != "target").copied().chain(remote);
        let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
        let example = if kind.keys().contains(&"target") {
            format!("`target = {}`", kind.example_target())
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {example} |",
            kind.as_str(),
            cell(&said.unwrap_or_default()),
            keys.join(", ")
        );
    }
    out.push('\n');
    table(out, &own);
    out.push_str(CONDITIONS);
}

const CONDITIONS: &str = r#"
### Conditions

A condition is a line of tests joined by `and`, `or`, `not` and parentheses:

```toml
[[monitor]]
name = "shop"
type = "http"
target = "https://shop.example.org/health"
interval = "20s"
condition = 'status = 200 and json .db = "ok"'
degraded-unless = "latency < 800ms"
```

`nightkeep monitors test shop` asks now and shows each test with what was found.

| Fact | What it is |
|---|---|
| `up` | there was an answer at all |
| `status` | of HTTP, SMTP and gRPC |
| `latency`, `dns`, `connect`, `tls`, `first-byte` | how long all of it, or that phase, took: `800ms`, `2s` |
| `body`, `answer`, `size` | what came back, and its bytes |
| `json .PATH`, `len(json .PATH)` | a value in a JSON body: `json .data[0].name` |
| `header NAME` | a header of HTTP |
| `record`, `records`, `rcode` | the records of DNS, how many, and the response code |
| `protocol`, `address` | what was spoken, and with whom |
| `certificate`, `domain` | the time left: `certificate > 14d` |
| `loss`, `offset`, `stratum` | of a ping, and of a time server |

Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `lacks`, `starts with`, `ends with`, `matches`, `in (200, 301..308)`, `exists`, `missing`.
"#;

fn table(out: &mut String, entries: &[Entry]) {
    out.push_str("| Key | Takes | Default | What it is |\n|---|---|---|---|\n");
    for entry in entries {
        row(out, &entry.key, entry);
        for inner in &entry.inner {
            row(out, &format!("{}.{}", entry.key, inner.key), inner);
        }
    }
}

fn row(out: &mut String, key: &str, entry: &Entry) {
    let (sentence, said) = match entry.sentence.split_once(" Default: ") {
        Some((sentence, default)) => (sentence, Some(default.trim_end_matches('.'))),
        None => (entry.sentence.as_str(), None),
    };
    let default = match (&entry.default, said) {
        (Some(default), _) => format!("`{}`", cell(default)),
        (None, Some(said)) => cell(said),
        (None, None) if entry.required => String::from("needed"),
        (None, None) => String::new(),
    };
    let (takes, sentence) = (cell(&entry.takes), cell(sentence));
    let _ = writeln!(out, "| `{key}` | {takes} | {default} | {sentence} |");
}

const RULES: &str = "
## Rules

The names for `rules` and `severities`.

| Rule | Source | What it tells of |
|---|---|---|
";

fn rules(out: &mut String) {
    out.push_str(RULES);
    let schema = schemars::schema_for!(RuleName).to_value();
    let named = schema["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
    for rule in RuleName::ALL {
        let said = named.iter().find(|one| one["const"] == rule.as_str()).map(sentence);
        let _ = writeln!(out, "| `{rule}` | {} | {} |", rule.source(), said.unwrap_or_default());
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Each quoted example as code.
fn codes(examples: &str) -> String {
    examples
        .split(", ")
        .map(|part| {
            part.split(" or ").map(|one| format!("`{one}`")).collect::<Vec<_>>().join(" or ")
        })
        .collect::<Vec<_>>()
        .join(", ")
}
