//! What a request is answered.

use serde_json::{Value, json};

use super::write;
use crate::heartbeat::contract::Reply;

/// An answer, but for the headers that are the same for all of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What kind of body it is.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// May pages of other servers read it?
    pub is_open: bool,
}

const HTML: &str = "text/html; charset=utf-8";

impl Answer {
    /// JSON.
    pub fn json(status: u16, value: &Value) -> Self {
        let body = write::json(value).into_bytes();
        Self { status, kind: "application/json", body, is_open: true }
    }

    /// Why not.
    pub fn error(status: u16, why: &str) -> Self {
        Self::json(status, &json!({ "error": why }))
    }

    /// A few words, of the type that Django gives to those.
    pub fn text(status: u16, text: &str) -> Self {
        Self { status, kind: HTML, body: text.as_bytes().to_vec(), is_open: true }
    }

    /// What was sent with a call, as it came.
    pub fn sent(body: Vec<u8>) -> Self {
        Self { status: 200, kind: "text/plain", body, is_open: true }
    }

    /// There is no such thing.
    pub fn no_page() -> Self {
        let body = Reply::NoPage.body().as_bytes().to_vec();
        Self { status: 404, kind: HTML, body, is_open: false }
    }
}
