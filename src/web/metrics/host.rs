//! The vital signs of the host: each metric under its own name, the subject as a label.

use std::collections::BTreeMap;

use super::exposition::{Exposition, Kind};
use crate::model::{Family, Metric, Series};

pub(super) fn write(out: &mut Exposition, vitals: &[(Series, f32)]) {
    let mut by_metric: BTreeMap<Metric, Vec<(String, f32)>> = BTreeMap::new();
    for (series, value) in vitals {
        // Monitors and heartbeats have names of their own.
        if !matches!(series.metric.family(), Family::Monitor | Family::Heartbeat) {
            let subject = series.subject.to_string();
            by_metric.entry(series.metric).or_default().push((subject, *value));
        }
    }
    for (metric, samples) in by_metric {
        let name = format!("nightkeep_{metric}");
        let help = metric.as_str().replace('_', " ");
        let mut family = out.family(&name, Kind::Gauge, &format!("The last value of {help}"));
        for (subject, value) in samples {
            // In the digits it was measured with.
            let value = value.to_string().parse().unwrap_or(f64::from(value));
            match subject.split_once(':') {
                Some((kind, name)) => family.sample(&[(&kind.replace('-', "_"), name)], value),
                None => family.sample(&[], value),
            }
        }
    }
}
