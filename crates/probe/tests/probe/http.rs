//! What is asked and answered over HTTP.

use std::time::Duration;

use bytes::Bytes;
use nightkeep_probe::{Http, Target};

use crate::authority::{Authority, days, noon};
use crate::server::{http, https, ok, tls_config};
use crate::{ask, get, net, page, probe, said};

#[tokio::test]
async fn the_request_and_the_reply() {
    let port = http(ok);
    let asked = Http {
        headers: vec![(String::from("User-Agent"), String::from("mine/1"))],
        ..page(&format!("http://127.0.0.1:{port}/a?b=c"))
    };
    let outcome = ask(&net(), &probe(Target::Http(Box::new(asked)))).await;
    let answer = outcome.result.unwrap();
    assert_eq!((answer.status, answer.protocol.as_str()), (Some(200), "HTTP/1.1"));
    assert!(answer.headers.contains(&(String::from("x-server"), String::from("test"))));
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        format!(
            "GET /a?b=c HTTP/1.1\r\nuser-agent: mine/1\r\naccept: */*\r\naccept-encoding: \
             identity\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n"
        )
    );
    let phases = outcome.phases;
    assert!(phases.dns.is_none() && phases.tls.is_none());
    assert!(phases.connect.unwrap() + phases.first_byte.unwrap() <= phases.total);
    assert!(phases.total < Duration::from_secs(2));
}

#[tokio::test]
async fn a_body_that_just_fits_is_not_cut() {
    let port = http(|_| ok("12345678"));
    let url = format!("http://127.0.0.1:{port}/");
    for (limit, body, cut) in [(8, &b"12345678"[..], false), (7, b"1234567", true), (0, b"", true)]
    {
        let answer = get(Http { body_limit: limit, ..page(&url) }).await.unwrap();
        assert_eq!((&answer.body[..], answer.cut), (body, cut));
    }
}

#[tokio::test]
async fn over_tls_with_the_end_of_the_chain() {
    let root = Authority::root("Test Root");
    let ends = noon() + days(40);
    let intermediate = root.intermediate("Test Intermediate", ends);
    let chain = intermediate.leaf(&["localhost"], noon() - days(1), noon() + days(80));
    let port = https(tls_config(&chain), |_| ok("secure"));
    let net = nightkeep_probe::Net::new(root.trusted()).unwrap();
    let target = Target::Http(Box::new(page(&format!("https://localhost:{port}/"))));
    let outcome = ask(&net, &probe(target)).await;
    assert_eq!(outcome.result.unwrap().body, b"secure");
    assert_eq!(outcome.certificate_ends, Some(ends));
    assert!(outcome.phases.tls.is_some() && outcome.phases.dns.is_some());
}

/// Speaks HTTP/2 and tells what it was asked.
async fn http2_server<S>(stream: S)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let asked =
            format!("{} {} {:?}", request.method(), request.uri(), request.headers().get("host"));
        let response = hyper::Response::builder().header("X-Two", "2").body(()).unwrap();
        let mut send = respond.send_response(response, false).unwrap();
        send.send_data(Bytes::from(asked), false).unwrap();
        let mut trailers = hyper::HeaderMap::new();
        trailers.insert("x-trailer", hyper::header::HeaderValue::from_static("end"));
        send.send_trailers(trailers).unwrap();
    }
}

#[tokio::test]
async fn http2_by_alpn_and_by_knowledge() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http2_server(stream));
        }
    });
    let root = Authority::root("Test Root");
    let chain = root.leaf(&["127.0.0.1"], noon() - days(1), noon() + days(80));
    let mut config = tls_config(&chain);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secure = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(http2_server(stream));
            }
        }
    });
    let net = nightkeep_probe::Net::new(root.trusted()).unwrap();
    for (url, http2) in [
        (format!("http://127.0.0.1:{plain}/x"), true),
        (format!("https://127.0.0.1:{secure}/x"), false),
        (format!("https://127.0.0.1:{secure}/x"), true),
    ] {
        let target = Target::Http(Box::new(Http { http2, ..page(&url) }));
        let outcome = ask(&net, &probe(target)).await;
        let answer = outcome.result.unwrap();
        assert_eq!(answer.protocol, "HTTP/2");
        assert_eq!(String::from_utf8(answer.body).unwrap(), format!("GET {url} None"));
        let header = |name: &str| answer.headers.iter().any(|(known, _)| known == name);
        assert!(header("x-two") && header("x-trailer"));
        assert!(outcome.phases.first_byte.is_some());
    }
}

#[tokio::test]
async fn another_host_may_be_asked_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let two = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http2_server(stream));
        }
    });
    let one = http(ok);
    let headers = vec![(String::from("Host"), String::from("shop.example"))];
    let asked = |port: u16, http2| Http {
        headers: headers.clone(),
        http2,
        ..page(&format!("http://127.0.0.1:{port}/x"))
    };
    let body = async |http| String::from_utf8(get(http).await.unwrap().body).unwrap();
    let said = body(asked(one, false)).await;
    assert!(said.contains("\r\nhost: shop.example\r\n"), "{said}");
    assert_eq!(body(asked(two, true)).await, "GET http://shop.example/x None");
}

#[tokio::test]
async fn http2_where_it_is_not_spoken() {
    let port = http(|_| String::from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    let url = format!("http://127.0.0.1:{port}/");
    let (words, _) = said(get(Http { http2: true, ..page(&url) }).await);
    assert_eq!(words, "what answers there speaks no HTTP/2: it says \"HTTP/1.1 400 Bad Request\"");
    let root = Authority::root("Test Root");
    let chain = root.leaf(&["127.0.0.1"], noon() - days(1), noon() + days(80));
    let mut config = tls_config(&chain);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let port = https(config, |_| ok("one"));
    let net = nightkeep_probe::Net::new(root.trusted()).unwrap();
    let url = format!("https://127.0.0.1:{port}/");
    let target = |http2| probe(Target::Http(Box::new(Http { http2, ..page(&url) })));
    let (words, _) = said(ask(&net, &target(true)).await.result);
    assert_eq!(words, "the server speaks no HTTP/2");
    assert_eq!(ask(&net, &target(false)).await.result.unwrap().body, b"one");
}
