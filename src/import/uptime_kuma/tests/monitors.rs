//! Monitor by monitor.

use super::{monitor, said, v2, why};
use crate::import::Value;

/// Every monitor of the real database: what it becomes, or that it is left out.
#[test]
fn every_monitor_of_version_2() {
    let imported = v2();
    let expected = [
        (
            "Web",
            "type = \"group\"\n\
             tags = [\"team:web\"]\n\
             members = [\"Web / shop\", \"Front page\"]",
        ),
        (
            "Web / shop",
            "type = \"group\"\n\
             group = \"Web\"\n\
             members = [\"Posts JSON\"]",
        ),
        (
            "Front page",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/\"\n\
             group = \"Web\"\n\
             tags = [\"critical\", \"env:prod\"]\n\
             note = \"What visitors see\"\n\
             failures = 4\n\
             retry-interval = \"20s\"\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "Posts JSON",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/post\"\n\
             group = \"Web / Web / shop\"\n\
             tags = [\"env:prod\"]\n\
             method = \"POST\"\n\
             body = '{\"ping\": \"pong\", \"token\": \"secret-body\"}'\n\
             headers = { \"X-Api-Key\" = { file = \"/s/kuma-posts-json-headers-x-api-key\" }, \"Accept\" = \"application/json\", \"Content-Type\" = \"application/json\" }\n\
             redirects = 0\n\
             condition = \"status in (200..299, 301, 404)\"",
        ),
        (
            "Form with basic auth",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/auth\"\n\
             method = \"PUT\"\n\
             body = \"a=1&b=2\"\n\
             headers = { \"Content-Type\" = \"application/x-www-form-urlencoded\" }\n\
             user = \"anna\"\n\
             password-file = \"/s/kuma-form-with-basic-auth-password\"\n\
             proxy = \"http://127.0.0.1:3128\"\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "Through SOCKS",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/socks\"\n\
             proxy-file = \"/s/kuma-through-socks-proxy\"\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "mTLS",
            "type = \"http\"\n\
             target = \"https://127.0.0.1:8443/\"\n\
             client-certificate = \"/s/kuma-mtls-certificate.pem\"\n\
             client-key = \"/s/kuma-mtls-key.pem\"\n\
             insecure = true\n\
             condition = \"status in (200..299)\"\n\
             degraded-unless = \"certificate > 21d\"",
        ),
        (
            "Must be closed",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/500\"\n\
             upside-down = true\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "Keyword",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/keyword\"\n\
             tags = [\"env:test\"]\n\
             condition = 'status in (200..299) and body contains \"All is \\\"well\\\"\"'",
        ),
        (
            "No error page",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/keyword\"\n\
             condition = 'status in (200..299) and body lacks \"Fatal error\"'",
        ),
        (
            "JSON status",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/json\"\n\
             condition = 'status in (200..299) and json.status = \"ok\"'",
        ),
        (
            "JSON deep",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/json\"\n\
             condition = 'status in (200..299) and json.queues[0][\"odd key\"] = 7'",
        ),
        (
            "JSONata",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/json\"\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "TCP port",
            "type = \"tcp\"\n\
             target = \"127.0.0.1:8080\"",
        ),
        (
            "Ping",
            "type = \"ping\"\n\
             target = \"127.0.0.1\"\n\
             count = 3\n\
             size = 120",
        ),
        (
            "DNS A",
            "type = \"dns\"\n\
             target = \"example.org\"\n\
             record = \"A\"\n\
             resolver = \"127.0.0.1:53\"\n\
             condition = 'record = \"93.184.216.34\" or (record starts with \"10.\" and record lacks \"10.9\")'",
        ),
        (
            "DNS MX",
            "type = \"dns\"\n\
             target = \"example.org\"\n\
             record = \"MX\"\n\
             resolver = \"127.0.0.1:5353\"",
        ),
        (
            "Container",
            "type = \"container\"\n\
             target = \"caddy\"",
        ),
        (
            "Paused",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/paused\"\n\
             paused = true\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "gRPC",
            "type = \"grpc\"\n\
             target = \"127.0.0.1:50051\"\n\
             condition = \"status = 1\"\n\
             service = \"shop\"",
        ),
        (
            "PostgreSQL",
            "type = \"postgres\"\n\
             target = \"127.0.0.1:5432\"\n\
             tags = [\"team:db\"]\n\
             user = \"kuma\"\n\
             password-file = \"/s/kuma-postgresql-password\"\n\
             database = \"shop\"\n\
             tls = true",
        ),
        (
            "MySQL",
            "type = \"mysql\"\n\
             target = \"127.0.0.1:3306\"\n\
             user = \"kuma\"\n\
             password-file = \"/s/kuma-mysql-password\"\n\
             database = \"shop\"",
        ),
        (
            "Redis",
            "type = \"redis\"\n\
             target = \"127.0.0.1:6379\"\n\
             user = \"default\"\n\
             password-file = \"/s/kuma-redis-password\"\n\
             tls = true\n\
             insecure = true",
        ),
        (
            "IPv6 only, bearer",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/bearer\"\n\
             bearer-file = \"/s/kuma-ipv6-only-bearer-bearer\"\n\
             family = \"ipv6\"\n\
             condition = \"status in (200..299)\"",
        ),
        (
            "JSON more than",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/json\"\n\
             condition = \"status in (200..299) and json.queues[0].size >= 3\"",
        ),
        (
            "JSON contains",
            "type = \"http\"\n\
             target = \"http://127.0.0.1:8080/json\"\n\
             condition = 'status in (200..299) and json.status contains \"o\"'",
        ),
        (
            "SMTP port with STARTTLS",
            "type = \"smtp\"\n\
             target = \"127.0.0.1:25\"\n\
             starttls = true\n\
             degraded-unless = \"certificate > 21d\"",
        ),
        (
            "TLS port",
            "type = \"tls\"\n\
             target = \"127.0.0.1:8443\"\n\
             degraded-unless = \"certificate > 21d\"",
        ),
        (
            "Unit",
            "type = \"unit\"\n\
             target = \"nginx.service\"",
        ),
        (
            "NTP",
            "type = \"ntp\"\n\
             target = \"127.0.0.1:123\"\n\
             condition = \"stratum < 4 and offset < 250ms\"",
        ),
        (
            "SMTP",
            "type = \"smtp\"\n\
             target = \"127.0.0.1:587\"\n\
             starttls = true",
        ),
        (
            "SMTPS",
            "type = \"smtp\"\n\
             target = \"127.0.0.1:465\"\n\
             tls = true",
        ),
        (
            "WebSocket",
            "type = \"websocket\"\n\
             target = \"ws://127.0.0.1:8080/socket\"\n\
             protocols = [\"chat\", \"superchat\"]\n\
             condition = \"up\"",
        ),
    ];
    for (name, text) in expected {
        assert_eq!(said(monitor(&imported, name)), text, "{name}");
    }
    let without = [
        ("Through SOCKS4", "http", "socks4"),
        ("OAuth", "http", "OAuth"),
        ("NTLM", "http", "NTLM"),
        ("Container elsewhere", "docker", "another machine"),
        ("Kafka", "kafka-producer", "not spoken"),
        ("MQTT", "mqtt", "target = \"127.0.0.1:1883\""),
        ("SQL Server", "sqlserver", "not spoken"),
        ("MongoDB", "mongodb", "not spoken"),
        ("RADIUS", "radius", "not spoken"),
        ("Game server", "gamedig", "not spoken"),
        ("Steam", "steam", "not spoken"),
        ("Tailscale", "tailscale-ping", "ping"),
        ("Browser", "real-browser", "no browser"),
        ("Wants a client certificate", "port", "certificate_required"),
        ("PM2", "pm2", "systemd"),
        ("By hand", "manual", "by hand"),
        ("Globalping", "globalping", "this machine"),
        ("RabbitMQ", "rabbitmq", "not spoken"),
        ("SIP", "sip-options", "not spoken"),
        ("SNMP", "snmp", "snmpget"),
        ("Oracle", "oracledb", "not spoken"),
    ];
    for (name, kind, words) in without {
        let why = why(&imported, &format!("monitor {name:?} ({kind})"));
        assert!(why.contains(words), "{name}: {why}");
    }
    assert_eq!(imported.monitors.len(), expected.len());
    // All 55: taken over, left out, and the one that calls in.
    assert_eq!(expected.len() + without.len() + imported.heartbeats.len(), 55);
    let heartbeat = &imported.heartbeats[0];
    assert_eq!(heartbeat.name, "Nightly backup");
    assert_eq!(heartbeat.text("every"), Some("1m"));
    assert_eq!(heartbeat.text("grace"), Some("1m"));
    let told = Value::List(vec!["phone-ntfy".into(), "telegram".into()]);
    assert_eq!(heartbeat.get("channels"), Some(&told));
}
