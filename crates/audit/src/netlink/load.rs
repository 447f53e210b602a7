//! Bringing a set of rules into the kernel, without auditctl.

use super::{Change, Control, Error};
use crate::rules::diff::are_alike;
use crate::rules::{Command, Line, Lock, Rule};

/// What came of loading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Rules that were added.
    pub added: Vec<Rule>,
    /// How many were there already.
    pub already: usize,
    /// Rules that were deleted: because the set says so, or to make room for it.
    pub deleted: Vec<Rule>,
    /// Rules of others that stay.
    pub kept: Vec<Rule>,
    /// What did not work: the line and why.
    pub failed: Vec<(Line, String)>,
    /// The rules are locked until the next boot.
    pub locked: bool,
    /// Locking was asked for and not done, since something failed.
    pub not_locked: bool,
    /// Audit was off and is on now.
    pub switched_on: bool,
}

/// Loads a set. Rules of others stay, `-D` or not, unless they are to be replaced. What fails does
/// not stop the rest, and a set that is not complete is not locked.
///
/// # Errors
/// When nothing could be done: no permission, no audit, or rules that are locked already.
pub fn load(control: &mut Control, lines: &[Line], replace: bool) -> Result<Loaded, Error> {
    let status = control.status()?;
    let mut held: Vec<Rule> = control.rules()?.into_iter().flatten().collect();
    let commands = || {
        lines.iter().flat_map(|line| line.said.iter().flatten().map(move |command| (line, command)))
    };
    let written: Vec<&Rule> = commands()
        .filter_map(|(_, command)| match command {
            Command::Add(rule, _) => Some(rule),
            _ => None,
        })
        .collect();
    let mut loaded = Loaded::default();
    let is_written = |rule: &Rule| written.iter().any(|one| are_alike(one, rule));
    let (mine, others): (Vec<Rule>, Vec<Rule>) = held.drain(..).partition(|rule| is_written(rule));
    held = mine;
    if replace {
        for rule in others {
            control.delete(&rule)?;
            loaded.deleted.push(rule);
        }
    } else {
        loaded.kept = others;
    }
    let mut lock = None;
    let mut is_off = false;
    for line in lines {
        let commands = match &line.said {
            Ok(commands) => commands,
            Err(error) => {
                loaded.failed.push((line.clone(), error.what.clone()));
                continue;
            }
        };
        for command in commands {
            let done = match command {
                Command::Add(rule, _) => add(control, rule, &held, &mut loaded),
                Command::Delete(rule) => match control.delete(rule) {
                    Err(Error::NotFound) => Ok(()),
                    Ok(()) => {
                        loaded.kept.retain(|kept| !kept.is_same(rule));
                        loaded.deleted.push(rule.clone());
                        Ok(())
                    }
                    Err(error) => Err(error),
                },
                Command::Backlog(limit) => control.set(Change::BacklogLimit(*limit)),
                Command::BacklogWait(time) => control.set(Change::BacklogWaitTime(*time)),
                Command::Failure(how) => control.set(Change::Failure(*how)),
                Command::Rate(limit) => control.set(Change::RateLimit(*limit)),
                Command::ResetLost => control.set(Change::ResetLost),
                Command::ResetWaited => control.set(Change::ResetWaited),
                Command::LoginuidImmutable => control.make_loginuid_immutable(),
                Command::Trim => control.trim(),
                Command::Equivalent(mount, tree) => control.make_equivalent(mount, tree),
                Command::Enable(Lock::Off) => {
                    is_off = true;
                    control.set(Change::Enabled(0))
                }
                Command::Enable(Lock::On) => {
                    is_off = false;
                    loaded.switched_on = status.enabled == 0;
                    control.set(Change::Enabled(1))
                }
                Command::Enable(Lock::Locked) => {
                    lock = Some(line);
                    Ok(())
                }
                Command::DeleteAll(_) | Command::Continue | Command::Ignore | Command::Other => {
                    Ok(())
                }
            };
            match done {
                Err(Error::NotPermitted) => return Err(Error::NotPermitted),
                Err(error) => loaded.failed.push((line.clone(), error.to_string())),
                Ok(()) => {}
            }
        }
    }
    if status.enabled == 0 && !is_off && !loaded.switched_on {
        control.set(Change::Enabled(1))?;
        loaded.switched_on = true;
    }
    if let Some(line) = lock {
        if loaded.failed.is_empty() {
            match control.set(Change::Enabled(2)) {
                Ok(()) => loaded.locked = true,
                Err(error) => loaded.failed.push((line.clone(), error.to_string())),
            }
        } else {
            loaded.not_locked = true;
        }
    }
    Ok(loaded)
}

fn add(
    control: &mut Control,
    rule: &Rule,
    held: &[Rule],
    loaded: &mut Loaded,
) -> Result<(), Error> {
    if held.iter().any(|known| are_alike(known, rule)) {
        loaded.already += 1;
        return Ok(());
    }
    match control.add(rule) {
        Ok(()) => {
            loaded.added.push(rule.clone());
            Ok(())
        }
        Err(Error::Exists) => {
            loaded.already += 1;
            Ok(())
        }
        Err(error) => Err(error),
    }
}
