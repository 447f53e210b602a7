//! What is known of units, and what of it is news.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::bus::{Bus, Row};
use super::details::{KINDS, details};
use super::signals::Scope;
use crate::clock;
use crate::config::UnitsConfig;
use crate::model::{Observation, State, Subject, TimerState, UnitState};

/// Changes of one unit told between two looks at all. A unit in a restart loop changes several
/// times a second for days; the next look at all tells where it got to.
const MOST_CHANGES: u32 = 10;

/// Times since boot converted to the wall clock differ by this much without being news.
const JITTER: SignedDuration = SignedDuration::from_secs(2);

/// What was listed and said of every unit.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// `ActiveState` and `SubState`, ignored units included: timers start those, too.
    listed: BTreeMap<String, (String, String)>,
    said: BTreeMap<String, State>,
    /// Other names of units that must be active: `sshd.service` for `ssh.service`.
    aliases: BTreeMap<String, String>,
    /// How often a unit was spoken of since the last look at all.
    times: BTreeMap<String, u32>,
    /// Not yet fetched; at most one for each unit. Here, so that a connection that breaks between
    /// a look and its report loses nothing.
    news: BTreeMap<String, Observation>,
}

impl Known {
    /// What is new since this was last called.
    pub(super) fn news(&mut self) -> Vec<Observation> {
        mem::take(&mut self.news).into_values().collect()
    }

    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Looks at units; what is new is in `news`. Changes nothing when it fails.
    pub(super) async fn look(
        &mut self,
        bus: &Bus,
        config: &UnitsConfig,
        scope: &Scope,
    ) -> zbus::Result<()> {
        let patterns = match scope {
            Scope::Units(units) => units.iter().cloned().collect(),
            _ => KINDS.iter().map(|(kind, _)| format!("*.{kind}")).collect::<Vec<_>>(),
        };
        let rows = bus.list(&patterns).await?;
        let mut asked = Vec::new();
        for row in &rows {
            if self.is_worth_asking(row, config, scope) {
                let whole =
                    self.said.contains_key(&row.name) || config.must_be_active.contains(&row.name);
                asked.push((row.name.clone(), details(bus, row, whole).await?));
            }
        }
        if !matches!(scope, Scope::Units(_)) {
            self.aliases = aliases(bus, config, &rows).await?;
        }
        self.take(rows, asked, config, scope);
        Ok(())
    }

    fn is_worth_asking(&self, row: &Row, config: &UnitsConfig, scope: &Scope) -> bool {
        if !config.must_be_active.contains(&row.name)
            && (config.ignores(&row.name) || row.load == "not-found")
        {
            return false;
        }
        let unchanged = |(active, sub): &(String, String)| *active == row.active && *sub == row.sub;
        if !self.listed.get(&row.name).is_some_and(unchanged) {
            return true;
        }
        let afresh = matches!(scope, Scope::Afresh | Scope::Resubscribe);
        match self.said.get(&row.name) {
            None => true,
            Some(State::Unit(said)) => {
                // In doubt: restarts may have happened between two looks, or been left untold.
                said.active == "failed"
                    || said.restarts > 0
                    || said.active != row.active
                    || said.sub != row.sub
                    || (afresh && said.active != "inactive")
            }
            // Where a timer seems late, what we know is more likely late.
            Some(State::Timer(said)) => afresh || said.next.is_some_and(|next| next < clock::now()),
            Some(_) => false,
        }
    }

    fn take(
        &mut self,
        rows: Vec<Row>,
        asked: Vec<(String, State)>,
        config: &UnitsConfig,
        scope: &Scope,
    ) {
        if !matches!(scope, Scope::Units(_)) {
            self.times.clear();
        }
        for unit in self.missing(scope, &rows) {
            self.listed.remove(&unit);
            if self.said.remove(&unit).is_some() && !config.must_be_active.contains(&unit) {
                let subject = Subject::Unit(unit.clone());
                self.news.insert(unit, Observation::Gone { subject });
            }
        }
        for row in rows {
            self.listed.insert(row.name, (row.active, row.sub));
        }
        for (unit, state) in asked {
            let required = config.must_be_active.contains(&unit);
            if required || self.is_news(&unit, &state, scope) {
                self.say(unit, state);
            }
        }
        self.follow_required(config);
        self.follow_triggered();
    }

