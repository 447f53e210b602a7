//! YAML as a tree of texts that know their lines. A file of others: its size, depth and what aliases
//! make of it are limited.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use super::fault::Fault;

/// Lists and maps within one another.
const DEEPEST: usize = 32;
/// Nodes of a file, those that aliases repeat included.
const MOST_NODES: usize = 500_000;

/// A place in the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its line, from 1.
    pub line: usize,
    /// What is there.
    pub what: What,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// `null`, `~` or nothing at all.
    Null,
    /// A text or a number, as it was written.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys in order; each is there once.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What a map holds under a name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.map()?.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The pairs of a map.
    pub fn map(&self) -> Option<&[(String, Self)]> {
        if let What::Map(pairs) = &self.what { Some(pairs) } else { None }
    }

    /// A text or number.
    pub fn text(&self) -> Option<&str> {
        if let What::Text(text) = &self.what { Some(text) } else { None }
    }

    /// A list, or the one thing that stands where a list may.
    pub fn list(&self) -> &[Self] {
        if let What::List(nodes) = &self.what { nodes } else { std::slice::from_ref(self) }
    }
}

/// Reads the documents of a file. What was read before an error is kept.
pub fn read(text: &str) -> (Vec<Node>, Option<Fault>) {
    let mut reader = Reader {
        parser: Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)),
        anchors: HashMap::new(),
        nodes: 0,
    };
    let mut documents = Vec::new();
    let fault = reader.documents(&mut documents).err();
    (documents, fault)
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), Fault> {
        let wrong = |error: &ScanError| {
            Fault::new(error.marker().line(), format!("this is no YAML: {}", error.info()))
        };
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(wrong(&error)),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn documents(&mut self, out: &mut Vec<Node>) -> Result<(), Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(_), _) => {
                    self.anchors.clear();
                    let (event, line) = self.next()?;
                    let node = self.node(event, line, 0)?;
                    if node.what != What::Null {
                        out.push(node);
                    }
                }
                _ => {}
            }
        }
    }

    fn count(&mut self, more: usize, line: usize) -> Result<(), Fault> {
        self.nodes += more;
        if self.nodes > MOST_NODES {
            return Err(Fault::new(line, String::from("this file is too large")));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, Fault> {
        if depth > DEEPEST {
            return Err(Fault::new(line, String::from("lists are nested too deeply")));
        }
        let before = self.nodes;
        self.count(1, line)?;
        let (what, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let is_null = is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                (if is_null { What::Null } else { What::Text(text.into_owned()) }, anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut nodes = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, line) => nodes.push(self.node(event, line, depth + 1)?),
                    }
                }
                (What::List(nodes), anchor)
            }
            Event::MappingStart(anchor, _) => (What::Map(self.pairs(depth)?), anchor),
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(Fault::new(line, String::from("an alias within itself")));
                };
                self.count(size, line)?;
                return Ok(Node { line, ..node });
            }
            _ => return Err(Fault::new(line, String::from("this is no YAML"))),
        };
        let node = Node { line, what };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn pairs(&mut self, depth: usize) -> Result<Vec<(String, Node)>, Fault> {
        let mut pairs: Vec<(String, Node)> = Vec::new();
        loop {
            let (event, line) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(pairs),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(Fault::new(line, String::from("a key must be a word"))),
            };
            // A value of nothing stands at the key.
            let (event, _) = self.next()?;
            let mut node = self.node(event, line, depth + 1)?;
            node.line = line;
            if pairs.iter().any(|(known, _)| *known == key) {
                return Err(Fault::new(line, format!("`{key}` is there twice")));
            }
            pairs.push((key, node));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(text).1.unwrap().to_string()
    }

    #[test]
    fn reads_documents_with_their_lines() {
        let (documents, fault) =
            read("a: 1\nb:\n  - x\n  - ~\n  - '~'\n---\nc: &n {d: 0777}\ne: *n\n");
        assert_eq!(fault, None);
        let list = documents[0].get("b").unwrap();
        assert_eq!((list.line, list.list().len()), (2, 3));
        assert_eq!(list.list()[1], Node { line: 4, what: What::Null });
        assert_eq!(list.list()[2].text(), Some("~"));
        assert_eq!(documents[1].get("e").unwrap().get("d").unwrap().text(), Some("0777"));
        assert_eq!(documents[1].get("e").unwrap().line, 8);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(fault("a: 1\nb: 2\na: 3\n"), "line 3: `a` is there twice");
        assert!(fault("a: 1\n  b: [\n").starts_with("line "));
        assert_eq!(fault(&"- ".repeat(40)), "line 1: lists are nested too deeply");
        assert_eq!(read("a: 1\n---\nb: [\n").0.len(), 1);
    }

    #[test]
    fn aliases_do_not_multiply_without_end() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            text += &format!("a{n}: &a{n} [{list}]\n");
        }
        assert!(fault(&text).ends_with("this file is too large"));
    }
}
