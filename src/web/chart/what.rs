//! Which charts there are, and what each is made of.

use std::fmt;
use std::str::FromStr;

use super::{Unit, Value};
use crate::model::{Metric, Series, Subject};
use crate::web::locale::chart as t;

/// What a chart shows. Its text form stands in addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Where CPU time goes.
    Cpu,
    /// How many tasks want to run.
    Load,
    /// How long tasks wait for CPU, memory and disk.
    Pressure,
    /// Memory in use.
    Memory,
    /// Swap in use.
    Swap,
    /// How full a mount is.
    Disk(String),
    /// How many of the inodes of each mount are used.
    Inodes,
    /// What a block device reads and writes.
    Device(String),
    /// What goes through an interface.
    Network(String),
    /// How warm it is.
    Temperature,
    /// CPU time of units.
    UnitCpu,
    /// Memory of units.
    UnitMemory,
    /// How long a monitor takes to answer; on its own page.
    Latency(String),
}

/// What a chart is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its title.
    pub title: String,
    /// In what its numbers are.
    pub unit: Unit,
    /// Lines stand on each other.
    pub is_stacked: bool,
    /// Names with the series they are.
    pub lines: Vec<(String, Series)>,
    /// The first series is all there is, of which the second is what is left: what is shown is what is
    /// used.
    pub is_of_total: bool,
    /// The greatest value, where it is known.
    pub top: Option<f32>,
    /// The first line is told how it goes on.
    pub has_forecast: bool,
}

/// Lines that can be told apart.
const MOST: usize = 8;

impl What {
    /// The charts of a host that has these series, in the order they are shown.
    pub fn all(known: &[Series]) -> Vec<Self> {
        let of = |metric: Metric| {
            known.iter().filter(move |series| series.metric == metric).map(|series| &series.subject)
        };
        let has = |metric: Metric| of(metric).next().is_some();
        let mut all = Vec::new();
        let mut add = |metric, what| {
            if has(metric) {
                all.push(what);
            }
        };
        add(Metric::CpuBusyRatio, Self::Cpu);
        add(Metric::MemoryTotalBytes, Self::Memory);
        add(Metric::Load1, Self::Load);
        add(Metric::CpuPressureRatio, Self::Pressure);
        add(Metric::SwapTotalBytes, Self::Swap);
        let names = |metric: Metric, what: fn(String) -> Self| {
            let name = |subject: &Subject| match subject {
                Subject::Mount(name) | Subject::Device(name) | Subject::Interface(name) => {
                    Some(what(name.clone()))
                }
                _ => None,
            };
            of(metric).filter_map(name).collect::<Vec<_>>()
        };
        all.extend(names(Metric::DiskUsedRatio, Self::Disk));
        if has(Metric::DiskInodesUsedRatio) {
            all.push(Self::Inodes);
        }
        all.extend(names(Metric::NetworkReceiveBytesPerSecond, Self::Network));
        all.extend(names(Metric::DeviceReadBytesPerSecond, Self::Device));
        if has(Metric::TemperatureCelsius) {
            all.push(Self::Temperature);
        }
        if has(Metric::UnitCpuRatio) {
            all.push(Self::UnitCpu);
        }
        if has(Metric::UnitMemoryBytes) {
            all.push(Self::UnitMemory);
        }
        all
    }

