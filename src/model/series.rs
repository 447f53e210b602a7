//! The named numbers nightkeep keeps over time. A name carries its unit.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SourceName, Subject};

/// One number over time: what is measured, and of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Series {
    /// What the number is of.
    pub subject: Subject,
    /// What is measured.
    pub metric: Metric,
}

/// Series of one family are stored in one block: they are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// CPU time, load, pressure.
    Cpu,
    /// Memory and swap.
    Memory,
    /// Mounts and devices.
    Disk,
    /// Interfaces.
    Network,
    /// Per-unit CPU and memory.
    Unit,
    /// Failed logins and the like.
    Security,
    /// Temperatures.
    Hardware,
    /// Numbers of the owner's own checks.
    Check,
    /// Monitors: up or not, and how fast.
    Monitor,
    /// How long jobs that call in took.
    Heartbeat,
}

impl Family {
    /// The name in the store. Never change one: stored blocks carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Network => "network",
            Self::Unit => "unit",
            Self::Security => "security",
            Self::Hardware => "hardware",
            Self::Check => "check",
            Self::Monitor => "monitor",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// What is measured. Shares are 0..=1, sizes are bytes, rates are per second.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of CPU time of all CPUs not idle and not waiting for I/O.
    CpuBusyRatio,
    /// Share of CPU time in user space, nice included.
    CpuUserRatio,
    /// Share of CPU time in the kernel, interrupts included.
    CpuSystemRatio,
    /// Share of CPU time idle while waiting for I/O.
    CpuIowaitRatio,
    /// Share of CPU time the hypervisor gave to others.
    CpuStealRatio,
    /// 1-minute load average.
    Load1,
    /// 5-minute load average.
    Load5,
    /// 15-minute load average.
    Load15,
    /// 5-minute load average per online CPU.
    LoadPerCpu,
    /// Share of time at least one task waited for a CPU (PSI some).
    CpuPressureRatio,
    /// Share of time at least one task waited for I/O (PSI some).
    IoPressureRatio,
    /// Share of time all tasks waited for I/O (PSI full).
    IoFullPressureRatio,
    /// Share of time at least one task waited for memory (PSI some).
    MemoryPressureRatio,
    /// Share of time all tasks waited for memory (PSI full).
    MemoryFullPressureRatio,
    /// Memory of the machine.
    MemoryTotalBytes,
    /// Memory that new work can have without swapping (MemAvailable).
    MemoryAvailableBytes,
    /// The same as a share of the total.
    MemoryAvailableRatio,
    /// Swap space.
    SwapTotalBytes,
    /// Swap in use.
    SwapUsedBytes,
    /// Bytes read back from swap per second.
    SwapInBytesPerSecond,
    /// Bytes written to swap per second.
    SwapOutBytesPerSecond,
    /// Space used of a mount, as `df` computes the percentage: used / (used + available).
    DiskUsedRatio,
    /// Bytes used of a mount.
    DiskUsedBytes,
    /// Bytes an ordinary user can still write to a mount.
    DiskAvailableBytes,
    /// Inodes used of a mount.
    DiskInodesUsedRatio,
    /// Bytes read from a device per second.
    DeviceReadBytesPerSecond,
    /// Bytes written to a device per second.
    DeviceWriteBytesPerSecond,
    /// Share of time a device had work.
    DeviceBusyRatio,
    /// Bytes received per second.
    NetworkReceiveBytesPerSecond,
    /// Bytes sent per second.
    NetworkTransmitBytesPerSecond,
    /// Errors and drops, both directions, per second.
    NetworkErrorsPerSecond,
    /// CPUs a unit keeps busy (1 = one whole CPU).
    UnitCpuRatio,
    /// Memory of a unit's cgroup.
    UnitMemoryBytes,
    /// Failed logins by ssh per second, over the last minute.
    SshFailuresPerSecond,
    /// What a sensor measures, in degrees Celsius.
    TemperatureCelsius,
    /// Degrees left to what the sensor itself calls critical.
    TemperatureLeftCelsius,
    /// A number that a check of the owner's own gave, in base units: seconds, bytes, shares.
    CheckValue,
    /// 1 where a monitored service answered as it must, 0 where it did not; its mean is the uptime.
    MonitorUpRatio,
    /// How long a monitored service took to answer.
    MonitorLatencySeconds,
    /// How long a run of a job that calls in took.
    HeartbeatRunSeconds,
}

impl Metric {
    /// Every metric, in the order they are shown.
    pub const ALL: [Self; 40] = [
        Self::CpuBusyRatio,
        Self::CpuUserRatio,
        Self::CpuSystemRatio,
        Self::CpuIowaitRatio,
        Self::CpuStealRatio,
        Self::Load1,
        Self::Load5,
        Self::Load15,
        Self::LoadPerCpu,
        Self::CpuPressureRatio,
        Self::IoPressureRatio,
        Self::IoFullPressureRatio,
        Self::MemoryPressureRatio,
        Self::MemoryFullPressureRatio,
        Self::MemoryTotalBytes,
        Self::MemoryAvailableBytes,
        Self::MemoryAvailableRatio,
        Self::SwapTotalBytes,
        Self::SwapUsedBytes,
        Self::SwapInBytesPerSecond,
        Self::SwapOutBytesPerSecond,
        Self::DiskUsedRatio,
        Self::DiskUsedBytes,
        Self::DiskAvailableBytes,
        Self::DiskInodesUsedRatio,
        Self::DeviceReadBytesPerSecond,
        Self::DeviceWriteBytesPerSecond,
        Self::DeviceBusyRatio,
        Self::NetworkReceiveBytesPerSecond,
        Self::NetworkTransmitBytesPerSecond,
        Self::NetworkErrorsPerSecond,
        Self::UnitCpuRatio,
        Self::UnitMemoryBytes,
        Self::SshFailuresPerSecond,
        Self::TemperatureCelsius,
        Self::TemperatureLeftCelsius,
        Self::CheckValue,
        Self::MonitorUpRatio,
        Self::MonitorLatencySeconds,
        Self::HeartbeatRunSeconds,
    ];

