//! `nightkeep rebuild`: the same server anew.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jiff::SignedDuration;
use nightkeep_triage::collect::inventory;
use nightkeep_triage::collect::tree::Tree;
use nightkeep_triage::rebuild;

use super::{OK, output, triage};
use crate::config;
use crate::respond::{self, Looked};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Drafts an Ansible playbook of what this server is: packages, sources, units, configuration, users, cron,
    /// compose files. Secrets and what is suspicious are left out and named.
    Plan {
        /// Into this folder, which must not be there yet.
        folder: PathBuf,
        /// What happened since this long ago counts as lately (24h, 7d).
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::parse_duration)]
        since: SignedDuration,
        /// The disk of another machine, mounted there.
        #[arg(long, value_name = "FOLDER", default_value = "/")]
        root: PathBuf,
    },
}

const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn run(command: &Command, path: &Path) -> anyhow::Result<u8> {
    let Command::Plan { folder, since, root } = command;
    if folder.exists() {
        bail!("{} is there already: name a new folder", folder.display());
    }
    let config = triage::load(path);
    let (question, _) = triage::question(*since, PATIENCE, root, &config, path).await?;
    let Looked { report, scene, .. } =
        tokio::task::spawn_blocking(move || respond::look(question)).await?;
    let tree = Tree::open(root).with_context(|| root.display().to_string())?;
    let suspects = rebuild::suspects(&report.findings);
    let inventory = inventory::inventory(&tree, &scene, &suspects);
    let draft = rebuild::draft(&report.host, &scene, &inventory, &report.findings);
    for one in &draft {
        write(&folder.join(&one.path), &one.content)
            .with_context(|| format!("cannot write {}", folder.join(&one.path).display()))?;
    }
    let count = draft.len();
    let left = inventory.left_out.len();
    output::print(&format!(
        "{count} files in {}: {} packages, {} units, {} files of this server.\n{left} left out; README.md names \
         them, and what to do by hand.\nCheck it: cd {} && ansible-playbook --syntax-check -i inventory.ini site.yml\n",
        folder.display(),
        inventory.packages.len(),
        inventory.units.len(),
        inventory.files.len(),
        folder.display(),
    ))?;
    Ok(OK)
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    fs::File::sync_all(&file)
}
