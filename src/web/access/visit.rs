//! A request for one of our pages, with all that is needed to answer it.

use std::sync::Arc;

use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::cookie::Cookie;
use super::door::{Counted, Door, random};
use super::{Form, agent, page, place, remote, site};
use crate::access::passkey::Party;
use crate::access::{Account, Role, Who, digest, written};
use crate::clock;
use crate::config::Config;
use crate::store::change::{self, Change};
use crate::store::session::{self, Session};
use crate::store::{Store, StoreError};
use crate::web::locale::{access as t, changes};
use crate::web::page::Frame;
use crate::web::{Answer, App, Asker, answer};

/// See above.
pub(super) struct Visit<'a> {
    pub(super) app: &'a App,
    pub(super) asker: Asker,
    pub(super) config: Arc<Config>,
    pub(super) store: Store,
    pub(super) headers: HeaderMap,
    pub(super) query: Form,
    pub(super) form: Form,
    /// Where the page is, up to its path.
    pub(super) origin: String,
    /// The path every address begins with.
    pub(super) base: String,
    pub(super) now: Timestamp,
    pub(super) who: Option<Who>,
    /// Cookies that go along with the answer.
    cookies: Vec<(Cookie, Option<String>)>,
}

impl Visit<'_> {
    /// What is around a page of somebody who is there.
    pub(super) async fn frame(&self) -> Frame {
        let nobody = || Who {
            name: String::new(),
            role: Role::Viewer,
            csrf: String::new(),
            how: crate::access::How::Here,
        };
        let who = self.who.clone().unwrap_or_else(nobody);
        crate::web::page::frame(self.app, &who, &self.headers, "x").await
    }
}

/// Why there is no such answer.
#[derive(Debug)]
pub(super) enum Refused {
    /// Log in first.
    Login,
    /// They may not.
    Role,
    /// Another site's page sent it.
    Foreign,
    /// It does not bring what its page was given.
    Stale,
    /// Only after so long.
    Wait(SignedDuration),
    /// Too many at once.
    Busy,
    /// There is no store, or it cannot be used.
    Store,
    /// It is too long.
    Long,
    /// There is nothing of that name.
    Missing(&'static str),
    /// Not by this method.
    Method,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::warn!("accounts: the store cannot be used: {error}");
        Self::Store
    }
}

impl<'a> Visit<'a> {
    pub(super) async fn new(
        app: &'a App,
        asker: Asker,
        (headers, query, form): (HeaderMap, Form, Form),
    ) -> Result<Self, Refused> {
        let config = app.config.borrow().clone();
        let store = app.store.borrow().clone().ok_or(Refused::Store)?;
        let who = super::who(app, asker, &headers).await?;
        let origin = site::origin(&config, asker, &headers);
        let (base, now) = (super::base(app), clock::now());
        let cookies = Vec::new();
        Ok(Self {
            app,
            asker,
            config,
            store,
            headers,
            query,
            form,
            origin,
            base,
            now,
            who,
            cookies,
        })
    }

