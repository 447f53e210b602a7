//! A program of the owner's own. It gets the webhook's JSON on its standard input and the texts
//! in its environment.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::process::{self, Talks};
use super::{SendError, message, webhook};
use crate::model::Notice;

pub(super) async fn send(
    command: &[String],
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let [program, arguments @ ..] = command else {
        return Err(SendError::never("the channel's `command` is empty"));
    };
    let message = &notice.message;
    let variables = [
        ("NIGHTKEEP_KEY", notice.key.clone()),
        ("NIGHTKEEP_HOST", message.host.clone()),
        ("NIGHTKEEP_KIND", message.kind.as_str().to_owned()),
        ("NIGHTKEEP_SEVERITY", message.severity.to_string()),
        ("NIGHTKEEP_TITLE", message::one_line(message, now, tz)),
    ];
    let input = format!("{}\n", webhook::body(notice, now, tz));
    let arguments = arguments.iter().map(Into::into);
    let (program, input) = (Path::new(program), input.as_bytes());
    process::feed(program, arguments, &variables, input, Talks::OnError).await?.outcome()
}
