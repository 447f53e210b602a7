//! The ping contract: what a request asks for, and every answer it can get.
//!
//! To the letter of Healthchecks 4.4-dev (commit 29b5ec2, `hc/api/urls.py` and `views.py`):
//! `/ping/UUID` and `/ping/PING_KEY/SLUG`, each alone or with `/start`, `/fail`, `/log` or an exit
//! code; any method; `rid` pairs a start with its end; `create=1` makes an unknown slug.
//!
//! Where we differ, and why:
//! - A refused request makes nothing: there `create=1` with a bad `rid` or an exit code over 255
//!   leaves a check behind.
//! - A body that is no UTF-8, or cut within a character, is searched for keywords all the same:
//!   there it is an error 500.
//! - `at` says when a ping was that comes late (`late`), and `/ping/-/SLUG` needs no key: only for
//!   users of this machine, by a socket of their own.
//! - A body over 2.5 MiB is read on and counted: there it is an error 400.
//! - `X-Forwarded-For` and `-Proto` count only from a proxy the config trusts: there anybody's do.
//! - Every refusal says that it is not to be cached: there, a 404 or 409 under a ping key does not, and a
//!   cache on the way may keep it while the check is made (Varnish does, for two minutes).
//! - `Expires`, which says once more what `Cache-Control` says, and the headers that Django adds
//!   for pages are left out.

mod filter;
mod late;
mod reply;

use core::net::IpAddr;
use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use filter::matches;
pub use late::Moment;
pub use reply::Reply;

/// Bytes of a body that are kept; the rest is read and dropped.
pub const BODY_LIMIT: usize = 10_000;
/// Characters of a client's name that are kept.
const AGENT_LIMIT: usize = 200;
/// Characters of a method that are kept. No registered one is longer than 17.
const METHOD_LIMIT: usize = 20;
/// Stands where the key would.
const NO_KEY: &str = "-";
/// The greatest exit code there is.
const EXIT_LIMIT: u64 = 255;

/// What a ping says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PingKind")]
pub enum Kind {
    /// The job ended well.
    Success,
    /// It begins.
    Start,
    /// It failed.
    Fail,
    /// Something to be written down; changes nothing.
    Log,
    /// Of a method or with words that do not count; changes nothing.
    #[serde(rename = "ign")]
    Ignored,
}

impl Kind {
    /// Its name in the API and the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Start => "start",
            Self::Fail => "fail",
            Self::Log => "log",
            Self::Ignored => "ign",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Success, Self::Start, Self::Fail, Self::Log, Self::Ignored]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// Which check is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By its own address.
    Uuid(Uuid),
    /// By a name alone, whatever its project: asked by a user of this machine.
    Local {
        /// The check's name.
        slug: String,
    },
    /// By a name under a ping key.
    Slug {
        /// The project's ping key.
        key: String,
        /// The check's name; may have upper-case letters, which no check has.
        slug: String,
    },
}

/// What a request asks for, before it is known whether there is such a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which check.
    pub whom: Whom,
    /// What the address says; an exit code of 1 or more is a failure.
    pub kind: Kind,
    /// The exit code, if the address has one.
    pub exit: Option<u64>,
    /// The run it belongs to.
    pub rid: Rid,
    /// Make the check if there is none.
    pub create: bool,
    /// When it was.
    pub moment: Moment,
}

/// The run a ping belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rid {
    /// It does not say.
    None,
    /// This one.
    Run(Uuid),
    /// It says something that is no UUID.
    Bad,
}

/// Who called, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// `http`, `https` or `email`.
    pub scheme: String,
    /// The method, empty for a mail.
    pub method: String,
    /// From where.
    pub remote: Option<IpAddr>,
    /// As which user of this machine, by the socket for pings.
    pub user: Option<u32>,
    /// What it calls itself.
    pub agent: String,
}

impl Caller {
    /// A caller over HTTP. `forwarded` holds the `X-Forwarded-For` and `-Proto` of a proxy that is
    /// trusted, none of others.
    pub fn http(
        method: &str,
        agent: &[u8],
        peer: Option<IpAddr>,
        forwarded: (Option<&[u8]>, Option<&[u8]>),
    ) -> Self {
        let (addresses, scheme) = forwarded;
        let remote = match addresses {
            Some(addresses) => first_address(addresses),
            None => peer.map(|peer| peer.to_canonical()),
        };
        // Header bytes are Latin-1 (RFC 9110 5.5), as there.
        let agent = agent.iter().map(|byte| char::from(*byte)).take(AGENT_LIMIT).collect();
        let scheme = if scheme == Some(b"https") { "https" } else { "http" };
        let method = method.chars().take(METHOD_LIMIT).collect();
        Self { scheme: scheme.to_owned(), method, remote, user: None, agent }
    }
}

