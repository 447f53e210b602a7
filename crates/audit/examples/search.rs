//! What rules with a key recorded: `search KEY FILE...`, as sentences.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use nightkeep_audit::log::Range;
use nightkeep_audit::search::{Logs, Pattern, Question, Reader};
use nightkeep_audit::users::Names;
use nightkeep_audit::{TIMEOUT, action};

fn main() {
    let mut args = std::env::args().skip(1);
    let keys = vec![Pattern::new(&args.next().unwrap())];
    let logs = Logs::at(&args.map(Into::into).collect::<Vec<_>>());
    let users = Names::users(std::path::Path::new("/"));
    let question = Question { keys, ..Question::default() };
    let filter = question.filter(&users);
    let mut reader = Reader::new(&logs, Range::default(), TIMEOUT, &filter, &users);
    while reader.advance() {
        let event = reader.event().unwrap();
        if question.matches(event, &users, || Some(action::read(event, &users))) == Ok(true) {
            println!("{}", reader.action().unwrap());
        }
    }
}
