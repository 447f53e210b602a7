//! The style of the page, under a name that changes with it, so that browsers may keep it for good.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::model::text::hex;

/// The style sheet.
pub const STYLE: &str = include_str!("page.css");

static NAME: LazyLock<String> =
    LazyLock::new(|| format!("style-{}.css", &hex(&Sha256::digest(STYLE))[..12]));

/// The name of the style sheet below the page.
pub fn style_name() -> &'static str {
    &NAME
}
