//! The two hashes of field values: Bob Jenkins' lookup3 (public domain, 2006), and SipHash-2-4
//! keyed with the file's id where the file says so.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher24;

/// The hash of a value in a file whose id is the key.
pub(crate) fn keyed(file_id: &[u8; 16], data: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new_with_key(file_id);
    hasher.write(data);
    hasher.finish()
}

/// `hashlittle2` of lookup3, its two halves as one number.
pub(crate) fn jenkins(data: &[u8]) -> u64 {
    let start = 0xdead_beef_u32.wrapping_add(data.len() as u32);
    let (mut a, mut b, mut c) = (start, start, start);
    let word =
        |bytes: &[u8]| bytes.iter().rev().fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
    let mut rest = data;
    while rest.len() > 12 {
        a = a.wrapping_add(word(&rest[..4]));
        b = b.wrapping_add(word(&rest[4..8]));
        c = c.wrapping_add(word(&rest[8..12]));
        a = a.wrapping_sub(c) ^ c.rotate_left(4);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(6);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(8);
        b = b.wrapping_add(a);
        a = a.wrapping_sub(c) ^ c.rotate_left(16);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(19);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(4);
        b = b.wrapping_add(a);
        rest = &rest[12..];
    }
    if !rest.is_empty() {
        a = a.wrapping_add(word(&rest[..rest.len().min(4)]));
        b = b.wrapping_add(word(rest.get(4..rest.len().min(8)).unwrap_or_default()));
        c = c.wrapping_add(word(rest.get(8..).unwrap_or_default()));
        c = (c ^ b).wrapping_sub(b.rotate_left(14));
        a = (a ^ c).wrapping_sub(c.rotate_left(11));
        b = (b ^ a).wrapping_sub(a.rotate_left(25));
        c = (c ^ b).wrapping_sub(b.rotate_left(16));
        a = (a ^ c).wrapping_sub(c.rotate_left(4));
        b = (b ^ a).wrapping_sub(a.rotate_left(14));
        c = (c ^ b).wrapping_sub(b.rotate_left(24));
    }
    (u64::from(c) << 32) | u64::from(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The self-test of lookup3 prints these for `hashlittle2` with both seeds 0.
    #[test]
    fn jenkins_as_its_author_prints_it() {
        assert_eq!(jenkins(b""), 0xdead_beef_dead_beef);
        assert_eq!(jenkins(b"Four score and seven years ago"), 0x1777_0551_ce72_26e6);
    }

    /// Appendix A of the SipHash paper: key 00..0f, message 00..0e.
    #[test]
    fn siphash_as_its_paper_prints_it() {
        let key: [u8; 16] = std::array::from_fn(|n| n as u8);
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(keyed(&key, &message), 0xa129_ca61_49be_45e5);
    }
}
