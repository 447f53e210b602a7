//! Passkeys (WebAuthn): what a browser sends when one is made and when one is used, held against
//! what was asked. Whose make the device is does not matter (attestation "none"); that its owner
//! was verified by it does, so that a passkey alone is two factors.

use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

use super::cbor::Value;

/// What a passkey may sign with: ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];
/// Bytes of an id; WebAuthn allows no more.
const ID: usize = 1023;

/// Whom a passkey is made for: this server, as its visitors call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub id: String,
    /// Where its pages come from.
    pub origin: String,
}

impl Party {
    /// Of an origin. None: browsers have no passkeys for it, which need https (or this very
    /// machine) and a name instead of an address.
    pub fn of(origin: &str) -> Option<Self> {
        let (scheme, place) = origin.split_once("://")?;
        let place = place.split('/').next()?;
        let host = match place.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => place,
        };
        let is_name = !host.contains(['[', ']', ':']) && host.parse::<std::net::IpAddr>().is_err();
        let is_here = host == "localhost" || host.ends_with(".localhost");
        let fits = is_name && !host.is_empty() && (scheme == "https" || is_here);
        fits.then(|| Self {
            id: host.to_ascii_lowercase(),
            origin: format!("{scheme}://{}", place.to_ascii_lowercase()),
        })
    }
}

/// A passkey that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What the browser calls it.
    pub id: Vec<u8>,
    /// Its public key, as COSE has it.
    pub key: Vec<u8>,
    /// How often it was used.
    pub counter: u32,
}

/// What a browser sends with a use of a passkey.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What the browser says it was asked.
    pub client: &'a [u8],
    /// What the authenticator says.
    pub authenticator: &'a [u8],
    /// Its signature over both.
    pub signature: &'a [u8],
}

/// Why a passkey is not taken. For the log; whoever shows it is told less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error("what the browser sent cannot be read")]
    Unread,
    /// It answers something else.
    #[error("it is not the answer to what was asked")]
    Asked,
    /// It was made or used on another page.
    #[error("it comes from a page of another address")]
    Elsewhere,
    /// Nobody was there, or nobody knows who.
    #[error("its device did not verify its owner")]
    Unverified,
    /// Its key is of a kind that is not known.
    #[error("its key is of an unknown kind")]
    Unknown,
    /// The signature is not that of the key.
    #[error("the signature is wrong")]
    Signature,
    /// It counts less than before: there is a copy of it.
    #[error("it counts backwards: there may be a copy of it")]
    Copy,
}

/// Somebody was there.
const PRESENT: u8 = 1;
/// The device knows who.
const VERIFIED: u8 = 1 << 2;
/// There is a key in it.
const WITH_KEY: u8 = 1 << 6;

/// A passkey that was made, if it answers a challenge that is taken.
///
/// # Errors
/// Says why it is not taken.
pub fn made(
    party: &Party,
    client: &[u8],
    attestation: &[u8],
    takes: impl FnOnce(&str) -> bool,
) -> Result<Made, Refused> {
    asked(party, client, "webauthn.create", takes)?;
    let (attestation, _) = Value::read(attestation).ok_or(Refused::Unread)?;
    let data = attestation.named("authData").and_then(Value::bytes).ok_or(Refused::Unread)?;
    let said = Said::read(data).ok_or(Refused::Unread)?;
    said.check(party)?;
    let rest = said.rest.get(16..).filter(|_| said.flags & WITH_KEY != 0).ok_or(Refused::Unread)?;
    let (length, rest) = rest.split_at_checked(2).ok_or(Refused::Unread)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let (id, rest) = rest.split_at_checked(length).ok_or(Refused::Unread)?;
    if id.is_empty() || id.len() > ID {
        return Err(Refused::Unread);
    }
    let (key, behind) = Value::read(rest).ok_or(Refused::Unread)?;
    Key::of(&key).ok_or(Refused::Unknown)?;
    let key = rest[..rest.len() - behind.len()].to_vec();
    Ok(Made { id: id.to_vec(), key, counter: said.counter })
}

/// What a passkey counts after this use, if it is the one of this key and answers a challenge that
/// is taken.
///
/// # Errors
/// Says why it is not taken.
pub fn used(
    party: &Party,
    shown: Shown<'_>,
    key: &[u8],
    counter: u32,
    takes: impl FnOnce(&str) -> bool,
) -> Result<u32, Refused> {
    let said = Said::read(shown.authenticator).ok_or(Refused::Unread)?;
    said.check(party)?;
    let key = Value::read(key).and_then(|(key, _)| Key::of(&key)).ok_or(Refused::Unknown)?;
    let client = digest(&SHA256, shown.client);
    let signed = [shown.authenticator, client.as_ref()].concat();
    if !key.signed(&signed, shown.signature) {
        return Err(Refused::Signature);
    }
    // Last, since a challenge is used up by being taken.
    let counts = said.counter > counter || (said.counter == 0 && counter == 0);
    if !counts {
        return Err(Refused::Copy);
    }
    asked(party, shown.client, "webauthn.get", takes)?;
    Ok(said.counter)
}

/// What the browser says it was asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

fn asked(
    party: &Party,
    client: &[u8],
    what: &str,
    takes: impl FnOnce(&str) -> bool,
) -> Result<(), Refused> {
    let client: Client = serde_json::from_slice(client).map_err(|_| Refused::Unread)?;
    if client.origin != party.origin || client.cross_origin {
        return Err(Refused::Elsewhere);
    }
    if client.r#type != what || !takes(&client.challenge) {
        return Err(Refused::Asked);
    }
    Ok(())
}

/// What an authenticator says.
struct Said<'a> {
    party: &'a [u8],
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

impl<'a> Said<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let (party, rest) = data.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_at_checked(4)?;
        let counter = u32::from_be_bytes(counter.try_into().ok()?);
        Some(Self { party, flags: *flags, counter, rest })
    }

    fn check(&self, party: &Party) -> Result<(), Refused> {
        if self.party != digest(&SHA256, party.id.as_bytes()).as_ref() {
            return Err(Refused::Elsewhere);
        }
        if self.flags & (PRESENT | VERIFIED) != PRESENT | VERIFIED {
            return Err(Refused::Unverified);
        }
        Ok(())
    }
}

/// A public key out of COSE (RFC 9052).
enum Key<'a> {
    Es256(Vec<u8>),
    EdDsa(&'a [u8]),
    Rs256 { n: &'a [u8], e: &'a [u8] },
}

impl<'a> Key<'a> {
    fn of(cose: &Value<'a>) -> Option<Self> {
        let int = |name| cose.numbered(name).and_then(Value::int);
        let bytes = |name| cose.numbered(name).and_then(Value::bytes);
        match (int(1)?, int(3)?) {
            (2, -7) if int(-1)? == 1 => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let fits = x.len() == 32 && y.len() == 32;
                fits.then(|| Self::Es256([&[4][..], x, y].concat()))
            }
            (1, -8) if int(-1)? == 6 => bytes(-2).filter(|key| key.len() == 32).map(Self::EdDsa),
            (3, -257) => Some(Self::Rs256 { n: bytes(-1)?, e: bytes(-2)? }),
            _ => None,
        }
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let checked = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::EdDsa(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rs256 { n, e } => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        checked.is_ok()
    }
}

#[cfg(test)]
mod tests;
