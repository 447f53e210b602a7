//! The vital signs of the server: each in a number and the line of its last day.

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::model::text::{bytes, percent};
use crate::model::{Metric, Series, Subject};
use crate::store::sample::Point;
use crate::store::{self, Store};
use crate::web::locale::tonight as t;
use crate::web::page::Result;
use crate::web::page::visit::Visit;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const NOW: SignedDuration = SignedDuration::from_mins(10);
/// Mounts that are shown, the fullest.
const MOUNTS: usize = 2;
/// Steps of a day.
const STEPS: usize = 96;
/// Width and height of the drawing.
const WIDTH: f64 = 192.0;
const HEIGHT: f64 = 32.0;

/// A sign.
pub(super) struct Vital {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) beside: String,
    pub(super) tone: &'static str,
    /// The line of the day, and what is under it.
    pub(super) line: String,
    pub(super) area: String,
    /// Where it is shown at large.
    pub(super) anchor: &'static str,
}

/// All signs.
pub(super) async fn all(visit: &Visit, store: Option<&Store>) -> Result<Vec<Vital>> {
    let Some(store) = store else { return Ok(Vec::new()) };
    let (now, config) = (visit.now, &visit.config);
    let recent = now.checked_sub(NOW).unwrap_or(now);
    let is_vital = |series: &Series| matches!(series.subject, Subject::Host | Subject::Mount(_));
    let latest = store::sample::latest(store, recent, is_vital).await?;
    let value = |metric, subject: &Subject| {
        let found =
            latest.iter().find(|(series, _)| series.metric == metric && series.subject == *subject);
        found.map(|(_, value)| f64::from(*value))
    };
    let host = Subject::Host;
    let mut mounts: Vec<(&Subject, f64)> = latest
        .iter()
        .filter(|(series, _)| series.metric == Metric::DiskUsedRatio)
        .map(|(series, value)| (&series.subject, f64::from(*value)))
        .collect();
    mounts.sort_by(|a, b| b.1.total_cmp(&a.1));
    mounts.truncate(MOUNTS);
    let of = |subject: &Subject, metric| Series { subject: subject.clone(), metric };
    let mut wanted = vec![of(&host, Metric::CpuBusyRatio), of(&host, Metric::MemoryAvailableRatio)];
    wanted.extend(mounts.iter().map(|(mount, _)| of(mount, Metric::DiskUsedRatio)));
    let day = now.checked_sub(DAY).unwrap_or(now);
    let mut days = store::sample::ranges(store, &wanted, day, now, STEPS).await?.into_iter();
    let mut next = || days.next().unwrap_or_default();
    let (cpu, memory) = (next(), next());
    let mut vitals = Vec::new();
    if let Some(busy) = value(Metric::CpuBusyRatio, &host) {
        let load = value(Metric::Load1, &host).map(|load| t::load(format!("{load:.2}")));
        let beside = load.unwrap_or_default();
        vitals.push(Vital::share(t::cpu(), busy, beside, "cpu", &cpu, now));
    }
    if let Some(available) = value(Metric::MemoryAvailableRatio, &host) {
        let used: Vec<Point> =
            memory.into_iter().map(|point| Point { mean: 1.0 - point.mean, ..point }).collect();
        let total = value(Metric::MemoryTotalBytes, &host).unwrap_or_default();
        let beside = t::free(bytes(total * available));
        vitals.push(Vital::share(t::memory(), 1.0 - available, beside, "memory", &used, now));
    }
    for (mount, used) in mounts {
        let points = next();
        let Subject::Mount(path) = mount else { continue };
        let free = value(Metric::DiskAvailableBytes, mount).unwrap_or_default();
        let beside = t::free(bytes(free));
        let tone = disk_tone(config, path, used);
        let vital = Vital::share(&t::disk(path), used, beside, "disk", &points, now);
        vitals.push(Vital { tone, ..vital });
    }
    Ok(vitals)
}

/// As the rule sees it is for the rule to say; here only what is nearly full stands out.
fn disk_tone(_config: &Config, _path: &str, used: f64) -> &'static str {
    match used {
        0.95.. => "down",
        0.85.. => "degraded",
        _ => "up",
    }
}

impl Vital {
    fn share(
        name: &str,
        share: f64,
        beside: String,
        anchor: &'static str,
        points: &[Point],
        now: Timestamp,
    ) -> Self {
        let (line, area) = draw(points, now);
        let tone = if share >= 0.95 { "degraded" } else { "up" };
        Self { name: name.to_owned(), value: percent(share), beside, tone, line, area, anchor }
    }
}

/// The paths of the line and of the area under it. A gap stays a gap.
fn draw(points: &[Point], now: Timestamp) -> (String, String) {
    let begin = now.checked_sub(DAY).unwrap_or(now);
    let step = DAY.as_secs_f64() / STEPS as f64;
    let (mut line, mut area) = (String::new(), String::new());
    let mut run: Vec<(f64, f64)> = Vec::new();
    let mut last: Option<f64> = None;
    let flush = |run: &mut Vec<(f64, f64)>, line: &mut String, area: &mut String| {
        if let (Some(first), Some(end)) = (run.first(), run.last()) {
            let path: Vec<String> = run.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            *line += &format!("M{}", path.join("L"));
            *area += &format!("M{:.1} {HEIGHT}L{}L{:.1} {HEIGHT}Z", first.0, path.join("L"), end.0);
        }
        run.clear();
    };
    for point in points {
        let seconds = point.at.duration_since(begin).as_secs_f64();
        if last.is_some_and(|last| seconds - last > 2.5 * step) {
            flush(&mut run, &mut line, &mut area);
        }
        last = Some(seconds);
        let x = (seconds / DAY.as_secs_f64()).clamp(0.0, 1.0) * WIDTH;
        let y = HEIGHT - 1.0 - f64::from(point.mean).clamp(0.0, 1.0) * (HEIGHT - 2.0);
        run.push((x, y));
    }
    flush(&mut run, &mut line, &mut area);
    (line, area)
}
