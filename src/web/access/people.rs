//! All accounts and the list of changes, for owners.

use hyper::StatusCode;

use super::door::random;
use super::page;
use super::visit::{Refused, Visit};
use crate::access::{self, Account, Role, digest, written};
use crate::store::account::{self as accounts, Link};
use crate::store::{change, session};
use crate::web::Answer;
use crate::web::locale::{access as logging_in, accounts as t, changes, word};

/// Changes on a page.
const CHANGES: u32 = 100;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Accounts,
    Changes,
    Role,
    Remove,
    Link,
}

impl Ask {
    /// Is there a page of it?
    pub(super) fn is_page(self) -> bool {
        matches!(self, Self::Accounts | Self::Changes)
    }
}

pub(super) fn find(path: &str) -> Option<Ask> {
    Some(match path {
        "/settings/accounts" => Ask::Accounts,
        "/settings/changes" => Ask::Changes,
        "/settings/accounts/role" => Ask::Role,
        "/settings/accounts/remove" => Ask::Remove,
        "/settings/accounts/link" => Ask::Link,
        _ => return None,
    })
}

/// The pages.
pub(super) async fn show(visit: &Visit<'_>, _path: &str, ask: Ask) -> Result<Answer, Refused> {
    match ask {
        Ask::Changes => changes(visit).await,
        _ => list(visit, None).await,
    }
}

/// A form of these pages was sent.
pub(super) async fn change(visit: &Visit<'_>, ask: Ask) -> Result<Answer, Refused> {
    visit.need_form(Role::Owner)?;
    match ask {
        Ask::Accounts | Ask::Changes => Err(Refused::Method),
        Ask::Role => set_role(visit).await,
        Ask::Remove => remove(visit).await,
        Ask::Link => link(visit).await,
    }
}

async fn list(visit: &Visit<'_>, error: Option<&str>) -> Result<Answer, Refused> {
    let who = visit.need(Role::Owner)?;
    let all = accounts::all(&visit.store).await?;
    let mut people = Vec::new();
    for account in &all {
        people.push(person(visit, &all, account).await?);
    }
    let page = page::Accounts {
        frame: visit.frame().await,
        base: &visit.base,
        csrf: &who.csrf,
        people,
        roles: Role::ALL.map(Role::as_str),
        error,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page::show(status, &page))
}

async fn person(
    visit: &Visit<'_>,
    all: &[Account],
    account: &Account,
) -> Result<page::Person, Refused> {
    let passkeys = accounts::passkeys(&visit.store, &account.id).await?;
    let sessions = session::of(&visit.store, &account.id, visit.now).await?;
    let role = word::role(account.role.as_str());
    let about = match (account.totp.is_some(), passkeys.is_empty()) {
        (true, true) => t::code(role),
        (true, false) => t::code_passkey(role),
        (false, false) => t::passkey(role),
        (false, true) => t::password_only(role),
    };
    Ok(page::Person {
        id: account.id.clone(),
        name: account.name.clone(),
        role: account.role.as_str(),
        about,
        seen: sessions.first().map(|session| visit.time(session.seen)),
        is_own: visit.who.as_ref().and_then(|who| who.account()) == Some(account.id.as_str()),
        is_last_owner: is_last_owner(all, account),
    })
}

fn is_last_owner(all: &[Account], account: &Account) -> bool {
    let others = all.iter().filter(|other| other.id != account.id);
    account.role == Role::Owner && !others.map(|other| other.role).any(|role| role == Role::Owner)
}

/// The account a form is about, and whether it is the last owner.
async fn about(visit: &Visit<'_>) -> Result<(Account, bool), Refused> {
    let all = accounts::all(&visit.store).await?;
    let account = all.iter().find(|account| account.id == visit.form.get("id"));
    let account = account.ok_or(Refused::Missing(t::gone()))?;
    Ok((account.clone(), is_last_owner(&all, account)))
}

