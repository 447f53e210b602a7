//! Whose fault it is when something far away does not answer: what others say, put into words. Pure.

use std::time::Instant;

use jiff::Timestamp;
use nightkeep_probe::Side;

use super::life::Found;
use super::look::Look;
use crate::config::{Config, MonitorConfig};
use crate::model::{Observation, State, Subject};

/// What is known of the way out of this machine.
#[derive(Debug, Default)]
pub struct Uplink {
    /// Others did not answer when they were asked last.
    shut: bool,
    /// The DNS servers of this machine did not answer.
    nameless: bool,
    /// Something far away was seen to answer, or not.
    known: bool,
    /// When something far away answered last.
    answered: Option<Timestamp>,
    told: Option<bool>,
    again: Option<Instant>,
}

impl Uplink {
    /// Learns from a look at a monitor that ended `now`, and says in it whose fault a failure is.
    pub fn hear(&mut self, monitor: &MonitorConfig, look: &mut Look, now: Timestamp) {
        if !monitor.is_remote_at(look.address) {
            return;
        }
        if look.fault.is_none() && look.found != Found::Blind {
            (self.known, self.shut, self.answered) = (true, false, Some(now));
            self.nameless &= look.phases.dns.is_none();
            return;
        }
        if look.found != Found::Bad {
            return;
        }
        if look.no_names {
            (self.known, self.nameless) = (true, true);
            look.blinded("this server's own DNS servers do not answer");
            return;
        }
        // Where a firewall lets out only to some, others tell.
        let others_answer = self.answered.is_some_and(|answered| answered > look.at);
        match (look.way_out.map(|answers| answers || others_answer), look.fault) {
            (None, _) => {}
            (Some(false), _) => {
                (self.known, self.shut) = (true, true);
                look.blinded("this server has no way out, nobody answers it");
            }
            (Some(true), Some(Side::Ours)) => {
                (self.known, self.shut) = (true, false);
                look.add("others answer: the trouble is on this server");
            }
            (Some(true), _) => {
                (self.known, self.shut) = (true, false);
                look.add("others answer: it is theirs");
            }
        }
    }

    /// When others are to be asked again: only while they do not answer.
    pub fn again(&self) -> Option<Instant> {
        self.again
    }

    /// They are being asked.
    pub fn asking(&mut self, again: Instant) {
        self.again = Some(again);
    }

    /// What they said.
    pub fn heard(&mut self, answers: Option<bool>) {
        self.shut = answers == Some(false);
        if !self.shut {
            self.again = None;
        }
    }

    /// What is to be said, if it is news.
    pub fn news(&mut self, config: &Config, again: Instant) -> Option<Observation> {
        if self.shut && self.again.is_none() {
            self.again = Some(again);
        }
        let answers = !self.shut && !self.nameless;
        if !self.known || self.told == Some(answers) {
            return None;
        }
        self.told = Some(answers);
        let places: Vec<String> =
            config.way_out.ask.iter().map(|place| place.ip().to_string()).collect();
        let asked = match (self.shut, self.nameless) {
            (false, true) => String::from("its own DNS servers, for names"),
            _ => places.join(", "),
        };
        let state = State::WayOut { answers, asked };
        Some(Observation::State { subject: Subject::Host, state })
    }
}
