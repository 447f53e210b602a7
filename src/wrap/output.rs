//! The job's output on its way through: passed on byte by byte, or held, and its end kept.
//!
//! Threads, because standard output may block whoever writes to it, and only the job shall wait
//! for that.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read as _, Seek as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::oneshot;

use super::tail::Tail;
use crate::clock;

/// As much as is read at once.
const PART: usize = 64 * 1024;
/// A pipe holds no more, unless somebody enlarged it: what was written before the job ended.
const PIPE: usize = 64 * 1024;
/// What the job started may hold its output open: after this much silence nobody waits for it.
const SILENCE: Duration = Duration::from_millis(100);
/// And after this however much it says.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Where output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Out,
    Error,
}

impl To {
    fn open(self) -> io::Result<File> {
        Ok(File::from(match self {
            Self::Out => io::stdout().as_fd().try_clone_to_owned()?,
            Self::Error => io::stderr().as_fd().try_clone_to_owned()?,
        }))
    }
}

/// The job's ends of the pipes.
pub(super) struct Ends {
    pub(super) out: Stdio,
    pub(super) error: Stdio,
}

/// The output of one job.
pub(super) struct Output {
    tail: Arc<Mutex<Tail>>,
    pumps: Vec<Pump>,
}

struct Pump {
    to: To,
    /// Closed when the job ended.
    ended: Option<PipeWriter>,
    done: oneshot::Receiver<Done>,
}

/// What a pump leaves.
struct Done {
    /// Still held open by what the job started.
    open: Option<PipeReader>,
    /// What was held back.
    held: Option<File>,
}

/// Output that goes on after the job.
pub(super) struct Rest {
    pub(super) from: OwnedFd,
    pub(super) to: To,
}

impl Output {
    /// Pipes for the job. One for both outputs where both go to the same place anyway, so that
    /// nothing changes its order. With `hold`, nothing is passed on before [`Self::end`] says so.
    pub(super) fn open(hold: bool) -> io::Result<(Self, Ends)> {
        let tail = Arc::new(Mutex::new(Tail::default()));
        let (out, writer) = pump(To::Out, hold, &tail)?;
        if is_one_place(io::stdout().as_fd(), io::stderr().as_fd()) {
            let ends = Ends { out: writer.try_clone()?.into(), error: writer.into() };
            return Ok((Self { tail, pumps: vec![out] }, ends));
        }
        let (error, other) = pump(To::Error, hold, &tail)?;
        let ends = Ends { out: writer.into(), error: other.into() };
        Ok((Self { tail, pumps: vec![out, error] }, ends))
    }

    /// The job ended. `show` decides what becomes of output that was held. Gives the end of it
    /// all, and what is still held open.
    pub(super) async fn end(mut self, show: bool) -> (Vec<u8>, Vec<Rest>) {
        for pump in &mut self.pumps {
            pump.ended = None;
        }
        let mut rest = Vec::new();
        for Pump { to, done, .. } in self.pumps {
            let Ok(Done { open, held }) = done.await else { continue };
            if let Some(held) = held.filter(|_| show) {
                // Whoever reads us is gone: there is nobody to tell.
                let _ = give(held, to);
            }
            rest.extend(open.map(|from| Rest { from: from.into(), to }));
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner).take();
        (tail, rest)
    }
}

fn give(mut held: File, to: To) -> io::Result<()> {
    held.rewind()?;
    io::copy(&mut held, &mut to.open()?)?;
    Ok(())
}

