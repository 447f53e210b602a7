//! The running watch: sources, judge, notices and store wired together. With `watch/` the only
//! code that spawns tasks.

mod account;
mod heartbeats;
mod logins;
mod monitored;
mod monitors;
mod quiet;
mod record;
mod recorder;
mod residence;
mod sources;
mod states;
mod sudoers;
mod supervise;
mod token;
mod web;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::logins::Logins;
use self::monitored::Monitored;
use self::record::Record;
use self::recorder::Recorder;
use self::sources::{Before, Sources};
use self::states::States;
use self::sudoers::Sudoers;
use self::supervise::supervise;
use crate::alert::{AlertView, Judge, Rows};
use crate::clock::{self, Steady};
use crate::config::{self, Config, Environment, Secrets};
use crate::control::{self, Refusal, Reply, Request, SourceStatus, Status};
use crate::digest;
use crate::heartbeat::Desk;
use crate::model::text::visible;
use crate::model::{
    AlertKey, Batch, Command, Decision, Event, HeldBy, Item, LoginPart, NoteKind, Notice,
    Observation, Phase, RuleName, SourceName, State, Subject, Tell, TellKind,
};
use crate::notify::{self, deliver, message};
use crate::replay;
use crate::source::{Report, evidence};
use crate::store::{self, Store};
use crate::web::{App, locale};

/// A source that says nothing for this many ticks hangs.
const PATIENCE_TICKS: i32 = 4;
/// Evidence that takes longer is left out of the message.
const EVIDENCE_DEADLINE: Duration = Duration::from_millis(2500);
/// Samples are written together, once in this time.
const FLUSH: SignedDuration = SignedDuration::from_secs(60);
/// Hours are sealed and old things dropped once in this time.
const TIDY: SignedDuration = SignedDuration::from_mins(10);
/// Channels nothing went to for long are looked for once in this time.
const LOOK: SignedDuration = SignedDuration::from_hours(1);
const QUEUE: usize = 64;
/// Letters of a note.
const NOTE: usize = 200;
/// Changes of a reloaded config that are logged one by one.
const CHANGES: usize = 100;
/// The row that holds which boot of the machine the watch saw last.
const BOOT: &str = "watch/boot";
/// The row that holds up to when the last digest was.
const DIGEST: &str = "watch/digest";

