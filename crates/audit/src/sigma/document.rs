//! Documents of one file: `action: global` is part of each rule after it, `repeat` is the rule before
//! once more with changes, `reset` ends what was global.

use super::fault::Fault;
use super::yaml::{Node, What};

/// The rules of a file, as if each were written out.
pub(super) fn rules(documents: Vec<Node>) -> (Vec<Node>, Vec<Fault>) {
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    let (mut global, mut before): (Option<Node>, Option<Node>) = (None, None);
    for mut document in documents {
        let action = take_action(&mut document);
        match action.as_deref() {
            Some("global") => {
                global = Some(match global {
                    Some(known) => merged(known, document),
                    None => document,
                });
                continue;
            }
            Some("reset") => {
                (global, before) = (None, None);
                if document.map().is_none_or(<[_]>::is_empty) {
                    continue;
                }
            }
            Some("repeat") => {
                let Some(known) = &before else {
                    faults.push(Fault::new(document.line, "`action: repeat` follows no rule"));
                    continue;
                };
                document = merged(known.clone(), document);
            }
            Some(other) => {
                let what = format!("`action: {other}` is not known; global, repeat and reset are");
                faults.push(Fault::new(document.line, what));
                continue;
            }
            None => {
                if let Some(global) = &global {
                    document = merged(global.clone(), document);
                }
            }
        }
        before = Some(document.clone());
        rules.push(document);
    }
    (rules, faults)
}

fn take_action(document: &mut Node) -> Option<String> {
    let What::Map(pairs) = &mut document.what else { return None };
    let place = pairs.iter().position(|(key, _)| key == "action")?;
    pairs.remove(place).1.text().map(str::to_owned)
}

/// `over`, and of `base` what it does not say.
fn merged(base: Node, over: Node) -> Node {
    let line = over.line;
    let what = match (base.what, over.what) {
        (What::Map(mut pairs), What::Map(others)) => {
            for (key, node) in others {
                match pairs.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, known)) => *known = merged(known.clone(), node),
                    None => pairs.push((key, node)),
                }
            }
            What::Map(pairs)
        }
        (_, what) => what,
    };
    Node { line, what }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    #[test]
    fn global_and_repeat() {
        let text = "action: global\ntitle: t\nlogsource: {product: linux}\n---\nlogsource: {service: a}\n---\naction: repeat\nlogsource: {service: b}\n---\naction: reset\n---\ntitle: alone\n---\naction: what\n";
        let (rules, faults) = rules(yaml::read(text).0);
        let said = |rule: &Node| {
            let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or("-").to_owned();
            let source = rule.get("logsource");
            let of = |name| text(source.and_then(|source| source.get(name)));
            [text(rule.get("title")), of("product"), of("service")].join(" ")
        };
        assert_eq!(
            rules.iter().map(said).collect::<Vec<_>>(),
            ["t linux a", "t linux b", "alone - -"]
        );
        assert_eq!(
            faults[0].to_string(),
            "line 14: `action: what` is not known; global, repeat and reset are"
        );
    }
}