    /// The name in the store, in JSON and in charts. Never change one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CpuBusyRatio => "cpu_busy_ratio",
            Self::CpuUserRatio => "cpu_user_ratio",
            Self::CpuSystemRatio => "cpu_system_ratio",
            Self::CpuIowaitRatio => "cpu_iowait_ratio",
            Self::CpuStealRatio => "cpu_steal_ratio",
            Self::Load1 => "load1",
            Self::Load5 => "load5",
            Self::Load15 => "load15",
            Self::LoadPerCpu => "load_per_cpu",
            Self::CpuPressureRatio => "cpu_pressure_ratio",
            Self::IoPressureRatio => "io_pressure_ratio",
            Self::IoFullPressureRatio => "io_full_pressure_ratio",
            Self::MemoryPressureRatio => "memory_pressure_ratio",
            Self::MemoryFullPressureRatio => "memory_full_pressure_ratio",
            Self::MemoryTotalBytes => "memory_total_bytes",
            Self::MemoryAvailableBytes => "memory_available_bytes",
            Self::MemoryAvailableRatio => "memory_available_ratio",
            Self::SwapTotalBytes => "swap_total_bytes",
            Self::SwapUsedBytes => "swap_used_bytes",
            Self::SwapInBytesPerSecond => "swap_in_bytes_per_second",
            Self::SwapOutBytesPerSecond => "swap_out_bytes_per_second",
            Self::DiskUsedRatio => "disk_used_ratio",
            Self::DiskUsedBytes => "disk_used_bytes",
            Self::DiskAvailableBytes => "disk_available_bytes",
            Self::DiskInodesUsedRatio => "disk_inodes_used_ratio",
            Self::DeviceReadBytesPerSecond => "device_read_bytes_per_second",
            Self::DeviceWriteBytesPerSecond => "device_write_bytes_per_second",
            Self::DeviceBusyRatio => "device_busy_ratio",
            Self::NetworkReceiveBytesPerSecond => "network_receive_bytes_per_second",
            Self::NetworkTransmitBytesPerSecond => "network_transmit_bytes_per_second",
            Self::NetworkErrorsPerSecond => "network_errors_per_second",
            Self::UnitCpuRatio => "unit_cpu_ratio",
            Self::UnitMemoryBytes => "unit_memory_bytes",
            Self::SshFailuresPerSecond => "ssh_failures_per_second",
            Self::TemperatureCelsius => "temperature_celsius",
            Self::TemperatureLeftCelsius => "temperature_left_celsius",
            Self::CheckValue => "check_value",
            Self::MonitorUpRatio => "monitor_up_ratio",
            Self::MonitorLatencySeconds => "monitor_latency_seconds",
            Self::HeartbeatRunSeconds => "heartbeat_run_seconds",
        }
    }

    /// The metric of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == name)
    }

    /// The block the metric is stored in.
    pub fn family(self) -> Family {
        match self {
            Self::CpuBusyRatio
            | Self::CpuUserRatio
            | Self::CpuSystemRatio
            | Self::CpuIowaitRatio
            | Self::CpuStealRatio
            | Self::Load1
            | Self::Load5
            | Self::Load15
            | Self::LoadPerCpu
            | Self::CpuPressureRatio
            | Self::IoPressureRatio
            | Self::IoFullPressureRatio => Family::Cpu,
            Self::MemoryPressureRatio
            | Self::MemoryFullPressureRatio
            | Self::MemoryTotalBytes
            | Self::MemoryAvailableBytes
            | Self::MemoryAvailableRatio
            | Self::SwapTotalBytes
            | Self::SwapUsedBytes
            | Self::SwapInBytesPerSecond
            | Self::SwapOutBytesPerSecond => Family::Memory,
            Self::DiskUsedRatio
            | Self::DiskUsedBytes
            | Self::DiskAvailableBytes
            | Self::DiskInodesUsedRatio
            | Self::DeviceReadBytesPerSecond
            | Self::DeviceWriteBytesPerSecond
            | Self::DeviceBusyRatio => Family::Disk,
            Self::NetworkReceiveBytesPerSecond
            | Self::NetworkTransmitBytesPerSecond
            | Self::NetworkErrorsPerSecond => Family::Network,
            Self::UnitCpuRatio | Self::UnitMemoryBytes => Family::Unit,
            Self::SshFailuresPerSecond => Family::Security,
            Self::TemperatureCelsius | Self::TemperatureLeftCelsius => Family::Hardware,
            Self::CheckValue => Family::Check,
            Self::MonitorUpRatio | Self::MonitorLatencySeconds => Family::Monitor,
            Self::HeartbeatRunSeconds => Family::Heartbeat,
        }
    }

    /// The source that measures it.
    pub fn source(self) -> SourceName {
        match self.family() {
            Family::Cpu => SourceName::Cpu,
            Family::Memory => SourceName::Memory,
            Family::Disk => SourceName::Disk,
            Family::Network => SourceName::Network,
            Family::Unit => SourceName::Systemd,
            Family::Security => SourceName::Ssh,
            Family::Hardware => SourceName::Hardware,
            Family::Check => SourceName::Check,
            Family::Monitor => SourceName::Monitor,
            Family::Heartbeat => SourceName::Heartbeat,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
