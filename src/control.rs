//! The control socket: how the command line speaks to the running watch. One line of JSON asks,
//! one line answers. Who may connect is decided by the socket's permissions.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::alert::AlertView;
use crate::model::{Command, LoginPart, Silence, SourceName};

/// Where the watch listens, unless `RUNTIME_DIRECTORY` says otherwise.
pub const SOCKET: &str = "/run/nightkeep/control.sock";

/// A question or command longer than this is refused.
const LINE_LIMIT: u64 = 64 * 1024;
const DEADLINE: Duration = Duration::from_secs(5);

/// What the command line wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Request {
    /// How is it?
    Status,
    /// Do this, and say when it is durable.
    Do {
        /// What.
        #[serde(rename = "do")]
        command: Command,
    },
    /// Know these parts of logins from now on, or no more.
    Trust {
        /// Known, or not.
        trusted: bool,
        /// Users, keys and addresses.
        parts: Vec<(LoginPart, String)>,
        /// Logins (`user@address`) of which everything is known then.
        logins: Vec<String>,
        /// Who says so.
        by: String,
    },
    /// Pause a heartbeat, or resume it.
    Heartbeat {
        /// Its name in alerts.
        name: String,
        /// Pause it.
        pause: bool,
    },
}

/// What the watch answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Reply {
    /// To `Status`.
    Status(Box<Status>),
    /// Done and durable.
    Done {
        /// What was done, in a sentence.
        said: String,
    },
    /// Not done, and why.
    Refused {
        /// Why, and what to do instead.
        why: String,
    },
}

/// How the watch is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    /// The host's name.
    pub host: String,
    /// nightkeep's version.
    pub version: String,
    /// When the answer was given.
    pub at: Timestamp,
    /// When the watch started.
    pub started: Timestamp,
    /// Alerts that are not ok, worst first.
    pub alerts: Vec<AlertView>,
    /// Silences that hold now or later.
    pub silences: Vec<Silence>,
    /// Every source and whether it can see.
    pub sources: Vec<SourceStatus>,
    /// What the store answered last, empty while it is well.
    pub store_error: String,
    /// Tasks that crashed and were started again.
    pub crashes: u32,
    /// Samples dropped because they could not be stored.
    pub dropped: u64,
}

/// A source and whether it can see.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SourceStatus {
    /// Which.
    pub source: SourceName,
    /// When it spoke last.
    pub heard: Option<Timestamp>,
    /// Why it cannot see, if it cannot.
    pub blind: Option<String>,
}

/// A request and where its answer goes.
pub type Asked = (Request, oneshot::Sender<Reply>);

/// Answers requests until the receiver is gone. One at a time: the owner has two hands.
pub async fn serve(listener: UnixListener, asked: mpsc::Sender<Asked>) {
    while !asked.is_closed() {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        if let Ok(Err(error)) = timeout(DEADLINE, answer(stream, &asked)).await {
            tracing::debug!("control socket: {error:#}");
        }
    }
}

async fn answer(stream: UnixStream, asked: &mpsc::Sender<Asked>) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_LIMIT)).read_line(&mut line).await?;
    let reply = match serde_json::from_str::<Request>(&line) {
        Err(error) => Reply::Refused { why: format!("not a request: {error}") },
        Ok(request) => {
            let (sender, receiver) = oneshot::channel();
            asked.send((request, sender)).await.context("the watch is stopping")?;
            receiver.await.context("the watch is stopping")?
        }
    };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    write.write_all(&line).await?;
    Ok(())
}

/// Asks the running watch.
///
/// # Errors
/// Says what to type when no watch runs or the socket may not be opened.
pub async fn ask(socket: &Path, request: &Request) -> anyhow::Result<Reply> {
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            bail!("no permission to speak to the watch at {}: use sudo", socket.display())
        }
        Err(_) => bail!(
            "no watch is running (nothing answers at {}): sudo systemctl start nightkeep",
            socket.display()
        ),
    };
    let (read, mut write) = stream.into_split();
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    let mut reply = String::new();
    timeout(DEADLINE, async {
        write.write_all(&line).await?;
        BufReader::new(read).read_line(&mut reply).await
    })
    .await
    .context("the watch did not answer within 5 seconds")??;
    serde_json::from_str(&reply).context("the watch answered what this version does not know")
}
