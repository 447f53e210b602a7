//! `nightkeep import` as it is run: what it writes loads, a second time changes nothing, and no secret is seen.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nightkeep::config::{self, Config, Environment, Secrets};
use nightkeep::model::{Metric, Series, Subject};
use nightkeep::store::{Store, sample};
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with a config of its owner's own.
struct Place {
    folder: TempDir,
}

const OWN: &str = "timezone = \"Europe/Vienna\"\nhost = \"web1\"\n\n# Mine.\n[channel.phone]\n\
                   type = \"syslog\"\n";

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        fs::create_dir(&store).unwrap();
        let text = format!("{OWN}\n[store]\npath = \"{}\"\n", store.display());
        fs::write(folder.path().join("nightkeep.toml"), text).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs an import; gives back what it said.
    fn import(&self, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_nightkeep"))
            .arg("--config")
            .arg(self.path("nightkeep.toml"))
            .arg("import")
            .args(args)
            .env("HEALTHCHECKS_API_KEY", "secret-key-of-the-project")
            .env("DISCORD", "https://discord.example/api/webhooks/1/secret-discord")
            .env("TOKEN", "secret-token")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{args:?}: {error}\n{said}");
        assert!(!error.contains("secret"), "{error}");
        said
    }

    fn load(&self) -> Config {
        let env = Environment::of_this_process(Secrets::Needed);
        config::load(&self.path("nightkeep.toml"), &env).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Every file an import may have written, with what is in it.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for folder in ["", "monitors.d", "secrets"] {
            for entry in fs::read_dir(self.path(folder)).into_iter().flatten().flatten() {
                if entry.path().is_file() {
                    files.push((entry.path(), fs::read(entry.path()).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    /// Others can read none of the files.
    fn assert_closed(&self) {
        for (file, _) in self.files() {
            if file != self.path("nightkeep.toml") {
                let mode = file.metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o007, 0, "{} has mode {mode:o}", file.display());
            }
        }
        assert_eq!(self.path("secrets").metadata().unwrap().permissions().mode() & 0o007, 0);
    }
}

fn database(folder: &Path, version: &str) -> PathBuf {
    let file = folder.join("kuma.db");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import");
    let sql = fs::read_to_string(data.join(format!("uptime-kuma-{version}.sql"))).unwrap();
    Connection::open(&file).unwrap().execute_batch(&sql).unwrap();
    file
}

fn data(name: &str) -> String {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import");
    data.join(name).to_str().unwrap().to_owned()
}

/// Bodies are no secrets to the config, but the screen shows none either.
fn assert_silent(said: &str) {
    for line in said.lines().filter(|line| line.contains("secret")) {
        let of_files = line.contains("secrets") || line.contains("(a secret)");
        assert!(of_files || line.starts_with("body"), "{line}");
    }
}

#[test]
fn uptime_kuma_2_is_taken_over() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = database(elsewhere.path(), "2.5");
    let file = file.to_str().unwrap();
    let place = Place::new();
    let before = place.files();
    let shown = place.import(&["uptime-kuma", file, "--dry-run"]);
    assert!(shown.contains("would be taken over: 33 monitors"), "{shown}");
    assert_silent(&shown);
    assert_eq!(place.files(), before, "a dry run writes nothing");

    let said = place.import(&["uptime-kuma", file]);
    println!("{said}");
    assert!(said.contains("taken over: 33 monitors"), "{said}");
    assert!(said.contains("history: kept"), "{said}");
    assert_silent(&said);
    place.assert_closed();
    let config = place.load();
    assert_eq!(config.monitors.len(), 33);
    // Those of Kuma, and the owner's own.
    assert_eq!(config.channels.len(), 15);
    assert_eq!(config.maintenance.len(), 4);
    let text = fs::read_to_string(place.path("nightkeep.toml")).unwrap();
    assert!(text.starts_with(OWN), "what is the owner's stays: {text}");
    assert!(!text.contains("secret-"), "{text}");

    let after = place.files();
    let again = place.import(&["uptime-kuma", file]);
    assert!(again.contains("33 of them replace those of the import before"), "{again}");
    assert_eq!(place.files(), after, "a second time changes nothing");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let series = runtime.block_on(async {
        let store = Store::open_read_only(&place.path("store")).await.unwrap();
        sample::series(&store).await.unwrap()
    });
    let subject = Subject::Monitor(String::from("Front page"));
    assert!(series.contains(&Series { subject, metric: Metric::MonitorUpRatio }));
}

#[test]
fn secrets_stay_in_the_config_if_wanted() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = database(elsewhere.path(), "2.5");
    let place = Place::new();
    let said = place.import(&["uptime-kuma", file.to_str().unwrap(), "--with-secrets"]);
    assert_silent(&said);
    let text = fs::read_to_string(place.path("monitors.d/uptime-kuma.toml")).unwrap();
    assert!(text.contains("password = \"secret-basic\""));
    // Certificates are files in any case.
    assert_eq!(fs::read_dir(place.path("secrets")).unwrap().count(), 2);
    assert_eq!(place.load().monitors.len(), 33);
    place.assert_closed();
    assert_eq!(place.path("nightkeep.toml").metadata().unwrap().permissions().mode() & 0o007, 0);
}

#[test]
fn uptime_kuma_1_and_its_backup_are_taken_over() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = database(elsewhere.path(), "1.23");
    for (file, monitors) in
        [(file.to_str().unwrap().to_owned(), 23), (data("uptime-kuma-1.23.json"), 22)]
    {
        let place = Place::new();
        let said = place.import(&["uptime-kuma", &file]);
        assert_silent(&said);
        assert_eq!(place.load().monitors.len(), monitors, "{said}");
    }
}

#[test]
fn gatus_is_taken_over() {
    let place = Place::new();
    let said = place.import(&["gatus", &data("gatus.yaml")]);
    println!("{said}");
    assert_silent(&said);
    place.assert_closed();
    let config = place.load();
    assert_eq!(config.monitors.len(), 15, "{said}");
    assert_eq!(config.channels.len(), 13, "{said}");
    assert_eq!(config.maintenance.len(), 2);
    // Two sources stand beside one another.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = database(elsewhere.path(), "2.5");
    let said = place.import(&["uptime-kuma", file.to_str().unwrap()]);
    assert!(said.contains("there is a [channel.discord] already"), "{said}");
    assert_eq!(place.load().monitors.len(), 15 + 33);
}

/// Answers of Healthchecks at `/api/v3/`, to whoever has the key.
fn healthchecks() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut some = [0; 4096];
            while !request.ends_with(b"\r\n\r\n") {
                let count = stream.read(&mut some).unwrap();
                request.extend_from_slice(&some[..count]);
            }
            let request = String::from_utf8(request).unwrap().to_ascii_lowercase();
            let body = if !request.contains("x-api-key: secret-key-of-the-project") {
                String::from("{}")
            } else if request.starts_with("get /api/v3/checks/") {
                fs::read_to_string(data("healthchecks-checks.json")).unwrap()
            } else {
                fs::read_to_string(data("healthchecks-channels.json")).unwrap()
            };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    format!("http://{address}")
}

