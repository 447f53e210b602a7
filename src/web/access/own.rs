//! One's own account: password, codes, passkeys, sessions.

use hyper::StatusCode;
use serde_json::json;

use super::door::{Counted, random};
use super::page;
use super::visit::{Refused, Visit};
use crate::access::password::Weak;
use crate::access::seal::PATIENCE;
use crate::access::{self, Account, Role, Who, passkey, password, totp, written};
use crate::model::text;
use crate::store::account::{self as accounts, Passkey};
use crate::store::session;
use crate::web::Answer;
use crate::web::locale::{account as t, changes};

/// Passkeys of an account.
const PASSKEYS: usize = 20;
/// Letters of a passkey's name.
const NAME: usize = 60;

/// What can be asked of one's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// All of it.
    Account,
    /// To begin with codes, and the page for that.
    Totp,
    Password,
    EndTotp,
    AddPasskey,
    RemovePasskey,
    EndSession,
    EndOthers,
}

impl Ask {
    /// Is there a page of it?
    pub(super) fn is_page(self) -> bool {
        matches!(self, Self::Account | Self::Totp)
    }
}

pub(super) fn find(path: &str) -> Option<Ask> {
    Some(match path {
        "/account" => Ask::Account,
        "/account/totp" => Ask::Totp,
        "/account/password" => Ask::Password,
        "/account/totp/end" => Ask::EndTotp,
        "/account/passkeys" => Ask::AddPasskey,
        "/account/passkeys/remove" => Ask::RemovePasskey,
        "/account/sessions/end" => Ask::EndSession,
        "/account/sessions/others" => Ask::EndOthers,
        _ => return None,
    })
}

/// The pages.
pub(super) async fn show(visit: &Visit<'_>, _path: &str, ask: Ask) -> Result<Answer, Refused> {
    match ask {
        Ask::Totp => {
            let (who, account) = own(visit, false).await?;
            if account.totp.is_some() {
                return Ok(visit.to("/account"));
            }
            let secret: [u8; totp::SECRET] = random();
            Ok(totp_page(visit, who, &account, &secret, None).await)
        }
        _ => account_page(visit, None).await,
    }
}

/// A form of this page was sent.
pub(super) async fn change(visit: &mut Visit<'_>, ask: Ask) -> Result<Answer, Refused> {
    let (who, account) = own(visit, true).await?;
    let (who, store) = (who.clone(), visit.store.clone());
    let this = *who.session().ok_or(Refused::Login)?;
    let id = account.id.as_str();
    match ask {
        Ask::Account => return Err(Refused::Method),
        Ask::Totp => return begin_totp(visit, &who, &account).await,
        Ask::Password => return set_password(visit, &account, &this).await,
        Ask::EndTotp => {
            if !confirmed(visit, &account).await? {
                return account_page(visit, Some(t::password_wrong())).await;
            }
            accounts::end_totp(&store, id).await?;
            visit.note(changes::codes_off()).await?;
        }
        Ask::AddPasskey => return add_passkey(visit, &account).await,
        Ask::RemovePasskey => {
            let passkey = access::read(visit.form.get("id")).unwrap_or_default();
            accounts::remove_passkey(&store, id, &passkey).await?;
            visit.note(changes::removed_passkey()).await?;
        }
        Ask::EndSession => {
            let digest = access::read(visit.form.get("id"));
            if let Some(digest) = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok()) {
                session::end(&store, id, &digest).await?;
                visit.note(changes::ended_session()).await?;
                if digest == this {
                    return Ok(visit.out());
                }
            }
        }
        Ask::EndOthers => {
            session::end_others(&store, id, &this).await?;
            visit.note(changes::ended_others()).await?;
        }
    }
    Ok(done(visit, ask))
}

/// Back to the page, with a word that it is done.
fn done(visit: &Visit<'_>, ask: Ask) -> Answer {
    let done = match ask {
        Ask::Account | Ask::Totp => "",
        Ask::Password => "password",
        Ask::EndTotp => "codes-off",
        Ask::AddPasskey => "passkey",
        Ask::RemovePasskey => "passkey-off",
        Ask::EndSession => "session",
        Ask::EndOthers => "others",
    };
    visit.to(&format!("/account?done={done}"))
}

/// What is done, in a sentence.
fn done_said(done: &str) -> &'static str {
    match done {
        "password" => t::done_password(),
        "codes-off" => t::done_codes_off(),
        "passkey" => t::done_passkey(),
        "passkey-off" => t::done_passkey_off(),
        "session" => t::done_session(),
        "others" => t::done_others(),
        _ => "",
    }
}

