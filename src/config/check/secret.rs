//! Secrets fetched from where the config says they are.

use super::Check;
use crate::config::document::Part;
use crate::config::raw::SecretFrom;
use crate::config::{Secret, Secrets, secret};

impl Check<'_> {
    /// The secret of a key in a table; `keys` goes down from that table, `whose` it is in a
    /// warning.
    pub(super) fn secret_in(
        &mut self,
        table: &[&str],
        whose: &str,
        keys: &[&str],
        from: &SecretFrom,
    ) -> Secret {
        let key = keys.last().copied().unwrap_or_default();
        match secret::fetch(from, self.env) {
            Ok((text, warning)) => {
                self.warnings.extend(warning);
                Secret::new(text)
            }
            Err(wrong) if self.env.secrets == Secrets::Optional => {
                self.warnings.push(format!("{whose}, `{key}`: {}", wrong.why));
                Secret::new("")
            }
            Err(wrong) => {
                let written = self.secret_key(table, key);
                let place: Vec<&str> = match keys {
                    [_] => table.iter().copied().chain([written.as_str()]).collect(),
                    _ => table.iter().chain(keys).copied().collect(),
                };
                self.wrong(&place, Part::Value, format!("the secret `{key}` is not there"), wrong);
                Secret::new("")
            }
        }
    }

    /// The key under which a secret is written: `token`, `token-file` …
    pub(super) fn secret_key(&self, table: &[&str], key: &str) -> String {
        let there = |written: &String| {
            let path: Vec<&str> = table.iter().copied().chain([written.as_str()]).collect();
            self.line_of(&path).is_some()
        };
        SecretFrom::FORMS
            .iter()
            .map(|form| format!("{key}-{form}"))
            .find(there)
            .unwrap_or_else(|| key.to_owned())
    }
}
