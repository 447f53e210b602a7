//! Puts the records on the standard input into words: `AUDIT_COMPAT=3` is as 3.0.9 does it.

use std::io::{self, BufRead as _, Write as _};
use std::path::Path;

use nightkeep_audit::ausearch::Escape;
use nightkeep_audit::interpret::Interpreter;
use nightkeep_audit::{Compat, Names, Record};

fn main() -> io::Result<()> {
    let is_3 = std::env::var("AUDIT_COMPAT").is_ok_and(|version| version == "3");
    let root = std::env::var("AUDIT_ROOT").unwrap_or_else(|_| "/".into());
    let escape = match std::env::var("AUDIT_ESCAPE").as_deref() {
        Ok("raw") => Escape::Raw,
        Ok("shell") => Escape::Shell,
        Ok("shell_quote") => Escape::ShellQuote,
        _ => Escape::Tty,
    };
    let root = Path::new(&root);
    let (users, groups) = (Names::users(root), Names::groups(root));
    let compat = if is_3 { Compat::V3 } else { Compat::V4 };
    let mut interpreter = Interpreter::new(&users, &groups, root, compat, escape);
    let zone = jiff::tz::TimeZone::system();
    let (mut out, mut said) = (io::stdout().lock(), Vec::new());
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        if let Ok(record) = Record::parse(&line) {
            said.clear();
            interpreter.record(&record, &zone, &mut said);
            out.write_all(&said)?;
        }
    }
    Ok(())
}
