//! Runs auditd's own tools beside ours over real logs and compares what they say, byte for byte.
//!
//! The command lines are in `differential/*.txt`, those known to differ with the reason in
//! `differential/exceptions.txt`. `AUDIT_REF` names folders with a Debian to run the tools of (by
//! `chroot`, several with `:`); without it those of this machine are run. The logs were made by
//! `lab/audit-log.sh`; `AUDIT_LOGS` names a folder with more.

// What is missing here ends the test, and what was done is said.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "differential/made.rs"]
mod made;

#[path = "differential/checkpoint.rs"]
mod checkpoint;
#[path = "differential/pipe.rs"]
mod pipe;
#[path = "differential/reference.rs"]
mod reference;
#[path = "differential/userspace.rs"]
mod userspace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nightkeep_audit::Compat;
use reference::{Reference, difference, skipped};

/// The logs, by the names they have in the tables.
fn logs(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut logs = BTreeMap::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for entry in fs::read_dir(data).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".zst") else { continue };
        let bytes = zstd::decode_all(fs::File::open(entry.path()).unwrap()).unwrap();
        let (mut at, mut key) =
            (folder.join(name), name.strip_suffix(".log").unwrap_or(name).to_owned());
        // The files of one log are in a folder.
        if let Some((stem, number)) = name.split_once("-rotated.log") {
            key = format!("{stem}-rotated");
            let inside = folder.join(&key);
            fs::create_dir_all(&inside).unwrap();
            at = inside.join(format!("audit.log{number}"));
            logs.insert(key, inside);
        } else {
            logs.insert(key, at.clone());
        }
        fs::write(at, bytes).unwrap();
    }
    let whole = fs::read(&logs["trixie-enriched"]).unwrap();
    for seed in 1..=3 {
        let path = folder.join(format!("cut{seed}.log"));
        fs::write(&path, cut(&whole, seed)).unwrap();
        logs.insert(format!("cut{seed}"), path);
    }
    for seed in 1..=4 {
        let path = folder.join(format!("made{seed}.log"));
        fs::write(&path, made::log(seed)).unwrap();
        logs.insert(format!("made{seed}"), path);
    }
    logs
}

/// A log that suffered: pieces are missing, bytes changed, and it ends in the midst of a line.
fn cut(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut random = made::random(seed);
    let mut log = Vec::new();
    let mut at = 0;
    while at < whole.len() {
        let len = random(20_000).min(whole.len() - at);
        log.extend_from_slice(&whole[at..at + len]);
        at += len;
        match random(4) {
            0 => at += random(400),
            1 => log.extend_from_slice(&[b" \"=0('\x1d\xff"[random(8)]]),
            2 => at = at.saturating_sub(random(600)),
            _ => log.push(b'\n'),
        }
    }
    let end = log.len() - random(2000);
    log.truncate(end);
    log
}

/// Words as a shell would see them, with single quotes only.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Command lines of the tables; `{a,b}` stands for each of the logs.
fn lines() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let mut lines = Vec::new();
    let mut tables: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.sort();
    for path in tables {
        if path.ends_with("exceptions.txt") || path.extension() != Some("txt".as_ref()) {
            continue;
        }
        for line in fs::read_to_string(path).unwrap().lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match (line.find('{'), line.find('}')) {
                (Some(open), Some(close)) => {
                    let each = line[open + 1..close].split(',');
                    lines.extend(
                        each.map(|log| format!("{}{{{log}}}{}", &line[..open], &line[close + 1..])),
                    );
                }
                _ => lines.push(line.to_owned()),
            }
        }
    }
    lines
}

/// Command lines known to differ: `3 COMMAND # reason`, `4 …` or `* …`.
fn exceptions() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/exceptions.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (version, line) = line.split_once(' ').unwrap();
            let (command, reason) = line.split_once(" # ").expect("an exception needs a reason");
            assert!(!reason.is_empty());
            (version.to_owned(), command.trim().to_owned())
        })
        .collect()
}

#[test]
fn we_say_what_auditds_tools_say() {
    let folder = tempfile::tempdir().unwrap();
    let logs = logs(folder.path());
    let lines = lines();
    let only = std::env::var("AUDIT_ONLY").unwrap_or_default();
    let exceptions = exceptions();
    let (mut compared, mut failed) = (0, Vec::new());
    for reference in Reference::all() {
        let inside = reference.stage(folder.path());
        let version = if reference.compat == Compat::V3 { "3" } else { "4" };
        for line in lines.iter().filter(|line| line.contains(&only)) {
            let mut line_with_paths = line.clone();
            for (name, path) in &logs {
                line_with_paths =
                    line_with_paths.replace(&format!("{{{name}}}"), path.to_str().unwrap());
            }
            let mut words = words(&line_with_paths);
            // `< LOG COMMAND` has the log on its standard input.
            let input = (words[0] == "<").then(|| PathBuf::from(words.drain(..2).nth(1).unwrap()));
            let tool = words.remove(0);
            let theirs = reference.theirs(&tool, &words, input.as_deref());
            let ours = reference.ours(&tool, &words, input.as_deref());
            let is_excepted = exceptions
                .iter()
                .any(|(which, command)| (which == version || which == "*") && command == line);
            compared += 1;
            match difference(&theirs, &ours) {
                Some(why) if !is_excepted => failed.push(format!("{version} {line}\n  {why}")),
                None if is_excepted => {
                    failed.push(format!("{version} {line}\n  is no exception any more"));
                }
                _ => {}
            }
        }
        if inside != folder.path() {
            fs::remove_dir_all(inside).unwrap();
        }
    }
    eprintln!("{compared} command lines compared, {} differ", failed.len());
    if compared == 0 {
        skipped("no auditd's tools were compared with");
    }
    assert!(failed.is_empty(), "{} of {compared} differ:\n{}", failed.len(), failed.join("\n"));
}
