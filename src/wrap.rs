//! A job run for cron: as it would run without us, and the watch hears of its start and its end.
//!
//! The job comes first. The watch may be away, the disk full or the command line's URL wrong: it
//! runs all the same, ends with its own code, and waits for nobody. What the watch could not be
//! told waits in files (`spool`) and is told later, in order and with its true time.

mod courier;
mod job;
mod output;
mod ping;
mod place;
mod post;
mod signals;
mod spool;
mod tail;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use uuid::Uuid;

use self::courier::Courier;
pub(crate) use self::courier::deliver;
use self::job::{Ended, Job};
pub(crate) use self::output::pass_on;
use self::output::{Output, Rest, To};
pub(crate) use self::ping::Slug;
use self::ping::{About, Ping, Said};
use self::signals::Signals;
use self::spool::{Lock, Spool, Waiting};
use crate::clock;
use crate::model::text::length;

/// The run's name, in the job's environment: it may send `/log` under it.
const RID: &str = "NIGHTKEEP_RID";
/// What the end of a run may wait for the watch.
const PATIENCE: Duration = Duration::from_secs(5);
/// `EX_TEMPFAIL`: another run goes on.
const BUSY: u8 = 75;
/// The program that goes on where this one ends: the same, even if it was replaced meanwhile.
const OURSELVES: &str = "/proc/self/exe";

/// What is to be run, and how.
#[derive(Debug)]
pub(crate) struct Order {
    /// The heartbeat.
    pub(crate) slug: Slug,
    /// The program and its arguments.
    pub(crate) command: Vec<OsString>,
    /// Where the pings go, if it was said.
    pub(crate) url: Option<String>,
    /// Whether output passes through us and its end is told.
    pub(crate) output: bool,
    /// Whether output is only shown of a run that failed.
    pub(crate) quiet: bool,
    /// How long it may take.
    pub(crate) limit: Option<Duration>,
    /// Whether it may run only once at a time.
    pub(crate) alone: bool,
}

/// Runs a job and gives its exit code.
pub(crate) async fn run(order: Order) -> u8 {
    let rid = Uuid::new_v4().to_string();
    let waiting = Spool::of_this_process().map(|spool| spool.of(&order.slug));
    let place = place::of_this_process(order.url.as_deref())
        .inspect_err(|error| say(&format!("the watch is not told: {error:#}")));
    let courier = Courier::new(waiting.clone(), place.ok());
    let told = |said: Said, at: Timestamp, body: Vec<u8>| {
        let about = About { rid: rid.clone(), said, at };
        courier.keep(Ping { slug: order.slug.clone(), about, body });
    };
    // Held until the end.
    let _lock;
    if order.alone {
        match alone(waiting.as_ref()) {
            Ok(lock) => _lock = lock,
            Err(why) => {
                let why = format!("{} is not started: {why}", order.slug);
                say(&why);
                told(Said::Log, clock::now(), why.into_bytes());
                courier.close();
                finish(&courier).await;
                return BUSY;
            }
        }
    }
    let job = async {
        let begun = clock::now();
        let job = begin(&order, &rid);
        told(Said::Start, begun, Vec::new());
        let (ended, body) = end(&order, job).await;
        told(Said::Exit(ended.code), clock::now(), body);
        courier.close();
        ended.code
    };
    let (code, ()) = tokio::join!(job, finish(&courier));
    code
}

/// A job and its output, or why there is none.
type Begun = (io::Result<Job>, Option<Output>, Signals);

fn begin(order: &Order, rid: &str) -> Begun {
    // Before the job, so that no signal comes too early.
    let signals = Signals::listen();
    let (output, ends) = match order.output.then(|| Output::open(order.quiet)).transpose() {
        Ok(output) => output.unzip(),
        Err(error) => {
            say(&format!("the output is not kept: {error}"));
            (None, None)
        }
    };
    (Job::start(&order.command, rid, ends), output, signals)
}

