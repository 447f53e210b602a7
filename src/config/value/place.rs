//! Paths, addresses and other texts that point somewhere.

use std::path::PathBuf;

use super::{Kind, Wrong, quoted};

/// Any text without control characters.
pub(in crate::config) struct Words;

impl Kind for Words {
    type Value = String;
    const FORMAT: &'static str = "text";
    const WHAT: &'static str = "a text";
    const EXAMPLE: &'static str = "\"…\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.trim().is_empty() {
            return Err(Wrong::new("it is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(Wrong::new("it holds control characters"));
        }
        Ok(text.to_owned())
    }
}

/// A path from the root.
fn absolute(text: &str) -> Result<&str, Wrong> {
    if text.chars().any(char::is_control) {
        return Err(Wrong::new("it holds control characters"));
    }
    match text {
        _ if text.starts_with('/') => Ok(text),
        _ if text.starts_with("~/") => Err(Wrong::with_help(
            "`~` is not understood here",
            format!("write the whole path, such as \"/root/{}\"", &text[2..]),
        )),
        _ => Err(Wrong::with_help(
            format!("{} does not begin at /", quoted(text)),
            "write the whole path: the daemon runs in another directory than you do",
        )),
    }
}

/// A directory by its whole path.
pub(in crate::config) struct DirPath;

impl Kind for DirPath {
    type Value = PathBuf;
    const FORMAT: &'static str = "directory";
    const WHAT: &'static str = "a directory's whole path";
    const EXAMPLE: &'static str = "\"/var/lib/nightkeep\"";

    fn read(text: &str) -> Result<PathBuf, Wrong> {
        absolute(text).map(PathBuf::from)
    }
}

/// A file by its whole path.
pub(in crate::config) struct FilePath;

impl Kind for FilePath {
    type Value = PathBuf;
    const FORMAT: &'static str = "file";
    const WHAT: &'static str = "a file's whole path";
    const EXAMPLE: &'static str = "\"/etc/nightkeep/token\"";

    fn read(text: &str) -> Result<PathBuf, Wrong> {
        absolute(text).map(PathBuf::from)
    }
}

/// A mount point.
pub(in crate::config) struct MountPath;

impl Kind for MountPath {
    type Value = String;
    const FORMAT: &'static str = "mount";
    const WHAT: &'static str = "a mount point's path";
    const EXAMPLE: &'static str = "\"/var\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.contains('*') {
            return Err(Wrong::with_help(
                "a pattern names no mount point",
                "name each mount point",
            ));
        }
        MountGlob::read(text)
    }
}

/// A mount point or a pattern of them.
pub(in crate::config) struct MountGlob;

impl Kind for MountGlob {
    type Value = String;
    const FORMAT: &'static str = "mount-glob";
    const WHAT: &'static str = "a mount point's path or a pattern";
    const EXAMPLE: &'static str = "\"/mnt/*\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.starts_with('*') {
            return Ok(text.to_owned());
        }
        let path = absolute(text)?;
        if path.len() > 1 && path.ends_with('/') {
            let without = path.trim_end_matches('/');
            return Err(Wrong::with_help(
                "a mount point has no / at its end",
                format!("write \"{}\"", if without.is_empty() { "/" } else { without }),
            ));
        }
        Ok(path.to_owned())
    }
}

/// A network interface or a pattern of them.
pub(in crate::config) struct InterfaceGlob;

impl Kind for InterfaceGlob {
    type Value = String;
    const FORMAT: &'static str = "interface";
    const WHAT: &'static str = "an interface's name or a pattern";
    const EXAMPLE: &'static str = "\"veth*\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.is_empty() || text.contains(['/', ' ']) || text.chars().any(char::is_control) {
            return Err(Wrong::with_help(
                format!("{} is no interface's name", quoted(text)),
                "`ip -br link` lists them",
            ));
        }
        Ok(text.to_owned())
    }
}

/// A mail address, with or without a name.
pub(in crate::config) struct Mail;

impl Kind for Mail {
    type Value = String;
    const FORMAT: &'static str = "mail";
    const WHAT: &'static str = "a mail address";
    const EXAMPLE: &'static str = "\"you@example.org\"";

    fn read(text: &str) -> Result<String, Wrong> {
        match text.parse::<lettre::message::Mailbox>() {
            Ok(_) => Ok(text.to_owned()),
            Err(_) if !text.contains('@') => Err(Wrong::new(format!("{} has no @", quoted(text)))),
            Err(_) => Err(Wrong::new(format!("{} is no mail address", quoted(text)))),
        }
    }
}

/// An http or https address.
pub(in crate::config) struct ServerUrl;

impl Kind for ServerUrl {
    type Value = String;
    const FORMAT: &'static str = "url";
    const WHAT: &'static str = "an http or https address";
    const EXAMPLE: &'static str = "\"https://ntfy.sh\"";

    fn read(text: &str) -> Result<String, Wrong> {
        let text = text.trim_end_matches('/');
        if !text.contains("://") {
            return Err(Wrong::with_help(
                "the address does not say how to connect",
                "begin it with https:// (or http:// on this machine)",
            ));
        }
        let uri: hyper::Uri =
            text.parse().map_err(|_| Wrong::new("it does not read as an address"))?;
        let host = uri.host().is_some_and(|host| !host.is_empty());
        match uri.scheme_str() {
            Some("http" | "https") if host => Ok(text.to_owned()),
            Some("http" | "https") => Err(Wrong::new("the address names no server")),
            _ => Err(Wrong::with_help(
                "only http and https are spoken here",
                "begin it with https:// (or http:// on this machine)",
            )),
        }
    }
}

/// The name of an HTTP header.
pub(in crate::config) struct HeaderName;

impl Kind for HeaderName {
    type Value = String;
    const FORMAT: &'static str = "header";
    const WHAT: &'static str = "a header's name";
    const EXAMPLE: &'static str = "\"Authorization\"";

    fn read(text: &str) -> Result<String, Wrong> {
        match text.parse::<hyper::header::HeaderName>() {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(Wrong::new(format!("{} is no header's name", quoted(text)))),
        }
    }
}
