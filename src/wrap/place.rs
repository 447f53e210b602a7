//! Where pings go: to the watch on this machine, which knows by the socket who speaks, or to a URL
//! whose key is kept out of every argument list.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use hyper::Uri;

/// Where the watch takes pings of this machine.
pub(crate) const SOCKET: &str = "/run/nightkeep/ping.sock";

/// The key of the socket's pings: whoever may connect needs none.
const LOCAL: &str = "/ping/-";

/// The URL, in the environment.
pub(super) const URL: &str = "NIGHTKEEP_PING_URL";

/// A place that takes pings.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    Socket(PathBuf),
    /// Up to and with the key.
    Url(Uri),
}

impl Place {
    /// As it is written: `unix:/run/nightkeep/ping.sock` or `https://watch.example.org/ping/KEY`.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let text = text.trim().trim_end_matches('/');
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Socket(PathBuf::from(path)));
        }
        // The text may hold a key: it is not repeated.
        let url: Uri = text.parse().ok().context("the ping URL is no URL")?;
        if url.authority().is_none() || !matches!(url.scheme_str(), Some("http" | "https")) {
            bail!("the ping URL begins neither with https:// nor with http:// nor with unix:/");
        }
        Ok(Self::Url(url))
    }

    /// As it was written.
    pub(super) fn write(&self) -> String {
        match self {
            Self::Socket(path) => format!("unix:{}", path.display()),
            Self::Url(url) => url.to_string().trim_end_matches('/').to_owned(),
        }
    }

    /// The path of everything there.
    pub(super) fn base(&self) -> &str {
        match self {
            Self::Socket(_) => LOCAL,
            Self::Url(url) => url.path().trim_end_matches('/'),
        }
    }
}

/// Without the key.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "the watch at {}", path.display()),
            Self::Url(url) => write!(f, "the watch at {}", url.host().unwrap_or_default()),
        }
    }
}

/// What was given on the command line, else in the environment, else in a file, else the socket.
pub(super) fn of_this_process(given: Option<&str>) -> anyhow::Result<Place> {
    if let Some(given) = given {
        return Place::read(given);
    }
    if let Ok(url) = std::env::var(URL) {
        return Place::read(&url).with_context(|| format!("${URL}"));
    }
    for file in files() {
        match std::fs::read_to_string(&file) {
            Ok(url) => return Place::read(&url).with_context(|| file.display().to_string()),
            // Whoever is not root has no business in /etc/nightkeep.
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        }
    }
    Ok(Place::Socket(PathBuf::from(SOCKET)))
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | PermissionDenied | NotADirectory)
}

/// One's own, then the machine's.
fn files() -> impl Iterator<Item = PathBuf> {
    let own = home("XDG_CONFIG_HOME", ".config").map(|config| config.join("nightkeep/ping-url"));
    own.into_iter().chain([PathBuf::from("/etc/nightkeep/ping-url")])
}

/// A directory of one's own, by the XDG rules.
pub(super) fn home(variable: &str, default: &str) -> Option<PathBuf> {
    let absolute = |value: std::ffi::OsString| {
        let path = PathBuf::from(value);
        path.is_absolute().then_some(path)
    };
    let named = std::env::var_os(variable).and_then(absolute);
    named.or_else(|| Some(std::env::var_os("HOME").and_then(absolute)?.join(Path::new(default))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_their_keys_are_not_shown() {
        let read = |text| Place::read(text).unwrap();
        let socket = read("unix:/run/nightkeep/ping.sock");
        assert_eq!(
            (socket.base(), socket.write()),
            (LOCAL, String::from("unix:/run/nightkeep/ping.sock"))
        );
        let url = read(" https://watch.example.org/ping/SECRET/\n");
        assert_eq!(url.base(), "/ping/SECRET");
        assert_eq!(url.write(), "https://watch.example.org/ping/SECRET");
        assert_eq!(url.to_string(), "the watch at watch.example.org");
        for bad in ["", "ftp://a/b", "/ping/SECRET", "SECRET", "https:///SECRET"] {
            let error = format!("{:#}", Place::read(bad).err().unwrap());
            assert!(!error.contains("SECRET"), "{error}");
        }
    }
}
