//! Badges of heartbeats, at the addresses and in the forms of Healthchecks: of all with a tag, or of
//! one.

use subtle::ConstantTimeEq as _;

use super::{Badge, Form, Tone};
pub use crate::heartbeat::api::badge::{key as badge_key, signature};

/// Characters of a signature.
const SIGNATURE: usize = 8;
/// The ending of a signature whose badge does not know `late`.
const TWO_STATES: &str = "-2";

/// How many heartbeats are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub total: usize,
    /// Those that are late, within their grace.
    pub grace: usize,
    /// Those that are down.
    pub down: usize,
}

impl Count {
    /// The word for all of them together.
    pub fn status(self, with_late: bool) -> &'static str {
        match self {
            Self { down: 1.., .. } => "down",
            Self { grace: 1.., .. } if with_late => "late",
            _ => "up",
        }
    }

    /// The badge in a form.
    pub fn write(self, label: &str, with_late: bool, form: Form) -> String {
        let status = self.status(with_late);
        if form == Form::Json {
            let Self { total, grace, down } = self;
            let json = serde_json::json!({
                "status": status, "total": total, "grace": grace, "down": down,
            });
            return json.to_string();
        }
        let tone = match status {
            "down" => Tone::Bad,
            "late" => Tone::Poor,
            _ => Tone::Good,
        };
        Badge { label: label.to_owned(), message: status.to_owned(), tone }.write(form)
    }
}

/// Is this the signature of a tag? If so: does its badge know `late`?
pub fn signed(ping_key: &str, tag: &str, written: &str) -> Option<bool> {
    let (written, with_late) = match written.strip_suffix(TWO_STATES) {
        Some(rest) if rest.len() == SIGNATURE => (rest, false),
        _ => (written, true),
    };
    let right = signature(ping_key, tag);
    bool::from(right.as_bytes().ct_eq(written.as_bytes())).then_some(with_late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_healthchecks_does() {
        let count = |grace, down| Count { total: 3, grace, down };
        assert_eq!(count(0, 0).status(true), "up");
        assert_eq!((count(1, 0).status(true), count(1, 0).status(false)), ("late", "up"));
        assert_eq!(count(1, 1).status(false), "down");
        let json = r#"{"status":"down","total":3,"grace":1,"down":1}"#;
        assert_eq!(count(1, 1).write("db", true, Form::Json), json);
        let shields = r#"{"schemaVersion":1,"label":"db","message":"late","color":"important"}"#;
        assert_eq!(count(1, 0).write("db", true, Form::Shields), shields);
        assert!(count(1, 0).write("<db>", true, Form::Svg).contains("&lt;db&gt;: late"));
    }

    #[test]
    fn a_signature_is_of_one_tag_and_one_key() {
        let own = signature("key", "db");
        assert_eq!(own.len(), 8);
        assert_eq!(signed("key", "db", &own), Some(true));
        assert_eq!(signed("key", "db", &format!("{own}-2")), Some(false));
        for (key, tag, written) in [
            ("key", "web", own.clone()),
            ("other", "db", own.clone()),
            ("key", "db", format!("{own}-3")),
            ("key", "db", String::new()),
        ] {
            assert_eq!(signed(key, tag, &written), None, "{key} {tag} {written}");
        }
    }
}
