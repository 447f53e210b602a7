//! Notifications as channels.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Kuma;
use crate::import::entry::{Entry, Value, headers};
use crate::import::name::{Names, tidy};
use crate::import::{Imported, LeftOut};

/// Names of the channels by the numbers of the notifications they were.
#[derive(Debug, Default)]
pub(super) struct Channels(BTreeMap<i64, String>);

impl Channels {
    /// The channel's name, if it has an equal.
    pub(super) fn name(&self, id: i64) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}

/// Makes channels of all notifications that have an equal.
pub(super) fn channels(kuma: &Kuma, out: &mut Imported) -> Channels {
    let mut channels = Channels::default();
    let mut names = Names::default();
    for row in kuma.rows("notification") {
        let id = row.number("id").unwrap_or_default();
        let called = tidy(row.text("name").unwrap_or_default());
        let Some(Json::Object(config)) = row.json("config") else {
            out.leave(format!("notification {called:?}"), "what it is cannot be read");
            continue;
        };
        let kind = config.get("type").and_then(Json::as_str).unwrap_or_default().to_owned();
        let of = format!("notification {called:?} ({})", tidy(&kind));
        if row.number("active") == Some(0) {
            out.leave(of, "it is switched off");
            continue;
        }
        let name = names.word(&called, 32);
        let mut made = Made { entry: Entry::new(&name, of.clone()), config, left: Vec::new() };
        match made.channel(&kind) {
            Ok(()) => {
                let Made { entry, left, .. } = made;
                channels.0.insert(id, name);
                out.channels.push(entry);
                out.left_out.extend(left.into_iter().map(|(part, why)| LeftOut {
                    of: of.clone(),
                    part: Some(part),
                    why: why.to_owned(),
                }));
            }
            Err(why) => out.leave(of, why),
        }
    }
    channels
}

