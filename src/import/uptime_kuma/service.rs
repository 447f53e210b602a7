//! Everything that is no page: what has an equal, and what to do instead of what has none.

use super::Kuma;
use super::common::{self, Of};
use super::conditions;
use super::monitor::Made;
use super::record::Record;
use crate::import::address::apart;
use crate::import::{Entry, Imported, Value};

/// A service by its kind.
pub(super) fn service(
    kuma: &Kuma,
    row: &Record,
    of: &Of,
    mut entry: Entry,
    out: &mut Imported,
) -> Made {
    let made = match of.kind.as_str() {
        "port" => port(kuma, row, of, &mut entry, out),
        "ping" => ping(row, of, &mut entry, out),
        "dns" => dns(row, of, &mut entry, out),
        "docker" => docker(kuma, row, of, &mut entry, out),
        "system-service" => unit(row, &mut entry),
        "smtp" => smtp(row, &mut entry),
        "ntp" => ntp(row, &mut entry),
        "grpc-keyword" => grpc(row, of, &mut entry, out),
        "postgres" => database(row, of, "postgres", 5432, &mut entry, out),
        "mysql" => database(row, of, "mysql", 3306, &mut entry, out),
        "redis" => redis(row, of, &mut entry, out),
        other => Err(without(other, row)),
    };
    match made {
        Ok(()) => {
            common::rhythm(row, of, &mut entry, out);
            Made::Monitor(entry)
        }
        Err(why) => Made::Nothing(why),
    }
}

/// `host:port`, with brackets where they are needed.
fn place(host: &str, port: i64) -> String {
    let host = host.trim();
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn host(row: &Record) -> Result<&str, String> {
    row.text("hostname").map(str::trim).ok_or_else(|| String::from("it has no host"))
}

fn port(
    kuma: &Kuma,
    row: &Record,
    of: &Of,
    entry: &mut Entry,
    out: &mut Imported,
) -> Result<(), String> {
    let port = row.number("port").ok_or("it has no port")?;
    let target = place(host(row)?, port);
    if let Some(alert) = row.text("expected_tls_alert").filter(|alert| *alert != "none") {
        return Err(format!(
            "it wants the TLS alert {alert:?}; what a server refuses is no condition here"
        ));
    }
    entry.set("target", target);
    // Kuma looks at the certificate only where it is to tell of its end.
    let security = row.text("smtp_security").filter(|_| row.flag("expiry_notification"));
    match (security, port) {
        (Some("secure"), _) => {
            entry.set("type", "tls");
            super::http::certificate(kuma, row, "tls://", entry);
        }
        (Some("starttls"), 25 | 587 | 2525) => {
            entry.set("type", "smtp");
            entry.set("starttls", true);
            super::http::certificate(kuma, row, "tls://", entry);
        }
        (Some("starttls"), 143) => {
            entry.set("type", "imap");
            entry.set("starttls", true);
            super::http::certificate(kuma, row, "tls://", entry);
        }
        (Some("starttls"), _) => {
            entry.set("type", "tcp");
            let why = "STARTTLS is spoken with SMTP and IMAP; on this port only the connection is \
                       looked at";
            out.leave_part(&of.name, "STARTTLS", why);
        }
        _ => entry.set("type", "tcp"),
    }
    Ok(())
}

fn ping(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) -> Result<(), String> {
    entry.set("type", "ping");
    entry.set("target", host(row)?);
    for (key, column, usual, least, most) in
        [("count", "ping_count", 1, 1, 20), ("size", "packet_size", 56, 0, 65_000)]
    {
        let Some(wanted) = row.number(column).filter(|number| *number != usual) else { continue };
        let number = wanted.clamp(least, most);
        if number != wanted {
            out.leave_part(
                &of.name,
                format!("{column} = {wanted}"),
                format!("here it is {number}"),
            );
        }
        entry.set(key, number);
    }
    Ok(())
}

fn dns(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) -> Result<(), String> {
    let record = row.text("dns_resolve_type").unwrap_or("A");
    entry.set("type", "dns");
    entry.set("target", host(row)?);
    entry.set("record", record);
    let port = row.number("port").unwrap_or(53);
    let servers: Vec<&str> = row
        .text("dns_resolve_server")
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|server| !server.is_empty())
        .collect();
    let addresses = servers.iter().filter(|server| server.parse::<std::net::IpAddr>().is_ok());
    let used = addresses.copied().next();
    entry.set_some("resolver", used.map(|server| place(server, port)));
    for server in servers.iter().filter(|server| Some(**server) != used) {
        let why = "one resolver is asked, by its address; make a monitor for each";
        out.leave_part(&of.name, format!("resolver {server}"), why);
    }
    let Some(tree) = row.json("conditions") else { return Ok(()) };
    match conditions::line(&tree, record) {
        Ok(None) => {}
        Ok(Some(line)) => {
            if line.contains("lacks") || line.contains("not ") || line.contains("!=") {
                let why = "Kuma wanted one record for which all of it holds; here a \"not\" wants no \
                           record to fit, and each test may be met by another record";
                out.leave_part(&of.name, "the meaning of several records", why);
            }
            entry.set("condition", line);
        }
        Err(why) => out.leave_part(&of.name, "conditions", why),
    }
    Ok(())
}

