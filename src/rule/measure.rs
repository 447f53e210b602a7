//! Rules on one number of the machine: which number, which threshold, which sentence.

use super::threshold::{Levels, Seen};
use super::{Claim, Input, Memory, Question, Samples, Verdict, disk, text};
use crate::config::{Config, Threshold};
use crate::model::{Metric, RuleName, Subject};

/// Does the owner want a rule on the memory or the CPUs judged?
pub(super) fn wanted(config: &Config, rule: RuleName) -> bool {
    let family = match rule {
        RuleName::MemoryAvailable | RuleName::MemorySwap | RuleName::MemoryPressure => {
            config.memory.enabled
        }
        _ => config.cpu.enabled,
    };
    family && limits(config, rule, &Subject::Host).is_some_and(|limits| limits.enabled)
}

fn limits<'a>(config: &'a Config, rule: RuleName, subject: &Subject) -> Option<&'a Threshold> {
    Some(match (rule, subject) {
        (RuleName::DiskUsed, Subject::Mount(mount)) => disk::used(config, mount),
        (RuleName::DiskInodes, Subject::Mount(mount)) => disk::inodes(config, mount),
        (RuleName::MemoryAvailable, _) => &config.memory.available,
        (RuleName::MemorySwap, _) => &config.memory.swap,
        (RuleName::MemoryPressure, _) => &config.memory.pressure,
        (RuleName::CpuBusy, _) => &config.cpu.busy,
        (RuleName::CpuIowait, _) => &config.cpu.iowait,
        (RuleName::CpuSteal, _) => &config.cpu.steal,
        (RuleName::CpuLoad, _) => &config.cpu.load,
        (RuleName::CpuPressure, _) => &config.cpu.pressure,
        (RuleName::TemperatureHigh, _) => &config.hardware.temperature,
        (RuleName::IoPressure, _) => &config.cpu.io_pressure,
        _ => return None,
    })
}

fn value(rule: RuleName, samples: &Samples) -> Option<f64> {
    let of = |metric| samples.get(&metric).copied();
    match rule {
        RuleName::DiskUsed => of(Metric::DiskUsedRatio),
        RuleName::DiskInodes => of(Metric::DiskInodesUsedRatio),
        RuleName::MemoryAvailable => of(Metric::MemoryAvailableRatio),
        RuleName::MemorySwap => {
            let (read, written) =
                (of(Metric::SwapInBytesPerSecond), of(Metric::SwapOutBytesPerSecond));
            (read.is_some() || written.is_some())
                .then(|| read.unwrap_or(0.0) + written.unwrap_or(0.0))
        }
        RuleName::MemoryPressure => of(Metric::MemoryPressureRatio),
        RuleName::CpuBusy => of(Metric::CpuBusyRatio),
        RuleName::CpuIowait => of(Metric::CpuIowaitRatio),
        RuleName::CpuSteal => of(Metric::CpuStealRatio),
        RuleName::CpuLoad => of(Metric::LoadPerCpu),
        RuleName::CpuPressure => of(Metric::CpuPressureRatio),
        RuleName::IoPressure => of(Metric::IoPressureRatio),
        RuleName::TemperatureHigh => of(Metric::TemperatureLeftCelsius),
        _ => None,
    }
}

/// Judges the number.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Question { config, at, key } = question;
    let samples = match input {
        Input::Samples(samples) => samples,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let (Some(value), Some(limits)) =
        (value(key.rule, samples), limits(config, key.rule, &key.subject))
    else {
        return Verdict::Nothing;
    };
    let mut levels =
        if let Memory::Threshold(levels) = memory { *levels } else { Levels::default() };
    let seen = levels.heed(limits, at, value);
    *memory = if levels.is_off() { Memory::Nothing } else { Memory::Threshold(levels) };
    let summary = summary(question, value, samples);
    match seen {
        Seen::Between => Verdict::Nothing,
        Seen::Well => Verdict::clear(summary),
        Seen::Beyond { severity, since, sustained } => Verdict::Raised(Claim {
            severity,
            since,
            ripe: sustained.then_some(at),
            over: None,
            summary,
            next: next(question),
        }),
    }
}

