//! Logging in and out.

use hyper::StatusCode;
use jiff::Timestamp;

use super::door::{Counted, random};
use super::page::{self, passkey_login};
use super::second::{self, Taken};
use super::visit::{Refused, Visit};
use super::{place, site};
use crate::access::passkey::{self, Shown};
use crate::access::seal::PATIENCE;
use crate::access::{self, Account, Role, password as passwords};
use crate::store::{account as accounts, session};
use crate::web::Answer;
use crate::web::locale::{access as t, changes};

/// The page.
pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Refused> {
    if visit.who.is_some() {
        return Ok(visit.go_on(visit.query.get("next")));
    }
    let is_empty = accounts::all(&visit.store).await?.is_empty();
    Ok(page(visit, StatusCode::OK, visit.query.get("next"), "", None, is_empty))
}

fn page(
    visit: &Visit<'_>,
    status: StatusCode,
    next: &str,
    name: &str,
    error: Option<&str>,
    is_empty: bool,
) -> Answer {
    let challenge = visit.door().seal.challenge(random(), "", visit.now + PATIENCE);
    let passkey = visit.party().map(|party| passkey_login(&party, &challenge));
    let page = page::Login {
        base: &visit.base,
        style: page::style(),
        host: &visit.config.host,
        next: site::next(next).unwrap_or_default(),
        name,
        error,
        is_empty,
        passkey,
    };
    page::show(status, &page)
}

/// Name and password were sent.
pub(super) async fn password(visit: &mut Visit<'_>) -> Result<Answer, Refused> {
    let (typed, next) = (visit.form.get("password").to_owned(), visit.form.get("next").to_owned());
    let name = access::name(visit.form.get("name")).unwrap_or_default();
    let account = accounts::named(&visit.store, &name).await?;
    let counted = visit.counted(account.as_ref(), &name).await?;
    visit.attempt(&counted)?;
    let kept = account.as_ref().map_or(passwords::NOBODY, |account| account.password.as_str());
    let is_right = visit.door().is_right(&typed, kept).await.ok_or(Refused::Busy)?;
    let Some(account) = account.filter(|_| is_right) else {
        visit.failed(&name, "wrong name or password", changes::failed_password()).await?;
        return Ok(page(visit, StatusCode::UNAUTHORIZED, &next, &name, Some(t::wrong()), false));
    };
    visit.door().right(&counted);
    after_password(visit, &account, &next, changes::logged_in_password()).await
}

/// In, which is written down in these words, or on to the code where one is asked for.
pub(super) async fn after_password(
    visit: &mut Visit<'_>,
    account: &Account,
    next: &str,
    what: &str,
) -> Result<Answer, Refused> {
    if account.totp.is_some() {
        let ticket = ticket(visit, account);
        return Ok(code_page(visit, StatusCode::OK, account, &ticket, next, None));
    }
    visit.log_in(account, what).await?;
    Ok(visit.go_on(next))
}

/// Says that the password of this account, as it is now, was right.
fn ticket(visit: &Visit<'_>, account: &Account) -> String {
    let until = visit.now + PATIENCE;
    visit.door().seal.ticket("code", &[&account.id, &account.password], until)
}

fn code_page(
    visit: &Visit<'_>,
    status: StatusCode,
    account: &Account,
    ticket: &str,
    next: &str,
    error: Option<&str>,
) -> Answer {
    let page = page::Code {
        base: &visit.base,
        style: page::style(),
        name: &account.name,
        ticket,
        next: site::next(next).unwrap_or_default(),
        error,
    };
    page::show(status, &page)
}

