//! Access through the built binary: from the one-time link to the page and out again, and all the
//! ways that do not lead in.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod alone;
mod http;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustls::pki_types::ServerName;

use crate::alone::{free_port, looks_at_nothing};
use crate::http::{Answer, ask};

/// A watch that only listens.
struct Watch {
    directory: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl Watch {
    /// With these lines in `[web]`.
    fn start(web: &str) -> Self {
        Self::at("127.0.0.1", web)
    }

    fn at(address: &str, web: &str) -> Self {
        let (directory, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut text = format!(
            "host = \"testhost\"\n[store]\npath = \"{}\"\n[way-out]\nask = []\n\
             [web]\nlisten = [\"{address}:{port}\"]\n{web}\n",
            directory.path().join("store").display()
        );
        text += &looks_at_nothing();
        std::fs::write(directory.path().join("nightkeep.toml"), text).unwrap();
        let mut watch = Self { directory, port, process: None };
        watch.run();
        watch
    }

    fn run(&mut self) {
        self.process = Some(self.command(&["run"]).stderr(Stdio::inherit()).spawn().unwrap());
        until("it does not listen", || TcpStream::connect(("127.0.0.1", self.port)).ok());
        until("it does not answer", || {
            self.command(&["status"]).output().ok().filter(|output| output.status.success())
        });
    }

    fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.arg("--config").arg(self.path("nightkeep.toml"));
        command.arg("--socket").arg(self.path("socket")).args(arguments);
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The path of a new link.
    fn link(&self, arguments: &[&str]) -> String {
        let link = self.says(&[&["account", "link"], arguments].concat());
        let (_, path) = link.trim().split_once("/link/").unwrap();
        format!("/link/{path}")
    }

    fn browser(&self) -> Browser {
        Browser { port: self.port, host: format!("localhost:{}", self.port), ..Browser::default() }
    }

    /// An account, and a browser that is logged in to it.
    fn account(&self, name: &str, role: &str) -> Browser {
        let link = self.link(&["--role", role]);
        let mut browser = self.browser();
        let made =
            browser.post(&link, &[("name", name), ("password", PASSWORD), ("again", PASSWORD)]);
        assert_eq!((made.status, made.header("location")), (303, Some("/")), "{}", made.body);
        browser
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

const PASSWORD: &str = "correct horse battery";

/// What a browser does: keeps cookies, and says where a form comes from.
#[derive(Default, Clone)]
struct Browser {
    port: u16,
    host: String,
    cookies: Vec<(String, String)>,
    headers: String,
}

impl Browser {
    fn send(&mut self, method: &str, path: &str, more: &str, body: &str) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if !self.cookies.is_empty() {
            let all: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(request, "Cookie: {}\r\n", all.join("; ")).unwrap();
        }
        request += &self.headers;
        request += more;
        write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let answer = ask(self.port, &request).unwrap();
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            assert!(
                line.contains("; HttpOnly; SameSite=Strict;") && line.contains("Path=/;"),
                "{line}"
            );
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "Sec-Fetch-Site: none\r\n", "")
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("Origin: http://{}\r\n", self.host);
        self.send("POST", path, &origin, &form(fields))
    }

    /// What a page of ours gives its forms.
    fn csrf(&mut self) -> String {
        hidden(&self.get("/account").body, "csrf")
    }

    /// Sends a form of ours.
    fn change(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf();
        self.post(path, &[&[("csrf", csrf.as_str())], fields].concat())
    }

    fn login(&mut self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)])
    }

    fn is_in(&mut self) -> bool {
        self.get("/account").status == 200
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{what}");
}

