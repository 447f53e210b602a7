use std::process::Command;
use std::time::Duration;

use nightkeep_probe::{Fault, Ping, Target};

use crate::daemon::find;
use crate::{Authority, holds};

fn ping(host: &str, count: u16, size: u16) -> Target {
    Target::Ping(Ping { host: host.to_owned(), count, size })
}

/// Whether this user may at all.
fn forbidden(fault: Option<&Fault>) -> bool {
    let is = fault == Some(&Fault::PingForbidden);
    if is {
        println!("SKIPPED: {}", Fault::PingForbidden);
    }
    is
}

#[tokio::test]
async fn loopback_comes_back() {
    let authority = Authority::new();
    for (host, count, size) in
        [("127.0.0.1", 3, 56), ("localhost", 1, 0), ("::1", 2, 1400), ("127.0.0.1", 5, 9000)]
    {
        let outcome = authority.outcome(ping(host, count, size)).await;
        match &outcome.result {
            Err(fault) if forbidden(Some(fault)) => return,
            Err(Fault::NoRoute { .. }) if host == "::1" => continue,
            _ => {}
        }
        holds(&outcome, "loss = 0% and latency < 50ms and first-byte < 50ms and protocol = ICMP");
        let body = String::from_utf8(outcome.result.unwrap().body).unwrap();
        assert!(body.starts_with(&format!("{count} of {count} came back, min/avg/max ")), "{body}");
    }
}

/// What changes the machine does so in a network namespace of its own, by this very program.
#[test]
fn in_a_namespace() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: only root makes network namespaces");
        return;
    }
    if ["unshare", "setpriv", "ip"].into_iter().any(|program| find(program).is_none()) {
        return;
    }
    let program = std::env::current_exe().unwrap();
    for (test, script) in [
        ("ping::allowed_without_rights", "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range"),
        ("ping::forbidden_without_rights", "true"),
        ("ping::a_lost_ping_counts", "true"),
    ] {
        let drop_rights = if test.ends_with("rights") {
            "setpriv --reuid=65534 --regid=65534 --clear-groups"
        } else {
            ""
        };
        let script = format!("ip link set lo up && {script} && exec {drop_rights} \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["-n", "sh", "-c", &script, "sh"]).arg(&program);
        command.args(["--exact", test, "--ignored", "--nocapture"]);
        let output = command.output().unwrap();
        let (said, why) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.contains("1 passed"), "{test}: {said}{why}");
    }
}

#[tokio::test]
#[ignore = "only in its namespace"]
async fn allowed_without_rights() {
    let authority = Authority::new();
    for host in ["127.0.0.1", "::1"] {
        let outcome = authority.outcome(ping(host, 2, 56)).await;
        holds(&outcome, "loss = 0");
    }
}

#[tokio::test]
#[ignore = "only in its namespace"]
async fn forbidden_without_rights() {
    let authority = Authority::new();
    for host in ["127.0.0.1", "::1"] {
        let said = authority.said(ping(host, 1, 56)).await;
        assert!(said.contains("sysctl -w net.ipv4.ping_group_range="), "{said}");
    }
}

#[tokio::test]
#[ignore = "only in its namespace"]
async fn a_lost_ping_counts() {
    let authority = Authority::new();
    let said = authority.said(ping("192.0.2.9", 1, 56)).await;
    assert_eq!(said, "this machine has no route to 192.0.2.9:0");
    let ignore = |all: u8| {
        std::fs::write("/proc/sys/net/ipv4/icmp_echo_ignore_all", format!("{all}\n")).unwrap();
    };
    ignore(1);
    let outcome = authority.outcome(ping("127.0.0.1", 2, 56)).await;
    assert_eq!(outcome.result.unwrap_err().to_string(), "no reply came within 9.5 s");
    assert!(outcome.phases.total < Duration::from_secs(10));
    let asked = async {
        let authority = Authority::new();
        authority.outcome(ping("127.0.0.1", 20, 56)).await
    };
    let heard_again = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        ignore(0);
    };
    let (outcome, ()) = tokio::join!(asked, heard_again);
    holds(&outcome, "loss > 10% and loss < 90%");
}
