//! Where notices go, whether they get there, and what became of them.

use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use super::{Asking, Done, Page, Said};
use crate::notify;
use crate::store;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Test,
    Deliveries,
}

/// A channel of the config. Without its secrets, its address among them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Channel {
    /// Its name.
    name: String,
    /// Its type, as in the config.
    r#type: &'static str,
}

pub(super) async fn answer(asking: &Asking<'_>, call: Call) -> Result<Said, Problem> {
    match call {
        Call::List => {
            let channels = asking.config.channels.iter();
            let items = channels.map(|(name, channel)| Channel {
                name: name.clone(),
                r#type: channel.kind.as_str(),
            });
            Ok(Said::json(200, &Page::all(items.collect())))
        }
        Call::Test => test(asking).await,
        Call::Deliveries => {
            let limit = asking.query.limit()?;
            let mut deliveries = store::outbox::recent(&asking.store().await?, limit).await?;
            deliveries.reverse();
            Ok(Said::json(200, &Page::all(deliveries)))
        }
    }
}

async fn test(asking: &Asking<'_>) -> Result<Said, Problem> {
    let (name, config, now) = (asking.part(0), &asking.config, asking.now);
    let channel = config.channels.get(name);
    let channel =
        channel.ok_or_else(|| Problem::missing(format!("there is no channel `{name}`")))?;
    match notify::test(name, channel, config, now).await {
        Ok(_) => {
            let said = format!("{name} took it: look whether it arrived");
            Ok(Said::json(200, &Done { said, id: None }))
        }
        Err(error) => Err(Problem::not_taken(format!("{name}: {error}"))),
    }
}
