//! HTML as the words in it.

use mail_parser::decoders::html::add_html_token;

/// Tags whose insides nobody sees.
const HIDDEN: [&str; 2] = ["script", "style"];
/// Bytes of the longest entity there is, `&CounterClockwiseContourIntegral;`.
const ENTITY: usize = 33;

/// What a reader would see: no tags, comments, scripts or styles, and one blank between words.
pub(super) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        add(&mut text, before);
        rest = match tag.as_bytes().first() {
            _ if tag.starts_with("!--") => after(&tag[3..], "-->"),
            Some(b'/' | b'!' | b'?') => after(tag, ">"),
            Some(first) if first.is_ascii_alphabetic() => {
                let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric());
                let name = &tag[..end.unwrap_or(tag.len())];
                let is = |other: &&&str| name.eq_ignore_ascii_case(other);
                if name.eq_ignore_ascii_case("br") {
                    text.push(' ');
                }
                match HIDDEN.iter().find(is) {
                    Some(hidden) => behind(after(tag, ">"), hidden),
                    None => after(tag, ">"),
                }
            }
            // No tag, but a sign.
            _ => {
                text.push('<');
                tag
            }
        };
    }
    add(&mut text, rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What comes after the first `end`; nothing if there is none.
fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// What comes from the closing tag of this name on.
fn behind<'a>(text: &'a str, name: &str) -> &'a str {
    let is_end =
        |part: &[u8]| part.starts_with(b"</") && part[2..].eq_ignore_ascii_case(name.as_bytes());
    let at = text.as_bytes().windows(2 + name.len()).position(is_end);
    at.map_or("", |at| &text[at..])
}

/// Adds what stands between two tags, its entities as the letters they mean.
fn add(text: &mut String, part: &str) {
    let mut rest = part;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(ENTITY).position(|byte| byte == b';');
        let length = end.map_or(1, |end| end + 1);
        add_html_token(text, &rest.as_bytes()[..length], false);
        rest = &rest[length..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_html() {
        for (html, words) in [
            ("<p>Job <b>failed</b></p>", "Job failed"),
            ("fa<i>il</i>ed", "failed"),
            ("a<br/>b", "a b"),
            ("a<style type='x'>p { }</style> <SCRIPT x=1>if (a<b) {}</script >b", "a b"),
            ("<style>never ends", ""),
            ("a &lt;b&gt; &amp;lt; c", "a <b> &lt; c"),
            ("ung&uuml;ltig &#x2713; &#8364;", "ungültig ✓ €"),
            ("a & b; &nosuch; &", "a & b; &nosuch; &"),
            ("&é;&#xFFFFFFFF;&#;", "&é;\u{fffd}&#;"),
            ("a <!-- <b> --> c", "a c"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("a <b", "a"),
            ("", ""),
        ] {
            assert_eq!(text(html), words, "{html}");
        }
    }
}
