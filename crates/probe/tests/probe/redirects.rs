//! Where a page leads.

use nightkeep_probe::{Auth, Http};

use crate::server::{http, ok, redirect};
use crate::{get, page, said};

#[tokio::test]
async fn followed_to_the_end() {
    let port = http(|asked| match asked.split(' ').nth(1) {
        Some("/") => redirect("/next?secret=1#part"),
        Some("/next?secret=1") => redirect("last"),
        Some("/last") => ok("here"),
        other => ok(&format!("{other:?}")),
    });
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(get(page(&url)).await.unwrap().body, b"here");
    // None are followed unless asked for.
    let answer = get(Http { redirects: 0, ..page(&url) }).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (Some(302), &b"moved"[..]));
}

#[tokio::test]
async fn loops_and_too_many() {
    let port = http(|asked| match asked.split(' ').nth(1) {
        Some("/a?token=1") => redirect("/b"),
        Some("/b") => redirect("/a?token=1"),
        Some(path) => redirect(&format!("{path}x")),
        None => String::new(),
    });
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let (words, _) = said(get(page(&url("/a?token=1"))).await);
    assert_eq!(words, format!("redirect loop: {} leads back to itself", url("/a")));
    let (words, _) = said(get(Http { redirects: 3, ..page(&url("/x")) }).await);
    assert_eq!(words, format!("too many redirects: 3, and the next leads to {}", url("/xxxxx")));
}

#[tokio::test]
async fn only_to_http() {
    for to in ["file:///etc/passwd", "gopher://127.0.0.1:70/x", "http://"] {
        let port = http(move |_| redirect(to));
        let (words, _) = said(get(page(&format!("http://127.0.0.1:{port}/"))).await);
        assert_eq!(words, format!("it redirects to {to}, which is no HTTP address"));
    }
}

#[tokio::test]
async fn a_fault_behind_a_redirect_is_said_to_be_there() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = http(move |_| redirect(&format!("http://127.0.0.1:{closed}/login?token=1")));
    let (words, side) = said(get(page(&format!("http://127.0.0.1:{port}/"))).await);
    assert_eq!(
        words,
        format!(
            "it redirects to http://127.0.0.1:{closed}/login, and there: connection refused: \
             nothing listens at 127.0.0.1:{closed}"
        )
    );
    assert_eq!(side, nightkeep_probe::Side::Theirs);
}

#[tokio::test]
async fn secrets_stay_with_whom_they_are_for() {
    let echo = http(ok);
    let port = http(move |asked| match asked.split(' ').nth(1) {
        Some("/away") => redirect(&format!("http://user:pass@127.0.0.1:{echo}/")),
        Some("/home") => redirect("/echo"),
        _ => ok(asked),
    });
    for auth in [
        Auth::Basic(String::from("admin"), String::from("s3cret")),
        Auth::Bearer(String::from("t0ken")),
    ] {
        let ask = |path: &str| Http {
            auth: auth.clone(),
            headers: vec![(String::from("X-Key"), String::from("k3y"))],
            ..page(&format!("http://127.0.0.1:{port}{path}"))
        };
        let body = |answer: nightkeep_probe::Answer| String::from_utf8(answer.body).unwrap();
        let home = body(get(ask("/home")).await.unwrap()).to_lowercase();
        assert!(home.contains("authorization: ") && home.contains("x-key: k3y"), "{home}");
        let away = body(get(ask("/away")).await.unwrap()).to_lowercase();
        assert!(!away.contains("authorization") && !away.contains("k3y"), "{away}");
    }
}

#[tokio::test]
async fn the_method_changes_as_browsers_change_it() {
    for (status, method) in [(302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        let port = http(move |asked| {
            if asked.contains(" /first ") {
                format!("HTTP/1.1 {status} X\r\nLocation: /second\r\nContent-Length: 0\r\n\r\n")
            } else {
                ok(asked)
            }
        });
        let http = Http {
            method: String::from("POST"),
            body: b"hello".to_vec(),
            ..page(&format!("http://127.0.0.1:{port}/first"))
        };
        let asked = String::from_utf8(get(http).await.unwrap().body).unwrap();
        assert!(asked.starts_with(&format!("{method} /second ")), "{status}: {asked}");
    }
}
