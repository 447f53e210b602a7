//! Mail over SMTP (RFC 5321), and the mail itself.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use sha2::{Digest, Sha256};

use super::{SendError, message, words};
use crate::config::{Smtp, SmtpSecurity};
use crate::model::{Message, Notice, Severity, TellKind};
use crate::roots;

/// As long as a message is no older, one recipient's "later" (greylisting) lets all wait, for
/// the message must not be sent twice to the others. After that they get it without that one.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn send(
    smtp: &Smtp,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
    limit: Duration,
) -> Result<(), SendError> {
    let mail = mail(&smtp.from, &smtp.to, notice, now, tz)?;
    let mut server = open(smtp, limit).await?;
    let patient = now.duration_since(notice.message.at) < PATIENCE;
    let result = deliver(&mut server, mail.envelope(), &mail.formatted(), patient).await;
    // Polite, and of no consequence.
    server.abort().await;
    result
}

async fn open(smtp: &Smtp, limit: Duration) -> Result<AsyncSmtpConnection, SendError> {
    if smtp.user.is_some() && smtp.security == SmtpSecurity::None && !is_loopback(&smtp.server) {
        return Err(SendError::refused(
            "the password is not sent over an open connection; set `security = \"starttls\"`",
        ));
    }
    let hello = ClientId::default();
    let place = (smtp.server.as_str(), smtp.port);
    let tls = match smtp.security {
        SmtpSecurity::None => None,
        SmtpSecurity::Tls | SmtpSecurity::StartTls => Some(tls(&smtp.server)?),
    };
    let (wrapped, upgrade) = match smtp.security {
        SmtpSecurity::StartTls => (None, tls),
        _ => (tls, None),
    };
    let failed = |error: Error| failed(&smtp.server, &error);
    let mut server =
        AsyncSmtpConnection::connect_tokio1(place, Some(limit / 2), &hello, wrapped, None)
            .await
            .map_err(failed)?;
    if let Some(tls) = upgrade {
        server.starttls(tls, &hello).await.map_err(failed)?;
    }
    if let Some(user) = &smtp.user {
        let password = smtp.password.as_ref().map_or("", |password| password.reveal());
        let credentials = Credentials::new(user.clone(), password.to_owned());
        server.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map_err(
            |error| match failed(error) {
                SendError::Never { why } => {
                    SendError::refused(format!("{why}; check the channel's `user` and `password`"))
                }
                other => other,
            },
        )?;
    }
    Ok(server)
}

async fn deliver(
    server: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
    patient: bool,
) -> Result<(), SendError> {
    let refused = |error: Error| failed("the server", &error);
    server.command(MailFrom::new(envelope.from().cloned(), Vec::new())).await.map_err(refused)?;
    let mut taken = 0;
    let mut trouble = None;
    for to in envelope.to() {
        let Err(error) = server.command(Rcpt::new(to.clone(), Vec::new())).await else {
            taken += 1;
            continue;
        };
        let error = failed(to.as_ref(), &error);
        if patient && matches!(error, SendError::Later { .. }) {
            return Err(error);
        }
        // A "later" outlives a "never": it may still work.
        if !matches!(trouble, Some(SendError::Later { .. })) {
            trouble = Some(error);
        }
    }
    match trouble {
        Some(error) if taken == 0 => return Err(error),
        // One address that is no more must not keep the alert from the others.
        Some(error) => tracing::warn!(%error, "a recipient was refused; the others get the mail"),
        None => {}
    }
    server.command(Data).await.map_err(refused)?;
    server.message(mail).await.map_err(refused)?;
    Ok(())
}

fn failed(who: &str, error: &Error) -> SendError {
    let why = format!("{who}: {error}");
    if error.is_permanent() { SendError::never(why) } else { SendError::later(why) }
}

fn tls(server: &str) -> Result<TlsParameters, SendError> {
    let native = roots::native();
    let mut builder = TlsParameters::builder(server.to_owned());
    if native.is_empty() {
        builder = builder.certificate_store(CertificateStore::WebpkiRoots);
    } else {
        builder = builder.certificate_store(CertificateStore::None);
        // What cannot be parsed is left out, as everywhere.
        for root in native.into_iter().filter_map(|root| Certificate::from_der(root.to_vec()).ok())
        {
            builder = builder.add_root_certificate(root);
        }
    }
    builder.build_rustls().map_err(|error| SendError::later(format!("TLS: {error}")))
}

fn is_loopback(server: &str) -> bool {
    server == "localhost" || server.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The mail of a notice. Its Message-ID follows from the notice's key, so that a mail sent twice
/// is seen to be one, and a recovery finds the mail it belongs under.
pub(super) fn mail(
    from: &str,
    to: &[String],
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<Mail, SendError> {
    let message = &notice.message;
    let mailbox = |address: &str| {
        address
            .parse::<Mailbox>()
            .map_err(|_| SendError::never(format!("`{address}` is no mail address")))
    };
    let mut builder = Mail::builder()
        .from(mailbox(from)?)
        .date(SystemTime::from(message.at))
        .subject(message::one_line(message, now, tz))
        .message_id(Some(message_id(&message.host, &notice.key)))
        .header(ContentType::TEXT_PLAIN);
    for address in to {
        builder = builder.to(mailbox(address)?);
    }
    let parents = parents(notice);
    if let Some(last) = parents.last() {
        builder = builder.in_reply_to(last.clone()).references(parents.join(" "));
    }
    for (name, value) in [
        // RFC 3834: no vacation answers, please.
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated"),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"),
        (HeaderName::new_from_ascii_str("X-Priority"), priority(message)),
    ] {
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    builder
        .body(message::plain(message, now, tz))
        .map_err(|error| SendError::never(format!("no mail can be made of it: {error}")))
}

fn priority(message: &Message) -> &'static str {
    match (message.kind, message.severity) {
        (TellKind::Raised | TellKind::Worse, Severity::Critical) => "1",
        _ => "3",
    }
}

/// The Message-IDs of the mails that first told of what this one is about.
fn parents(notice: &Notice) -> Vec<String> {
    let message = &notice.message;
    let parent = |id: &u64| message_id(&message.host, &format!("{id}-{}", notice.channel));
    message.replies_to.iter().map(parent).collect()
}

/// `<nightkeep-HASH@HOST>`, the hash over host and key of the notice.
fn message_id(host: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("{host}\n{key}"));
    let hash = words::hex(&digest[..12]);
    let domain: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("<nightkeep-{hash}@{}>", domain.trim_matches(['.', '-']))
}
