//! Does a rule hold for an event?

use std::collections::BTreeSet;

use super::condition::Condition;
use super::item::Item;
use super::rule::{Rule, Search};
use super::source::Route;
use super::value::{Place, Test, Text};
use super::view::{Fields, MESSAGE, View};

/// Is there a record for which, with what the others add to it, the rule holds?
pub(super) fn holds(rule: &Rule, view: &View) -> bool {
    (0..view.records()).any(|record| condition(&rule.condition, rule, view, record))
}

fn condition(what: &Condition, rule: &Rule, view: &View, record: u16) -> bool {
    match what {
        Condition::Search(place) => search(&rule.searches[*place], view, record),
        Condition::Not(inner) => !condition(inner, rule, view, record),
        Condition::All(parts) => parts.iter().all(|part| condition(part, rule, view, record)),
        Condition::Any(parts) => parts.iter().any(|part| condition(part, rule, view, record)),
    }
}

fn search(what: &Search, view: &View, record: u16) -> bool {
    match what {
        Search::One(one) => item(one, view, record),
        Search::All(parts) => parts.iter().all(|part| search(part, view, record)),
        Search::Any(parts) => parts.iter().any(|part| search(part, view, record)),
    }
}

fn item(item: &Item, view: &View, record: u16) -> bool {
    let values = view.values(item.field, record);
    let one = |one: &Test| test(one, values.clone(), view, record);
    let group = |group: &Vec<Test>| group.iter().any(one);
    let holds =
        if item.is_all { item.groups.iter().all(group) } else { item.groups.iter().any(group) };
    if item.is_negated {
        return !holds && values.clone().next().is_some();
    }
    holds
}

fn test<'a>(
    test: &Test,
    mut values: impl Iterator<Item = Text<'a>>,
    view: &View,
    record: u16,
) -> bool {
    match test {
        Test::Exists(wanted) => values.next().is_some() == *wanted,
        Test::Null => values.all(Text::is_null),
        Test::Field(other, place) => values.any(|value| {
            let mut others = view.values(*other, record);
            others.any(|other| same(*place, value, other))
        }),
        test => values.any(|value| test.holds(value)),
    }
}

fn same(place: Place, value: Text<'_>, other: Text<'_>) -> bool {
    place.holds(value.lower, other.lower)
}

/// The fields without which the rule can never hold, that events do not have in this view. Empty if
/// it may hold.
pub(super) fn missing(rule: &Rule, route: Route, fields: &Fields) -> Vec<String> {
    let Some(known) = route.fields() else { return Vec::new() };
    let mut missing = BTreeSet::new();
    let mut may = May { rule, fields, known, missing: &mut missing };
    if may.condition(&rule.condition, true) { Vec::new() } else { missing.into_iter().collect() }
}

/// What may hold, of events without some fields.
struct May<'a> {
    rule: &'a Rule,
    fields: &'a Fields,
    known: &'static [&'static str],
    missing: &'a mut BTreeSet<String>,
}

impl May<'_> {
    /// May it be as wanted?
    fn condition(&mut self, what: &Condition, wanted: bool) -> bool {
        match what {
            Condition::Search(place) => self.search(&self.rule.searches[*place], wanted),
            Condition::Not(inner) => self.condition(inner, !wanted),
            Condition::All(parts) => {
                let may: Vec<bool> =
                    parts.iter().map(|part| self.condition(part, wanted)).collect();
                if wanted { !may.contains(&false) } else { may.contains(&true) }
            }
            Condition::Any(parts) => {
                let may: Vec<bool> =
                    parts.iter().map(|part| self.condition(part, wanted)).collect();
                if wanted { may.contains(&true) } else { !may.contains(&false) }
            }
        }
    }

    fn search(&mut self, what: &Search, wanted: bool) -> bool {
        match what {
            Search::One(item) => self.item(item, wanted),
            Search::All(parts) => {
                let may: Vec<bool> = parts.iter().map(|part| self.search(part, wanted)).collect();
                if wanted { !may.contains(&false) } else { may.contains(&true) }
            }
            Search::Any(parts) => {
                let may: Vec<bool> = parts.iter().map(|part| self.search(part, wanted)).collect();
                if wanted { may.contains(&true) } else { !may.contains(&false) }
            }
        }
    }

    fn item(&mut self, item: &Item, wanted: bool) -> bool {
        let name = self.fields.name(item.field);
        if item.field == MESSAGE || self.known.contains(&name) {
            return true;
        }
        let asks_for_none = |test: &Test| matches!(test, Test::Exists(false) | Test::Null);
        let holds = !item.is_negated && item.groups.iter().flatten().any(asks_for_none);
        if holds != wanted && wanted {
            self.missing.insert(name.to_owned());
        }
        holds == wanted
    }
}
