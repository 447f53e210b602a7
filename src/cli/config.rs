//! `nightkeep config`: check it, show what it means here, describe what it can say.

use std::path::Path;

use clap::{Parser, Subcommand};

use super::{OK, output};
use crate::config;

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
}

pub(super) async fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    match args.what {
        What::Check => {
            let config = config::load(path, &super::environment())?;
            let mut text = format!("{} is right.\n", path.display());
            for warning in &config.warnings {
                text += &format!("warning: {warning}\n");
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
    }
    Ok(OK)
}
