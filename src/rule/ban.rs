//! fail2ban: more bans than this server is used to, and a fail2ban that sees nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Claim, Input, Memory, Over, Question, Verdict, after, text};
use crate::model::{Event, Severity, State};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Bans are counted by five minutes for the last hour, ...
const SLOT: i64 = 300;
/// ... and by hours for two weeks.
const HOURS: i64 = 14 * 24;
/// So many times the worst hour so far is a spike.
const FACTOR: u32 = 3;

/// How many were banned, by slot and by hour since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bans {
    slots: BTreeMap<i64, u32>,
    hours: BTreeMap<i64, u32>,
}

impl Bans {
    fn add(&mut self, at: Timestamp) {
        let second = at.as_second();
        let (slot, hour) = (second.div_euclid(SLOT), second.div_euclid(3600));
        *self.slots.entry(slot).or_default() += 1;
        *self.hours.entry(hour).or_default() += 1;
        self.slots.retain(|known, _| *known > slot - 3600 / SLOT);
        self.hours.retain(|known, _| *known > hour - HOURS);
    }

    /// Banned within the last hour.
    fn now(&self) -> u32 {
        self.slots.values().sum()
    }

    /// The worst hour before the last one: what this server is used to. The first spike ever must
    /// not hide in itself.
    fn usual(&self, at: Timestamp) -> u32 {
        let hour = at.as_second().div_euclid(3600);
        self.hours.range(..hour - 1).map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// The clock was set back: what was counted then stays where it is, as far as it is past.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        let moved = |map: &BTreeMap<i64, u32>, width: i64| {
            map.iter().map(|(at, count)| (at + by.as_secs().div_euclid(width), *count)).collect()
        };
        (self.slots, self.hours) = (moved(&self.slots, SLOT), moved(&self.hours, 3600));
    }
}

/// Many more bans within an hour than this server is used to.
pub(super) fn spike(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Input::Event(Event::Ban { address }) = input else {
        return if matches!(input, Input::Gone) { Verdict::Gone } else { Verdict::Nothing };
    };
    let mut bans =
        if let Memory::Bans(bans) = memory { std::mem::take(bans) } else { Bans::default() };
    bans.add(question.at);
    let (now, usual) = (bans.now(), bans.usual(question.at));
    *memory = Memory::Bans(bans);
    let least = question.config.fail2ban.spike.max(usual.saturating_mul(FACTOR));
    if now < least {
        return Verdict::Nothing;
    }
    let name = text::name(&question.key.subject);
    let used = match usual {
        0 => String::from("usually none"),
        usual => format!("usually at most {usual}"),
    };
    Verdict::Raised(Claim {
        severity: Severity::Warning,
        since: question.at,
        ripe: Some(question.at),
        over: Some(Over {
            at: after(question.at, HOUR),
            summary: format!("{name} bans no more than usual"),
        }),
        summary: format!(
            "an attack: {name} banned {now} addresses within an hour, {used}; last {}",
            text::clean(address, 64)
        ),
        next: String::from("nightkeep bans"),
    })
}

/// Failed logins that fail2ban does not see: the protection is off without a word.
pub(super) fn blind(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    match input {
        Input::State(State::Fail2ban { failures, address, found }) => {
            if *found == 0 && *failures >= question.config.fail2ban.blind_after {
                let since = memory.bad_since(question.at);
                return Verdict::Raised(Claim {
                    severity: Severity::Warning,
                    since,
                    ripe: Some(since),
                    over: None,
                    summary: format!(
                        "fail2ban sees nothing: sshd logged {failures} failed tries from {} within 15 minutes, fail2ban found none",
                        text::clean(address, 64)
                    ),
                    next: String::from("fail2ban-client status sshd; journalctl -u fail2ban -n 20"),
                });
            }
            // Quiet is no proof that it sees again.
            if *found == 0 && matches!(memory, Memory::Bad(_)) {
                return Verdict::Nothing;
            }
            *memory = Memory::Nothing;
            Verdict::clear("fail2ban finds failed logins")
        }
        Input::Gone => Verdict::Gone,
        _ => Verdict::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName, Subject};

    #[test]
    fn a_spike_is_what_this_server_is_not_used_to() {
        let config = Config::default();
        let key =
            AlertKey { rule: RuleName::BanSpike, subject: Subject::Jail(String::from("sshd")) };
        let mut memory = Memory::Nothing;
        let event = Event::Ban { address: String::from("203.0.113.5") };
        let mut ban = |second: i64| {
            let at = Timestamp::from_second(second).unwrap();
            let question = Question { config: &config, at, key: &key };
            matches!(spike(question, &mut memory, Input::Event(&event)), Verdict::Raised(_))
        };
        // A handful an hour for a week is normal.
        assert!((0..7 * 24 * 5).all(|n| !ban(n * 720)));
        let week = 7 * 24 * 3600;
        let first = (1..=40).find(|n| ban(week + n * 10)).unwrap();
        assert!((9..=15).contains(&first), "{first}");
        // What happens every day is normal, however much it is.
        let mut memory = Memory::Nothing;
        let mut ban = |second: i64| {
            let at = Timestamp::from_second(second).unwrap();
            let question = Question { config: &config, at, key: &key };
            matches!(spike(question, &mut memory, Input::Event(&event)), Verdict::Raised(_))
        };
        for n in 0..40 {
            ban(n * 10);
        }
        assert!(!(0..40).any(|n| ban(86_400 + n * 10)));
    }

    #[test]
    fn a_fail2ban_that_sees_nothing() {
        let config = Config::default();
        let key = AlertKey { rule: RuleName::Fail2banBlind, subject: Subject::Host };
        let mut memory = Memory::Nothing;
        let mut see = |failures, found| {
            let state = State::Fail2ban { failures, address: String::from("192.0.2.1"), found };
            let question = Question { config: &config, at: Timestamp::UNIX_EPOCH, key: &key };
            blind(question, &mut memory, Input::State(&state))
        };
        assert!(matches!(see(4, 0), Verdict::Clear { .. }));
        assert!(matches!(see(30, 6), Verdict::Clear { .. }));
        assert!(matches!(see(30, 0), Verdict::Raised(_)));
        assert_eq!(see(2, 0), Verdict::Nothing);
        assert_eq!(see(0, 0), Verdict::Nothing);
        assert!(matches!(see(6, 1), Verdict::Clear { .. }));
    }
}
