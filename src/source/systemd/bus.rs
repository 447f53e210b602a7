//! The few calls of systemd's D-Bus interface nightkeep makes; `org.freedesktop.systemd1(5)`.

use std::io;
use std::time::Duration;

use zbus::{Connection, MessageStream, ObjectPath, OwnedObjectPath, OwnedVariant};

/// The interface every unit has; others are named after the kind.
pub(super) const UNIT: &str = "org.freedesktop.systemd1.Unit";

const NAME: &str = "org.freedesktop.systemd1";
const PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What is listened for. State changes always come on the Unit interface, so the kinds' own
/// `PropertiesChanged` (every byte of accounting) need not wake us. A unit that is loaded and
/// starts within one turn of systemd's loop says only `UnitNew`.
const MATCHES: [&str; 5] = [
    "type='signal',sender='org.freedesktop.systemd1',path_namespace='/org/freedesktop/systemd1/unit',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',arg0='org.freedesktop.systemd1.Unit'",
    "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',member='UnitNew'",
    "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',member='UnitRemoved'",
    "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',member='Reloading'",
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.systemd1'",
];

/// PID 1 answers within milliseconds, or is in trouble itself.
const CALL: Duration = Duration::from_secs(10);

/// One line of systemd's list of units.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) load: String,
    pub(super) active: String,
    pub(super) sub: String,
    pub(super) path: OwnedObjectPath,
}

/// A connection to the system bus, unprivileged.
pub(super) struct Bus(Connection);

impl Bus {
    pub(super) async fn connect() -> zbus::Result<Self> {
        let connecting = zbus::connection::Builder::system().method_timeout(CALL).build();
        let connection = tokio::time::timeout(CALL, connecting)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        Ok(Self(connection))
    }

    /// Everything the bus sends us from now on.
    pub(super) fn signals(&self) -> MessageStream {
        MessageStream::from(&self.0)
    }

    /// Asks for signals; again after systemd executed itself anew. Without `Subscribe`, systemd
    /// sends none.
    pub(super) async fn subscribe(&self) -> zbus::Result<()> {
        const BUS: &str = "org.freedesktop.DBus";
        for rule in MATCHES {
            self.0
                .call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "AddMatch", &rule)
                .await?;
        }
        match self.manager("Subscribe", &()).await {
            // systemd remembers its subscribers when it executes itself anew.
            Err(zbus::Error::MethodError(name, ..))
                if name.as_str() == "org.freedesktop.systemd1.AlreadySubscribed" =>
            {
                Ok(())
            }
            result => result.map(drop),
        }
    }

    /// The loaded units whose names match one of the globs; one call.
    pub(super) async fn list<S: AsRef<str>>(&self, patterns: &[S]) -> zbus::Result<Vec<Row>> {
        type Line<'a> = (
            &'a str,
            &'a str,
            &'a str,
            &'a str,
            &'a str,
            &'a str,
            ObjectPath<'a>,
            u32,
            &'a str,
            ObjectPath<'a>,
        );
        let patterns: Vec<&str> = patterns.iter().map(AsRef::as_ref).collect();
        let reply = self.manager("ListUnitsByPatterns", &(Vec::<&str>::new(), patterns)).await?;
        let body = reply.body();
        let lines: Vec<Line<'_>> = body.deserialize()?;
        Ok(lines
            .into_iter()
            .map(|(name, description, load, active, sub, _, path, ..)| Row {
                name: name.to_owned(),
                description: description.to_owned(),
                load: load.to_owned(),
                active: active.to_owned(),
                sub: sub.to_owned(),
                path: path.into(),
            })
            .collect())
    }

    /// The loaded unit of this name or alias: its own name. Never loads one: that would send
    /// signals, which would make us look again.
    pub(super) async fn resolve(&self, name: &str) -> zbus::Result<Option<String>> {
        let reply = match self.manager("GetUnit", &name).await {
            Err(zbus::Error::MethodError(name, ..))
                if name.as_str() == "org.freedesktop.systemd1.NoSuchUnit" =>
            {
                return Ok(None);
            }
            reply => reply?,
        };
        let body = reply.body();
        let path: ObjectPath<'_> = body.deserialize()?;
        self.property(&path, UNIT, "Id").await.map(Some)
    }

    /// One property of a unit.
    pub(super) async fn get<T>(&self, row: &Row, interface: &str, name: &str) -> zbus::Result<T>
    where
        T: TryFrom<OwnedVariant>,
        T::Error: Into<zbus::Error>,
    {
        self.property(&row.path, interface, name).await
    }

    async fn property<T>(
        &self,
        path: &ObjectPath<'_>,
        interface: &str,
        name: &str,
    ) -> zbus::Result<T>
    where
        T: TryFrom<OwnedVariant>,
        T::Error: Into<zbus::Error>,
    {
        let reply = self
            .0
            .call_method(Some(NAME), path, Some(PROPERTIES), "Get", &(interface, name))
            .await?;
        let value: OwnedVariant = reply.body().deserialize()?;
        T::try_from(value).map_err(Into::into)
    }

    async fn manager<B>(&self, method: &str, body: &B) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        self.0.call_method(Some(NAME), PATH, Some(MANAGER), method, body).await
    }
}
