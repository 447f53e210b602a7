//! When a domain's registration ends, by RDAP (RFC 9082, RFC 9083).

mod bootstrap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

pub(crate) use bootstrap::Services;

use super::http;
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::{Domain, Http};
use crate::text::clean;
use crate::trace::Trace;

const PROTOCOL: &str = "RDAP";
/// Bytes of an answer. Registries send some 10 kB.
const LONGEST: usize = 512 << 10;

/// The body is the registry's answer, JSON.
pub(super) async fn ask(domain: &Domain, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let name = in_ascii(&domain.name)?;
    let service = if let Some(service) = &domain.service {
        service.clone()
    } else {
        let services = way.net.rdap.services(way, trace).await?;
        services.of(&name).ok_or_else(|| Fault::Invalid { what: no_service(&name) })?.to_owned()
    };
    let answer = http::ask(&page(&service, &name), way, trace).await?;
    let rejected = |what: String| Err(Fault::Rejected { what });
    match answer.status {
        Some(200) | None => {}
        Some(404) => return rejected(format!("the registry knows no domain {name} (404)")),
        Some(429) => {
            return rejected(String::from("the registry is asked too often (429, rate limit)"));
        }
        Some(status) => return rejected(format!("the registry answers HTTP {status}")),
    }
    let malformed = |what: &str| Fault::Malformed { protocol: PROTOCOL, what: what.to_owned() };
    if answer.cut {
        return Err(malformed("it is too long"));
    }
    let json: Value =
        serde_json::from_slice(&answer.body).map_err(|_| malformed("it is no JSON"))?;
    let ends =
        expiration(&json).ok_or_else(|| malformed("it does not say when the registration ends"))?;
    Ok(Answer { domain_ends: Some(ends), ..answer })
}

fn page(service: &str, name: &str) -> Http {
    let slash = if service.ends_with('/') { "" } else { "/" };
    Http {
        url: format!("{service}{slash}domain/{name}"),
        headers: vec![(
            String::from("Accept"),
            String::from("application/rdap+json, application/json"),
        )],
        redirects: 5,
        body_limit: LONGEST,
        ..Http::default()
    }
}

/// A name as it is registered (RFC 5891).
fn in_ascii(name: &str) -> Result<String, Fault> {
    let name = name.trim_end_matches('.');
    match url::Host::parse(name) {
        Ok(url::Host::Domain(name)) if name.contains('.') => Ok(name),
        _ => Err(Fault::Invalid { what: format!("{} is no domain", clean(name, 253)) }),
    }
}

fn no_service(name: &str) -> String {
    let tld = name.rsplit('.').next().unwrap_or_default();
    format!("no RDAP service is known for .{tld}: its registry has none, or it has to be given")
}

/// The event "expiration" (RFC 9083, section 10.2.3): that of the registry, not of a registrar.
fn expiration(json: &Value) -> Option<Timestamp> {
    let events = json.get("events")?.as_array()?;
    let event = events
        .iter()
        .find(|event| event.get("eventAction").is_some_and(|action| action == "expiration"))?;
    let date = event.get("eventDate")?.as_str()?;
    // Some registries leave the time zone away, or the time.
    let in_utc = || date.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    date.parse().ok().or_else(|| Some(in_utc()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dates() {
        assert_eq!(in_ascii("Bücher.example.").unwrap(), "xn--bcher-kva.example");
        for bad in ["", "localhost", "192.0.2.1", "a b.example", "[::1]", "exa/mple.com"] {
            assert!(in_ascii(bad).is_err(), "{bad}");
        }
        let ends = |date: &str| {
            expiration(&serde_json::json!({"events": [
                {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
                {"eventAction": "expiration", "eventDate": date},
            ]}))
        };
        let expected = "2027-08-13T04:00:00Z".parse().ok();
        for date in [
            "2027-08-13T04:00:00Z",
            "2027-08-13T06:00:00+02:00",
            "2027-08-13T04:00:00.000Z",
            "2027-08-13T04:00:00",
        ] {
            assert_eq!(ends(date), expected, "{date}");
        }
        assert_eq!(ends("2027-08-13"), "2027-08-13T00:00:00Z".parse().ok());
        assert_eq!(ends("soon"), None);
        assert_eq!(expiration(&serde_json::json!({"events": 5})), None);
    }
}
