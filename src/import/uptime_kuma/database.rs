//! The database, read and never written. It is a file of somebody: what it can cost is bounded.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::record::{Cell, Record};
use super::{History, Kuma, TABLES};
use crate::import::{Step, Unreadable};

/// Rows of a table.
const MOST_ROWS: usize = 50_000;
/// Bytes of a value.
const LONGEST: i32 = 4 << 20;
/// Steps of history, of all monitors together.
const MOST_STEPS: usize = 4_000_000;
/// Steps of SQLite's machine a statement may take: about a minute's.
const MOST_WORK: u64 = 5_000_000_000;
const WORK: i32 = 1_000_000;

/// Reads a `kuma.db` of version 1 or 2.
///
/// # Errors
/// When it is none, or cannot be read.
pub fn from_database(path: &Path) -> Result<Kuma, Unreadable> {
    let connection = open(path)
        .map_err(|error| Unreadable::new(format!("{} cannot be read: {error}", path.display())))?;
    let wrong = |error: rusqlite::Error| {
        Unreadable::new(format!("{} is no database of Uptime Kuma: {error}", path.display()))
    };
    let mut kuma = Kuma::default();
    for table in TABLES {
        if is_table(&connection, table).map_err(wrong)? {
            kuma.tables.insert(table, rows(&connection, table).map_err(wrong)?);
        }
    }
    if !kuma.tables.contains_key("monitor") {
        return Err(Unreadable::new(format!(
            "{} is no database of Uptime Kuma: it has no table `monitor`",
            path.display()
        )));
    }
    kuma.history = history(&connection).map_err(wrong)?;
    Ok(kuma)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let wal = path
        .with_file_name(format!("{}-wal", path.file_name().unwrap_or_default().to_string_lossy()));
    let mut connection = if wal.metadata().is_ok_and(|file| file.len() > 0) {
        Connection::open_with_flags(path, flags)?
    } else {
        // Nothing is in the log, so no file beside the database is needed, and none is made.
        let plain = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let encoded: String = percent_encoding::percent_encode(
            plain.as_os_str().as_encoded_bytes(),
            percent_encoding::NON_ALPHANUMERIC,
        )
        .to_string()
        .replace("%2F", "/");
        let uri = format!("file:{encoded}?immutable=1");
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
    };
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("pragma trusted_schema = off; pragma cell_size_check = on;")?;
    let mut work = 0_u64;
    connection.progress_handler(
        WORK,
        Some(move || {
            work += WORK as u64;
            work > MOST_WORK
        }),
    )?;
    Ok(connection)
}

/// A table of that name, not a view that somebody made to look like one.
fn is_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "select count(*) from sqlite_master where type = 'table' and name = ?1";
    connection.query_row(sql, [name], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

fn rows(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Record>> {
    let mut statement = connection.prepare(&format!("select * from \"{table}\""))?;
    let columns: Vec<String> = statement.column_names().map(str::to_ascii_lowercase).collect();
    let mut rows = statement.query([])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        if out.len() == MOST_ROWS {
            break;
        }
        let mut record = Record::default();
        for (index, column) in columns.iter().enumerate() {
            match row.get_ref(index)? {
                ValueRef::Null | ValueRef::Blob(_) => {}
                ValueRef::Integer(number) => record.set(column, Cell::Integer(number)),
                ValueRef::Real(number) => record.set(column, Cell::Real(number)),
                ValueRef::Text(text) => {
                    record.set(column, Cell::Text(String::from_utf8_lossy(text).into_owned()));
                }
            }
        }
        out.push(record);
    }
    Ok(out)
}

/// What is known of one span of one monitor.
#[derive(Debug, Clone, Copy)]
struct Sum {
    well: f64,
    all: f64,
    /// Least, sum weighed by count, greatest, and count of latencies in milliseconds.
    least: f64,
    total: f64,
    greatest: f64,
    count: f64,
}

impl Sum {
    const NONE: Self = Self {
        well: 0.0,
        all: 0.0,
        least: f64::INFINITY,
        total: 0.0,
        greatest: f64::NEG_INFINITY,
        count: 0.0,
    };

    fn add(&mut self, up: f64, down: f64, ping: Option<(f64, f64, f64)>, pings: f64) {
        self.well += up;
        self.all += up + down;
        if let Some((least, mean, greatest)) = ping.filter(|_| pings > 0.0) {
            self.least = self.least.min(least);
            self.total += mean * pings;
            self.greatest = self.greatest.max(greatest);
            self.count += pings;
        }
    }

    fn step(&self, at: i64, seconds: i64) -> Option<Step> {
        let at = Timestamp::from_second(at).ok()?;
        let seconds = u32::try_from(seconds).ok()?;
        let up = (self.all > 0.0).then(|| (self.well / self.all).clamp(0.0, 1.0))? as f32;
        let fine = self.count > 0.0 && self.least.is_finite() && self.least >= 0.0;
        let second = |milliseconds: f64| (milliseconds / 1000.0) as f32;
        let latency = fine
            .then(|| (second(self.least), second(self.total / self.count), second(self.greatest)));
        Some(Step { at, seconds, up, latency })
    }
}

/// Sums by monitor, length and begin of the span.
type Sums = BTreeMap<(i64, i64), BTreeMap<i64, Sum>>;

const FINE: i64 = 300;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Version 2 keeps sums by minute, hour and day; version 1 only the beats themselves. Of each time
/// the finest there is is taken, in steps of 5 minutes or an hour.
fn history(connection: &Connection) -> rusqlite::Result<Vec<(i64, History)>> {
    let mut sums = Sums::new();
    let mut steps = 0;
    let mut has_sums = false;
    for (table, span) in [("stat_minutely", FINE), ("stat_hourly", HOUR), ("stat_daily", DAY)] {
        if is_table(connection, table)? {
            has_sums = true;
            stat(connection, table, span, &mut sums, &mut steps)?;
        }
    }
    if !has_sums && is_table(connection, "heartbeat")? {
        beats(connection, &mut sums, &mut steps)?;
    }
    let ids: std::collections::BTreeSet<i64> = sums.keys().map(|(id, _)| *id).collect();
    Ok(ids.into_iter().map(|id| (id, laid(id, &sums))).collect())
}

fn stat(
    connection: &Connection,
    table: &str,
    span: i64,
    sums: &mut Sums,
    steps: &mut usize,
) -> rusqlite::Result<()> {
    let sql = format!("select * from \"{table}\" where timestamp > 0 order by timestamp desc");
    let mut statement = connection.prepare(&sql)?;
    let columns: Vec<String> = statement.column_names().map(str::to_ascii_lowercase).collect();
    let column = |name: &str| columns.iter().position(|column| column == name);
    let (Some(id), Some(at)) = (column("monitor_id"), column("timestamp")) else { return Ok(()) };
    let (least, greatest) = (column("ping_min"), column("ping_max"));
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number = |index: Option<usize>| -> f64 {
            index.and_then(|index| row.get_ref(index).ok()).map_or(0.0, |cell| match cell {
                ValueRef::Integer(number) => number as f64,
                ValueRef::Real(number) if number.is_finite() => number,
                _ => 0.0,
            })
        };
        let (Ok(id), Ok(at)) = (row.get::<_, i64>(id), row.get::<_, i64>(at)) else { continue };
        let (up, down) = (number(column("up")).max(0.0), number(column("down")).max(0.0));
        let mean = number(column("ping"));
        // Rows made before these columns were there have 0 in them.
        let greatest = number(greatest);
        let (least, greatest) =
            if greatest > 0.0 { (number(least), greatest) } else { (mean, mean) };
        let ping = (mean > 0.0).then_some((least, mean, greatest));
        let spans = sums.entry((id, span)).or_default();
        let begin = at - at.rem_euclid(span);
        if !spans.contains_key(&begin) {
            *steps += if span == DAY { 24 } else { 1 };
            if *steps > MOST_STEPS {
                return Ok(());
            }
        }
        spans.entry(begin).or_insert(Sum::NONE).add(up, down, ping, up);
    }
    Ok(())
}