/// The code was sent.
pub(super) async fn code(visit: &mut Visit<'_>) -> Result<Answer, Refused> {
    let [ticket, typed, next] =
        ["ticket", "code", "next"].map(|field| visit.form.get(field).to_owned());
    let name = access::name(visit.form.get("name")).unwrap_or_default();
    let account = accounts::named(&visit.store, &name).await?;
    let is_good = |account: &Account, now: Timestamp| {
        visit.door().seal.is_good(&ticket, "code", &[&account.id, &account.password], now)
    };
    let Some(account) = account.filter(|account| is_good(account, visit.now)) else {
        // It took too long, or the password is another by now.
        return Ok(visit.to("/login"));
    };
    let counted = visit.counted(Some(&account), &name).await?;
    visit.attempt(&counted)?;
    match second::take(visit, &account, &typed).await? {
        Taken::Code => {}
        Taken::Paper => visit.note_as(&name, changes::used_recovery()).await?,
        Taken::Nothing => {
            visit.failed(&name, "wrong code", changes::failed_code()).await?;
            let (status, error) = (StatusCode::UNAUTHORIZED, t::code_wrong());
            return Ok(code_page(visit, status, &account, &ticket, &next, Some(error)));
        }
    }
    visit.door().right(&counted);
    visit.log_in(&account, changes::logged_in_code()).await?;
    Ok(visit.go_on(&next))
}

/// A passkey was used, which is two factors: the device, and whatever opens it.
pub(super) async fn passkey(visit: &mut Visit<'_>) -> Result<Answer, Refused> {
    let counted = Counted::From(place(visit.asker, &visit.headers));
    visit.attempt(&counted)?;
    let next = visit.form.get("next").to_owned();
    let Some(account) = passkey_of(visit).await? else {
        let (status, error) = (StatusCode::UNAUTHORIZED, t::passkey_unknown());
        return Ok(page(visit, status, &next, "", Some(error), false));
    };
    visit.door().right(&counted);
    visit.log_in(&account, changes::logged_in_passkey()).await?;
    Ok(visit.go_on(&next))
}

/// The account whose passkey was shown.
async fn passkey_of(visit: &Visit<'_>) -> Result<Option<Account>, Refused> {
    let field = |name| access::read(visit.form.get(name));
    let fields = [field("id"), field("client"), field("authenticator"), field("signature")];
    let (Some(party), [Some(id), Some(client), Some(authenticator), Some(signature)]) =
        (visit.party(), fields)
    else {
        return Ok(None);
    };
    let _turn = visit.door().turn.lock().await;
    let Some(kept) = accounts::passkey_by_id(&visit.store, &id).await? else {
        visit.failed("", "unknown passkey", changes::failed_passkey_unknown()).await?;
        return Ok(None);
    };
    let Some(account) = accounts::by_id(&visit.store, &kept.account).await? else {
        return Ok(None);
    };
    let whose = visit.form.get("user");
    if !whose.is_empty() && whose != account.id {
        let what = changes::failed_passkey_other();
        visit.failed(&account.name, "passkey of somebody else", what).await?;
        return Ok(None);
    }
    let shown = Shown { client: &client, authenticator: &authenticator, signature: &signature };
    let takes = |challenge: &str| visit.door().takes(challenge, "", visit.now);
    match passkey::used(&party, shown, &kept.key, kept.counter, takes) {
        Ok(counter) => {
            accounts::use_passkey(&visit.store, &id, counter, visit.now).await?;
            Ok(Some(account))
        }
        Err(why) => {
            let why = why.to_string();
            let what = changes::failed_passkey(&why);
            visit.failed(&account.name, &format!("passkey refused ({why})"), &what).await?;
            Ok(None)
        }
    }
}

/// Out.
pub(super) async fn logout(visit: &Visit<'_>) -> Result<Answer, Refused> {
    // Whoever is out already wants nothing else.
    let Some(who) = &visit.who else { return Ok(visit.out()) };
    visit.need_form(Role::Viewer)?;
    if let (Some(id), Some(digest)) = (who.account(), who.session()) {
        session::end(&visit.store, id, digest).await?;
        visit.note(changes::logged_out()).await?;
    }
    Ok(visit.out())
}
