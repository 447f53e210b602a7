//! SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding.
//!
//! The password is taken as it is: SASLprep (RFC 4013) would change only some that are not ASCII.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SecureRandom as _;
use ring::{digest, hmac, pbkdf2};

use crate::fault::Fault;

/// A server that wants more makes us work for it; PostgreSQL's default is 4096.
const MOST_ROUNDS: u32 = 200_000;

pub(super) struct Scram {
    nonce: String,
    /// The key of the server, and what it has to sign.
    expected: Option<(hmac::Key, String)>,
    is_proven: bool,
}

impl Scram {
    pub(super) fn new() -> Result<Self, Fault> {
        let mut random = [0; 18];
        let filled = ring::rand::SystemRandom::new().fill(&mut random);
        filled.map_err(|_| Fault::Exhausted { what: String::from("no random numbers") })?;
        Ok(Self::with_nonce(STANDARD.encode(random)))
    }

    fn with_nonce(nonce: String) -> Self {
        Self { nonce, expected: None, is_proven: false }
    }

    /// PostgreSQL takes the name of the startup message, whatever is here.
    fn first(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// The body of SASLInitialResponse.
    pub(super) fn initial_response(&self) -> Vec<u8> {
        let first = format!("n,,{}", self.first());
        let mut body = b"SCRAM-SHA-256\0".to_vec();
        body.extend_from_slice(&(first.len() as u32).to_be_bytes());
        body.extend_from_slice(first.as_bytes());
        body
    }

    /// Answers the server's first message with a proof that we know the password.
    pub(super) fn prove(&mut self, password: &str, server: &str) -> Result<String, &'static str> {
        let first = self.first();
        self.prove_after(&first, password, server)
    }

    fn prove_after(
        &mut self,
        first: &str,
        password: &str,
        server: &str,
    ) -> Result<String, &'static str> {
        let field = |name: &str| server.split(',').find_map(|field| field.strip_prefix(name));
        let nonce = field("r=")
            .filter(|nonce| nonce.len() > self.nonce.len() && nonce.starts_with(&self.nonce));
        let nonce = nonce.ok_or("SCRAM with another nonce")?;
        let salt =
            field("s=").and_then(|salt| STANDARD.decode(salt).ok()).ok_or("SCRAM without salt")?;
        let rounds = field("i=")
            .and_then(|rounds| rounds.parse::<NonZeroU32>().ok())
            .ok_or("SCRAM without rounds")?;
        if rounds.get() > MOST_ROUNDS {
            return Err("SCRAM with too many rounds");
        }
        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.as_bytes(), &mut salted);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
        let client = hmac::sign(&key, b"Client Key");
        let server_key =
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, b"Server Key").as_ref());
        let stored = hmac::Key::new(
            hmac::HMAC_SHA256,
            digest::digest(&digest::SHA256, client.as_ref()).as_ref(),
        );
        // "biws" is "n,," in base64: no channel binding.
        let without_proof = format!("c=biws,r={nonce}");
        let signed = format!("{first},{server},{without_proof}");
        let signature = hmac::sign(&stored, signed.as_bytes());
        let proof: Vec<u8> =
            client.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        self.expected = Some((server_key, signed));
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// The server shows that it knows the password as well.
    pub(super) fn verify(&mut self, server: &str) -> Result<(), &'static str> {
        let (key, signed) = self.expected.as_ref().ok_or("SCRAM in the wrong order")?;
        let signature = server
            .strip_prefix("v=")
            .and_then(|v| STANDARD.decode(v).ok())
            .ok_or("SCRAM without signature")?;
        hmac::verify(key, signed.as_bytes(), &signature)
            .map_err(|_| "the server does not know the password")?;
        self.is_proven = true;
        Ok(())
    }

    /// The server knows the password.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677, section 3.
    #[test]
    fn the_example_of_the_rfc() {
        let mut scram = Scram::with_nonce(String::from("rOprNGfwEbeRWgbNEkqO"));
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                      s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let proof = scram.prove_after("n=user,r=rOprNGfwEbeRWgbNEkqO", "pencil", server);
        let expected = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(proof.as_deref(), Ok(expected));
        assert!(scram.verify("v=AAAA").is_err() && !scram.is_proven());
        assert_eq!(scram.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
        assert!(scram.is_proven());
    }

    #[test]
    fn what_a_server_may_not_ask() {
        for (server, why) in [
            ("r=other,s=AAAA,i=4096", "SCRAM with another nonce"),
            ("r=mine,s=AAAA,i=4096", "SCRAM with another nonce"),
            ("r=mine+,i=4096", "SCRAM without salt"),
            ("r=mine+,s=AAAA,i=0", "SCRAM without rounds"),
            ("r=mine+,s=AAAA,i=4000000000", "SCRAM with too many rounds"),
            ("", "SCRAM with another nonce"),
        ] {
            assert_eq!(Scram::with_nonce(String::from("mine")).prove("x", server), Err(why));
        }
    }
}
