//! Words auditd put behind a record when it wrote an enriched log.

use super::text::unquoted;

/// What was added to a record: `ARCH=x86_64 AUID="ann" …`, or nothing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Added<'a>(pub Option<&'a [u8]>);

impl<'a> Added<'a> {
    /// What was added under a name (in small letters).
    pub(crate) fn get(self, name: &[u8]) -> Option<&'a [u8]> {
        let text = self.0?;
        // An address is all that is added to a record of one, and it has spaces in it.
        if let Some(address) = text.strip_prefix(b"SADDR=") {
            let open = address.iter().position(|byte| *byte == b'{')?;
            let address = &address[open..];
            return (name == b"saddr" && address.contains(&b'}')).then_some(address);
        }
        text.split(|byte| *byte == b' ').find_map(|word| {
            let at = word.iter().position(|byte| *byte == b'=')?;
            // Letters are made small, names in a record are not.
            let is_it =
                word[..at].eq_ignore_ascii_case(name) && !name.iter().any(u8::is_ascii_uppercase);
            is_it.then(|| &word[at + 1..])
        })
    }

    /// Appends what was added under a name, and says whether it was. What auditd did not know is
    /// left out, since it may be known here.
    pub(crate) fn show(self, name: &[u8], is_account: bool, out: &mut Vec<u8>) -> bool {
        let Some(word) = self.get(name).filter(|word| !word.starts_with(b"unknown-")) else {
            return false;
        };
        if is_account {
            unquoted(word, out);
        } else {
            out.extend_from_slice(word);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_added() {
        let added = Added(Some(b"ARCH=x86_64 AUID=\"ann\" UID=\"root\""));
        assert_eq!(added.get(b"arch"), Some(&b"x86_64"[..]));
        assert_eq!(added.get(b"uid"), Some(&b"\"root\""[..]));
        assert_eq!(added.get(b"UID"), None);
        let address = Added(Some(b"SADDR={ saddr_fam=inet laddr=::1 }"));
        assert_eq!(address.get(b"saddr"), Some(&b"{ saddr_fam=inet laddr=::1 }"[..]));
    }
}
