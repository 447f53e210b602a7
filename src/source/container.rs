//! Containers of Docker or Podman, over the engine's socket. Opt-in: whoever may open that socket
//! may do everything on the machine.

mod api;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use self::api::{Api, ApiError, Inspected, Listed};
use super::news::News;
use super::{Blind, Report};
use crate::config::ContainersConfig;
use crate::model::{ContainerState, Observation, SourceName, State, Subject, glob};
use crate::source::shown::shown;

/// A health check runs each half minute unless told otherwise.
const POLL: Duration = Duration::from_secs(30);
/// One look, all questions together.
const DEADLINE: Duration =
    if cfg!(test) { Duration::from_secs(1) } else { Duration::from_secs(10) };
/// Containers watched, and looked at closely at once.
const MOST: usize = 256;
const MOST_CLOSE: usize = 64;
/// The longest name, and the longest word of a container.
const NAME: usize = 100;
const WORDS: usize = 160;

/// Where Docker and Podman listen.
pub const SOCKETS: [&str; 2] = ["/run/docker.sock", "/run/podman/podman.sock"];

/// Watches containers until the receiver of `out` is gone. While the engine does not answer, that
/// is said on every attempt.
pub async fn run(config: ContainersConfig, out: mpsc::Sender<Report>) {
    let (mut containers, mut news) = (Containers::default(), News::default());
    loop {
        let said = match containers.look(&config).await {
            Ok(states) => Ok(news.of(states, is_trouble)),
            Err(blind) => {
                news.forget();
                Err(blind)
            }
        };
        if out.send(Report { source: SourceName::Container, said }).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = out.closed() => return,
        }
    }
}

/// Every container once; nothing where no socket is configured.
pub async fn once(config: &ContainersConfig) -> Result<Vec<Observation>, Blind> {
    let states = Containers::default().look(config).await?;
    let observe = |(subject, state)| Observation::State { subject, state };
    Ok(states.into_iter().map(observe).collect())
}

/// One container by its name; none if there is no such.
pub async fn one(socket: &Path, name: &str) -> Result<Option<ContainerState>, Blind> {
    let asking = Api::with(socket, async |mut api: Api| api.inspect(name).await);
    match timeout(DEADLINE, asking).await {
        Ok(Ok(inspected)) => Ok(inspected.map(|inspected| state(&Listed::default(), &inspected))),
        Ok(Err(error)) => Err(blind(socket, &error)),
        Err(_) => Err(silent(socket)),
    }
}

fn is_trouble(state: &State) -> bool {
    matches!(state, State::Container(container) if container.status != "running"
        || container.unhealthy.is_some() || container.oom_killed)
}

/// What is known of the containers, by their id.
#[derive(Debug, Default)]
struct Containers {
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    /// The state it was listed in.
    listed: String,
    state: ContainerState,
}

impl Containers {
    async fn look(&mut self, config: &ContainersConfig) -> Result<Vec<(Subject, State)>, Blind> {
        let Some(socket) = &config.socket else { return Ok(Vec::new()) };
        let looking = Api::with(socket, async |api| self.ask(api, config).await);
        match timeout(DEADLINE, looking).await {
            Ok(Ok(states)) => Ok(states),
            Ok(Err(error)) => Err(blind(socket, &error)),
            Err(_) => Err(silent(socket)),
        }
    }

    async fn ask(
        &mut self,
        mut api: Api,
        config: &ContainersConfig,
    ) -> Result<Vec<(Subject, State)>, ApiError> {
        let mut listed = api.containers().await?;
        listed.truncate(MOST);
        self.known.retain(|id, _| listed.iter().any(|one| one.id == *id));
        let (mut states, mut close) = (BTreeMap::new(), 0);
        for one in listed {
            let Some(name) = name(&one) else { continue };
            if config.ignore.iter().any(|pattern| glob(pattern, &name)) {
                continue;
            }
            if self.needs_a_closer_look(&one) && close < MOST_CLOSE {
                close += 1;
                // It may be gone meanwhile.
                let Some(inspected) = api.inspect(&one.id).await? else { continue };
                let state = state(&one, &inspected);
                self.known.insert(one.id.clone(), Known { listed: one.state.clone(), state });
            }
            if let Some(known) = self.known.get(&one.id) {
                states.insert(Subject::Container(name), State::Container(known.state.clone()));
            }
        }
        Ok(states.into_iter().collect())
    }

