//! Sets of small numbers, such as the minutes of an hour.

/// A set of numbers from 0 to 63.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Inserts a number. What is too great is left out.
    pub(crate) fn insert(&mut self, number: u16) {
        self.0 |= 1_u64.checked_shl(u32::from(number)).unwrap_or(0);
    }

    /// Whether it is in the set. What cannot be in it is not.
    pub(crate) fn contains(self, number: impl TryInto<u32>) -> bool {
        let bit = number.try_into().ok().and_then(|number| self.0.checked_shr(number));
        bit.is_some_and(|bit| bit & 1 == 1)
    }

    /// The least that is `number` or more.
    pub(crate) fn at_least(self, number: u8) -> Option<u8> {
        let rest = self.0.checked_shr(u32::from(number)).filter(|rest| *rest != 0)?;
        Some(number + rest.trailing_zeros() as u8)
    }

    /// The only one.
    pub(crate) fn single(self) -> Option<u8> {
        if self.0.is_power_of_two() { self.at_least(0) } else { None }
    }
}

impl FromIterator<u16> for Numbers {
    fn from_iter<I: IntoIterator<Item = u16>>(numbers: I) -> Self {
        let mut set = Self::default();
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }
}
