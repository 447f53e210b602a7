//! Servers that are a module of Python.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nightkeep_probe::{Grpc, Http, Target, WebSocket};
use tokio::time::{Instant, sleep};

use crate::daemon::{Daemon, command, folder, port, write};
use crate::{Authority, holds, local, localhost};

/// A Python that has this module; none: says that the test is skipped.
pub(crate) fn python(module: &str) -> Option<PathBuf> {
    let given = std::env::var_os("NIGHTKEEP_TEST_PYTHON").map(PathBuf::from);
    let usual = ["/usr/bin/python3", "python3"].map(PathBuf::from);
    let found = given.into_iter().chain(usual).find(|python| {
        let tried = Command::new(python)
            .args(["-c", &format!("import {module}")])
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        println!("SKIPPED: Python has no module {module}");
    }
    found
}

/// The health service of grpcio-health-checking where it is installed, else its messages by hand.
const GRPC: &str = r#"
import signal, sys
from concurrent import futures
import grpc
folder, plain, tls, without = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]
states = {"": 1, "shop": 1, "broken": 2}
def health(server):
    try:
        from grpc_health.v1 import health, health_pb2_grpc
        servicer = health.HealthServicer()
        for name, state in states.items():
            servicer.set(name, state)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    except ImportError:
        def check(request, context):
            name = request[2:].decode()
            if name not in states:
                context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
            return bytes([8, states[name]])
        method = grpc.unary_unary_rpc_method_handler(check)
        handler = grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": method})
        server.add_generic_rpc_handlers((handler,))
read = lambda name: open(folder + "/" + name, "rb").read()
credentials = grpc.ssl_server_credentials([(read("key.pem"), read("cert.pem"))])
servers = []
for port, has_health in ((tls, True), (without, False), (plain, True)):
    server = grpc.server(futures.ThreadPoolExecutor(2))
    if has_health:
        health(server)
    if port == tls:
        server.add_secure_port("localhost:" + port, credentials)
    else:
        server.add_insecure_port("127.0.0.1:" + port)
    server.start()
    servers.append(server)
signal.pause()
"#;

#[tokio::test]
async fn grpc() {
    let Some(python) = python("grpc") else { return };
    let (folder, authority) = (folder(), Authority::new());
    let (plain, tls, without) = (port(), port(), port());
    authority.write(folder.path());
    let script = write(folder.path(), "server.py", GRPC, 0o644);
    let mut server = command(&python);
    server.arg(script).arg(folder.path()).args([plain, tls, without].map(|port| port.to_string()));
    let _server = Daemon::start(server, folder.path(), plain);

    let health = |port, service: &str, tls| {
        let place = if tls { localhost(port) } else { local(port) };
        Target::Grpc(Grpc { place, service: service.to_owned(), tls, insecure: false })
    };
    for (port, with_tls) in [(plain, false), (tls, true)] {
        for service in ["", "shop"] {
            let outcome = authority.outcome(health(port, service, with_tls)).await;
            holds(&outcome, "status = 1 and body = SERVING and protocol = HTTP/2");
        }
        let said = authority.said(health(port, "broken", with_tls)).await;
        assert_eq!(said, "the health of broken is NOT_SERVING");
        let said = authority.said(health(port, "other", with_tls)).await;
        assert_eq!(said, "the server knows no service other (NOT_FOUND)");
    }
    let said = authority.said(health(without, "", false)).await;
    assert_eq!(said, "the server has no health service (UNIMPLEMENTED)");
}

const WEBSOCKETS: &str = r#"
import asyncio, ssl, sys
import websockets
folder, plain, tls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
async def serve(socket, path=None):
    try:
        async for message in socket:
            pass
    finally:
        print("closed", socket.close_code, flush=True)
async def main():
    options = {"subprotocols": ["chat"]}
    async with websockets.serve(serve, "127.0.0.1", tls, ssl=context, **options):
        async with websockets.serve(serve, "127.0.0.1", plain, **options):
            await asyncio.Future()
asyncio.run(main())
"#;

#[tokio::test]
async fn websocket() {
    let Some(python) = python("websockets") else { return };
    let (folder, authority) = (folder(), Authority::new());
    let (plain, tls) = (port(), port());
    authority.write(folder.path());
    let script = write(folder.path(), "server.py", WEBSOCKETS, 0o644);
    let mut server = command(&python);
    server.arg(script).arg(folder.path()).args([plain, tls].map(|port| port.to_string()));
    let server = Daemon::start(server, folder.path(), plain);

    let target = |url: String, protocols: &[&str]| {
        let http = Http { url, ..Http::default() };
        let protocols = protocols.iter().map(|protocol| (*protocol).to_owned()).collect();
        Target::WebSocket(Box::new(WebSocket { http, protocols }))
    };
    for url in [format!("ws://127.0.0.1:{plain}/"), format!("wss://127.0.0.1:{tls}/x?y=z")] {
        let outcome = authority.outcome(target(url.clone(), &["chat", "other"])).await;
        holds(&outcome, "status = 101 and header.sec-websocket-protocol = chat");
    }
    let until = Instant::now() + Duration::from_secs(5);
    while server.log().matches("closed 1000").count() < 2 && Instant::now() < until {
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.log().matches("closed 1000").count(), 2, "{}", server.log());
}
