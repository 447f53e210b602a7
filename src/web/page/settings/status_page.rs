//! The status page as the owner sees it: what is on it, and what to put elsewhere.

use askama::Template;

use crate::web::locale::{layout, settings as t};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::{Result, html};

#[derive(Template)]
#[template(path = "page/settings/status_page.html")]
struct StatusPage {
    frame: Frame,
    file: String,
    is_on: bool,
    title: String,
    url: String,
    /// Where it is on this server.
    path: String,
    /// What is shown, as the config has it.
    wanted: String,
    /// Names of the services on it.
    services: Vec<String>,
}

pub(super) async fn show(visit: &Visit) -> Result {
    let page = &visit.config.status_page;
    let url = match &page.domain {
        Some(domain) => format!("https://{domain}"),
        None => format!("{}{}", visit.origin, page.path),
    };
    let services = crate::web::public::badges(&visit.app).await;
    let shown: Vec<String> = page.show.iter().map(ToString::to_string).collect();
    html(&StatusPage {
        frame: visit.frame("x").await?,
        file: visit.app.config_path.display().to_string(),
        is_on: page.is_on(),
        title: page.title.clone(),
        url,
        path: page.path.clone(),
        wanted: format!("{shown:?}"),
        services,
    })
}
