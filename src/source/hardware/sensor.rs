//! Temperatures: hwmon (Documentation/hwmon/sysfs-interface of the kernel), and the thermal zones
//! of small machines that have no hwmon. Millidegrees Celsius in files of their own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::{Metric, Observation, Subject};
use crate::source::kernel::sample;
use crate::source::shown::shown;

/// Sensors watched, and the longest name.
const MOST: usize = 24;
const LONGEST: usize = 60;
/// What a sensor can sensibly say, and call critical. Unconnected ones say -128 or 65261.
const SANE: std::ops::Range<f64> = -40.0..150.0;
const SANE_CRITICAL: std::ops::Range<f64> = 35.0..130.0;

/// The temperature of each sensor, and what is left to its own critical level if it has one.
pub(super) fn read(root: &Path) -> Vec<Observation> {
    let mut said = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for sensor in hwmon(root).into_iter().chain(zones(root)) {
        let Some(now) = celsius(&sensor.input).filter(|now| SANE.contains(now)) else { continue };
        if names.len() >= MOST || names.contains(&sensor.name) {
            continue;
        }
        let subject = Subject::Sensor(sensor.name.clone());
        said.push(sample(&subject, Metric::TemperatureCelsius, now));
        if let Some(critical) = sensor.critical {
            said.push(sample(&subject, Metric::TemperatureLeftCelsius, critical - now));
        }
        names.push(sensor.name);
    }
    said
}

struct Sensor {
    name: String,
    input: PathBuf,
    critical: Option<f64>,
}

fn hwmon(root: &Path) -> Vec<Sensor> {
    let mut sensors = Vec::new();
    for chip in folders(&root.join("sys/class/hwmon")) {
        let name = chip_name(&chip);
        // Numbered from 1; gaps are usual.
        for number in 1..=32 {
            let file = |what: &str| chip.join(format!("temp{number}_{what}"));
            if !file("input").exists() {
                continue;
            }
            let label = text(&file("label")).unwrap_or_default();
            // The package is as hot as its hottest core.
            if label.starts_with("Core ") {
                continue;
            }
            let limit = |what| celsius(&file(what)).filter(|limit| SANE_CRITICAL.contains(limit));
            let critical = limit("crit").or_else(|| limit("max"));
            let name = format!("{name} {label}");
            sensors.push(Sensor { name: name.trim().to_owned(), input: file("input"), critical });
        }
    }
    sensors
}

/// What the chip is called; of disks, which one.
fn chip_name(chip: &Path) -> String {
    let name = text(&chip.join("name")).unwrap_or_else(|| String::from("sensor"));
    let device = chip.join("device");
    let disk = match name.as_str() {
        "nvme" => fs::read_link(&device).ok().and_then(|link| Some(link.file_name()?.to_owned())),
        "drivetemp" => {
            folders(&device.join("block")).pop().and_then(|disk| Some(disk.file_name()?.to_owned()))
        }
        _ => None,
    };
    disk.map_or(name, |disk| shown(disk.as_encoded_bytes(), LONGEST))
}

fn zones(root: &Path) -> Vec<Sensor> {
    let chips: Vec<String> =
        folders(&root.join("sys/class/hwmon")).iter().map(|chip| chip_name(chip)).collect();
    let mut sensors = Vec::new();
    for zone in folders(&root.join("sys/class/thermal")) {
        let Some(name) = text(&zone.join("type")) else { continue };
        // The kernel shows most zones as hwmon chips too, `-` as `_`.
        if !zone.join("temp").exists() || chips.contains(&name.replace('-', "_")) {
            continue;
        }
        let critical = (0..16)
            .find(|trip| {
                let kind = text(&zone.join(format!("trip_point_{trip}_type")));
                kind.as_deref() == Some("critical")
            })
            .and_then(|trip| celsius(&zone.join(format!("trip_point_{trip}_temp"))))
            .filter(|limit| SANE_CRITICAL.contains(limit));
        sensors.push(Sensor { name, input: zone.join("temp"), critical });
    }
    sensors
}

/// What is in a folder, in the order of names.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(128);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn text(file: &Path) -> Option<String> {
    let text = fs::read(file).ok()?;
    let text = shown(text.trim_ascii(), LONGEST);
    (!text.is_empty()).then_some(text)
}

fn celsius(file: &Path) -> Option<f64> {
    let milli: i32 = fs::read_to_string(file).ok()?.trim().parse().ok()?;
    Some(f64::from(milli) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kernel::fixture::{samples, tree};

    #[test]
    fn each_sensor_against_its_own_critical_level() {
        let root = tree(&[
            ("sys/class/hwmon/hwmon0/name", "coretemp\n"),
            ("sys/class/hwmon/hwmon0/temp1_input", "91000\n"),
            ("sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n"),
            ("sys/class/hwmon/hwmon0/temp1_max", "80000\n"),
            ("sys/class/hwmon/hwmon0/temp1_crit", "100000\n"),
            ("sys/class/hwmon/hwmon0/temp2_input", "90000\n"),
            ("sys/class/hwmon/hwmon0/temp2_label", "Core 0\n"),
            ("sys/class/hwmon/hwmon1/name", "nvme\n"),
            ("sys/class/hwmon/hwmon1/temp1_input", "40850\n"),
            ("sys/class/hwmon/hwmon1/temp1_label", "Composite\n"),
            ("sys/class/hwmon/hwmon1/temp1_crit", "84850\n"),
            ("sys/class/hwmon/hwmon1/temp2_input", "38850\n"),
            ("sys/class/hwmon/hwmon1/temp2_label", "Sensor 1\n"),
            ("sys/class/hwmon/hwmon1/temp2_max", "65261850\n"),
            ("sys/class/hwmon/hwmon2/name", "nct6775\n"),
            ("sys/class/hwmon/hwmon2/temp1_input", "-128000\n"),
            ("sys/class/hwmon/hwmon3/name", "cpu_thermal\n"),
            ("sys/class/hwmon/hwmon3/temp1_input", "x\n"),
            ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
            ("sys/class/thermal/thermal_zone0/temp", "50000\n"),
            ("sys/class/thermal/thermal_zone1/type", "gpu\n"),
            ("sys/class/thermal/thermal_zone1/temp", "50000\n"),
            ("sys/class/thermal/thermal_zone1/trip_point_0_type", "passive\n"),
            ("sys/class/thermal/thermal_zone1/trip_point_1_type", "critical\n"),
            ("sys/class/thermal/thermal_zone1/trip_point_1_temp", "110000\n"),
        ]);
        let target = Path::new("../../nvme0");
        std::os::unix::fs::symlink(target, root.path().join("sys/class/hwmon/hwmon1/device"))
            .unwrap();
        let said = read(root.path());
        let sensor = |name: &str, value| (format!("sensor:{name}"), value);
        assert_eq!(
            samples(&said, Metric::TemperatureCelsius),
            [
                sensor("coretemp Package id 0", 91.0),
                sensor("nvme0 Composite", 40.85),
                sensor("nvme0 Sensor 1", 38.85),
                sensor("gpu", 50.0),
            ]
        );
        assert_eq!(
            samples(&said, Metric::TemperatureLeftCelsius),
            [
                sensor("coretemp Package id 0", 9.0),
                sensor("nvme0 Composite", 44.0),
                sensor("gpu", 60.0),
            ]
        );
    }
}