    /// Units looked for that are loaded no more.
    fn missing(&self, scope: &Scope, rows: &[Row]) -> Vec<String> {
        let there: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let looked_for = |unit: &&String| match scope {
            Scope::Units(units) => units.contains(*unit),
            _ => true,
        };
        let gone = |unit: &&String| !there.contains(unit.as_str());
        self.listed.keys().filter(looked_for).filter(gone).cloned().collect()
    }

    /// Units that must be active are spoken of under the name they were asked for by, loaded or
    /// not.
    fn follow_required(&mut self, config: &UnitsConfig) {
        for name in &config.must_be_active {
            if self.listed.contains_key(name) {
                continue;
            }
            let unit = self.aliases.get(name).and_then(|unit| self.said.get(unit));
            let state = unit.cloned().unwrap_or_else(|| {
                State::Unit(UnitState {
                    active: String::from("inactive"),
                    sub: String::from("not-found"),
                    ..UnitState::default()
                })
            });
            self.say(name.clone(), state);
        }
    }

    /// Whether a timer's unit runs is known only now that all units were looked at.
    fn follow_triggered(&mut self) {
        let mut turned = Vec::new();
        for (name, state) in &self.said {
            let State::Timer(timer) = state else { continue };
            let running = self.is_running(&timer.triggers);
            if running != timer.running {
                turned.push((name.clone(), State::Timer(TimerState { running, ..timer.clone() })));
            }
        }
        for (name, state) in turned {
            self.say(name, state);
        }
    }

    /// Only what lasts is news: starting, stopping and reloading pass by untold, so do the runs of
    /// a timer's unit, and so do units that came after the last look at all and may be gone
    /// before the next one.
    fn is_news(&self, unit: &str, state: &State, scope: &Scope) -> bool {
        let is_up = |unit: &UnitState| matches!(unit.active.as_str(), "active" | "reloading");
        let in_trouble = |unit: &UnitState| unit.active == "failed" || unit.sub == "auto-restart";
        match (state, self.said.get(unit)) {
            (State::Unit(now), Some(State::Unit(before))) => {
                in_trouble(now)
                    || in_trouble(before)
                    || now.restarts != before.restarts
                    || (is_up(now) != is_up(before) && !self.is_triggered(unit))
            }
            (State::Unit(now), None) if in_trouble(now) => true,
            (_, None) => !matches!(scope, Scope::Units(_)),
            _ => true,
        }
    }

    fn is_triggered(&self, unit: &str) -> bool {
        let triggers =
            |state: &State| matches!(state, State::Timer(timer) if timer.triggers == unit);
        self.said.values().any(triggers)
    }

    fn is_running(&self, unit: &str) -> bool {
        self.listed
            .get(unit)
            .is_some_and(|(active, _)| !matches!(active.as_str(), "inactive" | "failed"))
    }

    fn say(&mut self, name: String, mut state: State) {
        let before = self.said.get(&name);
        if let State::Timer(timer) = &mut state {
            timer.running = self.is_running(&timer.triggers);
            if let Some(State::Timer(before)) = before {
                settle(&mut timer.next, before.next);
                settle(&mut timer.last, before.last);
            }
        }
        if before == Some(&state) {
            return;
        }
        let times = self.times.entry(name.clone()).or_default();
        *times += 1;
        if *times > MOST_CHANGES {
            return;
        }
        let subject = Subject::Unit(name.clone());
        self.news.insert(name.clone(), Observation::State { subject, state: state.clone() });
        self.said.insert(name, state);
    }
}

/// The units that required names not listed stand for.
async fn aliases(
    bus: &Bus,
    config: &UnitsConfig,
    rows: &[Row],
) -> zbus::Result<BTreeMap<String, String>> {
    let mut aliases = BTreeMap::new();
    for name in &config.must_be_active {
        if !rows.iter().any(|row| row.name == *name)
            && let Some(unit) = bus.resolve(name).await?
        {
            aliases.insert(name.clone(), unit);
        }
    }
    Ok(aliases)
}

