//! Shell completions and man pages, generated from the command tree.

use std::path::Path;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

use super::{OK, output};

pub(super) fn completions(mut tree: Command, shell: Shell) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut tree, "nightkeep", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(OK)
}

pub(super) fn man_pages(tree: Command, directory: &Path) -> anyhow::Result<u8> {
    std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(tree, directory))
        .with_context(|| format!("cannot write man pages into {}", directory.display()))?;
    Ok(OK)
}
