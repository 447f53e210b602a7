//! `nightkeep triage --for-page`: what the page asked for, done by root.

use std::path::Path;

use anyhow::Context as _;

use super::{Kept, PATIENCE, keep, load, question};
use crate::cli::{FAILED, OK};
use crate::clock;
use crate::respond::asked::{Places, Progress, Request, Said};
use crate::respond::{self, Looked};

pub(super) async fn run(path: &Path) -> anyhow::Result<u8> {
    let places = Places::of_machine();
    let taken = places.take();
    if matches!(taken, Ok(None)) {
        return Ok(OK);
    }
    let begun = Progress::begin(&places);
    let mut progress =
        begun.context("how far it is cannot be said; it runs as root, by systemd")?;
    let done = match taken {
        Ok(Some(request)) => answer(&request, path, &mut progress).await,
        Ok(None) => return Ok(OK),
        Err(error) => Err(anyhow::Error::from(error).context("the request is not followed")),
    };
    let at = clock::now();
    match done {
        Ok((incident, answer)) => {
            progress.say(&Said::Ended { at, incident, answer });
            Ok(OK)
        }
        Err(error) => {
            progress.say(&Said::Failed { at, why: format!("{error:#}") });
            crate::cli::output::complain(&error);
            Ok(FAILED)
        }
    }
}

/// Looks, and keeps what was found. Returns in which incident, and the answer.
async fn answer(
    request: &Request,
    path: &Path,
    progress: &mut Progress,
) -> anyhow::Result<(String, String)> {
    let mut tell = |step: &str| {
        progress.say(&Said::Step { at: clock::now(), step: step.to_owned() });
    };
    tell("What nightkeep knows already");
    let config = load(path);
    let (question, notes) =
        question(request.since(), PATIENCE, Path::new("/"), &config, path).await?;
    let (steps, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let look = tokio::task::spawn_blocking(move || {
        respond::look_and_tell(question, |step| {
            // Whoever listens waits for the end of this.
            let _ = steps.send(step);
        })
    });
    while let Some(step) = heard.recv().await {
        tell(step);
    }
    let Looked { mut report, events, .. } = look.await.context("it crashed")?;
    report.verdict.unseen.extend(notes);
    tell("Keeping it in the log book");
    let author = format!("{}, by the page", request.by);
    let kept = Kept { report: &report, events: &events, taken: None, author: &author };
    let id = keep(&config.store.path, &kept, &request.title, true)?;
    let id = id.context("it was not kept")?;
    Ok((id, report.verdict.answer.as_str().to_owned()))
}
