//! How the monitors were goes into the store, beside what the watch measures itself.
//!
//! The store's folder is the watch's. Root does not write in a folder of somebody else: a process of its
//! own, run as whom the folder belongs to, gets the numbers on its standard input.

use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{OK, output};
use crate::clock;
use crate::config::{Config, StoreConfig};
use crate::import::{History, Step};
use crate::model::{Metric, Series, Subject};
use crate::store::Store;
use crate::store::past::{Mean, Past};

/// A day of a monitor's history as it goes over: times in seconds, then length, up, and three latencies.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    monitor: String,
    steps: Vec<(i64, u32, f32, Latency)>,
}

/// Least, mean and greatest, in seconds.
type Latency = Option<(f32, f32, f32)>;

/// Bytes of a line.
const LONGEST: u64 = 64 << 20;

/// Lays it in, and says what came of it: what fails here fails nothing else.
pub(super) fn keep(config: &Config, history: &[History]) -> String {
    let folder = &config.store.path;
    let Ok(owner) = folder.metadata() else {
        return format!(
            "history: not kept, there is no {} yet; import again once the watch has run\n",
            folder.display()
        );
    };
    match hand_over(config, history, owner.uid(), owner.gid()) {
        Ok(said) => said,
        Err(error) => format!("history: not kept: {}\n", output::safe(&format!("{error:#}"))),
    }
}

fn hand_over(config: &Config, history: &[History], uid: u32, gid: u32) -> anyhow::Result<String> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["import", "lay-in", "--host", &config.host]).arg(&config.store.path);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    if rustix::process::geteuid().is_root() {
        command.uid(uid).gid(gid);
    }
    let mut child = command.spawn().context("no process could be started")?;
    let mut input = child.stdin.take().context("it has no input")?;
    each_day(history, |monitor, steps| {
        let step = |step: &Step| (step.at.as_second(), step.seconds, step.up, step.latency);
        let line = Line { monitor: monitor.to_owned(), steps: steps.iter().map(step).collect() };
        serde_json::to_writer(&mut input, &line)?;
        input.write_all(b"\n")?;
        Ok(())
    })?;
    drop(input);
    let output = child.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "{}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The other side: reads lines, and writes the store.
pub(super) async fn run(path: &Path, host: &str) -> anyhow::Result<u8> {
    let config = StoreConfig { path: path.to_owned(), ..Config::default().store };
    let store = Store::open(&config, host).await?;
    let mut past = Past::begin(&store, clock::now()).await?;
    let mut input = std::io::stdin().lock();
    let (mut kept, mut all) = (0, 0);
    let (mut some, mut today) = (Vec::new(), i64::MIN);
    loop {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut input, LONGEST);
        let is_end = limited.read_until(b'\n', &mut line)? == 0;
        let line: Option<Line> = if is_end { None } else { Some(serde_json::from_slice(&line)?) };
        let of = line.as_ref().and_then(|line| Some(day(line.steps.first()?.0)));
        if is_end || of.is_some_and(|day| day > today) {
            kept += past.take(&store, &std::mem::take(&mut some)).await?;
            today = of.unwrap_or(today);
            past.write(&store, Timestamp::from_second(today).unwrap_or(Timestamp::MIN)).await?;
        }
        let Some(line) = line else { break };
        all += line.steps.len();
        some.extend(series(&line));
    }
    past.write(&store, Timestamp::MAX).await?;
    store.close().await;
    // Latencies count as well, so it is said of steps only.
    let said = if kept == 0 && all > 0 { "none of it is older than what is here" } else { "kept" };
    output::print(&format!("history: {said}\n"))?;
    Ok(OK)
}

/// The begin of a day, in UTC as blocks are.
fn day(second: i64) -> i64 {
    second - second.rem_euclid(86_400)
}

/// The steps of every monitor, day by day.
fn each_day(
    history: &[History],
    mut hand: impl FnMut(&str, &[Step]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut rest: Vec<(&str, &[Step])> =
        history.iter().map(|one| (one.monitor.as_str(), one.steps.as_slice())).collect();
    let first = |(_, steps): &(&str, &[Step])| Some(day(steps.first()?.at.as_second()));
    while let Some(today) = rest.iter().filter_map(first).min() {
        for (monitor, steps) in &mut rest {
            let count = steps.iter().take_while(|step| day(step.at.as_second()) <= today).count();
            if count > 0 {
                hand(monitor, &steps[..count])?;
                *steps = &steps[count..];
            }
        }
    }
    Ok(())
}

/// A monitor's history as its two series.
fn series(line: &Line) -> [(Series, Vec<Mean>); 2] {
    let series = |metric| Series { subject: Subject::Monitor(line.monitor.clone()), metric };
    let (mut up, mut latency) = (Vec::new(), Vec::new());
    for (at, seconds, share, times) in &line.steps {
        let Ok(at) = Timestamp::from_second(*at) else { continue };
        let seconds = *seconds;
        let min = if *share < 1.0 { 0.0 } else { 1.0 };
        let max = if *share > 0.0 { 1.0 } else { 0.0 };
        up.push(Mean { at, seconds, min, mean: *share, max });
        if let Some((min, mean, max)) = *times {
            latency.push(Mean { at, seconds, min, mean, max });
        }
    }
    [(series(Metric::MonitorUpRatio), up), (series(Metric::MonitorLatencySeconds), latency)]
}