/// Runs the watch until it is told to stop.
///
/// # Errors
/// When the config cannot be read or the control socket cannot be opened. A store that cannot be
/// opened is no error: the watch tells of it and goes on without.
pub async fn run(config_path: &Path, socket: &Path) -> anyhow::Result<()> {
    let config = config::load(config_path, &environment())?;
    let listener = listen(socket)?;
    let (mut record, mut rows) = open(&config).await;
    let config = Arc::new(monitored::with_kept(config, record.store()).await);
    if let Some(store) = record.store() {
        account::take_first_link(store, config_path).await;
    }
    for warning in &config.warnings {
        tracing::warn!("config: {warning}");
    }
    for fault in config.web.locale.iter().flat_map(|folder| locale::speak(folder)) {
        tracing::warn!("{fault}");
    }
    let boot_before = rows.remove(BOOT);
    let last_digest = rows.remove(DIGEST).and_then(|at| at.parse().ok());
    let alive_until = latest(&record).await;
    let mut logins = Logins::take(&mut rows);
    let mut sudoers = Sudoers::take(&mut rows);
    let monitored = Monitored::take(&mut rows, &config);
    if let (Some(store), Some(alive_until)) = (record.store(), alive_until) {
        logins.remember(store, alive_until).await;
    }
    record.note(clock::now(), logins.learn(&config.ssh).await).await;
    record.note(clock::now(), sudoers.learn().await).await;

    let (crash_sender, mut crashes) = mpsc::channel(4);
    let (tick_sender, mut ticks) = mpsc::channel(QUEUE);
    let (report_sender, mut reports) = mpsc::channel(QUEUE);
    let start_sources = |config: &Arc<Config>, judge: &Judge, alive_until| {
        let before = Before { turned_read_only: turned_read_only(judge), alive_until };
        Sources::start(config, before, &tick_sender, &report_sender, &crash_sender)
    };
    let (asked_sender, mut asked) = mpsc::channel(4);
    let (notice_sender, notices) = mpsc::channel(QUEUE);
    let (config_sender, config_watch) = watch::channel(Arc::clone(&config));
    let (store_sender, store_watch) = watch::channel(record.store().cloned());

    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    let mut tasks = JoinSet::new();
    tasks.spawn(deliver::run(config_watch, notices, store_watch, report_sender.clone()));
    tasks.spawn(control::serve(listener, asked_sender.clone()));
    let desk = Arc::new(Desk::new(alive_until));
    desk.follow(&config.heartbeats);
    let (stores, out) = (store_sender.subscribe(), report_sender.clone());
    heartbeats::start(&mut tasks, &desk, stores, out, &crash_sender);
    let (stop, stopping) = watch::channel(false);
    let mut served = JoinSet::new();
    served.spawn(supervise("web", crash_sender.clone(), {
        let desk = Arc::clone(&desk);
        let (configs, stores) = (config_sender.subscribe(), store_sender.subscribe());
        let app = App::new(config_path, configs, stores, desk, asked_sender);
        let (configs, out) = (config_sender.subscribe(), report_sender.clone());
        let (crashes, pings) = (crash_sender.clone(), socket.with_file_name(web::PINGS));
        move || {
            let (app, configs, stopping) = (app.clone(), configs.clone(), stopping.clone());
            web::run(app, pings.clone(), configs, stopping, out.clone(), crashes.clone())
        }
    }));
    tasks.spawn(supervise("monitors", crash_sender.clone(), {
        let (wanted, book) = (monitored.wanted(), monitored.book.clone());
        let out = report_sender.clone();
        move || monitors::run(wanted.clone(), book.clone(), out.clone())
    }));

    let judge = Judge::new(Arc::clone(&config), &rows);
    let mut watch = Watch {
        sources: start_sources(&config, &judge, alive_until),
        judge,
        config,
        record,
        desk,
        logins,
        sudoers,
        monitored,
        states: States::default(),
        configured: config_sender,
        clock: Steady::start(alive_until),
        started: clock::now(),
        heard: BTreeMap::new(),
        store_said: None,
        unseen: Vec::new(),
        crashes: 0,
        notices: notice_sender,
        opened: store_sender,
        next_flush: Timestamp::MIN,
        next_tidy: Timestamp::MIN,
        next_look: Timestamp::MIN,
        last_digest,
        recorder: Recorder::default(),
    };
    watch.begin(alive_until, boot_before).await;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(host = watch.config.host, "watching");

    loop {
        let idle = watch.until_due();
        tokio::select! {
            Some(said) = ticks.recv() => watch.take(said).await,
            Some(said) = reports.recv() => watch.take(vec![said]).await,
            Some((request, reply)) = asked.recv() => watch.answer(request, reply).await,
            Some(name) = crashes.recv() => watch.crashed(name),
            () = tokio::time::sleep(idle) => watch.due().await,
            _ = hangup.recv() => {
                if watch.reload(config_path).await {
                    let until = Some(watch.clock.last());
                    watch.sources = start_sources(&watch.config, &watch.judge, until);
                }
            }
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            Some(ended) = tasks.join_next() => {
                ended.context("a part of the watch crashed")?;
                anyhow::bail!("a part of the watch ended by itself");
            }
        }
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    stop.send_replace(true);
    while served.join_next().await.is_some() {}
    watch.record.flush().await;
    watch.record.write().await;
    tracing::info!("stopped");
    Ok(())
}

/// What the loop knows.
struct Watch {
    config: Arc<Config>,
    judge: Judge,
    record: Record,
    desk: Arc<Desk>,
    logins: Logins,
    sudoers: Sudoers,
    monitored: Monitored,
    states: States,
    configured: watch::Sender<Arc<Config>>,
    clock: Steady,
    started: Timestamp,
    sources: Sources,
    heard: BTreeMap<SourceName, Heard>,
    store_said: Option<String>,
    /// Said with whatever is heard next.
    unseen: Vec<Observation>,
    crashes: u32,
    notices: mpsc::Sender<Vec<Notice>>,
    opened: watch::Sender<Option<Store>>,
    next_flush: Timestamp,
    next_tidy: Timestamp,
    next_look: Timestamp,
    last_digest: Option<Timestamp>,
    recorder: Recorder,
}

/// When a source spoke last, and why it cannot.
#[derive(Default)]
struct Heard {
    at: Option<Timestamp>,
    blind: Option<String>,
}

impl Watch {
    /// The first step: what was not seen is said before anything else is.
    async fn begin(&mut self, alive_until: Option<Timestamp>, boot_before: Option<String>) {
        let now = self.clock.read().now;
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let rebooted = boot_before.is_some_and(|before| before != boot);
        let event = Event::WatchStarted { alive_until, rebooted };
        let mut said = vec![Observation::Event { subject: Subject::Host, event }];
        if let Some(mended) = self.record.store().and_then(Store::mended) {
            let state = State::Store { error: mended.to_owned() };
            said.push(Observation::State { subject: Subject::Store, state });
        }
        said.extend(self.monitors_gone());
        self.hear(now, said).await;
        self.record.note(now, vec![(BOOT.to_owned(), Some(boot))]).await;
        self.next_flush = now + FLUSH;
        self.next_tidy = now + FLUSH;
        self.next_look = now + TIDY;
    }

    /// The time now. A leap of the clock is a time nobody watched, and said with what is heard
    /// next.
    fn now(&mut self) -> Timestamp {
        let alive_until = Some(self.clock.last());
        let reading = self.clock.read();
        if let Some(unseen) = reading.leapt {
            tracing::warn!("the clock leapt by {unseen:#}, or the machine slept");
            let event = Event::WatchStarted { alive_until, rebooted: false };
            self.unseen.push(Observation::Event { subject: Subject::Host, event });
        }
        reading.now
    }

    /// How long until something is due without anybody saying anything.
    fn until_due(&self) -> Duration {
        let due = [self.judge.next_wake(), Some(self.next_flush)].into_iter().flatten().min();
        let wait = due.unwrap_or(Timestamp::MAX).duration_since(self.clock.last());
        Duration::try_from(wait).unwrap_or(Duration::ZERO).min(self.config.interval.unsigned_abs())
    }

    /// Sources spoke.
    async fn take(&mut self, reports: Vec<Report>) {
        let now = self.now();
        let mut observations = Vec::new();
        for Report { source, said } in reports {
            let heard = self.heard.entry(source).or_default();
            match said {
                Ok(said) => {
                    heard.at = Some(now);
                    if heard.blind.take().is_some() {
                        observations.push(Observation::Heard { source });
                    }
                    observations.extend(said);
                }
                Err(blind) => {
                    let reason = blind.to_string();
                    if heard.blind.as_ref() != Some(&reason) {
                        observations.push(Observation::Silence { source, reason: reason.clone() });
                        heard.blind = Some(reason);
                    }
                }
            }
        }
        self.logins.mark(&mut observations);
        let rows = self.sudoers.mark(&mut observations, now);
        if !rows.is_empty() {
            self.record.note(now, rows).await;
        }
        self.hear(now, observations).await;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }

    /// Nobody spoke, but something is due.
    async fn due(&mut self) {
        let now = self.now();
        let hanging = self.hanging(now);
        self.hear(now, hanging).await;
        if now >= self.next_flush {
            self.next_flush = now + FLUSH;
            self.keep(now).await;
        }
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }

    /// Sources that should have spoken by now.
    fn hanging(&mut self, now: Timestamp) -> Vec<Observation> {
        let patience = self.config.interval * PATIENCE_TICKS;
        let mut silent = Vec::new();
        for (&source, heard) in &mut self.heard {
            let ticks = matches!(source, SourceName::Cpu | SourceName::Memory | SourceName::Disk);
            let late = heard.at.is_some_and(|at| now.duration_since(at) > patience);
            if ticks && late && heard.blind.is_none() {
                let reason = String::from(
                    "it hangs: a disk or the kernel does not answer; see: dmesg | tail",
                );
                heard.blind = Some(reason.clone());
                silent.push(Observation::Silence { source, reason });
            }
        }
        silent
    }

    /// Hands the judge what was observed, and does what follows from it.
    async fn hear(&mut self, at: Timestamp, said: Vec<Observation>) {
        let mut observations = std::mem::take(&mut self.unseen);
        observations.extend(said);
        self.states.hear(at, &observations);
        let steps = if observations.is_empty() {
            replay::wake(&mut self.judge, at)
        } else {
            replay::hear(&mut self.judge, Batch { at, observations })
        };
        for (batch, step) in steps {
            let notices = self.notices(&step.decisions).await;
            self.record.step(batch, step.changed, step.decisions, notices.clone()).await;
            if !notices.is_empty() {
                // The receiver is a task of ours; when it is gone the loop ends as well.
                let _ = self.notices.send(notices).await;
            }
        }
    }

    /// The messages a step asks for, with their evidence, one for each channel.
    async fn notices(&mut self, decisions: &[Decision]) -> Vec<Notice> {
        let mut notices = Vec::new();
        for decision in decisions {
            if let Decision::Hold { id, by: HeldBy::Acknowledged { .. }, .. } = decision {
                notices.extend(self.take_back(*id));
            }
            let Decision::Tell(tell) = decision else { continue };
            let recorded = self.recorder.record(tell, &self.config.store.path).await;
            let mut evidence = gather(tell).await;
            for item in tell.items.iter().filter(|item| recorded.contains(&item.id)) {
                let lines = evidence.entry(item.key.clone()).or_default();
                lines.truncate(message::EVIDENCE - 1);
                lines.push(format!("as it was then: nightkeep alerts show {} --snapshot", item.id));
            }
            let message =
                message::render(tell, &self.config.host, &self.config.timezone, &evidence);
            tracing::info!("telling {}: {}", tell.channels.join(", "), message.title);
            notices.extend(notify::copies(&self.config, &tell.channels, &message));
        }
        notices
    }

    /// Somebody takes care of an alert: for the channels that would go on calling for it.
    fn take_back(&self, id: u64) -> Vec<Notice> {
        let channels = notify::that_take_back(&self.config);
        let Some(alert) = self.judge.alerts().into_iter().find(|alert| alert.id == Some(id)) else {
            return Vec::new();
        };
        let AlertView { key, severity, since, summary, next, .. } = alert;
        let item = Item {
            key,
            id,
            severity,
            since,
            until: None,
            summary,
            next,
            first_tell: 0,
            held: None,
        };
        let tell = Tell {
            at: self.clock.last(),
            id: 0,
            kind: TellKind::Acknowledged,
            channels,
            items: vec![item],
        };
        let (host, tz) = (&self.config.host, &self.config.timezone);
        let message = message::render(&tell, host, tz, &BTreeMap::new());
        let mut notices = notify::copies(&self.config, &tell.channels, &message);
        for notice in &mut notices {
            notice.key = format!("ack-{id}-{}", notice.channel);
        }
        notices
    }

    /// Writes what waits, seals, drops what is too old, and says how the store is.
    async fn keep(&mut self, now: Timestamp) {
        if self.record.store().is_none()
            && let Ok(store) = Store::open(&self.config.store, &self.config.host).await
        {
            self.opened.send_replace(Some(store.clone()));
            self.record.opened(store);
        }
        self.record.write().await;
        self.record.flush().await;
        if now >= self.next_tidy {
            self.next_tidy = now + TIDY;
            if let Some(store) = self.record.store() {
                let tidied = async {
                    store::retention::seal(store, now).await?;
                    store::heartbeat::prune(store, now).await?;
                    store::retention::prune(store, now, &self.config.store).await
                };
                if let Err(error) = tidied.await {
                    tracing::warn!("the store could not be tidied: {error}");
                }
            }
            residence::settle();
        }
        if now >= self.next_look {
            self.next_look = now + LOOK;
            self.test_quiet_channels(now).await;
        }
        self.digest(now).await;
        if self.store_said.as_deref() != Some(self.record.trouble()) {
            let error = self.record.trouble().to_owned();
            self.store_said = Some(error.clone());
            let state = State::Store { error };
            self.hear(now, vec![Observation::State { subject: Subject::Store, state }]).await;
        }
    }

    /// Tests the channels nothing went to for long.
    async fn test_quiet_channels(&mut self, now: Timestamp) {
        let Some(store) = self.record.store() else { return };
        let known = async {
            let newest = store::outbox::newest(store).await?;
            Ok::<_, store::StoreError>((newest, store::alert::began(store).await?.unwrap_or(now)))
        };
        let Ok((newest, began)) = known.await else { return };
        let notices = quiet::tests(&self.config, &newest, began, now);
        if notices.is_empty() {
            return;
        }
        let nothing = Batch { at: now, observations: Vec::new() };
        self.record.step(nothing, Vec::new(), Vec::new(), notices.clone()).await;
        let _ = self.notices.send(notices).await;
    }

    /// Sends the digest when it is due. Without a store there is nothing to tell of: it comes when
    /// there is one again.
    async fn digest(&mut self, now: Timestamp) {
        let Some(store) = self.record.store() else { return };
        let mark = |at: Timestamp| vec![(DIGEST.to_owned(), Some(at.to_string()))];
        let Some(last) = self.last_digest else {
            self.last_digest = Some(now);
            self.record.note(now, mark(now)).await;
            return;
        };
        let Some(from) = digest::due(&self.config, last, now) else { return };
        let seen: Vec<SourceName> = self.seeing().collect();
        let gathered = match digest::gather(store, &seen, from, now).await {
            Ok(gathered) => gathered,
            Err(error) => {
                tracing::warn!("no digest, it is tried again: {error}");
                return;
            }
        };
        let (host, zone) = (&self.config.host, &self.config.timezone);
        let message = digest::message(&gathered, host, from, now, zone);
        let notice = |channel: String| Notice {
            key: format!("digest-{}-{channel}", now.as_second()),
            channel,
            message: message.clone(),
        };
        let notices: Vec<Notice> = digest::channels(&self.config).into_iter().map(notice).collect();
        self.last_digest = Some(now);
        let nothing = Batch { at: now, observations: Vec::new() };
        self.record.step(nothing, mark(now), Vec::new(), notices.clone()).await;
        let _ = self.notices.send(notices).await;
    }

    /// The sources that see.
    fn seeing(&self) -> impl Iterator<Item = SourceName> {
        self.heard.iter().filter(|(_, heard)| heard.blind.is_none()).map(|(source, _)| *source)
    }

    fn crashed(&mut self, name: &str) {
        self.crashes += 1;
        tracing::error!("{name} crashed and was started again (crash {})", self.crashes);
    }

    /// Reads the config again; a wrong one changes nothing.
    async fn reload(&mut self, path: &Path) -> bool {
        if let Ok(now) = sd_notify::NotifyState::monotonic_usec_now() {
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Reloading, now]);
        }
        let loaded = monitored::load(path, self.record.store()).await;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        match loaded {
            Err(error) => {
                tracing::error!("the config was not reloaded, the old one goes on:\n{error}");
                false
            }
            Ok(config) => {
                let changes = config::diff(&self.config, &config);
                for line in changes.iter().take(CHANGES) {
                    tracing::info!("reloaded: {line}");
                }
                if changes.len() > CHANGES {
                    tracing::info!("reloaded: {} more changes", changes.len() - CHANGES);
                }
                self.config = Arc::new(config);
                self.judge.reconfigure(Arc::clone(&self.config));
                self.configured.send_replace(Arc::clone(&self.config));
                self.desk.follow(&self.config.heartbeats);
                self.monitors_reloaded().await;
                true
            }
        }
    }

    /// Answers the command line.
    async fn answer(&mut self, request: Request, reply: oneshot::Sender<Reply>) {
        let answer = match request {
            Request::Status => Reply::Status(Box::new(self.status())),
            Request::Do { command } => match self.refusal(&command) {
                Some((kind, why)) => Reply::refused(kind, why),
                None => self.obey(command).await,
            },
            Request::States => Reply::States { states: self.states.all() },
            Request::Monitors { name } => self.show_monitors(name.as_deref()),
            Request::PauseMonitor { name, paused, by } => self.pause(&name, paused, &by).await,
            Request::KeepMonitor { table, replace, by } => {
                self.keep_monitor(&table, replace, &by).await
            }
            Request::ForgetMonitor { name } => self.forget_monitor(&name).await,
            Request::Token { name, let_in, by } => {
                token::turn(self.record.store(), name, let_in, by).await
            }
            Request::Account { wish, by } => account::turn(self.record.store(), wish, &by).await,
            Request::Trust { trusted, parts, logins, by } => {
                self.trust(trusted, &parts, &logins, &by).await
            }
            Request::Note { kind, text, by } => self.note(kind, &text, by).await,
            Request::Heartbeat { name, pause } => heartbeats::turn(&self.desk, &name, pause).await,
        };
        // Whoever asked may have hung up.
        let _ = reply.send(answer);
    }

    fn refusal(&self, command: &Command) -> Option<(Refusal, String)> {
        match command {
            Command::Acknowledge { alert, .. } if !self.judge.is_firing(*alert) => {
                let why = format!("no alert {alert} is firing: see nightkeep alerts");
                Some((Refusal::Missing, why))
            }
            Command::Unsilence { silence, .. }
                if !self.judge.silences().iter().any(|known| known.id == *silence) =>
            {
                let why =
                    format!("there is no silence {silence}: see nightkeep alerts silence --list");
                Some((Refusal::Missing, why))
            }
            Command::Silence(silence) if silence.until <= self.clock.last() => {
                Some((Refusal::Wrong, String::from("that silence would be over already")))
            }
            _ => None,
        }
    }

    async fn obey(&mut self, command: Command) -> Reply {
        let said = match &command {
            Command::Acknowledge { alert, .. } => format!("alert {alert} acknowledged"),
            Command::Silence(_) => String::from("silence set"),
            Command::Unsilence { silence, .. } => format!("silence {silence} ended"),
        };
        let is_new = matches!(command, Command::Silence(_));
        let now = self.now();
        self.hear(now, vec![Observation::Command(command)]).await;
        // The judge gives each silence the next number.
        let newest = self.judge.silences().iter().map(|silence| silence.id).max();
        match (self.done(said), newest.filter(|_| is_new)) {
            (Reply::Done { said, .. }, Some(id)) => {
                Reply::Done { said: format!("{said}, its number is {id}"), id: Some(id) }
            }
            (reply, _) => reply,
        }
    }

    /// Knows these parts of logins from now on, or no more. Alerts about logins that are known
    /// now are taken care of.
    async fn trust(
        &mut self,
        trusted: bool,
        parts: &[(LoginPart, String)],
        logins: &[String],
        by: &str,
    ) -> Reply {
        let now = self.now();
        let rows = self.logins.set(trusted, parts, by, now);
        let said = match (rows.len(), trusted) {
            (0, true) => String::from("that was known already"),
            (0, false) => String::from("that was not known"),
            (n, true) => format!("{n} added to what is known"),
            (n, false) => format!("{n} taken from what is known"),
        };
        self.record.note(now, rows).await;
        let alerts = self.judge.alerts().into_iter();
        let settled = alerts.filter(|alert| trusted && alert.phase == Phase::Firing);
        let mut acknowledged = Vec::new();
        for alert in settled {
            if let (RuleName::LoginUnknown, Subject::Login(name), Some(id)) =
                (alert.key.rule, &alert.key.subject, alert.id)
                && logins.contains(name)
            {
                let (by, reason) = (by.to_owned(), String::from("the login is trusted"));
                let command = Command::Acknowledge { alert: id, by, reason };
                acknowledged.push(Observation::Command(command));
            }
        }
        self.hear(now, acknowledged).await;
        self.done(said)
    }

    /// Keeps a word of the owner about what was done, to be shown beside what came of it.
    async fn note(&mut self, kind: NoteKind, text: &str, by: String) -> Reply {
        let text = visible(text.trim(), NOTE);
        if text.is_empty() {
            let why = format!("it is not said what; write {} and what it was", kind.as_str());
            return Reply::refused(Refusal::Wrong, why);
        }
        let said = format!("noted: {} {text}", kind.as_str());
        let event = Event::Noted { kind, text, by };
        let now = self.now();
        self.hear(now, vec![Observation::Event { subject: Subject::Host, event }]).await;
        self.done(said)
    }

    fn done(&self, said: String) -> Reply {
        match self.record.trouble() {
            "" => Reply::done(said),
            trouble => Reply::done(format!(
                "{said}, but only until the next restart: the store says {trouble}"
            )),
        }
    }

    fn status(&self) -> Status {
        let source = |(&source, heard): (&SourceName, &Heard)| SourceStatus {
            source,
            heard: heard.at,
            blind: heard.blind.clone(),
        };
        Status {
            host: self.config.host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at: self.clock.last(),
            started: self.started,
            alerts: self.judge.alerts(),
            silences: self.judge.silences(),
            sources: self.heard.iter().map(source).collect(),
            store_error: self.record.trouble().to_owned(),
            crashes: self.crashes,
            dropped: self.record.dropped(),
        }
    }
}

