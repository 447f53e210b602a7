//! Tokens of programs: given out, shown once, taken back.

use askama::Template;

use crate::control::Request;
use crate::store;
use crate::token::{self, Known, Scope};
use crate::web::api::problem::Problem;
use crate::web::locale::{settings as t, word};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::{Result, html};

#[derive(Template)]
#[template(path = "page/settings/tokens.html")]
struct Tokens {
    frame: Frame,
    known: Vec<Known>,
    /// The name and the token that was just made.
    made: Option<(String, String)>,
    origin: String,
}

impl Tokens {
    /// What asks the API with it.
    fn curl(&self, token: &str) -> String {
        let origin = &self.origin;
        format!("curl -H \"Authorization: Bearer {token}\" {origin}/api/nightkeep/v1/status")
    }
}

/// What a scope is for, in a line.
fn about(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => t::may_read(),
        Scope::Write => t::may_write(),
        Scope::HeartbeatsRead => t::may_heartbeats_read(),
        Scope::HeartbeatsWrite => t::may_heartbeats_write(),
        Scope::Metrics => t::may_metrics(),
    }
}

pub(super) async fn show(visit: &Visit, made: Option<(String, String)>) -> Result {
    let known = store::token::all(&visit.store().await?).await?;
    let frame = Frame { live: String::new(), ..visit.frame("x").await? };
    html(&Tokens { frame, known, made, origin: visit.origin.clone() })
}

/// Makes one. It is in this answer, and nowhere else ever again.
pub(super) async fn add(visit: &Visit) -> Result {
    let name = token::name(visit.form.text("name")).map_err(Problem::wrong)?;
    let scope = Scope::named(visit.form.text("scope"));
    let scope = scope.ok_or_else(|| Problem::wrong(t::choose_scope()))?;
    let mut random = [0; 24];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::unavailable(t::no_random(error.to_string())))?;
    let token = token::new(random);
    let let_in = Some((scope, token::digest(&token)));
    let by = visit.by();
    visit.tell_it(Request::Token { name: name.to_owned(), let_in, by }).await?;
    show(visit, Some((name.to_owned(), token))).await
}

pub(super) async fn remove(visit: &Visit) -> Result {
    let name = visit.part(0).to_owned();
    let by = visit.by();
    let said = visit.tell_it(Request::Token { name, let_in: None, by }).await?;
    visit.done("/settings/tokens", said)
}
