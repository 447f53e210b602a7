//! Tokens the owner gives out and takes back.

use crate::clock;
use crate::control::{Refusal, Reply};
use crate::store::change::{self, Change};
use crate::store::{self, Store};
use crate::token::{Known, Scope};

/// Lets in whoever shows the token of this digest, or no more who had the one of that name.
pub(super) async fn turn(
    store: Option<&Store>,
    name: String,
    let_in: Option<(Scope, [u8; 32])>,
    by: String,
) -> Reply {
    let Some(store) = store else {
        return Reply::refused(Refusal::Unavailable, "there is no store to keep it in");
    };
    let known = match store::token::all(store).await {
        Ok(known) => known.into_iter().any(|known| known.name == name),
        Err(error) => return Reply::refused(Refusal::Unavailable, error.to_string()),
    };
    let (written, said) = match let_in {
        Some(_) if known => {
            let why = format!("there is a token {name}: remove it first, or choose another name");
            return Reply::refused(Refusal::Conflict, why);
        }
        None if !known => {
            return Reply::refused(Refusal::Missing, format!("there is no token {name}"));
        }
        Some((scope, digest)) => {
            let said = format!("{name} is let in for {}.", scope.as_str());
            (store::token::keep(store, &Known { name, scope, digest }).await, said)
        }
        None => (store::token::forget(store, &name).await, format!("{name} is let in no more.")),
    };
    let noted = async {
        written?;
        let what = format!("token: {said}");
        change::add(store, &Change { at: clock::now(), by, from: String::new(), what }).await
    };
    match noted.await {
        Ok(()) => Reply::done(said),
        Err(error) => {
            Reply::refused(Refusal::Unavailable, format!("it could not be written down: {error}"))
        }
    }
}
