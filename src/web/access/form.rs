//! What a form sends.

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

/// Bytes of a form.
const BODY: usize = 64 * 1024;

/// The fields of a form, or of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web) struct Form(Vec<(String, String)>);

impl Form {
    /// Of these bytes.
    pub(in crate::web) fn of(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Of a request's body. None: it is too long, or ended too soon.
    pub(in crate::web) async fn read(body: Incoming) -> Option<Self> {
        let bytes = Limited::new(body, BODY).collect().await.ok()?.to_bytes();
        Some(Self::of(&bytes))
    }

    /// What stands in a field; nothing where there is none.
    pub(in crate::web) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}
