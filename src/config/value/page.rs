//! What is on the status page, and where that is.

use super::{Kind, Wrong, quoted};
use crate::config::Show;

/// `tag:NAME`, `group:NAME`, `monitor:NAME` or `heartbeat:SLUG`.
pub(in crate::config) struct ShowText;

impl Kind for ShowText {
    type Value = Show;
    const FORMAT: &'static str = "show";
    const WHAT: &'static str = "what is shown";
    const EXAMPLE: &'static str = "\"tag:public\" or \"monitor:shop\"";

    fn read(text: &str) -> Result<Show, Wrong> {
        if text.chars().any(char::is_control) {
            return Err(Wrong::new("it holds control characters"));
        }
        match text.split_once(':') {
            Some((_, "")) => Err(Wrong::new("behind the colon goes a name")),
            Some(("tag", name)) => Ok(Show::Tag(name.to_owned())),
            Some(("group", name)) => Ok(Show::Group(name.to_owned())),
            Some(("monitor", name)) => Ok(Show::Monitor(name.to_owned())),
            Some(("heartbeat", slug)) => Ok(Show::Heartbeat(slug.to_owned())),
            _ => Err(Wrong::with_help(
                format!("{} does not say what kind of thing it is", quoted(text)),
                format!(
                    "write \"monitor:{text}\", \"tag:{text}\", \"group:{text}\" or \"heartbeat:{text}\""
                ),
            )),
        }
    }
}

/// The path of a page, without a slash at its end.
pub(in crate::config) struct PagePath;

impl Kind for PagePath {
    type Value = String;
    const FORMAT: &'static str = "page-path";
    const WHAT: &'static str = "the path of a page";
    const EXAMPLE: &'static str = "\"/status\"";

    fn read(text: &str) -> Result<String, Wrong> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
        let path = text.trim_end_matches('/');
        if !text.starts_with('/') {
            return Err(Wrong::with_help("it does not begin with /", format!("write \"/{text}\"")));
        }
        if path.contains("//") || path.split('/').any(|part| part == "." || part == "..") {
            return Err(Wrong::new("it has a part without a name"));
        }
        if !path.bytes().all(plain) {
            return Err(Wrong::new("only letters, digits and -._~ go between its slashes"));
        }
        let taken = ["/ping", "/badge", "/b", "/metrics", "/api"];
        match taken.iter().find(|taken| path == **taken || path.starts_with(&format!("{taken}/"))) {
            Some(taken) => Err(Wrong::with_help(
                format!("something else is at `{taken}`"),
                "choose another, such as \"/status\"",
            )),
            None => Ok(path.to_owned()),
        }
    }
}

/// A name in the DNS, as browsers send it.
pub(in crate::config) struct DomainText;

impl Kind for DomainText {
    type Value = String;
    const FORMAT: &'static str = "domain";
    const WHAT: &'static str = "a name in the DNS";
    const EXAMPLE: &'static str = "\"status.example.org\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if let Some((_, rest)) = text.split_once("://") {
            let name = rest.split('/').next().unwrap_or_default();
            return Err(Wrong::with_help(
                "that is an address",
                format!("write the name alone: \"{name}\""),
            ));
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let is_label = |label: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !label.is_empty() && label.len() < 64 && label.bytes().all(plain)
        };
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err(Wrong::with_help(
                format!("{} is no name in the DNS", quoted(text)),
                "letters beyond a to z are written as browsers send them: xn--…",
            ));
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown() {
        for text in ["tag:public", "group:Web", "monitor:shop *", "heartbeat:backup"] {
            assert_eq!(ShowText::read(text).unwrap().to_string(), text);
        }
        assert!(ShowText::read("shop").unwrap_err().help.unwrap().contains("monitor:shop"));
        assert!(ShowText::read("tag:").is_err() && ShowText::read("unit:x").is_err());
    }

    #[test]
    fn places() {
        assert_eq!(PagePath::read("/status/").unwrap(), "/status");
        assert_eq!(PagePath::read("/").unwrap(), "");
        for wrong in ["status", "/a//b", "/a/../b", "/a?b", "/ping/x", "/metrics", "/b"] {
            assert!(PagePath::read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(DomainText::read("Status.Example.org.").unwrap(), "status.example.org");
        let wrong = DomainText::read("https://status.example.org/x").unwrap_err();
        assert!(wrong.help.unwrap().contains("\"status.example.org\""));
        assert!(DomainText::read("a..b").is_err() && DomainText::read("ä.at").is_err());
    }
}
