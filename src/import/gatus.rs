//! Gatus: its YAML, one file or a folder of them.

mod alerting;
mod condition;
mod endpoint;
mod external;
mod maintenance;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;

use nightkeep_audit::sigma::yaml::{self, Node};

use super::name::tidy;
use super::{Imported, Place, Unreadable};

/// Turns the texts of a config into what nightkeep has. Several are laid over one another in their
/// order. `variables` is what `${NAME}` stands for.
///
/// # Errors
/// When one of them is no YAML.
pub fn import(
    files: &[(String, String)],
    variables: &BTreeMap<String, String>,
    place: &Place,
) -> Result<Imported, Unreadable> {
    let mut out = Imported::default();
    let mut whole: Option<Node> = None;
    for (name, text) in files {
        let text = tree::expand(text, variables, &mut |missing| {
            out.leave(
                format!("variable ${{{missing}}}"),
                "it is not set here, so it is empty; set it and run this again",
            );
        });
        let (documents, fault) = yaml::read(&text);
        if let Some(fault) = fault {
            return Err(Unreadable::new(format!("{name}: {fault}")));
        }
        for document in documents {
            let document = tree::merged_keys(document);
            whole = Some(match whole {
                None => document,
                Some(whole) => tree::laid_over(whole, document),
            });
        }
    }
    let Some(whole) = whole else { return Err(Unreadable::new("there is nothing in it")) };
    if whole.get("endpoints").or(whole.get("external-endpoints")).is_none() {
        return Err(Unreadable::new(
            "this is no config of Gatus: it has neither `endpoints` nor `external-endpoints`",
        ));
    }
    out.left_out.sort();
    out.left_out.dedup();
    let alerting = alerting::Alerting::read(&whole, &mut out);
    endpoint::endpoints(&whole, &alerting, place, &mut out);
    external::endpoints(&whole, &alerting, place, &mut out);
    maintenance::global(&whole, place, &mut out);
    rest(&whole, &mut out);
    Ok(out)
}

/// Sections without an equal, and what does instead.
const SECTIONS: &[(&str, &str)] = &[
    ("remote", "nightkeep has one peer, which watches back"),
    ("connectivity", "the way out is looked at anyway: `ask` under [way-out]"),
    ("storage", "nightkeep keeps its own store"),
    ("web", "`listen` under [web]"),
    ("ui", "the page has its own looks"),
    ("security", "the page has its own login: `nightkeep token add`"),
    ("metrics", "/metrics is there with a token"),
    ("tunneling", "nothing is asked through an SSH tunnel"),
    ("concurrency", "how many are asked at once is bounded anyway"),
    ("disable-monitoring-lock", "one slow target delays no other"),
];

/// Everything beside endpoints and alerting, by its name.
fn rest(whole: &Node, out: &mut Imported) {
    for suite in whole.get("suites").map_or(&[][..], Node::list) {
        let name = tidy(suite.get("name").and_then(Node::text).unwrap_or("?"));
        out.leave(
            format!("suite {name:?}"),
            "steps that hand values on have no equal; `type = \"command\"` with a script does that",
        );
    }
    for note in whole.get("announcements").map_or(&[][..], Node::list) {
        let text = tidy(note.get("message").and_then(Node::text).unwrap_or("?"));
        out.leave(format!("announcement {text:?}"), "an incident of the log book says such things");
    }
    for (section, why) in SECTIONS {
        if whole.get(section).is_some() {
            out.leave(format!("section `{section}`"), *why);
        }
    }
}
