//! What is wrong with an expression.

use std::ops::Range;

/// An expression that is no schedule: what is wrong, where, and what to write instead.
///
/// The words hold pieces of the expression as they are, of any length and with any character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at byte {}): {instead}", .span.start)]
pub struct Invalid {
    /// The field it is about, such as `hour`, or `expression` when it is about all of it.
    pub field: &'static str,
    /// The bytes of the expression it is about. Empty where something is missing.
    pub span: Range<usize>,
    /// What is wrong, as the beginning of a sentence.
    pub problem: String,
    /// What to write instead, as the end of that sentence.
    pub instead: String,
}