    /// The list says nothing of restarts, policies and reasons. A container that has run for a
    /// while, or has ended and was looked at then, has no new ones.
    fn needs_a_closer_look(&self, one: &Listed) -> bool {
        let Some(known) = self.known.get(&one.id) else { return true };
        let ended = matches!(one.state.as_str(), "exited" | "created" | "dead" | "stopped");
        // `Up Less than a second`, `Up 12 seconds`, `Up About a minute`.
        let is_young = one.status.contains("second") || one.status.contains("About a minute");
        known.listed != one.state
            || (!ended && (one.state != "running" || is_young))
            || one.status.contains("(unhealthy)")
            || known.state.unhealthy.is_some()
    }
}

/// `/web`; links of other containers to it have another `/` in them.
fn name(one: &Listed) -> Option<String> {
    let plain = |name: &&str| !name.is_empty() && !name.contains('/');
    let name = one.names.iter().map(|name| name.trim_start_matches('/')).find(plain);
    name.map(|name| shown(name.as_bytes(), NAME))
}

fn state(one: &Listed, inspected: &Inspected) -> ContainerState {
    let words = |text: &str| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        shown(line.as_bytes(), WORDS)
    };
    let life = &inspected.state;
    let status = if life.status.is_empty() { &one.state } else { &life.status };
    let unhealthy = life
        .health
        .as_ref()
        .filter(|health| health.status == "unhealthy" && status == "running")
        .map(|health| words(health.log.iter().flatten().last().map_or("", |probe| &probe.output)));
    let policy = inspected.host_config.restart_policy.name.as_str();
    ContainerState {
        status: shown(status.as_bytes(), 20),
        unhealthy,
        exit_code: life.exit_code,
        error: words(&life.error),
        oom_killed: life.oom_killed,
        restarts: inspected.restart_count,
        wanted: matches!(policy, "always" | "unless-stopped" | "on-failure"),
    }
}

fn silent(socket: &Path) -> Blind {
    Blind {
        why: format!("{} does not answer within {} s", socket.display(), DEADLINE.as_secs()),
        mend: String::from("systemctl status docker.service podman.socket"),
    }
}

