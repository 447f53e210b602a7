//! Reads a config file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::check::{Check, join};
use super::document::Document;
use super::environment::Environment;
use super::error::{ConfigError, Problem, Report};
use super::value::Wrong;
use super::{Config, mask, raw, schema, shape};

/// More than anybody writes, in bytes: ten thousand monitors are 3 MiB.
const LONGEST: usize = 16 << 20;
/// The folder beside the config whose files hold monitors and heartbeats.
const PIECES: &str = "monitors.d";

/// A file as it was read.
pub(super) struct Written {
    /// What messages call it.
    pub(super) name: String,
    pub(super) text: String,
    /// Its permissions.
    pub(super) mode: u32,
}

/// Reads and checks the config in a file, with the monitors beside it. `Unreadable` says what
/// mends it, `Wrong` shows each place that is wrong.
pub fn load(path: &Path, env: &Environment) -> Result<Config, ConfigError> {
    let files = read_all(path)?;
    let (mut config, documents) = checked(&files, env)?;
    for (file, document) in files.iter().zip(&documents) {
        if file.mode & 0o004 != 0 && mask::inline_secrets(document) {
            let name = &file.name;
            config.warnings.push(format!(
                "everybody on this machine can read the secrets in {name}: sudo chmod 640 {name}"
            ));
        }
    }
    Ok(config)
}

/// Checks a config. `file` is what messages call it. Reads the files that secrets are in, and
/// nothing else.
pub fn parse(text: &str, file: &str, env: &Environment) -> Result<Config, ConfigError> {
    let file = Written { name: file.to_owned(), text: text.to_owned(), mode: 0 };
    checked(&[file], env).map(|(config, _)| config)
}

/// Checks a config together with files beside it, none of which has to be on the disk yet: names and
/// texts, the config's own first.
pub fn parse_all(files: &[(String, String)], env: &Environment) -> Result<Config, ConfigError> {
    let file = |(name, text): &(String, String)| Written {
        name: name.clone(),
        text: text.clone(),
        mode: 0,
    };
    let files: Vec<Written> = files.iter().map(file).collect();
    checked(&files, env).map(|(config, _)| config)
}

/// The config and the documents it came from: the first is the config file, the others hold
/// monitors and heartbeats.
pub(super) fn checked<'a>(
    files: &'a [Written],
    env: &Environment,
) -> Result<(Config, Vec<Document<'a>>), ConfigError> {
    let (mut documents, mut found) = (Vec::new(), Vec::new());
    let mut problems: Vec<Vec<Problem>> = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let (document, mut wrong) = Document::parse(&file.text);
        // One stage after the other: a missing quote makes nonsense of all that follows it.
        if wrong.is_empty() {
            let schema = if place == 0 { &schema::INNER } else { &schema::PIECE };
            wrong = shape::check(&document, schema);
        }
        documents.push(document);
        problems.push(wrong);
    }
    if problems.iter().any(|wrong| !wrong.is_empty()) {
        return Err(wrong(files, &documents, problems));
    }
    let mut whole = None;
    for (place, (file, document)) in files.iter().zip(&documents).enumerate() {
        let mut check = Check::new(document, env);
        let path = Path::new(&file.name);
        // The shape was right, so reading fails only where shape and raw types differ.
        let piece = if place == 0 {
            serde_json::from_value::<raw::File>(document.plain()).map(|mut raw| {
                let piece = raw::Piece {
                    monitor: std::mem::take(&mut raw.monitor),
                    heartbeat: std::mem::take(&mut raw.heartbeat),
                };
                whole = Some(check.config(raw));
                piece
            })
        } else {
            serde_json::from_value::<raw::Piece>(document.plain())
        };
        match piece {
            Ok(piece) => {
                found.push((document, check.monitors(piece.monitor, path)));
                if let Some(config) = &mut whole {
                    check.heartbeats(piece.heartbeat, path, config);
                }
            }
            Err(error) => {
                let title = "this config cannot be read";
                check.problems.push(Problem::of(0..0, title, Wrong::new(error.to_string())));
            }
        }
        problems[place] = std::mem::take(&mut check.problems);
        if let Some(config) = &mut whole {
            config.warnings.append(&mut check.warnings);
        }
    }
    let sound = problems.iter().all(Vec::is_empty);
    let mut monitors = BTreeMap::new();
    let crossed = join(found, &mut monitors);
    // Where a monitor is wrong in itself, others only seem to lack it.
    for (place, problem) in crossed.into_iter().filter(|_| sound) {
        problems[place].push(problem);
    }
    match whole {
        Some(mut config) if problems.iter().all(Vec::is_empty) => {
            config.monitors = monitors;
            Ok((config, documents))
        }
        _ => Err(wrong(files, &documents, problems)),
    }
}

