//! Servers that say what they are told to.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

pub(crate) struct Fake {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl Fake {
    /// Serves each connection so.
    pub(crate) async fn new<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        Self { port, task }
    }

    /// Takes connections and leaves it at that.
    pub(crate) async fn silent() -> Self {
        Self::new(async |stream| {
            sleep(Duration::from_mins(1)).await;
            drop(stream);
        })
        .await
    }

    /// Says it at once, and hangs up when the other does.
    pub(crate) async fn says(what: &[u8]) -> Self {
        let what = what.to_vec();
        Self::new(move |mut stream| {
            let what = what.clone();
            async move {
                if stream.write_all(&what).await.is_err() || what.is_empty() {
                    return;
                }
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        })
        .await
    }

    /// Says it again and again.
    pub(crate) async fn endless(what: &[u8]) -> Self {
        let what = what.repeat(1000);
        Self::new(move |mut stream| {
            let what = what.clone();
            async move { while stream.write_all(&what).await.is_ok() {} }
        })
        .await
    }

    /// Says it byte by byte.
    pub(crate) async fn slow(what: &[u8]) -> Self {
        let what = what.to_vec();
        Self::new(move |mut stream| {
            let what = what.clone();
            async move {
                for byte in what {
                    let _ = stream.write_all(&[byte]).await;
                    sleep(Duration::from_millis(20)).await;
                }
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        })
        .await
    }

    /// Says the first, and each of the others once something was said to it.
    pub(crate) async fn talks(lines: &[&[u8]]) -> Self {
        let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        Self::new(move |mut stream| {
            let lines = lines.clone();
            async move {
                for (n, line) in lines.iter().enumerate() {
                    if n > 0 && !matches!(stream.read(&mut [0; 4096]).await, Ok(1..)) {
                        return;
                    }
                    if stream.write_all(line).await.is_err() {
                        return;
                    }
                }
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        })
        .await
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}
