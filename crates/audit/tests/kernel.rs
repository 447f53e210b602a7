//! The golden lines held against the installed auditctl and the running kernel, both ways.
//!
//! It loads and deletes rules on this machine, so it runs only when told:
//!
//!     NIGHTKEEP_AUDIT_KERNEL=1 cargo test -p nightkeep-audit --test kernel

use std::process::Command;

use nightkeep_audit::netlink::{Control, Error};
use nightkeep_audit::rules::{self, Accounts, Names as _, Rule, write};

const GOLDEN: &str = include_str!("../src/rules/golden.rules");

fn auditctl(arguments: &[String]) -> (bool, String) {
    let output = Command::new("auditctl").args(arguments).output().expect("auditctl is installed");
    let text = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
    (output.status.success(), text + &String::from_utf8_lossy(&output.stderr))
}

/// The words of a line as a shell would hand them to auditctl.
fn words(line: &str) -> Vec<String> {
    line.replace("\\ ", "\u{1}").split(' ').map(|word| word.replace('\u{1}', " ")).collect()
}

fn held(control: &mut Control) -> Vec<Rule> {
    control.rules().expect("root").into_iter().map(|rule| rule.expect("a known rule")).collect()
}

#[test]
fn auditctl_and_the_kernel_agree() {
    if std::env::var_os("NIGHTKEEP_AUDIT_KERNEL").is_none() {
        eprintln!(
            "SKIPPED: rules were not held against the kernel (NIGHTKEEP_AUDIT_KERNEL is not set)"
        );
        return;
    }
    let mut control = Control::open().unwrap();
    let before = held(&mut control);
    for rule in &before {
        control.delete(rule).unwrap();
    }
    let here = Accounts::of_this_machine();
    let mut different = Vec::new();
    let mut compared = 0;
    for line in GOLDEN.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')) {
        let parsed = match rules::parse("golden", line.as_bytes(), &here).remove(0).said.as_deref()
        {
            Ok([rules::Command::Add(rule, _)]) => rule.clone(),
            other => panic!("{line}: {other:?}"),
        };
        let (theirs_ok, said) = auditctl(&words(line));
        let (_, theirs_shown) = auditctl(&[String::from("-l")]);
        let theirs = held(&mut control);
        for rule in &theirs {
            control.delete(rule).unwrap();
        }
        let ours = control.add(&parsed);
        let shown = held(&mut control);
        let (_, ours_shown) = auditctl(&[String::from("-l")]);
        for rule in &shown {
            control.delete(rule).unwrap();
        }
        let listed: Vec<String> = shown
            .iter()
            .map(|rule| String::from_utf8(write::listing(rule, here.arch())).unwrap())
            .collect();
        let listed = if listed.is_empty() { String::from("No rules") } else { listed.join("\n") };
        if !theirs_ok || ours.is_err() {
            different.push(format!("{line}\n  auditctl {theirs_ok} {said}\n  ours {ours:?}"));
        } else if theirs == shown && listed.replace("exe!=", "exe=") == ours_shown {
            // auditctl before 3.1 shows `exe!=` as `exe=`; all else is the same.
        } else if theirs != shown || theirs_shown != ours_shown || listed != ours_shown {
            different.push(format!(
                "{line}\n  auditctl {theirs_shown}\n  ours     {ours_shown}\n  listed   {listed}"
            ));
        }
        compared += 1;
    }
    for rule in &before {
        assert!(matches!(control.add(rule), Ok(()) | Err(Error::Exists)));
    }
    let status = control.status().unwrap().to_string() + &control.loginuid().unwrap().to_string();
    assert_eq!(auditctl(&[String::from("-s")]).1, status.trim_end());
    assert!(different.is_empty(), "{} of {compared}:\n{}", different.len(), different.join("\n"));
}
