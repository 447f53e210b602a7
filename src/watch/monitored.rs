//! The monitors as the watch holds them: which are paused, what the owner asks of them, and those
//! that are kept in the store.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::monitors::Wanted;
use super::{Watch, environment};
use crate::alert::{AlertView, Rows};
use crate::clock;
use crate::config::{self, Config, ConfigError, MonitorConfig, MonitorKind, Origin};
use crate::control::{Refusal, Reply};
use crate::model::{Observation, Subject};
use crate::monitor::Book;
use crate::store::{self, Store};

/// Rows of monitors that are paused begin so.
const PAUSED: &str = "watch/monitor-paused/";

/// What the watch knows of monitors.
pub(super) struct Monitored {
    /// What is known of each.
    pub(super) book: Book,
    /// Monitors the owner paused, beside those the config does.
    paused: BTreeSet<String>,
    wanted: watch::Sender<Arc<Wanted>>,
}

impl Monitored {
    /// Takes what is kept of monitors out of the watch's rows.
    pub(super) fn take(rows: &mut Rows, config: &Arc<Config>) -> Self {
        let keys: Vec<String> =
            rows.keys().filter(|key| key.starts_with(PAUSED)).cloned().collect();
        for key in &keys {
            rows.remove(key);
        }
        let paused: BTreeSet<String> =
            keys.iter().map(|key| key[PAUSED.len()..].to_owned()).collect();
        let wanted = Wanted { config: Arc::clone(config), paused: paused.clone() };
        let (wanted, _) = watch::channel(Arc::new(wanted));
        Self { book: Book::default(), paused, wanted }
    }

    /// What the loop is handed.
    pub(super) fn wanted(&self) -> watch::Receiver<Arc<Wanted>> {
        self.wanted.subscribe()
    }

    /// The config or the pauses are others now.
    fn tell(&self, config: &Arc<Config>) {
        let wanted = Wanted { config: Arc::clone(config), paused: self.paused.clone() };
        self.wanted.send_replace(Arc::new(wanted));
    }
}

/// The config of the files, with the monitors of the store. A store that cannot be read has none.
///
/// # Errors
/// When the files are wrong.
pub(super) async fn load(path: &Path, store: Option<&Store>) -> Result<Config, ConfigError> {
    let config = config::load(path, &environment())?;
    Ok(with_kept(config, store).await)
}

/// A config with the monitors of the store.
pub(super) async fn with_kept(config: Config, store: Option<&Store>) -> Config {
    let Some(store) = store else { return config };
    match store::monitor::tables(store).await {
        Ok(kept) => config::merge(config, &kept, &environment()),
        Err(error) => {
            tracing::warn!("the monitors in the store cannot be read: {error}");
            config
        }
    }
}

impl Watch {
    /// Monitors that alerts are about and that are not asked any more: the loop has never heard of
    /// those that went while nobody watched.
    pub(super) fn monitors_gone(&self) -> Vec<Observation> {
        let wanted = self.monitored.wanted.borrow();
        let is_asked =
            |name: &str| self.config.monitors.get(name).is_some_and(|monitor| wanted.asks(monitor));
        let gone = |alert: AlertView| match alert.key.subject {
            Subject::Monitor(name) if !is_asked(&name) => {
                Some(Observation::Gone { subject: Subject::Monitor(name) })
            }
            _ => None,
        };
        self.judge.alerts().into_iter().filter_map(gone).collect()
    }

    /// The monitors, or one with its last answers.
    pub(super) fn show_monitors(&self, name: Option<&str>) -> Reply {
        let (book, paused) = (&self.monitored.book, &self.monitored.paused);
        match name {
            None => Reply::Monitors { monitors: book.views(&self.config, paused) },
            Some(name) => match book.view(&self.config, paused, name) {
                Some(view) => Reply::Monitors { monitors: vec![view] },
                None => no_such(name),
            },
        }
    }

    /// Asks a monitor no more, or again. Durable before it is said to be done.
    pub(super) async fn pause(&mut self, name: &str, paused: bool, by: &str) -> Reply {
        let Some(monitor) = self.config.monitors.get(name) else { return no_such(name) };
        if monitor.paused {
            let why = format!("{} says `paused = true` of it", place(monitor));
            return Reply::refused(Refusal::Conflict, why);
        }
        if self.monitored.paused.contains(name) == paused {
            let so = if paused { "is paused already" } else { "was not paused" };
            return Reply::done(format!("{name} {so}"));
        }
        self.set_paused(name, paused.then_some(by)).await;
        self.monitored.tell(&self.config);
        self.done(format!("{name} {}", if paused { "is paused" } else { "is asked again" }))
    }

