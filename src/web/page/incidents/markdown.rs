//! Markdown as a page shows it: headings, paragraphs, lists, tasks, quotations, tables and code. All
//! text is escaped, no HTML comes through, and no link is made: a record has attackers' text in it.

/// As HTML that is safe to put into a page.
pub(super) fn html(markdown: &str) -> String {
    let mut out = String::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_end();
        let trimmed = line.trim_start();
        if trimmed.is_empty() {
            continue;
        }
        if trimmed.starts_with("```") {
            let code: Vec<&str> =
                lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
            out += &format!("<pre class=\"evidence\">{}</pre>\n", escaped(&code.join("\n")));
        } else if let Some((level, text)) = heading(trimmed) {
            // The page has its own first heading.
            let level = (level + 1).min(6);
            out += &format!("<h{level}>{}</h{level}>\n", inline(text));
        } else if trimmed.starts_with('|') {
            let mut rows = vec![cells(trimmed)];
            while let Some(line) = lines.next_if(|line| line.trim_start().starts_with('|')) {
                rows.push(cells(line.trim()));
            }
            out += &table(&rows);
        } else if let Some(item) = item(trimmed) {
            let mut items = vec![item.to_owned()];
            while let Some(line) = lines.next_if(|line| self::item(line.trim_start()).is_some()) {
                items.push(self::item(line.trim_start()).unwrap_or_default().to_owned());
            }
            let items: String = items.iter().map(|item| list_item(item)).collect();
            out += &format!("<ul>{items}</ul>\n");
        } else if let Some(text) = trimmed.strip_prefix('>') {
            let mut said = vec![text.trim().to_owned()];
            while let Some(line) = lines.next_if(|line| line.trim_start().starts_with('>')) {
                let text = line.trim_start().strip_prefix('>').unwrap_or_default();
                said.push(text.trim().to_owned());
            }
            let said: Vec<String> = said.iter().map(|line| inline(line)).collect();
            out += &format!("<blockquote>{}</blockquote>\n", said.join("<br>"));
        } else {
            let mut text = vec![trimmed.to_owned()];
            while let Some(line) = lines.next_if(|line| is_text(line)) {
                text.push(line.trim().to_owned());
            }
            out += &format!("<p>{}</p>\n", inline(&text.join(" ")));
        }
    }
    out
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let text = line.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, text))
}

fn item(line: &str) -> Option<&str> {
    ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark))
}

/// Does it go on with a paragraph?
fn is_text(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty()
        && !line.starts_with(['|', '>'])
        && !line.starts_with("```")
        && heading(line).is_none()
        && item(line).is_none()
}

fn list_item(item: &str) -> String {
    let (mark, text) = if let Some(text) = item.strip_prefix("[ ] ") {
        ("☐ ", text)
    } else if let Some(text) = item.strip_prefix("[x] ").or_else(|| item.strip_prefix("[X] ")) {
        ("☑ ", text)
    } else {
        ("", item)
    };
    format!("<li>{mark}{}</li>", inline(text))
}

/// Cells of a row; a `|` behind a backslash is text.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut is_escaped) = (Vec::new(), String::new(), false);
    let line = line.trim_matches(' ').strip_prefix('|').unwrap_or(line);
    for c in line.chars() {
        match c {
            '|' if !is_escaped => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            c => cell.push(c),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if !cell.trim().is_empty() {
        cells.push(cell.trim().to_owned());
    }
    cells
}

fn table(rows: &[Vec<String>]) -> String {
    let row = |tag: &str, cells: &[String]| {
        let cell = |cell: &String| format!("<{tag}>{}</{tag}>", inline(cell));
        let cells: Vec<String> = cells.iter().map(cell).collect();
        format!("<tr>{}</tr>", cells.concat())
    };
    let is_line = |cells: &&Vec<String>| {
        !cells.is_empty()
            && cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| "-: ".contains(c)))
    };
    let (head, body) = match rows {
        [head, line, body @ ..] if is_line(&line) => (Some(head), body),
        body => (None, body),
    };
    let is_named = |head: &&Vec<String>| head.iter().any(|name| !name.is_empty());
    let head = head.filter(is_named).map_or_else(String::new, |head| row("th", head));
    let body: String = body.iter().map(|cells| row("td", cells)).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>\n"
    )
}

/// Text with `**strong**`, `*emphasis*` and `` `code` ``; what follows a backslash is itself.
fn inline(text: &str) -> String {
    let mut out = String::new();
    let (mut is_strong, mut is_emphasis) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => {
                out += &escaped(&chars.next().unwrap_or_default().to_string());
            }
            '`' => {
                let code: String = chars.by_ref().take_while(|c| *c != '`').collect();
                out += &format!("<code>{}</code>", escaped(&code));
            }
            '*' if chars.next_if_eq(&'*').is_some() => {
                out += if is_strong { "</strong>" } else { "<strong>" };
                is_strong = !is_strong;
            }
            '*' => {
                out += if is_emphasis { "</em>" } else { "<em>" };
                is_emphasis = !is_emphasis;
            }
            c => out += &escaped(&c.to_string()),
        }
    }
    if is_emphasis {
        out += "</em>";
    }
    if is_strong {
        out += "</strong>";
    }
    // Text of others must not turn the rest of the line round.
    format!("<bdi>{out}</bdi>")
}

/// Text that HTML shows as it is; what moves a cursor or turns a line round is shown by its number.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            c if crate::model::text::is_hidden(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_record_is_written_in() {
        let shown = html(
            "# Incident\n\n## Summary\nIt was **bad**,\nand `rm -rf` \\*no\\*.\n- one\n- [ ] two\n\n\
             > **To be judged:** why?\n>\n> …\n\n| When | What |\n|---|---|\n| now | a \\| b |\n",
        );
        for wanted in [
            "<h2><bdi>Incident</bdi></h2>",
            "It was <strong>bad</strong>, and <code>rm -rf</code> *no*.",
            "<ul><li><bdi>one</bdi></li><li>☐ <bdi>two</bdi></li></ul>",
            "<blockquote><bdi><strong>To be judged:</strong> why?</bdi><br>",
            "<th><bdi>When</bdi></th>",
            "<td><bdi>a | b</bdi></td>",
        ] {
            assert!(shown.contains(wanted), "{wanted}\n{shown}");
        }
    }

    #[test]
    fn no_markup_of_others_comes_through() {
        let shown = html(
            "<script>alert(1)</script> [x](javascript:1) <img src=x> \u{202e}\u{1b}[2J\n# <b>\n| <i> |\n```\n<u>\n```",
        );
        for evil in ["<script", "<img", "<b>", "<i>", "<u>", "<a ", "\u{202e}", "\u{1b}"] {
            assert!(!shown.contains(evil), "{evil}\n{shown}");
        }
    }

    proptest! {
        /// Whatever is written, only tags of ours stand in it.
        #[test]
        fn only_tags_of_ours(text in "[<>&\"'`*|\\\\#\\->\\[\\] a\\n]{0,200}") {
            let known = ["h2", "h3", "h4", "h5", "h6", "p", "ul", "li", "blockquote", "br", "table",
                "thead", "tbody", "tr", "th", "td", "strong", "em", "code", "bdi", "pre", "div"];
            for tag in html(&text).split('<').skip(1) {
                let name = tag.trim_start_matches('/');
                let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
                prop_assert!(known.contains(&name.as_str()), "{tag}");
            }
        }
    }
}
