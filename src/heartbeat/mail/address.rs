//! The addresses checks are called at by mail.

use uuid::Uuid;

use crate::heartbeat::contract::Whom;

/// Characters of a ping key.
const KEY: usize = 22;

/// Why an address is none of a check's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotHere {
    /// Its domain is another's.
    Domain,
    /// What is before the `@` has neither of the forms.
    Mailbox,
}

/// The check that an address means, be there one or not.
///
/// # Errors
/// When it can be that of no check.
pub fn read(address: &str, domain: &str) -> Result<Whom, NotHere> {
    let (mailbox, at) = address.split_once('@').ok_or(NotHere::Domain)?;
    if !at.eq_ignore_ascii_case(domain) {
        return Err(NotHere::Domain);
    }
    if mailbox.len() == 36
        && let Ok(uuid) = Uuid::try_parse(mailbox)
    {
        return Ok(Whom::Uuid(uuid));
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_slug = |byte: u8| is_word(byte) && !byte.is_ascii_uppercase();
    match mailbox.split_once('+') {
        Some((key, slug))
            if key.len() == KEY
                && key.bytes().all(is_word)
                && !slug.is_empty()
                && slug.bytes().all(is_slug) =>
        {
            Ok(Whom::Slug { key: key.to_owned(), slug: slug.to_owned() })
        }
        _ => Err(NotHere::Mailbox),
    }
}

/// The address of a check.
pub fn of(uuid: Uuid, domain: &str) -> String {
    format!("{uuid}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let uuid = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
        let key = "PingKeyPingKeyPingKey1";
        let by_uuid = Whom::Uuid(Uuid::try_parse(uuid).unwrap());
        let by_slug = Whom::Slug { key: key.to_owned(), slug: String::from("a-1") };
        for (address, whom) in [
            (format!("{uuid}@a.example"), Ok(by_uuid.clone())),
            (format!("{}@A.example", uuid.to_uppercase()), Ok(by_uuid)),
            (format!("{key}+a-1@a.example"), Ok(by_slug)),
            (format!("{uuid}@b.example"), Err(NotHere::Domain)),
            (format!("{uuid}@a.example@b.example"), Err(NotHere::Domain)),
            (uuid.to_owned(), Err(NotHere::Domain)),
            (format!("{}@a.example", uuid.replace('-', "")), Err(NotHere::Mailbox)),
            (format!("{key}+A@a.example"), Err(NotHere::Mailbox)),
            (format!("{key}+@a.example"), Err(NotHere::Mailbox)),
            (format!("{key}a+a@a.example"), Err(NotHere::Mailbox)),
            (format!("{key}+a+b@a.example"), Err(NotHere::Mailbox)),
            (String::from("root@a.example"), Err(NotHere::Mailbox)),
        ] {
            assert_eq!(read(&address, "a.example"), whom, "{address}");
        }
        let uuid = Uuid::from_u128(7);
        assert_eq!(read(&of(uuid, "a.example"), "a.example"), Ok(Whom::Uuid(uuid)));
    }
}
