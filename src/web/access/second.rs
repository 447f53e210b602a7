//! The second factor: codes of a phone, and those on paper.

use super::visit::Visit;
use crate::access::{Account, totp};
use crate::store::{StoreError, account as accounts};

/// What a typed code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// One of the phone.
    Code,
    /// One of the paper.
    Paper,
    /// Nothing that is good.
    Nothing,
}

/// Uses up a code of an account.
pub(super) async fn take(
    visit: &Visit<'_>,
    account: &Account,
    typed: &str,
) -> Result<Taken, StoreError> {
    // One at a time: two who send the same code at once are one too many.
    let _turn = visit.door().turn.lock().await;
    if totp::is_recovery(typed) {
        let digest = totp::recovery_digest(&account.id, typed);
        let is_one = accounts::use_recovery(&visit.store, &account.id, &digest).await?;
        return Ok(if is_one { Taken::Paper } else { Taken::Nothing });
    }
    let known = accounts::by_id(&visit.store, &account.id).await?;
    let Some((secret, last)) = known.and_then(|known| Some((known.totp?, known.totp_step))) else {
        return Ok(Taken::Nothing);
    };
    match totp::step(&secret, typed, visit.now, last) {
        Some(step) => {
            accounts::use_step(&visit.store, &account.id, step).await?;
            Ok(Taken::Code)
        }
        None => Ok(Taken::Nothing),
    }
}
