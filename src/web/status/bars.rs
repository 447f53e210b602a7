//! The days of a service as bars: one path for each kind of day, so that 50 services stay small.
//! The kinds differ in shape as well as in colour.

use super::words::{day_status, downtime, percent};
use super::{Day, DayStatus, Service};
use crate::web::locale::{status as t, when};

/// From one bar to the next.
const STEP: usize = 4;
/// The height of the drawing.
const HEIGHT: usize = 32;

/// Bars to be drawn.
pub(super) struct Bars {
    /// The whole width.
    pub(super) width: usize,
    /// The whole height.
    pub(super) height: usize,
    /// The kind of day and where its bars go.
    pub(super) paths: Vec<(&'static str, String)>,
    /// What they say, for whoever does not see them.
    pub(super) label: String,
}

impl DayStatus {
    const ALL: [Self; 4] = [Self::NoData, Self::Up, Self::Trouble, Self::Down];

    /// The name of its style.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Up => "u",
            Self::Trouble => "t",
            Self::Down => "d",
            Self::NoData => "n",
        }
    }

    /// A bar of it at a place: whole, broken, taller, or a stub.
    pub(super) fn draw(self, x: usize) -> String {
        match self {
            Self::Up => format!("M{x} 8v24"),
            Self::Trouble => format!("M{x} 4v12m0 4v12"),
            Self::Down => format!("M{x} 0v32"),
            Self::NoData => format!("M{x} 28v4"),
        }
    }
}

impl Bars {
    /// The bars of a service.
    pub(super) fn of(service: &Service) -> Self {
        let path = |status: DayStatus| {
            let mut path = String::new();
            for (place, _) in places(&service.days, status) {
                path += &status.draw(place * STEP + STEP / 2);
            }
            (status.class(), path)
        };
        let paths = DayStatus::ALL.into_iter().map(path).filter(|(_, path)| !path.is_empty());
        Self {
            width: service.days.len() * STEP,
            height: HEIGHT,
            paths: paths.collect(),
            label: label(service),
        }
    }
}

fn places(days: &[Day], status: DayStatus) -> impl Iterator<Item = (usize, &Day)> {
    days.iter().enumerate().filter(move |(_, day)| day.status == status)
}

fn label(service: &Service) -> String {
    let count = |status| places(&service.days, status).count();
    let mut label = match service.uptime {
        Some(share) => t::bars_up(service.days.len(), percent(share)),
        None => t::bars_no_data(service.days.len()),
    };
    for status in [DayStatus::Trouble, DayStatus::Down, DayStatus::NoData] {
        let days = count(status);
        if days > 0 && service.uptime.is_some() {
            label += &t::bars_days(days, day_status(status));
        }
    }
    label
}

/// A day that was not well, for the table below the bars.
pub(super) struct BadDay {
    /// For programs.
    pub(super) date: String,
    /// For people.
    pub(super) said: String,
    /// The share it was up.
    pub(super) uptime: String,
    /// How long it was down.
    pub(super) down: String,
}

/// Days that were not well, the last first.
pub(super) fn bad_days(service: &Service) -> Vec<BadDay> {
    let is_bad = |day: &&Day| matches!(day.status, DayStatus::Trouble | DayStatus::Down);
    let bad = service.days.iter().rev().filter(is_bad).map(|day| BadDay {
        date: day.date.to_string(),
        said: when::weekday_day(day.date),
        uptime: percent(day.uptime.unwrap_or_default()),
        down: downtime(day.down),
    });
    bad.collect()
}
