//! IANA's list of who answers for which domains (RFC 9224).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::fault::Fault;
use crate::kind::http;
use crate::net::Way;
use crate::probe::Http;
use crate::trace::Trace;

const LIST: &str = "https://data.iana.org/rdap/dns.json";
/// Bytes of the list; it has some 60 kB.
const LONGEST: usize = 2 << 20;
/// New top-level domains come about once a month.
const FRESH: Duration = Duration::from_hours(24);

/// The list as it was last read.
#[derive(Default)]
pub(crate) struct Services {
    known: Mutex<Option<(Instant, Arc<List>)>>,
}

/// `services` of the list: domains, and the URLs that answer for them.
#[derive(Deserialize)]
pub(super) struct List {
    services: Vec<(Vec<String>, Vec<String>)>,
}

impl Services {
    /// The list, at most a day old; an older one only if no new one can be had.
    pub(super) async fn services(
        &self,
        way: Way<'_>,
        trace: &mut Trace,
    ) -> Result<Arc<List>, Fault> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, list)) = &known
            && read.elapsed() < FRESH
        {
            return Ok(list.clone());
        }
        let list = match (fetch(way, trace).await, known) {
            (Ok(list), _) => Arc::new(list),
            (Err(_), Some((_, old))) => old,
            (Err(fault), None) => return Err(fault),
        };
        trace.begin_again();
        let read = Some((Instant::now(), list.clone()));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(list)
    }
}

async fn fetch(way: Way<'_>, trace: &mut Trace) -> Result<List, Fault> {
    let page = Http { url: LIST.to_owned(), redirects: 3, body_limit: LONGEST, ..Http::default() };
    let answer = http::ask(&page, way, trace).await?;
    if answer.status != Some(200) {
        let status = answer.status.unwrap_or_default();
        let what = format!("IANA's list of RDAP services is not to be had: HTTP {status}");
        return Err(Fault::Rejected { what });
    }
    serde_json::from_slice(&answer.body).map_err(|_| Fault::Malformed {
        protocol: "RDAP",
        what: String::from("IANA's list of services cannot be read"),
    })
}

impl List {
    /// Who answers for a name: the longest domain it is in (RFC 9224, section 4), by https if that
    /// is offered.
    pub(super) fn of(&self, name: &str) -> Option<&str> {
        let is_in = |domain: &str| {
            let before = name.len().checked_sub(domain.len()).map(|at| name.split_at(at));
            before.is_some_and(|(before, end)| {
                end.eq_ignore_ascii_case(domain) && (before.is_empty() || before.ends_with('.'))
            })
        };
        let all = self
            .services
            .iter()
            .flat_map(|(domains, urls)| domains.iter().map(move |domain| (domain, urls)));
        let (_, urls) =
            all.filter(|(domain, _)| is_in(domain)).max_by_key(|(domain, _)| domain.len())?;
        let by_https = urls.iter().find(|url| url.starts_with("https://"));
        by_https.or_else(|| urls.first()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in RFC 9224, section 4.
    #[test]
    fn the_longest_domain_answers() {
        let list: List = serde_json::from_str(
            r#"{"version": "1.0", "publication": "2026-11-01T00:00:00Z", "services": [
                [["net", "com"], ["http://registry.example/a/", "https://registry.example/a/"]],
                [["org", "mytld"], ["https://example.org/"]],
                [["co.mytld"], ["http://co.example/"]],
                [["broken"], []]
            ]}"#,
        )
        .unwrap();
        assert_eq!(list.of("a.com"), Some("https://registry.example/a/"));
        assert_eq!(list.of("a.b.mytld"), Some("https://example.org/"));
        assert_eq!(list.of("a.co.mytld"), Some("http://co.example/"));
        assert_eq!(list.of("a.broken"), None);
        assert_eq!(list.of("a.xcom"), None);
        assert_eq!(list.of("ä.de"), None);
    }
}