fn blind(socket: &Path, error: &ApiError) -> Blind {
    let path = socket.display();
    let mend = match error {
        ApiError::Connect(error) if error.kind() == ErrorKind::PermissionDenied => {
            "sudo usermod -aG docker nightkeep && sudo systemctl restart nightkeep; but the group \
             is as good as root: a proxy that only lets GET through is safer"
        }
        _ => "systemctl status docker.service podman.socket",
    };
    Blind { why: format!("{path}: {error}"), mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::UnixListener;

    use super::*;

    /// Answers by path; several requests on one connection, as Docker does.
    type Answers = Arc<Mutex<BTreeMap<String, String>>>;

    struct Engine {
        folder: tempfile::TempDir,
        answers: Answers,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Engine {
        fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
            let (answers, asked) = (Answers::default(), Arc::<Mutex<Vec<String>>>::default());
            let (known, log) = (Arc::clone(&answers), Arc::clone(&asked));
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&known), Arc::clone(&log)));
                }
            });
            Self { folder, answers, asked }
        }

        fn config(&self) -> ContainersConfig {
            let socket = Some(self.folder.path().join("docker.sock"));
            ContainersConfig { socket, ignore: vec![String::from("ci-*")] }
        }

        fn answer(&self, path: &str, body: &str) {
            self.answers.lock().unwrap().insert(path.to_owned(), body.to_owned());
        }

        /// The containers, as `(id, name, state, status)`.
        fn list(&self, containers: &[(&str, &str, &str, &str)]) {
            let list: Vec<_> = containers
                .iter()
                .map(|(id, name, state, status)| {
                    serde_json::json!({
                        "Id": id, "Names": [format!("/other/{name}"), format!("/{name}")],
                        "Image": "caddy:2", "Labels": {"a": "b"}, "State": state, "Status": status,
                    })
                })
                .collect();
            self.answer("/containers/json?all=1", &serde_json::to_string(&list).unwrap());
        }

        fn asked(&self) -> usize {
            std::mem::take(&mut *self.asked.lock().unwrap()).len()
        }
    }

    async fn serve(stream: tokio::net::UnixStream, answers: Answers, log: Arc<Mutex<Vec<String>>>) {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut first, mut line) = (String::new(), String::new());
            if stream.read_line(&mut first).await.unwrap_or(0) == 0 {
                return;
            }
            while line != "\r\n" {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
            }
            let path = first.split(' ').nth(1).unwrap().to_owned();
            log.lock().unwrap().push(path.clone());
            let body = answers.lock().unwrap().get(&path).cloned();
            match body.as_deref() {
                Some("HANG") => std::future::pending().await,
                Some("ENDLESS") => {
                    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                    stream.write_all(head.as_bytes()).await.unwrap();
                    let chunk = format!("10000\r\n{}\r\n", "[".repeat(0x10000));
                    while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                    return;
                }
                Some(body) => {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                    stream.write_all((head + body).as_bytes()).await.unwrap();
                }
                None => {
                    let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
                    stream.write_all(gone.as_bytes()).await.unwrap();
                }
            }
        }
    }

    fn inspected(status: &str, policy: &str, more: &str) -> String {
        format!(
            r#"{{"Id":"x","RestartCount":4,"Config":{{"Env":["SECRET=1"]}},
                "HostConfig":{{"RestartPolicy":{{"Name":"{policy}","MaximumRetryCount":0}}}},
                "State":{{"Status":"{status}","Running":true,"Pid":1{more}}}}}"#
        )
    }

    fn words(states: &[(Subject, State)]) -> Vec<String> {
        let word = |(subject, state): &(Subject, State)| {
            let State::Container(one) = state else { panic!("{state:?}") };
            let ContainerState {
                status,
                unhealthy,
                exit_code,
                error,
                oom_killed,
                restarts,
                wanted,
            } = one;
            format!(
                "{subject} {status} {unhealthy:?} {exit_code} {error:?} oom={oom_killed} {restarts} {wanted}"
            )
        };
        states.iter().map(word).collect()
    }

    #[tokio::test]
    async fn each_trouble_is_seen_and_quiet_ones_are_asked_once() {
        let engine = Engine::start();
        engine.list(&[
            ("aa", "web", "running", "Up 2 days (unhealthy)"),
            ("bb", "app", "restarting", "Restarting (1) 5 seconds ago"),
            ("cc", "db", "exited", "Exited (137) 3 minutes ago"),
            ("dd", "quiet", "running", "Up 3 weeks"),
            ("ee", "ci-run", "exited", "Exited (1) 3 minutes ago"),
            ("ff", "gone", "exited", "Exited (1) 3 minutes ago"),
            ("../../_ping", "evil", "running", "Up 1 second"),
            ("ab", "esc\u{1b}[31m", "running", "Up 3 weeks"),
        ]);
        let health = r#","Health":{"Status":"unhealthy","Log":[{"Output":"old"},{"Output":"\nHTTP 502\n"}]}"#;
        engine.answer("/containers/aa/json", &inspected("running", "always", health));
        engine.answer("/containers/bb/json", &inspected("restarting", "on-failure", ""));
        let killed = r#","OOMKilled":true,"ExitCode":137,"Error":"","Health":null"#;
        engine.answer("/containers/cc/json", &inspected("exited", "no", killed));
        engine.answer("/containers/dd/json", &inspected("running", "unless-stopped", ""));
        engine.answer("/containers/ab/json", &inspected("running", "", ""));

        let mut containers = Containers::default();
        let states = containers.look(&engine.config()).await.unwrap();
        assert_eq!(
            words(&states),
            [
                r#"container:app restarting None 0 "" oom=false 4 true"#,
                r#"container:db exited None 137 "" oom=true 4 false"#,
                r#"container:esc\x1b[31m running None 0 "" oom=false 4 false"#,
                r#"container:quiet running None 0 "" oom=false 4 true"#,
                r#"container:web running Some("HTTP 502") 0 "" oom=false 4 true"#,
            ]
        );
        assert_eq!(engine.asked(), 7, "the list, and each but the ignored and the one of no id");
        containers.look(&engine.config()).await.unwrap();
        // The list, the one that is gone, and the two in trouble that changes.
        assert_eq!(engine.asked(), 4);
    }

    #[tokio::test]
    async fn an_engine_that_misbehaves_only_blinds_us() {
        let engine = Engine::start();
        let why = async |answer: &str| {
            engine.answer("/containers/json?all=1", answer);
            once(&engine.config()).await.unwrap_err().why
        };
        assert!(why("HANG").await.contains("does not answer within"));
        assert!(why("ENDLESS").await.contains("longer than"));
        assert!(why("{\"message\":1}").await.contains("cannot be read"));
        assert!(why(&"[".repeat(100_000)).await.contains("cannot be read"));
        engine.answers.lock().unwrap().clear();
        let blind = once(&engine.config()).await.unwrap_err();
        assert!(blind.why.contains("is it Docker"), "{blind}");
        std::fs::remove_file(engine.folder.path().join("docker.sock")).unwrap();
        let blind = once(&engine.config()).await.unwrap_err();
        assert!(blind.why.contains("No such file"), "{blind}");
        let off = ContainersConfig { socket: None, ignore: Vec::new() };
        assert!(once(&off).await.unwrap().is_empty());
    }
}
