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
