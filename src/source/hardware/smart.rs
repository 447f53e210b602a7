//! What smartmontools say: smartd by its lines in the journal, smartctl by its JSON (`-j`), which
//! only root gets.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::model::DriveState;
use crate::program;
use crate::source::journal::Line;

const SMARTCTL: &str = "/usr/sbin/smartctl";
/// A disk that sleeps takes seconds to wake; `-n standby` lets it sleep.
const DEADLINE: Duration = Duration::from_millis(900);
/// Its report has about 20 KiB.
const REPORT: usize = 256 << 10;

/// Did smartd say that the disk failed?
pub(super) fn failed(said: &[Line], disk: &str) -> Option<String> {
    let mut lines = of(said, disk);
    lines
        .any(|text| text.contains("FAILED SMART self-check") || text.contains("Failed SMART usage"))
        .then(|| String::from("its own self-check (SMART) failed"))
}

/// Does smartd say anything of the disk at all?
pub(super) fn is_watched(said: &[Line], disk: &str) -> bool {
    of(said, disk).next().is_some()
}

/// `Device: /dev/sda [SAT], …`; of NVMe disks smartd names the controller.
fn of<'a>(said: &'a [Line], disk: &str) -> impl Iterator<Item = &'a str> {
    let controller = disk.strip_prefix("nvme").and_then(|rest| rest.split('n').next());
    let controller = controller.map(|number| format!("nvme{number}"));
    let names = [Some(disk.to_owned()), controller];
    said.iter().filter_map(|line| line.text.strip_prefix("Device: /dev/")).filter(move |text| {
        let name = text.split([' ', ',']).next();
        names.iter().flatten().any(|wanted| name == Some(wanted))
    })
}

/// Asks the disk itself. None where smartctl is missing, not allowed or too slow.
pub(super) async fn ask(disk: &str) -> Option<DriveState> {
    if !rustix::process::geteuid().is_root() || !Path::new(SMARTCTL).exists() {
        return None;
    }
    let child = Command::new(SMARTCTL)
        .args(["-j", "-i", "-H", "-A", "-n", "standby"])
        .arg(format!("/dev/{disk}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    let ended = timeout(DEADLINE, program::finish(child, REPORT)).await.ok()?.ok()?;
    report(&serde_json::from_slice(&ended.output).ok()?)
}

/// The report of `smartctl -j`; none if the disk has no SMART.
fn report(report: &Value) -> Option<DriveState> {
    let passed = report["smart_status"]["passed"].as_bool()?;
    let attributes = report["ata_smart_attributes"]["table"].as_array();
    let raw = |id: u64| {
        let mut rows = attributes.into_iter().flatten();
        let row = rows.find(|row| row["id"].as_u64() == Some(id));
        row.and_then(|row| row["raw"]["value"].as_u64()).unwrap_or(0) & 0xffff_ffff
    };
    let nvme = &report["nvme_smart_health_information_log"];
    let model = report["model_name"].as_str().unwrap_or_default();
    Some(DriveState {
        model: crate::model::text::clean(model, 60),
        failing: (!passed).then(|| String::from("its own self-check (SMART) failed")),
        pending_sectors: raw(197),
        bad_sectors: raw(198).saturating_add(nvme["media_errors"].as_u64().unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_smartctl() {
        let said = |text: &str| {
            let report = report(&serde_json::from_str(text).unwrap())?;
            let failing = report.failing.is_some();
            Some((failing, report.pending_sectors, report.bad_sectors, report.model))
        };
        let ata = r#"{"model_name":"WDC\u001b","smart_status":{"passed":false},"ata_smart_attributes":
            {"table":[{"id":197,"raw":{"value":3}},{"id":198,"raw":{"value":1}},{"id":5}]}}"#;
        assert_eq!(said(ata), Some((true, 3, 1, String::from("WDC?"))));
        let nvme = r#"{"model_name":"S","smart_status":{"passed":true},
            "nvme_smart_health_information_log":{"media_errors":2}}"#;
        assert_eq!(said(nvme), Some((false, 0, 2, String::from("S"))));
        assert_eq!(said(r#"{"smartctl":{"exit_status":2}}"#), None);
    }
}