/// Beats: 0 is down, 1 up, 2 a failure that is tried again, 3 maintenance.
fn beats(connection: &Connection, sums: &mut Sums, steps: &mut usize) -> rusqlite::Result<()> {
    let sql = "select monitor_id, substr(time, 1, 19), status, ping from heartbeat \
               where status in (0, 1) order by id desc";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    // The newest day in steps of 5 minutes, as version 2 would have it.
    let mut newest = None;
    while let Some(row) = rows.next()? {
        let (Ok(id), Ok(time)) = (row.get::<_, i64>(0), row.get::<_, String>(1)) else { continue };
        let Some(at) = utc(&time) else { continue };
        let newest = *newest.get_or_insert(at);
        let up = row.get::<_, i64>(2).is_ok_and(|status| status == 1);
        let ping = row.get::<_, f64>(3).ok().filter(|ping| *ping >= 0.0 && up);
        let spans: &[i64] = if newest - at < DAY { &[FINE, HOUR] } else { &[HOUR] };
        for span in spans {
            let begin = at - at.rem_euclid(*span);
            let known = sums.entry((id, *span)).or_default();
            if !known.contains_key(&begin) {
                *steps += 1;
                if *steps > MOST_STEPS {
                    return Ok(());
                }
            }
            let (well, bad) = if up { (1.0, 0.0) } else { (0.0, 1.0) };
            let ping = ping.map(|ping| (ping, ping, ping));
            known.entry(begin).or_insert(Sum::NONE).add(well, bad, ping, 1.0);
        }
    }
    Ok(())
}

/// Kuma's times have no zone: they are UTC.
fn utc(text: &str) -> Option<i64> {
    let at: DateTime = text.replace(' ', "T").parse().ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// The spans of a monitor one after the other: a coarse one only where no finer one is.
fn laid(id: i64, sums: &Sums) -> History {
    let spans = |span: i64| sums.get(&(id, span)).into_iter().flatten();
    let mut taken: BTreeMap<i64, Step> = BTreeMap::new();
    for (at, sum) in spans(FINE) {
        if let Some(step) = sum.step(*at, FINE) {
            taken.insert(*at, step);
        }
    }
    let finer = |taken: &BTreeMap<i64, Step>, from: i64, length: i64| {
        taken.range(from..from + length).next().is_some()
    };
    for (at, sum) in spans(HOUR) {
        if finer(&taken, *at, HOUR) {
            continue;
        }
        if let Some(step) = sum.step(*at, HOUR) {
            taken.insert(*at, step);
        }
    }
    for (day, sum) in spans(DAY) {
        if finer(&taken, *day, DAY) {
            continue;
        }
        // A day is 24 hours that were alike: nobody knows better.
        for hour in 0..24 {
            let at = day + hour * HOUR;
            if let Some(step) = sum.step(at, HOUR) {
                taken.insert(at, step);
            }
        }
    }
    History { monitor: String::new(), steps: taken.into_values().collect() }
}
