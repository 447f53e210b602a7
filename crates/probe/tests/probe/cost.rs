//! What a check costs.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use futures_util::StreamExt as _;
use nightkeep_probe::{Net, Probe, Target};
use rustix::time::{ClockId, clock_gettime};

use crate::authority::{Authority, days, noon};
use crate::server::{head, https, ok, tls_config};
use crate::{ask, page, probe};

/// CPU time of this thread: the servers have their own.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

async fn measure(what: &str, net: &Net, asked: &Probe, checks: usize) {
    ask(net, asked).await.result.unwrap();
    let began = used();
    for _ in 0..checks {
        ask(net, asked).await.result.unwrap();
    }
    let alone = used().saturating_sub(began) / checks as u32;
    let began = used();
    let mut running = futures_util::stream::iter(0..checks)
        .map(|_| async { ask(net, asked).await.result.unwrap() })
        .buffer_unordered(50);
    while running.next().await.is_some() {}
    let together = used().saturating_sub(began) / checks as u32;
    println!("{what}: CPU per check {alone:?} one by one, {together:?} 50 at a time");
}

/// `cargo test -p nightkeep-probe --release -- --ignored --nocapture cost`.
#[tokio::test]
#[ignore = "a measurement"]
async fn cost() {
    // One thread, no more: it must not be what is measured.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            head(&mut stream);
            let _ = stream.write_all(ok("hello").as_bytes());
        }
    });
    let root = Authority::root("Test Root");
    let chain = root.leaf(&["localhost"], noon() - days(1), noon() + days(80));
    let secure = https(tls_config(&chain), |_| ok("hello"));
    let net = Net::new(root.trusted()).unwrap();
    let asked = |url: String| probe(Target::Http(Box::new(page(&url))));
    for (what, url, checks) in [
        ("http by address", format!("http://127.0.0.1:{port}/"), 5000),
        ("http by name", format!("http://localhost:{port}/"), 5000),
        ("https", format!("https://localhost:{secure}/"), 1000),
    ] {
        measure(what, &net, &asked(url), checks).await;
    }
}
