//! What can be asked of an outcome.

use std::fmt;

use super::value::quoted;

/// Every fact as it is written, and what it is.
pub const FACTS: &[(&str, &str)] = &[
    ("up", "there was an answer; stands alone"),
    ("status", "HTTP status, SMTP reply code, gRPC serving status, DNS response code"),
    ("latency", "the time of all of it; of pings the mean round trip"),
    ("dns", "the time it took to find the address"),
    ("connect", "the time it took to connect"),
    ("tls", "the time of the TLS handshake"),
    ("first-byte", "the time from the question to the first byte of the answer"),
    ("body", "what was answered, as text"),
    ("answer", "the same as body, for banners and the like"),
    ("size", "bytes of the body, as far as it was read"),
    ("json", "a value in a body of JSON: json.items[0].name, json[\"odd key\"]"),
    ("len", "how many: len(json.items), len(records)"),
    ("header", "a header of HTTP: header.content-type"),
    ("record", "the records of DNS; one that fits is enough"),
    ("rcode", "the response code of DNS as a word: NOERROR, NXDOMAIN"),
    ("protocol", "what was spoken: HTTP/2, TLSv1.3"),
    ("address", "the address that was spoken to, without the port"),
    ("certificate", "the time left until the first certificate on the way ends"),
    ("domain", "the time left until the domain's registration ends"),
    ("loss", "the share of pings lost: 20% or 0.2"),
    ("offset", "how far this clock is from the time server's, either way"),
    ("stratum", "how far a time server is from a reference clock"),
];

/// One of [`FACTS`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "FACTS says what they are")]
pub enum Fact {
    Up,
    Status,
    Latency,
    Dns,
    Connect,
    Tls,
    FirstByte,
    Body,
    Answer,
    Size,
    Json(Path),
    JsonLength(Path),
    /// Its name in lower case.
    Header(String),
    Record,
    RecordCount,
    Rcode,
    Protocol,
    Address,
    Certificate,
    Domain,
    Loss,
    Offset,
    Stratum,
}

/// The way to a value in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub(super) Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// What a fact may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Number,
    Time,
    Share,
    Text,
    Json,
}

impl Fact {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Up => Kind::Flag,
            Self::Status | Self::Size | Self::JsonLength(_) | Self::RecordCount | Self::Stratum => {
                Kind::Number
            }
            Self::Latency
            | Self::Dns
            | Self::Connect
            | Self::Tls
            | Self::FirstByte
            | Self::Certificate
            | Self::Domain
            | Self::Offset => Kind::Time,
            Self::Loss => Kind::Share,
            Self::Body
            | Self::Answer
            | Self::Header(_)
            | Self::Record
            | Self::Rcode
            | Self::Protocol
            | Self::Address => Kind::Text,
            Self::Json(_) => Kind::Json,
        }
    }

    /// It is read out of the body.
    pub fn is_of_body(&self) -> bool {
        matches!(self, Self::Body | Self::Answer | Self::Size | Self::Json(_) | Self::JsonLength(_))
    }

    /// Reads all but `len(...)`. The error says in words what is wrong with it, or nothing if there
    /// is no such fact.
    pub(super) fn parse(word: &str) -> Result<Self, Option<&'static str>> {
        let end = word.find(['.', '[']).unwrap_or(word.len());
        let (head, rest) = word.split_at(end);
        let fact = match head.to_ascii_lowercase().as_str() {
            "json" => return Path::parse(rest).map(Self::Json).map_err(Some),
            "header" => {
                let name = rest.strip_prefix('.').unwrap_or_default();
                let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
                if name.is_empty() || !name.bytes().all(fits) {
                    return Err(Some("a header is written as header.content-type"));
                }
                return Ok(Self::Header(name.to_ascii_lowercase()));
            }
            "up" => Self::Up,
            "status" => Self::Status,
            "latency" => Self::Latency,
            "dns" => Self::Dns,
            "connect" => Self::Connect,
            "tls" => Self::Tls,
            "first-byte" => Self::FirstByte,
            "body" => Self::Body,
            "answer" => Self::Answer,
            "size" => Self::Size,
            "record" => Self::Record,
            "rcode" => Self::Rcode,
            "protocol" => Self::Protocol,
            "address" => Self::Address,
            "certificate" => Self::Certificate,
            "domain" => Self::Domain,
            "loss" => Self::Loss,
            "offset" => Self::Offset,
            "stratum" => Self::Stratum,
            _ => return Err(None),
        };
        if rest.is_empty() { Ok(fact) } else { Err(Some("only json and header have parts")) }
    }
}

impl Path {
    /// Reads `.items[0]["odd key"]`; nothing is the whole document.
    fn parse(mut rest: &str) -> Result<Self, &'static str> {
        const HOW: &str = "a path is written as json.items[0].name or json[\"odd key\"]";
        let mut steps = Vec::new();
        while let Some(first) = rest.chars().next() {
            let inner = &rest[1..];
            if first == '.' {
                let end = inner.find(['.', '[']).unwrap_or(inner.len());
                if end == 0 {
                    return Err(HOW);
                }
                steps.push(Step::Key(inner[..end].to_owned()));
                rest = &inner[end..];
            } else if first == '[' {
                let (step, length) = if let Some((key, length)) = quoted(inner) {
                    (Step::Key(key), length)
                } else {
                    let end = inner.find(']').ok_or(HOW)?;
                    (Step::Index(inner[..end].parse().map_err(|_| HOW)?), end)
                };
                steps.push(step);
                rest = inner[length..].strip_prefix(']').ok_or(HOW)?;
            } else {
                return Err(HOW);
            }
        }
        Ok(Self(steps))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("json")?;
        for step in &self.0 {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, "[{}]", super::value::Quoted(key))?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-$@".contains(c))
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(path) => return path.fmt(f),
            Self::JsonLength(path) => return write!(f, "len({path})"),
            Self::Header(name) => return write!(f, "header.{name}"),
            Self::Up => "up",
            Self::Status => "status",
            Self::Latency => "latency",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first-byte",
            Self::Body => "body",
            Self::Answer => "answer",
            Self::Size => "size",
            Self::Record => "record",
            Self::RecordCount => "len(records)",
            Self::Rcode => "rcode",
            Self::Protocol => "protocol",
            Self::Address => "address",
            Self::Certificate => "certificate",
            Self::Domain => "domain",
            Self::Loss => "loss",
            Self::Offset => "offset",
            Self::Stratum => "stratum",
        })
    }
}
