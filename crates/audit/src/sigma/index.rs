//! Which rules may hold for an event: a rule that needs one of some texts is asked only if three bytes
//! of one of them are in it.

use std::collections::HashMap;

use super::condition::Condition;
use super::item::Item;
use super::rule::{Rule, Search};
use super::value::Test;
use super::view::Fields;

/// Fields whose values are in most events of their kind.
const COMMON: [&str; 7] =
    ["type", "nametype", "SYSCALL", "syscall", "arch", "success", "Initiated"];

/// Finds the rules of one view that may hold.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Which three bytes occur at all: a bit each, by [`slot`].
    known: Vec<u64>,
    /// The rules that want them.
    by_three: HashMap<[u8; 3], Vec<u32>>,
    /// Rules to be asked whatever is in the event.
    always: Vec<u32>,
    /// In which round a rule was found last.
    found: Vec<u32>,
    round: u32,
    /// Those found in this round.
    candidates: Vec<u32>,
}

impl Index {
    /// Of these rules (numbers in `rules`).
    pub(super) fn new(wanted: &[u32], rules: &[Rule], fields: &Fields) -> Self {
        let mut index = Self { known: vec![0; SLOTS / 64], ..Self::default() };
        index.found = vec![0; rules.len()];
        let needed: Vec<(u32, Option<Vec<String>>)> = wanted
            .iter()
            .map(|number| {
                let rule = &rules[*number as usize];
                (*number, of_condition(&rule.condition, rule, fields))
            })
            .collect();
        // What is in many rules is in many events.
        let mut common: HashMap<[u8; 3], u32> = HashMap::new();
        for text in needed.iter().filter_map(|(_, texts)| texts.as_ref()).flatten() {
            threes(text).for_each(|three| *common.entry(three).or_default() += 1);
        }
        for (number, texts) in needed {
            let chosen: Option<Vec<[u8; 3]>> = texts.and_then(|texts| {
                let rarest = |text: &String| threes(text).min_by_key(|three| common.get(three));
                texts.iter().map(rarest).collect()
            });
            match chosen {
                None => index.always.push(number),
                Some(chosen) => chosen.into_iter().for_each(|three| index.want(three, number)),
            }
        }
        index
    }

    fn want(&mut self, three: [u8; 3], number: u32) {
        let slot = slot(three);
        self.known[slot / 64] |= 1 << (slot % 64);
        let rules = self.by_three.entry(three).or_default();
        if rules.last() != Some(&number) {
            rules.push(number);
        }
    }

    /// The rules that may hold for an event with this text, by number.
    pub(super) fn candidates(&mut self, lower: &str) -> &[u32] {
        self.round = self.round.wrapping_add(1);
        self.candidates.clear();
        self.candidates.extend_from_slice(&self.always);
        for three in lower.as_bytes().windows(3) {
            let three = [three[0], three[1], three[2]];
            let slot = slot(three);
            if self.known[slot / 64] & 1 << (slot % 64) == 0 {
                continue;
            }
            for number in self.by_three.get(&three).into_iter().flatten() {
                let found = &mut self.found[*number as usize];
                if *found != self.round {
                    *found = self.round;
                    self.candidates.push(*number);
                }
            }
        }
        self.candidates.sort_unstable();
        &self.candidates
    }
}

const SLOTS: usize = 1 << 16;

fn slot([a, b, c]: [u8; 3]) -> usize {
    let bits = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
    (bits.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

fn threes(text: &str) -> impl Iterator<Item = [u8; 3]> {
    text.as_bytes().windows(3).map(|three| [three[0], three[1], three[2]])
}

/// Texts of which at least one is in every event the condition holds for; none if there are no such.
fn of_condition(condition: &Condition, rule: &Rule, fields: &Fields) -> Option<Vec<String>> {
    match condition {
        Condition::Search(place) => of_search(&rule.searches[*place], fields),
        Condition::Not(_) => None,
        Condition::All(parts) => best(parts.iter().map(|part| of_condition(part, rule, fields))),
        Condition::Any(parts) => every(parts.iter().map(|part| of_condition(part, rule, fields))),
    }
}

fn of_search(search: &Search, fields: &Fields) -> Option<Vec<String>> {
    match search {
        Search::One(item) => of_item(item, fields),
        Search::All(parts) => best(parts.iter().map(|part| of_search(part, fields))),
        Search::Any(parts) => every(parts.iter().map(|part| of_search(part, fields))),
    }
}

fn of_item(item: &Item, fields: &Fields) -> Option<Vec<String>> {
    if item.is_negated || COMMON.contains(&fields.name(item.field)) {
        return None;
    }
    let of_group = |group: &Vec<Test>| group.iter().map(of_test).collect::<Option<Vec<String>>>();
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
fn best(parts: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    parts.flatten().max_by_key(|texts| texts.iter().map(String::len).min())
}

/// All of those of which any may hold; none if one of them could hold without a text.
fn every(parts: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    Some(parts.collect::<Option<Vec<_>>>()?.concat())
}