pub(super) fn wrong(
    files: &[Written],
    documents: &[Document<'_>],
    problems: Vec<Vec<Problem>>,
) -> ConfigError {
    let report = |((file, document), mut problems): ((&Written, &Document<'_>), Vec<Problem>)| {
        problems.sort_by_key(|problem| problem.span.start);
        let text = mask::without_secrets(document, &problems);
        (!problems.is_empty()).then(|| Report { file: file.name.clone(), text, problems })
    };
    ConfigError::Wrong(files.iter().zip(documents).zip(problems).filter_map(report).collect())
}

/// A digest of the config file and of the files beside it, as they are on the disk.
///
/// # Errors
/// When one of them cannot be read.
pub fn digest(path: &Path) -> Result<[u8; 32], ConfigError> {
    let mut digest = Sha256::new();
    for file in read_all(path)? {
        digest.update(file.name);
        digest.update([0]);
        digest.update(file.text);
        digest.update([0]);
    }
    Ok(digest.finalize().into())
}

/// The config file, and the files of the folder beside it in the order of their names.
pub(super) fn read_all(path: &Path) -> Result<Vec<Written>, ConfigError> {
    let mut files = vec![read(path)?];
    let folder = path.with_file_name(PIECES);
    let mut pieces = Vec::new();
    match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(&folder, &error)),
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
                // What editors leave behind is hidden or ends otherwise.
                let hidden = path.file_name().is_some_and(|name| name.as_bytes()[0] == b'.');
                if path.extension().is_some_and(|ending| ending == "toml") && !hidden {
                    pieces.push(path);
                }
            }
        }
    }
    pieces.sort();
    for piece in pieces {
        files.push(read(&piece)?);
    }
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    let name = path.display();
    ConfigError::Unreadable(match error.kind() {
        io::ErrorKind::NotFound => format!(
            "there is no {name}\nhelp: `sudo nightkeep init` looks at this server and writes one, --config FILE names another"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "{name} may not be read by you{}\nhelp: run it with sudo, or as the user nightkeep: sudo -u nightkeep nightkeep …",
            owner(path)
        ),
        _ => format!("{name} cannot be read: {error}"),
    })
}

/// A file as it stands.
pub(super) fn read(path: &Path) -> Result<Written, ConfigError> {
    let name = path.display();
    let unreadable = |error: io::Error| unreadable(path, &error);
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.is_dir() {
        return Err(ConfigError::Unreadable(format!(
            "{name} is a directory\nhelp: name the file in it"
        )));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > LONGEST {
        return Err(ConfigError::Unreadable(format!(
            "{name} is longer than 16 MiB: this is no config"
        )));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Written { name: name.to_string(), text, mode: meta.permissions().mode() }),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
            Err(ConfigError::Unreadable(format!(
                "{name}:{line}: the byte 0x{:02x} is no UTF-8\nhelp: if the file is Latin-1: iconv -f latin1 -t utf8 {name}",
                error.as_bytes()[good]
            )))
        }
    }
}

/// Whose the file is, for the message that it may not be read.
fn owner(path: &Path) -> String {
    match std::fs::metadata(path) {
        Ok(meta) => {
            format!(" (mode {:o}, uid {}, gid {})", meta.mode() & 0o777, meta.uid(), meta.gid())
        }
        Err(_) => String::new(),
    }
}
