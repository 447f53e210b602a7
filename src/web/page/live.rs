//! What changes while a page is open: it is made anew every few seconds, and the pieces of it that
//! are not as they were are sent (server-sent events).
//!
//! A piece is one element between the comments `<!--piece:ID-->` and `<!--/piece-->`, where ID is
//! that of the element. Text of others cannot forge them: its `<` is escaped.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Either, StreamBody};
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

use super::Shown;
use super::visit::{Fields, Visit};
use crate::clock;
use crate::web::{Answer, access, answer};

/// Where it is.
pub(super) const PATH: &str = "/live";
/// It is looked so often.
const TICK: Duration = Duration::from_secs(3);
/// Where a look is slow it is looked less often: so many times as long as it took, but at least so often.
const SHARE: u32 = 20;
const SLOWEST: Duration = Duration::from_secs(10);
/// Something is sent at least so often, so that both ends know of each other.
const SILENT_TICKS: u32 = 5;
/// After so many ticks the browser asks again, and with it whether it still may.
const TICKS: u32 = 40;

/// Open pages that are kept live at once: each holds a connection, and pings need theirs.
const MOST: usize = 64;
static ROOM: Semaphore = Semaphore::const_new(MOST);

/// A page as somebody has it.
struct Watched {
    _room: SemaphorePermit<'static>,
    visit: Visit,
    known: BTreeMap<String, u64>,
    ticks: u32,
    silent: u32,
    is_first: bool,
    /// How long the last look took.
    took: Duration,
}

/// Answers with what changes from now on, on the page that `page` names.
pub(super) fn answer(visit: Visit) -> Answer {
    let asked = visit.query.text("page").to_owned();
    let (path, query) = asked.split_once('?').unwrap_or((&asked, ""));
    let visit =
        Visit { path: path.to_owned(), query: Fields::read(query.as_bytes()), said: None, ..visit };
    let Ok(room) = ROOM.try_acquire() else {
        let full = "Too many pages are open.\n";
        return answer::html(StatusCode::SERVICE_UNAVAILABLE, full);
    };
    let watched = Watched {
        _room: room,
        visit,
        known: BTreeMap::new(),
        ticks: 0,
        silent: 0,
        is_first: true,
        took: Duration::ZERO,
    };
    let body = stream::unfold(watched, |watched| async move {
        let (sent, watched) = watched.next().await?;
        Some((Ok::<_, Infallible>(Frame::data(Bytes::from(sent))), watched))
    });
    let mut answer = Answer::new(Either::Right(StreamBody::new(body).boxed_unsync()));
    let headers = answer.headers_mut();
    answer::page_headers(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold it back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer
}

impl Watched {
    /// Waits until there is something to send. None: it is over.
    async fn next(mut self) -> Option<(String, Self)> {
        if self.is_first {
            self.is_first = false;
            // What was on the page a moment ago, as the browser got it.
            self.known = hashes(&self.look().await?);
            return Some((String::from("retry: 2000\n\n"), self));
        }
        while self.ticks < TICKS && !self.visit.app.is_stopping() {
            self.ticks += 1;
            sleep((self.took * SHARE).clamp(TICK, SLOWEST)).await;
            let html = self.look().await?;
            let mut sent = String::new();
            for (id, piece) in pieces(&html) {
                let hash = hash(piece);
                if self.known.insert(id.to_owned(), hash) != Some(hash) {
                    let data = serde_json::json!({ "id": id, "html": piece });
                    sent += &format!("event: piece\ndata: {data}\n\n");
                }
            }
            self.silent += 1;
            if sent.is_empty() && self.silent >= SILENT_TICKS {
                sent = format!("event: still\ndata: {}\n\n", self.visit.now);
            }
            if !sent.is_empty() {
                self.silent = 0;
                return Some((sent, self));
            }
        }
        None
    }

    /// The page as it is now.
    async fn look(&mut self) -> Option<String> {
        self.visit.now = clock::now();
        self.visit.config = std::sync::Arc::clone(&self.visit.app.config.borrow());
        let (route, parts) = super::found("GET", &self.visit.path)?;
        // The session may have been ended meanwhile, or the role changed.
        let Visit { app, asker, headers, .. } = &self.visit;
        self.visit.who = access::who(app, *asker, headers).await.ok()??;
        if !self.visit.who.may(route.need) {
            return None;
        }
        self.visit.parts = parts;
        let begin = clock::monotonic();
        let shown = self.visit.call(route.call).await;
        self.took = begin.elapsed();
        match shown {
            Ok(Shown::Html(html)) => Some(html),
            _ => None,
        }
    }
}

fn hashes(html: &str) -> BTreeMap<String, u64> {
    pieces(html).map(|(id, piece)| (id.to_owned(), hash(piece))).collect()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The pieces of a page, with the ids of their elements.
fn pieces(html: &str) -> impl Iterator<Item = (&str, &str)> {
    html.split("<!--piece:").skip(1).filter_map(|rest| {
        let (id, rest) = rest.split_once("-->")?;
        let (piece, _) = rest.split_once("<!--/piece-->")?;
        Some((id, piece.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_page() {
        let html = "<p>x</p><!--piece:a--> <b id=\"a\">1</b> <!--/piece--><i>y</i>\
                    <!--piece:c--><u id=\"c\"></u><!--/piece--><!--piece:open-->";
        let found: Vec<_> = pieces(html).collect();
        assert_eq!(found, [("a", "<b id=\"a\">1</b>"), ("c", "<u id=\"c\"></u>")]);
    }
}
