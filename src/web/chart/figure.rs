//! A chart as it stands on a page: the picture, its numbers for readers, and where the script finds
//! them.

use super::{Chart, svg};
use crate::web::locale::{chart as t, when};

/// A chart on a page. `figure.html` writes it.
#[derive(Debug)]
pub struct Figure {
    /// Unlike any other on the page.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The picture, as safe SVG.
    pub svg: String,
    /// The address of its numbers.
    pub data: String,
    /// Its lines.
    pub rows: Vec<Row>,
    /// What is to be expected.
    pub ahead: Option<String>,
    /// Nothing was measured.
    pub is_empty: bool,
}

/// What a line did, in words.
#[derive(Debug)]
pub struct Row {
    /// Its class.
    pub class: String,
    /// Its name.
    pub name: String,
    /// Its last value.
    pub now: String,
    /// Its least, mean and greatest.
    pub min: String,
    /// See there.
    pub mean: String,
    /// See there.
    pub max: String,
}

impl Figure {
    /// The chart, with an id of its own on its page and its numbers at an address.
    pub fn of(chart: &Chart, id: String, data: String) -> Self {
        let row = |(n, line): (usize, &super::Line)| {
            let (all, last) = (line.summary()?, line.last()?);
            let show = |value| chart.unit.show(value);
            Some(Row {
                class: format!("s{n}"),
                name: line.name.clone(),
                now: show(last.mean),
                min: show(all.min),
                mean: show(all.mean),
                max: show(all.max),
            })
        };
        let ahead = chart.forecast.map(|forecast| {
            let full = forecast.full.to_zoned(chart.zone.clone());
            t::full(when::day_year(full.date()))
        });
        Self {
            svg: svg(chart, &id),
            id,
            title: chart.title.clone(),
            data,
            rows: chart.lines.iter().enumerate().filter_map(row).collect(),
            ahead,
            is_empty: chart.is_empty(),
        }
    }
}
