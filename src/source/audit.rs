//! The kernel's audit rules: are those there that should be?
//!
//! A rule vanishes without a word when its directory is removed, and goes along with it when it is
//! moved. The kernel's multicast tells of the first at once; every half minute all is looked at.
//! Needs `CAP_AUDIT_CONTROL` to look and `CAP_AUDIT_READ` to listen.

mod act;
pub mod hear;
mod hold;
pub mod keep;
mod listen;
mod past;
pub mod records;
pub mod sigma;
pub mod trail;

use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use self::hold::Hold;
pub(crate) use self::hold::MEND;
use self::listen::Ear;
pub use self::past::{Past, Recorded, recorded};
use super::news::News;
use super::{Blind, Report};
use crate::config::AuditConfig;
use crate::model::{Observation, SourceName, State, Subject};

/// How often the rules are looked at when nothing is heard of them.
const LOOK: Duration = Duration::from_secs(30);
/// How often one tries again to see.
const MINUTE: Duration = Duration::from_mins(1);

/// Watches the rules until nobody listens. Where none are written down, it says nothing.
pub async fn run(config: AuditConfig, out: Sender<Report>) {
    let mut said: Option<Blind> = None;
    let mut news = News::default();
    let mut hold = Hold::new(config);
    let mut ear = Ear::open();
    let mut next = Instant::now();
    loop {
        let by = ear.wait(next).await;
        let before = hold;
        let (records, deaf) = (ear.records(), ear.deaf());
        let Ok((held, looked)) = spawn_blocking(move || {
            let mut hold = before;
            let looked = hold.look(&by, records);
            (hold, looked)
        })
        .await
        else {
            return;
        };
        hold = held;
        next = Instant::now() + LOOK;
        let looked = match looked {
            Ok(None) => {
                sleep(MINUTE).await;
                continue;
            }
            Ok(Some(looked)) => looked,
            Err(blind) => {
                news.forget();
                if said.as_ref() != Some(&blind) {
                    said = Some(blind.clone());
                    if send(&out, Err(blind)).await.is_none() {
                        return;
                    }
                }
                sleep(MINUTE).await;
                ear = Ear::open();
                continue;
            }
        };
        // What was removed was seen all the same.
        let mut observations = looked.events;
        let states = vec![(Subject::Host, State::Audit(looked.state))];
        let is_trouble = |state: &State| matches!(state, State::Audit(audit) if audit.is_trouble());
        observations.extend(news.of(states, is_trouble));
        if !observations.is_empty() || said.is_some() {
            if send(&out, Ok(observations)).await.is_none() {
                return;
            }
            said = None;
        }
        if let Some(blind) = deaf
            && said.as_ref() != Some(&blind)
        {
            said = Some(blind.clone());
            if send(&out, Err(blind)).await.is_none() {
                return;
            }
        }
    }
}

async fn send(out: &Sender<Report>, said: Result<Vec<Observation>, Blind>) -> Option<()> {
    out.send(Report { source: SourceName::Audit, said }).await.ok()
}
