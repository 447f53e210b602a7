//! A service that fails, and how it is called.

use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::Duration;

use nightkeep_probe::{Family, Probe, Side, Target, Tls};

use crate::server::{black_hole, head, http, listen, ok, reset, serve};
use crate::{ask, get, local, net, page, probe, said, tcp, without_numbers};

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/health")
}

/// A port nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn refused() {
    let port = closed_port();
    let (words, side) = said(get(page(&url(port))).await);
    assert_eq!(words, format!("connection refused: nothing listens at 127.0.0.1:{port}"));
    assert_eq!(side, Side::Theirs);
}

#[tokio::test]
async fn black_hole_is_not_called_refused() {
    let (address, _filling, _listener) = black_hole(Ipv4Addr::LOCALHOST.into(), 0);
    let timeout = Duration::from_millis(700);
    let target = tcp(local(address.port()), b"", false);
    let outcome = ask(&net(), &Probe { timeout, ..probe(target) }).await;
    assert!(outcome.phases.total >= timeout && outcome.phases.total < 2 * timeout);
    let (words, side) = said(outcome.result);
    assert_eq!(
        words,
        format!(
            "nothing answers at {address}: no reply to connecting within 700 ms, as when a server \
             is off or a firewall drops everything"
        )
    );
    assert_eq!(side, Side::Unknown);
}

#[tokio::test]
async fn hung_up_or_reset_before_an_answer() {
    let port = listen(|mut stream| drop(head(&mut stream)));
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the server hung up before an answer");
    let port = listen(|mut stream| {
        head(&mut stream);
        reset(stream);
    });
    let (words, side) = said(get(page(&url(port))).await);
    assert_eq!(words, "the connection was reset before an answer");
    assert_eq!(side, Side::Theirs);
    let port = listen(|mut stream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Half").unwrap();
    });
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the server hung up in the middle of the answer");
}

#[tokio::test]
async fn broken_off_in_the_body() {
    let begin = |mut stream: std::net::TcpStream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").unwrap();
        stream.write_all(&[b'a'; 100]).unwrap();
        stream
    };
    let port = listen(move |stream| reset(begin(stream)));
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the answer broke off after 100 bytes: the connection was reset");
    let port = listen(move |stream| drop(begin(stream)));
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the answer broke off after 100 bytes: the connection was closed");
    let port = listen(|mut stream| {
        head(&mut stream);
        let begun = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        stream.write_all(begun).unwrap();
    });
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the answer broke off after 5 bytes: the connection was closed");
}

#[tokio::test]
async fn silent_after_the_connection() {
    let port = listen(|mut stream| {
        head(&mut stream);
        std::thread::sleep(Duration::from_secs(3));
    });
    let target = Target::Http(Box::new(page(&url(port))));
    let timeout = Duration::from_millis(300);
    let outcome = ask(&net(), &Probe { timeout, ..probe(target) }).await;
    assert!(outcome.phases.connect.is_some() && outcome.phases.first_byte.is_none());
    assert_eq!(outcome.address.map(|address| address.port()), Some(port));
    let (words, side) = said(outcome.result);
    assert_eq!(words, "it takes connections, but sent no answer within 300 ms");
    assert_eq!(side, Side::Theirs);
}

#[tokio::test]
async fn slow_loris() {
    for begun in [&b"HTTP/1.1 200 OK\r\nX-Slow: "[..], b"HTTP/1.1 200 OK\r\n\r\n"] {
        let port = listen(move |mut stream| {
            head(&mut stream);
            stream.write_all(begun).unwrap();
            while stream.write_all(b"a").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let target = Target::Http(Box::new(page(&url(port))));
        let timeout = Duration::from_millis(500);
        let outcome = ask(&net(), &Probe { timeout, ..probe(target) }).await;
        let (words, side) = said(outcome.result);
        assert_eq!(
            without_numbers(&words),
            "the answer trickles in too slowly: N bytes within N ms, and no end"
        );
        assert_eq!(side, Side::Theirs);
    }
}

#[tokio::test]
async fn endless_body_is_cut_and_no_fault() {
    let port = listen(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'a'; 8192]).is_ok() {}
    });
    let answer = get(page(&url(port))).await.unwrap();
    assert_eq!((answer.body.len(), answer.cut), (64 * 1024, true));
}

#[tokio::test]
async fn endless_headers_are_no_http() {
    let port = listen(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ");
        while stream.write_all(&[b'a'; 8192]).is_ok() {}
    });
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the answer is not valid HTTP: message head is too large");
    let port = listen(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Many: 1\r\n").is_ok() {}
    });
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the answer is not valid HTTP: message head is too large");
}

