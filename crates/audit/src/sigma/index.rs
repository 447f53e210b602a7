//! Which rules may hold for an event: a rule that needs one of some texts is asked only if one of them
//! is in it. They are looked for all at once, by three bytes of each.

use std::collections::HashSet;

use super::condition::Condition;
use super::item::Item;
use super::rule::{Rule, Search};
use super::value::Test;
use super::view::Fields;

/// Fields whose values are in most events of their kind.
const COMMON: [&str; 5] = ["type", "nametype", "arch", "success", "Initiated"];
/// What is in most events, whatever they tell.
const USUAL: &str = "\0type=syscall arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffe0 \
    a2=241 a3=1b6 items=2 ppid=1 pid=700 auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 \
    sgid=0 fsgid=0 tty=(none) ses=4294967295 comm=systemd exe=/usr/bin/sh key=(null)\0type=cwd \
    cwd=/\0type=path item=0 name=/etc/ inode=1 dev=fe:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 \
    nametype=parent cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0 nametype=create\0\
    type=proctitle proctitle=/usr/lib/ /var/ -c /bin/ /sbin/ --\0/etc/\0/usr/bin/\0";

/// Finds the rules of one view that may hold.
#[derive(Debug)]
pub(super) struct Index {
    /// By [`slot`] of three bytes: which of `lists`, from 1.
    slots: Vec<u16>,
    lists: Vec<Vec<Text>>,
    /// Rules to be asked whatever is in the event.
    always: Vec<u32>,
    /// In which round a rule was found last.
    found: Vec<u32>,
    round: u32,
    /// Those found in this round.
    candidates: Vec<u32>,
}

/// A text that a rule needs, and where in it the three bytes are by which it is found.
#[derive(Debug)]
struct Text {
    rule: u32,
    bytes: Box<[u8]>,
    at: usize,
}

impl Index {
    /// Of these rules (numbers in `rules`).
    pub(super) fn new(wanted: &[u32], rules: &[Rule], fields: &Fields) -> Self {
        let mut index = Self {
            slots: vec![0; 1 << 16],
            lists: Vec::new(),
            always: Vec::new(),
            found: vec![0; rules.len()],
            round: 0,
            candidates: Vec::new(),
        };
        let usual: HashSet<&[u8]> = USUAL.as_bytes().windows(3).collect();
        // Numbers are everywhere; where a value ends is not.
        let weight = |three: &[u8]| {
            let is_number = three.iter().all(u8::is_ascii_hexdigit);
            (usual.contains(three), is_number, !three.contains(&0))
        };
        for number in wanted {
            let rule = &rules[*number as usize];
            let Some(needed) = of_condition(&rule.condition, rule, fields) else {
                index.always.push(*number);
                continue;
            };
            for text in needed.texts {
                let bytes = text.as_bytes();
                let at = (0..bytes.len() - 2).min_by_key(|at| weight(&bytes[*at..*at + 3]));
                index.want(Text { rule: *number, bytes: bytes.into(), at: at.unwrap_or(0) });
            }
        }
        index
    }

    fn want(&mut self, text: Text) {
        let slot = slot(&text.bytes[text.at..]);
        if self.slots[slot] == 0 {
            // There are more of them than numbers.
            if self.lists.len() == usize::from(u16::MAX) {
                self.always.push(text.rule);
                return;
            }
            self.lists.push(Vec::new());
            self.slots[slot] = self.lists.len() as u16;
        }
        self.lists[usize::from(self.slots[slot]) - 1].push(text);
    }

    /// The rules that may hold for an event with this text, by number.
    pub(super) fn candidates(&mut self, lower: &str) -> &[u32] {
        self.round = self.round.wrapping_add(1);
        self.candidates.clear();
        self.candidates.extend_from_slice(&self.always);
        let lower = lower.as_bytes();
        for (at, three) in lower.windows(3).enumerate() {
            let list = self.slots[slot(three)];
            if list == 0 {
                continue;
            }
            for text in &self.lists[usize::from(list) - 1] {
                let found = &mut self.found[text.rule as usize];
                if *found != self.round
                    && at
                        .checked_sub(text.at)
                        .is_some_and(|at| lower[at..].starts_with(&text.bytes))
                {
                    *found = self.round;
                    self.candidates.push(text.rule);
                }
            }
        }
        self.candidates.sort_unstable();
        self.candidates.dedup();
        &self.candidates
    }
}

/// The place of the first three bytes.
fn slot(bytes: &[u8]) -> usize {
    let bits = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
    (bits.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// Texts of which at least one is in every event that something holds for.
struct Needed {
    texts: Vec<String>,
    /// They are in most events of their kind.
    is_common: bool,
}

/// What a condition needs; none if there is no such text.
fn of_condition(condition: &Condition, rule: &Rule, fields: &Fields) -> Option<Needed> {
    match condition {
        Condition::Search(place) => of_search(&rule.searches[*place], fields),
        Condition::Not(_) => None,
        Condition::All(parts) => best(parts.iter().map(|part| of_condition(part, rule, fields))),
        Condition::Any(parts) => every(parts.iter().map(|part| of_condition(part, rule, fields))),
    }
}

fn of_search(search: &Search, fields: &Fields) -> Option<Needed> {
    match search {
        Search::One(item) => of_item(item, fields),
        Search::All(parts) => best(parts.iter().map(|part| of_search(part, fields))),
        Search::Any(parts) => every(parts.iter().map(|part| of_search(part, fields))),
    }
}

fn of_item(item: &Item, fields: &Fields) -> Option<Needed> {
    if item.is_negated {
        return None;
    }
    let is_common = COMMON.contains(&fields.name(item.field));
    let of_group = |group: &Vec<Test>| {
        let texts = group.iter().map(of_test).collect::<Option<_>>()?;
        Some(Needed { texts, is_common })
    };
    let groups = item.groups.iter().map(of_group);
    if item.is_all { best(groups) } else { every(groups) }
}

fn of_test(test: &Test) -> Option<String> {
    let literal = match test {
        Test::Text(glob) => glob.literal_in('\0'),
        Test::Cased(glob) => glob.clone().lowered().literal_in('\0'),
        _ => None,
    };
    literal.filter(|text| text.len() >= 3)
}

/// The best of those that must all hold: where the shortest text is longest.
fn best(parts: impl Iterator<Item = Option<Needed>>) -> Option<Needed> {
    let shortest = |needed: &Needed| needed.texts.iter().map(String::len).min();
    parts.flatten().max_by_key(|needed| (!needed.is_common, shortest(needed)))
}

/// All of those of which any may hold; none if one of them could hold without a text.
fn every(parts: impl Iterator<Item = Option<Needed>>) -> Option<Needed> {
    let parts: Vec<Needed> = parts.collect::<Option<_>>()?;
    let is_common = parts.iter().any(|part| part.is_common);
    Some(Needed { texts: parts.into_iter().flat_map(|part| part.texts).collect(), is_common })
}