/// The same pipe, socket, terminal or file.
fn is_one_place(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> bool {
    let (Ok(one), Ok(other)) = (rustix::fs::fstat(one), rustix::fs::fstat(other)) else {
        return false;
    };
    (one.st_dev, one.st_ino, one.st_rdev) == (other.st_dev, other.st_ino, other.st_rdev)
}

fn pump(to: To, hold: bool, tail: &Arc<Mutex<Tail>>) -> io::Result<(Pump, PipeWriter)> {
    let (from, writer) = io::pipe()?;
    let (stop, ended) = io::pipe()?;
    let sink = if hold { Sink::Held(unnamed_file()?) } else { Sink::Passed(to.open()?) };
    let (sender, done) = oneshot::channel();
    let tail = Arc::clone(tail);
    let body = move || {
        let done = Flow { from, stop, sink, tail }.run();
        // The run may have been given up.
        let _ = sender.send(done);
    };
    std::thread::Builder::new().name(String::from("output")).stack_size(64 * 1024).spawn(body)?;
    Ok((Pump { to, ended: Some(ended), done }, writer))
}

/// A file without a name; its space is free again when we end.
fn unnamed_file() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, Mode, OFlags, memfd_create, open};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = open(std::env::temp_dir(), flags, Mode::RUSR | Mode::WUSR)
        .or_else(|_| memfd_create("output", MemfdFlags::CLOEXEC))?;
    Ok(file.into())
}

enum Sink {
    Passed(File),
    Held(File),
    /// It could not be written any more; the job does not suffer from it.
    Full(Option<File>),
}

struct Flow {
    from: PipeReader,
    stop: PipeReader,
    sink: Sink,
    tail: Arc<Mutex<Tail>>,
}

impl Flow {
    fn run(mut self) -> Done {
        let mut part = vec![0; PART];
        let mut ending: Option<Ending> = None;
        let open = loop {
            if ending.as_ref().is_some_and(Ending::is_over) {
                break true;
            }
            match self.wait(ending.is_some()) {
                Ok(Woken::Output) => {}
                Ok(Woken::JobEnded) => {
                    ending = Some(Ending { since: clock::monotonic(), read: 0 });
                    continue;
                }
                Ok(Woken::Silence) => break true,
                Err(_) => break false,
            }
            let count = match self.from.read(&mut part) {
                Ok(0) => break false,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break false,
            };
            if let Some(ending) = &mut ending {
                ending.read += count;
            }
            self.tail.lock().unwrap_or_else(PoisonError::into_inner).push(&part[..count]);
            if !self.pass(&part[..count]) {
                break false;
            }
        };
        let held = match self.sink {
            Sink::Held(file) | Sink::Full(Some(file)) => Some(file),
            Sink::Passed(_) | Sink::Full(None) => None,
        };
        Done { open: open.then_some(self.from), held }
    }

    /// Until there is something to do.
    fn wait(&self, ending: bool) -> io::Result<Woken> {
        let silence = Timespec { tv_sec: 0, tv_nsec: SILENCE.subsec_nanos().into() };
        let mut ready =
            [PollFd::new(&self.from, PollFlags::IN), PollFd::new(&self.stop, PollFlags::IN)];
        let (ready, patience) =
            if ending { (&mut ready[..1], Some(&silence)) } else { (&mut ready[..], None) };
        loop {
            match poll(ready, patience) {
                Ok(0) => return Ok(Woken::Silence),
                Ok(_) if ready[0].revents().is_empty() => return Ok(Woken::JobEnded),
                Ok(_) => return Ok(Woken::Output),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// False if whoever read us is gone: then the job shall see it as it would without us.
    fn pass(&mut self, part: &[u8]) -> bool {
        let file = match &mut self.sink {
            Sink::Passed(file) | Sink::Held(file) => file,
            Sink::Full(_) => return true,
        };
        match file.write_all(part) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => false,
            Err(_) => {
                let sink = std::mem::replace(&mut self.sink, Sink::Full(None));
                if let Sink::Held(file) = sink {
                    self.sink = Sink::Full(Some(file));
                }
                true
            }
        }
    }
}

enum Woken {
    Output,
    JobEnded,
    Silence,
}

/// The time after the job's end.
struct Ending {
    since: Instant,
    read: usize,
}

impl Ending {
    /// All the job wrote itself was read, and others had their say.
    fn is_over(&self) -> bool {
        self.since.elapsed() > LAST_WORDS && self.read >= PIPE
    }
}

/// Passes on what comes until it ends: for what outlives the job. Without us its next word would
/// kill it.
pub(crate) fn pass_on() -> io::Result<()> {
    io::copy(&mut io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(())
}
