//! Netlink's frame around messages (`linux/netlink.h`), in the byte order of the machine.

use super::Error;

/// Length, kind, flags, sequence, port.
pub(super) const HEAD: usize = 16;
const ALIGN: usize = 4;
/// `NLM_F_REQUEST | NLM_F_ACK`.
const REQUEST: u16 = 1 | 4;
/// `NLMSG_ERROR`, which is an acknowledgement if its number is 0.
pub(super) const ERROR: u16 = 2;
/// `NLMSG_DONE`: the end of a list.
pub(super) const DONE: u16 = 3;

/// A message of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) kind: u16,
    pub(super) sequence: u32,
    pub(super) body: &'a [u8],
}

/// A request that is to be acknowledged.
pub(super) fn request(kind: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = (HEAD + body.len()) as u32;
    let mut bytes = Vec::with_capacity(HEAD + body.len() + ALIGN);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(REQUEST.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend(0u32.to_ne_bytes());
    bytes.extend_from_slice(body);
    bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
    bytes
}

/// The first message in these bytes, and what follows it. None at their end.
pub(super) fn next(bytes: &[u8]) -> Result<Option<(Message<'_>, &[u8])>, Error> {
    let Some((head, body)) = bytes.split_at_checked(HEAD) else {
        return if bytes.is_empty() { Ok(None) } else { Err(Error::Malformed) };
    };
    let (length, kind, sequence) = (number(head, 0)? as usize, short(head, 4)?, number(head, 8)?);
    let length = length.checked_sub(HEAD).ok_or(Error::Malformed)?;
    let body = body.get(..length).ok_or(Error::Malformed)?;
    let rest = bytes.get((HEAD + length).next_multiple_of(ALIGN)..).unwrap_or_default();
    Ok(Some((Message { kind, sequence, body }, rest)))
}

/// A number within bytes of the kernel.
pub(super) fn number(bytes: &[u8], place: usize) -> Result<u32, Error> {
    let word = bytes.get(place..).and_then(<[u8]>::first_chunk::<4>);
    word.map(|word| u32::from_ne_bytes(*word)).ok_or(Error::Malformed)
}

pub(super) fn short(bytes: &[u8], place: usize) -> Result<u16, Error> {
    let word = bytes.get(place..).and_then(<[u8]>::first_chunk::<2>);
    word.map(|word| u16::from_ne_bytes(*word)).ok_or(Error::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_one_after_another() {
        let mut bytes = request(1000, 7, b"abcde");
        bytes.extend(request(1013, 8, b""));
        let (first, rest) = next(&bytes).unwrap().unwrap();
        assert_eq!((first.kind, first.sequence, first.body), (1000, 7, &b"abcde"[..]));
        let (second, rest) = next(rest).unwrap().unwrap();
        assert_eq!((second.kind, second.sequence, second.body), (1013, 8, &b""[..]));
        assert_eq!(next(rest), Ok(None));
        for end in 1..bytes.len() {
            let mut rest = bytes.get(..end).unwrap();
            while let Ok(Some((_, after))) = next(rest) {
                rest = after;
            }
        }
        let mut short = request(1000, 1, b"");
        short.splice(..4, 3u32.to_ne_bytes());
        assert_eq!(next(&short), Err(Error::Malformed));
    }
}
