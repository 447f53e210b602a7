//! Pages: `http`, `keyword`, `json-query`; and `websocket-upgrade`, which begins as one.

use serde_json::Value as Json;

use super::Kuma;
use super::common::{self, Of};
use super::jsonata;
use super::monitor::Made;
use super::record::Record;
use crate::import::address::target;
use crate::import::condition::{self, json_path, quoted};
use crate::import::entry::{Entry, headers};
use crate::import::{Imported, Value};

/// A page, and what has to be on it.
pub(super) fn page(
    kuma: &Kuma,
    row: &Record,
    of: &Of,
    mut entry: Entry,
    out: &mut Imported,
) -> Made {
    let Some(url) = row.text("url") else {
        return Made::Nothing(String::from("it has no address"));
    };
    entry.set("type", "http");
    target(url, &mut entry);
    common::rhythm(row, of, &mut entry, out);
    if let Some(method) = row.text("method").filter(|method| !method.eq_ignore_ascii_case("get")) {
        entry.set("method", method.to_ascii_uppercase());
    }
    request(row, of, &mut entry, out);
    if let Err(why) = auth(row, of, &mut entry, out).and_then(|()| proxy(kuma, row, &mut entry)) {
        return Made::Nothing(why);
    }
    if let Some(redirects) = row.number("maxredirects").filter(|redirects| *redirects != 10) {
        entry.set("redirects", redirects.clamp(0, 50));
    }
    if row.flag("ignore_tls") {
        entry.set("insecure", true);
    }
    if let Some(family) = row.text("ip_family").filter(|one| ["ipv4", "ipv6"].contains(one)) {
        entry.set("family", family);
    }
    let mut parts = Vec::new();
    parts.extend(statuses(row, of, out));
    match of.kind.as_str() {
        "keyword" => parts.extend(keyword(row, of, out)),
        "json-query" => match json_query(row) {
            Ok(test) => parts.push(test),
            Err((part, why)) => out.leave_part(&of.name, part, why),
        },
        _ => {}
    }
    entry.set_some("condition", condition::all(&parts));
    certificate(kuma, row, url, &mut entry);
    Made::Monitor(entry)
}

/// A WebSocket that is opened and closed again.
pub(super) fn websocket(
    kuma: &Kuma,
    row: &Record,
    of: &Of,
    mut entry: Entry,
    out: &mut Imported,
) -> Made {
    let Some(url) = row.text("url") else {
        return Made::Nothing(String::from("it has no address"));
    };
    entry.set("type", "websocket");
    target(url, &mut entry);
    common::rhythm(row, of, &mut entry, out);
    let protocols: Vec<String> = row
        .text("ws_subprotocol")
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(|one| one.trim().to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    if !protocols.is_empty() {
        entry.set("protocols", protocols);
    }
    request(row, of, &mut entry, out);
    if let Err(why) = auth(row, of, &mut entry, out).and_then(|()| proxy(kuma, row, &mut entry)) {
        return Made::Nothing(why);
    }
    if row.flag("ignore_tls") {
        entry.set("insecure", true);
    }
    let codes = row.json("accepted_statuscodes_json");
    if codes.is_some_and(|codes| codes != serde_json::json!(["1000"])) {
        out.leave_part(
            &of.name,
            "accepted_statuscodes_json",
            "the upgrade is the check; codes with which the server closes are not looked at",
        );
    }
    entry.set("condition", "up");
    certificate(kuma, row, url, &mut entry);
    Made::Monitor(entry)
}

/// Headers and body.
fn request(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) {
    let mut said: Vec<(String, String)> = Vec::new();
    match row.json("headers") {
        Some(Json::Object(object)) => {
            for (name, value) in object {
                let value = match value {
                    Json::String(text) => text,
                    other => other.to_string(),
                };
                said.push((name, value));
            }
        }
        Some(_) => out.leave_part(&of.name, "headers", "they are no JSON object"),
        None if row.text("headers").is_some() => {
            out.leave_part(&of.name, "headers", "they are no JSON");
        }
        None => {}
    }
    if let Some(body) = row.text("body") {
        let kind = match row.text("http_body_encoding").unwrap_or("json") {
            "form" => "application/x-www-form-urlencoded",
            "xml" => "text/xml; charset=utf-8",
            _ => "application/json",
        };
        if !said.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            said.push((String::from("Content-Type"), kind.to_owned()));
        }
        entry.set("body", body);
    }
    if !said.is_empty() {
        entry.set("headers", headers(said));
    }
}

/// Who asks. Without it the answer would be another one, so an auth without an equal leaves the
/// whole monitor out.
fn auth(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) -> Result<(), String> {
    let secret = |column: &str| row.text(column).map(|text| Value::Secret(text.to_owned()));
    match row.text("auth_method").unwrap_or_default() {
        "" | "null" | "none" => {}
        "basic" => {
            entry.set_some("user", row.text("basic_auth_user"));
            entry.set_some("password", secret("basic_auth_pass"));
        }
        "bearer" => entry.set_some("bearer", secret("bearer_token")),
        "mtls" => {
            let pem = |column: &str, ending| {
                row.text(column).map(|text| Value::File { text: text.to_owned(), ending })
            };
            match (pem("tls_cert", "certificate.pem"), pem("tls_key", "key.pem")) {
                (Some(certificate), Some(key)) => {
                    entry.set("client-certificate", certificate);
                    entry.set("client-key", key);
                }
                _ => out.leave_part(&of.name, "mTLS", "certificate or key is not there"),
            }
        }
        "oauth2-cc" => {
            return Err(String::from(
                "it gets a token by OAuth (client credentials) first, which nightkeep does not; \
                 `type = \"command\"` with a script can",
            ));
        }
        "ntlm" => {
            return Err(String::from(
                "it logs in by NTLM, which nightkeep does not speak; `type = \"command\"` with \
                 `curl --ntlm` does",
            ));
        }
        other => return Err(format!("its way to log in, {other:?}, is not known here")),
    }
    Ok(())
}