#[tokio::test]
async fn another_protocol() {
    let port = listen(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
        head(&mut stream);
    });
    let (words, side) = said(get(page(&url(port))).await);
    assert_eq!(
        words,
        "what answers there speaks no HTTP: it says \"SSH-2.0-OpenSSH_9.2p1 Debian-2\""
    );
    assert_eq!(side, Side::Theirs);
    let port = listen(|mut stream| {
        let _ = stream.write_all(b"\x1b[2J\x00\xff\xfe evil \x1b]0;title\x07\r\n\r\n");
        head(&mut stream);
    });
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "what answers there speaks no HTTP");
    let port = http(|_| String::from("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "the answer is not valid HTTP: invalid content-length parsed");
}

#[tokio::test]
async fn plain_http_where_tls_is_spoken_and_the_reverse() {
    let port = http(|_| ok("hello"));
    let secure = format!("https://127.0.0.1:{port}/");
    let (words, _) = said(get(page(&secure)).await);
    assert_eq!(words, "what answers there speaks no TLS (is it plain HTTP, or another port?)");
    let tls = Tls { place: local(port), server_name: None, insecure: false };
    let (again, _) = said(ask(&net(), &probe(Target::Tls(tls))).await.result);
    assert_eq!(words, again);

    let chain = crate::authority::self_signed(&["127.0.0.1"], false);
    let port = crate::server::https(crate::server::tls_config(&chain), |_| ok("hello"));
    let (words, _) = said(get(page(&url(port))).await);
    assert_eq!(words, "what answers there speaks TLS, but was asked without (HTTP on a TLS port)");
}

#[tokio::test]
async fn a_tls_handshake_that_never_ends_or_is_cut() {
    let port = listen(|stream| {
        std::thread::sleep(Duration::from_secs(3));
        drop(stream);
    });
    let tls = || Target::Tls(Tls { place: local(port), server_name: None, insecure: false });
    let timeout = Duration::from_millis(300);
    let outcome = ask(&net(), &Probe { timeout, ..probe(tls()) }).await;
    let (words, _) = said(outcome.result);
    assert_eq!(words, "it takes connections, but the TLS handshake was not done within 300 ms");
    let port = listen(|stream| {
        std::thread::sleep(Duration::from_millis(50));
        reset(stream);
    });
    let tls = Target::Tls(Tls { place: local(port), server_name: None, insecure: false });
    let (words, _) = said(ask(&net(), &probe(tls)).await.result);
    assert_eq!(words, "the connection was reset in the TLS handshake");
}

#[tokio::test]
async fn the_word_of_a_port() {
    let port = listen(|mut stream| {
        for part in [&b"220 mail"[..], b".example ESMTP\r\n"] {
            stream.write_all(part).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        head(&mut stream);
    });
    let outcome = ask(&net(), &probe(tcp(local(port), b"EHLO\r\n", true))).await;
    let answer = outcome.result.unwrap();
    assert_eq!(answer.body, b"220 mail.example ESMTP\r\n");
    assert!(outcome.phases.first_byte.is_some());
    let port = listen(drop);
    let (words, _) = said(ask(&net(), &probe(tcp(local(port), b"", true))).await.result);
    assert_eq!(words, "the server hung up before an answer");
}

#[tokio::test]
async fn an_address_of_the_other_family_is_not_tried() {
    let port = http(|_| ok("hello"));
    let target = || Target::Http(Box::new(page(&url(port))));
    let family = Family::Ipv6;
    let (words, _) = said(ask(&net(), &Probe { family, ..probe(target()) }).await.result);
    assert_eq!(words, "the name 127.0.0.1 has no IPv6 address");
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
    let port = serve(listener, |mut stream| {
        head(&mut stream);
        let _ = stream.write_all(ok("six").as_bytes());
    });
    let target = Target::Http(Box::new(page(&format!("http://[::1]:{port}/"))));
    let outcome = ask(&net(), &Probe { family, ..probe(target) }).await;
    assert_eq!(outcome.result.unwrap().body, b"six");
    assert_eq!(outcome.phases.dns, None);
}

#[tokio::test]
async fn what_is_no_url_is_said() {
    for (url, words) in [
        ("ftp://example.org/", "it is neither http nor https"),
        ("http://", "empty host"),
        ("example.org", "relative URL without a base"),
        ("http://a:b@example.org/", "a name and a password have their own place"),
    ] {
        let words = format!("the URL is not valid: {words}");
        assert_eq!(said(get(page(url)).await), (words, Side::Ours));
    }
    let http = nightkeep_probe::Http {
        headers: vec![(String::from("X-Key"), String::from("a\r\nb"))],
        ..page("http://127.0.0.1:1/")
    };
    let (words, _) = said(get(http).await);
    assert_eq!(words, "a header's value has characters that cannot be sent");
}
