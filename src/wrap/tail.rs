//! The last bytes of what a job wrote.

use std::collections::VecDeque;

/// What is sent along with the end of a run; Healthchecks keeps as much.
pub(super) const LIMIT: usize = 10_000;

/// Keeps the last [`LIMIT`] bytes.
#[derive(Debug, Default)]
pub(super) struct Tail(VecDeque<u8>);

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(LIMIT)..];
        let over = (self.0.len() + bytes.len()).saturating_sub(LIMIT);
        self.0.drain(..over);
        self.0.extend(bytes);
    }

    /// What is kept, and from now on nothing.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_end_of_everything(parts in proptest::collection::vec(0..15_000_usize, 0..8)) {
            let (mut tail, mut all) = (Tail::default(), Vec::new());
            for (nth, length) in parts.into_iter().enumerate() {
                let part: Vec<u8> = (0..length).map(|at| (at * 7 + nth) as u8).collect();
                tail.push(&part);
                all.extend(part);
            }
            let end = all[all.len().saturating_sub(LIMIT)..].to_vec();
            prop_assert_eq!(tail.take(), end);
        }
    }
}
