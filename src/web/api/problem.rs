//! What is answered when something cannot be done (RFC 9457): what is wrong, and what to do
//! instead.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;

use super::Said;
use crate::config::Fault;
use crate::control::Refusal;
use crate::token::Scope;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::web) struct Problem {
    /// The HTTP status.
    pub(in crate::web) status: u16,
    /// What kind of problem it is.
    pub(in crate::web) title: &'static str,
    /// What is wrong.
    pub(in crate::web) detail: String,
    /// What to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::web) instead: Option<String>,
    /// What is wrong with single keys of the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::web) errors: Vec<Fault>,
    /// Seconds after which it is of use to ask again.
    #[serde(skip)]
    again: Option<i64>,
}

impl Problem {
    fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            instead: None,
            errors: Vec::new(),
            again: None,
        }
    }

    /// With what to do instead.
    pub(in crate::web) fn instead(self, instead: impl Into<String>) -> Self {
        Self { instead: Some(instead.into()), ..self }
    }

    /// It cannot be read at all.
    pub(in crate::web) fn unread(detail: &str) -> Self {
        Self::new(400, "not understood", detail)
    }

    /// No token was shown.
    pub(in crate::web) fn no_token() -> Self {
        Self::new(401, "no token", "this needs a token")
            .instead("send it as `Authorization: Bearer TOKEN`; nightkeep token add NAME makes one")
    }

    /// A token that nobody gave out.
    pub(in crate::web) fn wrong_token() -> Self {
        Self::new(401, "wrong token", "nobody is let in with this token")
            .instead("nightkeep token lists those that are; nightkeep token add NAME makes one")
    }

    /// A token that is good for less.
    pub(in crate::web) fn small_scope(
        name: &str,
        scope: Scope,
        enough: impl Iterator<Item = Scope>,
    ) -> Self {
        let enough: Vec<&str> = enough.map(Scope::as_str).collect();
        let detail = format!("the token {name} has the scope {}", scope.as_str());
        Self::new(403, "scope too small", detail)
            .instead(format!("use one with the scope {}", enough.join(" or ")))
    }

    /// An account that may do less.
    pub(in crate::web) fn small_role(role: &str, need: &str) -> Self {
        Self::new(403, "not yours to do", format!("your account is a {role}'s"))
            .instead(format!("an {need} may do it"))
    }

    /// A form that another site sent, or that is of another session.
    pub(in crate::web) fn stale_form() -> Self {
        Self::new(403, "form out of date", "the form was not made for this session")
            .instead("open the page again and repeat it there; nothing was changed")
    }

    /// There is no such address.
    pub(in crate::web) fn no_page(path: &str) -> Self {
        Self::new(404, "not found", format!("there is no {path}"))
            .instead(format!("all there is: {}/openapi.json", super::ROOT))
    }

    /// There is no such thing.
    pub(in crate::web) fn missing(detail: impl Into<String>) -> Self {
        Self::new(404, "not found", detail)
    }

    /// There is such an address, but for other methods.
    pub(in crate::web) fn method(method: &str, known: &[&str]) -> Self {
        Self::new(405, "method not allowed", format!("{method} does nothing here"))
            .instead(format!("use {}", known.join(", ")))
    }

    /// It does not go with what there is.
    pub(in crate::web) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, "conflict", detail)
    }

    /// The body is too long.
    pub(in crate::web) fn too_long(limit: usize) -> Self {
        Self::new(413, "too long", "the body is too long, or ended too soon")
            .instead(format!("at most {} KiB are read", limit / 1024))
    }

    /// It is wrong in itself.
    pub(in crate::web) fn wrong(detail: impl Into<String>) -> Self {
        Self::new(422, "wrong", detail)
    }

    /// Keys of the body are wrong.
    pub(in crate::web) fn faults(faults: Vec<Fault>) -> Self {
        let said: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
        let instead: Vec<&str> =
            faults.iter().filter_map(|fault| fault.instead.as_deref()).collect();
        let problem = Self::new(422, "wrong", said.join("; "));
        let problem =
            if instead.is_empty() { problem } else { problem.instead(instead.join("; ")) };
        Self { errors: faults, ..problem }
    }

    /// Too many at once.
    pub(in crate::web) fn busy(detail: impl Into<String>) -> Self {
        Self::new(429, "too many at once", detail).instead("try it again in a few seconds")
    }

    /// Too many wrong tokens.
    pub(super) fn wait(wait: SignedDuration) -> Self {
        let detail = "there were too many wrong tokens from this address";
        let again = wait.as_secs() + 1;
        let problem = Self::new(429, "too many wrong tokens", detail);
        let problem = problem.instead(format!("wait {again} seconds, and use the right one"));
        Self { again: Some(again), ..problem }
    }

    /// What was asked on the way does not answer.
    pub(in crate::web) fn late(detail: impl Into<String>) -> Self {
        Self::new(504, "no answer in time", detail)
    }

    /// What was asked on the way answers with an error.
    pub(in crate::web) fn not_taken(detail: impl Into<String>) -> Self {
        Self::new(502, "not taken", detail)
    }

    /// The watch does not answer, or is stopping.
    pub(in crate::web) fn no_watch() -> Self {
        Self::unavailable("the watch does not answer")
    }

    /// The store cannot be used.
    pub(in crate::web) fn no_store() -> Self {
        Self::unavailable("the store cannot be used")
    }

    /// It cannot be done now.
    pub(in crate::web) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(503, "not now", detail).instead("try it again in a few seconds")
    }

    /// As the watch refused it.
    pub(in crate::web) fn refused(kind: Refusal, why: String) -> Self {
        match kind {
            Refusal::Missing => Self::missing(why),
            Refusal::Conflict => Self::conflict(why),
            Refusal::Wrong => Self::wrong(why),
            Refusal::Unavailable => Self::unavailable(why),
        }
    }

    /// The HTTP status.
    pub(in crate::web) fn code(&self) -> hyper::StatusCode {
        hyper::StatusCode::from_u16(self.status).unwrap_or(hyper::StatusCode::BAD_REQUEST)
    }

    /// As an answer.
    pub(super) fn said(&self) -> Said {
        let said = Said::json(self.status, self);
        Said { kind: "application/problem+json", again: self.again, ..said }
    }
}
