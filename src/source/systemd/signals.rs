//! Which units signals make us look at.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use zbus::export::futures_core::Stream;
use zbus::message::Type;
use zbus::{Message, MessageStream, ObjectPath};

use super::details::is_watched_kind;

/// More units than this at once are asked for by one listing of all.
const MOST: usize = 64;

/// What to look at.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// These units.
    Units(BTreeSet<String>),
    /// The list of all; details of those that differ.
    #[default]
    All,
    /// All, with all details.
    Afresh,
    /// The same, after systemd came back to the bus.
    Resubscribe,
}

/// Signals heard and not yet acted upon; bounded.
#[derive(Debug, Default)]
pub(super) struct Heard {
    wanted: Mutex<Option<Scope>>,
    wake: Notify,
}

impl Heard {
    /// Takes signals until the connection breaks, and returns how it did.
    pub(super) async fn listen(&self, mut stream: MessageStream) -> zbus::Error {
        loop {
            match std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
                Some(Ok(message)) => {
                    if let Some(scope) = meaning(&message) {
                        self.want(scope);
                    }
                }
                Some(Err(error)) => return error,
                None => return std::io::Error::from(std::io::ErrorKind::BrokenPipe).into(),
            }
        }
    }

    /// Waits for a signal and for the burst it came in, then says what to look at. Dropped before
    /// it is done, it forgets nothing.
    pub(super) async fn settled(&self, settle: Duration) -> Scope {
        while self.wanted().is_none() {
            self.wake.notified().await;
        }
        tokio::time::sleep(settle).await;
        self.wanted().take().unwrap_or_default()
    }

    fn want(&self, scope: Scope) {
        let mut wanted = self.wanted();
        *wanted = Some(match wanted.take() {
            None => scope,
            Some(before) => join(before, scope),
        });
        self.wake.notify_one();
    }

    fn wanted(&self) -> MutexGuard<'_, Option<Scope>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both of them.
fn join(a: Scope, b: Scope) -> Scope {
    match (a, b) {
        (Scope::Units(mut units), Scope::Units(mut more)) => {
            units.append(&mut more);
            if units.len() > MOST { Scope::All } else { Scope::Units(units) }
        }
        (Scope::Resubscribe, _) | (_, Scope::Resubscribe) => Scope::Resubscribe,
        (Scope::Afresh, _) | (_, Scope::Afresh) => Scope::Afresh,
        _ => Scope::All,
    }
}

/// What a message asks us to look at; its contents are not believed beyond that.
fn meaning(message: &Message) -> Option<Scope> {
    if message.message_type() != Type::Signal {
        return None;
    }
    let header = message.header();
    let body = message.body();
    let unit = match header.member()?.as_str() {
        "PropertiesChanged" => unit_of_path(header.path()?.as_str())?,
        "UnitNew" | "UnitRemoved" => {
            body.deserialize::<(&str, ObjectPath<'_>)>().ok()?.0.to_owned()
        }
        // Comes with `true` when systemd begins to read its files and `false` when it has.
        "Reloading" => return (!body.deserialize::<bool>().ok()?).then_some(Scope::Afresh),
        "NameOwnerChanged" => {
            let (name, _, owner): (&str, &str, &str) = body.deserialize().ok()?;
            let back = name == "org.freedesktop.systemd1" && !owner.is_empty();
            return back.then_some(Scope::Resubscribe);
        }
        _ => return None,
    };
    is_watched_kind(&unit).then(|| Scope::Units(BTreeSet::from([unit])))
}

/// The unit a D-Bus object path stands for: `_2e` is a dot (`sd_bus_path_encode(3)`).
fn unit_of_path(path: &str) -> Option<String> {
    let label = path.strip_prefix("/org/freedesktop/systemd1/unit/")?.as_bytes();
    let mut name = Vec::with_capacity(label.len());
    let mut at = 0;
    while let Some(&byte) = label.get(at) {
        if byte == b'_' {
            let digits = std::str::from_utf8(label.get(at + 1..at + 3)?).ok()?;
            name.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            name.push(byte);
            at += 1;
        }
    }
    // A unit's name has at most 255 characters.
    (name.len() < 256).then(|| String::from_utf8(name).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_paths_name_units() {
        let unit = |label: &str| unit_of_path(&format!("/org/freedesktop/systemd1/unit/{label}"));
        assert_eq!(unit("caddy_2eservice").as_deref(), Some("caddy.service"));
        assert_eq!(unit("_31a_5cx2db_2emount").as_deref(), Some("1a\\x2db.mount"));
        assert_eq!(unit("a_2"), None);
        assert_eq!(unit("a_zz"), None);
        assert_eq!(unit("_ff"), None);
        assert_eq!(unit_of_path("/org/freedesktop/systemd1/job/7"), None);
    }

    #[test]
    fn many_units_become_all() {
        let one = |n: usize| Scope::Units(BTreeSet::from([format!("u{n}.service")]));
        let many = (0..=MOST).map(one).fold(one(0), join);
        assert_eq!(many, Scope::All);
        assert_eq!(join(Scope::Afresh, one(1)), Scope::Afresh);
        assert_eq!(join(one(1), Scope::Resubscribe), Scope::Resubscribe);
    }
}
