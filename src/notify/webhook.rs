//! A webhook of the owner's own: JSON, signed, with an idempotency key.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{SendError, http, message, words};
use crate::config::Secret;
use crate::model::Notice;

pub(super) async fn send(
    url: &Secret,
    key: Option<&Secret>,
    headers: &BTreeMap<String, Secret>,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let body = body(notice, now, tz).to_string();
    let signature = key.map(|key| signature(key.reveal(), now.as_second(), &body));
    let mut sent = vec![("Idempotency-Key", notice.key.as_str())];
    sent.extend(signature.iter().map(|signature| ("Nightkeep-Signature", signature.as_str())));
    sent.extend(headers.iter().map(|(name, value)| (name.as_str(), value.reveal())));
    let reply = http::post(url.reveal(), &sent, body.into_bytes(), now).await?;
    match reply.status {
        200..300 => Ok(()),
        _ => Err(reply.error("the channel's `headers` and `key`")),
    }
}

/// What programs get of a notice: the texts as a person reads them, and the parts.
pub(super) fn body(notice: &Notice, now: Timestamp, tz: &TimeZone) -> Value {
    json!({
        "key": notice.key,
        "channel": notice.channel,
        "title": message::one_line(&notice.message, now, tz),
        "text": message::plain(&notice.message, now, tz),
        "message": notice.message,
    })
}

/// `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY` under the channel's key.
/// The time is signed as well, so that nobody can play an old message again.
fn signature(key: &str, seconds: i64, body: &str) -> String {
    let mut signature = format!("t={seconds},v1=");
    // HMAC takes keys of any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        mac.update(format!("{seconds}.{body}").as_bytes());
        signature.push_str(&words::hex(&mac.finalize().into_bytes()));
    }
    signature
}

#[cfg(test)]
mod tests {
    /// Computed with `printf '1764000000.{"a":1}' | openssl dgst -sha256 -hmac whsec`.
    #[test]
    fn signs_as_openssl_does() {
        assert_eq!(
            super::signature("whsec", 1_764_000_000, r#"{"a":1}"#),
            "t=1764000000,v1=026b4a856e5dd583a16f63e0ef22d95bec362a651aab27836b321b205dbffdc9"
        );
    }
}