    /// What it is made of. `units` are those whose lines are wanted.
    pub fn plan(&self, known: &[Series], units: &[String]) -> Plan {
        let (title, unit) = match self {
            Self::Cpu => (t::cpu().to_owned(), Unit::Ratio),
            Self::Load => (t::load().to_owned(), Unit::Number),
            Self::Pressure => (t::pressure().to_owned(), Unit::Ratio),
            Self::Memory => (t::memory().to_owned(), Unit::Bytes),
            Self::Swap => (t::swap().to_owned(), Unit::Bytes),
            Self::Disk(mount) => (t::disk(mount), Unit::Ratio),
            Self::Inodes => (t::inodes().to_owned(), Unit::Ratio),
            Self::Device(name) => (t::device(name), Unit::BytesPerSecond),
            Self::Network(name) => (t::network(name), Unit::BytesPerSecond),
            Self::Temperature => (t::temperature().to_owned(), Unit::Celsius),
            Self::UnitCpu => (t::unit_cpu().to_owned(), Unit::Ratio),
            Self::UnitMemory => (t::unit_memory().to_owned(), Unit::Bytes),
            Self::Latency(_) => (t::latency().to_owned(), Unit::Seconds),
        };
        let host = |pairs: &[(&str, Metric)]| -> Vec<(String, Series)> {
            let line = |(name, metric): &(&str, Metric)| {
                (String::from(*name), Series { subject: Subject::Host, metric: *metric })
            };
            pairs.iter().map(line).collect()
        };
        let of = |subject: Subject, pairs: &[(&str, Metric)]| -> Vec<(String, Series)> {
            let line = |(name, metric): &(&str, Metric)| {
                (String::from(*name), Series { subject: subject.clone(), metric: *metric })
            };
            pairs.iter().map(line).collect()
        };
        let each = |metric: Metric| -> Vec<(String, Series)> {
            let all = known.iter().filter(|series| series.metric == metric);
            all.map(|series| (short(&series.subject), series.clone())).take(MOST).collect()
        };
        let of_units = |metric: Metric| -> Vec<(String, Series)> {
            let line = |unit: &String| {
                let series = Series { subject: Subject::Unit(unit.clone()), metric };
                (short(&series.subject), series)
            };
            units.iter().take(MOST).map(line).collect()
        };
        let lines = match self {
            Self::Cpu => host(&[
                (t::programs(), Metric::CpuUserRatio),
                (t::kernel(), Metric::CpuSystemRatio),
                (t::waiting_for_disk(), Metric::CpuIowaitRatio),
                (t::stolen(), Metric::CpuStealRatio),
            ]),
            Self::Load => host(&[
                (t::average_1(), Metric::Load1),
                (t::average_5(), Metric::Load5),
                (t::average_15(), Metric::Load15),
            ]),
            Self::Pressure => host(&[
                (t::wait_cpu(), Metric::CpuPressureRatio),
                (t::wait_disk(), Metric::IoPressureRatio),
                (t::wait_memory(), Metric::MemoryPressureRatio),
            ]),
            Self::Memory => host(&[
                (t::total(), Metric::MemoryTotalBytes),
                (t::used(), Metric::MemoryAvailableBytes),
            ]),
            Self::Swap => host(&[(t::used(), Metric::SwapUsedBytes)]),
            Self::Disk(mount) => {
                of(Subject::Mount(mount.clone()), &[(t::used(), Metric::DiskUsedRatio)])
            }
            Self::Inodes => each(Metric::DiskInodesUsedRatio),
            Self::Device(name) => of(
                Subject::Device(name.clone()),
                &[
                    (t::read(), Metric::DeviceReadBytesPerSecond),
                    (t::written(), Metric::DeviceWriteBytesPerSecond),
                ],
            ),
            Self::Network(name) => of(
                Subject::Interface(name.clone()),
                &[
                    (t::received(), Metric::NetworkReceiveBytesPerSecond),
                    (t::sent(), Metric::NetworkTransmitBytesPerSecond),
                ],
            ),
            Self::Temperature => each(Metric::TemperatureCelsius),
            Self::UnitCpu => of_units(Metric::UnitCpuRatio),
            Self::UnitMemory => of_units(Metric::UnitMemoryBytes),
            Self::Latency(name) => {
                of(Subject::Monitor(name.clone()), &[(t::answer(), Metric::MonitorLatencySeconds)])
            }
        };
        let is_disk = matches!(self, Self::Disk(_));
        Plan {
            title,
            unit,
            is_stacked: *self == Self::Cpu,
            lines,
            is_of_total: *self == Self::Memory,
            top: (is_disk || *self == Self::Inodes).then_some(1.0),
            has_forecast: is_disk,
        }
    }
}