/// Keeps the earlier word where the later one differs by no more than the conversion does.
fn settle(time: &mut Option<Timestamp>, before: Option<Timestamp>) {
    if let (Some(now), Some(before)) = (*time, before)
        && now.duration_since(before).abs() <= JITTER
    {
        *time = Some(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, active: &str, sub: &str) -> Row {
        Row {
            name: name.to_owned(),
            description: String::new(),
            load: String::from("loaded"),
            active: active.to_owned(),
            sub: sub.to_owned(),
            path: zbus::OwnedObjectPath::default(),
        }
    }

    fn unit(active: &str, sub: &str, restarts: u32) -> State {
        State::Unit(UnitState {
            active: active.to_owned(),
            sub: sub.to_owned(),
            restarts,
            ..UnitState::default()
        })
    }

    /// A look at all units, or at just this one, that finds one unit so.
    fn see(known: &mut Known, config: &UnitsConfig, name: &str, state: &State, all: bool) {
        let scope = if all { Scope::All } else { Scope::Units([name.to_owned()].into()) };
        let State::Unit(unit) = state else { panic!("{state:?}") };
        let rows = vec![row(name, &unit.active, &unit.sub)];
        known.take(rows, vec![(name.to_owned(), state.clone())], config, &scope);
    }

    fn config() -> UnitsConfig {
        crate::config::Config::default().units
    }

    #[test]
    fn a_loop_that_never_fails_is_told_by_its_restarts_and_not_without_end() {
        let (mut known, config) = (Known::default(), config());
        see(&mut known, &config, "a.service", &unit("active", "running", 0), true);
        known.news();
        let mut told = Vec::new();
        for restarts in 1..=100 {
            for state in
                [unit("activating", "auto-restart", restarts), unit("active", "running", restarts)]
            {
                see(&mut known, &config, "a.service", &state, false);
                told.append(&mut known.news());
            }
        }
        assert!((3..=MOST_CHANGES as usize).contains(&told.len()), "{}", told.len());
        // The next look at all tells where it got to, even though the listing did not change.
        let now = row("a.service", "active", "running");
        assert!(known.is_worth_asking(&now, &config, &Scope::All));
        let state = unit("active", "running", 100);
        see(&mut known, &config, "a.service", &state, true);
        let subject = Subject::Unit(String::from("a.service"));
        assert_eq!(known.news(), [Observation::State { subject, state }]);
    }

    #[test]
    fn what_passes_is_not_told_but_trouble_is_at_once() {
        let (mut known, config) = (Known::default(), config());
        see(&mut known, &config, "run-1.service", &unit("active", "running", 0), false);
        known.take(vec![], vec![], &config, &Scope::All);
        assert_eq!(known.news(), []);
        see(&mut known, &config, "run-2.service", &unit("failed", "failed", 0), false);
        assert_eq!(known.news().len(), 1);
        see(&mut known, &config, "run-2.service", &unit("inactive", "dead", 0), false);
        assert_eq!(known.news().len(), 1);
        known.take(vec![], vec![], &config, &Scope::All);
        let subject = Subject::Unit(String::from("run-2.service"));
        assert_eq!(known.news(), [Observation::Gone { subject }]);
    }

    #[test]
    fn a_required_unit_is_spoken_of_by_the_name_it_was_required_by() {
        let mut config = config();
        config.must_be_active = vec![String::from("sshd.service"), String::from("no.service")];
        let mut known = Known::default();
        known.aliases.insert(String::from("sshd.service"), String::from("ssh.service"));
        see(&mut known, &config, "ssh.service", &unit("active", "running", 0), true);
        let said: Vec<(String, String)> = known
            .news()
            .into_iter()
            .map(|news| match news {
                Observation::State { subject, state: State::Unit(unit) } => {
                    (subject.to_string(), unit.sub)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            ("unit:no.service", "not-found"),
            ("unit:ssh.service", "running"),
            ("unit:sshd.service", "running"),
        ];
        assert_eq!(said, expected.map(|(unit, sub)| (unit.to_owned(), sub.to_owned())));
    }

    #[test]
    fn a_timer_knows_whether_its_unit_runs() {
        let (mut known, config) = (Known::default(), config());
        let timer = State::Timer(TimerState {
            active: String::from("active"),
            triggers: String::from("a.service"),
            ..TimerState::default()
        });
        let rows =
            vec![row("a.timer", "active", "running"), row("a.service", "activating", "start")];
        known.take(rows, vec![(String::from("a.timer"), timer)], &config, &Scope::All);
        let runs = |known: &mut Known| match known.news().pop() {
            Some(Observation::State { state: State::Timer(timer), .. }) => timer.running,
            other => panic!("{other:?}"),
        };
        assert!(runs(&mut known));
        see(&mut known, &config, "a.service", &unit("inactive", "dead", 0), false);
        assert!(!runs(&mut known));
    }
}
