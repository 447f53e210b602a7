//! The real `apprise` (`apt-get install apprise`, or `pip install apprise` into a directory of
//! its own and NIGHTKEEP_TEST_APPRISE set to its program), against a service on loopback.

use std::path::PathBuf;

use nightkeep::config::{ChannelKind, Secret};

use crate::server::{reply, serve};
use crate::{huge, notice, outcome, recovery, send, skipped};

fn program() -> Option<PathBuf> {
    let program = std::env::var_os("NIGHTKEEP_TEST_APPRISE")
        .map_or_else(|| PathBuf::from("/usr/bin/apprise"), PathBuf::from);
    if !program.exists() {
        skipped("apprise", "apt-get install apprise, or set NIGHTKEEP_TEST_APPRISE");
        return None;
    }
    Some(program)
}

fn channel(program: PathBuf, url: &str) -> ChannelKind {
    let url = url.replacen("http://", "json://anna:s3cr3t-password@", 1);
    ChannelKind::Apprise { program, url: Secret::new(format!("{url}/s3cr3t-path")) }
}

#[test]
fn apprise_hands_it_on() {
    let Some(program) = program() else { return };
    for (notice, kind) in [(notice(), "failure"), (recovery(), "success"), (huge(), "failure")] {
        let (url, requests) = serve(vec![reply("200 OK", "", "")]);
        send(channel(program.clone(), &url), &notice).unwrap();
        let told = requests.recv().unwrap().json();
        assert_eq!(told["title"], notice.message.title);
        assert_eq!(told["type"], kind);
        assert!(told["message"].as_str().unwrap().contains("<failed>") || notice == huge());
    }
}

#[test]
fn a_service_that_fails_is_tried_again_and_no_secret_is_shown() {
    let Some(program) = program() else { return };
    let (url, _requests) = serve(vec![reply("503 Service Unavailable", "", "")]);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for url in [url, closed] {
        let result = send(channel(program.clone(), &url), &notice());
        assert_eq!(outcome(&result).0, "later");
        let error = result.unwrap_err().to_string();
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}

/// The address goes by the environment, the text by standard input.
#[test]
fn no_list_of_processes_shows_the_address() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("apprise");
    let script =
        "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho \"$@\" > arguments\ncat > text\nexit 5\n";
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let result = send(channel(path, "http://127.0.0.1:1"), &notice());
    assert_eq!(outcome(&result).0, "later");
    let arguments = std::fs::read_to_string(dir.path().join("arguments")).unwrap();
    assert!(!arguments.contains("s3cr3t") && arguments.contains("--title=CRITICAL"), "{arguments}");
    let text = std::fs::read_to_string(dir.path().join("text")).unwrap();
    assert!(text.contains("nightkeep alerts ack 17"), "{text}");
}