/// Evidence for what began or got worse; what comes too late is left out.
async fn gather(tell: &Tell) -> BTreeMap<AlertKey, Vec<String>> {
    let mut found = BTreeMap::new();
    if matches!(tell.kind, TellKind::Raised | TellKind::Worse) {
        let all = async {
            for item in &tell.items {
                found.insert(item.key.clone(), evidence::of(&item.key, item.since).await);
            }
        };
        let _ = timeout(EVIDENCE_DEADLINE, all).await;
    }
    found
}

/// The watch needs every secret.
fn environment() -> Environment {
    Environment::of_this_process(Secrets::Needed)
}

/// Mounts that are told to have turned read-only: sources that begin anew must not take them for
/// meant so.
fn turned_read_only(judge: &Judge) -> Vec<String> {
    let mount = |alert: AlertView| match alert.key {
        AlertKey { rule: RuleName::DiskReadOnly, subject: Subject::Mount(path) } => Some(path),
        _ => None,
    };
    judge
        .alerts()
        .into_iter()
        .filter(|alert| alert.phase != Phase::Resolved)
        .filter_map(mount)
        .collect()
}

/// The last moment the watch before this one is known to have watched.
async fn latest(record: &Record) -> Option<Timestamp> {
    let store = record.store()?;
    store::history::latest(store).await.ok().flatten()
}

/// Opens the store, or says why the watch goes on without.
async fn open(config: &Config) -> (Record, Rows) {
    let opened = async {
        let store = Store::open(&config.store, &config.host).await?;
        let rows = store::alert::rows(&store).await?;
        Ok::<_, store::StoreError>((store, rows))
    };
    match opened.await {
        Ok((store, rows)) => (Record::new(Some(store), String::new()), rows),
        Err(error) => {
            tracing::error!("the store cannot be opened, alerts are told without: {error}");
            // What was told before is still known if it can be read.
            let rows = match Store::open_read_only(&config.store.path).await {
                Ok(store) => store::alert::rows(&store).await.unwrap_or_default(),
                Err(_) => Rows::new(),
            };
            (Record::new(None, error.to_string()), rows)
        }
    }
}

/// The control socket, for the owner and nightkeep's group only.
fn listen(socket: &Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt as _;
    if std::os::unix::net::UnixStream::connect(socket).is_ok() {
        anyhow::bail!("a watch is running already: nightkeep status");
    }
    // What a killed watch left behind.
    let _ = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket)
        .with_context(|| format!("cannot listen on {}", socket.display()))?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}
