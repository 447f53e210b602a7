//! `nightkeep config`: check it, show what it means here, describe what it can say.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use super::{OK, output};
use crate::config;
use crate::web::locale;

/// Check, show or describe the config.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Is it right? Says line, column and what to write instead.
    Check,
    /// Every value as it holds here, and where it comes from. Secrets are not shown.
    Show,
    /// The JSON Schema of the config, for editors.
    Schema,
    /// Every key with its default, its unit and a sentence, as Markdown.
    Reference,
    /// An example with every key.
    Example,
    /// Writes what the pages say, in English, into a folder that is called as your language is, to be
    /// translated there. What is in it already stays.
    Locale {
        /// Such as `/etc/nightkeep/locale/de`.
        folder: PathBuf,
    },
}

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    match &args.what {
        What::Check => {
            let config = config::load(path, &super::environment())?;
            let mut text = format!("{} is right.\n", path.display());
            for warning in &config.warnings {
                text += &format!("warning: {warning}\n");
            }
            for fault in config.web.locale.iter().flat_map(|folder| locale::check(folder)) {
                text += &format!("warning: {fault}\n");
            }
            output::print(&text)?;
        }
        What::Show => {
            let kept = super::kept_monitors(path).await;
            output::print(&config::show(path, &kept, &super::environment())?)?;
        }
        What::Schema => output::print_json(&config::schema())?,
        What::Reference => output::print(&config::reference())?,
        What::Example => output::print(&config::example())?,
        What::Locale { folder } => output::print(&write_english(folder)?)?,
    }
    Ok(OK)
}

/// Writes the files that are not there yet, and says what comes next.
fn write_english(folder: &Path) -> anyhow::Result<String> {
    let shown = folder.display();
    let denied = || format!("cannot write {shown}: use sudo");
    std::fs::create_dir_all(folder).with_context(denied)?;
    let mut written = 0;
    for (name, text) in locale::ENGLISH {
        match File::create_new(folder.join(format!("{name}.ftl"))) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).with_context(denied)?;
                written += 1;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(denied),
        }
    }
    Ok(format!(
        "{written} files written to {shown}. When they are translated, in the config:\n\n[web]\n\
         locale = \"{shown}\"\n\nthen nightkeep config check, and sudo systemctl restart nightkeep.\n"
    ))
}