#[test]
fn from_the_link_to_the_page_and_out_again() {
    let mut watch = Watch::start("");
    let mut browser = watch.browser();
    // Nothing is to be seen without a login, from this machine as well.
    let first = browser.get("/account");
    assert_eq!((first.status, first.header("location")), (303, Some("/login?next=%2Faccount")));
    assert!(browser.get("/login").body.contains("sudo nightkeep account link"));

    let link = watch.link(&[]);
    let page = browser.get(&link);
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    // What is wrong is said, and uses up nothing.
    for (name, password, again, says) in [
        ("a b", PASSWORD, PASSWORD, "A name has"),
        ("ann", "short", "short", "at least 10"),
        ("ann", PASSWORD, "other", "not the same"),
    ] {
        let fields = [("name", name), ("password", password), ("again", again)];
        let answer = browser.post(&link, &fields);
        assert!(answer.status == 422 && answer.body.contains(says), "{}", answer.body);
    }
    let fields = [("name", "Ann"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = browser.post(&link, &fields);
    assert_eq!((made.status, made.header("location")), (303, Some("/")));
    let cookie = made.header("set-cookie").unwrap();
    assert!(cookie.starts_with("nightkeep=") && !cookie.contains("Secure"), "{cookie}");
    let page = browser.get("/account");
    assert!(page.body.contains("You are <b><bdi>ann</bdi></b>, owner"), "{}", page.body);
    // Used twice it is good for nothing.
    let mut other = watch.browser();
    assert_eq!(other.get(&link).status, 404);
    assert_eq!(
        other.post(&link, &[("name", "eve"), ("password", PASSWORD), ("again", PASSWORD)]).status,
        404
    );
    assert_eq!(other.get("/link/nothing").status, 404);

    // What was acknowledged is there after the worst end.
    watch.kill();
    watch.run();
    assert!(browser.is_in());
    assert!(watch.says(&["account"]).contains("ann"));
    assert!(watch.says(&["account", "sessions"]).contains("127.0.0.1"));

    let out = browser.change("/logout", &[]);
    assert_eq!((out.status, out.header("location")), (303, Some("/login")));
    let was = browser.cookies.clone();
    assert!(was.iter().all(|(name, _)| name == "nightkeep-device"));
    assert!(!browser.is_in());
    let back = browser
        .post("/login", &[("name", "ANN"), ("password", PASSWORD), ("next", "/settings/changes")]);
    assert_eq!(back.header("location"), Some("/settings/changes"));
    let list = browser.get("/settings/changes").body;
    for what in
        ["made this account by a link", "logged in with a password", "logged out", "made a link"]
    {
        assert!(list.contains(what), "{what} is not in {list}");
    }
    let away = browser
        .clone()
        .post("/login", &[("name", "ann"), ("password", PASSWORD), ("next", "//evil.test")]);
    assert_eq!(away.header("location"), Some("/"));
}

#[test]
fn a_link_of_a_mail_arrives() {
    let watch = Watch::start("");
    let mut browser = watch.account("ann", "owner");
    // By a link of another site the browser sends no cookie: a page of ours asks again.
    let cookies = std::mem::take(&mut browser.cookies);
    let from_mail = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
    let arrived = browser.send("GET", "/account?a=%3Cb", from_mail, "");
    assert_eq!(arrived.status, 200);
    let to = arrived.header("refresh").unwrap().strip_prefix("0; url=").unwrap();
    browser.cookies = cookies;
    let on = browser.send("GET", to, "Sec-Fetch-Site: same-origin\r\n", "");
    assert_eq!((on.status, on.header("location")), (303, Some("/account?a=%3Cb")));
}

#[test]
fn who_guesses_waits_and_the_owner_does_not() {
    let watch = Watch::start("trusted-proxies = [\"127.0.0.1\"]");
    let mut owner = watch.account("ann", "owner");
    let from = |n: u8, name: &str, password: &str| {
        let mut browser = watch.browser();
        browser.headers = format!("X-Forwarded-For: 203.0.113.{n}\r\n");
        browser.login(name, password)
    };
    for _ in 0..5 {
        let wrong = from(1, "ann", "wrong password");
        assert_eq!(wrong.status, 401);
        assert!(wrong.body.contains("Name or password is wrong."));
    }
    // The very address waits, with the right password as well, and with another name.
    for (name, password) in [("ann", PASSWORD), ("bob", "whatever it is")] {
        let answer = from(1, name, password);
        assert_eq!(answer.status, 429, "{}", answer.body);
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=11).contains(&wait) && answer.body.contains("Try again in"), "{wait}");
    }
    // So does the account, from wherever, ...
    assert_eq!(from(2, "ann", PASSWORD).status, 429);
    // ... but not for a browser that was here before.
    owner.change("/logout", &[]);
    assert_eq!(owner.login("ann", PASSWORD).status, 303);
    // Names that are not there are answered alike.
    for n in 10..15 {
        assert_eq!(from(n, "nobody", "wrong password").status, 401);
    }
    assert_eq!(from(20, "nobody", "wrong password").status, 429);
    let list = owner.get("/settings/changes").body;
    assert!(list.contains("could not log in") && list.contains("203.0.113.1"), "{list}");

    // Wrong tokens of programs likewise; a right one is let in all the same.
    let token = watch.says(&["token", "add", "program", "--scope", "read"]);
    let api = |token: &str| {
        let request = format!(
            "GET /api/nightkeep/v1/status HTTP/1.1\r\nHost: x\r\nX-Api-Key: {token}\r\n\r\n"
        );
        ask(watch.port, &request).unwrap().status
    };
    assert_eq!([(); 6].map(|()| api("wrong")), [401, 401, 401, 401, 401, 429]);
    assert_eq!(api(token.trim()), 200);
    let list = owner.get("/settings/changes").body;
    assert!(list.contains("token: program is let in for read."), "{list}");
}

