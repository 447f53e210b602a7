//! Reads a config file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::check::Check;
use super::document::Document;
use super::environment::Environment;
use super::error::{ConfigError, Problem, Report};
use super::value::Wrong;
use super::{Config, mask, raw, schema, shape};

/// More than anybody writes, in bytes.
const LONGEST: usize = 1 << 20;

/// Reads and checks the config in a file. `Unreadable` says what mends it, `Wrong` shows each
/// place that is wrong.
pub fn load(path: &Path, env: &Environment) -> Result<Config, ConfigError> {
    let (text, mode) = read(path)?;
    let name = path.to_string_lossy();
    let (mut config, document) = checked(&text, &name, env)?;
    if mode & 0o004 != 0 && mask::inline_secrets(&document) {
        config.warnings.push(format!(
            "everybody on this machine can read the secrets in {name}: sudo chmod 640 {name}"
        ));
    }
    Ok(config)
}

/// Checks a config. `file` is what messages call it. Reads the files that secrets are in, and
/// nothing else.
pub fn parse(text: &str, file: &str, env: &Environment) -> Result<Config, ConfigError> {
    checked(text, file, env).map(|(config, _)| config)
}

/// The config and the document it came from.
pub(super) fn checked<'a>(
    text: &'a str,
    file: &str,
    env: &Environment,
) -> Result<(Config, Document<'a>), ConfigError> {
    let (document, problems) = Document::parse(text);
    let wrong = |document: &Document<'_>, problems: Vec<Problem>| {
        ConfigError::Wrong(Report {
            file: file.to_owned(),
            text: mask::without_secrets(document, &problems),
            problems,
        })
    };
    // One stage after the other: a missing quote makes nonsense of all that follows it.
    if !problems.is_empty() {
        return Err(wrong(&document, problems));
    }
    let problems = shape::check(&document, &schema::INNER);
    if !problems.is_empty() {
        return Err(wrong(&document, problems));
    }
    let raw: raw::File = serde_json::from_value(document.plain()).map_err(|error| {
        // The shape was right, so this is reached only where shape and raw types differ.
        let problem =
            Problem::of(0..0, "this config cannot be read", Wrong::new(error.to_string()));
        wrong(&document, vec![problem])
    })?;
    let mut check = Check::new(&document, env);
    let config = check.config(raw);
    if check.problems.is_empty() {
        Ok((config, document))
    } else {
        let problems = std::mem::take(&mut check.problems);
        Err(wrong(&document, problems))
    }
}

/// A file's text and mode.
pub(super) fn read(path: &Path) -> Result<(String, u32), ConfigError> {
    let name = path.display();
    let unreadable = |error: io::Error| {
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
    };
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
            "{name} is longer than 1 MiB: this is no config"
        )));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, meta.permissions().mode())),
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
