//! `nightkeep doctor`: what cannot be seen or done here, why, and the command that mends it.

use std::path::Path;

use clap::Parser;
use jiff::tz::TimeZone;

use super::{FAILED, OK, output};
use crate::config::Config;
use crate::control::{self, Reply, Request};
use crate::doctor::{Examined, Watch, examine, ill, well};
use crate::model::Severity;

/// What nightkeep cannot see or do here.
#[derive(Debug, Parser)]
pub(super) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

struct Socket<'a>(&'a Path);

impl Watch for Socket<'_> {
    async fn ask(&self, request: Request) -> anyhow::Result<Reply> {
        control::ask(self.0, &request).await
    }
}

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    let (config, found) = match super::monitors::load(config).await {
        Ok(loaded) => (loaded, well("config", format!("{} is right", config.display()))),
        Err(error) => {
            (Config::default(), ill("config", error.to_string(), "sudo nightkeep config check"))
        }
    };
    let mut examined = vec![found];
    examined.extend(
        examine(&config, &Socket(socket), |at| output::local(at, &TimeZone::system())).await,
    );

    if args.json {
        output::print_json(&examined)?;
    } else {
        output::print(&describe(&examined))?;
    }
    Ok(if examined.iter().any(|one| one.trouble.is_some()) { FAILED } else { OK })
}

fn describe(examined: &[Examined]) -> String {
    let mut text = String::new();
    for Examined { what, state, trouble, mend } in examined {
        match trouble {
            None => {
                text +=
                    &format!("{}  {what}: {}\n", output::paint("ok", None), output::safe(state));
            }
            Some(trouble) => {
                let word = output::paint("trouble", Some(Severity::Warning));
                let trouble = trouble.replace('\n', "\n    ");
                text += &format!("{word}  {what}: {trouble}\n");
                if let Some(mend) = mend {
                    text += &format!("    mend: {}\n", output::safe(mend));
                }
            }
        }
    }
    text
}