fn summary(question: Question<'_>, value: f64, samples: &Samples) -> String {
    let name = text::name(&question.key.subject);
    let share = text::percent(value);
    match question.key.rule {
        RuleName::DiskUsed => match samples.get(&Metric::DiskAvailableBytes) {
            Some(left) => format!("{name} is {share} full, {} left", text::bytes(*left)),
            None => format!("{name} is {share} full"),
        },
        RuleName::DiskInodes => format!("{name} has {share} of its inodes in use"),
        RuleName::MemoryAvailable => match samples.get(&Metric::MemoryAvailableBytes) {
            Some(left) => format!("{share} of memory available ({})", text::bytes(*left)),
            None => format!("{share} of memory available"),
        },
        RuleName::MemorySwap => format!("the machine swaps {} per second", text::bytes(value)),
        RuleName::MemoryPressure => format!("tasks wait for memory {share} of the time"),
        RuleName::CpuBusy => format!("the CPUs are {share} busy"),
        RuleName::CpuIowait => format!("the CPUs wait for the disk {share} of the time"),
        RuleName::CpuSteal => format!("the hypervisor gives {share} of the CPU time to others"),
        RuleName::CpuLoad => format!("{value:.1} tasks per CPU want to run"),
        RuleName::CpuPressure => format!("tasks wait for a CPU {share} of the time"),
        RuleName::TemperatureHigh => {
            let now = samples.get(&Metric::TemperatureCelsius).copied().unwrap_or_default();
            format!("{name} has {now:.0} °C; it calls {:.0} °C critical", now + value)
        }
        _ => format!("tasks wait for the disk {share} of the time"),
    }
}

fn next(question: Question<'_>) -> String {
    match (question.key.rule, &question.key.subject) {
        (RuleName::DiskInodes, Subject::Mount(mount)) => {
            format!("sudo du --inodes -xd1 {} | sort -n | tail", text::quote(mount))
        }
        (_, Subject::Mount(mount)) => disk::biggest(mount),
        (RuleName::MemoryAvailable | RuleName::MemorySwap | RuleName::MemoryPressure, _) => {
            String::from("ps aux --sort=-%mem | head")
        }
        (RuleName::CpuIowait | RuleName::IoPressure, _) => {
            String::from("ps -eo state,pid,user,args | grep '^D'")
        }
        (RuleName::CpuSteal, _) => String::from("vmstat 1 5"),
        _ => String::from("ps aux --sort=-%cpu | head"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::{AlertKey, Severity};

    #[test]
    fn a_full_mount_says_how_full_and_what_to_type() {
        let config = Config::default();
        let key = AlertKey { rule: RuleName::DiskUsed, subject: Subject::Mount("/my var".into()) };
        let at = |second| Timestamp::from_second(second).unwrap();
        let samples = Samples::from([
            (Metric::DiskUsedRatio, f64::from(0.86_f32)),
            (Metric::DiskAvailableBytes, 1.4 * 1024.0 * 1024.0 * 1024.0),
        ]);
        let mut memory = Memory::Nothing;
        let mut ask = |second, samples: &Samples| {
            let question = Question { config: &config, at: at(second), key: &key };
            heed(question, &mut memory, Input::Samples(samples))
        };
        let Verdict::Raised(first) = ask(0, &samples) else { panic!("not raised") };
        assert_eq!((first.since, first.ripe), (at(0), None));
        let Verdict::Raised(second) = ask(60, &samples) else { panic!("not raised") };
        assert_eq!((second.severity, second.since), (Severity::Warning, at(0)));
        assert_eq!(second.ripe, Some(at(60)));
        assert_eq!(second.summary, "/my var is 86 % full, 1.4 GiB left");
        assert_eq!(second.next, "sudo du -xhd1 '/my var' | sort -h | tail");
        let well = Samples::from([(Metric::DiskUsedRatio, 0.5)]);
        assert_eq!(ask(70, &well), Verdict::clear("/my var is 50 % full"));
        assert!(memory.is_nothing());
    }

    #[test]
    fn swap_is_both_ways() {
        let samples = Samples::from([
            (Metric::SwapInBytesPerSecond, 3.0),
            (Metric::SwapOutBytesPerSecond, 4.0),
        ]);
        assert_eq!(value(RuleName::MemorySwap, &samples), Some(7.0));
        assert_eq!(value(RuleName::MemorySwap, &Samples::new()), None);
    }
}
