//! Records of the kernel's multicast, waited for without a thread.

use std::os::fd::{AsFd as _, OwnedFd};

use nightkeep_audit::Kind;
use nightkeep_audit::netlink::{Error, Heard, Listener};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;

/// An open ear.
#[derive(Debug)]
pub struct Records {
    listener: Listener,
    ready: AsyncFd<OwnedFd>,
}

impl Records {
    /// Listens, with room for so many bytes; for records of these kinds, if any are named.
    pub fn open(room: usize, kinds: Option<&'static [Kind]>) -> Result<Self, Error> {
        let mut listener = Listener::open(room)?;
        if let Some(kinds) = kinds {
            listener.want(kinds);
        }
        let failed = |_| Error::Other(Errno::BADF);
        let descriptor = listener.as_fd().try_clone_to_owned().map_err(failed)?;
        #[expect(deprecated, reason = "an OwnedFd stays the same descriptor, which is all it asks")]
        let ready = AsyncFd::new(descriptor).map_err(failed)?;
        Ok(Self { listener, ready })
    }

    /// Waits until something can be read.
    pub async fn wait(&mut self) {
        // It fails when the runtime ends.
        let _ = self.ready.readable().await.map(|mut ready| ready.clear_ready());
    }

    /// What is next, if anything waits. A gap is told where it is: before what came after it.
    pub fn read(&mut self) -> Result<Heard<'_>, Error> {
        self.listener.read()
    }

    /// Hands on all that waits; true if some were missed.
    pub fn drain(&mut self, mut take: impl FnMut(&[u8])) -> bool {
        let mut missed = false;
        loop {
            match self.listener.read() {
                Ok(Heard::Record(line)) => take(line),
                Ok(Heard::Gap) => missed = true,
                Ok(Heard::Nothing) => return missed,
                Err(_) => return true,
            }
        }
    }

    /// How many records came, of all kinds.
    pub fn count(&self) -> u64 {
        self.listener.records()
    }

    /// How often the kernel dropped some for us.
    pub fn gaps(&self) -> u64 {
        self.listener.gaps()
    }
}

/// `1700000000.123:45` of a record.
pub fn id(line: &[u8]) -> Option<&[u8]> {
    let start = line.iter().position(|byte| *byte == b'(')? + 1;
    let rest = line.get(start..)?;
    rest.get(..rest.iter().position(|byte| *byte == b')')?)
}
