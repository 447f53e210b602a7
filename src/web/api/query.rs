//! What stands behind the `?`.

use jiff::Timestamp;

use super::problem::Problem;
use crate::config::parse_duration;

/// Items of a page, unless it is said.
const USUAL: usize = 100;
/// Items of a page at most.
pub(super) const MOST: usize = 1000;

/// A parameter that a route takes.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: &'static str,
    /// What kind of value it has.
    pub(super) kind: Kind,
    /// What it does.
    pub(super) about: &'static str,
}

/// What kind of value a parameter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A text that has to be there.
    Needed,
    /// Texts; the parameter may be repeated.
    Texts,
    /// A moment.
    Moment,
    /// A whole number from 1 to this.
    Count(usize),
}

/// Only what stands here.
pub(super) const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: Kind::Count(MOST),
    about: "So many items at most; 100 if it is not said.",
};
pub(super) const CURSOR: Parameter =
    Parameter { name: "cursor", kind: Kind::Text, about: "The `next` of the page before." };
pub(super) const SINCE: Parameter = Parameter {
    name: "since",
    kind: Kind::Moment,
    about: "From when: RFC 3339, or how long ago (`24h`).",
};
pub(super) const UNTIL: Parameter = Parameter {
    name: "until",
    kind: Kind::Moment,
    about: "Until when, exclusive: RFC 3339, or how long ago. Now, if it is not said.",
};

/// What was said.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads it. A parameter that the route does not know is no parameter: who misspelt it shall
    /// know.
    pub(super) fn read(query: Option<&str>, known: &[Parameter]) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = pairs.into_owned().collect();
        for (place, (name, _)) in pairs.iter().enumerate() {
            let Some(parameter) = known.iter().find(|known| known.name == name) else {
                let names: Vec<&str> = known.iter().map(|known| known.name).collect();
                let problem = Problem::unread(&format!("there is no parameter `{name}` here"));
                return Err(match names[..] {
                    [] => problem.instead("leave it out"),
                    _ => problem.instead(format!("those there are: {}", names.join(", "))),
                });
            };
            let is_again = pairs[..place].iter().any(|(other, _)| other == name);
            if is_again && parameter.kind != Kind::Texts {
                return Err(Problem::unread(&format!("`{name}` is there twice")));
            }
        }
        if let Some(lacking) = known.iter().find(|known| {
            known.kind == Kind::Needed && !pairs.iter().any(|(name, _)| name == known.name)
        }) {
            let problem = Problem::unread(&format!("`{}` is needed", lacking.name));
            return Err(problem.instead(lacking.about));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All its values.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The moment it names.
    pub(super) fn moment(&self, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if let Ok(at) = text.parse() {
            return Ok(Some(at));
        }
        let ago = parse_duration(text).ok().and_then(|ago| now.checked_sub(ago).ok());
        ago.map(Some).ok_or_else(|| {
            Problem::unread(&format!("`{name}` is no time: `{text}`"))
                .instead("write 2026-11-29T13:00:00Z, or how long ago: 24h, 30d")
        })
    }

    /// From when until when; `usual`: from so long ago.
    pub(super) fn span(
        &self,
        usual: jiff::SignedDuration,
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp), Problem> {
        let until = self.moment("until", now)?.unwrap_or(now);
        let since = match self.moment("since", now)? {
            Some(since) => since,
            None => until.checked_sub(usual).unwrap_or(Timestamp::MIN),
        };
        if since >= until {
            return Err(Problem::unread("`since` is not before `until`"));
        }
        Ok((since, until))
    }

    /// How many items, or steps.
    pub(super) fn count(&self, name: &str, usual: usize, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.text(name) else { return Ok(usual) };
        let count = text.parse().ok().filter(|count| (1..=most).contains(count));
        count.ok_or_else(|| {
            Problem::unread(&format!("`{name}` is `{text}`"))
                .instead(format!("a whole number from 1 to {most}"))
        })
    }

    /// How many items the pages before had, where the cursor counts them.
    pub(super) fn skip(&self) -> Result<usize, Problem> {
        let cursor = self.text(CURSOR.name).unwrap_or("0");
        cursor.parse().map_err(|_| Problem::unread("there is no such cursor"))
    }

    /// How many items a page may have.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        self.count(LIMIT.name, USUAL, MOST)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const KNOWN: &[Parameter] =
        &[LIMIT, SINCE, UNTIL, Parameter { name: "tag", kind: Kind::Texts, about: "" }];

    fn read(query: &str) -> Result<Query, Problem> {
        Query::read(Some(query), KNOWN)
    }

    #[test]
    fn what_is_misspelt_or_said_twice_is_told() {
        for query in ["limits=1", "limit=1&limit=2", "since=1h&since=1h"] {
            assert!(read(query).is_err(), "{query}");
        }
        let query = read("tag=a%20b&tag=c").unwrap();
        assert_eq!(query.all("tag").collect::<Vec<_>>(), ["a b", "c"]);
        let needed = [Parameter { name: "metric", kind: Kind::Needed, about: "" }];
        assert!(Query::read(None, &needed).is_err());
    }

    #[test]
    fn spans_and_counts() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let day = SignedDuration::from_hours(24);
        let span = |query: &str| read(query).unwrap().span(day, now);
        assert_eq!(span("").unwrap(), ("2026-11-28T12:00:00Z".parse().unwrap(), now));
        let (since, until) = span("since=2h&until=2026-11-29T11:00:00Z").unwrap();
        assert_eq!(until.duration_since(since), SignedDuration::from_hours(1));
        for query in ["since=yesterday", "since=1h&until=2h", "since=99999999999d"] {
            assert!(span(query).is_err(), "{query}");
        }
        for (query, limit) in [("", Some(100)), ("limit=7", Some(7)), ("limit=0", None)] {
            assert_eq!(read(query).unwrap().limit().ok(), limit, "{query}");
        }
    }
}
