//! What single services want of their settings.

use jiff::SignedDuration;

use super::super::{Check, text};
use crate::config::document::Part;
use crate::config::raw::{self, SecretFrom};
use crate::config::value::Wrong;
use crate::config::{Pushover, Secret};

impl Check<'_> {
    pub(super) fn pushover(&mut self, name: &str, pushover: raw::Pushover) -> Pushover {
        let path = |key| ["channel", name, key];
        // https://pushover.net/api#priority
        let (least, most) = (SignedDuration::from_secs(30), SignedDuration::from_hours(3));
        let retry = text(pushover.retry, SignedDuration::from_mins(1));
        let expire = text(pushover.expire, SignedDuration::from_hours(1));
        Pushover {
            server: text(pushover.server, String::from("https://api.pushover.net")),
            token: self.secret(&[name, "token"], &pushover.token),
            user: self.secret(&[name, "user"], &pushover.user),
            device: pushover.device.map(|device| device.0),
            emergency: pushover.emergency.unwrap_or(false),
            retry: self.within(&path("retry"), retry, least, most),
            expire: self.within(&path("expire"), expire, least, most),
        }
    }

    pub(super) fn room(&mut self, name: &str, room: String) -> String {
        if !room.starts_with('!') || room.len() > 255 {
            let wrong = Wrong::with_help(
                "a room's internal id begins with `!`",
                "Element shows it under room settings, Advanced; `#name:server` is only its address",
            );
            let title = "`room` is not a room's id";
            self.wrong(&["channel", name, "room"], Part::Value, title, wrong);
        }
        room
    }

    pub(super) fn routing_key(&mut self, name: &str, from: &SecretFrom) -> Secret {
        let fine = |key: &str| key.len() == 32 && key.chars().all(|c| c.is_ascii_alphanumeric());
        let help = "copy the Integration Key of an integration \"Events API V2\" of your service";
        let wrong = Wrong::with_help("a key has 32 letters and digits", help);
        self.fine_secret(name, "routing-key", from, fine, wrong)
    }

    pub(super) fn apprise_url(&mut self, name: &str, from: &SecretFrom) -> Secret {
        let fine = |url: &str| url.contains("://") && !url.contains(char::is_whitespace);
        let help = "one service's address, such as `pover://USER@TOKEN`; for several, make a \
                    channel of each";
        let wrong = Wrong::with_help("Apprise does not take it", help);
        self.fine_secret(name, "url", from, fine, wrong)
    }

    pub(super) fn apprise_key(&mut self, name: &str, from: &SecretFrom) -> Secret {
        // The server takes these in its addresses, and no more of them.
        let fine = |key: &str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            key.len() <= 128 && key.chars().all(letter)
        };
        let help = "at most 128 letters, digits, `-` or `_`; the server goes into `server`";
        let wrong = Wrong::with_help("Apprise's server does not take it", help);
        self.fine_secret(name, "key", from, fine, wrong)
    }

    /// A secret that has a form.
    fn fine_secret(
        &mut self,
        name: &str,
        key: &str,
        from: &SecretFrom,
        fine: fn(&str) -> bool,
        wrong: Wrong,
    ) -> Secret {
        let secret = self.secret(&[name, key], from);
        if !secret.reveal().is_empty() && !fine(secret.reveal()) {
            let (written, title) =
                (self.secret_key(&["channel", name], key), format!("`{key}` cannot be right"));
            self.wrong(&["channel", name, &written], Part::Value, title, wrong);
        }
        secret
    }
}
