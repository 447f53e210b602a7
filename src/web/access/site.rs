//! What a request says of where it comes from: another site's page, this very machine, a proxy.

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderName, ORIGIN};

use crate::config::Config;
use crate::web::Asker;

fn text(headers: &HeaderMap, name: impl hyper::header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The host that was asked, as a proxy that is believed or the browser has it, in small letters.
pub(super) fn host(asker: Asker, headers: &HeaderMap) -> String {
    let forwarded = asker.is_trusted.then(|| text(headers, "x-forwarded-host")).flatten();
    let host = forwarded.or_else(|| text(headers, HOST)).unwrap_or_default();
    host.to_ascii_lowercase()
}

/// The address of the page that was asked for, up to its path.
pub(super) fn origin(config: &Config, asker: Asker, headers: &HeaderMap) -> String {
    let host = host(asker, headers);
    if let Some((scheme, place)) = config.web.url.as_deref().and_then(|url| url.split_once("://"))
        && place.split('/').next().is_some_and(|named| named.eq_ignore_ascii_case(&host))
    {
        return format!("{scheme}://{host}");
    }
    let is_https =
        asker.is_tls || (asker.is_trusted && text(headers, "x-forwarded-proto") == Some("https"));
    format!("{}://{host}", if is_https { "https" } else { "http" })
}

/// May this request change something, or does another site's page send it? Browsers say so with
/// every POST: in `Sec-Fetch-Site` where they came by HTTPS, in `Origin` always. Whoever says
/// neither is no browser, and has no cookie that somebody else could use.
pub(super) fn is_own(config: &Config, asker: Asker, headers: &HeaderMap) -> bool {
    match text(headers, "sec-fetch-site") {
        // `same-site` is another name of the same domain, which may be somebody else's.
        Some(site) if site != "same-origin" && site != "none" => return false,
        _ => {}
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    // Without its scheme: a proxy that is not believed may have taken the TLS away.
    let from = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let Some((_, from)) = from else { return false };
    let named = config.web.url.as_deref().and_then(|url| url.split_once("://"));
    let named = named.and_then(|(_, place)| place.split('/').next()).unwrap_or_default();
    from.eq_ignore_ascii_case(&host(asker, headers)) || from.eq_ignore_ascii_case(named)
}

/// Does a link of another site or of a mail lead here? Then the browser keeps back the cookie, and
/// sends it only with what our own page asks for. One that does not say may do the same.
pub(super) fn is_arrival(headers: &HeaderMap) -> bool {
    !matches!(text(headers, "sec-fetch-site"), Some("same-origin" | "none"))
}

/// Headers that say that somebody passes this on for somebody else.
const PASSED_ON: [&str; 8] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-forwarded-port",
    "x-real-ip",
];

/// Does somebody on this very machine ask for this very machine, by no proxy that would show
/// itself? The host is looked at as well: a page whose name was made to lead here (DNS rebinding)
/// asks by that name.
pub(super) fn is_here(asker: Asker, headers: &HeaderMap) -> bool {
    let near = asker.peer.is_some_and(|peer| peer.is_loopback()) && !asker.is_trusted;
    let passed_on = PASSED_ON.iter().any(|name| headers.contains_key(*name));
    near && !passed_on && text(headers, HOST).is_some_and(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a proxy says of who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forwarded {
    /// Nothing that counts.
    Nothing,
    /// Them.
    Name(String),
    /// Somebody else than that proxy says it.
    Elsewhere,
}

/// Who a proxy says it is. Only the one that the config names is listened to.
pub(super) fn forwarded(config: &Config, asker: Asker, headers: &HeaderMap) -> Forwarded {
    let Some(proxy) = &config.web.forward_auth else { return Forwarded::Nothing };
    let Ok(header) = HeaderName::try_from(proxy.header.as_str()) else { return Forwarded::Nothing };
    let mut said = headers.get_all(&header).iter();
    let Some(name) = said.next() else { return Forwarded::Nothing };
    if !proxy.is_from(asker.peer) {
        return Forwarded::Elsewhere;
    }
    // Twice is once by the proxy and once by somebody else.
    match name.to_str().map(str::trim) {
        Ok(name) if !name.is_empty() && name.len() <= 256 && said.next().is_none() => {
            Forwarded::Name(name.to_owned())
        }
        _ => Forwarded::Nothing,
    }
}

/// A path of ours to go on to after the login, as it was asked for. None: it leads elsewhere.
pub(super) fn next(path: &str) -> Option<&str> {
    let plain = |byte: u8| (0x21..0x7f).contains(&byte) && byte != b'\\';
    let fine = path.starts_with('/') && !path.starts_with("//") && path.len() <= 2000;
    (fine && path.bytes().all(plain)).then_some(path)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;
    use crate::config::{ForwardAuth, Forwarder, Network};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn asker(peer: &str, is_trusted: bool) -> Asker {
        Asker { peer: peer.parse().ok(), is_trusted, is_tls: false }
    }

    #[test]
    fn other_sites_change_nothing() {
        let mut config = Config::default();
        let own = |config: &Config, pairs: &[(&'static str, &'static str)]| {
            let mut all = vec![("host", "watch.test:8466")];
            all.extend(pairs);
            is_own(config, asker("192.0.2.1", false), &headers(&all))
        };
        assert!(own(&config, &[]));
        assert!(own(&config, &[("origin", "https://watch.test:8466")]));
        assert!(own(&config, &[("sec-fetch-site", "same-origin")]));
        for foreign in [
            ("origin", "https://evil.test"),
            ("origin", "https://watch.test:8466.evil.test"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!own(&config, &[foreign]), "{foreign:?}");
        }
        let both = [("origin", "https://watch.test:8466"), ("sec-fetch-site", "cross-site")];
        assert!(!own(&config, &both));
        config.web.url = Some(String::from("https://watch.example.org/watch"));
        assert!(own(&config, &[("origin", "https://watch.example.org")]));
        assert!(!own(&config, &[("origin", "https://watch.example.org:444")]));
    }

    #[test]
    fn who_is_on_this_machine() {
        for (peer, trusted, pairs, is_it) in [
            ("127.0.0.1", false, &[("host", "localhost:8466")][..], true),
            ("::1", false, &[("host", "[::1]:8466")], true),
            ("127.0.0.1", false, &[("host", "127.0.0.1")], true),
            ("127.0.0.1", false, &[("host", "evil.test:8466")], false),
            ("127.0.0.1", false, &[("host", "localhost.evil.test")], false),
            ("127.0.0.1", false, &[], false),
            ("192.0.2.1", false, &[("host", "localhost")], false),
            ("", false, &[("host", "localhost")], false),
            ("127.0.0.1", true, &[("host", "localhost")], false),
            ("127.0.0.1", false, &[("host", "localhost"), ("x-real-ip", "192.0.2.1")], false),
            ("127.0.0.1", false, &[("host", "localhost"), ("via", "1.1 a")], false),
            ("127.0.0.1", false, &[("host", "localhost"), ("forwarded", "for=a")], false),
        ] {
            assert_eq!(is_here(asker(peer, trusted), &headers(pairs)), is_it, "{peer} {pairs:?}");
        }
    }

    #[test]
    fn a_proxy_is_believed_only_at_its_address() {
        let mut config = Config::default();
        let says = |config: &Config, peer: &str, pairs: &[(&'static str, &'static str)]| {
            forwarded(config, asker(peer, true), &headers(pairs))
        };
        let ann = [("remote-user", "ann")];
        assert_eq!(says(&config, "10.0.0.2", &ann), Forwarded::Nothing);
        let network = Network { address: "10.0.0.2".parse().unwrap(), bits: 32 };
        config.web.forward_auth = Some(ForwardAuth {
            header: String::from("Remote-User"),
            from: vec![Forwarder::Network(network)],
            owners: Vec::new(),
            editors: Vec::new(),
        });
        assert_eq!(says(&config, "10.0.0.2", &ann), Forwarded::Name(String::from("ann")));
        for peer in ["10.0.0.3", "127.0.0.1", ""] {
            assert_eq!(says(&config, peer, &ann), Forwarded::Elsewhere, "{peer}");
            assert_eq!(says(&config, peer, &[]), Forwarded::Nothing);
        }
        let twice = [("remote-user", "ann"), ("remote-user", "bob")];
        assert_eq!(says(&config, "10.0.0.2", &twice), Forwarded::Nothing);
        assert_eq!(says(&config, "10.0.0.2", &[("remote-user", " ")]), Forwarded::Nothing);
    }

    #[test]
    fn where_the_page_is() {
        let mut config = Config::default();
        let of = |config: &Config, trusted, tls, pairs: &[(&'static str, &'static str)]| {
            let asker = Asker { is_tls: tls, ..asker("192.0.2.1", trusted) };
            origin(config, asker, &headers(pairs))
        };
        let host = ("host", "Watch.test");
        assert_eq!(of(&config, false, false, &[host]), "http://watch.test");
        assert_eq!(of(&config, false, true, &[host]), "https://watch.test");
        let https = ("x-forwarded-proto", "https");
        assert_eq!(of(&config, false, false, &[host, https]), "http://watch.test");
        assert_eq!(of(&config, true, false, &[host, https]), "https://watch.test");
        config.web.url = Some(String::from("https://watch.test/below"));
        assert_eq!(of(&config, false, false, &[host]), "https://watch.test");
        assert_eq!(of(&config, false, false, &[("host", "localhost")]), "http://localhost");
    }

    #[test]
    fn where_one_goes_on() {
        for fine in ["/", "/alerts?x=1", "/a/b"] {
            assert_eq!(next(fine), Some(fine));
        }
        for other in ["", "//evil.test", "https://evil.test", "/\\evil.test", "/a b", "/\n", "a"] {
            assert_eq!(next(other), None, "{other:?}");
        }
    }
}