/// Whoever asks, and their account.
async fn own<'v>(visit: &'v Visit<'_>, by_form: bool) -> Result<(&'v Who, Account), Refused> {
    let who = if by_form { visit.need_form(Role::Viewer)? } else { visit.need(Role::Viewer)? };
    let id = who.account().ok_or(Refused::Missing(t::no_account()))?;
    let account = accounts::by_id(&visit.store, id).await?.ok_or(Refused::Login)?;
    Ok((who, account))
}

/// Was the password of this account sent along? Whoever found a browser open shall not be able to
/// make it theirs.
async fn confirmed(visit: &Visit<'_>, account: &Account) -> Result<bool, Refused> {
    let counted = Counted::Session(account.id.clone());
    visit.attempt(&counted)?;
    let typed = visit.form.get("current");
    let is_right = visit.door().is_right(typed, &account.password).await.ok_or(Refused::Busy)?;
    if is_right {
        visit.door().right(&counted);
    } else {
        let what = changes::failed_account();
        visit.failed(&account.name, "wrong password on the account page", what).await?;
    }
    Ok(is_right)
}

async fn account_page(visit: &Visit<'_>, error: Option<&str>) -> Result<Answer, Refused> {
    let who = visit.need(Role::Viewer)?;
    let own = match (who.account(), who.session()) {
        (Some(id), Some(this)) => Some(known(visit, who, id, this).await?),
        _ => None,
    };
    let page = page::Account {
        frame: visit.frame().await,
        base: &visit.base,
        name: &who.name,
        role: who.role.as_str(),
        csrf: &who.csrf,
        is_owner: who.may(Role::Owner),
        own,
        done: done_said(visit.query.get("done")),
        error,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page::show(status, &page))
}

async fn known(
    visit: &Visit<'_>,
    who: &Who,
    id: &str,
    this: &[u8; 32],
) -> Result<page::Own, Refused> {
    let store = &visit.store;
    let passkeys = accounts::passkeys(store, id).await?;
    let sessions = session::of(store, id, visit.now).await?;
    let has_totp = accounts::by_id(store, id).await?.is_some_and(|account| account.totp.is_some());
    Ok(page::Own {
        has_totp,
        recovery: accounts::count_recovery(store, id).await?,
        passkey: register(visit, who, id, &passkeys),
        passkeys: passkeys
            .iter()
            .map(|passkey| page::Passkey {
                id: written(&passkey.id),
                name: passkey.name.clone(),
                created: visit.time(passkey.created),
                used: passkey.used.map(|used| visit.time(used)),
            })
            .collect(),
        sessions: sessions
            .into_iter()
            .map(|session| page::Session {
                id: written(&session.digest),
                is_this: session.digest == *this,
                browser: page::browser(&session.agent),
                since: visit.time(session.created),
                seen: visit.time(session.seen),
                remote: session.remote,
                agent: session.agent,
            })
            .collect(),
    })
}

/// What the browser is asked for when a passkey is made.
fn register(visit: &Visit<'_>, who: &Who, id: &str, known: &[Passkey]) -> Option<String> {
    let party = visit.party()?;
    let challenge = visit.door().seal.challenge(random(), id, visit.now + PATIENCE);
    let algorithms = passkey::ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
    let known: Vec<_> = known
        .iter()
        .map(|passkey| json!({ "type": "public-key", "id": written(&passkey.id) }))
        .collect();
    let options = json!({
        "challenge": challenge,
        "rp": { "id": party.id, "name": format!("nightkeep {}", visit.config.host) },
        "user": { "id": id, "name": who.name, "displayName": who.name },
        "pubKeyCredParams": algorithms,
        "excludeCredentials": known,
        "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
        "attestation": "none",
        "timeout": 300_000,
    });
    Some(options.to_string())
}

async fn add_passkey(visit: &Visit<'_>, account: &Account) -> Result<Answer, Refused> {
    if !confirmed(visit, account).await? {
        return account_page(visit, Some(t::password_wrong())).await;
    }
    let field = |name| access::read(visit.form.get(name));
    let (Some(party), Some(client), Some(attestation)) =
        (visit.party(), field("client"), field("attestation"))
    else {
        return account_page(visit, Some(t::passkey_not_made())).await;
    };
    if accounts::passkeys(&visit.store, &account.id).await?.len() >= PASSKEYS {
        return account_page(visit, Some(&t::passkeys_full(PASSKEYS))).await;
    }
    let takes = |challenge: &str| visit.door().takes(challenge, &account.id, visit.now);
    let made = match passkey::made(&party, &client, &attestation, takes) {
        Ok(made) => made,
        Err(why) => {
            tracing::warn!("a passkey of {} was not taken: {why}", account.name);
            let error = t::passkey_not_taken(self::why(why));
            return account_page(visit, Some(&error)).await;
        }
    };
    let name = text::clean(visit.form.get("name").trim(), NAME);
    let name = if name.is_empty() { t::passkey_nameless().to_owned() } else { name };
    if accounts::passkey_by_id(&visit.store, &made.id).await?.is_some() {
        return account_page(visit, Some(t::passkey_known())).await;
    }
    let kept = Passkey {
        id: made.id,
        account: account.id.clone(),
        name: name.clone(),
        key: made.key,
        counter: made.counter,
        created: visit.now,
        used: None,
    };
    accounts::add_passkey(&visit.store, &kept).await?;
    visit.note(changes::added_passkey(name)).await?;
    Ok(done(visit, Ask::AddPasskey))
}

