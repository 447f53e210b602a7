//! A machine that restarted without having been shut down. Told once for each boot; over when it
//! ran for long enough since.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Claim, Input, Memory, Over, Question, Verdict, after, move_time, text};
use crate::model::{BootState, Severity, State};

/// It is over after the machine ran for this long.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

/// The boot heard of last, and the unexpected ones since it was last quiet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Boots {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    #[serde(default)]
    count: u32,
}

impl Boots {
    /// The clock was set back.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        if let Some(last) = &mut self.last {
            move_time(last, by);
        }
    }
}

/// Compares this boot with the one heard of before. The first one ever heard of tells nothing:
/// whoever installs a watch knows.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let boot = match input {
        Input::State(State::Boot(boot)) => boot,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let before = if let Memory::Boots(boots) = memory { Some(boots.clone()) } else { None };
    if before.as_ref().is_some_and(|before| before.id == boot.id) {
        return Verdict::Nothing;
    }
    let unexpected = before.is_some() && boot.clean != Some(true);
    let recent = before.filter(|before| {
        before.last.is_some_and(|last| boot.at < after(last, QUIET)) && boot.clean == Some(false)
    });
    let count =
        if unexpected { recent.map_or(0, |before| before.count).saturating_add(1) } else { 0 };
    *memory = Memory::Boots(Boots {
        id: boot.id.clone(),
        last: unexpected.then_some(question.at),
        count,
    });
    if !unexpected {
        return Verdict::Nothing;
    }
    Verdict::Raised(Claim {
        severity: if boot.clean.is_none() { Severity::Info } else { Severity::Warning },
        since: boot.at.min(question.at),
        ripe: Some(question.at),
        over: Some(Over {
            at: after(question.at, QUIET),
            summary: format!("it has been up for {} since", text::span(QUIET)),
        }),
        summary: summary(question, boot, count),
        next: String::from("journalctl -b -1 -e"),
    })
}

fn summary(question: Question<'_>, boot: &BootState, count: u32) -> String {
    let at = boot.at.to_zoned(question.config.timezone.clone());
    let at = at.strftime("%H:%M").to_string();
    if boot.clean.is_none() {
        return format!("this host restarted at {at}; no log says whether it was shut down first");
    }
    let gone = boot
        .last_sign
        .filter(|last| *last < boot.at)
        .map(|last| format!(", it was gone for {}", text::span(boot.at.duration_since(last))));
    let again = if count > 1 { format!(" ({count} times in a row)") } else { String::new() };
    format!("this host restarted unexpectedly at {at}{}{again}", gone.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName, Subject};

    #[test]
    fn each_boot_that_came_unexpected_is_told_once() {
        let config = Config::default();
        let key = AlertKey { rule: RuleName::UnexpectedReboot, subject: Subject::Host };
        let time = |second| Timestamp::from_second(second).unwrap();
        let mut memory = Memory::Nothing;
        let mut boot = |id: &str, second: i64, clean| {
            let state = State::Boot(BootState {
                id: id.to_owned(),
                at: time(second),
                last_sign: Some(time(second - 240)),
                clean,
            });
            let question = Question { config: &config, at: time(second + 20), key: &key };
            match heed(question, &mut memory, Input::State(&state)) {
                Verdict::Raised(claim) => {
                    let over = claim.over.unwrap().at.as_second() - second;
                    format!("{} {} until +{over}", claim.severity, claim.summary)
                }
                _ => String::from("-"),
            }
        };
        assert_eq!(boot("a", 0, Some(false)), "-");
        assert_eq!(boot("b", 1000, Some(true)), "-");
        let said = "this host restarted unexpectedly at 00:33, it was gone for 4 minutes";
        assert_eq!(boot("c", 2000, Some(false)), format!("warning {said} until +3620"));
        assert_eq!(boot("c", 2000, Some(false)), "-");
        let said = "this host restarted unexpectedly at 00:50, it was gone for 4 minutes";
        assert_eq!(
            boot("d", 3000, Some(false)),
            format!("warning {said} (2 times in a row) until +3620")
        );
        assert_eq!(
            boot("e", 9000, None),
            "info this host restarted at 02:30; no log says whether it was shut down first \
             until +3620"
        );
    }
}
