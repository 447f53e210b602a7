//! A Python that has the packages, and the questions put to it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::case::{Answer, Case};

/// What Healthchecks uses.
const PACKAGES: [&str; 2] = ["cronsim==2.7", "oncalendar==1.1"];

/// The Python that `NIGHTKEEP_TEST_ORACLE` names, else one of our own in the target folder.
///
/// # Errors
/// Why there is none.
pub(crate) fn python() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("NIGHTKEEP_TEST_ORACLE") {
        return Ok(named.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle-cronsim-2.7-oncalendar-1.1");
    let python = folder.join("bin/python");
    let ready = folder.join("ready");
    if !ready.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
        std::fs::write(&ready, "").map_err(|error| error.to_string())?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&said)))
}

/// What the oracle says, in order.
pub(crate) fn ask(python: &Path, cases: &[Case]) -> Vec<Answer> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle.py");
    let zones = std::env::var_os("TZDIR").unwrap_or_else(|| "/usr/share/zoneinfo".into());
    let mut child = Command::new(python)
        .arg(script)
        // Both read the same rules of the zones: those of the system, where jiff looks first.
        .env("PYTHONTZPATH", zones)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let questions: Vec<_> = cases.iter().map(|case| serde_json::to_string(case).unwrap()).collect();
    let writer = std::thread::spawn(move || {
        for question in questions {
            writeln!(stdin, "{question}").unwrap();
        }
    });
    let answers = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    answers
}
