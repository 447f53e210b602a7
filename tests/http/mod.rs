//! HTTP as a client of the built binary speaks it, by hand.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Long enough for a slow machine; nothing waits this long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What came back. Names of headers are in small letters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Asks over a connection of its own. None: nobody answers.
pub(crate) fn ask(port: u16, request: &str) -> Option<Answer> {
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    exchange(&mut BufReader::new(stream), request)
}

/// Asks over a connection that stays.
pub(crate) fn exchange(stream: &mut BufReader<TcpStream>, request: &str) -> Option<Answer> {
    stream.get_ref().set_read_timeout(Some(PATIENCE)).ok()?;
    stream.get_mut().write_all(request.as_bytes()).ok()?;
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; if request.starts_with("HEAD") { 0 } else { length }];
    stream.read_exact(&mut body).ok()?;
    Some(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
