use uuid::Uuid;

use super::*;
use crate::heartbeat::Definition;
use crate::heartbeat::book::PingKey;
use crate::model::HeartbeatStatus as Status;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const KEY: &str = "PingKeyPingKeyPingKey1";

fn book(filter: Filter) -> (Book, Id, Uuid) {
    let mut book = Book::default();
    let project = book.add_project("default", PingKey::known(KEY));
    let mut check = Definition::new(Uuid::from_u128(1), Uuid::from_u128(2), project, "job", NOW);
    check.filter = filter;
    check.only_post = true;
    let (uuid, id) = (check.uuid, book.add(check));
    (book, id, uuid)
}

fn mail(to: Vec<Whom>, message: &str) -> Mail {
    Mail { from: String::from("root@a.example"), to, message: message.as_bytes().to_vec() }
}

fn hear(book: &mut Book, mail: &Mail) {
    let words = if mail.is_read(book) { Words::read(&mail.message) } else { Words::default() };
    mail.hear(book, &words, Some([192, 0, 2, 1].into()), NOW);
}

#[test]
fn every_check_it_is_for_is_called_and_nobody_else() {
    let (mut book, id, uuid) = book(Filter::default());
    let by_slug = Whom::Slug { key: KEY.to_owned(), slug: String::from("job") };
    let no_key = Whom::Slug { key: String::from("wrong"), slug: String::from("job") };
    let to = vec![Whom::Uuid(uuid), by_slug, no_key, Whom::Uuid(Uuid::from_u128(9))];
    let long = format!("Subject: failed\r\n\r\n{}", "x".repeat(BODY_LIMIT));
    book.take_writes();
    hear(&mut book, &mail(to, &long));
    let life = &book.get(id).unwrap().life;
    assert_eq!((life.pings, life.status), (2, Status::Up));
    let writes = book.take_writes();
    let line = &writes.pings[0];
    assert_eq!((writes.pings.len(), line.kind, line.body.len()), (2, Kind::Success, BODY_LIMIT));
    let told = (line.scheme.as_str(), line.method.as_str(), line.agent.as_str());
    assert_eq!(told, ("email", "", "Email from root@a.example"));
    assert_eq!(line.remote, "192.0.2.1");

    hear(&mut book, &mail(vec![Whom::Uuid(Uuid::from_u128(9))], "Subject: a\r\n\r\n"));
    assert!(!book.has_writes());
}

#[test]
fn words_decide_where_the_check_says_so() {
    let words = |subject, body| Filter {
        failure: String::from("failed, error"),
        success: String::from("fine"),
        start: String::from("begins"),
        subject,
        body,
        ..Filter::default()
    };
    let strict = Filter { default_fail: true, ..words(true, true) };
    for (filter, subject, text, kind) in [
        (words(true, false), "failed", "fine", Kind::Fail),
        (words(false, true), "failed", "fine", Kind::Success),
        (words(true, true), "begins", "fine", Kind::Success),
        (words(true, true), "begins", "else", Kind::Start),
        (words(true, true), "Failed", "else", Kind::Ignored),
        (strict, "Failed", "else", Kind::Fail),
    ] {
        let (mut book, _, uuid) = book(filter);
        hear(
            &mut book,
            &mail(vec![Whom::Uuid(uuid)], &format!("Subject: {subject}\r\n\r\n{text}")),
        );
        assert_eq!(book.take_writes().pings[0].kind, kind, "{subject} {text}");
    }
}

#[test]
fn a_failure_is_told_with_the_subject() {
    let filter = Filter { failure: String::from("full"), body: true, ..Filter::default() };
    let (mut book, id, uuid) = book(filter);
    let message = "Subject: Backup of nas\r\n\r\ndisk full\r\n-- \r\nyour nas\r\n";
    hear(&mut book, &Mail { from: String::new(), ..mail(vec![Whom::Uuid(uuid)], message) });
    let check = book.get(id).unwrap();
    assert_eq!((check.life.status, check.life.said.as_str()), (Status::Down, "Backup of nas"));
    assert_eq!(book.take_writes().pings[0].agent, "Email from <>");
}
