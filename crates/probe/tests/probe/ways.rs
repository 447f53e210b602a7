//! Through proxies.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use nightkeep_probe::{Auth, Http, Net, Probe, Proxy, Target};

use crate::authority::{Authority, days, noon};
use crate::server::{head, http, https, listen, ok, tls_config};
use crate::{ask, local, page, probe, said};

/// Carries bytes both ways until one side closes.
fn pipe(one: TcpStream, other: TcpStream) {
    let carry = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    };
    let (back, forth) = (one.try_clone().unwrap(), other.try_clone().unwrap());
    std::thread::spawn(move || carry(other, back));
    carry(one, forth);
}

/// CONNECT for the user `a` with the password `b`; plain requests are answered by itself.
fn http_proxy() -> u16 {
    listen(|mut stream| {
        let asked = head(&mut stream);
        let mut words = asked.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !asked.to_lowercase().contains("proxy-authorization: basic ytpi") {
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        } else if method != "CONNECT" {
            let _ = stream.write_all(ok(&format!("{method} {target}")).as_bytes());
        } else if let Ok(other) = TcpStream::connect(target) {
            let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            pipe(stream, other);
        } else {
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
        }
    })
}

/// SOCKS5, with or without a name and a password; any name leads to this machine.
fn socks_proxy(with_login: bool) -> u16 {
    listen(move |mut stream| {
        let byte = |stream: &mut TcpStream| {
            let mut byte = [0];
            stream.read_exact(&mut byte).map_or(0, |()| usize::from(byte[0]))
        };
        let text = |stream: &mut TcpStream, length: usize| {
            let mut text = vec![0; length];
            stream.read_exact(&mut text).unwrap();
            text
        };
        assert_eq!(byte(&mut stream), 5);
        let length = byte(&mut stream);
        let methods = text(&mut stream, length);
        if with_login {
            if !methods.contains(&2) {
                let _ = stream.write_all(&[5, 0xff]);
                return;
            }
            stream.write_all(&[5, 2]).unwrap();
            byte(&mut stream);
            let length = byte(&mut stream);
            let user = text(&mut stream, length);
            let length = byte(&mut stream);
            let password = text(&mut stream, length);
            let is_known = user == b"a" && password == b"b";
            stream.write_all(&[1, u8::from(!is_known)]).unwrap();
            if !is_known {
                return;
            }
        } else {
            stream.write_all(&[5, 0]).unwrap();
        }
        let kind = text(&mut stream, 4)[3];
        let length = if kind == 3 { byte(&mut stream) } else { 4 };
        text(&mut stream, length);
        let port = text(&mut stream, 2);
        match TcpStream::connect(("127.0.0.1", u16::from_be_bytes([port[0], port[1]]))) {
            Ok(other) => {
                stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).unwrap();
                pipe(stream, other);
            }
            Err(_) => drop(stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0])),
        }
    })
}

fn login() -> Auth {
    Auth::Basic(String::from("a"), String::from("b"))
}

fn through(url: &str, port: u16, socks5: bool, auth: Auth) -> Probe {
    let proxy = Some(Proxy { socks5, place: local(port), auth });
    probe(Target::Http(Box::new(Http { proxy, ..page(url) })))
}

fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn http_and_socks5() {
    let root = Authority::root("Test Root");
    let chain = root.leaf(&["known.example"], noon() - days(1), noon() + days(80));
    let chain_local = root.leaf(&["127.0.0.1"], noon() - days(1), noon() + days(80));
    let secure = https(tls_config(&chain), |_| ok("secure"));
    let secure_local = https(tls_config(&chain_local), |_| ok("secure"));
    let plain = http(|_| ok("plain"));
    let net = Net::new(root.trusted()).unwrap();
    let proxy = http_proxy();
    let answer =
        ask(&net, &through(&format!("https://127.0.0.1:{secure_local}/"), proxy, false, login()))
            .await;
    assert_eq!(answer.result.unwrap().body, b"secure");
    let answer = ask(&net, &through("http://plain.example/x?y", proxy, false, login())).await;
    assert_eq!(answer.result.unwrap().body, b"GET http://plain.example/x?y");
    for (with_login, auth) in [(true, login()), (false, Auth::None)] {
        let proxy = socks_proxy(with_login);
        // Only the proxy knows the names.
        let url = format!("https://known.example:{secure}/");
        let answer = ask(&net, &through(&url, proxy, true, auth.clone())).await;
        assert_eq!(answer.result.unwrap().body, b"secure");
        let url = format!("http://127.0.0.1:{plain}/");
        let answer = ask(&net, &through(&url, proxy, true, auth)).await;
        assert_eq!(answer.result.unwrap().body, b"plain");
    }
}

#[tokio::test]
async fn whose_fault_it_is() {
    let net = crate::net();
    let closed = closed_port();
    let target = format!("https://127.0.0.1:{closed}/");
    let (http, socks, silent) = (
        http_proxy(),
        socks_proxy(true),
        listen(|mut stream| {
            head(&mut stream);
            std::thread::sleep(Duration::from_secs(3));
        }),
    );
    let no_socks = listen(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    for (port, socks5, auth, wanted) in [
        (
            closed,
            false,
            login(),
            format!("connection refused: nothing listens at 127.0.0.1:{closed}"),
        ),
        (http, false, Auth::None, String::from("it wants a name and a password (407)")),
        (
            http,
            false,
            login(),
            format!("it makes no connection to 127.0.0.1:{closed}: HTTP/1.1 502 Bad Gateway"),
        ),
        (socks, true, Auth::None, String::from("it wants a name and a password")),
        (
            socks,
            true,
            Auth::Basic(String::from("a"), String::from("c")),
            String::from("it refuses the name and the password"),
        ),
        (
            socks,
            true,
            login(),
            format!("it makes no connection to 127.0.0.1:{closed}: connection refused"),
        ),
        (no_socks, true, Auth::None, String::from("what answers there speaks no SOCKS5")),
        (silent, false, login(), String::from("the proxy made no connection within 500 ms")),
    ] {
        let timeout = Duration::from_millis(500);
        let asked = Probe { timeout, ..through(&target, port, socks5, auth) };
        let (words, _) = said(ask(&net, &asked).await.result);
        assert_eq!(words, format!("the proxy 127.0.0.1:{port}: {wanted}"));
    }
}
