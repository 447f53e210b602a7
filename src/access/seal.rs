//! What is handed to a browser and comes back unchanged, without being kept: it bears a mark that
//! only this watch can make, and only until it is started again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use subtle::ConstantTimeEq as _;

use super::{read, written};

/// Whoever has begun to log in has this long.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// What marks are made with.
#[derive(Debug)]
pub struct Seal(hmac::Key);

impl Seal {
    /// With this random key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// What the forms of somebody without a session bring along.
    pub fn csrf(&self, name: &str) -> String {
        written(&self.mark("csrf", &[name.as_bytes()]))
    }

    /// A ticket for one purpose that speaks of these things.
    pub fn ticket(&self, purpose: &str, about: &[&str], until: Timestamp) -> String {
        let until = until.as_second();
        format!("{until}.{}", written(&self.ticket_mark(purpose, about, until)))
    }

    /// Is it such a ticket, and still good?
    pub fn is_good(&self, ticket: &str, purpose: &str, about: &[&str], now: Timestamp) -> bool {
        let Some((until, mark)) = ticket.split_once('.') else { return false };
        let (Ok(until), Some(mark)) = (until.parse::<i64>(), read(mark)) else { return false };
        let is_ours: bool = self.ticket_mark(purpose, about, until)[..].ct_eq(&mark).into();
        is_ours && now.as_second() < until
    }

    fn ticket_mark(&self, purpose: &str, about: &[&str], until: i64) -> [u8; 16] {
        let until = until.to_be_bytes();
        let about = about.iter().map(|part| part.as_bytes());
        self.mark(purpose, &about.chain([&until[..]]).collect::<Vec<_>>())
    }

    /// What a passkey has to sign, for somebody or (empty) whoever it may be.
    pub fn challenge(&self, random: [u8; 16], whose: &str, until: Timestamp) -> String {
        let until = until.as_second().to_be_bytes();
        let mark = self.mark("challenge", &[&random, whose.as_bytes(), &until]);
        written(&[&random[..], &until, &mark].concat())
    }

    /// Until when a challenge is good. None: it is not ours, or over.
    pub fn challenged(&self, challenge: &str, whose: &str, now: Timestamp) -> Option<Timestamp> {
        let bytes = read(challenge).filter(|bytes| bytes.len() == 40)?;
        let (random, rest) = bytes.split_at(16);
        let (until, mark) = rest.split_at(8);
        let expected = self.mark("challenge", &[random, whose.as_bytes(), until]);
        let is_ours: bool = expected[..].ct_eq(mark).into();
        let until = Timestamp::from_second(i64::from_be_bytes(until.try_into().ok()?)).ok()?;
        (is_ours && now < until).then_some(until)
    }

    fn mark(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [purpose.as_bytes()].iter().chain(parts) {
            // With their lengths, so that no two lists of parts read alike.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut mark = [0; 16];
        mark.copy_from_slice(&context.sign().as_ref()[..16]);
        mark
    }
}

/// Challenges that were answered rightly: none is taken twice. Only who could sign gets in here,
/// so it stays small.
#[derive(Debug, Default)]
pub struct Used(BTreeMap<String, Timestamp>);

impl Used {
    /// Uses up a challenge that is good until then. False: it was used before.
    pub fn take(&mut self, challenge: &str, until: Timestamp, now: Timestamp) -> bool {
        self.0.retain(|_, until| *until > now);
        self.0.insert(challenge.to_owned(), until).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn tickets() {
        let seal = Seal::new([1; 32]);
        let ticket = seal.ticket("code", &["ann", "hash"], at(100));
        let good = |seal: &Seal, ticket: &str, purpose, about: &[&str], now| {
            seal.is_good(ticket, purpose, about, at(now))
        };
        assert!(good(&seal, &ticket, "code", &["ann", "hash"], 99));
        assert!(!good(&seal, &ticket, "code", &["ann", "hash"], 100));
        assert!(!good(&seal, &ticket, "other", &["ann", "hash"], 99));
        assert!(!good(&seal, &ticket, "code", &["annh", "ash"], 99));
        assert!(!good(&Seal::new([2; 32]), &ticket, "code", &["ann", "hash"], 99));
        assert!(!good(&seal, &ticket.replace("100.", "200."), "code", &["ann", "hash"], 99));
        for broken in ["", ".", "100.", "x.y", "99999999999999999999.AAAA"] {
            assert!(!good(&seal, broken, "code", &["ann", "hash"], 99), "{broken}");
        }
        assert_ne!(seal.csrf("ann"), seal.csrf("bob"));
    }

    #[test]
    fn challenges_are_good_once() {
        let seal = Seal::new([1; 32]);
        let challenge = seal.challenge([5; 16], "ann", at(100));
        assert_eq!(seal.challenged(&challenge, "ann", at(99)), Some(at(100)));
        assert_eq!(seal.challenged(&challenge, "bob", at(99)), None);
        assert_eq!(seal.challenged(&challenge, "ann", at(100)), None);
        assert_eq!(seal.challenged("AAAA", "ann", at(99)), None);
        let mut used = Used::default();
        assert!(used.take(&challenge, at(100), at(99)));
        assert!(!used.take(&challenge, at(100), at(99)));
        let other = seal.challenge([6; 16], "", at(300));
        assert!(used.take(&other, at(300), at(200)) && used.0.len() == 1);
    }
}
