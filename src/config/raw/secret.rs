//! Where a secret comes from.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A secret is written as `KEY`, or as `KEY-file`, `KEY-env` or `KEY-credential`; the last three
/// reach this type as a table (`document::plain` folds them).
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::config) enum SecretFrom {
    /// In the config itself.
    Text(String),
    /// The content of a file.
    File {
        /// Its path.
        file: PathBuf,
    },
    /// An environment variable of the daemon.
    Env {
        /// Its name.
        env: String,
    },
    /// A credential that systemd hands over (`LoadCredential=`).
    Credential {
        /// Its name.
        credential: String,
    },
}

impl SecretFrom {
    /// The endings of the keys beside the plain one.
    pub(in crate::config) const FORMS: [&str; 3] = ["file", "env", "credential"];
    /// Its name in the JSON schema's `format`.
    pub(in crate::config) const FORMAT: &str = "secret";
}

impl JsonSchema for SecretFrom {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Self::FORMAT.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": Self::FORMAT })
    }
}