    pub(super) fn door(&self) -> &'a Door {
        &self.app.door
    }

    /// Whoever is logged in, if they may do this.
    pub(super) fn need(&self, role: Role) -> Result<&Who, Refused> {
        match &self.who {
            None => Err(Refused::Login),
            Some(who) if !who.may(role) => Err(Refused::Role),
            Some(who) => Ok(who),
        }
    }

    /// The same, who sends a form of ours.
    pub(super) fn need_form(&self, role: Role) -> Result<&Who, Refused> {
        let who = self.need(role)?;
        let may =
            super::may_change(self.app, self.asker, &self.headers, who, self.form.get("csrf"));
        if may { Ok(who) } else { Err(Refused::Stale) }
    }

    /// Whom passkeys are made for here.
    pub(super) fn party(&self) -> Option<Party> {
        Party::of(&self.origin)
    }

    pub(super) fn is_https(&self) -> bool {
        self.origin.starts_with("https")
    }

    /// A time as it is shown.
    pub(super) fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.config.timezone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// What an attempt to log in is counted by.
    pub(super) async fn counted(
        &self,
        account: Option<&Account>,
        name: &str,
    ) -> Result<Counted, StoreError> {
        if let Some(device) = Cookie::Device.of(&self.headers, self.is_https()) {
            let device = digest(device);
            // Asked for whom there is not as well, so that it takes as long.
            let id = account.map_or("", |account| account.id.as_str());
            if session::knows_device(&self.store, id, &device, self.now).await? {
                return Ok(Counted::Known(device));
            }
        }
        Ok(Counted::Unknown(place(self.asker, &self.headers), name.to_owned()))
    }

    /// Counts an attempt, or says how long to wait.
    pub(super) fn attempt(&self, counted: &Counted) -> Result<(), Refused> {
        self.door().attempt(counted, self.now).map_err(Refused::Wait)
    }

    /// A failed login: why, in a line that fail2ban reads, and what the list of changes says of
    /// it. `name` is one that `access::name` lets pass, or nothing: what else was typed may be a
    /// password.
    pub(super) async fn failed(&self, name: &str, why: &str, what: &str) -> Result<(), StoreError> {
        let (logged, by) = match name {
            "" => ("somebody", changes::somebody()),
            name => (name, name),
        };
        let (by, from, what) = (by.to_owned(), remote(self.asker, &self.headers), what.to_owned());
        tracing::warn!("login failed from {from}: {why} for {logged}");
        change::add(&self.store, &Change { at: self.now, by, from, what }).await
    }

    /// Writes down what was done.
    pub(super) async fn note(&self, what: impl Into<String>) -> Result<(), StoreError> {
        let by = self.who.as_ref().map_or("", |who| who.name.as_str());
        self.note_as(by, what).await
    }

    pub(super) async fn note_as(
        &self,
        by: &str,
        what: impl Into<String>,
    ) -> Result<(), StoreError> {
        super::note(self.app, self.asker, &self.headers, by, what).await
    }

    /// Logs somebody in, which the list of changes says in these words: a session of its own each
    /// time, and a browser that is known from now on.
    pub(super) async fn log_in(&mut self, account: &Account, what: &str) -> Result<(), StoreError> {
        let before = self.who.as_ref().and_then(|who| Some((who.account()?, who.session()?)));
        if let Some((id, digest)) = before {
            session::end(&self.store, id, digest).await?;
        }
        let known = Cookie::Device.of(&self.headers, self.is_https()).map(str::to_owned);
        let [token, device] =
            [None, known].map(|kept| kept.unwrap_or_else(|| written(&random::<32>())));
        let session = Session {
            digest: digest(&token),
            account: account.id.clone(),
            created: self.now,
            seen: self.now,
            remote: remote(self.asker, &self.headers),
            agent: agent(&self.headers),
        };
        self.note_as(&account.name, what).await?;
        session::open(&self.store, &session, &digest(&device)).await?;
        self.cookies.push((Cookie::Session, Some(token)));
        self.cookies.push((Cookie::Device, Some(device)));
        Ok(())
    }

    /// On to where somebody wanted to go when they had to log in.
    pub(super) fn go_on(&self, next: &str) -> Answer {
        let next = site::next(next).unwrap_or("/");
        self.with_cookies(answer::redirect(&format!("{}{next}", self.base)))
    }

    /// On to a path of ours.
    pub(super) fn to(&self, path: &str) -> Answer {
        answer::redirect(&format!("{}{path}", self.base))
    }

    fn with_cookies(&self, mut answer: Answer) -> Answer {
        for (cookie, value) in &self.cookies {
            cookie.set(answer.headers_mut(), self.is_https(), value.as_deref());
        }
        answer
    }

    /// To the login, with the session forgotten.
    pub(super) fn out(&self) -> Answer {
        let mut answer = self.to("/login");
        Cookie::Session.set(answer.headers_mut(), self.is_https(), None);
        answer
    }
}

impl Refused {
    /// As a page.
    pub(super) fn answer(self, app: &App, headers: &HeaderMap, path: &str) -> Answer {
        let waits;
        let (status, title, text) = match &self {
            Self::Login => return super::login_first(app, headers, path),
            Self::Role => (StatusCode::FORBIDDEN, t::not_for_you(), t::role_lacks()),
            Self::Foreign => (StatusCode::FORBIDDEN, t::not_from_here(), t::foreign()),
            Self::Stale => (StatusCode::FORBIDDEN, t::nothing_done(), t::stale()),
            Self::Wait(wait) => {
                waits = wait_said(*wait);
                (StatusCode::TOO_MANY_REQUESTS, t::wait(), waits.as_str())
            }
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, t::wait(), t::busy()),
            Self::Store => (StatusCode::SERVICE_UNAVAILABLE, t::not_now(), t::no_store()),
            Self::Long => (StatusCode::PAYLOAD_TOO_LARGE, t::too_long(), t::form_too_long()),
            Self::Missing(what) => (StatusCode::NOT_FOUND, t::not_there(), *what),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, t::not_like_this(), t::other_method()),
        };
        let base = super::base(app);
        let page = page::Message { base: &base, style: page::style(), title, text };
        let mut answer = page::show(status, &page);
        let again = match self {
            Self::Wait(wait) => Some(wait.as_secs() + 1),
            Self::Busy | Self::Store => Some(5),
            _ => None,
        };
        if let Some(seconds) = again {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// How long to wait, as one says it.
fn wait_said(wait: SignedDuration) -> String {
    match wait.as_secs() + 1 {
        seconds @ 1..=90 => t::wait_seconds(seconds),
        seconds => t::wait_minutes((seconds + 59) / 60),
    }
}