fn docker(
    kuma: &Kuma,
    row: &Record,
    of: &Of,
    entry: &mut Entry,
    out: &mut Imported,
) -> Result<(), String> {
    let name = row.text("docker_container").ok_or("it names no container")?;
    let host = row.number("docker_host").and_then(|id| kuma.row("docker_host", id));
    if host.is_none() {
        let why = "it is not in this file; the container is looked for on this machine";
        out.leave_part(&of.name, "its Docker host", why);
    }
    if host.is_some_and(|host| host.text("docker_type") == Some("tcp")) {
        return Err(String::from(
            "its container is on another machine; only those of this machine's own socket are seen \
             (`socket` under [containers])",
        ));
    }
    entry.set("type", "container");
    entry.set("target", name);
    Ok(())
}

fn unit(row: &Record, entry: &mut Entry) -> Result<(), String> {
    let name = row.text("system_service_name").ok_or("it names no service")?.trim();
    entry.set("type", "unit");
    let is_whole = name.rsplit_once('.').is_some_and(|(_, kind)| {
        ["service", "socket", "timer", "mount", "path", "target", "slice", "scope"].contains(&kind)
    });
    entry.set("target", if is_whole { name.to_owned() } else { format!("{name}.service") });
    Ok(())
}

fn smtp(row: &Record, entry: &mut Entry) -> Result<(), String> {
    entry.set("type", "smtp");
    let port = row.number("port").unwrap_or(25);
    entry.set("target", place(host(row)?, port));
    match row.text("smtp_security") {
        Some("secure") => entry.set("tls", true),
        Some("starttls") => entry.set("starttls", true),
        Some("nostarttls") => entry.set("starttls", false),
        _ => {}
    }
    Ok(())
}

fn ntp(row: &Record, entry: &mut Entry) -> Result<(), String> {
    entry.set("type", "ntp");
    entry.set("target", place(host(row)?, row.number("port").unwrap_or(123)));
    let threshold = |column: &str, usual: i64| match row.number(column) {
        None | Some(0) => usual,
        Some(number) => number,
    };
    let stratum = threshold("ntp_stratum_threshold", 5);
    let offset = threshold("ntp_time_offset_threshold", 1000);
    entry.set("condition", format!("stratum < {stratum} and offset < {offset}ms"));
    Ok(())
}

/// A call of the standard health service is the one call there is.
fn grpc(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) -> Result<(), String> {
    const OTHER: &str = "it calls a service of its own; nightkeep asks grpc.health.v1.Health only \
                         (`type = \"command\"` with grpcurl can do the rest)";
    let service = row.text("grpc_service_name").unwrap_or_default();
    let is_health = ["Health", "grpc.health.v1.Health"].contains(&service)
        && row.text("grpc_method").is_some_and(|method| method.eq_ignore_ascii_case("check"));
    if !is_health {
        return Err(String::from(OTHER));
    }
    let keyword = row.text("keyword").unwrap_or_default();
    match (keyword, row.flag("invert_keyword")) {
        ("SERVING", false) => entry.set("condition", "status = 1"),
        ("NOT_SERVING", true) => entry.set("condition", "status != 2"),
        _ => {
            let part = format!("keyword {:?}", crate::import::name::tidy(keyword));
            out.leave_part(&of.name, part, "the state has to be SERVING");
        }
    }
    let url = row.text("grpc_url").ok_or("it has no address")?;
    let target = url.split_once("://").map_or(url, |(_, place)| place).trim_end_matches('/');
    entry.set("type", "grpc");
    entry.set("target", target);
    let asked = row.json("grpc_body").and_then(|body| Some(body["service"].as_str()?.to_owned()));
    entry.set_some("service", asked.filter(|name| !name.is_empty()));
    if row.flag("grpc_enable_tls") {
        entry.set("tls", true);
    }
    if row.text("grpc_metadata").is_some() {
        out.leave_part(&of.name, "grpc_metadata", "no metadata is sent");
    }
    Ok(())
}

/// What an address of a database says.
struct Dsn {
    host: String,
    port: i64,
    user: Option<String>,
    password: Option<String>,
    database: Option<String>,
    parameters: Vec<(String, String)>,
}

fn dsn(text: &str, usual: i64) -> Option<Dsn> {
    let (plain, user, password) = apart(text.trim());
    let (_, rest) = plain.split_once("://")?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (authority, usual),
    };
    let host = host.trim_matches(['[', ']']);
    let host = if host.is_empty() { "localhost" } else { host }.to_owned();
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let database = Some(decoded(path)).filter(|name| !name.is_empty());
    let parameters = form_urlencoded::parse(query.as_bytes())
        .take(50)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    Some(Dsn { host, port, user, password, database, parameters })
}