#[test]
fn other_sites_and_old_forms_change_nothing() {
    let watch = Watch::start("");
    let mut browser = watch.account("ann", "owner");
    let csrf = browser.csrf();
    // A program's change is in the list before it is answered.
    let token = watch.says(&["token", "add", "deploy", "--scope", "write"]);
    let body = "{\"for\":\"1h\"}";
    let request = format!(
        "POST /api/nightkeep/v1/silences HTTP/1.1\r\nHost: x\r\nX-Api-Key: {}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        token.trim(),
        body.len()
    );
    assert!(ask(watch.port, &request).unwrap().status < 300);
    assert!(browser.get("/settings/changes").body.contains("token deploy"));
    let fields = form(&[("csrf", &csrf)]);
    for foreign in [
        "Origin: https://evil.test\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        let answer = browser.send("POST", "/logout", foreign, &fields);
        assert_eq!(answer.status, 403, "{foreign}");
        let login = browser.clone().send("POST", "/login", foreign, "name=ann&password=x");
        assert_eq!(login.status, 403, "{foreign}");
    }
    for csrf in ["", "AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(browser.post("/logout", &[("csrf", csrf)]).status, 403);
        let made = browser.post("/settings/accounts/link", &[("csrf", csrf)]);
        assert_eq!(made.status, 403);
    }
    // One's own is no other's.
    let other = watch.account("bob", "owner").csrf();
    assert_eq!(browser.post("/logout", &[("csrf", &other)]).status, 403);
    assert!(browser.is_in());
    assert_eq!(browser.get("/logout").status, 405);
    assert_eq!(browser.post("/logout", &[("csrf", &csrf)]).status, 303);
}

