//! The web server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Check, text};
use crate::config::document::Part;
use crate::config::value::Wrong;
use crate::config::{ForwardAuth, Forwarder, Login, TlsConfig, WebConfig, raw};

impl Check<'_> {
    pub(super) fn web(&mut self, file: raw::Web, default: WebConfig) -> WebConfig {
        let login = match file.login {
            Some(raw::Login::Always) => Login::Always,
            Some(raw::Login::OffLoopback) => Login::OffLoopback,
            None => default.login,
        };
        let tls = |tls: raw::Tls| TlsConfig { certificate: tls.certificate.0, key: tls.key.0 };
        let web = WebConfig {
            listen: file.listen.map_or(default.listen, |list| list.0),
            url: file.url.map(|url| url.0).or(default.url),
            trusted_proxies: file.trusted_proxies.map_or(default.trusted_proxies, |list| list.0),
            metrics_from: file.metrics_from.map_or(default.metrics_from, |list| list.0),
            login,
            tls: file.tls.map(tls).or(default.tls),
            locale: file.locale.map(|folder| folder.0).or(default.locale),
            forward_auth: file.forward_auth.map(|proxy| self.forward_auth(proxy)),
        };
        let open = web.listen.iter().find(|place| place.is_open());
        if let (Some(place), None) = (open, &web.tls)
            && web.trusted_proxies.is_empty()
        {
            let line = self.line(&["web", "listen"]);
            self.warnings.push(format!(
                "line {line}: passwords go to {place} as plain text: give it `tls`, or put it behind \
                 a proxy that speaks HTTPS and name that in `trusted-proxies`"
            ));
        }
        if let (None, Some(_)) = (open, &web.tls) {
            let line = self.line(&["web", "tls"]);
            self.warnings.push(format!(
                "line {line}: `tls` is for nothing: every place of `listen` is this machine's alone"
            ));
        }
        web
    }

    fn forward_auth(&mut self, file: raw::ForwardAuth) -> ForwardAuth {
        if file.from.0.is_empty() {
            let wrong = Wrong::with_help(
                "the header would count for nothing",
                "write the address of the proxy, or \"unix\"",
            );
            let at = ["web", "forward-auth", "from"];
            self.wrong(&at, Part::Value, "`from` names no proxy", wrong);
        }
        let here = |from: &Forwarder| match from {
            Forwarder::Network(network) => {
                let own = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
                own.into_iter().any(|address| network.has(address))
            }
            Forwarder::Unix => false,
        };
        if file.from.0.iter().any(here) {
            let line = self.line(&["web", "forward-auth", "from"]);
            self.warnings.push(format!(
                "line {line}: every user of this machine can send `{header}` from here: have the \
                 proxy come by a `unix:` socket of `listen`, and write from = \"unix\"",
                header = file.header.as_ref().map_or("Remote-User", |header| &header.0),
            ));
        }
        ForwardAuth {
            header: text(file.header, String::from("Remote-User")),
            from: file.from.0,
            owners: file.owners.map_or_else(Vec::new, |list| list.0),
            editors: file.editors.map_or_else(Vec::new, |list| list.0),
        }
    }
}
