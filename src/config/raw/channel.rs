//! The channels as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::SecretFrom;
use crate::config::value::{
    Duration, FilePath, HeaderName, List, Mail, Named, ServerUrl, Text, Words,
};

/// Where alerts go.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(in crate::config) enum Channel {
    /// Push messages to the phone by ntfy, from ntfy.sh or a server of your own.
    Ntfy(Ntfy),
    /// Mail over SMTP.
    Smtp(Smtp),
    /// Mail through this machine's own `sendmail`.
    Sendmail(Sendmail),
    /// A Slack channel, by an incoming webhook. Mattermost and others take the same.
    Slack(Slack),
    /// A Telegram chat, written to by a bot.
    Telegram(Telegram),
    /// A Discord channel, by a webhook.
    Discord(Discord),
    /// A Gotify server of your own.
    Gotify(Gotify),
    /// Pushover, which can ring until you answer. The answer is heard: it acknowledges the alerts.
    Pushover(Pushover),
    /// A Matrix room. Messages are not encrypted: use a room without encryption.
    Matrix(Matrix),
    /// Microsoft Teams, by a workflow that starts when a web request comes.
    Teams(Teams),
    /// PagerDuty (Events API v2): opened, acknowledged and resolved with the alert.
    Pagerduty(Pagerduty),
    /// Any of the services Apprise knows, through its program (`apt install apprise`).
    Apprise(Apprise),
    /// The same through an Apprise server, for the services it keeps under a key.
    AppriseApi(AppriseApi),
    /// This machine's journal, or its syslog: one line for each alert.
    Syslog(Syslog),
    /// A web service of your own.
    Webhook(Webhook),
    /// A program of your own; it gets the message as JSON on its standard input.
    Command(Command),
}

/// An ntfy topic.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Ntfy {
    /// The topic. Whoever knows it can read along, so choose one that cannot be guessed.
    #[schemars(example = &"\"/etc/nightkeep/ntfy-topic\"")]
    pub(in crate::config) topic: SecretFrom,
    /// The access token, if the server wants one.
    #[schemars(example = &"\"/etc/nightkeep/ntfy-token\"")]
    pub(in crate::config) token: Option<SecretFrom>,
    /// The server. Default: `"https://ntfy.sh"`.
    #[schemars(example = &"\"https://ntfy.sh\"")]
    pub(in crate::config) server: Option<Text<ServerUrl>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// Mail over SMTP.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Smtp {
    /// The mail server's name.
    #[schemars(example = &"\"mail.example.org\"")]
    pub(in crate::config) server: Text<Words>,
    /// The recipients.
    #[schemars(example = &"\"you@example.org\"")]
    pub(in crate::config) to: List<Mail>,
    /// The sender. Default: `user` if it is an address, else `nightkeep@` and the host's name.
    #[schemars(example = &"\"nightkeep@example.org\"")]
    pub(in crate::config) from: Option<Text<Mail>>,
    /// The user name, if the server wants one.
    #[schemars(example = &"\"nightkeep@example.org\"")]
    pub(in crate::config) user: Option<Text<Words>>,
    /// The user's password.
    #[schemars(example = &"\"/etc/nightkeep/smtp-password\"")]
    pub(in crate::config) password: Option<SecretFrom>,
    /// How the connection is protected. Default: `"tls"` on port 465, else `"starttls"`.
    #[schemars(example = &"\"starttls\"")]
    pub(in crate::config) security: Option<Security>,
    /// The port. Default: 587 with `"starttls"`, 465 with `"tls"`, 25 with `"none"`.
    #[schemars(example = &"587")]
    pub(in crate::config) port: Option<u16>,
    /// How long one attempt may take, from 1s to 2m. Default: `"30s"`.
    #[schemars(example = &"\"30s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::config) enum Security {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, without which nothing is sent.
    StartTls,
    /// None; only sensible on this machine.
    None,
}

