//! What the kernel holds against what a file says.

use super::rule::{Rule, Syscalls};

/// What is different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Written, and not held.
    pub missing: Vec<Rule>,
    /// Held, and not written.
    pub extra: Vec<Rule>,
}

impl Difference {
    /// Are both the same?
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Compares, whatever the order.
pub fn difference(held: &[Rule], written: &[Rule]) -> Difference {
    let without = |rules: &[Rule], others: &[Rule]| {
        let is_missing = |rule: &&Rule| !others.iter().any(|other| are_alike(rule, other));
        rules.iter().filter(is_missing).cloned().collect()
    };
    Difference { missing: without(written, held), extra: without(held, written) }
}

/// Do they match the same events under the same keys?
///
/// auditctl 4 makes of `perm=wa` a list of system calls where older ones and [`super::parse()`] ask
/// of all; the kernel looks at the permission in any case.
pub fn are_alike(one: &Rule, other: &Rule) -> bool {
    let (mut one, mut other) = (one.sorted(), other.sorted());
    if one.perm().is_some() && (one.syscalls.is_all() || other.syscalls.is_all()) {
        one.syscalls = Syscalls::ALL;
        other.syscalls = Syscalls::ALL;
    }
    one == other
}
