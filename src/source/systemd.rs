//! systemd units and timers, over D-Bus.
//!
//! Signals only say *which* units to look at; what is true is asked of systemd itself. So a lost,
//! repeated or forged signal can cost a look, never a wrong word.

mod bus;
mod details;
mod known;
mod signals;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use self::bus::Bus;
use self::known::Known;
use self::signals::{Heard, Scope};
use super::{Blind, Report};
use crate::config::UnitsConfig;
use crate::model::{Observation, SourceName};

/// Signals do the work; the poll only finds what they missed.
const POLL: Duration = Duration::from_mins(1);
/// Signals come in bursts (one restart is about ten); one look answers a burst.
const SETTLE: Duration = Duration::from_millis(200);
/// Back-off between attempts to reach the bus.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How long one snapshot may take.
const ONCE: Duration = Duration::from_secs(1);

/// Watches units until the receiver of `out` is gone: every unit once, then what changed. A report
/// comes at least every minute, empty when nothing changed. While systemd cannot be reached, it
/// says so on every attempt, and tries on for ever.
pub async fn run(config: UnitsConfig, out: mpsc::Sender<Report>) {
    let mut known = Known::default();
    let mut wait = FIRST_WAIT;
    while let Err(error) = watch(&config, &mut known, &out, &mut wait).await {
        if out.send(report(Err(blind(&error)))).await.is_err() {
            return;
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// One connection's life. Ends well only when nobody listens any more.
async fn watch(
    config: &UnitsConfig,
    known: &mut Known,
    out: &mpsc::Sender<Report>,
    wait: &mut Duration,
) -> zbus::Result<()> {
    let bus = Bus::connect().await?;
    let heard = Heard::default();
    let look = async {
        bus.subscribe().await?;
        let mut scope = Scope::Afresh;
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        poll.tick().await;
        loop {
            if scope == Scope::Resubscribe {
                bus.subscribe().await?;
            }
            known.look(&bus, config, &scope).await?;
            *wait = FIRST_WAIT;
            // A look at all doubles as a sign of life.
            if known.has_news() || !matches!(scope, Scope::Units(_)) {
                let Ok(place) = out.reserve().await else { return Ok(()) };
                place.send(report(Ok(known.news())));
            }
            scope = tokio::select! {
                scope = heard.settled(SETTLE) => scope,
                _ = poll.tick() => Scope::All,
                () = out.closed() => return Ok(()),
            };
        }
    };
    // The signals must be drained while calls are under way: zbus stops reading the socket, and
    // with it our replies, when nobody takes them.
    tokio::select! {
        error = heard.listen(bus.signals()) => Err(error),
        ended = look => ended,
    }
}

fn report(said: Result<Vec<Observation>, Blind>) -> Report {
    Report { source: SourceName::Systemd, said }
}

/// All units and timers as they are now, within a second.
pub async fn once(config: &UnitsConfig) -> Result<Vec<Observation>, Blind> {
    within(async {
        let mut known = Known::default();
        known.look(&Bus::connect().await?, config, &Scope::Afresh).await?;
        Ok(known.news())
    })
    .await
}

/// `ActiveState` and `SubState` of one unit, by its name or an alias; none if it is not loaded.
pub async fn state(unit: &str) -> Result<Option<(String, String)>, Blind> {
    within(async {
        let bus = Bus::connect().await?;
        let Some(name) = bus.resolve(unit).await? else { return Ok(None) };
        let rows = bus.list(&[name]).await?;
        Ok(rows.into_iter().next().map(|row| (row.active, row.sub)))
    })
    .await
}

/// A service worth watching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUnit {
    /// Its full name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
}

/// Services that run, are started at boot, and are not part of every system; sorted by name.
pub async fn known_units() -> Result<Vec<KnownUnit>, Blind> {
    within(async {
        let bus = Bus::connect().await?;
        let mut units = Vec::new();
        for row in bus.list(&["*.service"]).await? {
            if row.sub != "running" || is_plumbing(&row.name) {
                continue;
            }
            let enabled: String = bus.get(&row, bus::UNIT, "UnitFileState").await?;
            // `generated`: the services of old /etc/init.d scripts.
            if enabled.starts_with("enabled") || enabled == "generated" {
                units.push(KnownUnit { name: row.name, description: row.description });
            }
        }
        units.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(units)
    })
    .await
}

/// Part of the system rather than of what the server is for.
fn is_plumbing(unit: &str) -> bool {
    const PLUMBING: [&str; 18] = [
        "systemd-",
        "dbus",
        "getty@",
        "serial-getty@",
        "console-getty",
        "user@",
        "polkit",
        "accounts-daemon",
        "udisks2",
        "upower",
        "packagekit",
        "ModemManager",
        "wpa_supplicant",
        "rtkit-daemon",
        "qemu-guest-agent",
        "multipathd",
        "nightkeep",
        "init",
    ];
    PLUMBING.iter().any(|prefix| unit.starts_with(prefix))
}

async fn within<T>(work: impl Future<Output = zbus::Result<T>>) -> Result<T, Blind> {
    match timeout(ONCE, work).await {
        Ok(result) => result.map_err(|error| blind(&error)),
        Err(_) => Err(Blind {
            why: format!("systemd did not answer within {} s", ONCE.as_secs()),
            mend: String::from("see what keeps it busy: journalctl -b _PID=1 -n 20"),
        }),
    }
}

/// Names what is missing and what mends it.
fn blind(error: &zbus::Error) -> Blind {
    // The directory whose existence sd_booted(3) goes by.
    if !std::path::Path::new("/run/systemd/system").exists() {
        return Blind {
            why: String::from("systemd is not running here"),
            mend: String::from("leave units out with `enabled = false` under [units]"),
        };
    }
    if !std::path::Path::new("/run/dbus/system_bus_socket").exists() {
        return Blind {
            why: String::from("there is no system bus at /run/dbus/system_bus_socket"),
            mend: String::from("apt install dbus && systemctl start dbus.socket"),
        };
    }
    Blind {
        why: format!("systemd does not answer on the system bus: {error}"),
        mend: String::from("systemctl status dbus.service"),
    }
}
