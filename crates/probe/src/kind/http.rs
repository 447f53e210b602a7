//! A page. Each redirect is a new connection, as for a visitor who comes from elsewhere.

mod exchange;
mod grpc;
mod http1;
mod http2;
mod proxy;
mod redirect;
mod request;
mod websocket;

use hyper::Method;
use url::Url;

use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::net::stream::{Socket, Stream};
use crate::net::tls::Wish;
use crate::probe::{Http, Place};
use crate::text::clean;
use crate::trace::Trace;

use exchange::Reply;
pub(super) use grpc::ask as grpc;
pub(super) use websocket::ask as websocket;

/// The newest first.
const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];
const ONLY_HTTP2: &[&[u8]] = &[b"h2"];

/// Asks for a page, and follows where it leads.
pub(crate) async fn ask(http: &Http, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let first = parse(&http.url)?;
    let mut hop = request::Hop {
        url: first.clone(),
        method: method(&http.method)?,
        body: http.body.clone().into(),
        same_origin: true,
    };
    // What cannot be sent is said before anybody is connected to.
    request::headers(http, &hop)?;
    let mut visited = Vec::new();
    loop {
        let reply = once(http, &hop, way, trace).await?;
        let next = match redirect::target(&reply, &hop.url) {
            Some(next) if http.redirects > 0 => next?,
            _ => return Ok(reply.into_answer()),
        };
        visited.push((hop.method.clone(), hop.url.clone()));
        let (method, body) = redirect::method(reply.status, &hop);
        if visited.iter().any(|(then, url)| *then == method && *url == next) {
            return Err(Fault::RedirectLoop { url: redirect::shown(&next) });
        }
        if visited.len() > usize::from(http.redirects) {
            let url = redirect::shown(&next);
            return Err(Fault::TooManyRedirects { count: http.redirects, url });
        }
        let same_origin = next.origin() == first.origin();
        trace.again(redirect::shown(&next));
        hop = request::Hop { url: next, method, body, same_origin };
    }
}

/// One request over one connection.
async fn once(
    http: &Http,
    hop: &request::Hop,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Reply, Fault> {
    let tls = hop.url.scheme() == "https";
    let alpn = if http.http2 { ONLY_HTTP2 } else { BOTH };
    let (socket, is_http2) = open(http, hop, alpn, way, trace).await?;
    let stream = Stream::new(socket, trace.seen.clone());
    let limit = exchange::Limit { body: http.body_limit, follow: http.redirects > 0 };
    if http.http2 || is_http2 {
        let (request, body) = request::http2(http, hop)?;
        http2::exchange(stream, request, body, limit, trace).await
    } else {
        let via_proxy = http.proxy.as_ref().filter(|proxy| !proxy.socks5 && !tls);
        let request = request::http1(http, hop, via_proxy)?;
        http1::exchange(stream, request, limit, trace).await
    }
}

/// The way to where a request goes, and whether HTTP/2 was agreed on.
async fn open(
    http: &Http,
    hop: &request::Hop,
    alpn: &'static [&'static [u8]],
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<(Socket, bool), Fault> {
    let tls = hop.url.scheme() == "https";
    let place = place(&hop.url)?;
    let tcp = match &http.proxy {
        None => way.connect(&place, trace).await?,
        Some(proxy) => proxy::connect(proxy, &place, tls, way, trace).await?,
    };
    if !tls {
        return Ok((Socket::Plain(tcp), false));
    }
    let wish = Wish {
        name: &place.host,
        alpn,
        insecure: http.insecure,
        client: http.client.as_ref().filter(|_| hop.same_origin),
    };
    let stream = way.tls(tcp, wish, trace).await.map_err(alpn_fault)?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Socket::Tls(Box::new(stream)), is_http2))
}

/// RFC 7301, 3.2: a server that speaks none of the protocols says so.
fn alpn_fault(fault: Fault) -> Fault {
    match fault {
        Fault::TlsRefused { alert } if alert == "NoApplicationProtocol" => {
            Fault::Rejected { what: String::from("the server speaks no HTTP/2") }
        }
        fault => fault,
    }
}

/// Where a URL points.
pub(crate) fn place(url: &Url) -> Result<Place, Fault> {
    let host = match url.host() {
        Some(url::Host::Domain(name)) => name.to_owned(),
        Some(url::Host::Ipv4(address)) => address.to_string(),
        Some(url::Host::Ipv6(address)) => address.to_string(),
        None => return Err(Fault::Invalid { what: String::from("the URL has no host") }),
    };
    let port = url.port_or_known_default().unwrap_or(80);
    Ok(Place { host, port })
}

/// A URL that can be asked. It is not repeated in words: it may hold secrets.
fn parse(url: &str) -> Result<Url, Fault> {
    let invalid = |why: &str| Fault::Invalid { what: format!("the URL is not valid: {why}") };
    let parsed = Url::parse(url).map_err(|error| invalid(&error.to_string()))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(invalid("a name and a password have their own place"));
    }
    match parsed.scheme() {
        "http" | "https" => Ok(parsed),
        _ => Err(invalid("it is neither http nor https")),
    }
}

fn method(method: &str) -> Result<Method, Fault> {
    if method.is_empty() {
        return Ok(Method::GET);
    }
    let invalid = |_| Fault::Invalid { what: format!("{} is no HTTP method", clean(method, 40)) };
    method.parse().map_err(invalid)
}
