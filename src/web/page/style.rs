//! The style of the page, under a name that changes with it, so that browsers may keep it for good.

use std::sync::{LazyLock, OnceLock};

use sha2::{Digest as _, Sha256};

use crate::model::text::hex;
use crate::web::file::{File, Keep};

const STYLE: &str = include_str!("page.css");
const ICON: &str = include_str!("icon.svg");

static PATH: LazyLock<String> =
    LazyLock::new(|| format!("/page-{}.css", &hex(&Sha256::digest(STYLE))[..12]));

/// The path of the style sheet, below the page's root.
pub(in crate::web) fn style_path() -> &'static str {
    &PATH
}

/// The style sheet or the icon, if that is its path. They need no login.
pub(super) fn style_file(path: &str) -> Option<File> {
    static FILE: OnceLock<File> = OnceLock::new();
    let file = || File::new("text/css; charset=utf-8", Keep::Forever, STYLE);
    match path {
        // The latter is asked for by browsers where no page names one.
        "/icon.svg" | "/favicon.ico" => Some(File::new("image/svg+xml", Keep::Seconds(3600), ICON)),
        path if path == *PATH => Some(FILE.get_or_init(file).clone()),
        _ => None,
    }
}