#[test]
fn roles_and_the_last_owner() {
    let watch = Watch::start("");
    let mut owner = watch.account("ann", "owner");
    let mut viewer = watch.account("bob", "viewer");
    for page in ["/settings/accounts", "/settings/changes"] {
        assert_eq!(viewer.get(page).status, 403);
        assert_eq!(owner.get(page).status, 200);
    }
    let people = owner.get("/settings/accounts").body;
    let (_, people) = people.split_once("<main").unwrap();
    let id_of = |name: &str| {
        // Each card begins with the name.
        let (_, card) = people.split_once(&format!("<bdi>{name}</bdi>")).unwrap();
        hidden(card, "id")
    };
    let bob = id_of("bob");
    let tried = viewer.change("/settings/accounts/role", &[("id", &bob), ("role", "owner")]);
    assert_eq!(tried.status, 403);
    assert!(watch.says(&["account"]).contains("viewer"));

    let ann = people.split("<bdi>ann</bdi>").nth(1).unwrap().split("<bdi>").next().unwrap();
    assert!(ann.contains("The last owner"), "{ann}");
    // Nobody's form has it, but somebody may send it all the same.
    let options = owner.get("/account").body;
    let (_, options) = options.split_once("data-options=\"").unwrap();
    let options = options.split('"').next().unwrap().replace("&#34;", "\"");
    let options: serde_json::Value = serde_json::from_str(&options).unwrap();
    let own = options["user"]["id"].as_str().unwrap().to_owned();
    for (path, role) in [("/settings/accounts/role", "editor"), ("/settings/accounts/remove", "")] {
        let answer = owner.change(path, &[("id", &own), ("role", role)]);
        assert!(answer.status == 422 && answer.body.contains("last owner"), "{}", answer.body);
    }
    assert_eq!(
        owner.change("/settings/accounts/role", &[("id", &bob), ("role", "editor")]).status,
        303
    );
    assert!(viewer.get("/account").body.contains("editor"));
    assert_eq!(owner.change("/settings/accounts/remove", &[("id", &bob)]).status, 303);
    assert!(!viewer.is_in());
    assert_eq!(viewer.login("bob", PASSWORD).status, 401);

    // A link of the page: for somebody new, whatever name they want but one that is taken.
    let shown = owner.change("/settings/accounts/link", &[("name", ""), ("role", "editor")]);
    let (_, link) = shown.body.split_once("/link/").unwrap();
    let link = format!("/link/{}", link.split('<').next().unwrap());
    let mut new = watch.browser();
    let taken = new.post(&link, &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    assert!(taken.status == 422 && taken.body.contains("taken"), "{}", taken.body);
    let made = new.post(&link, &[("name", "eve"), ("password", PASSWORD), ("again", PASSWORD)]);
    assert_eq!(made.status, 303);
    assert!(watch.says(&["account"]).contains("eve"));
    assert!(watch.says(&["account", "remove", "eve"]).contains("is let in no more"));
    assert!(!new.is_in());
    let said = watch.says(&["account", "role", "ann", "viewer"]);
    assert!(said.contains("Nobody is an owner now"), "{said}");
}

#[test]
fn sessions_passwords_and_the_way_back() {
    let watch = Watch::start("");
    let mut phone = watch.account("ann", "owner");
    let mut desk = watch.browser();
    assert_eq!(desk.login("ann", PASSWORD).status, 303);
    let page = desk.get("/account").body;
    assert!(page.contains("Log out there"), "{page}");
    let (_, other) = page.split_once("/account/sessions/end").unwrap();
    assert_eq!(desk.change("/account/sessions/end", &[("id", &hidden(other, "id"))]).status, 303);
    assert!(!phone.is_in() && desk.is_in());
    assert_eq!(phone.login("ann", PASSWORD).status, 303);
    assert_eq!(desk.change("/account/sessions/others", &[]).status, 303);
    assert!(!phone.is_in() && desk.is_in());

    assert_eq!(phone.login("ann", PASSWORD).status, 303);
    let new = "another horse entirely";
    let set = |browser: &mut Browser, current: &str| {
        browser
            .change("/account/password", &[("current", current), ("password", new), ("again", new)])
    };
    let refused = set(&mut desk, "not it at all");
    assert!(refused.status == 422 && refused.body.contains("not your password"));
    assert_eq!(set(&mut desk, PASSWORD).status, 303);
    assert!(!phone.is_in() && desk.is_in());
    assert_eq!(phone.login("ann", PASSWORD).status, 401);
    // Each login is a session of its own: what a browser had before is worth nothing.
    let before = desk.clone();
    assert_eq!(desk.login("ann", new).status, 303);
    assert!(!before.clone().is_in() && desk.is_in());

    let link = watch.link(&["--for", "ann"]);
    let page = phone.get(&link);
    assert!(page.body.contains("A password for ann"), "{}", page.body);
    assert_eq!(phone.post(&link, &[("password", PASSWORD), ("again", PASSWORD)]).status, 303);
    assert!(phone.is_in() && !desk.is_in());
    assert!(phone.get("/account").body.contains("owner"));
}

/// The code of a phone now, and so many steps on.
fn code(secret: &str, steps: i64) -> String {
    let secret = URL_SAFE_NO_PAD.decode(secret).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = ring::hmac::sign(&key, &(now / 30 + steps).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let four: [u8; 4] = tag.as_ref()[at..at + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

#[test]
fn codes_of_a_phone() {
    let watch = Watch::start("");
    let mut browser = watch.account("ann", "owner");
    let page = browser.get("/account/totp").body;
    assert!(page.contains("<svg") && page.contains("otpauth://totp/"), "{page}");
    let (secret, ticket) = (hidden(&page, "secret"), hidden(&page, "ticket"));
    let begin = |browser: &mut Browser, code: &str, secret: &str| {
        let fields =
            [("secret", secret), ("ticket", &ticket), ("code", code), ("current", PASSWORD)];
        browser.change("/account/totp", &fields)
    };
    assert_eq!(begin(&mut browser, "000000x", &secret).status, 422);
    // A secret of somebody's own making is not taken.
    assert_eq!(begin(&mut browser, &code("AAAA", 0), "AAAA").status, 303);
    let shown = begin(&mut browser, &code(&secret, -1), &secret);
    assert_eq!(shown.status, 200, "{}", shown.body);
    let paper = shown.body.split("<pre><code>").nth(1).unwrap().lines().next().unwrap().to_owned();

    let mut other = watch.browser();
    let asked = other.login("ann", PASSWORD);
    assert_eq!(asked.status, 200);
    assert!(!other.is_in() && asked.header("set-cookie").is_none());
    let ticket = hidden(&asked.body, "ticket");
    let send = |browser: &mut Browser, code: &str| {
        browser.post("/login/code", &[("name", "ann"), ("ticket", &ticket), ("code", code)])
    };
    assert_eq!(send(&mut other, "000000x").status, 401);
    let now = code(&secret, 1);
    assert_eq!(send(&mut other, &now).status, 303);
    assert!(other.is_in());
    assert_eq!(send(&mut watch.browser(), &now).status, 401, "a code is good once");
    assert_eq!(send(&mut watch.browser(), &paper).status, 303);
    assert_eq!(send(&mut watch.browser(), &paper).status, 401, "one on paper as well");
    // Without the password there is no ticket.
    let none = [("name", "ann"), ("ticket", "9999999999.AAAA"), ("code", paper.as_str())];
    assert_eq!(watch.browser().post("/login/code", &none).header("location"), Some("/login"));

    // A new password by a link leaves the code; --reset does not.
    let fields = [("password", PASSWORD), ("again", PASSWORD)];
    let asked = watch.browser().post(&watch.link(&["--for", "ann"]), &fields);
    assert!(asked.status == 200 && asked.body.contains("Your code"), "{}", asked.body);
    let link = watch.link(&["--for", "ann", "--reset"]);
    assert_eq!(watch.browser().post(&link, &fields).status, 303);
    assert_eq!(watch.browser().login("ann", PASSWORD).status, 303);
}

/// A device with one passkey.
struct Device(EcdsaKeyPair);

impl Device {
    fn new() -> Self {
        let random = SystemRandom::new();
        let alg = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap())
    }

    fn data(flags: u8, counter: u32) -> Vec<u8> {
        let party = ring::digest::digest(&ring::digest::SHA256, b"localhost");
        [party.as_ref(), &[flags], &counter.to_be_bytes()].concat()
    }

    fn attestation(&self) -> String {
        let point = self.0.public_key().as_ref();
        let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        let key = [&head[..], &point[1..33], &[0x22, 0x58, 0x20], &point[33..]].concat();
        let data = [&Self::data(0x45, 0)[..], &[0; 16], &[0, 4], b"here", &key].concat();
        let length = [u8::try_from(data.len()).unwrap()];
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
        URL_SAFE_NO_PAD.encode([&head[..], &length, &data].concat())
    }

    fn client(what: &str, options: &str, browser: &Browser) -> Vec<u8> {
        let options: serde_json::Value =
            serde_json::from_str(&options.replace("&#34;", "\"")).unwrap();
        format!(
            r#"{{"type":"{what}","challenge":{},"origin":"http://{}"}}"#,
            options["challenge"], browser.host
        )
        .into_bytes()
    }

    /// The fields of a login with it.
    fn login(&self, page: &str, browser: &Browser, counter: u32) -> Vec<(&'static str, String)> {
        let client = Self::client("webauthn.get", options(page), browser);
        let data = Self::data(5, counter);
        let digest = ring::digest::digest(&ring::digest::SHA256, &client);
        let signed = [&data[..], digest.as_ref()].concat();
        let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        vec![
            ("id", text(b"here")),
            ("client", text(&client)),
            ("authenticator", text(&data)),
            ("signature", text(signature.as_ref())),
        ]
    }
}

fn options(page: &str) -> &str {
    let (_, rest) = page.split_once("data-options=\"").unwrap();
    rest.split('"').next().unwrap()
}

#[test]
fn passkeys() {
    let watch = Watch::start("trusted-proxies = [\"127.0.0.1\"]");
    let mut browser = watch.account("ann", "owner");
    let device = Device::new();
    let page = browser.get("/account").body;
    let client = Device::client("webauthn.create", options(&page), &browser);
    let add = |browser: &mut Browser, current: &str| {
        let (client, attestation) = (URL_SAFE_NO_PAD.encode(&client), device.attestation());
        let fields = [
            ("name", "<b>Phone"),
            ("current", current),
            ("client", &client),
            ("attestation", &attestation),
        ];
        browser.change("/account/passkeys", &fields)
    };
    assert_eq!(add(&mut browser, "not it at all").status, 422);
    assert_eq!(add(&mut browser, PASSWORD).header("location"), Some("/account?done=passkey"));
    assert_eq!(add(&mut browser, PASSWORD).status, 422, "a challenge is good once");
    let page = browser.get("/account").body;
    assert!(page.contains("Phone") && !page.contains("<b>Phone"), "{page}");
    assert!(watch.says(&["account"]).contains('1'));

    let send = |browser: &mut Browser, fields: &[(&'static str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/login/passkey", &fields)
    };
    let mut other = watch.browser();
    let page = other.get("/login").body;
    let mut tampered = device.login(&page, &other, 1);
    tampered[3].1.replace_range(8..10, "AA");
    assert_eq!(send(&mut other, &tampered).status, 401);
    let stranger = Device::new().login(&page, &other, 1);
    assert_eq!(send(&mut other, &stranger).status, 401);
    let good = device.login(&page, &other, 1);
    assert_eq!(send(&mut other, &good).status, 303);
    assert!(other.is_in());
    assert_eq!(send(&mut watch.browser(), &good).status, 401, "an answer is good once");
    let mut third = watch.browser();
    let page = third.get("/login").body;
    let copy = device.login(&page, &third, 1);
    assert_eq!(send(&mut third, &copy).status, 401, "its count has to grow");
    // A challenge for somebody's new passkey is none to log in with.
    let register = browser.get("/account").body;
    let wrong = device.login(&register, &third, 9);
    assert_eq!(send(&mut third, &wrong).status, 401);

    let page = browser.get("/account").body;
    let (_, rest) = page.split_once("/account/passkeys/remove").unwrap();
    assert_eq!(
        browser.change("/account/passkeys/remove", &[("id", &hidden(rest, "id"))]).status,
        303
    );
    third.headers = String::from("X-Forwarded-For: 203.0.113.9\r\n");
    let page = third.get("/login").body;
    let gone = device.login(&page, &third, 10);
    assert_eq!(send(&mut third, &gone).status, 401);
}

#[test]
fn a_proxy_is_believed_only_where_it_is() {
    let config = |from: &str| {
        format!("[web.forward-auth]\nfrom = [\"{from}\"]\nowners = [\"ann\"]\neditors = [\"bob\"]")
    };
    let watch = Watch::start(&config("127.0.0.1"));
    let as_user = |name: &str| {
        let mut browser = watch.browser();
        browser.headers = format!("Remote-User: {name}\r\n");
        browser
    };
    for (name, role) in [("ann", "owner"), ("bob", "editor"), ("Ann", "viewer"), ("eve", "viewer")]
    {
        let page = as_user(name).get("/account");
        assert!(page.body.contains(&format!("</b>, {role}")), "{}", page.body);
    }
    assert!(!watch.browser().is_in());
    // It has no session, and its forms are protected all the same.
    let csrf = hidden(&as_user("ann").get("/settings/accounts").body, "csrf");
    let link = |name: &str, csrf: &str| {
        as_user(name).post("/settings/accounts/link", &[("csrf", csrf), ("role", "viewer")]).status
    };
    assert_eq!([link("ann", ""), link("ann", &csrf), link("eve", &csrf)], [403, 200, 403]);

    let elsewhere = Watch::start(&config("10.0.0.2"));
    let mut browser = elsewhere.browser();
    browser.headers = String::from("Remote-User: ann\r\n");
    assert!(!browser.is_in());
}

#[test]
fn this_machine_may_be_let_in() {
    let watch = Watch::start("login = \"off-loopback\"");
    let mut browser = watch.browser();
    assert!(browser.get("/account").body.contains("<bdi>local</bdi></b>, owner"));
    for header in ["X-Forwarded-For: 203.0.113.1", "Via: 1.1 proxy", "Forwarded: for=203.0.113.1"] {
        let mut passed_on = watch.browser();
        passed_on.headers = format!("{header}\r\n");
        assert!(!passed_on.is_in(), "{header}");
    }
    // A name that was made to lead here.
    let mut rebound = watch.browser();
    rebound.host = String::from("evil.test");
    assert!(!rebound.is_in());
    assert_eq!(browser.post("/settings/accounts/link", &[("role", "viewer")]).status, 403);
}

/// Asks by TLS.
fn ask_tls(port: u16, certificate: &rcgen::Certificate, request: &str) -> String {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("watch.test").unwrap();
    let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(http::PATIENCE)).unwrap();
    let mut stream = rustls::StreamOwned::new(client, stream);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // Its end may come without a goodbye.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn https_of_its_own() {
    let files = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec![String::from("watch.test")]).unwrap();
    let (chain, key) = (files.path().join("chain.pem"), files.path().join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = format!(
        "url = \"https://watch.test\"\n[web.tls]\ncertificate = \"{}\"\nkey = \"{}\"",
        chain.display(),
        key.display()
    );
    let watch = Watch::at("0.0.0.0", &tls);
    let link = watch.link(&[]);
    let fields = form(&[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    let request = format!(
        "POST {link} HTTP/1.1\r\nHost: watch.test\r\nOrigin: https://watch.test\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{fields}",
        fields.len()
    );
    let answer = ask_tls(watch.port, &made.cert, &request);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert!(
        answer.contains("set-cookie: __Host-nightkeep=") && answer.contains("; Secure"),
        "{answer}"
    );
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    // Whoever speaks plain HTTP is told so.
    let plain = ask(watch.port, "GET /login HTTP/1.1\r\nHost: watch.test\r\n\r\n").unwrap();
    assert!(plain.status == 400 && plain.body.contains("HTTPS"), "{}", plain.body);
}
