//! One field of an expression: what it is called and which numbers it takes.

use crate::Invalid;
use crate::piece::Piece;

/// A field of an expression.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) least: u16,
    pub(crate) most: u16,
    /// Words for the numbers from `least` on, in capitals.
    pub(crate) names: &'static [&'static str],
}

impl Field {
    /// The number a piece names.
    pub(crate) fn value(&self, piece: Piece<'_>) -> Result<u16, Invalid> {
        if let Some(index) = self.names.iter().position(|name| piece.is(name)) {
            return Ok(self.least + index as u16);
        }
        let number = self.number(piece)?;
        self.checked(piece, number)
    }

    /// A number that this field takes.
    pub(crate) fn checked(&self, piece: Piece<'_>, number: u16) -> Result<u16, Invalid> {
        if (self.least..=self.most).contains(&number) {
            return Ok(number);
        }
        Err(self.invalid(piece, format!("there is no {} {}", self.name, piece.text)))
    }

    /// Any number, too great ones as the greatest there is.
    pub(crate) fn number(&self, piece: Piece<'_>) -> Result<u16, Invalid> {
        if piece.text.is_empty() {
            return Err(self.invalid(piece, format!("a {} is missing", self.name)));
        }
        digits(piece.text)
            .ok_or_else(|| self.invalid(piece, format!("`{}` is no {}", piece.text, self.name)))
    }

    /// What stands after a `/`.
    pub(crate) fn step(&self, piece: Piece<'_>) -> Result<usize, Invalid> {
        match digits(piece.text) {
            Some(step) if step > 0 => Ok(usize::from(step)),
            _ => Err(piece.invalid(
                self.name,
                format!("`{}` is no step for the {}", piece.text, self.name),
                "write a whole number from 1 on after the `/`",
            )),
        }
    }

    pub(crate) fn invalid(&self, piece: Piece<'_>, problem: impl Into<String>) -> Invalid {
        piece.invalid(self.name, problem, self.instead())
    }

    fn instead(&self) -> String {
        match self.names {
            [] => format!("write a number from {} to {}", self.least, self.most),
            [first, .., last] | [first @ last] => format!(
                "write a number from {} to {} or a name from {first} to {last}",
                self.least, self.most
            ),
        }
    }
}

/// A number of ASCII digits, too great ones as the greatest there is.
pub(crate) fn digits(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| {
        let push = |number: u16, digit: u8| {
            number.saturating_mul(10).saturating_add(u16::from(digit - b'0'))
        };
        text.bytes().fold(0, push)
    })
}
