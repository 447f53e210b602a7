//! All that can be asked, in one table: what answers it, what token it needs, what it takes and
//! gives. A path's names in `{}` are handed on in their order.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::query::{CURSOR, Kind, LIMIT, Parameter, SINCE, UNTIL};
use super::{Done, Page, alerts, channels, heartbeats, history, incidents, monitors, silences};
use crate::alert::AlertView;
use crate::control::Status;
use crate::heartbeat::view::View as Heartbeat;
use crate::model::{Decision, Silence};
use crate::monitor::{Asked, Listed};
use crate::respond::incident::Summary;
use crate::token::Scope;
use crate::web::path::parts;

/// One thing that can be asked.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Below the API's root.
    pub(super) path: &'static str,
    /// What answers it.
    pub(super) call: Call,
    /// What token it needs.
    pub(super) need: Need,
    /// What it does, in a sentence.
    pub(super) about: &'static str,
    /// What may stand behind the `?`.
    pub(super) query: &'static [Parameter],
    /// What is sent.
    pub(super) body: Option<Made>,
    /// The status and what is answered if all is well.
    pub(super) answer: (u16, Content),
}

/// Makes the schema of a type.
pub(super) type Made = fn(&mut SchemaGenerator) -> Schema;

/// What is answered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// JSON of this schema.
    Json(Made),
    /// A text of this media type.
    Text(&'static str),
}

/// What answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Document,
    Status,
    Alerts(alerts::Call),
    Silences(silences::Call),
    Monitors(monitors::Call),
    Heartbeats(heartbeats::Call),
    Incidents(incidents::Call),
    History(history::Call),
    Channels(channels::Call),
}

/// What token a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// None.
    Nothing,
    /// One that may see everything.
    Read,
    /// One that may change everything.
    Write,
    /// One that may see heartbeats.
    HeartbeatsRead,
    /// One that may change heartbeats.
    HeartbeatsWrite,
}

impl Need {
    /// Is a token of this scope enough?
    pub(super) fn is_met_by(self, scope: Scope) -> bool {
        match self {
            Self::Nothing => true,
            Self::Read => matches!(scope, Scope::Read | Scope::Write),
            Self::Write => scope == Scope::Write,
            Self::HeartbeatsRead => scope != Scope::Metrics,
            Self::HeartbeatsWrite => matches!(scope, Scope::Write | Scope::HeartbeatsWrite),
        }
    }

    /// Does it change something?
    pub(super) fn is_write(self) -> bool {
        matches!(self, Self::Write | Self::HeartbeatsWrite)
    }
}

