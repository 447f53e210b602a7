use nightkeep_probe::{Domain, Fault, Target};

use crate::fake::Fake;
use crate::{ask, said};

async fn registry(status: &str, body: &str) -> Fake {
    let length = body.len();
    let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
    Fake::talks(&[b"", reply.as_bytes()]).await
}

fn domain(port: u16) -> Target {
    let service = Some(format!("http://127.0.0.1:{port}/rdap"));
    Target::Domain(Domain { name: String::from("example.com"), service })
}

#[tokio::test]
async fn a_registration_ends() {
    let body = r#"{"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "events": [
        {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00Z"}]}"#;
    let fake = registry("200 OK", body).await;
    let answer = ask(domain(fake.port)).await.unwrap();
    assert_eq!(answer.domain_ends, "2027-08-13T04:00:00Z".parse().ok());
    assert_eq!(answer.body, body.as_bytes());
}

#[tokio::test]
async fn a_registry_says_what_is_wrong() {
    for (status, body, words) in [
        ("404 Not Found", "{}", "the registry knows no domain example.com (404)"),
        ("429 Too Many", "", "the registry is asked too often (429, rate limit)"),
        ("500 Oh", "", "the registry answers HTTP 500"),
        ("200 OK", "<html>", "the answer is not valid RDAP: it is no JSON"),
        (
            "200 OK",
            "[[[]]]",
            "the answer is not valid RDAP: it does not say when the registration ends",
        ),
    ] {
        let fake = registry(status, body).await;
        assert_eq!(said(domain(fake.port)).await, words);
    }
    let nested = "[".repeat(100_000);
    let fake = registry("200 OK", &nested).await;
    assert_eq!(said(domain(fake.port)).await, "the answer is not valid RDAP: it is no JSON");
    let name = Domain { name: String::from("not a domain"), service: None };
    assert!(matches!(ask(Target::Domain(name)).await, Err(Fault::Invalid { .. })));
}
