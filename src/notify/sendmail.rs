//! Mail through the machine's own `sendmail`. Its success says only that the mail is queued.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::process::{self, Talks};
use super::{SendError, smtp};
use crate::model::Notice;

pub(super) async fn send(
    program: &Path,
    from: &str,
    to: &[String],
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let mail = smtp::mail(from, to, notice, now, tz)?;
    // -t: recipients from the headers; -oi: a line with a single dot is no end. Lines end as
    // local programs expect it.
    let text = mail.formatted();
    let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\r').collect();
    let arguments = ["-t", "-oi"].map(Into::into);
    process::feed(program, arguments, &[], &text, Talks::OnError).await?.outcome()
}
