//! What a file holds, as a digest.

use std::io::{self, Read};

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::scene::package::Sum;

/// That of all that is read, of the same kind as `wanted`.
///
/// # Errors
/// Those of reading.
pub(super) fn of(wanted: Sum, from: impl Read) -> io::Result<Sum> {
    Ok(match wanted {
        Sum::Md5(_) => Sum::Md5(all::<Md5>(from)?.finalize().into()),
        Sum::Sha256(_) => Sum::Sha256(all::<Sha256>(from)?.finalize().into()),
    })
}

fn all<D: Digest>(mut from: impl Read) -> io::Result<D> {
    let (mut state, mut buffer) = (D::new(), vec![0; 128 << 10]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(state),
            Ok(length) => state.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_of_rfc_1321_and_fips_180_are_taken() {
        let abc = "abc".as_bytes();
        let md5 = Sum::md5("900150983cd24fb0d6963f7d28e17f72").unwrap();
        assert_eq!(of(md5, abc).unwrap(), md5);
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sha256 = Sum::sha256(sha256).unwrap();
        assert_eq!(of(sha256, abc).unwrap(), sha256);
        assert_ne!(of(sha256, &abc[..2]).unwrap(), sha256);
    }
}
