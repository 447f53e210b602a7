//! The pages as templates.

use askama::Template;
use hyper::StatusCode;
use serde_json::json;

use crate::access::passkey::Party;
use crate::web::locale::{access, account, accounts, word};
use crate::web::page::Frame;
use crate::web::{Answer, answer};

/// The address of the style sheet.
pub(super) fn style() -> &'static str {
    crate::web::page::style_path()
}

/// A page as an answer.
pub(super) fn show(status: StatusCode, page: &impl Template) -> Answer {
    match page.render() {
        Ok(text) => answer::html(status, text),
        // A template writes into memory, so this cannot be.
        Err(error) => {
            tracing::error!("a page could not be made: {error}");
            answer::html(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", access::not_made()))
        }
    }
}

/// Asks again, with the cookie.
#[derive(Template)]
#[template(path = "access/again.html")]
pub(super) struct Again<'a> {
    pub(super) base: &'a str,
    pub(super) style: &'a str,
    pub(super) to: String,
}

/// A few words.
#[derive(Template)]
#[template(path = "access/message.html")]
pub(super) struct Message<'a> {
    pub(super) base: &'a str,
    pub(super) style: &'a str,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

/// Name and password, or a passkey.
#[derive(Template)]
#[template(path = "access/login.html")]
pub(super) struct Login<'a> {
    pub(super) base: &'a str,
    pub(super) style: &'a str,
    pub(super) host: &'a str,
    pub(super) next: &'a str,
    pub(super) name: &'a str,
    pub(super) error: Option<&'a str>,
    /// Nobody has an account yet.
    pub(super) is_empty: bool,
    /// What the script asks the browser for.
    pub(super) passkey: Option<String>,
}

/// The code of a phone.
#[derive(Template)]
#[template(path = "access/code.html")]
pub(super) struct Code<'a> {
    pub(super) base: &'a str,
    pub(super) style: &'a str,
    pub(super) name: &'a str,
    pub(super) ticket: &'a str,
    pub(super) next: &'a str,
    pub(super) error: Option<&'a str>,
}

/// A one-time link.
#[derive(Template)]
#[template(path = "access/link.html")]
pub(super) struct LinkPage<'a> {
    pub(super) base: &'a str,
    pub(super) style: &'a str,
    pub(super) host: &'a str,
    pub(super) token: &'a str,
    /// For whom, if that is fixed.
    pub(super) name: Option<&'a str>,
    pub(super) typed: &'a str,
    pub(super) role: &'a str,
    pub(super) error: Option<&'a str>,
}

/// One's own account.
#[derive(Template)]
#[template(path = "access/account.html")]
pub(super) struct Account<'a> {
    pub(super) frame: Frame,
    pub(super) base: &'a str,
    pub(super) name: &'a str,
    pub(super) role: &'a str,
    pub(super) csrf: &'a str,
    pub(super) is_owner: bool,
    /// None: there is none here, somebody else lets them in.
    pub(super) own: Option<Own>,
    pub(super) done: &'a str,
    pub(super) error: Option<&'a str>,
}

/// What is known of one's own account.
pub(super) struct Own {
    pub(super) has_totp: bool,
    pub(super) recovery: usize,
    /// What the script asks the browser for.
    pub(super) passkey: Option<String>,
    pub(super) passkeys: Vec<Passkey>,
    pub(super) sessions: Vec<Session>,
}

/// A passkey as it is shown.
pub(super) struct Passkey {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: String,
    pub(super) used: Option<String>,
}

/// A session as it is shown.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) is_this: bool,
    pub(super) browser: String,
    pub(super) agent: String,
    pub(super) remote: String,
    pub(super) since: String,
    pub(super) seen: String,
}

/// The secret of codes, to be taken over by a phone.
#[derive(Template)]
#[template(path = "access/totp.html")]
pub(super) struct Totp<'a> {
    pub(super) frame: Frame,
    pub(super) base: &'a str,
    pub(super) name: &'a str,
    pub(super) csrf: &'a str,
    pub(super) secret: &'a str,
    pub(super) sealed: &'a str,
    pub(super) ticket: &'a str,
    pub(super) address: &'a str,
    /// Its side and the path that draws it.
    pub(super) picture: Option<(i32, String)>,
    pub(super) error: Option<&'a str>,
}

/// Codes for paper.
#[derive(Template)]
#[template(path = "access/codes.html")]
pub(super) struct Codes<'a> {
    pub(super) frame: Frame,
    pub(super) base: &'a str,
    pub(super) codes: &'a [String],
}

/// All accounts.
#[derive(Template)]
#[template(path = "access/accounts.html")]
pub(super) struct Accounts<'a> {
    pub(super) frame: Frame,
    pub(super) base: &'a str,
    pub(super) csrf: &'a str,
    pub(super) people: Vec<Person>,
    pub(super) roles: [&'static str; 3],
    pub(super) error: Option<&'a str>,
}

/// An account as it is shown.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: &'static str,
    /// Their role, and by what they log in.
    pub(super) about: String,
    pub(super) seen: Option<String>,
    pub(super) is_own: bool,
    /// The last owner stays one.
    pub(super) is_last_owner: bool,
}

/// A link to hand on.
#[derive(Template)]
#[template(path = "access/invited.html")]
pub(super) struct Invited<'a> {
    pub(super) frame: Frame,
    pub(super) base: &'a str,
    pub(super) link: &'a str,
    pub(super) role: &'a str,
    pub(super) name: &'a str,
    pub(super) until: &'a str,
}

/// The list of changes.
#[derive(Template)]
#[template(path = "access/changes.html")]
pub(super) struct Changes<'a> {
    pub(super) frame: Frame,
    pub(super) base: &'a str,
    pub(super) changes: Vec<Changed>,
    /// The number before which older ones are.
    pub(super) older: Option<i64>,
}

/// A change as it is shown.
pub(super) struct Changed {
    pub(super) at: String,
    pub(super) stamp: String,
    pub(super) by: String,
    pub(super) from: String,
    pub(super) what: String,
}

/// What a browser is asked for when somebody logs in with a passkey, whoever it may be.
pub(super) fn passkey_login(party: &Party, challenge: &str) -> String {
    json!({
        "challenge": challenge,
        "rpId": party.id,
        "userVerification": "required",
        "timeout": 300_000,
    })
    .to_string()
}

/// The browser in two words: `Firefox on Android`.
pub(super) fn browser(agent: &str) -> String {
    let find = |known: &[(&'static str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Those that call themselves by several names come first.
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
        ("curl", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => account::browser_on(browser, system),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => account::a_program().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers() {
        for (agent, said) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
                "Edge on Windows",
            ),
            ("curl/8.14.1", "curl"),
            ("", "A program"),
        ] {
            assert_eq!(browser(agent), said);
        }
    }

    /// What others wrote is text, wherever it stands.
    #[test]
    fn nothing_of_others_is_markup() {
        let evil = "\"><script>alert(1)</script>'";
        let page = Login {
            base: "",
            style: style(),
            host: evil,
            next: evil,
            name: evil,
            error: Some(evil),
            is_empty: true,
            passkey: Some(evil.to_owned()),
        };
        let text = page.render().unwrap();
        assert!(!text.contains("<script>"), "{text}");
        let texts = text.matches("&#34;&#62;&#60;script&#62;").count();
        assert_eq!((texts, text.matches("&quot;&gt;&lt;script&gt;").count()), (6, 1), "{text}");
    }
}
