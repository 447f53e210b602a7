//! Where the status page is: below its path, or at the root of a name of its own.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderValue};

use crate::config::Config;
use crate::web::Asker;
use crate::web::status::Place;

/// What somebody asked for, as seen from the page.
#[derive(Debug, Clone)]
pub(in crate::web) struct Root {
    /// The config that says so.
    pub(super) config: Arc<Config>,
    /// Where the page is.
    pub(super) place: Place,
    /// It is under the name of its own.
    pub(super) is_own: bool,
    /// What is asked for, below it.
    pub(super) below: String,
}

/// Where a request stands to the page. None: there is no page, or it is elsewhere.
///
/// `path` is the path below that of `[web] url`.
pub(in crate::web) fn root(
    config: &Arc<Config>,
    asker: Asker,
    headers: &HeaderMap,
    path: &str,
) -> Option<Root> {
    let page = &config.status_page;
    if !page.is_on() {
        return None;
    }
    let forwarded = |name: &str| asker.is_trusted.then(|| text(headers.get(name)?)).flatten();
    let host = forwarded("x-forwarded-host").or_else(|| text(headers.get(HOST)?));
    let host = host.filter(|host| is_host(host)).unwrap_or("localhost");
    let scheme = match forwarded("x-forwarded-proto") {
        Some("https") => "https",
        _ if asker.is_tls => "https",
        _ => "http",
    };
    let asked = format!("{scheme}://{host}");
    let root = |place, is_own, below: &str| Root {
        config: Arc::clone(config),
        place,
        is_own,
        below: below.trim_start_matches('/').to_owned(),
    };
    if page.domain.as_deref().is_some_and(|domain| is_named(host, domain)) {
        return Some(root(Place { origin: asked, path: String::new() }, true, path));
    }
    let below = path.strip_prefix(page.path.as_str())?;
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    let (origin, before) = match &config.web.url {
        Some(url) => split(url),
        None => (asked, ""),
    };
    let place = Place { origin, path: format!("{before}{}", page.path) };
    Some(root(place, false, below))
}

/// The address nearest to us that is no proxy of ours: of what a trusted one passes on, what it
/// wrote itself, since the rest is what it was told. None: somebody on this machine, or nobody
/// knows.
pub(in crate::web) fn nearest(asker: Asker, headers: &HeaderMap) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for");
    match lines.iter().next_back() {
        None => asker.peer,
        // Whoever passes on and is not trusted may have passed on anybody.
        Some(_) if !asker.is_trusted => Some(IpAddr::from([0, 0, 0, 0])),
        Some(line) => {
            let last = line.to_str().ok()?.rsplit(',').next()?.trim();
            Some(last.parse::<IpAddr>().map_or(IpAddr::from([0, 0, 0, 0]), |ip| ip.to_canonical()))
        }
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// Can it be a host with a port, and nothing that would be another part of an address?
fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !text.is_empty() && text.len() <= 260 && text.bytes().all(plain)
}

fn is_named(host: &str, domain: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.trim_end_matches('.').eq_ignore_ascii_case(domain)
}

/// An address up to its host, and its path.
fn split(url: &str) -> (String, &str) {
    let place = url.find("://").map_or(0, |at| at + 3);
    match url[place..].find('/') {
        Some(at) => (url[..place + at].to_owned(), &url[place + at..]),
        None => (url.to_owned(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Show;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (hyper::header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn asker(is_trusted: bool) -> Asker {
        Asker { peer: Some([127, 0, 0, 1].into()), is_trusted, is_tls: false }
    }

    #[test]
    fn where_it_is() {
        let mut config = Config::default();
        let find = |config: &Config, host: &str, path: &str| {
            let headers = headers(&[("host", host), ("x-forwarded-proto", "https")]);
            let root = root(&Arc::new(config.clone()), asker(true), &headers, path)?;
            Some(format!("{} {}", root.place.url(""), root.below))
        };
        assert_eq!(find(&config, "a", "/status"), None);
        config.status_page.show = vec![Show::Tag(String::from("public"))];
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(find(&config, "a:80", "/status"), of("https://a:80/status "));
        assert_eq!(find(&config, "a", "/status/feed.xml"), of("https://a/status feed.xml"));
        assert_eq!(find(&config, "a", "/statuses"), None);
        assert_eq!(find(&config, "a", "/"), None);
        config.status_page.domain = Some(String::from("status.example.org"));
        assert_eq!(
            find(&config, "status.Example.org:443", "/"),
            of("https://status.Example.org:443/ ")
        );
        assert_eq!(find(&config, "other.example.org", "/"), None);
        config.web.url = Some(String::from("https://a.example/watch"));
        assert_eq!(
            find(&config, "evil\"host", "/status/x"),
            of("https://a.example/watch/status x")
        );
        config.status_page.path = String::new();
        assert_eq!(find(&config, "a", "/badges/x"), of("https://a.example/watch badges/x"));
    }

    #[test]
    fn who_is_nearest() {
        let of = |trusted, forwarded: &[&str]| {
            let pairs: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
            nearest(asker(trusted), &headers(&pairs)).unwrap().to_string()
        };
        assert_eq!(of(true, &[]), "127.0.0.1");
        assert_eq!(of(true, &["127.0.0.1, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(of(true, &["nonsense"]), "0.0.0.0");
        assert_eq!(of(false, &["127.0.0.1"]), "0.0.0.0");
    }
}