async fn set_password(
    visit: &Visit<'_>,
    account: &Account,
    this: &[u8; 32],
) -> Result<Answer, Refused> {
    let [chosen, again] = ["password", "again"].map(|field| visit.form.get(field));
    if let Err(error) = password::check(chosen, &account.name) {
        return account_page(visit, Some(weak(error))).await;
    }
    if chosen != again {
        return account_page(visit, Some(t::not_the_same())).await;
    }
    if !confirmed(visit, account).await? {
        return account_page(visit, Some(t::password_wrong())).await;
    }
    let hash = visit.door().hash(chosen).await.ok_or(Refused::Busy)?;
    accounts::set_password(&visit.store, &account.id, &hash, this).await?;
    visit.note(changes::chose_password()).await?;
    Ok(done(visit, Ask::Password))
}

async fn totp_page(
    visit: &Visit<'_>,
    who: &Who,
    account: &Account,
    secret: &[u8],
    error: Option<&str>,
) -> Answer {
    let address = totp::address(secret, &visit.config.host, &account.name);
    let sealed = written(secret);
    let until = visit.now + PATIENCE;
    let ticket = visit.door().seal.ticket("totp", &[&account.id, &sealed], until);
    let page = page::Totp {
        frame: visit.frame().await,
        base: &visit.base,
        name: &account.name,
        csrf: &who.csrf,
        secret: &totp::written(secret),
        sealed: &sealed,
        ticket: &ticket,
        picture: totp::picture(&address),
        address: &address,
        error,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page::show(status, &page)
}

/// A first code was sent, as proof that the phone has the secret.
async fn begin_totp(visit: &Visit<'_>, who: &Who, account: &Account) -> Result<Answer, Refused> {
    let [sealed, ticket, code] = ["secret", "ticket", "code"].map(|field| visit.form.get(field));
    let is_ours = visit.door().seal.is_good(ticket, "totp", &[&account.id, sealed], visit.now);
    let secret = access::read(sealed).filter(|_| is_ours && account.totp.is_none());
    let Some(secret) = secret else { return Ok(visit.to("/account/totp")) };
    if !confirmed(visit, account).await? {
        return Ok(totp_page(visit, who, account, &secret, Some(t::password_wrong())).await);
    }
    let Some(step) = totp::step(&secret, code, visit.now, 0) else {
        return Ok(totp_page(visit, who, account, &secret, Some(t::code_wrong())).await);
    };
    let codes: Vec<String> = (0..totp::RECOVERY).map(|_| totp::recovery(random())).collect();
    let digests: Vec<_> =
        codes.iter().map(|code| totp::recovery_digest(&account.id, code)).collect();
    accounts::begin_totp(&visit.store, &account.id, &secret, step, &digests).await?;
    visit.note(changes::codes_on()).await?;
    let page = page::Codes { frame: visit.frame().await, base: &visit.base, codes: &codes };
    Ok(page::show(StatusCode::OK, &page))
}

/// Why a password is not taken.
pub(super) fn weak(weak: Weak) -> &'static str {
    match weak {
        Weak::Short => t::password_short(),
        Weak::Long => t::password_long(),
        Weak::Name => t::password_name(),
        Weak::Common => t::password_common(),
    }
}

/// Why a passkey is not taken.
fn why(refused: passkey::Refused) -> &'static str {
    match refused {
        passkey::Refused::Unread => t::passkey_unread(),
        passkey::Refused::Asked => t::passkey_asked(),
        passkey::Refused::Elsewhere => t::passkey_elsewhere(),
        passkey::Refused::Unverified => t::passkey_unverified(),
        passkey::Refused::Unknown => t::passkey_kind(),
        passkey::Refused::Signature => t::passkey_signature(),
        passkey::Refused::Copy => t::passkey_copy(),
    }
}
