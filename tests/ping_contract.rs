//! The ping contract and the management API: 2,000 random requests to the built binary, held
//! against a table of the contract, and against a Healthchecks server where there is one:
//!
//! NIGHTKEEP_TEST_HEALTHCHECKS='http://127.0.0.1:8000 WRITE_KEY READ_KEY PING_KEY' \
//!     cargo test --test ping_contract
//!
//! Compared are status, body, headers and the state of the check after each request.
//! `NIGHTKEEP_TEST_SEED` draws other requests, `NIGHTKEEP_TEST_REQUESTS` more or fewer.
//!
//! Explained differences (`compare`): v3.13 knows no check by a slug in capitals, where its master and we say
//! that there can be none; and a 404 or 409 that a cache on the way may keep.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "ping_contract/compare.rs"]
mod compare;
#[path = "ping_contract/model.rs"]
mod model;
#[path = "ping_contract/server.rs"]
mod server;

use compare::{Normal, differences};
use model::Model;
use server::{Server, Watch};

/// Unless the environment wants more or fewer.
const REQUESTS: usize = 2000;
/// New checks after so many: a log keeps no more than 60 lines of a burst.
const ROUND: usize = 125;

struct Row {
    line: usize,
    whom: String,
    path: String,
    query: String,
    body: String,
    status: String,
    answer: String,
    effect: String,
}

