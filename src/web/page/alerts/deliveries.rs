//! What was sent over which channel, and what became of it.

use askama::Template;
use jiff::Timestamp;

use super::story::Told;
use crate::store;
use crate::store::outbox::{Delivery, DeliveryState};
use crate::web::locale::{alerts as t, layout};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

const PAGE: usize = 200;

#[derive(Template)]
#[template(path = "page/alerts/deliveries.html")]
struct Deliveries {
    frame: Frame,
    clock: Clock,
    tab: &'static str,
    channels: Vec<Channel>,
    told: Vec<Told>,
}

/// A channel and how it does.
struct Channel {
    name: String,
    kind: &'static str,
    tone: &'static str,
    said: String,
    last: Option<Timestamp>,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let store = visit.store().await?;
    let mut deliveries = store::outbox::recent(&store, PAGE).await?;
    deliveries.reverse();
    let channels = visit.config.channels.iter();
    let channels = channels
        .map(|(name, channel)| Channel::of(name, channel.kind.as_str(), &deliveries))
        .collect();
    html(&Deliveries {
        frame: visit.frame("a").await?,
        clock: visit.clock(),
        tab: "deliveries",
        channels,
        told: deliveries.iter().map(Told::of).collect(),
    })
}

impl Channel {
    /// Out of the deliveries, newest first.
    fn of(name: &str, kind: &'static str, deliveries: &[Delivery]) -> Self {
        let mut mine = deliveries.iter().filter(|delivery| delivery.notice.channel == name);
        let newest = mine.clone().next();
        let last = mine.find_map(|delivery| delivery.delivered_at);
        let (tone, said) = match newest {
            None => ("unknown", t::channel_unused().to_owned()),
            Some(newest) => match newest.state {
                DeliveryState::Delivered => ("up", t::channel_delivers().to_owned()),
                DeliveryState::Pending if newest.attempts == 0 => {
                    ("up", t::channel_sending().to_owned())
                }
                _ => {
                    ("down", newest.error.clone().unwrap_or_else(|| t::channel_fails().to_owned()))
                }
            },
        };
        Self { name: name.to_owned(), kind, tone, said, last }
    }
}
