//! The two cookies: of the session, and of a browser somebody logged in with before.

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};

use crate::store::session;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Who is logged in.
    Session,
    /// A browser that is known.
    Device,
}

impl Cookie {
    /// By HTTPS it is under a name that no page without TLS, and no other name of the domain, can
    /// set (`__Host-`).
    fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-nightkeep",
            (Self::Session, false) => "nightkeep",
            (Self::Device, true) => "__Host-nightkeep-device",
            (Self::Device, false) => "nightkeep-device",
        }
    }

    /// What a request has in it. Of two nobody knows whose each is, so neither counts.
    pub(super) fn of(self, headers: &HeaderMap, is_https: bool) -> Option<&str> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        let mut values =
            pairs.filter(|(name, _)| name.trim() == self.name(is_https)).map(|(_, value)| value);
        let value = values.next()?.trim();
        let is_one = values.next().is_none() && value.len() == 43;
        is_one.then_some(value)
    }

    /// Has the browser keep a value; none: forget it.
    pub(super) fn set(self, answer: &mut HeaderMap, is_https: bool, value: Option<&str>) {
        let age = match (self, value) {
            (_, None) => 0,
            (Self::Session, _) => session::LONGEST.as_secs(),
            (Self::Device, _) => session::KNOWN.as_secs(),
        };
        let secure = if is_https { "; Secure" } else { "" };
        let line = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}",
            self.name(is_https),
            value.unwrap_or_default()
        );
        if let Ok(line) = HeaderValue::from_str(&line) {
            answer.append(SET_COOKIE, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let value = "v".repeat(43);
        for is_https in [true, false] {
            let mut answer = HeaderMap::new();
            Cookie::Session.set(&mut answer, is_https, Some(&value));
            let line = answer[SET_COOKIE].to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Strict;") && line.contains("; Path=/;"));
            assert_eq!(line.contains("Secure"), is_https);
            assert_eq!(line.starts_with("__Host-"), is_https);
            let mut asked = HeaderMap::new();
            let pair = line.split(';').next().unwrap();
            asked.insert(COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap());
            assert_eq!(Cookie::Session.of(&asked, is_https), Some(value.as_str()));
            assert_eq!(Cookie::Session.of(&asked, !is_https), None);
            assert_eq!(Cookie::Device.of(&asked, is_https), None);
            asked.append(COOKIE, HeaderValue::from_str(pair).unwrap());
            assert_eq!(Cookie::Session.of(&asked, is_https), None);
        }
    }
}
