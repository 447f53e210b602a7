//! Servers whose certificates are looked at.

use rustls::pki_types::ServerName;

use super::{Kind, Wrong, nearest, quoted};
use crate::config::Endpoint;
use crate::model::Starttls;

/// `HOST[:PORT][/PROTOCOL]`.
pub(in crate::config) struct EndpointText;

impl Kind for EndpointText {
    type Value = Endpoint;
    const FORMAT: &'static str = "endpoint";
    const WHAT: &'static str = "an endpoint";
    const EXAMPLE: &'static str = "\"example.org\" or \"mail.example.org:587/smtp\"";

    fn read(text: &str) -> Result<Endpoint, Wrong> {
        if let Some((_, bare)) = text.split_once("://") {
            let bare = bare.split('/').next().unwrap_or_default();
            let help = format!("write \"{bare}\"");
            return Err(Wrong::with_help("an endpoint is no address of a page", help));
        }
        let (place, protocol) = match text.split_once('/') {
            Some((place, protocol)) => (place, Some(protocol)),
            None => (text, None),
        };
        let (host, port) = host_and_port(place)?;
        let starttls = match protocol {
            None => Starttls::ALL.into_iter().find(|starttls| match starttls {
                // Submission as well.
                Starttls::Smtp => matches!(port, Some(25 | 587)),
                other => port == Some(other.port()),
            }),
            Some(TLS) => None,
            Some(word) => Some(protocol_of(word)?),
        };
        let port = port.unwrap_or_else(|| starttls.map_or(443, Starttls::port));
        Ok(Endpoint { host, port, starttls })
    }
}

/// TLS from the first byte, where the port says otherwise.
const TLS: &str = "tls";

impl EndpointText {
    /// As it is written.
    pub(in crate::config) fn write(endpoint: &Endpoint) -> String {
        let whole = endpoint.subject();
        let protocol = endpoint.starttls.map_or(TLS, Starttls::as_str);
        let bare = whole.trim_end_matches(":443");
        let as_meant = |text: &str| Self::read(text).is_ok_and(|read| read == *endpoint);
        [bare, &whole]
            .into_iter()
            .find(|text| as_meant(text))
            .map_or_else(|| format!("{whole}/{protocol}"), str::to_owned)
    }
}

/// A host and its port, if one is given.
pub(in crate::config) fn host_and_port(place: &str) -> Result<(String, Option<u16>), Wrong> {
    let (host, port) = if let Some(rest) = place.strip_prefix('[') {
        let Some((host, rest)) = rest.split_once(']') else {
            return Err(Wrong::new("the `]` is missing"));
        };
        (host, rest.strip_prefix(':'))
    } else if place.matches(':').count() > 1 {
        let help = format!("write \"[{place}]:443\"");
        return Err(Wrong::with_help("an IPv6 address stands in brackets", help));
    } else {
        match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return Err(Wrong::new("a port is a whole number from 1 to 65535")),
    };
    if !host.is_ascii() {
        let help = "write its ASCII form, which begins with xn--: `idn2 NAME` gives it";
        return Err(Wrong::with_help("the name is not in ASCII", help));
    }
    if host.contains('*') {
        return Err(Wrong::with_help("a pattern names no server", "name each server"));
    }
    if ServerName::try_from(host).is_err() {
        return Err(Wrong::new(format!("{} is no name of a server", quoted(host))));
    }
    Ok((host.to_ascii_lowercase(), port))
}

fn protocol_of(word: &str) -> Result<Starttls, Wrong> {
    let words = || Starttls::ALL.into_iter().map(Starttls::as_str).chain([TLS]);
    let why = || format!("{} is no protocol known here", quoted(word));
    Starttls::ALL.into_iter().find(|starttls| starttls.as_str() == word).ok_or_else(
        || match nearest(word, words()) {
            Some(near) => Wrong::with_help(why(), format!("did you mean \"/{near}\"?")),
            None => Wrong::with_help(why(), "write /smtp, /imap, /postgres or /tls"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_read_and_written_alike() {
        let (smtp, imap, postgres) =
            (Some(Starttls::Smtp), Some(Starttls::Imap), Some(Starttls::Postgres));
        for (text, subject, starttls, written) in [
            ("Example.org", "example.org:443", None, "example.org"),
            ("example.org:8443", "example.org:8443", None, "example.org:8443"),
            ("mail.example.org:587/smtp", "mail.example.org:587", smtp, "mail.example.org:587"),
            ("mail.example.org:143", "mail.example.org:143", imap, "mail.example.org:143"),
            ("mail.example.org/smtp", "mail.example.org:25", smtp, "mail.example.org:25"),
            ("db:6432/postgres", "db:6432", postgres, "db:6432/postgres"),
            ("db:5432/tls", "db:5432", None, "db:5432/tls"),
            ("192.0.2.1", "192.0.2.1:443", None, "192.0.2.1"),
            ("[2001:db8::1]", "[2001:db8::1]:443", None, "[2001:db8::1]"),
        ] {
            let endpoint = EndpointText::read(text).unwrap();
            assert_eq!((endpoint.subject().as_str(), endpoint.starttls), (subject, starttls));
            assert_eq!(EndpointText::write(&endpoint), written);
        }
    }
}