/// Until the job ended and its output is passed on. Gives the end of it.
async fn end(order: &Order, (job, output, mut signals): Begun) -> (Ended, Vec<u8>) {
    let ended = match job {
        Ok(job) => job.end(&mut signals, order.limit).await,
        Err(error) => Err(error),
    };
    let (ended, note) = match ended {
        Ok(ended @ Ended { time_up: false, .. }) => (ended, None),
        Ok(ended) => {
            let limit = SignedDuration::try_from(order.limit.unwrap_or_default());
            let limit = length(limit.unwrap_or_default());
            (ended, Some(format!("{} took longer than {limit} and was ended", order.slug)))
        }
        Err(error) => {
            let program = order.command.first().map(|program| program.to_string_lossy());
            let note = format!("{} cannot be run: {error}", program.unwrap_or_default());
            (Ended { code: job::code_of(&error), time_up: false }, Some(note))
        }
    };
    let failed = ended.code != 0;
    let (mut body, rest) = match output {
        Some(output) => tokio::select! {
            said = output.end(failed) => said,
            // Whoever reads us stands still, and somebody wants an end.
            _ = signals.next() => Default::default(),
        },
        None => Default::default(),
    };
    for rest in rest {
        // Held output is only shown of a job that failed.
        leave_output(rest, order.quiet && !failed);
    }
    if let Some(note) = note {
        say(&note);
        body.extend_from_slice(format!("nightkeep: {note}\n").as_bytes());
    }
    (ended, body)
}

/// Sends what there is to send until the courier is closed, and some seconds longer; what is left
/// then is left to a process of its own.
async fn finish(courier: &Courier) {
    let patience = async {
        courier.closed().await;
        sleep(PATIENCE).await;
    };
    tokio::select! {
        () = courier.work() => {}
        () = patience => {}
    }
    for why in courier.refused() {
        say(&why);
    }
    match courier.leave() {
        Ok(false) => {}
        Ok(true) => {
            // Whoever tries it out wants to know; cron would send a mail for each run.
            if let Some(why) = courier.why().filter(|_| io::stderr().is_terminal()) {
                say(&format!("{why}; it is told later"));
            }
            leave_pings();
        }
        Err(error) => say(&format!("the watch is away, and what to tell it is lost: {error}")),
    }
}

fn alone(waiting: Option<&Waiting>) -> Result<Lock, String> {
    let waiting = waiting.ok_or("there is no directory for its lock")?;
    let lock = waiting.running().map_err(|error| format!("its lock cannot be held: {error}"))?;
    lock.ok_or_else(|| String::from("the run before still goes on"))
}

/// Starts the process that goes on telling the watch, unless there is one.
fn leave_pings() {
    let busy = Spool::of_this_process().is_some_and(|spool| matches!(spool.delivering(), Ok(None)));
    if busy {
        return;
    }
    let started = Command::new(OURSELVES)
        .arg0("nightkeep")
        .args(["cron", "deliver"])
        .current_dir("/")
        // Cron waits for whoever holds these.
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = started {
        say(&format!("the watch is told by the next run only: {error}"));
    }
}

/// Starts a process that passes on what the job's own children still say.
fn leave_output(Rest { from, to }: Rest, unseen: bool) {
    let to = match to {
        _ if unseen => Ok(Stdio::null()),
        To::Out => Ok(Stdio::inherit()),
        To::Error => io::stderr().as_fd().try_clone_to_owned().map(Stdio::from),
    };
    let started = to.and_then(|to| {
        let mut command = Command::new(OURSELVES);
        command.arg0("nightkeep").args(["cron", "pass-on"]).process_group(0);
        command.stdin(from).stdout(to).spawn()
    });
    if let Err(error) = started {
        say(&format!("what the job's children still say is lost: {error}"));
    }
}

/// Whoever does not read us is not told.
fn say(what: &str) {
    let _ = io::stderr().write_all(format!("nightkeep: {what}\n").as_bytes());
}
