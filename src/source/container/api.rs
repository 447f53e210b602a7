//! The Docker Engine API, which Podman answers too: HTTP over a Unix socket. One connection for a
//! whole look, closed after it.

use std::path::Path;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

/// Bytes of an answer that are read: some thousand containers.
const MOST_BYTES: usize = 8 << 20;

/// A container in `/containers/json?all=1`. Fields we do not know are passed over, those that are
/// missing are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) id: String,
    #[serde(default)]
    pub(super) names: Vec<String>,
    /// `running`, `exited` …
    #[serde(default)]
    pub(super) state: String,
    /// For people: `Up 2 hours (healthy)`, `Exited (1) 3 minutes ago`.
    #[serde(default)]
    pub(super) status: String,
}

/// `/containers/ID/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Inspected {
    pub(super) state: Life,
    pub(super) restart_count: u32,
    pub(super) host_config: HostConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Life {
    pub(super) status: String,
    #[serde(rename = "OOMKilled")]
    pub(super) oom_killed: bool,
    pub(super) exit_code: i64,
    pub(super) error: String,
    pub(super) health: Option<Health>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Health {
    pub(super) status: String,
    pub(super) log: Option<Vec<Probe>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Probe {
    pub(super) output: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct HostConfig {
    pub(super) restart_policy: RestartPolicy,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RestartPolicy {
    pub(super) name: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The socket cannot be opened.
    #[error(transparent)]
    Connect(std::io::Error),
    /// What came is no answer of such an API.
    #[error("{0}")]
    Answer(String),
}

/// A connection on which questions are asked.
pub(super) struct Api {
    sender: SendRequest<Empty<Bytes>>,
}

impl Api {
    /// Connects, and does `work` while the connection moves its bytes. The caller sets the
    /// deadline.
    pub(super) async fn with<T>(
        socket: &Path,
        work: impl AsyncFnOnce(Self) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let stream = UnixStream::connect(socket).await.map_err(ApiError::Connect)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let work = work(Self { sender });
        tokio::pin!(connection, work);
        let mut open = true;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                _ = &mut connection, if open => open = false,
            }
        }
    }

    /// Every container, also those that do not run.
    pub(super) async fn containers(&mut self) -> Result<Vec<Listed>, ApiError> {
        self.get("/containers/json?all=1").await?.ok_or_else(|| {
            ApiError::Answer(String::from("it knows no /containers/json: is it Docker or Podman?"))
        })
    }

    /// All of one container; none if it is gone, or its id is none.
    pub(super) async fn inspect(&mut self, id: &str) -> Result<Option<Inspected>, ApiError> {
        // An id, or a name; nothing that could lead elsewhere.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if id.is_empty() || id.len() > 100 || id.starts_with('.') || !id.bytes().all(plain) {
            return Ok(None);
        }
        self.get(&format!("/containers/{id}/json")).await
    }

    /// None for 404. No version in the path: the engine answers in its newest, and the few fields
    /// looked at are in all.
    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<Option<T>, ApiError> {
        let request = Request::get(path)
            .header(HOST, "docker")
            .body(Empty::new())
            .map_err(|error| ApiError::Answer(error.to_string()))?;
        self.sender.ready().await.map_err(broken)?;
        let response = self.sender.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let body = read(response).await?;
        match status {
            200 => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| ApiError::Answer(format!("its answer cannot be read: {error}"))),
            404 => Ok(None),
            _ => Err(ApiError::Answer(format!("it answered HTTP {status}"))),
        }
    }
}

async fn read(response: Response<Incoming>) -> Result<Vec<u8>, ApiError> {
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(broken)?;
        let Some(data) = frame.data_ref() else { continue };
        if body.len() + data.len() > MOST_BYTES {
            return Err(ApiError::Answer(format!("its answer is longer than {MOST_BYTES} bytes")));
        }
        body.extend_from_slice(data);
    }
    Ok(body)
}

#[allow(clippy::needless_pass_by_value)] // as map_err wants it
fn broken(error: hyper::Error) -> ApiError {
    ApiError::Answer(format!("it broke off: {error}"))
}
