//! The tests of audit-userspace itself, where `AUDIT_USERSPACE` names a folder with its sources
//! (`git clone https://github.com/linux-audit/audit-userspace`).

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nightkeep_audit::ausearch;

use crate::reference::{Reference, difference, skipped};

/// The folder, if there is one; what is left out without it is said.
fn sources(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("AUDIT_USERSPACE").map(PathBuf::from);
    if folder.is_none() {
        skipped(&format!("{what}: AUDIT_USERSPACE names no folder with audit-userspace's sources"));
    }
    folder
}

/// Its arguments, a line each.
const ARGUMENTS: &str = "NIGHTKEEP_AUSEARCH_ARGUMENTS";

/// This test binary as ausearch, for the script to run. Beside what that says it says what tests do.
#[test]
#[ignore = "not a test: the ausearch of the next one"]
fn as_ausearch() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let args: Vec<_> = arguments.lines().map(str::to_owned).collect();
    let reference = Reference { root: "/".into(), compat: nightkeep_audit::Compat::default() };
    let ground = reference.ground(Path::new("/"));
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    ausearch::run(&args, &ground, None, &mut out, &mut err).unwrap();
}

#[test]
fn its_script_for_options_passes() {
    let Some(sources) = sources("ausearch_options_test.sh") else { return };
    let script = sources.join("src/test/ausearch_options_test.sh");
    if !script.exists() {
        return skipped(&format!("no {}: it came with version 4.2", script.display()));
    }
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ausearch");
    let itself = std::env::current_exe().unwrap();
    let wrapper = format!(
        "#!/bin/sh\n{ARGUMENTS}=$(printf '%s\\n' \"$@\") exec '{}' --exact --ignored --nocapture userspace::as_ausearch\n",
        itself.display()
    );
    fs::write(&ours, wrapper).unwrap();
    fs::set_permissions(&ours, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| Command::new(&ours).args(arguments).output().unwrap();
    // That it is ausearch at all is not asked by the script.
    let version = run(&["--version"]).stdout;
    assert!(String::from_utf8_lossy(&version).contains("ausearch version"));
    let said = Command::new("sh").arg(&script).env("AUSEARCH", &ours).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
    let _ = writeln!(std::io::stderr(), "{} passes", script.display());
}

#[test]
fn its_sample_logs_are_read_alike() {
    let Some(sources) = sources("auparse's sample logs") else { return };
    let samples = sources.join("auparse/test");
    let folder = tempfile::tempdir().unwrap();
    let mut logs = Vec::new();
    for entry in fs::read_dir(&samples).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension() == Some(OsStr::new("log")) {
            let log = folder.path().join(entry.file_name().unwrap());
            fs::copy(&entry, &log).unwrap();
            logs.push(log);
        }
    }
    assert!(!logs.is_empty(), "no logs in {}", samples.display());
    logs.sort();
    let styles = [
        "--raw",
        "--format default",
        "-i",
        "--format csv",
        "--format csv --extra-keys --extra-labels --extra-obj2 --extra-time",
        "--format text",
    ];
    let (mut compared, mut failed) = (0, Vec::new());
    for reference in Reference::all() {
        let inside = reference.stage(folder.path());
        for log in &logs {
            for style in styles {
                let mut args = vec!["-if".to_owned(), log.to_str().unwrap().to_owned()];
                args.extend(style.split(' ').map(str::to_owned));
                let theirs = reference.theirs("ausearch", &args, None);
                let ours = reference.ours("ausearch", &args, None);
                assert!(!theirs.out.is_empty() || theirs.code == Some(1), "{}", log.display());
                compared += 1;
                failed.extend(difference(&theirs, &ours).map(|why| {
                    format!("{:?} {} {style}\n  {why}", reference.compat, log.display())
                }));
            }
        }
        if inside != folder.path() {
            fs::remove_dir_all(inside).unwrap();
        }
    }
    assert!(failed.is_empty(), "{} of {compared} differ:\n{}", failed.len(), failed.join("\n"));
}
