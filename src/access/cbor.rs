//! The little of CBOR (RFC 8949) that passkeys speak: definite lengths, no tags, no floats. What
//! is anything else is refused; nothing in it makes this panic or go deep.

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// False, true or null.
    Simple(u8),
}

/// Lists within lists.
const DEPTH: usize = 8;

impl<'a> Value<'a> {
    /// The first value, and what is behind it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        Self::within(bytes, DEPTH)
    }

    fn within(bytes: &'a [u8], depth: usize) -> Option<(Self, &'a [u8])> {
        let (first, rest) = bytes.split_first()?;
        let (kind, small) = (first >> 5, first & 31);
        if kind == 7 {
            return (20..=22).contains(&small).then_some((Self::Simple(small), rest));
        }
        let (number, mut rest) = match small {
            0..24 => (u64::from(small), rest),
            24..=27 => {
                let (number, rest) = rest.split_at_checked(1 << (small - 24))?;
                (number.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)), rest)
            }
            _ => return None,
        };
        let value = match kind {
            0 => Self::Int(i64::try_from(number).ok()?),
            1 => Self::Int(-1 - i64::try_from(number).ok()?),
            2 | 3 => {
                let (own, behind) = rest.split_at_checked(usize::try_from(number).ok()?)?;
                rest = behind;
                if kind == 2 { Self::Bytes(own) } else { Self::Text(str::from_utf8(own).ok()?) }
            }
            4 | 5 => {
                let depth = depth.checked_sub(1)?;
                let mut next = || {
                    let (value, behind) = Self::within(rest, depth)?;
                    rest = behind;
                    Some(value)
                };
                // Each takes a byte at least, so a length that lies ends soon.
                let (mut list, mut map) = (Vec::new(), Vec::new());
                for _ in 0..number {
                    let one = next()?;
                    if kind == 4 {
                        list.push(one);
                    } else {
                        map.push((one, next()?));
                    }
                }
                if kind == 4 { Self::List(list) } else { Self::Map(map) }
            }
            _ => return None,
        };
        Some((value, rest))
    }

    /// What a map has under a text.
    pub(super) fn named(&self, name: &str) -> Option<&Self> {
        self.of(&Value::Text(name))
    }

    /// What a map has under a number.
    pub(super) fn numbered(&self, number: i64) -> Option<&Self> {
        self.of(&Value::Int(number))
    }

    fn of(&self, key: &Value<'_>) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 8949, appendix A.
    #[test]
    fn as_the_rfc_has_it() {
        for (bytes, value) in [
            (&[0x17][..], Value::Int(23)),
            (&[0x18, 0x64], Value::Int(100)),
            (&[0x19, 0x03, 0xe8], Value::Int(1000)),
            (&[0x39, 0x03, 0xe7], Value::Int(-1000)),
            (&[0x44, 1, 2, 3, 4], Value::Bytes(&[1, 2, 3, 4])),
            (&[0x64, b'I', b'E', b'T', b'F'], Value::Text("IETF")),
            (&[0x82, 0x01, 0x20], Value::List(vec![Value::Int(1), Value::Int(-1)])),
            (&[0xa1, 0x01, 0xf5], Value::Map(vec![(Value::Int(1), Value::Simple(21))])),
        ] {
            assert_eq!(Value::read(bytes), Some((value, &[][..])), "{bytes:x?}");
        }
        let deep = [0x81; 100];
        for broken in [&[][..], &[0x18], &[0x44, 1], &[0x5f], &[0xf9, 0, 0], &[0xc0, 0], &deep] {
            assert_eq!(Value::read(broken), None, "{broken:x?}");
        }
        assert_eq!(Value::read(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Value::read(&bytes);
        }
    }
}