fn database(
    row: &Record,
    of: &Of,
    kind: &str,
    usual: i64,
    entry: &mut Entry,
    out: &mut Imported,
) -> Result<(), String> {
    let text = row.text("database_connection_string").ok_or("it has no connection string")?;
    let dsn = dsn(text, usual).ok_or("its connection string does not read as an address")?;
    entry.set("type", kind);
    entry.set("target", place(&dsn.host, dsn.port));
    entry.set_some("user", dsn.user);
    // Kuma keeps the password of MySQL in a field of RADIUS.
    let apart = row.text("radius_password").filter(|_| kind == "mysql").map(str::to_owned);
    entry.set_some("password", apart.or(dsn.password).map(Value::Secret));
    entry.set_some("database", dsn.database);
    for (name, value) in dsn.parameters {
        match (name.as_str(), value.as_str()) {
            ("sslmode", "require" | "verify-ca" | "verify-full") | ("ssl", "true") => {
                entry.set("tls", true);
            }
            ("sslmode", "no-verify") => {
                entry.set("tls", true);
                entry.set("insecure", true);
            }
            ("sslmode", "disable" | "allow" | "prefer") | ("ssl", "false") => {}
            _ => {
                let part = format!("parameter {:?}", crate::import::name::tidy(&name));
                out.leave_part(&of.name, part, "it has no equal");
            }
        }
    }
    Ok(())
}

fn redis(row: &Record, of: &Of, entry: &mut Entry, out: &mut Imported) -> Result<(), String> {
    let text = row.text("database_connection_string").ok_or("it has no connection string")?;
    let dsn = dsn(text, 6379).ok_or("its connection string does not read as an address")?;
    entry.set("type", "redis");
    entry.set("target", place(&dsn.host, dsn.port));
    entry.set_some("user", dsn.user);
    entry.set_some("password", dsn.password.map(Value::Secret));
    if text.trim().starts_with("rediss:") {
        entry.set("tls", true);
    }
    if row.flag("ignore_tls") {
        entry.set("insecure", true);
    }
    if let Some(number) = dsn.database.filter(|number| number != "0") {
        let part = format!("database {:?}", crate::import::name::tidy(&number));
        out.leave_part(&of.name, part, "PING asks the server, not one of its databases");
    }
    Ok(())
}

/// Why a kind has no equal, and what does instead.
fn without(kind: &str, row: &Record) -> String {
    let place = row.text("hostname").zip(row.number("port"));
    let tcp = place.map(|(host, number)| {
        let host = crate::import::name::tidy(host.split_once("://").map_or(host, |(_, host)| host));
        format!(
            "; `type = \"tcp\"`, `target = {:?}` sees whether it listens",
            self::place(&host, number)
        )
    });
    let tcp = tcp.unwrap_or_default();
    match kind {
        "manual" => {
            String::from("its state is set by hand; an incident of the log book says such things")
        }
        "real-browser" => String::from(
            "nightkeep starts no browser; `type = \"http\"` with a condition on the body sees most of it",
        ),
        "globalping" => String::from("nightkeep asks from this machine only, and its peer"),
        "pm2" => String::from(
            "PM2's processes are not known here; run them as systemd units and watch `type = \"unit\"`",
        ),
        "tailscale-ping" => {
            String::from("`type = \"ping\"` of the address in the tailnet goes the same way")
        }
        "snmp" => String::from("SNMP is not spoken; `type = \"command\"` with snmpget does it"),
        "kafka-producer" | "mqtt" | "rabbitmq" | "sip-options" | "sqlserver" | "mongodb"
        | "oracledb" | "radius" | "gamedig" | "steam" => {
            let udp = ["radius", "gamedig", "steam", "sip-options"].contains(&kind);
            let tcp = if udp { String::new() } else { tcp };
            format!(
                "this protocol is not spoken{tcp}; `type = \"command\"` runs a program that speaks it"
            )
        }
        _ => String::from("nightkeep does not know this type"),
    }
}

#[cfg(test)]
mod tests {
    use super::dsn;

    #[test]
    fn connection_strings_are_taken_apart() {
        let read = dsn("postgres://a:b%2Fc@[::1]/shop?sslmode=require&x=1", 5432).unwrap();
        assert_eq!((read.host.as_str(), read.port), ("::1", 5432));
        assert_eq!(read.password.as_deref(), Some("b/c"));
        assert_eq!(read.database.as_deref(), Some("shop"));
        assert_eq!(read.parameters.len(), 2);
        assert_eq!(dsn("redis://:secret@h:1", 6379).unwrap().user, None);
        assert!(dsn("Server=h;Database=d", 1).is_none());
        assert!(dsn("mysql://h:notaport/x", 1).is_none());
    }
}
