//! What comes through a pipe, until it falls silent.
//!
//! ausearch waits three seconds for the rest of an event. After that what is there counts as whole,
//! and events that come later are new ones; where none came at all, the search is over. A pipe that
//! nobody ever writes to is waited for.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

const SILENCE: Timespec = Timespec { tv_sec: 3, tv_nsec: 0 };
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Reads up to the next silence.
#[derive(Debug)]
pub(super) struct Stretch {
    pipe: File,
    /// Is what has come to be looked at before more does?
    is_live: bool,
    is_begun: bool,
    /// Was something read since this last said that nothing more is there?
    is_fresh: bool,
    is_silent: Rc<Cell<bool>>,
}

impl Stretch {
    pub(super) fn new(pipe: File, is_live: bool, is_silent: Rc<Cell<bool>>) -> Self {
        Self { pipe, is_live, is_begun: false, is_fresh: false, is_silent }
    }

    fn has_more(&self, within: &Timespec) -> io::Result<bool> {
        let mut pipes = [PollFd::new(&self.pipe, PollFlags::IN)];
        loop {
            match poll(&mut pipes, Some(within)) {
                Err(rustix::io::Errno::INTR) => {}
                ready => return Ok(ready? > 0),
            }
        }
    }
}

impl Read for Stretch {
    /// Nothing is read where the stretch, or for the moment what there is, is at its end: the reader
    /// of blocks takes the first of two such answers for the end of a block.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_silent.get() {
            return Ok(0);
        }
        if self.is_begun {
            if self.is_live && self.is_fresh && !self.has_more(&AT_ONCE)? {
                self.is_fresh = false;
                return Ok(0);
            }
            if !self.has_more(&SILENCE)? {
                self.is_silent.set(true);
                return Ok(0);
            }
        }
        let len = self.pipe.read(buffer)?;
        (self.is_begun, self.is_fresh) = (true, true);
        Ok(len)
    }
}