#[test]
fn healthchecks_is_taken_over() {
    let place = Place::new();
    let said = place.import(&["healthchecks", &healthchecks()]);
    println!("{said}");
    assert!(!said.contains("secret-key"), "{said}");
    let config = place.load();
    assert!(said.contains("9 heartbeats"), "{said}");
    // Jobs go on calling where they did.
    let checks = fs::read_to_string(data("healthchecks-checks.json")).unwrap();
    let checks: serde_json::Value = serde_json::from_str(&checks).unwrap();
    let theirs: BTreeSet<&str> =
        checks["checks"].as_array().unwrap().iter().filter_map(|it| it["uuid"].as_str()).collect();
    let ours = config.heartbeats.iter().filter_map(|it| Some(it.uuid?.to_string()));
    let ours: BTreeSet<String> = ours.collect();
    assert_eq!(ours.len(), 9, "{said}");
    // Those that not everybody heard of go on so.
    let told = config.heartbeats.iter().filter(|it| !it.channels.is_empty());
    let told: Vec<(&str, &[String])> = told.map(|it| (&*it.name, &*it.channels)).collect();
    assert_eq!(told, [("Cron", &[String::from("phone")][..])], "{said}");
    assert!(ours.iter().all(|uuid| theirs.contains(uuid.as_str())), "{ours:?}");
    assert_eq!(place.path("nightkeep.toml").metadata().unwrap().permissions().mode() & 0o007, 0);
}

#[test]
fn what_is_not_ours_is_not_overwritten() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = database(elsewhere.path(), "2.5");
    let place = Place::new();
    fs::create_dir(place.path("monitors.d")).unwrap();
    let own =
        "[[monitor]]\nname = \"Front page\"\ntype = \"http\"\ntarget = \"https://a.example\"\n";
    fs::write(place.path("monitors.d/own.toml"), own).unwrap();
    let said = place.import(&["uptime-kuma", file.to_str().unwrap()]);
    assert!(said.contains("there is a monitor of this name already"), "{said}");
    assert_eq!(place.load().monitors.len(), 33);
    fs::write(place.path("monitors.d/uptime-kuma.toml"), "# mine\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nightkeep"))
        .args(["--config", place.path("nightkeep.toml").to_str().unwrap(), "import", "uptime-kuma"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("was not written by an import"));
}
