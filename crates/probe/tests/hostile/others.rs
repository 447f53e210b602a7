use nightkeep_probe::{Fault, Ssh, Target, WebSocket};

use crate::fake::Fake;
use crate::{ask, grpc, local, said, websocket};

#[tokio::test]
async fn ssh_turns_away() {
    let ssh = |port| Target::Ssh(Ssh { place: local(port) });
    for line in
        ["Exceeded MaxStartups\r\n", "Not allowed at this time\r\n", "Not allowed at this time"]
    {
        let fake = Fake::says(line.as_bytes()).await;
        let words = format!("the SSH server turns connections away: {}", line.trim_end());
        assert_eq!(said(ssh(fake.port)).await, words);
    }
    let fake = Fake::says(b"Welcome\r\nto this\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n").await;
    let answer = ask(ssh(fake.port)).await.unwrap();
    assert_eq!(answer.body, b"SSH-2.0-OpenSSH_9.2p1 Debian");
    let fake = Fake::says(b"SSH-1.5-old\r\n").await;
    let words = "the answer is not valid SSH: it speaks only an old version: SSH-1.5-old";
    assert_eq!(said(ssh(fake.port)).await, words);
}

#[tokio::test]
async fn websocket_is_not_upgraded() {
    let target = |port| Target::WebSocket(Box::new(websocket(port)));
    let fake = Fake::talks(&[b"", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"]).await;
    let words = "the server does not upgrade to WebSocket: it answers HTTP 403";
    assert_eq!(said(target(fake.port)).await, words);
    for (headers, what) in [
        ("Upgrade: h2c\r\nConnection: Upgrade", "it upgrades to something else"),
        ("Upgrade: websocket", "it upgrades without \"Connection: Upgrade\""),
        (
            "Upgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: AAAA",
            "its Sec-WebSocket-Accept is not the answer to our key",
        ),
    ] {
        let reply = format!("HTTP/1.1 101 Switching Protocols\r\n{headers}\r\n\r\n");
        let fake = Fake::talks(&[b"", reply.as_bytes()]).await;
        let words = format!("the answer is not valid WebSocket: {what}");
        assert_eq!(said(target(fake.port)).await, words);
    }
    let mut other: WebSocket = websocket(1);
    other.http.url = String::from("http://example.com/");
    let fault = ask(Target::WebSocket(Box::new(other))).await.unwrap_err();
    assert!(matches!(fault, Fault::Invalid { .. }));
}

#[tokio::test]
async fn grpc_needs_a_server_of_http2() {
    let fake = Fake::talks(&[b"", b"HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n"]).await;
    let said = said(Target::Grpc(grpc(fake.port))).await;
    assert!(said.starts_with("what answers there speaks no HTTP/2"), "{said}");
}
