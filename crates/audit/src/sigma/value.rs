//! What a value of a rule says of a value of an event.

use std::net::IpAddr;

use regex_lite::Regex;

use super::glob::Glob;

/// What is asked of a field.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// A text, whatever its case.
    Text(Glob),
    /// A text in this case.
    Cased(Glob),
    /// A regular expression, anywhere in it.
    Regex(Regex),
    /// An address of this network: its bytes, and how many bits count.
    Network(IpAddr, u8),
    /// A number.
    Number(Order, f64),
    /// The value of another field (by its number), whatever its case.
    Field(u16, Place),
    /// The field is there, or is not.
    Exists(bool),
    /// The field is not there, or says nothing.
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Where another field's value stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Whole,
    Start,
    End,
    Within,
}

/// A value of an event, and the same in small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) lower: &'a str,
}

impl Text<'_> {
    /// Does it say anything?
    pub(super) fn is_null(self) -> bool {
        matches!(self.text, "" | "(null)")
    }
}

impl Test {
    /// Does it hold for a value? What is asked of a field as a whole never does.
    pub(super) fn holds(&self, value: Text<'_>) -> bool {
        match self {
            Self::Text(glob) => glob.matches(value.lower),
            Self::Cased(glob) => glob.matches(value.text),
            Self::Regex(regex) => regex.is_match(value.text),
            Self::Network(network, bits) => {
                value.text.parse().is_ok_and(|address| is_within(address, *network, *bits))
            }
            Self::Number(order, number) => {
                value.text.parse().is_ok_and(|value: f64| order.holds(value, *number))
            }
            Self::Field(..) | Self::Exists(_) | Self::Null => false,
        }
    }
}

impl Order {
    fn holds(self, value: f64, number: f64) -> bool {
        match self {
            Self::Less => value < number,
            Self::AtMost => value <= number,
            Self::More => value > number,
            Self::AtLeast => value >= number,
        }
    }
}

impl Place {
    pub(super) fn holds(self, value: &str, other: &str) -> bool {
        match self {
            Self::Whole => value == other,
            Self::Start => value.starts_with(other),
            Self::End => value.ends_with(other),
            Self::Within => value.contains(other),
        }
    }
}

/// `192.0.2.0/24`, or one address.
pub(super) fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
    (bits <= most).then_some((address, bits))
}

fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let number = |address| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    // An IPv4 address may be written as one of IPv6.
    let address = if network.is_ipv4() { address.to_canonical() } else { address };
    let rest = 128 - u32::from(bits);
    let cut = |address| number(address).checked_shr(rest).unwrap_or(0);
    address.is_ipv4() == network.is_ipv4() && cut(address) == cut(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let is_in = |address: &str, text: &str| {
            let (network, bits) = network(text).unwrap();
            is_within(address.parse().unwrap(), network, bits)
        };
        assert!(is_in("10.9.8.7", "10.0.0.0/8") && !is_in("11.0.0.1", "10.0.0.0/8"));
        assert!(is_in("::ffff:10.1.1.1", "10.0.0.0/8") && is_in("10.1.1.1", "0.0.0.0/0"));
        assert!(is_in("fe80::1", "fe80::/10") && !is_in("::1", "0.0.0.0/0"));
        assert!(is_in("::1", "::1/128") && !is_in("::2", "::1") && is_in("::2", "::/0"));
        assert_eq!((network("10.0.0.0/33"), network("x/8")), (None, None));
    }
}