/// What a path and a method lead to.
pub(super) enum Found {
    /// This, with what stands where the path has names.
    Route(&'static Route, Vec<String>),
    /// Nothing, but other methods would.
    OtherMethods(Vec<&'static str>),
    /// Nothing.
    Nothing,
}

/// Finds the route of a path below the root. One that is written out wins over one with names.
pub(super) fn find(method: &str, path: &str) -> Found {
    let fits = |route: &'static Route| Some((route, parts(route.path, path)?));
    let mut fitting: Vec<_> = ROUTES.iter().filter_map(fits).collect();
    let least = fitting.iter().map(|(_, parts)| parts.len()).min();
    fitting.retain(|(_, parts)| Some(parts.len()) == least);
    let mut methods = Vec::new();
    for (route, parts) in fitting {
        if route.method == method {
            return Found::Route(route, parts);
        }
        methods.push(route.method);
        if route.method == "GET" {
            methods.push("HEAD");
        }
    }
    if methods.is_empty() { Found::Nothing } else { Found::OtherMethods(methods) }
}

fn monitor(_: &mut SchemaGenerator) -> Schema {
    reference("NewMonitor")
}

fn heartbeat(_: &mut SchemaGenerator) -> Schema {
    reference("NewHeartbeat")
}

fn reference(name: &str) -> Schema {
    Schema::new_ref(format!("#/components/schemas/{name}"))
}

fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

macro_rules! schema {
    ($kind:ty) => {
        SchemaGenerator::subschema_for::<$kind>
    };
}

macro_rules! json {
    ($kind:ty) => {
        Content::Json(schema!($kind))
    };
}

const PHASE: Parameter = Parameter {
    name: "phase",
    kind: Kind::Texts,
    about: "Only these: `firing`, `pending`, `unknown`, `resolved`. May be repeated; all but \
            `resolved` if it is not said.",
};
const RULE: Parameter =
    Parameter { name: "rule", kind: Kind::Text, about: "Only of this rule, such as `disk-used`." };
const SUBJECT: Parameter = Parameter {
    name: "subject",
    kind: Kind::Text,
    about: "Only of this subject, such as `monitor:shop`.",
};
const TAG: Parameter = Parameter {
    name: "tag",
    kind: Kind::Texts,
    about: "Only those with this tag. May be repeated.",
};
const POINTS: Parameter = Parameter {
    name: "points",
    kind: Kind::Count(history::MOST_POINTS),
    about: "The time is cut into so many steps at most; 200 if it is not said.",
};

const fn get(
    path: &'static str,
    call: Call,
    need: Need,
    query: &'static [Parameter],
    answer: Content,
    about: &'static str,
) -> Route {
    Route { method: "GET", path, call, need, about, query, body: None, answer: (200, answer) }
}

const fn act(
    method: &'static str,
    path: &'static str,
    call: Call,
    need: Need,
    body: Option<Made>,
    answer: (u16, Content),
    about: &'static str,
) -> Route {
    Route { method, path, call, need, about, query: &[], body, answer }
}

use Call::{Alerts, Channels, Document, Heartbeats, History, Incidents, Monitors, Silences};
use Need::{HeartbeatsRead, HeartbeatsWrite, Nothing, Read, Write};

/// Everything that can be asked.
pub(super) const ROUTES: &[Route] = &[
    get("/openapi.json", Document, Nothing, &[], Content::Json(object), "This document."),
    get("/status", Call::Status, Read, &[], json!(Status), "How the watch and the server are."),
    // Alerts
    get(
        "/alerts",
        Alerts(alerts::Call::List),
        Read,
        &[PHASE, RULE, SUBJECT],
        json!(Page<AlertView>),
        "What is wrong now, worst first; and on demand what was until a day ago.",
    ),
    get(
        "/alerts/history",
        Alerts(alerts::Call::History),
        Read,
        &[SINCE, UNTIL, RULE, SUBJECT, LIMIT, CURSOR],
        json!(Page<Decision>),
        "When alerts began and ended, newest first; of the last 30 days if it is not said.",
    ),
    get(
        "/alerts/{id}",
        Alerts(alerts::Call::Show),
        Read,
        &[],
        json!(alerts::Story),
        "The whole story of one alert, and what became of each message about it.",
    ),
    act(
        "POST",
        "/alerts/{id}/acknowledge",
        Alerts(alerts::Call::Acknowledge),
        Write,
        Some(schema!(alerts::Reason)),
        (200, json!(Done)),
        "Somebody takes care of it: no more reminders until it is over.",
    ),
    act(
        "POST",
        "/alerts/{id}/silence",
        Alerts(alerts::Call::Silence),
        Write,
        Some(schema!(silences::Length)),
        (201, json!(Silence)),
        "Holds back what is told of this alert's rule and subject for a time.",
    ),
    // Silences
    get(
        "/silences",
        Silences(silences::Call::List),
        Read,
        &[],
        json!(Page<Silence>),
        "The silences that hold now or later.",
    ),
    act(
        "POST",
        "/silences",
        Silences(silences::Call::Make),
        Write,
        Some(schema!(silences::New)),
        (201, json!(Silence)),
        "Holds notices back for a time; what still burns afterwards is told then.",
    ),
    act(
        "DELETE",
        "/silences/{id}",
        Silences(silences::Call::End),
        Write,
        None,
        (200, json!(Done)),
        "Ends a silence now.",
    ),
    get(
        "/maintenance",
        Silences(silences::Call::Maintenance),
        Read,
        &[],
        json!(Page<silences::Maintenance>),
        "The maintenance windows of the config, and when each is open.",
    ),
    // Monitors
    get(
        "/monitors",
        Monitors(monitors::Call::List),
        Read,
        &[TAG, LIMIT, CURSOR],
        json!(Page<Listed>),
        "The monitors by name, how they are and how much of the time they were up.",
    ),
    act(
        "POST",
        "/monitors",
        Monitors(monitors::Call::Make),
        Write,
        Some(monitor),
        (201, json!(monitors::Detail)),
        "Makes a monitor, which is kept in the store.",
    ),
    get(
        "/monitors/{name}",
        Monitors(monitors::Call::Show),
        Read,
        &[],
        json!(monitors::Detail),
        "One monitor with its last answers, their phases, each test of its conditions, and its keys.",
    ),
    act(
        "PUT",
        "/monitors/{name}",
        Monitors(monitors::Call::Replace),
        Write,
        Some(monitor),
        (200, json!(monitors::Detail)),
        "Keeps a monitor in place of the one of that name; makes it if there is none. Secrets have \
         to be sent again.",
    ),
    act(
        "DELETE",
        "/monitors/{name}",
        Monitors(monitors::Call::Remove),
        Write,
        None,
        (200, json!(Done)),
        "Removes a monitor of the store.",
    ),
    act(
        "POST",
        "/monitors/{name}/pause",
        Monitors(monitors::Call::Pause),
        Write,
        None,
        (200, json!(Done)),
        "Asks it no more until it is resumed.",
    ),
    act(
        "POST",
        "/monitors/{name}/resume",
        Monitors(monitors::Call::Resume),
        Write,
        None,
        (200, json!(Done)),
        "Asks a paused monitor again.",
    ),
    act(
        "POST",
        "/monitors/{name}/test",
        Monitors(monitors::Call::Test),
        Write,
        None,
        (200, json!(Asked)),
        "Asks it once, now. Changes nothing.",
    ),
    get(
        "/monitors/{name}/history",
        Monitors(monitors::Call::History),
        Read,
        &[SINCE, UNTIL, POINTS],
        json!(monitors::Past),
        "How much of the time it was up and how fast it answered, step by step; of the last day if \
         it is not said.",
    ),
    act(
        "POST",
        "/monitor-test",
        Monitors(monitors::Call::TestNew),
        Write,
        Some(monitor),
        (200, json!(Asked)),
        "Asks a monitor that is not made yet once, now. Changes nothing.",
    ),
    // Heartbeats
    get(
        "/heartbeats",
        Heartbeats(heartbeats::Call::List),
        HeartbeatsRead,
        &[TAG, LIMIT, CURSOR],
        json!(Page<Heartbeat>),
        "The heartbeats by name.",
    ),
    act(
        "POST",
        "/heartbeats",
        Heartbeats(heartbeats::Call::Make),
        HeartbeatsWrite,
        Some(heartbeat),
        (201, json!(heartbeats::Detail)),
        "Makes a heartbeat.",
    ),
    get(
        "/heartbeats/{name}",
        Heartbeats(heartbeats::Call::Show),
        HeartbeatsRead,
        &[LIMIT],
        json!(heartbeats::Detail),
        "One heartbeat with its keys, its last calls and its changes.",
    ),
    act(
        "PUT",
        "/heartbeats/{name}",
        Heartbeats(heartbeats::Call::Replace),
        HeartbeatsWrite,
        Some(heartbeat),
        (200, json!(heartbeats::Detail)),
        "Decides all keys of a heartbeat anew; what is left out is as if it was never said. Its \
         past stays.",
    ),
    act(
        "DELETE",
        "/heartbeats/{name}",
        Heartbeats(heartbeats::Call::Remove),
        HeartbeatsWrite,
        None,
        (200, json!(Done)),
        "Removes a heartbeat and all that is known of it.",
    ),
    act(
        "POST",
        "/heartbeats/{name}/pause",
        Heartbeats(heartbeats::Call::Pause),
        HeartbeatsWrite,
        None,
        (200, json!(Done)),
        "Waits for no calls until it is resumed, or calls.",
    ),
    act(
        "POST",
        "/heartbeats/{name}/resume",
        Heartbeats(heartbeats::Call::Resume),
        HeartbeatsWrite,
        None,
        (200, json!(Done)),
        "Waits for its calls again.",
    ),
    get(
        "/heartbeats/{name}/pings/{n}/body",
        Heartbeats(heartbeats::Call::Body),
        HeartbeatsWrite,
        &[],
        Content::Text("text/plain; charset=utf-8"),
        "What was sent with a call.",
    ),
    // Incidents
    get(
        "/incidents",
        Incidents(incidents::Call::List),
        Read,
        &[],
        json!(incidents::Listed),
        "The incidents of the log book, newest first.",
    ),
    act(
        "POST",
        "/incidents",
        Incidents(incidents::Call::Open),
        Write,
        Some(schema!(incidents::Title)),
        (201, json!(Summary)),
        "Opens an incident.",
    ),
    get(
        "/incidents/{id}",
        Incidents(incidents::Call::Show),
        Read,
        &[],
        json!(incidents::Detail),
        "One incident with its log.",
    ),
    get(
        "/incidents/{id}/record",
        Incidents(incidents::Call::Record),
        Read,
        &[],
        Content::Text("text/markdown; charset=utf-8"),
        "The record: facts and timeline filled in, judgement left to you and marked.",
    ),
    act(
        "POST",
        "/incidents/{id}/notes",
        Incidents(incidents::Call::Note),
        Write,
        Some(schema!(incidents::Text)),
        (201, json!(Summary)),
        "Writes down what you did or saw.",
    ),
    act(
        "POST",
        "/incidents/{id}/publish",
        Incidents(incidents::Call::Publish),
        Write,
        Some(schema!(incidents::Public)),
        (200, json!(Summary)),
        "Tells the public of it on the status page. Nothing else of it is ever shown there.",
    ),
    act(
        "POST",
        "/incidents/{id}/updates",
        Incidents(incidents::Call::Update),
        Write,
        Some(schema!(incidents::Text)),
        (201, json!(Summary)),
        "Tells the public more of one that was published.",
    ),
    act(
        "POST",
        "/incidents/{id}/withdraw",
        Incidents(incidents::Call::Withdraw),
        Write,
        None,
        (200, json!(Summary)),
        "Takes it from the status page.",
    ),
    act(
        "POST",
        "/incidents/{id}/close",
        Incidents(incidents::Call::Close),
        Write,
        Some(schema!(incidents::Close)),
        (200, json!(Summary)),
        "Says that it is over, on the status page as well if it was published.",
    ),
    // History
    get(
        "/series",
        History(history::Call::Series),
        Read,
        &[
            Parameter { name: "metric", kind: Kind::Text, about: "Only of this metric." },
            SUBJECT,
            LIMIT,
            CURSOR,
        ],
        json!(Page<history::Series>),
        "What is measured: every metric with its subjects.",
    ),
    get(
        "/history",
        History(history::Call::Range),
        Read,
        &[
            Parameter {
                name: "metric",
                kind: Kind::Needed,
                about: "What is measured, such as `disk_used_ratio`.",
            },
            Parameter {
                name: "subject",
                kind: Kind::Text,
                about: "Of what, such as `mount:/var`; the server itself if it is not said.",
            },
            SINCE,
            UNTIL,
            POINTS,
        ],
        json!(history::Range),
        "A series over a time, step by step; of the last day if it is not said.",
    ),
    get(
        "/logins",
        History(history::Call::Logins),
        Read,
        &[SINCE, UNTIL, LIMIT, CURSOR],
        json!(Page<history::Entered>),
        "Who logged in by ssh, newest first, and what of it is not known here; of the last 7 days \
         if it is not said.",
    ),
    act(
        "POST",
        "/marks",
        History(history::Call::Mark),
        Write,
        Some(schema!(history::NewMark)),
        (201, json!(Done)),
        "Notes that something was deployed or done now, to be seen on charts and in the timeline.",
    ),
    // Channels
    get(
        "/channels",
        Channels(channels::Call::List),
        Read,
        &[],
        json!(Page<channels::Channel>),
        "Where notices go.",
    ),
    act(
        "POST",
        "/channels/{name}/test",
        Channels(channels::Call::Test),
        Write,
        None,
        (200, json!(Done)),
        "Sends a test message through a channel, and says what the channel answered.",
    ),
    get(
        "/deliveries",
        Channels(channels::Call::Deliveries),
        Read,
        &[LIMIT],
        json!(Page<crate::store::outbox::Delivery>),
        "What became of the newest notices, newest first.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> String {
        match find(method, path) {
            Found::Route(route, parts) => format!("{} {}", route.path, parts.join(",")),
            Found::OtherMethods(methods) => methods.join(","),
            Found::Nothing => String::new(),
        }
    }

    #[test]
    fn where_paths_lead() {
        for (method, path, to) in [
            ("GET", "/monitors", "/monitors "),
            ("GET", "/monitors/a%2Fb%20c", "/monitors/{name} a/b c"),
            ("GET", "/alerts/history", "/alerts/history "),
            ("GET", "/alerts/7", "/alerts/{id} 7"),
            ("POST", "/alerts/7/silence", "/alerts/{id}/silence 7"),
            ("GET", "/heartbeats/a/pings/3/body", "/heartbeats/{name}/pings/{n}/body a,3"),
            ("DELETE", "/monitors", "GET,HEAD,POST"),
            ("PATCH", "/monitors/a", "GET,HEAD,PUT,DELETE"),
            ("GET", "/monitors/", ""),
            ("GET", "/monitors/%ff", ""),
            ("GET", "/monitors/a/b/c", ""),
            ("GET", "", ""),
        ] {
            assert_eq!(found(method, path), to, "{method} {path}");
        }
    }

    #[test]
    fn scopes_let_do_what_they_say() {
        let allowed = |scope: Scope| -> Vec<&str> {
            let met = ROUTES.iter().filter(|route| route.need.is_met_by(scope));
            met.filter(|route| route.need != Nothing).map(|route| route.path).collect()
        };
        assert!(allowed(Scope::Metrics).is_empty());
        for scope in [Scope::HeartbeatsRead, Scope::HeartbeatsWrite] {
            assert!(allowed(scope).iter().all(|path| path.starts_with("/heartbeats")));
        }
        for route in ROUTES {
            assert!(route.need == Nothing || route.need.is_met_by(Scope::Write), "{}", route.path);
            // Whoever may only look changes nothing.
            let reads = route.need.is_met_by(Scope::Read);
            assert!(!reads || route.method == "GET", "{} {}", route.method, route.path);
        }
        assert_eq!(
            allowed(Scope::HeartbeatsRead),
            ["/heartbeats", "/heartbeats/{name}"],
            "whoever may only look at heartbeats sees no more"
        );
    }

    #[test]
    fn no_two_routes_are_the_same() {
        for (place, route) in ROUTES.iter().enumerate() {
            let same = |other: &Route| {
                (other.method, other.path, other.call) == (route.method, route.path, route.call)
                    || other.call == route.call
            };
            assert!(!ROUTES[..place].iter().any(same), "{} {}", route.method, route.path);
        }
    }
}
