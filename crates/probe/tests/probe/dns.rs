//! Names: as what is asked for, and on the way to something else.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::Duration;

use nightkeep_probe::{Answer, Dns, Family, Fault, Net, Outcome, Probe, RecordType, Side, Target};

use crate::name_server::{
    A, AAAA, CAA, CNAME, MX, NS, NameServer, PTR, Reply, SOA, SRV, TXT, four, name, six,
};
use crate::server::{black_hole, http, ok};
use crate::{ask, net, page, probe, said};

fn dns(name: &str, record: RecordType) -> Dns {
    Dns { name: name.to_owned(), record }
}

async fn records(server: &NameServer, dns: Dns) -> Result<Answer, Fault> {
    let resolver = Some(server.address);
    let timeout = Duration::from_millis(700);
    ask(&net(), &Probe { resolver, timeout, ..probe(Target::Dns(dns)) }).await.result
}

#[tokio::test]
async fn records_as_in_a_zone_file() {
    let server = NameServer::start(|_, record| {
        let number = |n: u16| n.to_be_bytes().to_vec();
        Reply::Records(match record {
            A => vec![four(Ipv4Addr::new(192, 0, 2, 2)), four(Ipv4Addr::new(192, 0, 2, 1))],
            AAAA => vec![six("2001:db8::1".parse().unwrap())],
            NS | CNAME | PTR => vec![name("ns.example.org")],
            MX => vec![[number(10), name("mail.example.org")].concat()],
            TXT => vec![b"\x0bv=spf1 \"-\" \x04\xff;\\x".to_vec()],
            SRV => vec![[number(1), number(2), number(5060), name("sip.example.org")].concat()],
            CAA => vec![b"\x00\x05issueca.example".to_vec()],
            SOA => {
                let numbers = [7u32, 3600, 600, 86400, 60].map(u32::to_be_bytes).concat();
                vec![[name("ns.example.org"), name("admin.example.org"), numbers].concat()]
            }
            _ => Vec::new(),
        })
    });
    for (asked, record, wanted) in [
        ("example.org", RecordType::A, vec!["192.0.2.1", "192.0.2.2"]),
        ("example.org", RecordType::Aaaa, vec!["2001:db8::1"]),
        ("example.org", RecordType::Ns, vec!["ns.example.org."]),
        ("www.example.org", RecordType::Cname, vec!["ns.example.org."]),
        ("192.0.2.1", RecordType::Ptr, vec!["ns.example.org."]),
        ("example.org", RecordType::Mx, vec!["10 mail.example.org."]),
        ("example.org", RecordType::Txt, vec![r#""v=spf1 \"-\" " "\255;\\x""#]),
        ("_sip._tcp.example.org", RecordType::Srv, vec!["1 2 5060 sip.example.org."]),
        ("example.org", RecordType::Caa, vec![r#"0 issue "ca.example""#]),
        (
            "example.org",
            RecordType::Soa,
            vec!["ns.example.org. admin.example.org. 7 3600 600 86400 60"],
        ),
    ] {
        let question = dns(asked, record);
        let answer = records(&server, question.clone()).await.unwrap();
        assert_eq!(answer.records, wanted, "{record:?}");
        assert_eq!((answer.status, answer.protocol.as_str()), (Some(0), "DNS"));
        assert_eq!(question.absent(&answer), None);
    }
}

#[tokio::test]
async fn no_record_no_name_no_server() {
    let server = NameServer::start(|name, _| match name {
        "empty.example.org" => Reply::Records(Vec::new()),
        "broken.example.org" => Reply::Code(2),
        "refused.example.org" => Reply::Code(5),
        "silent.example.org" => Reply::Nothing,
        "garbage.example.org" => Reply::Garbage,
        _ => Reply::Code(3),
    });
    let address = server.address;
    // Both are answers: somebody may want it so.
    for (name, status, words) in [
        ("empty.example.org", 0, "the name empty.example.org has no MX record"),
        ("gone.example.org", 3, "the name gone.example.org does not exist (NXDOMAIN)"),
    ] {
        let question = dns(name, RecordType::Mx);
        let answer = records(&server, question.clone()).await.unwrap();
        assert_eq!((answer.status, answer.records.len()), (Some(status), 0));
        assert_eq!(question.absent(&answer).unwrap().to_string(), words);
    }
    let silent = "does not answer when asked for";
    for (name, wanted) in [
        (
            "broken.example.org",
            String::from(
                "the DNS server cannot find out about broken.example.org (SERVFAIL): the name \
                 servers of that domain do not answer it, or their signatures (DNSSEC) are wrong",
            ),
        ),
        (
            "refused.example.org",
            String::from("the DNS server does not answer for refused.example.org (REFUSED)"),
        ),
        ("silent.example.org", format!("the DNS server {address} {silent} silent.example.org")),
    ] {
        let (words, side) = said(records(&server, dns(name, RecordType::A)).await);
        assert_eq!((words, side), (wanted, Side::Unknown));
    }
    let (words, _) = said(records(&server, dns("garbage.example.org", RecordType::A)).await);
    assert!(
        words.starts_with("the DNS server answers nonsense for garbage.example.org: "),
        "{words}"
    );
}

#[tokio::test]
async fn a_long_answer_comes_over_tcp() {
    let server = NameServer::start(|_, _| {
        Reply::TooLongForUdp((0..100).map(|n| four(Ipv4Addr::new(192, 0, 2, n))).collect())
    });
    let answer = records(&server, dns("many.example.org", RecordType::A)).await.unwrap();
    assert_eq!(answer.records.len(), 100);
}

/// A page at a name that the server knows.
async fn visit(net: &Net, server: &NameServer, host: &str, port: u16, family: Family) -> Outcome {
    let target = Target::Http(Box::new(page(&format!("http://{host}:{port}/"))));
    let timeout = Duration::from_millis(1500);
    let resolver = Some(server.address);
    ask(net, &Probe { family, timeout, resolver, ..probe(target) }).await
}

#[tokio::test]
async fn on_the_way_to_a_page() {
    let server = NameServer::start(|name, record| match (name, record) {
        ("four.example.org", A) => Reply::Records(vec![four(Ipv4Addr::LOCALHOST)]),
        ("four.example.org" | "empty.example.org", _) => Reply::Records(Vec::new()),
        ("broken.example.org", _) => Reply::Code(2),
        ("silent.example.org", _) => Reply::Nothing,
        _ => Reply::Code(3),
    });
    let net = net();
    let address = server.address;
    for (name, wanted) in [
        ("gone.example.org", String::from("the name gone.example.org does not exist (NXDOMAIN)")),
        ("empty.example.org", String::from("the name empty.example.org has no address")),
        (
            "broken.example.org",
            String::from(
                "the DNS server cannot find out about broken.example.org (SERVFAIL): the name \
                 servers of that domain do not answer it, or their signatures (DNSSEC) are wrong",
            ),
        ),
        (
            "silent.example.org",
            format!("the DNS server {address} does not answer when asked for silent.example.org"),
        ),
    ] {
        let outcome = visit(&net, &server, name, 1, Family::Any).await;
        assert_eq!(said(outcome.result).0, wanted);
    }
    let port = http(|_| ok("here"));
    let outcome = visit(&net, &server, "four.example.org", port, Family::Any).await;
    assert_eq!(outcome.result.unwrap().body, b"here");
    assert!(outcome.phases.dns.is_some() && outcome.ipv6_fault.is_none());
    let outcome = visit(&net, &server, "four.example.org", port, Family::Ipv6).await;
    assert_eq!(said(outcome.result).0, "the name four.example.org has no IPv6 address");
    // Kept for its TTL.
    let before = server.asked();
    for _ in 0..5 {
        let outcome = visit(&net, &server, "four.example.org", port, Family::Ipv4).await;
        assert!(outcome.result.is_ok());
    }
    assert_eq!(server.asked(), before);
}

#[tokio::test]
async fn broken_ipv6_costs_little_and_is_said() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        println!("skipped: no IPv6 here");
        return;
    }
    let server = NameServer::start(|name, record| match (name, record) {
        ("halfname.example.org", AAAA) => Reply::Code(2),
        ("mute.example.org", AAAA) => Reply::Nothing,
        (_, A) => Reply::Records(vec![four(Ipv4Addr::LOCALHOST)]),
        (_, AAAA) => Reply::Records(vec![six(Ipv6Addr::LOCALHOST)]),
        _ => Reply::Code(3),
    });
    let net = net();
    // Nobody listens there over IPv6.
    let port = http(|_| ok("four"));
    let outcome = visit(&net, &server, "half.example.org", port, Family::Any).await;
    assert_eq!(outcome.result.unwrap().body, b"four");
    assert_eq!(
        outcome.ipv6_fault.unwrap().to_string(),
        format!("connection refused: nothing listens at [::1]:{port}")
    );
    // Nothing answers there over IPv6.
    let (hole, _filling, _listener) = black_hole(Ipv6Addr::LOCALHOST.into(), port);
    let outcome = visit(&net, &server, "half.example.org", port, Family::Any).await;
    assert_eq!(outcome.result.unwrap().body, b"four");
    assert!(outcome.phases.total < Duration::from_millis(900), "{:?}", outcome.phases);
    let words = outcome.ipv6_fault.unwrap().to_string();
    assert!(words.starts_with(&format!("nothing answers at {hole}: no reply")), "{words}");
    // The name server is what is broken.
    for (name, wanted) in [
        ("halfname.example.org", "the DNS server cannot find out about halfname.example.org"),
        ("mute.example.org", "the DNS server"),
    ] {
        let outcome = visit(&net, &server, name, port, Family::Any).await;
        assert_eq!(outcome.result.unwrap().body, b"four");
        assert!(outcome.phases.total < Duration::from_millis(1200), "{:?}", outcome.phases);
        let words = outcome.ipv6_fault.unwrap().to_string();
        assert!(words.starts_with(wanted), "{words}");
    }
    // Neither works, each in its way.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (hole, _filling, _listener) = black_hole(Ipv6Addr::LOCALHOST.into(), closed);
    let outcome = visit(&net, &server, "half.example.org", closed, Family::Any).await;
    let (words, side) = said(outcome.result);
    assert_eq!(
        words,
        format!(
            "over IPv4: connection refused: nothing listens at 127.0.0.1:{closed}; over IPv6: \
             nothing answers at {hole}: no reply to connecting within 1.5 s, as when a server is \
             off or a firewall drops everything"
        )
    );
    assert_eq!(side, Side::Theirs);
}
