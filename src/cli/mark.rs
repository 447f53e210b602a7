//! `nightkeep mark`: what was done, to be seen beside what came of it.

use std::path::Path;

use anyhow::bail;
use clap::{Parser, Subcommand};

use super::alerts::whoami;
use super::{OK, output};
use crate::control::{self, Reply, Request};
use crate::model::NoteKind;

/// Note that something was deployed or done: it stands on the charts and in the timeline.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Something was deployed: `nightkeep mark deploy "shop v1.2.3"`.
    Deploy {
        /// What.
        text: String,
    },
    /// Something else was done.
    Note {
        /// What.
        text: String,
    },
}

pub(super) async fn run(args: &Args, socket: &Path) -> anyhow::Result<u8> {
    let (kind, text) = match &args.what {
        What::Deploy { text } => (NoteKind::Deploy, text),
        What::Note { text } => (NoteKind::Note, text),
    };
    let request = Request::Note { kind, text: text.clone(), by: whoami() };
    match control::ask(socket, &request).await? {
        Reply::Done { said, .. } => output::print(&format!("{}\n", output::safe(&said)))?,
        Reply::Refused { why, .. } => bail!(why),
        _ => bail!("the watch answered something else"),
    }
    Ok(OK)
}