async fn set_role(visit: &Visit<'_>) -> Result<Answer, Refused> {
    let _turn = visit.door().turn.lock().await;
    let role = Role::named(visit.form.get("role")).ok_or(Refused::Missing(t::no_role()))?;
    let (account, is_last_owner) = about(visit).await?;
    if is_last_owner && role != Role::Owner {
        return list(visit, Some(t::is_last_owner())).await;
    }
    accounts::set_role(&visit.store, &account.id, role).await?;
    visit.note(changes::set_role(account.name, word::role(role.as_str()))).await?;
    Ok(visit.to("/settings/accounts"))
}

async fn remove(visit: &Visit<'_>) -> Result<Answer, Refused> {
    let _turn = visit.door().turn.lock().await;
    let (account, is_last_owner) = about(visit).await?;
    if is_last_owner {
        return list(visit, Some(t::is_last_owner())).await;
    }
    accounts::remove(&visit.store, &account.id).await?;
    visit.note(changes::removed_account(account.name)).await?;
    Ok(visit.to("/settings/accounts"))
}

/// A link for somebody new, or back in for whoever lost their password.
async fn link(visit: &Visit<'_>) -> Result<Answer, Refused> {
    let typed = visit.form.get("name").trim();
    let name = match access::name(typed) {
        _ if typed.is_empty() => None,
        Ok(name) => Some(name),
        Err(access::NoName) => return list(visit, Some(logging_in::no_name())).await,
    };
    let role = Role::named(visit.form.get("role")).unwrap_or(Role::Viewer);
    let known = match &name {
        Some(name) => accounts::named(&visit.store, name).await?,
        None => None,
    };
    // Somebody's role is changed in the list, where the last owner is seen to.
    let role = known.as_ref().map_or(role, |known| known.role);
    let token = written(&random::<24>());
    let link = Link {
        digest: digest(&token),
        name: name.clone(),
        role,
        reset: known.is_some() && visit.form.get("reset") == "yes",
        expires: visit.now + Link::LASTS,
    };
    accounts::keep_link(&visit.store, &link).await?;
    let whose = name.unwrap_or_default();
    let what = match whose.as_str() {
        "" => changes::made_link_new(word::role(role.as_str())),
        name => changes::made_link(name, word::role(role.as_str())),
    };
    visit.note(what).await?;
    // Whoever gets it comes from elsewhere, which the address in use here may not be open to.
    let url = visit.config.web.url.clone();
    let url = url.unwrap_or_else(|| format!("{}{}", visit.origin, visit.base));
    let page = page::Invited {
        frame: visit.frame().await,
        base: &visit.base,
        link: &format!("{url}/link/{token}"),
        role: role.as_str(),
        name: &whose,
        until: &visit.time(link.expires),
    };
    Ok(page::show(StatusCode::OK, &page))
}

async fn changes(visit: &Visit<'_>) -> Result<Answer, Refused> {
    visit.need(Role::Owner)?;
    let before = visit.query.get("before").parse().ok();
    let found = change::recent(&visit.store, before, CHANGES).await?;
    let older = found.last().map(|(seq, _)| *seq).filter(|_| found.len() == CHANGES as usize);
    let changes = found
        .into_iter()
        .map(|(_, change)| page::Changed {
            at: visit.time(change.at),
            stamp: change.at.to_string(),
            by: change.by,
            from: change.from,
            what: change.what,
        })
        .collect();
    let page = page::Changes { frame: visit.frame().await, base: &visit.base, changes, older };
    Ok(page::show(StatusCode::OK, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_owner() {
        let account = |id: &str, role| Account {
            id: id.to_owned(),
            name: id.to_owned(),
            role,
            password: String::new(),
            totp: None,
            totp_step: 0,
        };
        let mut all = vec![account("a", Role::Owner), account("b", Role::Editor)];
        assert!(is_last_owner(&all, &all[0]) && !is_last_owner(&all, &all[1]));
        all.push(account("c", Role::Owner));
        assert!(!is_last_owner(&all, &all[0]));
    }
}
