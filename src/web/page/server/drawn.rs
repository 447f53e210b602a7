//! What charts show of times that do not change any more, kept from look to look: a year is read out
//! of the store once, and after that its last steps.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::model::Series;
use crate::store::sample::Point;
use crate::store::{self, Store, StoreError};
use crate::web::chart::Grid;

/// After so many seconds a step does not change any more: samples are written a minute late at most.
const SETTLED: i64 = 300;
/// Points of a line: two years of the longest step, and the most that the script draws.
const LONGEST: usize = 1200;
/// Points of all lines, 32 bytes each: what was not looked at for longest is let go.
const MOST: usize = 200_000;

/// Lines that were drawn.
#[derive(Debug, Default)]
pub(in crate::web) struct Drawn(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    /// By the seconds of a step.
    all: HashMap<i64, HashMap<Series, Line>>,
    points: usize,
    looks: u64,
}

/// A line, as far as it is settled.
#[derive(Debug)]
struct Line {
    /// All that is known of the seconds in between is in `points`.
    from: i64,
    until: i64,
    points: Vec<Point>,
    looked: u64,
}

impl Drawn {
    /// Series over the steps of a grid, as the store has them.
    pub(super) async fn ranges(
        &self,
        store: &Store,
        series: &[Series],
        grid: &Grid,
        now: Timestamp,
    ) -> Result<Vec<Vec<Point>>, StoreError> {
        let step = grid.step;
        let (begin, end) = (grid.from.as_second(), grid.until().as_second());
        let settled = (now.as_second() - SETTLED).div_euclid(step) * step;
        let mut all = Vec::with_capacity(series.len());
        // From where each has to be read: most of them from the same moment.
        let mut unread: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        {
            let mut lines = self.lines();
            for (place, series) in series.iter().enumerate() {
                let (known, reached) = lines.known(step, series, begin, end);
                all.push(known);
                if reached < end {
                    unread.entry(reached).or_default().push(place);
                }
            }
        }
        for (from, places) in unread {
            let wanted: Vec<Series> = places.iter().map(|place| series[*place].clone()).collect();
            let begins = Timestamp::from_second(from).unwrap_or(grid.from);
            let count = usize::try_from((end - from) / step).unwrap_or(1);
            let read = store::sample::ranges(store, &wanted, begins, grid.until(), count).await?;
            let mut lines = self.lines();
            for ((place, series), points) in places.into_iter().zip(wanted).zip(read) {
                lines.keep(step, series, (from, settled.min(end)), &points);
                all[place].extend(points);
            }
            lines.let_go();
        }
        Ok(all)
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// What is known of a series from `begin` on, and until when.
    fn known(&mut self, step: i64, series: &Series, begin: i64, end: i64) -> (Vec<Point>, i64) {
        let line = self.all.get_mut(&step).and_then(|lines| lines.get_mut(series));
        let Some(line) = line.filter(|line| (line.from..=line.until).contains(&begin)) else {
            return (Vec::new(), begin);
        };
        self.looks += 1;
        line.looked = self.looks;
        let second = |point: &Point| point.at.as_second();
        let first = line.points.partition_point(|point| second(point) < begin);
        let last = line.points.partition_point(|point| second(point) < end);
        (line.points[first..last].to_vec(), line.until.min(end))
    }

    /// Keeps what was read of a time, in place of what is known of it, or after that.
    fn keep(&mut self, step: i64, series: Series, (from, until): (i64, i64), points: &[Point]) {
        if until <= from {
            return;
        }
        self.looks += 1;
        let lines = self.all.entry(step).or_default();
        let line = lines.entry(series).or_insert_with(|| Line {
            from,
            until: from,
            points: Vec::new(),
            looked: 0,
        });
        self.points -= line.points.len();
        line.looked = self.looks;
        // Somebody else may have kept it meanwhile; what does not join on begins anew.
        let second = |point: &Point| point.at.as_second();
        if (line.from..=line.until).contains(&from) {
            line.points.truncate(line.points.partition_point(|point| second(point) < from));
        } else {
            (line.from, line.points) = (from, Vec::new());
        }
        line.until = until;
        line.points.extend(points.iter().filter(|point| second(point) < until));
        let over = line.points.len().saturating_sub(LONGEST);
        if let Some(first) = line.points.get(over).filter(|_| over > 0) {
            line.from = second(first);
            line.points.drain(..over);
        }
        line.points.shrink_to(LONGEST);
        self.points += line.points.len();
    }

    fn let_go(&mut self) {
        while self.points > MOST {
            let lines = self.all.iter().flat_map(|(step, lines)| {
                lines.iter().map(move |(series, line)| (line.looked, *step, series))
            });
            let Some((_, step, series)) = lines.min_by_key(|(looked, ..)| *looked) else { return };
            let series = series.clone();
            let gone = self.all.get_mut(&step).and_then(|lines| lines.remove(&series));
            self.points -= gone.map_or(self.points, |line| line.points.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, StoreConfig};
    use crate::model::{Batch, Metric, Observation, Subject};

    const NOW: i64 = 1_800_000_000;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn series(metric: Metric) -> Series {
        Series { subject: Subject::Host, metric }
    }

    async fn measure(store: &Store, at: i64, value: f32) {
        let sample = |metric| Observation::Sample { subject: Subject::Host, metric, value };
        let observations = vec![sample(Metric::Load1), sample(Metric::Load5)];
        let batch = Batch { at: second(at), observations };
        store::sample::append(store, &[batch]).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_kept_is_what_the_store_has() {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig { path: folder.path().to_owned(), ..Config::default().store };
        let store = Store::open(&config, "web1").await.unwrap();
        let drawn = Drawn::default();
        let wanted = [series(Metric::Load1), series(Metric::Load5), series(Metric::Load15)];
        for minute in 0..240 {
            measure(&store, NOW - 14_400 + minute * 60, minute as f32).await;
        }
        // Once anew, once with nothing new, then later, then with a series more, then wider.
        let looks = [(0, 3600, 1), (0, 3600, 1), (900, 3600, 2), (1800, 3600, 3), (1800, 7200, 3)];
        for (later, length, count) in looks {
            let now = NOW + later;
            measure(&store, now - 1, 0.5).await;
            let from = now - length - (now - length).rem_euclid(60);
            let grid = Grid { from: second(from), step: 60, count: (length / 60) as usize + 1 };
            let wanted = &wanted[..count];
            let kept = drawn.ranges(&store, wanted, &grid, second(now)).await.unwrap();
            let fresh =
                store::sample::ranges(&store, wanted, grid.from, grid.until(), grid.count).await;
            assert_eq!(kept, fresh.unwrap(), "{later} {length}");
        }
        // A settled time is not read again.
        measure(&store, NOW - 3599, 1000.0).await;
        let grid = Grid { from: second(NOW - 3600), step: 60, count: 60 };
        let kept = drawn.ranges(&store, &wanted[..1], &grid, second(NOW)).await.unwrap();
        assert!(kept[0].iter().all(|point| point.max < 1000.0));
    }

    #[test]
    fn what_was_not_looked_at_is_let_go() {
        let mut lines = Lines::default();
        let point = |n: i64| Point { at: second(n * 60), min: 0.0, mean: 0.0, max: 0.0 };
        let points: Vec<Point> = (0..1000).map(point).collect();
        let unit = |n: usize| Series {
            subject: Subject::Unit(n.to_string()),
            metric: Metric::UnitCpuRatio,
        };
        for n in 0..250 {
            lines.keep(60, unit(n), (0, 60_000), &points);
            lines.let_go();
            assert_eq!(lines.known(60, &unit(0), 0, 60_000).0.len(), 1000);
        }
        assert_eq!((lines.points, lines.all[&60].len()), (MOST, 200));
        assert_eq!(lines.known(60, &unit(1), 600, 60_000), (Vec::new(), 600));
        assert_eq!(lines.known(60, &unit(249), 600, 60_000).1, 60_000);
    }
}
