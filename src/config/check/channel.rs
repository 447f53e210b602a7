//! Channels: secrets fetched, defaults that hang on one another filled in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;

mod service;

use super::{Check, text};
use crate::config::document::Part;
use crate::config::raw::{self, SecretFrom};
use crate::config::value::{
    ChannelName, Duration, Kind, Mail, Named, ServerUrl, Text, Words, Wrong,
};
use crate::config::{ChannelConfig, ChannelKind, Secret, Smtp, SmtpSecurity};

impl Check<'_> {
    pub(super) fn channels(
        &mut self,
        file: Named<ChannelName, raw::Channel>,
    ) -> BTreeMap<String, ChannelConfig> {
        if file.0.is_empty() {
            self.warnings.push(String::from(
                "no [channel.…]: alerts are shown by `nightkeep status`, but nobody is told",
            ));
        }
        file.0
            .into_iter()
            .map(|(name, channel)| {
                let channel = self.channel(&name, channel);
                (name, channel)
            })
            .collect()
    }

    fn channel(&mut self, name: &str, channel: raw::Channel) -> ChannelConfig {
        let (kind, timeout, default) = match channel {
            raw::Channel::Ntfy(ntfy) => (
                ChannelKind::Ntfy {
                    server: text(ntfy.server, String::from("https://ntfy.sh")),
                    topic: self.topic(name, &ntfy.topic),
                    token: self.optional_secret(name, "token", ntfy.token.as_ref()),
                },
                ntfy.timeout,
                10,
            ),
            raw::Channel::Smtp(mut smtp) => {
                let timeout = smtp.timeout.take();
                (ChannelKind::Smtp(self.smtp(name, smtp)), timeout, 30)
            }
            raw::Channel::Sendmail(mail) => (
                ChannelKind::Sendmail {
                    program: text(mail.program, PathBuf::from("/usr/sbin/sendmail")),
                    from: text(mail.from, self.sender()),
                    to: self.recipients(name, mail.to.0),
                },
                mail.timeout,
                30,
            ),
            raw::Channel::Slack(slack) => {
                (ChannelKind::Slack { url: self.secret_url(name, &slack.url) }, slack.timeout, 10)
            }
            raw::Channel::Telegram(telegram) => (
                ChannelKind::Telegram {
                    server: text(telegram.server, String::from("https://api.telegram.org")),
                    token: self.secret(&[name, "token"], &telegram.token),
                    chat: match telegram.chat {
                        raw::Chat::Number(number) => number.to_string(),
                        raw::Chat::Name(chat) => chat.0,
                    },
                    thread: telegram.thread,
                },
                telegram.timeout,
                10,
            ),
            raw::Channel::Discord(discord) => (
                ChannelKind::Discord {
                    url: self.secret_url(name, &discord.url),
                    thread: discord.thread,
                },
                discord.timeout,
                10,
            ),
            raw::Channel::Gotify(gotify) => (
                ChannelKind::Gotify {
                    server: gotify.server.0,
                    token: self.secret(&[name, "token"], &gotify.token),
                },
                gotify.timeout,
                10,
            ),
            raw::Channel::Pushover(mut pushover) => {
                let timeout = pushover.timeout.take();
                (ChannelKind::Pushover(self.pushover(name, pushover)), timeout, 10)
            }
            raw::Channel::Matrix(matrix) => (
                ChannelKind::Matrix {
                    server: matrix.server.0,
                    token: self.secret(&[name, "token"], &matrix.token),
                    room: self.room(name, matrix.room.0),
                },
                matrix.timeout,
                10,
            ),
            raw::Channel::Teams(teams) => {
                (ChannelKind::Teams { url: self.secret_url(name, &teams.url) }, teams.timeout, 20)
            }
            raw::Channel::Pagerduty(pager) => (
                ChannelKind::Pagerduty {
                    server: text(pager.server, String::from("https://events.pagerduty.com")),
                    key: self.routing_key(name, &pager.routing_key),
                },
                pager.timeout,
                20,
            ),
            raw::Channel::Apprise(apprise) => (
                ChannelKind::Apprise {
                    program: text(apprise.program, PathBuf::from("/usr/bin/apprise")),
                    url: self.apprise_url(name, &apprise.url),
                },
                apprise.timeout,
                60,
            ),
            raw::Channel::AppriseApi(apprise) => (
                ChannelKind::AppriseApi {
                    server: apprise.server.0,
                    key: self.apprise_key(name, &apprise.key),
                    tags: apprise.tags.map_or_else(Vec::new, |tags| tags.0),
                },
                apprise.timeout,
                60,
            ),
            raw::Channel::Syslog(syslog) => (
                ChannelKind::Syslog {
                    journal: PathBuf::from("/run/systemd/journal/socket"),
                    syslog: PathBuf::from("/dev/log"),
                },
                syslog.timeout,
                10,
            ),
            raw::Channel::Webhook(hook) => (
                ChannelKind::Webhook {
                    url: self.secret_url(name, &hook.url),
                    key: self.optional_secret(name, "key", hook.key.as_ref()),
                    headers: hook
                        .headers
                        .unwrap_or_default()
                        .0
                        .into_iter()
                        .map(|(header, value)| {
                            let value = self.secret(&[name, "headers", &header], &value);
                            (header, value)
                        })
                        .collect(),
                },
                hook.timeout,
                10,
            ),
            raw::Channel::Command(command) => (
                ChannelKind::Command {
                    command: self.command(&["channel", name, "command"], command.command),
                },
                command.timeout,
                30,
            ),
        };
        let timeout = text::<Duration>(timeout, SignedDuration::from_secs(default));
        let timeout = self.within(
            &["channel", name, "timeout"],
            timeout,
            SignedDuration::from_secs(1),
            SignedDuration::from_mins(2),
        );
        ChannelConfig { kind, timeout }
    }

    fn smtp(&mut self, name: &str, smtp: raw::Smtp) -> Smtp {
        let security = match (smtp.security, smtp.port) {
            (Some(raw::Security::Tls), _) | (None, Some(465)) => SmtpSecurity::Tls,
            (Some(raw::Security::StartTls) | None, _) => SmtpSecurity::StartTls,
            (Some(raw::Security::None), _) => SmtpSecurity::None,
        };
        let port = smtp.port.unwrap_or(match security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::None => 25,
        });
        let server = smtp.server.0;
        if server.contains(['/', ':', ' ']) {
            let wrong = Wrong::with_help(
                "only the server's name goes here",
                "the port has a key of its own: port = 587",
            );
            self.wrong(
                &["channel", name, "server"],
                Part::Value,
                "`server` is not a server's name",
                wrong,
            );
        }
        if security == SmtpSecurity::Tls && port == 587 {
            self.warnings.push(format!(
                "channel `{name}`: port 587 is for `security = \"starttls\"`, \"tls\" is for 465"
            ));
        }
        let user = smtp.user.map(|user| user.0);
        match (&user, &smtp.password) {
            (Some(_), None) => {
                let wrong = Wrong::with_help(
                    "a user without a password",
                    "add `password-file` (or `password`, `password-env`, `password-credential`)",
                );
                self.wrong(
                    &["channel", name, "user"],
                    Part::Key,
                    format!("`{name}` lacks a password"),
                    wrong,
                );
            }
            (None, Some(_)) => {
                let wrong = Wrong::with_help("a password without a user", "add `user`");
                self.wrong(&["channel", name], Part::Key, format!("`{name}` lacks a user"), wrong);
            }
            _ => {}
        }
        if security == SmtpSecurity::None && smtp.password.is_some() && !local(&server) {
            self.warnings
                .push(format!("channel `{name}`: the password goes over the network in clear"));
        }
        let user_address = user.clone().filter(|user| Mail::read(user).is_ok());
        Smtp {
            port,
            security,
            password: self.optional_secret(name, "password", smtp.password.as_ref()),
            from: text(smtp.from, user_address.unwrap_or_else(|| self.sender())),
            to: self.recipients(name, smtp.to.0),
            server,
            user,
        }
    }

    /// `nightkeep@` and the host's own name, as far as that can be part of an address.
    fn sender(&self) -> String {
        let fine = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '.';
        let host: String = self.env.hostname.chars().filter(fine).collect();
        let host = host.trim_matches(['.', '-']);
        format!("nightkeep@{}", if host.is_empty() { "localhost" } else { host })
    }

    fn recipients(&mut self, name: &str, to: Vec<String>) -> Vec<String> {
        if to.is_empty() {
            let wrong = Wrong::with_help("nobody would get it", "write to = \"you@example.org\"");
            self.wrong(&["channel", name, "to"], Part::Value, "`to` is empty", wrong);
        }
        to
    }

    pub(super) fn command(&mut self, path: &[&str], command: Vec<Text<Words>>) -> Vec<String> {
        let command: Vec<String> = command.into_iter().map(|word| word.0).collect();
        let wrong = match command.first() {
            None => Some(Wrong::new("the program is missing")),
            Some(program) if program.starts_with('/') && program.contains(' ') => {
                Some(Wrong::with_help(
                    "program and arguments in one text",
                    "no shell splits them: write [\"/path/to/program\", \"argument\"]",
                ))
            }
            Some(program) if !program.starts_with('/') => Some(Wrong::with_help(
                "the program's path does not begin at /",
                format!("`command -v {}` shows it", program.split(' ').next().unwrap_or_default()),
            )),
            Some(_) => None,
        };
        if let Some(wrong) = wrong {
            self.wrong(path, Part::Value, "`command` is not a program", wrong);
        }
        command
    }

    fn topic(&mut self, name: &str, from: &SecretFrom) -> Secret {
        let topic = self.secret(&[name, "topic"], from);
        // https://docs.ntfy.sh/publish/: letters, digits, underscores and dashes, at most 64.
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let text = topic.reveal();
        if !text.chars().all(fine) || text.len() > 64 {
            let help = "at most 64 letters, digits, `-` or `_`; the server goes into `server`";
            let key = self.secret_key(&["channel", name], "topic");
            self.wrong(
                &["channel", name, &key],
                Part::Value,
                "`topic` is not a topic's name",
                Wrong::with_help("ntfy does not take it", help),
            );
        }
        topic
    }

    fn secret_url(&mut self, name: &str, from: &SecretFrom) -> Secret {
        let url = self.secret(&[name, "url"], from);
        if url.reveal().is_empty() {
            return url;
        }
        match ServerUrl::read(url.reveal()) {
            Err(wrong) => {
                let key = self.secret_key(&["channel", name], "url");
                self.wrong(&["channel", name, &key], Part::Value, "`url` is not an address", wrong);
            }
            Ok(text) => {
                let host = text.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next());
                if let Some(Some(host)) = host
                    && !local(host)
                {
                    self.warnings.push(format!(
                        "channel `{name}`: its url is http, so everybody on the way reads along"
                    ));
                }
            }
        }
        url
    }

    fn optional_secret(
        &mut self,
        name: &str,
        key: &str,
        from: Option<&SecretFrom>,
    ) -> Option<Secret> {
        from.map(|from| self.secret(&[name, key], from))
    }

    /// The secret of a channel's key; `path` begins at the channel's name.
    fn secret(&mut self, path: &[&str], from: &SecretFrom) -> Secret {
        let [name, keys @ ..] = path else { return Secret::new("") };
        self.secret_in(&["channel", name], &format!("channel `{name}`"), keys, from)
    }
}

/// Is it this machine?
fn local(server: &str) -> bool {
    matches!(server, "localhost" | "127.0.0.1" | "::1" | "[::1]")
}
