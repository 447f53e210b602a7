//! What cannot be seen, and the command that mends it: nothing seen is not nothing there.

use crate::source;

/// Something that cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blind {
    /// What cannot be seen: `failed logins`.
    pub(super) what: String,
    pub(super) why: String,
    pub(super) mend: String,
}

impl Blind {
    pub(super) fn new(what: &str, why: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.to_owned(), why: why.into(), mend: mend.into() }
    }
}

/// What was found, or why nothing was: of one cause with what else cannot be seen by it.
pub(super) fn or_blind<T>(
    what: &str,
    found: Result<T, source::Blind>,
    blind: &mut Vec<Blind>,
) -> Option<T> {
    let source::Blind { why, mend } = match found {
        Ok(found) => return Some(found),
        Err(blind) => blind,
    };
    match blind.iter_mut().find(|known| known.why == why && known.mend == mend) {
        Some(known) => known.what = format!("{}, {what}", known.what),
        None => blind.push(Blind::new(what, why, mend)),
    }
    None
}

impl Blind {
    /// As a source said it to the watch: `WHY; MEND`.
    pub(super) fn said(what: &str, said: &str) -> Self {
        let (why, mend) = said.split_once("; ").unwrap_or((said, "nightkeep doctor"));
        Self::new(what, why, mend)
    }
}
