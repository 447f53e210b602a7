//! Is there a way out of this machine? Asked before something far away is called down.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::clock;

/// Whoever is asked may take this long: a lost packet is sent again after a second.
const PATIENCE: Duration = Duration::from_millis(2500);
/// An answer holds for this long.
const HOLDS: Duration = Duration::from_secs(5);

/// Asks a few places of others whether they take a connection, and remembers the answer for a
/// few seconds. One asks at a time, the others hear its answer.
#[derive(Debug, Default)]
pub struct WayOut {
    last: Mutex<Option<(Instant, bool)>>,
}

impl WayOut {
    /// Does anybody answer? None if there is nobody to ask.
    pub async fn answers(&self, ask: &[SocketAddr]) -> Option<bool> {
        if ask.is_empty() {
            return None;
        }
        let mut last = self.last.lock().await;
        if let Some((at, answers)) = *last
            && clock::monotonic().duration_since(at) < HOLDS
        {
            return Some(answers);
        }
        let answers = timeout(PATIENCE, any(ask)).await.unwrap_or(false);
        *last = Some((clock::monotonic(), answers));
        Some(answers)
    }
}

/// Does one of them take a connection?
async fn any(ask: &[SocketAddr]) -> bool {
    let mut asking: FuturesUnordered<_> = ask.iter().map(TcpStream::connect).collect();
    while let Some(connected) = asking.next().await {
        // A refusal is no answer: a firewall on the way may have said it.
        if connected.is_ok() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_answers_is_enough() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        // A place nobody answers at: 192.0.2.0/24 is for documents.
        let nowhere: SocketAddr = "192.0.2.1:443".parse().unwrap();
        let way_out = WayOut::default();
        assert_eq!(way_out.answers(&[]).await, None);
        assert_eq!(way_out.answers(&[nowhere, here]).await, Some(true));
        // The answer holds for a while, whoever is asked.
        drop(listener);
        assert_eq!(way_out.answers(&[nowhere]).await, Some(true));
    }
}