    /// Writes down who paused a monitor, or that nobody did.
    async fn set_paused(&mut self, name: &str, by: Option<&str>) {
        if by.is_some() {
            self.monitored.paused.insert(name.to_owned());
        } else {
            self.monitored.paused.remove(name);
        }
        let now = self.now();
        let row = (format!("{PAUSED}{name}"), by.map(str::to_owned));
        self.record.note(now, vec![row]).await;
    }

    /// Keeps a monitor in the store: a new one, or in place of the one of that name.
    pub(super) async fn keep_monitor(&mut self, table: &str, replace: bool, by: &str) -> Reply {
        let name = config::monitor_name(table).unwrap_or_default();
        match self.config.monitors.get(&name).map(|known| (&known.origin, place(known))) {
            Some((Origin::File { .. }, place)) => {
                let why = format!("`{name}` is written in {place} and changed there");
                return Reply::refused(Refusal::Conflict, why);
            }
            Some((Origin::Store, _)) if !replace => {
                let why = format!("there is a monitor of the name `{name}` already");
                return Reply::refused(Refusal::Conflict, why);
            }
            _ => {}
        }
        let checked = config::check_monitor(&self.config, table, &environment());
        let monitor = match checked {
            Ok(monitor) => monitor,
            Err(error) => return Reply::refused(Refusal::Wrong, error.to_string()),
        };
        let Some(store) = self.record.store().cloned() else { return self.no_store() };
        let kept = store::monitor::Kept {
            name: monitor.name.clone(),
            table: table.to_owned(),
            changed: clock::now(),
            author: by.to_owned(),
        };
        if let Err(error) = store::monitor::put(&store, &kept).await {
            let why = format!("it could not be kept: {error}");
            return Reply::refused(Refusal::Unavailable, why);
        }
        let name = monitor.name.clone();
        let mut config = Config::clone(&self.config);
        config.monitors.insert(name.clone(), monitor);
        self.use_config(config).await;
        Reply::done(format!("{name} is kept in the store and asked from now on"))
    }

    /// Keeps a monitor of the store no more.
    pub(super) async fn forget_monitor(&mut self, name: &str) -> Reply {
        let Some(monitor) = self.config.monitors.get(name) else { return no_such(name) };
        if monitor.origin != Origin::Store {
            let why = format!("`{name}` is written in {} and taken out there", place(monitor));
            return Reply::refused(Refusal::Conflict, why);
        }
        let leans = |other: &Arc<MonitorConfig>| match &other.kind {
            MonitorKind::Group { members, .. } => members.iter().any(|member| member == name),
            _ => other.parent.as_deref() == Some(name),
        };
        if let Some(other) = self.config.monitors.values().find(|other| leans(other)) {
            let why = format!("`{}` names it as its parent or member", other.name);
            return Reply::refused(Refusal::Conflict, why);
        }
        let Some(store) = self.record.store().cloned() else { return self.no_store() };
        if let Err(error) = store::monitor::remove(&store, name).await {
            let why = format!("it could not be taken out: {error}");
            return Reply::refused(Refusal::Unavailable, why);
        }
        // Another one of that name would not be asked, and nobody would know why.
        if self.monitored.paused.contains(name) {
            self.set_paused(name, None).await;
        }
        let mut config = Config::clone(&self.config);
        config.monitors.remove(name);
        self.use_config(config).await;
        Reply::done(format!("{name} is gone"))
    }

    /// The config is another one, as far as monitors go.
    async fn use_config(&mut self, config: Config) {
        self.config = Arc::new(config);
        self.judge.reconfigure(Arc::clone(&self.config));
        self.configured.send_replace(Arc::clone(&self.config));
        self.monitored.tell(&self.config);
        let now = self.now();
        let gone = self.monitors_gone();
        self.hear(now, gone).await;
    }

    /// The config was read again: the monitors are told, and what is gone is said.
    pub(super) async fn monitors_reloaded(&mut self) {
        self.monitored.tell(&self.config);
        let now = self.now();
        let gone = self.monitors_gone();
        self.hear(now, gone).await;
    }

    fn no_store(&self) -> Reply {
        let why = format!("there is no store: {}", self.record.trouble());
        Reply::refused(Refusal::Unavailable, why)
    }
}

fn no_such(name: &str) -> Reply {
    let why = format!("there is no monitor `{name}`: see nightkeep monitors");
    Reply::refused(Refusal::Missing, why)
}

fn place(monitor: &MonitorConfig) -> String {
    match &monitor.origin {
        Origin::File { path, line } => format!("{}, line {line},", path.display()),
        Origin::Store => String::from("the store"),
    }
}
