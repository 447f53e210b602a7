//! What everybody may see: the status page with what belongs to it, and badges of what stands on
//! it. Made once and kept for some seconds, however many ask.

mod fill;
mod look;
mod place;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use tokio::sync::Mutex;

use super::badge::{Badge, Form, What};
use super::file::{File, Keep, only_read};
use super::status::{Page, Place, STYLE, Status, feed, html, icon, json, style_name};
use super::{Answer, App};
use crate::clock;
use crate::config::Config;
use fill::Known;
pub(super) use place::{Root, nearest, root};

/// What was made is sent for so long.
const FRESH: Duration = Duration::from_secs(10);
/// Whoever got it asks again after so many seconds.
const KEEP: Keep = Keep::Seconds(15);
const KEEP_BADGE: Keep = Keep::Seconds(60);
const KEEP_FEED: Keep = Keep::Seconds(300);
/// An owner's style is not larger, in bytes.
const OWN_STYLE: u64 = 256 << 10;

/// What was made of it last.
#[derive(Debug, Default)]
pub(super) struct Public {
    made: Mutex<Option<Arc<Made>>>,
}

#[derive(Debug)]
struct Made {
    at: Instant,
    config: Arc<Config>,
    page: Page,
    known: BTreeMap<String, Known>,
    json: OnceLock<File>,
    /// By where it is: its links differ.
    html: [OnceLock<File>; 2],
}

/// Answers what is below the page's root. None: there is nothing of that name.
pub(super) async fn answer(
    app: &App,
    root: &Root,
    method: &Method,
    headers: &HeaderMap,
) -> Option<Answer> {
    let file = match root.below.as_str() {
        "" | "status.json" | "feed.xml" => {
            let made = made(app).await?;
            match root.below.as_str() {
                "" => made.html(root)?,
                "status.json" => made.json()?,
                _ => File::new(
                    "application/rss+xml; charset=utf-8",
                    KEEP_FEED,
                    feed(&made.at(&root.place)),
                ),
            }
        }
        "own.css" => {
            let css = root.config.status_page.css.as_deref()?;
            File::new("text/css; charset=utf-8", Keep::Seconds(300), own_style(css).await?)
        }
        name if name == style_name() => {
            static FILE: OnceLock<File> = OnceLock::new();
            let style = || File::new("text/css; charset=utf-8", Keep::Forever, STYLE);
            FILE.get_or_init(style).clone()
        }
        name if name.starts_with("icon-") => {
            let wanted = name.strip_prefix("icon-")?.strip_suffix(".svg")?;
            let all =
                [Status::Up, Status::Maintenance, Status::Unknown, Status::Degraded, Status::Down];
            let status = all.into_iter().find(|status| status.as_str() == wanted)?;
            File::new("image/svg+xml", Keep::Seconds(3600), icon(status))
        }
        name => badge(app, name.strip_prefix("badges/")?).await?,
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Some(only_read());
    }
    Some(file.answer(method, headers))
}

/// What there are badges of, by the names in their addresses.
pub(super) async fn badges(app: &App) -> Vec<String> {
    made(app).await.map(|made| made.known.keys().cloned().collect()).unwrap_or_default()
}

/// `NAME/WHAT.FORM`
async fn badge(app: &App, path: &str) -> Option<File> {
    let (name, rest) = path.rsplit_once('/')?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    let (what, form) = Form::split(rest)?;
    let what = What::named(what)?;
    let made = made(app).await?;
    let facts = made.known.get(&*name)?.facts(what);
    Some(File::new(form.media_type(), KEEP_BADGE, Badge::of(what, &facts).write(form)))
}

/// What was made some seconds ago, or is made now. None: it cannot be.
async fn made(app: &App) -> Option<Arc<Made>> {
    let config = Arc::clone(&app.config.borrow());
    // Whoever comes while it is made waits for it instead of making it as well.
    let mut last = app.public.made.lock().await;
    let is_fresh =
        |made: &Arc<Made>| made.at.elapsed() < FRESH && Arc::ptr_eq(&made.config, &config);
    if let Some(made) = last.as_ref().filter(|made| is_fresh(made)) {
        return Some(Arc::clone(made));
    }
    let (page, known) = look::look(app, &config).await?;
    let made = Made {
        at: clock::monotonic(),
        config,
        page,
        known,
        json: OnceLock::new(),
        html: [OnceLock::new(), OnceLock::new()],
    };
    let made = Arc::new(made);
    *last = Some(Arc::clone(&made));
    Some(made)
}

impl Made {
    /// The page at a place.
    fn at(&self, place: &Place) -> Page {
        Page { place: place.clone(), ..self.page.clone() }
    }

    fn html(&self, root: &Root) -> Option<File> {
        let cell = &self.html[usize::from(root.is_own)];
        if let Some(file) = cell.get() {
            return Some(file.clone());
        }
        let html = html(&self.at(&root.place)).map_err(|error| tracing::error!("{error}")).ok()?;
        Some(cell.get_or_init(|| File::new("text/html; charset=utf-8", KEEP, html)).clone())
    }

    fn json(&self) -> Option<File> {
        if let Some(file) = self.json.get() {
            return Some(file.clone());
        }
        let json = json(&self.page).map_err(|error| tracing::error!("{error}")).ok()?;
        Some(self.json.get_or_init(|| File::new("application/json", KEEP, json)).clone())
    }
}

async fn own_style(path: &std::path::Path) -> Option<Vec<u8>> {
    use tokio::io::AsyncReadExt as _;
    let file = tokio::fs::File::open(path).await;
    let file = file.map_err(|error| tracing::warn!("{}: {error}", path.display())).ok()?;
    let mut style = Vec::new();
    file.take(OWN_STYLE).read_to_end(&mut style).await.ok()?;
    Some(style)
}