struct Made {
    entry: Entry,
    config: Map<String, Json>,
    left: Vec<(String, &'static str)>,
}

/// The words are nightkeep's own.
const TEMPLATE: &str = "messages have nightkeep's own words";
const LOOKS: &str = "the service decides by what it was set up with";

impl Made {
    fn text(&self, key: &str) -> Option<String> {
        let text = match self.config.get(key)? {
            Json::String(text) => text.trim().to_owned(),
            Json::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    fn need(&self, key: &str) -> Result<String, String> {
        self.text(key).ok_or_else(|| format!("its `{key}` is not there"))
    }

    fn flag(&self, key: &str) -> bool {
        match self.config.get(key) {
            Some(Json::Bool(flag)) => *flag,
            Some(Json::Number(number)) => number.as_i64() != Some(0),
            Some(Json::String(text)) => ["true", "1", "yes"].contains(&text.as_str()),
            _ => false,
        }
    }

    fn secret(&mut self, key: &'static str, from: &str) -> Result<(), String> {
        let text = self.need(from)?;
        self.entry.set(key, Value::Secret(text));
        Ok(())
    }

    /// Names what is set and has no equal.
    fn left(&mut self, keys: &[&str], why: &'static str) {
        for key in keys {
            let set = self.flag(key) || self.text(key).is_some_and(|text| text != "false");
            if set {
                self.left.push(((*key).to_owned(), why));
            }
        }
    }

    /// A server, unless it is the one that is asked anyway.
    fn server(&mut self, from: &str, usual: &str) -> Result<(), String> {
        if let Some(url) = self.text(from) {
            let url = origin(&url).ok_or_else(|| format!("its `{from}` is no address"))?;
            if url != usual {
                self.entry.set("server", url);
            }
        }
        Ok(())
    }

    fn channel(&mut self, kind: &str) -> Result<(), String> {
        match kind {
            "ntfy" => self.ntfy(),
            "telegram" => self.telegram(),
            "discord" => self.discord(),
            "gotify" => {
                self.entry.set("type", "gotify");
                let url = self.need("gotifyserverurl")?;
                self.entry.set("server", url.trim_end_matches('/'));
                self.secret("token", "gotifyapplicationToken")?;
                self.left(&["gotifyPriority"], "the priority follows the severity");
                Ok(())
            }
            "slack" => {
                self.entry.set("type", "slack");
                self.secret("url", "slackwebhookURL")?;
                self.left(&["slackusername", "slackchannel", "slackiconemo"], LOOKS);
                self.left(&["slackchannelnotify"], "nobody is called by @channel");
                self.left(&["slackUseTemplate", "slackrichmessage"], TEMPLATE);
                Ok(())
            }
            // It takes what Slack takes.
            "mattermost" => {
                self.entry.set("type", "slack");
                self.secret("url", "mattermostWebhookUrl")?;
                let keys = [
                    "mattermostusername",
                    "mattermostchannel",
                    "mattermosticonemo",
                    "mattermosticonurl",
                ];
                self.left(&keys, LOOKS);
                Ok(())
            }
            "rocket.chat" => {
                self.entry.set("type", "slack");
                self.secret("url", "rocketwebhookURL")?;
                self.left(&["rocketusername", "rocketchannel", "rocketiconemo"], LOOKS);
                Ok(())
            }
            "pushover" => self.pushover(),
            "smtp" => self.smtp(),
            "webhook" => self.webhook(),
            "apprise" => {
                self.entry.set("type", "apprise");
                self.secret("url", "appriseURL")?;
                self.left(&["title"], TEMPLATE);
                Ok(())
            }
            "matrix" => {
                self.entry.set("type", "matrix");
                let url = self.need("homeserverUrl")?;
                self.entry.set("server", url.trim_end_matches('/'));
                self.secret("token", "accessToken")?;
                let room = self.need("internalRoomId")?;
                self.entry.set("room", room);
                self.left(&["matrixUseTemplate"], TEMPLATE);
                Ok(())
            }
            "PagerDuty" => {
                self.entry.set("type", "pagerduty");
                let key = self.need("pagerdutyIntegrationKey")?;
                if key.len() != 32 || !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    return Err(String::from("its key is none of the Events API v2"));
                }
                self.secret("routing-key", "pagerdutyIntegrationKey")?;
                self.server("pagerdutyIntegrationUrl", "https://events.pagerduty.com")?;
                self.left(&["pagerdutyPriority"], "the severity is the alert's own");
                if self.text("pagerdutyAutoResolve").as_deref() == Some("0") {
                    let part = String::from("pagerdutyAutoResolve = 0");
                    self.left.push((part, "an incident is resolved with its alert"));
                }
                Ok(())
            }
            "teams" => {
                self.entry.set("type", "teams");
                self.secret("url", "webhookUrl")?;
                self.left(&["teamsEnableTags"], TEMPLATE);
                Ok(())
            }
            "" => Err(String::from("it has no type")),
            _ => Err(String::from(
                "there is no channel of this kind; Apprise may know it (`type = \"apprise\"`), or a \
                 program of your own (`type = \"command\"`)",
            )),
        }
    }

    fn ntfy(&mut self) -> Result<(), String> {
        self.entry.set("type", "ntfy");
        self.secret("topic", "ntfytopic")?;
        match self.text("ntfyAuthenticationMethod").as_deref() {
            Some("accessToken") => self.secret("token", "ntfyaccesstoken")?,
            Some("usernamePassword") => {
                return Err(String::from(
                    "it logs in with a password; make an access token (`ntfy token add`) and a \
                     channel with `token`",
                ));
            }
            _ => {}
        }
        self.server("ntfyserverurl", "https://ntfy.sh")?;
        self.left(&["ntfyPriority", "ntfyPriorityDown"], "the priority follows the severity");
        self.left(&["ntfyCall", "ntfyIcon"], "no such thing is sent");
        self.left(&["ntfyUseTemplate"], TEMPLATE);
        Ok(())
    }

    fn telegram(&mut self) -> Result<(), String> {
        self.entry.set("type", "telegram");
        self.secret("token", "telegramBotToken")?;
        let chat = self.need("telegramChatID")?;
        match chat.parse::<i64>() {
            Ok(number) => self.entry.set("chat", number),
            Err(_) => self.entry.set("chat", chat),
        }
        if let Some(thread) = self.text("telegramMessageThreadID") {
            match thread.parse::<i64>() {
                Ok(number) => self.entry.set("thread", number),
                Err(_) => self.left(&["telegramMessageThreadID"], "it is no number"),
            }
        }
        self.server("telegramServerUrl", "https://api.telegram.org")?;
        self.left(&["telegramSendSilently"], "what makes a sound follows the severity");
        self.left(&["telegramProtectContent"], "messages may be forwarded");
        self.left(&["telegramUseTemplate"], TEMPLATE);
        Ok(())
    }

    fn discord(&mut self) -> Result<(), String> {
        self.entry.set("type", "discord");
        self.secret("url", "discordWebhookUrl")?;
        match self.text("discordChannelType").as_deref() {
            Some("postToThread") => match self.need("threadId")?.parse::<i64>() {
                Ok(number) => self.entry.set("thread", number),
                Err(_) => self.left(&["threadId"], "it is no number"),
            },
            Some("createNewForumPost") => {
                return Err(String::from(
                    "it begins a new post in a forum each time; nightkeep writes to a channel or one thread",
                ));
            }
            _ => {}
        }
        self.left(&["discordUsername"], LOOKS);
        self.left(&["discordPrefixMessage", "discordUseMessageTemplate"], TEMPLATE);
        self.left(&["discordSuppressNotifications"], "what makes a sound follows the severity");
        Ok(())
    }

    fn pushover(&mut self) -> Result<(), String> {
        self.entry.set("type", "pushover");
        self.secret("token", "pushoverapptoken")?;
        self.secret("user", "pushoveruserkey")?;
        if let Some(device) = self.text("pushoverdevice") {
            self.entry.set("device", device);
        }
        if self.text("pushoverpriority").as_deref() == Some("2") {
            self.entry.set("emergency", true);
        } else {
            self.left(&["pushoverpriority"], "the priority follows the severity");
        }
        self.left(&["pushoversounds", "pushoversounds_up"], "the sound is the device's own");
        self.left(&["pushovertitle"], TEMPLATE);
        self.left(&["pushoverttl"], "messages stay");
        Ok(())
    }

    fn smtp(&mut self) -> Result<(), String> {
        self.entry.set("type", "smtp");
        let server = self.need("smtpHost")?;
        self.entry.set("server", server);
        let mut to = addresses(&self.text("smtpTo").unwrap_or_default());
        // Who gets a copy gets the message.
        for more in ["smtpCC", "smtpBCC"] {
            to.extend(addresses(&self.text(more).unwrap_or_default()));
        }
        to.sort();
        to.dedup();
        if to.is_empty() {
            return Err(String::from("it has no recipient"));
        }
        self.entry.set("to", to);
        let from = addresses(&self.text("smtpFrom").unwrap_or_default()).into_iter().next();
        self.entry.set_some("from", from);
        let user = self.text("smtpUsername");
        self.entry.set_some("user", user);
        if self.text("smtpPassword").is_some() {
            self.secret("password", "smtpPassword")?;
        }
        let security = match (self.flag("smtpSecure"), self.flag("smtpIgnoreSTARTTLS")) {
            (true, _) => "tls",
            (false, true) => "none",
            (false, false) => "starttls",
        };
        self.entry.set("security", security);
        let port = self.text("smtpPort").and_then(|port| port.parse::<u16>().ok());
        self.entry.set_some("port", port.map(i64::from));
        self.left(&["smtpIgnoreTLSError"], "the server's certificate has to be good");
        self.left(&["smtpDkimDomain"], "the mail server signs");
        self.left(&["smtpAdditionalHeaders"], "no headers are added");
        self.left(&["customSubject", "customBody", "htmlBody"], TEMPLATE);
        Ok(())
    }

    fn webhook(&mut self) -> Result<(), String> {
        self.entry.set("type", "webhook");
        if self.text("httpMethod").is_some_and(|method| method.eq_ignore_ascii_case("get")) {
            return Err(String::from("it is asked by GET; nightkeep posts its messages"));
        }
        self.secret("url", "webhookURL")?;
        match self.text("webhookAdditionalHeaders").map(|text| serde_json::from_str(&text)) {
            None => {}
            Some(Ok(Json::Object(object))) => {
                let text = |value: Json| match value {
                    Json::String(text) => text,
                    other => other.to_string(),
                };
                let said: Vec<_> =
                    object.into_iter().map(|(name, value)| (name, text(value))).collect();
                if !said.is_empty() {
                    self.entry.set("headers", headers(said));
                }
            }
            Some(_) => {
                self.left
                    .push((String::from("webhookAdditionalHeaders"), "they are no JSON object"));
            }
        }
        let content = self.text("webhookContentType").unwrap_or_default();
        let part = format!("webhookContentType = {}", tidy(&content));
        let why = "the body is nightkeep's own JSON: whoever hears it has to read that";
        self.left.push((part, why));
        Ok(())
    }
}

/// Scheme, host and port.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty()).then(|| format!("{scheme}://{host}"))
}

/// `"Anna" <anna@example.org>, ben@example.org` as plain addresses.
fn addresses(text: &str) -> Vec<String> {
    let plain = |one: &str| {
        let inner = one.rsplit_once('<').map_or(one, |(_, inner)| inner);
        inner.trim().trim_end_matches('>').trim().to_owned()
    };
    text.split([',', ';']).map(plain).filter(|one| one.contains('@')).collect()
}

#[cfg(test)]
mod tests {
    use super::{addresses, origin};

    #[test]
    fn addresses_lose_their_names() {
        let text = "\"Anna, the first\" <anna@example.org>, ben@example.org; x";
        assert_eq!(addresses(text), ["anna@example.org", "ben@example.org"]);
        assert_eq!(origin("https://a.example:1/b?c").unwrap(), "https://a.example:1");
        assert_eq!(origin("https://"), None);
    }
}