/// The first of an `X-Forwarded-For`, the client as the first proxy saw it. Some proxies add the
/// port of an IPv4 address.
fn first_address(addresses: &[u8]) -> Option<IpAddr> {
    let first = addresses.split(|byte| *byte == b',').next()?;
    let first = std::str::from_utf8(first).ok()?.trim();
    let without_port = || {
        let (address, _) = first.split_once(':')?;
        address.parse().ok().filter(IpAddr::is_ipv4)
    };
    first.parse().ok().or_else(without_port)
}

/// What a request to a path below `/ping/` asks for; `path` and `query` as they came. None: the
/// path has none of the forms, which is answered with `Reply::NoPage`.
pub fn read(path: &str, query: Option<&str>) -> Option<Asked> {
    let path = decoded(path)?;
    let mut steps = path.strip_prefix("/ping/")?.split('/');
    let (first, rest) = (steps.next()?, [steps.next(), steps.next(), steps.next()]);
    let (whom, kind, exit) = match (uuid(first), rest) {
        (Some(uuid), [None | Some(""), None, None]) => (Whom::Uuid(uuid), Kind::Success, None),
        (Some(uuid), [Some(step), None, None]) if action(step).is_some() => {
            let (kind, exit) = action(step)?;
            (Whom::Uuid(uuid), kind, exit)
        }
        // What is no action is taken for a slug, also below a UUID.
        (_, [Some(slug), None, None]) => (by_slug(first, slug)?, Kind::Success, None),
        (_, [Some(slug), Some(step), None]) => {
            let (kind, exit) = action(step)?;
            (by_slug(first, slug)?, kind, exit)
        }
        _ => return None,
    };
    let moment = Moment::Now;
    let mut asked = Asked { whom, kind, exit, rid: Rid::None, create: false, moment };
    // Of several of a name the last counts.
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "rid" => asked.rid = any_case(&value).map_or(Rid::Bad, Rid::Run),
            "at" => asked.moment = Moment::read(&value),
            "create" => asked.create = value == "1",
            _ => {}
        }
    }
    asked.create &= matches!(asked.whom, Whom::Slug { .. });
    Some(asked)
}

impl Asked {
    /// No check has such a name, whatever the key.
    pub(super) fn refused_at_once(&self) -> Option<Reply> {
        match &self.whom {
            Whom::Slug { slug, .. } if slug.chars().any(char::is_uppercase) => Some(Reply::BadUrl),
            _ => None,
        }
    }

    /// The same, asked by a user of this machine, who needs no key: `/ping/-/SLUG`. None: by
    /// another address, which users have no say in.
    pub fn local(mut self) -> Option<Self> {
        self.whom = match self.whom {
            Whom::Slug { key, slug } if key == NO_KEY => Whom::Local { slug },
            _ => return None,
        };
        self.create = false;
        Some(self)
    }

    /// Why it is refused although there is such a check.
    pub(super) fn refused(&self) -> Option<Reply> {
        if self.exit.is_some_and(|exit| exit > EXIT_LIMIT) {
            return Some(Reply::BadUrl);
        }
        (self.rid == Rid::Bad).then_some(Reply::BadRid)
    }

    /// The exit code, one that is not refused.
    pub(super) fn exit_code(&self) -> Option<u8> {
        self.exit.and_then(|exit| u8::try_from(exit).ok())
    }
}

/// A path as it is meant. None: no text.
fn decoded(path: &str) -> Option<Cow<'_, str>> {
    if path.contains('%') { percent_decode_str(path).decode_utf8().ok() } else { Some(path.into()) }
}

fn by_slug(key: &str, slug: &str) -> Option<Whom> {
    let is_word = |text: &str| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !text.is_empty() && text.bytes().all(fine)
    };
    let fine = is_word(key) && is_word(slug);
    fine.then(|| Whom::Slug { key: key.to_owned(), slug: slug.to_owned() })
}

fn action(step: &str) -> Option<(Kind, Option<u64>)> {
    match step {
        "start" => Some((Kind::Start, None)),
        "fail" => Some((Kind::Fail, None)),
        "log" => Some((Kind::Log, None)),
        _ if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) => {
            // A number too large for anything is still a number, and refused as one.
            let exit = step.parse().unwrap_or(u64::MAX);
            Some((if exit == 0 { Kind::Success } else { Kind::Fail }, Some(exit)))
        }
        _ => None,
    }
}

/// A UUID as it stands in a path: with its hyphens, in lower case.
pub(super) fn uuid(text: &str) -> Option<Uuid> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { any_case(text) }
}

/// A UUID with its hyphens.
fn any_case(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

#[cfg(test)]
mod tests;
