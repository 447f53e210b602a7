//! One-time links: a first account, another one, or the way back into one's own.

use hyper::StatusCode;

use super::door::{Counted, random};
use super::own::weak;
use super::visit::{Refused, Visit};
use super::{login, page, place};
use crate::access::{self, Account, digest, password, written};
use crate::store::account::{self as accounts, Link};
use crate::web::Answer;
use crate::web::locale::{access as t, changes, word};

/// The page. To look at it uses up nothing: mail programs and messengers look at links.
pub(super) async fn show(visit: &Visit<'_>, token: &str) -> Result<Answer, Refused> {
    let link = find(visit, token).await?;
    Ok(page(visit, StatusCode::OK, token, &link, "", None))
}

async fn find(visit: &Visit<'_>, token: &str) -> Result<Link, Refused> {
    let link = accounts::link(&visit.store, &digest(token), visit.now).await?;
    link.ok_or(Refused::Missing(t::link_over()))
}

fn page(
    visit: &Visit<'_>,
    status: StatusCode,
    token: &str,
    link: &Link,
    typed: &str,
    error: Option<&str>,
) -> Answer {
    let page = page::LinkPage {
        base: &visit.base,
        style: page::style(),
        host: &visit.config.host,
        token,
        name: link.name.as_deref(),
        typed,
        role: link.role.as_str(),
        error,
    };
    page::show(status, &page)
}

/// Name and password were chosen.
pub(super) async fn redeem(visit: &mut Visit<'_>, token: &str) -> Result<Answer, Refused> {
    let counted = Counted::From(place(visit.asker, &visit.headers));
    visit.attempt(&counted)?;
    let link = find(visit, token).await?;
    visit.door().right(&counted);
    let [typed, chosen, again] =
        ["name", "password", "again"].map(|field| visit.form.get(field).to_owned());
    let wrong = |error: &str| {
        Ok(page(visit, StatusCode::UNPROCESSABLE_ENTITY, token, &link, &typed, Some(error)))
    };
    let name = match &link.name {
        Some(name) => name.clone(),
        None => match access::name(&typed) {
            Ok(name) => name,
            Err(access::NoName) => return wrong(t::no_name()),
        },
    };
    if let Err(error) = password::check(&chosen, &name) {
        return wrong(weak(error));
    }
    if chosen != again {
        return wrong(t::not_the_same());
    }
    let hash = visit.door().hash(&chosen).await.ok_or(Refused::Busy)?;
    let (account, what) = {
        // One at a time, so that no link is used twice and no name given twice.
        let _turn = visit.door().turn.lock().await;
        let link = find(visit, token).await?;
        let known = accounts::named(&visit.store, &name).await?;
        // A link that names nobody makes somebody new, and gives nobody's account away.
        if known.is_some() && link.name.is_none() {
            return wrong(t::name_taken());
        }
        let is_known = known.is_some();
        let before = known.unwrap_or_else(|| Account {
            id: written(&random::<16>()),
            name: name.clone(),
            role: link.role,
            password: String::new(),
            totp: None,
            totp_step: 0,
        });
        let role = word::role(before.role.as_str());
        let what = match (is_known, link.reset) {
            (true, true) => changes::link_password_reset(role),
            (true, false) => changes::link_password(role),
            (false, _) => changes::link_account(role),
        };
        let totp = before.totp.clone().filter(|_| !link.reset);
        // Somebody who is known keeps the role they have by now.
        let account = Account { password: hash, totp, ..before };
        accounts::redeem(&visit.store, &link, &account, visit.now).await?;
        (account, what)
    };
    visit.note_as(&account.name, what).await?;
    login::after_password(visit, &account, "/", changes::logged_in_link()).await
}
