//! Accounts as the command line asks for them.

use std::fs;
use std::path::Path;

use crate::access::{Account, Role, Wish, first_link, name};
use crate::clock;
use crate::control::{Refusal, Reply};
use crate::store::account::{self as accounts, Link};
use crate::store::change::{self, Change};
use crate::store::{Store, StoreError};

/// Does what is asked, and writes it down.
pub(super) async fn turn(store: Option<&Store>, wish: Wish, by: &str) -> Reply {
    let Some(store) = store else {
        return Reply::refused(Refusal::Unavailable, "there is no store to keep it in");
    };
    let done = async {
        match wish {
            Wish::Link { name, role, reset, digest } => {
                link(store, name, role, reset, digest, by).await
            }
            Wish::Remove { name } => remove(store, &name, by).await,
            Wish::Role { name, role } => set_role(store, &name, role, by).await,
        }
    };
    done.await.unwrap_or_else(|error| {
        Reply::refused(Refusal::Unavailable, format!("it could not be written down: {error}"))
    })
}

async fn link(
    store: &Store,
    typed: Option<String>,
    role: Option<Role>,
    reset: bool,
    digest: [u8; 32],
    by: &str,
) -> Result<Reply, StoreError> {
    let name = match typed.as_deref().map(name).transpose() {
        Ok(name) => name,
        Err(error) => return Ok(Reply::refused(Refusal::Wrong, error.to_string())),
    };
    let known = match &name {
        Some(name) => accounts::named(store, name).await?,
        None => None,
    };
    if reset && known.is_none() {
        let why = "there is nothing to take away: --reset goes with --for NAME of an account";
        return Ok(Reply::refused(Refusal::Wrong, why));
    }
    let is = known.as_ref().map(|known| known.role);
    let role = role.or(is).unwrap_or(Role::Owner);
    if let Some(known) = known.filter(|known| known.role != role) {
        accounts::set_role(store, &known.id, role).await?;
    }
    let expires = clock::now() + Link::LASTS;
    let link = Link { digest, name: name.clone(), role, reset, expires };
    accounts::keep_link(store, &link).await?;
    let whose = name.map_or_else(|| String::from("a new account"), |name| name.clone());
    note(store, by, format!("made a link for {whose}, {}", role.as_str())).await?;
    Ok(Reply::done(format!("A link for {whose}, {}, good once and for 24 hours.", role.as_str())))
}

async fn remove(store: &Store, name: &str, by: &str) -> Result<Reply, StoreError> {
    let Some(account) = find(store, name).await? else { return Ok(missing(name)) };
    accounts::remove(store, &account.id).await?;
    note(store, by, format!("removed the account {}", account.name)).await?;
    Ok(Reply::done(format!("{} is let in no more.{}", account.name, without(store).await?)))
}

async fn set_role(store: &Store, name: &str, role: Role, by: &str) -> Result<Reply, StoreError> {
    let Some(account) = find(store, name).await? else { return Ok(missing(name)) };
    accounts::set_role(store, &account.id, role).await?;
    let (name, role) = (&account.name, role.as_str());
    note(store, by, format!("made {name} {role}")).await?;
    Ok(Reply::done(format!("{name} is {role} now.{}", without(store).await?)))
}

async fn find(store: &Store, typed: &str) -> Result<Option<Account>, StoreError> {
    match name(typed) {
        Ok(name) => accounts::named(store, &name).await,
        Err(_) => Ok(None),
    }
}

fn missing(name: &str) -> Reply {
    let why = format!("there is no account {name}; those there are: nightkeep account");
    Reply::refused(Refusal::Missing, why)
}

/// What is to be said where nobody is an owner any more.
async fn without(store: &Store) -> Result<&'static str, StoreError> {
    let is_one = accounts::all(store).await?.iter().any(|account| account.role == Role::Owner);
    let said = " Nobody is an owner now: nightkeep account link makes one.";
    Ok(if is_one { "" } else { said })
}

async fn note(store: &Store, by: &str, what: String) -> Result<(), StoreError> {
    tracing::info!("{by} on this machine: {what}");
    let (by, from) = (by.to_owned(), String::new());
    change::add(store, &Change { at: clock::now(), by, from, what }).await
}

/// Takes over the link that `init` made when no watch was running yet. One that was used is known,
/// and stays used.
pub(super) async fn take_first_link(store: &Store, config: &Path) {
    let Ok(text) = fs::read_to_string(config.with_file_name(first_link::FILE)) else { return };
    let Some((digest, expires)) = first_link::read(&text) else { return };
    if expires <= clock::now() {
        return;
    }
    let link = Link { digest, name: None, role: Role::Owner, reset: false, expires };
    if let Err(error) = accounts::keep_link(store, &link).await {
        tracing::warn!("the link of nightkeep init is not good: {error}");
    }
}