fn table() -> Vec<Row> {
    let text = include_str!("ping_contract/table.txt");
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let row = |(n, line): (usize, &str)| {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
        let mut next = || cells.next().unwrap();
        Row {
            line: n + 1,
            whom: next(),
            path: next(),
            query: next(),
            body: next(),
            status: next(),
            answer: next(),
            effect: next(),
        }
    };
    lines.filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

/// Numbers that are the same in each run of a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The settings the checks of a round have.
const SETTINGS: [&str; 7] = [
    "{}",
    r#"{"grace":3600,"timeout":600,"tags":"TAG extra"}"#,
    r#"{"methods":"POST"}"#,
    r#"{"manual_resume":true,"tags":"TAG"}"#,
    r#"{"filter_http_body":true,"failure_kw":"failed, error","success_kw":"good","start_kw":"begin"}"#,
    r#"{"filter_http_body":true,"success_kw":"good","filter_default_fail":true}"#,
    r#"{"schedule":"0 0 1 1 *","tz":"Europe/Vienna","grace":86400}"#,
];

struct Check {
    slug: String,
    settings: &'static str,
    model: Model,
    /// Its address and read-only name on each server.
    names: Vec<(String, String)>,
}

/// A tag that only checks of a round have.
fn tag(round: usize) -> String {
    format!("tag{}-{round}", std::process::id())
}

fn checks(servers: &[&Server], round: usize) -> Vec<Check> {
    let made = SETTINGS.iter().enumerate().map(|(n, settings)| {
        // Another server may still have those of the last time.
        let slug = format!("job-{}-{round}-{n}", std::process::id());
        let body = settings.replace("TAG", &tag(round));
        let comma = if body == "{}" { "" } else { "," };
        let body = body.replacen('{', &format!("{{\"slug\":\"{slug}\"{comma}"), 1);
        let names = servers.iter().map(|server| server.make(&body)).collect();
        Check { slug, settings, model: Model::new(settings), names }
    });
    made.collect()
}

#[test]
fn random_requests_are_answered_as_the_contract_says() {
    let watch = Watch::start();
    let other = Server::named_by_environment();
    let servers: Vec<&Server> = std::iter::once(&watch.server).chain(&other).collect();
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seed = number("NIGHTKEEP_TEST_SEED").unwrap_or(0).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let (rows, mut dice) = (table(), Dice(seed ^ 0x9e37_79b9_7f4a_7c15));
    for server in &servers {
        for _ in 0..2 {
            server.make(r#"{"slug":"double"}"#);
        }
    }
    let requests = number("NIGHTKEEP_TEST_REQUESTS").map_or(REQUESTS, |n| n as usize);
    let mut all = Vec::new();
    let mut current = Vec::new();
    for n in 0..requests {
        if n % ROUND == 0 {
            current = checks(&servers, n / ROUND);
        }
        // Each row comes up whatever the dice say.
        let row = if n < rows.len() { &rows[n] } else { dice.of(&rows) };
        let place = dice.below(current.len());
        let method = *dice.of(&["GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]);
        let rid = format!("{:08x}-0000-4000-8000-000000000000", dice.below(3));
        // Before v3 a new name is a new slug as well, and then the check would not be found by it.
        let version = if row.body.contains("\"name\"") { 3 } else { 1 + dice.below(3) };
        let check = &mut current[place];
        let mut seen = Vec::new();
        for (server, (uuid, key)) in servers.iter().zip(&check.names) {
            let fill = |text: &str| {
                text.replace("CHECK", uuid)
                    .replace("KEY", key)
                    .replace("UNKNOWN", "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278")
                    .replace("RID", &rid)
                    .replace("SLUG", &check.slug)
                    .replace("TAG", &tag(n / ROUND))
                    .replace("WRITE", &server.write)
                    .replace("BIG", &"x".repeat(12_000))
            };
            let ping_key = &server.ping_key;
            let (method, path, shown) = if let Some((who, method)) = row.whom.split_once(' ') {
                let key = match who {
                    "api" => Some(server.write.clone()),
                    "readkey" => Some(server.read.clone()),
                    "badkey" => Some("x".repeat(32)),
                    _ => None,
                };
                (method, format!("/api/v{version}/{}", fill(&row.path)), key)
            } else {
                let path = match row.whom.as_str() {
                    "check" => format!("/ping/{uuid}"),
                    "slug" => format!("/ping/{ping_key}/{}", check.slug),
                    "unknown" => String::from("/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"),
                    "nobody" => format!("/ping/{ping_key}/nobody"),
                    "fresh" => format!("/ping/{ping_key}/fresh-{}-{n}", std::process::id()),
                    "stranger" => format!("/ping/WrongKeyWrongKeyWrong1/{}", check.slug),
                    "double" => format!("/ping/{ping_key}/double"),
                    "upper" => format!("/ping/{ping_key}/JOB"),
                    whom => panic!("line {}: {whom}", row.line),
                };
                (method, path + &row.path, None)
            };
            let query = fill(&row.query);
            let path = if query.is_empty() { path } else { format!("{path}?{query}") };
            let answer = server.ask(method, &path, shown.as_deref(), &fill(&row.body));
            let state =
                server.ask("GET", &format!("/api/v3/checks/{uuid}"), Some(&server.write), "");
            seen.push((method.to_owned(), path, answer, state));
        }
        let (method, path, answer, state) = &seen[0];
        // Other than there, whoever shows wrong keys time and again has to wait.
        if row.whom.starts_with("badkey") && seen.iter().any(|(_, _, said, _)| said.status == 429) {
            continue;
        }
        let was = check.model.clone();
        let body = if row.body == "BIG" { "x" } else { &row.body };
        check.model.apply(&row.effect, method, body, row.query.contains("rid=").then_some(&rid));
        let mut told: Vec<String> = Vec::new();
        told.extend(was.unlike(&row.status, &row.answer, method, answer));
        told.extend(check.model.unlike_state(state));
        for (_, _, other, other_state) in &seen[1..] {
            let is_ping = path.starts_with("/ping/");
            let own = (Normal::of(&servers[0].base, answer), Normal::of(&servers[1].base, other));
            told.extend(differences("answer", &own.0, &own.1, is_ping));
            let own =
                (Normal::of(&servers[0].base, state), Normal::of(&servers[1].base, other_state));
            told.extend(differences("state", &own.0, &own.1, false));
        }
        if !told.is_empty() {
            let settings = check.settings;
            all.push(format!(
                "request {n}, line {}: {method} {path} {} ({settings})\n    {}",
                row.line,
                row.body,
                told.join("\n    ")
            ));
        }
    }
    println!("{requests} requests, {} of them answered otherwise", all.len());
    let first = all.iter().take(25).cloned().collect::<Vec<_>>().join("\n");
    assert!(all.is_empty(), "{} of {requests}:\n{first}", all.len());
}
