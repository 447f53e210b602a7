//! A web server on loopback that answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What the server does with a request.
pub(crate) enum Answer {
    /// These bytes, then it closes.
    Bytes(Vec<u8>),
    /// Nothing, for longer than anyone waits.
    Silence,
}

/// A complete reply.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Bytes(
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into(),
    )
}

/// A request as it came.
pub(crate) struct Request {
    /// First line and headers; header names in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
    /// When it was read to its end.
    pub(crate) at: Instant,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Answers one connection after another; says where it is and what it was asked.
pub(crate) fn serve(answers: Vec<Answer>) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = asked.send(read(&stream));
            match answer {
                // The client may have gone.
                Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
                Answer::Silence => std::thread::sleep(Duration::from_secs(30)),
            }
        }
    });
    (url, requests)
}

#[allow(clippy::disallowed_methods, reason = "what is asked for is a wait, by any clock")]
fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let line = match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
            None => line.to_owned(),
        };
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        head = head + &line + "\n";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { head, body: String::from_utf8(body).unwrap(), at: Instant::now() }
}