/// The name of a subject where its kind is known.
fn short(subject: &Subject) -> String {
    let text = subject.to_string();
    let name = text.split_once(':').map_or(text.as_str(), |(_, name)| name);
    name.strip_suffix(".service").unwrap_or(name).to_owned()
}

/// What is used of a total, of which so much is left.
pub fn used(total: &[Option<Value>], left: &[Option<Value>]) -> Vec<Option<Value>> {
    let used = |(total, left): (&Option<Value>, &Option<Value>)| {
        let (total, left) = ((*total)?.max, (*left)?);
        // Little left is much used.
        let of = |left: f32| (total - left).max(0.0);
        Some(Value { min: of(left.max), mean: of(left.mean), max: of(left.min) })
    };
    total.iter().zip(left).map(used).collect()
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Load => f.write_str("load"),
            Self::Pressure => f.write_str("pressure"),
            Self::Memory => f.write_str("memory"),
            Self::Swap => f.write_str("swap"),
            Self::Disk(mount) => write!(f, "disk:{mount}"),
            Self::Inodes => f.write_str("inodes"),
            Self::Device(name) => write!(f, "device:{name}"),
            Self::Network(name) => write!(f, "network:{name}"),
            Self::Temperature => f.write_str("temperature"),
            Self::UnitCpu => f.write_str("unit-cpu"),
            Self::UnitMemory => f.write_str("unit-memory"),
            Self::Latency(name) => write!(f, "latency:{name}"),
        }
    }
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':').unwrap_or((text, "")) {
            ("cpu", "") => Ok(Self::Cpu),
            ("load", "") => Ok(Self::Load),
            ("pressure", "") => Ok(Self::Pressure),
            ("memory", "") => Ok(Self::Memory),
            ("swap", "") => Ok(Self::Swap),
            ("inodes", "") => Ok(Self::Inodes),
            ("temperature", "") => Ok(Self::Temperature),
            ("unit-cpu", "") => Ok(Self::UnitCpu),
            ("unit-memory", "") => Ok(Self::UnitMemory),
            ("disk", mount) if !mount.is_empty() => Ok(Self::Disk(mount.to_owned())),
            ("device", name) if !name.is_empty() => Ok(Self::Device(name.to_owned())),
            ("latency", name) if !name.is_empty() => Ok(Self::Latency(name.to_owned())),
            ("network", name) if !name.is_empty() => Ok(Self::Network(name.to_owned())),
            _ => Err(t::no_chart(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_back() {
        let series = |subject: &str, metric| Series { subject: subject.parse().unwrap(), metric };
        let known = [
            series("host", Metric::CpuBusyRatio),
            series("host", Metric::MemoryTotalBytes),
            series("mount:/var", Metric::DiskUsedRatio),
            series("mount:/var", Metric::DiskInodesUsedRatio),
            series("interface:eth0", Metric::NetworkReceiveBytesPerSecond),
            series("device:vda", Metric::DeviceReadBytesPerSecond),
            series("unit:a.service", Metric::UnitCpuRatio),
        ];
        let all = What::all(&known);
        assert_eq!(all.len(), 7, "{all:?}");
        for what in &all {
            assert_eq!(what.to_string().parse().as_ref(), Ok(what));
            let plan = what.plan(&known, &["a.service".to_owned()]);
            assert!(!plan.lines.is_empty(), "{what}");
        }
        for text in ["", "disk", "disk:", "cpu:x", "<script>"] {
            assert!(text.parse::<What>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_left_is_not_what_is_used() {
        let value = |min, mean, max| Some(Value { min, mean, max });
        let total = [value(8.0, 8.0, 8.0), None, value(8.0, 8.0, 8.0)];
        let left = [value(1.0, 2.0, 3.0), value(1.0, 1.0, 1.0), None];
        assert_eq!(used(&total, &left), [value(5.0, 6.0, 7.0), None, None]);
    }
}
