//! The control socket: how the command line speaks to the running watch. One line of JSON asks,
//! one line answers. Who may connect is decided by the socket's permissions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::access;
use crate::alert::AlertView;
use crate::model::{Command, LoginPart, NoteKind, Silence, SourceName, State, Subject};
use crate::monitor::MonitorView;
use crate::token::Scope;

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
    /// What is so now of everything that is watched on this machine?
    States,
    /// How are the monitors?
    Monitors {
        /// Only this one, with its last answers.
        name: Option<String>,
    },
    /// Ask a monitor no more, or again.
    PauseMonitor {
        /// Which.
        name: String,
        /// No more.
        paused: bool,
        /// Who says so.
        by: String,
    },
    /// Keep a monitor in the store.
    KeepMonitor {
        /// The keys of its table, as TOML.
        table: String,
        /// In place of the one of that name, if there is one.
        replace: bool,
        /// Who says so.
        by: String,
    },
    /// Keep a monitor of the store no more.
    ForgetMonitor {
        /// Which.
        name: String,
    },
    /// Let in whoever shows a token, or no more.
    Token {
        /// What the owner calls it.
        name: String,
        /// What for, and the SHA-256 of the token: the token itself stays where it was made. None:
        /// no more.
        let_in: Option<(Scope, [u8; 32])>,
        /// Who says so.
        by: String,
    },
    /// Something of accounts.
    Account {
        /// What.
        wish: access::Wish,
        /// Who says so.
        by: String,
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
    /// Note that something was done now.
    Note {
        /// What kind of thing.
        kind: NoteKind,
        /// What, in a line.
        text: String,
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
    /// To `States`.
    States {
        /// By subject.
        states: Vec<Stated>,
    },
    /// To `Monitors`.
    Monitors {
        /// By name.
        monitors: Vec<MonitorView>,
    },
    /// Done and durable.
    Done {
        /// What was done, in a sentence.
        said: String,
        /// The number of what was made by it, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
    },
    /// Not done, and why.
    Refused {
        /// Why, and what to do instead.
        why: String,
        /// Of which kind that is, for programs.
        #[serde(default)]
        kind: Refusal,
    },
}

/// Of which kind a refusal is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// What is asked for does not go with what there is.
    #[default]
    Conflict,
    /// There is no such thing.
    Missing,
    /// What is asked for is wrong in itself.
    Wrong,
    /// It cannot be done now.
    Unavailable,
}

impl Reply {
    /// Done.
    pub fn done(said: impl Into<String>) -> Self {
        Self::Done { said: said.into(), id: None }
    }

    /// Not done.
    pub fn refused(kind: Refusal, why: impl Into<String>) -> Self {
        Self::Refused { why: why.into(), kind }
    }
}

/// How the watch is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
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

/// What something was found to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// When that was heard last.
    pub at: Timestamp,
    /// Of what.
    pub subject: Subject,
    /// What.
    pub state: State,
}

/// A source and whether it can see.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
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
        Err(error) => Reply::refused(Refusal::Wrong, format!("not a request: {error}")),
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

/// The socket of the watch may not be opened by this user.
#[derive(Debug, thiserror::Error)]
#[error("no permission to speak to the watch at {}: use sudo", .0.display())]
pub struct NotAllowed(PathBuf);

/// Asks the running watch.
///
/// # Errors
/// Says what to type when no watch runs or the socket may not be opened.
pub async fn ask(socket: &Path, request: &Request) -> anyhow::Result<Reply> {
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Err(NotAllowed(socket.to_owned()).into());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A variant with a list by itself could not be written.
    #[test]
    fn what_is_answered_reads_as_the_same() {
        let refused = Reply::refused(Refusal::Missing, "no");
        for reply in [Reply::Monitors { monitors: Vec::new() }, refused] {
            let line = serde_json::to_string(&reply).unwrap();
            let again: Reply = serde_json::from_str(&line).unwrap();
            assert_eq!(serde_json::to_string(&again).unwrap(), line);
        }
    }
}
