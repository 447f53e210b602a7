//! Every answer to a ping.

/// An answer to a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It counts, and is durable.
    Ok,
    /// So it is, and the check was made for it.
    Created,
    /// No such check, or no such ping key: which of them is not said.
    NotFound,
    /// Two checks have this slug.
    Ambiguous,
    /// An exit code over 255, or a slug with upper-case letters.
    BadUrl,
    /// A `rid` that is no UUID.
    BadRid,
    /// An `at` that is no time, or too long ago.
    BadTime,
    /// The path has none of the forms.
    NoPage,
    /// It could not be made durable, so it was not acknowledged: the client shall try again.
    Unavailable,
}

impl Reply {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::Created => 201,
            Self::BadUrl | Self::BadRid | Self::BadTime => 400,
            Self::NotFound | Self::NoPage => 404,
            Self::Ambiguous => 409,
            Self::Unavailable => 503,
        }
    }

    /// What it says.
    pub fn body(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Created => "Created",
            Self::NotFound => "not found",
            Self::Ambiguous => "ambiguous slug",
            Self::BadUrl => "invalid url format",
            Self::BadRid => "invalid uuid format",
            Self::BadTime => "invalid at: a time of the last 7 days, as 2026-11-23T03:00:00Z",
            Self::NoPage => {
                "<!doctype html><title>Not Found</title><h1>Not Found</h1>\
                 <p>There is no such page on this server.</p>\n"
            }
            Self::Unavailable => "not recorded: the store cannot be written; try again\n",
        }
    }

    /// The headers that are the same for every answer of its kind.
    pub fn headers(self) -> &'static [(&'static str, &'static str)] {
        const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
        const PLAIN: (&str, &str) = ("content-type", "text/plain; charset=utf-8");
        const NEVER: (&str, &str) =
            ("cache-control", "max-age=0, no-cache, no-store, must-revalidate, private");
        const LIMIT: (&str, &str) = ("ping-body-limit", "10000");
        const ORIGIN: (&str, &str) = ("access-control-allow-origin", "*");
        const AGAIN: (&str, &str) = ("retry-after", "5");
        match self {
            Self::Ok | Self::Created => &[HTML, LIMIT, ORIGIN, NEVER],
            Self::NotFound | Self::Ambiguous | Self::BadUrl | Self::BadRid | Self::BadTime => {
                &[HTML, NEVER]
            }
            Self::NoPage => &[HTML],
            Self::Unavailable => &[PLAIN, NEVER, AGAIN],
        }
    }

    /// Is it an acknowledgement?
    pub fn is_acknowledged(self) -> bool {
        matches!(self, Self::Ok | Self::Created)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_told_is_the_limit_kept() {
        let told = Reply::Ok.headers().iter().find(|(name, _)| *name == "ping-body-limit");
        assert_eq!(told.unwrap().1, super::super::BODY_LIMIT.to_string());
    }
}
