//! Pings over HTTP: from the request to the desk and back.

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderName, HeaderValue, USER_AGENT};

use super::{Answer, App, Asker};
use crate::heartbeat::contract::{self, Asked, BODY_LIMIT, Caller, Reply};

/// More of a body is not read: the ping counts, and the connection ends.
const READ_LIMIT: usize = 16 << 20;

/// Answers a ping. `path` is that of the request, unless the latter has more before it.
pub(super) async fn answer(
    app: &App,
    asker: Asker,
    path: Option<&str>,
    request: Request<Incoming>,
) -> Answer {
    let path = path.unwrap_or(request.uri().path());
    let Some(asked) = contract::read(path, request.uri().query()) else {
        return reply(Reply::NoPage);
    };
    let (head, body) = request.into_parts();
    let header =
        |name: &str| head.headers.get(name).filter(|_| asker.is_trusted).map(HeaderValue::as_bytes);
    let caller = Caller::http(
        head.method.as_str(),
        head.headers.get(USER_AGENT).map_or(b"", HeaderValue::as_bytes),
        asker.peer,
        (header("x-forwarded-for"), header("x-forwarded-proto")),
    );
    hear(app, &asked, &caller, body).await
}

/// Answers a user of this machine: pings without a key, and nothing else.
pub(super) async fn answer_user(app: &App, user: u32, request: Request<Incoming>) -> Answer {
    let asked = contract::read(request.uri().path(), request.uri().query());
    let Some(asked) = asked.and_then(Asked::local) else {
        return reply(Reply::NoPage);
    };
    let (head, body) = request.into_parts();
    let agent = head.headers.get(USER_AGENT).map_or(b"".as_slice(), HeaderValue::as_bytes);
    let caller = Caller {
        user: Some(user),
        ..Caller::http(head.method.as_str(), agent, None, (None, None))
    };
    hear(app, &asked, &caller, body).await
}

async fn hear(app: &App, asked: &Asked, caller: &Caller, body: Incoming) -> Answer {
    let Ok((body, is_whole)) = beginning(body).await else {
        // Whoever sent half of it has gone.
        return reply(Reply::Unavailable);
    };
    let mut answer = reply(app.desk.ping(asked, caller, &body).await);
    if !is_whole {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// What is kept of a body, and whether all of it was read.
async fn beginning(mut body: Incoming) -> Result<(Bytes, bool), hyper::Error> {
    if body.is_end_stream() {
        return Ok((Bytes::new(), true));
    }
    let (mut kept, mut read) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        read += data.len();
        let room = BODY_LIMIT - kept.len();
        kept.extend_from_slice(&data[..data.len().min(room)]);
        if read > READ_LIMIT {
            return Ok((kept.freeze(), false));
        }
    }
    Ok((kept.freeze(), true))
}

pub(super) fn reply(reply: Reply) -> Answer {
    let body = Full::new(Bytes::from_static(reply.body().as_bytes()));
    let mut answer = Answer::new(Either::Left(body));
    // Every status and header there is stands in `Reply`, so these cannot fail.
    *answer.status_mut() = hyper::StatusCode::from_u16(reply.status()).unwrap_or_default();
    for (name, value) in reply.headers() {
        let name = HeaderName::from_static(name);
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
