//! A place that takes pings over a unix socket, as the watch does, and remembers them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A ping as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Its path, without the query.
    pub(crate) path: String,
    /// Of the query.
    pub(crate) rid: String,
    /// Of the query: when it was, if it came late.
    pub(crate) at: Option<String>,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// `200 OK`.
    Well,
    /// `404 not found`.
    Ignorant,
    /// `503`.
    Busy,
    /// Not at all.
    Silent,
}

/// A watch without anything behind it.
pub(crate) struct Place {
    /// Its socket.
    pub(crate) socket: PathBuf,
    taken: Arc<Mutex<Vec<Taken>>>,
    mood: Arc<Mutex<Mood>>,
}

impl Place {
    /// Listens there.
    pub(crate) fn open(socket: &Path, mood: Mood) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let (taken, mood) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(mood)));
        let place = Self { socket: socket.into(), taken: taken.clone(), mood: mood.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (taken, mood) = (taken.clone(), mood.clone());
                thread::spawn(move || take(stream, &taken, *mood.lock().unwrap()));
            }
        });
        place
    }

    /// From now on.
    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// What it took so far.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// What it took, once there is so much.
    pub(crate) fn wait(&self, count: usize) -> Vec<Taken> {
        let begun = Instant::now();
        while self.taken().len() < count && begun.elapsed() < Duration::from_mins(1) {
            thread::sleep(Duration::from_millis(10));
        }
        let taken = self.taken();
        assert_eq!(taken.len(), count, "{taken:#?}");
        taken
    }
}

fn take(stream: UnixStream, all: &Mutex<Vec<Taken>>, mood: Mood) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut stream = stream;
    let answer = match mood {
        Mood::Well => "200 OK\r\nContent-Length: 2\r\n\r\nOK",
        Mood::Ignorant => "404 Not Found\r\nContent-Length: 9\r\n\r\nnot found",
        Mood::Busy => "503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        Mood::Silent => {
            thread::sleep(Duration::from_secs(20));
            return None;
        }
    };
    if mood == Mood::Well {
        let url = first.strip_prefix("POST ")?.strip_suffix(" HTTP/1.1\r\n")?;
        let (path, query) = url.split_once('?')?;
        let of = |name| query.split('&').find_map(|part| part.strip_prefix(name));
        let (rid, at) = (of("rid=")?.to_owned(), of("at=").map(str::to_owned));
        all.lock().unwrap().push(Taken { path: path.to_owned(), rid, at, body });
    }
    stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).ok()
}