/// Through whom. Another way there would be another check.
fn proxy(kuma: &Kuma, row: &Record, entry: &mut Entry) -> Result<(), String> {
    let Some(id) = row.number("proxy_id") else { return Ok(()) };
    let Some(proxy) = kuma.row("proxy", id) else {
        return Err(String::from("it goes through a proxy that is not in this file"));
    };
    // One that is switched off is not used by Kuma either.
    if proxy.number("active") == Some(0) {
        return Ok(());
    }
    let kind = proxy.text("protocol").unwrap_or_default();
    let scheme = match kind {
        "http" => "http",
        "socks5" | "socks5h" => "socks5",
        other => {
            return Err(format!(
                "it goes through a proxy of the kind {other:?}; there are `http://` and `socks5://`"
            ));
        }
    };
    let host = proxy.text("host").unwrap_or_default();
    let port = proxy.number("port").unwrap_or(if scheme == "http" { 8080 } else { 1080 });
    let place =
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let user = proxy.text("username").filter(|_| proxy.flag("auth"));
    match (user, proxy.text("password")) {
        (Some(user), Some(password)) => {
            let (user, password) = (encoded(user), encoded(password));
            entry.set("proxy", Value::Secret(format!("{scheme}://{user}:{password}@{place}")));
        }
        (Some(user), None) => entry.set("proxy", format!("{scheme}://{}@{place}", encoded(user))),
        (None, _) => entry.set("proxy", format!("{scheme}://{place}")),
    }
    Ok(())
}

fn statuses(row: &Record, of: &Of, out: &mut Imported) -> Option<String> {
    let list = row.json("accepted_statuscodes_json")?;
    let codes: Option<Vec<&str>> =
        list.as_array().map(|list| list.iter().map(|code| code.as_str().unwrap_or("?")).collect());
    let said = codes.as_deref().and_then(|codes| condition::statuses(codes.iter().copied()));
    if said.is_none() {
        let why = "they do not read as codes; the default `status < 400` holds";
        out.leave_part(&of.name, "accepted_statuscodes_json", why);
    }
    said
}

fn keyword(row: &Record, of: &Of, out: &mut Imported) -> Option<String> {
    let Some(word) = row.text("keyword") else {
        out.leave_part(&of.name, "keyword", "it is empty");
        return None;
    };
    let operator = if row.flag("invert_keyword") { "lacks" } else { "contains" };
    Some(format!("body {operator} {}", quoted(word)))
}

/// A query as a test of a value in the document.
fn json_query(row: &Record) -> Result<String, (String, &'static str)> {
    let query = row.text("json_path").unwrap_or("$").trim();
    let shown = crate::import::name::tidy(query);
    let part = format!("json_path {shown:?}");
    let Some(steps) = jsonata::path(query) else {
        return Err((
            part,
            "only plain paths like `a.b[0]` are read out of JSONata; write the condition by hand \
             (`json.a.b[0] = 1`, `len(json.list) > 3`)",
        ));
    };
    let path = json_path(&steps);
    let Some(expected) = row.shown("expected_value") else {
        return Err((String::from("expected_value"), "it is empty"));
    };
    let number = expected.trim().parse::<f64>().is_ok_and(f64::is_finite);
    let operator = row.text("json_path_operator").unwrap_or("==");
    match operator {
        "==" | "!=" => {
            let sign = if operator == "==" { "=" } else { "!=" };
            Ok(format!("{path} {sign} {}", condition::value(&expected)))
        }
        ">" | ">=" | "<" | "<=" if number => Ok(format!("{path} {operator} {}", expected.trim())),
        "contains" => Ok(format!("{path} contains {}", quoted(&expected))),
        _ => Err((
            format!("{part} {operator} {:?}", crate::import::name::tidy(&expected)),
            "this comparison has no equal",
        )),
    }
}

/// When the end of a certificate is told of. Kuma tells on several days before, nightkeep from the
/// first of them on.
pub(super) fn certificate(kuma: &Kuma, row: &Record, url: &str, entry: &mut Entry) {
    let scheme = url.split("://").next().unwrap_or_default().to_ascii_lowercase();
    if !row.flag("expiry_notification") || !["https", "wss", "tls"].contains(&scheme.as_str()) {
        return;
    }
    let days = kuma.setting("tlsExpiryNotifyDays");
    let days = days.as_ref().and_then(Json::as_array).into_iter().flatten();
    let first = days.filter_map(Json::as_i64).filter(|days| (1..=365).contains(days)).max();
    let first = first.unwrap_or(21);
    entry.set("degraded-unless", format!("certificate > {first}d"));
}
