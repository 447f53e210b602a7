//! The properties of a unit that say how it is.

use jiff::{SignedDuration, Timestamp};

use super::bus::{Bus, Row, UNIT};
use crate::clock;
use crate::model::{State, TimerState, UnitState};

/// The kinds watched, with their D-Bus interfaces. Devices, slices, scopes and targets fail only
/// with one of these.
pub(super) const KINDS: [(&str, &str); 7] = [
    ("service", "org.freedesktop.systemd1.Service"),
    ("timer", "org.freedesktop.systemd1.Timer"),
    ("mount", "org.freedesktop.systemd1.Mount"),
    ("socket", "org.freedesktop.systemd1.Socket"),
    ("swap", "org.freedesktop.systemd1.Swap"),
    ("automount", "org.freedesktop.systemd1.Automount"),
    ("path", "org.freedesktop.systemd1.Path"),
];

/// `CLD_EXITED`, `CLD_KILLED`, `CLD_DUMPED` of `ExecMainCode` (`waitid(2)`).
const EXITED: i32 = 1;
const KILLED: i32 = 2;
const DUMPED: i32 = 3;

fn kind(unit: &str) -> &str {
    unit.rsplit_once('.').map_or("", |(_, kind)| kind)
}

fn interface(unit: &str) -> Option<&'static str> {
    KINDS.iter().find(|(of, _)| *of == kind(unit)).map(|(_, interface)| *interface)
}

/// Is this a unit of a kind that is watched?
pub(super) fn is_watched_kind(unit: &str) -> bool {
    interface(unit).is_some()
}

/// The details of a unit. `whole` asks also for how an inactive one ended.
pub(super) async fn details(bus: &Bus, row: &Row, whole: bool) -> zbus::Result<State> {
    let interface = interface(&row.name).unwrap_or(UNIT);
    if kind(&row.name) == "timer" {
        return timer_details(bus, row, interface).await.map(State::Timer);
    }
    let mut unit = UnitState {
        active: row.active.clone(),
        sub: if row.load == "not-found" { row.load.clone() } else { row.sub.clone() },
        result: String::from("success"),
        ..UnitState::default()
    };
    let is_service = kind(&row.name) == "service";
    // systemd starts with a clean Result, so while a unit is active there is nothing to ask.
    match (row.active.as_str(), is_service) {
        ("inactive", _) if !whole => {}
        ("active" | "reloading", true) => {
            unit.restarts = bus.get(row, interface, "NRestarts").await?;
        }
        ("active" | "reloading", false) => {}
        (_, false) => unit.result = bus.get(row, interface, "Result").await?,
        (_, true) => {
            let (result, code, status, restarts) = tokio::try_join!(
                bus.get::<String>(row, interface, "Result"),
                bus.get::<i32>(row, interface, "ExecMainCode"),
                bus.get::<i32>(row, interface, "ExecMainStatus"),
                bus.get::<u32>(row, interface, "NRestarts"),
            )?;
            unit.result = result;
            unit.restarts = restarts;
            match code {
                EXITED => unit.exit_status = Some(status),
                KILLED | DUMPED => unit.signal = Some(status),
                _ => {}
            }
        }
    }
    Ok(State::Unit(unit))
}

async fn timer_details(bus: &Bus, row: &Row, interface: &str) -> zbus::Result<TimerState> {
    let (real, monotonic, last, triggers, file) = tokio::try_join!(
        bus.get::<u64>(row, interface, "NextElapseUSecRealtime"),
        bus.get::<u64>(row, interface, "NextElapseUSecMonotonic"),
        bus.get::<u64>(row, interface, "LastTriggerUSec"),
        bus.get::<String>(row, interface, "Unit"),
        bus.get::<String>(row, UNIT, "UnitFileState"),
    )?;
    let boot = clock::now() - SignedDuration::try_from(clock::since_boot()).unwrap_or_default();
    let since_boot = moment(monotonic, boot);
    Ok(TimerState {
        active: row.active.clone(),
        enabled: file.starts_with("enabled"),
        // A timer with both kinds of times elapses at whichever comes first.
        next: moment(real, Timestamp::UNIX_EPOCH).into_iter().chain(since_boot).min(),
        last: moment(last, Timestamp::UNIX_EPOCH),
        triggers,
        running: false,
    })
}

/// A `usec_t` after `origin`; 0 and `USEC_INFINITY` stand for never.
fn moment(usec: u64, origin: Timestamp) -> Option<Timestamp> {
    let usec = i64::try_from(usec).ok().filter(|usec| *usec > 0)?;
    origin.checked_add(SignedDuration::from_micros(usec)).ok()
}
