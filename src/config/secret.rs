//! Fetches secrets from where the config says they are, and keeps them out of what is shown.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::raw::SecretFrom;
use super::value::{Wrong, quoted};

/// No token or password is longer than this many bytes.
const LONGEST: u64 = 16 * 1024;

/// A secret's text, and what is unwise about where it was.
pub(super) fn fetch(
    from: &SecretFrom,
    env: &Environment,
) -> Result<(String, Option<String>), Wrong> {
    match from {
        SecretFrom::Text(text) => Ok((text.clone(), None)),
        SecretFrom::File { file } => read(file),
        SecretFrom::Env { env: name } => match env.variables.get(name) {
            Some(text) if !text.is_empty() => Ok((text.clone(), None)),
            Some(_) => Err(Wrong::new(format!("${name} is empty"))),
            None => Err(Wrong::with_help(
                format!("${name} is not set"),
                format!(
                    "for the daemon: a line {name}=… in a file named by EnvironmentFile= in the unit (`systemctl edit nightkeep`)"
                ),
            )),
        },
        SecretFrom::Credential { credential } => match env.variables.get("CREDENTIALS_DIRECTORY") {
            Some(directory) => read(&PathBuf::from(directory).join(credential)),
            None => Err(Wrong::with_help(
                "there are no credentials here ($CREDENTIALS_DIRECTORY is not set)",
                format!(
                    "systemd hands them over with LoadCredential={credential}:/etc/nightkeep/{credential} in the unit (`systemctl edit nightkeep`)"
                ),
            )),
        },
    }
}

fn read(path: &Path) -> Result<(String, Option<String>), Wrong> {
    let shown = quoted(&path.to_string_lossy());
    let (text, mode) = read_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Wrong::with_help(
            format!("there is no file {shown}"),
            format!("write it: sudo install -m 640 -g nightkeep /dev/stdin {} (then type the secret, Enter, Ctrl-D)", path.display()),
        ),
        io::ErrorKind::PermissionDenied => Wrong::with_help(
            format!("{shown} may not be read"),
            format!("the daemon's user needs it: sudo chgrp nightkeep {0} && sudo chmod 640 {0}", path.display()),
        ),
        _ => Wrong::new(format!("{shown} cannot be read: {error}")),
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Wrong::new(format!("{shown} is empty")));
    }
    if text.chars().any(char::is_control) {
        return Err(Wrong::with_help(
            format!("{shown} holds more than one line"),
            "the file holds the secret and nothing else",
        ));
    }
    let warning = (mode & 0o004 != 0).then(|| {
        format!(
            "everybody on this machine can read the secret in {0}: sudo chmod o= {0}",
            path.display()
        )
    });
    Ok((text.to_owned(), warning))
}

fn read_file(path: &Path) -> io::Result<(String, u32)> {
    // Looked at before it is opened: to open a pipe is to wait for its other end.
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other("it is longer than any secret"));
    }
    Ok((text, meta.permissions().mode()))
}