/// Mail through the machine's own `sendmail`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Sendmail {
    /// The recipients.
    #[schemars(example = &"\"you@example.org\"")]
    pub(in crate::config) to: List<Mail>,
    /// The sender. Default: `nightkeep@` and the host's name.
    #[schemars(example = &"\"nightkeep@example.org\"")]
    pub(in crate::config) from: Option<Text<Mail>>,
    /// The program. Default: `"/usr/sbin/sendmail"`.
    #[schemars(example = &"\"/usr/sbin/sendmail\"")]
    pub(in crate::config) program: Option<Text<FilePath>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"30s"`.
    #[schemars(example = &"\"30s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A Slack incoming webhook.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Slack {
    /// The webhook's address, as Slack shows it.
    #[schemars(example = &"\"/etc/nightkeep/slack-url\"")]
    pub(in crate::config) url: SecretFrom,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A Telegram bot.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Telegram {
    /// The bot's token, as `@BotFather` shows it.
    #[schemars(example = &"\"/etc/nightkeep/telegram-token\"")]
    pub(in crate::config) token: SecretFrom,
    /// The chat: its number, or `"@name"` of a public channel.
    #[schemars(example = &"-1001234567890")]
    pub(in crate::config) chat: Chat,
    /// The topic in that chat, if it has topics.
    #[schemars(example = &"42")]
    pub(in crate::config) thread: Option<i64>,
    /// The API's server. Default: `"https://api.telegram.org"`.
    #[schemars(example = &"\"https://api.telegram.org\"")]
    pub(in crate::config) server: Option<Text<ServerUrl>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A chat's number or name.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(in crate::config) enum Chat {
    /// Its number; groups have negative ones.
    Number(i64),
    /// Its name.
    Name(Text<Words>),
}

/// A Discord webhook.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Discord {
    /// The webhook's address, as Discord shows it (channel settings, Integrations).
    #[schemars(example = &"\"/etc/nightkeep/discord-url\"")]
    pub(in crate::config) url: SecretFrom,
    /// The number of the thread it writes to, if not the channel itself.
    #[schemars(example = &"1189000000000000000")]
    pub(in crate::config) thread: Option<i64>,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A Gotify application.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Gotify {
    /// The server.
    #[schemars(example = &"\"https://gotify.example.org\"")]
    pub(in crate::config) server: Text<ServerUrl>,
    /// The token of an application (not of a client).
    #[schemars(example = &"\"/etc/nightkeep/gotify-token\"")]
    pub(in crate::config) token: SecretFrom,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// Pushover.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Pushover {
    /// The token of your application.
    #[schemars(example = &"\"/etc/nightkeep/pushover-token\"")]
    pub(in crate::config) token: SecretFrom,
    /// Your user key, or a group's.
    #[schemars(example = &"\"/etc/nightkeep/pushover-user\"")]
    pub(in crate::config) user: SecretFrom,
    /// Only this one of your devices.
    #[schemars(example = &"\"phone\"")]
    pub(in crate::config) device: Option<Text<Words>>,
    /// Critical alerts ring again and again until you answer. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) emergency: Option<bool>,
    /// How often they ring, from 30s. Default: `"1m"`.
    #[schemars(example = &"\"1m\"")]
    pub(in crate::config) retry: Option<Text<Duration>>,
    /// For how long, up to 3h. Default: `"1h"`.
    #[schemars(example = &"\"1h\"")]
    pub(in crate::config) expire: Option<Text<Duration>>,
    /// The API's server. Default: `"https://api.pushover.net"`.
    #[schemars(example = &"\"https://api.pushover.net\"")]
    pub(in crate::config) server: Option<Text<ServerUrl>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A Matrix room.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Matrix {
    /// The home server, as its client API is reached.
    #[schemars(example = &"\"https://matrix.example.org\"")]
    pub(in crate::config) server: Text<ServerUrl>,
    /// The access token of the user that writes; it has to have joined the room.
    #[schemars(example = &"\"/etc/nightkeep/matrix-token\"")]
    pub(in crate::config) token: SecretFrom,
    /// The room's internal id (room settings, Advanced).
    #[schemars(example = &"\"!OGEhHVWSdvArJzumhm:example.org\"")]
    pub(in crate::config) room: Text<Words>,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A workflow of Microsoft Teams.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Teams {
    /// The workflow's address, as Teams shows it.
    #[schemars(example = &"\"/etc/nightkeep/teams-url\"")]
    pub(in crate::config) url: SecretFrom,
    /// How long one attempt may take, from 1s to 2m. Default: `"20s"`.
    #[schemars(example = &"\"20s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// An integration of `PagerDuty`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Pagerduty {
    /// The key of an Events API v2 integration of your service: 32 letters and digits.
    #[schemars(example = &"\"/etc/nightkeep/pagerduty-key\"")]
    pub(in crate::config) routing_key: SecretFrom,
    /// The API's server; `"https://events.eu.pagerduty.com"` for accounts in the EU. Default:
    /// `"https://events.pagerduty.com"`.
    #[schemars(example = &"\"https://events.pagerduty.com\"")]
    pub(in crate::config) server: Option<Text<ServerUrl>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"20s"`.
    #[schemars(example = &"\"20s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// The `apprise` program.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Apprise {
    /// Apprise's address of one service. For several, make a channel of each: then none is told
    /// twice because another failed.
    #[schemars(example = &"\"/etc/nightkeep/apprise-url\"")]
    pub(in crate::config) url: SecretFrom,
    /// The program. Default: `"/usr/bin/apprise"`.
    #[schemars(example = &"\"/usr/bin/apprise\"")]
    pub(in crate::config) program: Option<Text<FilePath>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"1m"`.
    #[schemars(example = &"\"1m\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// An Apprise server.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct AppriseApi {
    /// The server.
    #[schemars(example = &"\"http://localhost:8000\"")]
    pub(in crate::config) server: Text<ServerUrl>,
    /// The key under which it keeps the services. One service under it (and
    /// the tags) is best: of several, one that fails has the others told again, a few times.
    #[schemars(example = &"\"/etc/nightkeep/apprise-key\"")]
    pub(in crate::config) key: SecretFrom,
    /// Only the services with one of these tags.
    #[schemars(example = &"[\"night\"]")]
    pub(in crate::config) tags: Option<List<Words>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"1m"`.
    #[schemars(example = &"\"1m\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// The journal.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Syslog {
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A web service of the owner's own.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Webhook {
    /// Its address.
    #[schemars(example = &"\"/etc/nightkeep/webhook-url\"")]
    pub(in crate::config) url: SecretFrom,
    /// The key that signs each message (HMAC-SHA256). Default: unsigned.
    #[schemars(example = &"\"/etc/nightkeep/webhook-key\"")]
    pub(in crate::config) key: Option<SecretFrom>,
    /// Headers sent along: a text each, or `{ file = … }`, `{ env = … }`, `{ credential = … }`.
    #[schemars(example = &"{ Authorization = { file = \"/etc/nightkeep/webhook-auth\" } }")]
    pub(in crate::config) headers: Option<Named<HeaderName, SecretFrom>>,
    /// How long one attempt may take, from 1s to 2m. Default: `"10s"`.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}

/// A program of the owner's own.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Command {
    /// The program by its whole path, and its arguments; no shell reads them.
    #[schemars(example = &"[\"/usr/local/bin/tell\", \"--loud\"]")]
    pub(in crate::config) command: Vec<Text<Words>>,
    /// How long one run may take, from 1s to 2m. Default: `"30s"`.
    #[schemars(example = &"\"30s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
}
