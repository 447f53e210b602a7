//! A text for people, as Markdown and as HTML that prints well.

use std::fmt::Write as _;

use crate::text::visible;

/// No piece of text is longer, in characters.
const LONGEST: usize = 4000;

/// A document: what it is called, and its parts in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A part of a document. Text in it may be anybody's: it is escaped when written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// A list of things to do.
    Tasks(Vec<String>),
    /// A table: the names of its columns, and its rows.
    Table(Vec<&'static str>, Vec<Vec<String>>),
    /// What a person must judge: the question, and room for the answer.
    Judgement(&'static str),
}

impl Document {
    /// As Markdown (CommonMark with tables and task lists of GitHub).
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", plain(&self.title));
        for part in &self.parts {
            out.push('\n');
            // Writing to a String cannot fail.
            let _ = match part {
                Part::Heading(text) => writeln!(out, "## {}", plain(text)),
                Part::Text(text) => writeln!(out, "{}", plain(text)),
                Part::List(items) => {
                    items.iter().try_for_each(|item| writeln!(out, "- {}", plain(item)))
                }
                Part::Tasks(items) => {
                    items.iter().try_for_each(|item| writeln!(out, "- [ ] {}", plain(item)))
                }
                Part::Table(names, rows) => table(&mut out, names, rows),
                Part::Judgement(question) => {
                    writeln!(out, "> **To be judged by a person:** {question}\n>\n> …")
                }
            };
        }
        out
    }

    /// As one page of HTML that needs nothing else.
    pub fn html(&self) -> String {
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
            escaped(&self.title)
        );
        let list = |items: &[String], class: &str| {
            let items: Vec<String> =
                items.iter().map(|item| format!("<li>{}</li>\n", escaped(item))).collect();
            format!("<ul{class}>\n{}</ul>\n", items.concat())
        };
        let row = |tag: &str, cells: &[&str]| {
            let cells: Vec<String> =
                cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
            format!("<tr>{}</tr>\n", cells.concat())
        };
        for part in &self.parts {
            out += &match part {
                Part::Heading(text) => format!("<h2>{}</h2>\n", escaped(text)),
                Part::Text(text) => format!("<p>{}</p>\n", escaped(text)),
                Part::List(items) => list(items, ""),
                Part::Tasks(items) => list(items, " class=\"tasks\""),
                Part::Table(names, rows) => {
                    let cells = |cells: &Vec<String>| {
                        row("td", &cells.iter().map(String::as_str).collect::<Vec<_>>())
                    };
                    let body: Vec<String> = rows.iter().map(cells).collect();
                    let is_named = names.iter().any(|name| !name.is_empty());
                    let head = if is_named { row("th", names) } else { String::new() };
                    format!(
                        "<table>\n<thead>{head}</thead>\n<tbody>\n{}</tbody>\n</table>\n",
                        body.concat()
                    )
                }
                Part::Judgement(question) => format!(
                    "<div class=\"judgement\"><strong>To be judged by a person:</strong> {}</div>\n",
                    escaped(question)
                ),
            };
        }
        out + "</body>\n</html>\n"
    }
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;color:#1a1a1a;\
background:#fff;overflow-wrap:anywhere}h1{font-size:1.5rem}h2{font-size:1.15rem;border-bottom:1px solid #bbb;\
margin-top:2rem;break-after:avoid}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;\
vertical-align:top;border:1px solid #bbb;padding:.3rem .5rem;\
min-width:5.5rem}tr{break-inside:avoid}.tasks{list-style:'\\2610  '}\
.judgement{border:1px dashed #767676;padding:.5rem .75rem 3rem;margin:.5rem 0}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}}\
@media print{body{color:#000;background:#fff;margin:0;max-width:none;font-size:11pt}}";

fn table(out: &mut String, names: &[&str], rows: &[Vec<String>]) -> std::fmt::Result {
    writeln!(out, "| {} |\n|{}", names.join(" | "), "---|".repeat(names.len()))?;
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// Text that Markdown shows as it is.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (at, c) in visible(text, LONGEST).chars().enumerate() {
        // At its beginning a line could become a heading, a list or a quotation.
        let begins = at == 0 && matches!(c, '#' | '-' | '+' | '=' | '~');
        if begins || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '!') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// Text that HTML shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text, LONGEST).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let hostile = String::from("<script>alert(1)</script> | [x](javascript:1)\n# forged");
        Document {
            title: String::from("# web1 <b>"),
            parts: vec![
                Part::Heading(String::from("Summary")),
                Part::Text(hostile.clone()),
                Part::Table(vec!["When", "What"], vec![vec![String::from("now"), hostile]]),
                Part::Tasks(vec![String::from("new keys")]),
                Part::Judgement("Why?"),
            ],
        }
    }

    #[test]
    fn text_of_others_is_only_text() {
        let markdown = document().markdown();
        assert!(
            markdown.starts_with("# \\# web1 \\<b\\>\n\n## Summary\n\n\\<script\\>"),
            "{markdown}"
        );
        assert_eq!(markdown.lines().filter(|line| line.starts_with('#')).count(), 2);
        assert!(markdown.contains("- [ ] new keys\n"));
        let html = document().html();
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(
            html.contains(
                "&lt;script&gt;alert(1)&lt;/script&gt; | [x](javascript:1)\\u{a}# forged"
            )
        );
    }
}
