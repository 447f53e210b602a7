//! What is shown instead of a page: what is wrong, and what to do.

use askama::Template;

use super::frame::Frame;
use super::style::style_path;
use crate::web::api::problem::Problem;

#[derive(Template)]
#[template(path = "page/trouble.html")]
struct Framed<'a> {
    frame: Frame,
    problem: &'a Problem,
}

#[derive(Template)]
#[template(path = "page/trouble_bare.html")]
struct Bare<'a> {
    base: &'a str,
    style: &'static str,
    problem: &'a Problem,
}

/// Inside the frame.
pub(super) fn html(frame: Frame, problem: &Problem) -> String {
    Framed { frame, problem }.render().unwrap_or_default()
}

/// Without one: not even the watch answers.
pub(super) fn bare(base: &str, problem: &Problem) -> String {
    Bare { base, style: style_path(), problem }.render().unwrap_or_default()
}
