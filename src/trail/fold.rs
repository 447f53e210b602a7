//! The same over and over is one line with a count, and many files of one folder are some lines and
//! a count: what is different stays to be seen.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

/// A line to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    /// The machine it is of, where that is known.
    pub(crate) machine: Option<String>,
    pub(crate) text: String,
    /// How many more of the same it stands for.
    pub(crate) more: u64,
    /// It stands for more files of a folder, and for none by itself.
    pub(crate) is_rest: bool,
    /// When the last of them was.
    pub(crate) until: Timestamp,
}

/// Lines are held back so long, for what is the same to come.
const HELD: usize = 256;

/// So many files of a folder have lines of their own.
const FILES: u32 = 10;

/// Puts lines together. They come out in the order of their times.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    /// What is held back, each with the group it stands for.
    lines: VecDeque<(Line, String)>,
    /// How many lines went out.
    out: usize,
    groups: HashMap<String, Group>,
    /// How many events have no line of their own.
    pub(crate) folded: u64,
}

#[derive(Debug)]
struct Group {
    /// The line, counted from the first.
    line: usize,
    /// How many lines of a folder were shown.
    shown: u32,
}

impl Fold {
    /// Takes a line. `folder` is what lines of several files of one folder have in common, and how
    /// to say what the rest of them is. Returns a line that is to be shown, if there is one.
    pub(crate) fn take(&mut self, line: Line, folder: Option<(String, String)>) -> Option<Line> {
        let same = format!("{}\0{}", line.machine.as_deref().unwrap_or_default(), line.text);
        if self.count(&same, line.at) {
            return None;
        }
        let Some((folder, rest)) = folder else { return self.push(line, same) };
        let next = self.out + self.lines.len();
        let folder = format!("{}\0{folder}", line.machine.as_deref().unwrap_or_default());
        let group = self.groups.entry(folder.clone()).or_insert(Group { line: next, shown: 0 });
        group.shown += 1;
        if group.shown <= FILES {
            group.line = next;
            // The folder is forgotten when its last line goes out.
            return self.push_as(line, same, Some(&folder));
        }
        let rest_of = format!("{folder}\0rest");
        if self.count(&rest_of, line.at) {
            return None;
        }
        if let Some(group) = self.groups.get_mut(&folder) {
            group.line = next;
        }
        self.folded += 1;
        let line = Line { text: rest, more: 1, is_rest: true, ..line };
        self.push_as(line, rest_of, Some(&folder))
    }

    /// Counts one more on a line that is held back.
    fn count(&mut self, group: &str, at: Timestamp) -> bool {
        let Some(group) = self.groups.get(group) else { return false };
        let Some((line, _)) = self.lines.get_mut(group.line.wrapping_sub(self.out)) else {
            return false;
        };
        line.more += 1;
        line.until = line.until.max(at);
        self.folded += 1;
        true
    }

    fn push(&mut self, line: Line, same: String) -> Option<Line> {
        self.push_as(line, same, None)
    }

    fn push_as(&mut self, line: Line, same: String, folder: Option<&str>) -> Option<Line> {
        let number = self.out + self.lines.len();
        let names = folder.map_or_else(|| same.clone(), |folder| format!("{same}\x01{folder}"));
        self.groups.insert(same, Group { line: number, shown: 0 });
        self.lines.push_back((line, names));
        (self.lines.len() > HELD).then(|| self.pop())?
    }

    /// The next line when nothing more comes.
    pub(crate) fn pop(&mut self) -> Option<Line> {
        let (line, names) = self.lines.pop_front()?;
        for name in names.split('\x01') {
            if self.groups.get(name).is_some_and(|group| group.line == self.out) {
                self.groups.remove(name);
            }
        }
        self.out += 1;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(sec: i64, text: &str) -> Line {
        let at = Timestamp::from_second(sec).unwrap();
        Line { at, machine: None, text: text.to_owned(), more: 0, is_rest: false, until: at }
    }

    fn folded(
        lines: impl IntoIterator<Item = (Line, Option<(String, String)>)>,
    ) -> Vec<(String, u64)> {
        let mut fold = Fold::default();
        let mut out = Vec::new();
        for (line, folder) in lines {
            out.extend(fold.take(line, folder));
        }
        out.extend(std::iter::from_fn(|| fold.pop()));
        assert!(out.is_sorted_by_key(|line| line.at));
        out.into_iter().map(|line| (line.text, line.more)).collect()
    }

    #[test]
    fn a_flood_is_some_lines_and_what_is_between_is_seen() {
        let run = (0..1000).map(|n| (line(n, if n == 500 { "evil" } else { "true" }), None));
        assert_eq!(folded(run), [("true".to_owned(), 998), ("evil".to_owned(), 0)]);
        let file = |n: i64| {
            let folder = Some(("ann wrote in /home".to_owned(), "more in /home".to_owned()));
            (line(n, &format!("ann wrote /home/{n}")), folder)
        };
        let lines = (0..700).map(|n| if n == 300 { (line(n, "key"), None) } else { file(n) });
        let out = folded(lines);
        assert_eq!(out.len(), 12);
        assert_eq!((&*out[10].0, out[10].1, &*out[11].0), ("more in /home", 689, "key"));
    }

    proptest! {
        /// Every event is counted once.
        #[test]
        fn nothing_is_lost(picks in proptest::collection::vec((0..400_u32, 0..3_u32), 0..2000)) {
            let lines = picks.iter().enumerate().map(|(n, (text, folder))| {
                let rest = (*folder > 0).then(|| (folder.to_string(), format!("rest {folder}")));
                (line(n as i64, &format!("{text} {folder}")), rest)
            });
            let out = folded(lines);
            let rest = |(text, more): &(String, u64)| if text.starts_with("rest") { *more } else { more + 1 };
            prop_assert_eq!(out.iter().map(rest).sum::<u64>(), picks.len() as u64);
        }
    }
}
