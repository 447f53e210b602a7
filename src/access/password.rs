//! Passwords: what is taken for one, and what is kept of it (argon2id, as PHC writes it).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;

/// Characters it has at least.
pub const SHORTEST: usize = 10;
/// Bytes it has at most: hashing more is work for nothing.
pub const LONGEST: usize = 1024;

/// KiB of memory, passes and lanes, as OWASP has it.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// What a kept password may cost at most: it is read from the store.
const MOST: (u32, u32, u32) = (256 * 1024, 16, 8);

/// KiB from which on the C library gives memory back to the kernel at once, instead of keeping it in
/// each thread for the next time. Those that are not used are only addresses.
const GIVEN_BACK: usize = 33 * 1024;

/// What nobody has: looked at where there is no such account, so that this takes as long.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bmlnaHRrZWVwIHNhbHQhIQ$\
                          AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Those that are tried first.
const WORST: [&str; 24] = [
    "0123456789",
    "1234567890",
    "12345678910",
    "0987654321",
    "1111111111",
    "0000000000",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "qwertyuiop",
    "qwerty12345",
    "asdfghjkl;",
    "password123",
    "password1234",
    "passwordpassword",
    "password12",
    "passw0rd123",
    "iloveyou123",
    "letmein123",
    "welcome123",
    "changeme123",
    "administrator",
    "nightkeep123",
    "abcdefghij",
    "correcthorsebatterystaple",
];

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// It has less than ten characters.
    Short,
    /// It has more than 1024 bytes.
    Long,
    /// It is little more than the name.
    Name,
    /// It is one of the first that are tried.
    Common,
}

/// Is it good enough for an account of this name?
///
/// # Errors
/// Why it is not.
pub fn check(password: &str, name: &str) -> Result<(), Weak> {
    let plain = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        return Err(Weak::Short);
    }
    if password.len() > LONGEST {
        return Err(Weak::Long);
    }
    if plain == name || (name.len() >= 4 && plain.replace(name, "").chars().count() < 4) {
        return Err(Weak::Name);
    }
    let is_one = plain.chars().all(|c| plain.starts_with(c));
    if is_one || WORST.contains(&plain.as_str()) {
        return Err(Weak::Common);
    }
    Ok(())
}

/// What is kept of it. Takes 19 MiB and some ten milliseconds. None: there is no memory for it.
pub fn hash(password: &str, salt: [u8; 16]) -> Option<String> {
    let (memory, passes, lanes) = COST;
    let digest = digest(password, &salt, COST)?;
    let [salt, digest] = [&salt[..], &digest[..]].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    Some(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${digest}"))
}

/// Is it the one that was kept? Takes as long as `hash`.
pub fn is_right(password: &str, kept: &str) -> bool {
    let Some((cost, salt, expected)) = read(kept) else { return false };
    digest(password, &salt, cost).is_some_and(|digest| digest[..].ct_eq(&expected).into())
}

fn digest(password: &str, salt: &[u8], cost: (u32, u32, u32)) -> Option<[u8; 32]> {
    let (memory, passes, lanes) = cost;
    let params = Params::new(memory, passes, lanes, Some(32)).ok()?;
    let blocks = params.block_count();
    let mut room = Vec::new();
    room.try_reserve_exact(blocks.max(GIVEN_BACK)).ok()?;
    room.resize(blocks, Block::default());
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut room)
        .ok()?;
    Some(out)
}

type Kept = ((u32, u32, u32), Vec<u8>, Vec<u8>);

fn read(kept: &str) -> Option<Kept> {
    let rest = kept.strip_prefix("$argon2id$v=19$")?;
    let mut parts = rest.split('$');
    let (cost, salt, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let mut numbers = cost.split(',').zip(["m=", "t=", "p="]).map(|(number, name)| {
        number.strip_prefix(name).and_then(|number| number.parse::<u32>().ok())
    });
    let cost = (numbers.next()??, numbers.next()??, numbers.next()??);
    if cost.0 > MOST.0 || cost.1 > MOST.1 || cost.2 > MOST.2 {
        return None;
    }
    Some((cost, STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(digest).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_password_is_right() {
        let kept = hash("correct horse", [7; 16]).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("correct horse", &kept));
        assert!(!is_right("correct horse ", &kept) && !is_right("", &kept));
        assert_ne!(kept, hash("correct horse", [8; 16]).unwrap());
        for broken in ["", "$", &kept[..kept.len() - 1], &kept.replace("m=19456", "m=4000000")] {
            assert!(!is_right("correct horse", broken), "{broken}");
        }
        // Nobody's is looked at like any other.
        assert!(read(NOBODY).is_some() && !is_right("", NOBODY));
    }

    #[test]
    fn what_is_taken() {
        for good in ["correct horse", "zwölf Zeichen", "пароль из слов", &"ab".repeat(512)]
        {
            assert_eq!(check(good, "ann"), Ok(()), "{good}");
        }
        for bad in
            ["", "ninechars", "Password123", "aaaaaaaaaaaa", "administrator", &"ab".repeat(513)]
        {
            assert!(check(bad, "ann").is_err(), "{bad}");
        }
        assert!(check("alexander.the.great", "alexander.the.great").is_err());
        assert!(check("Alexander123", "alexander").is_err());
        assert!(check("Alexander likes trees", "alexander").is_ok());
    }
}
