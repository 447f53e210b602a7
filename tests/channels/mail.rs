//! Mail against a server that answers as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use nightkeep::config::{ChannelKind, Secret, Smtp, SmtpSecurity};
use nightkeep::notify::SendError;

use crate::{notice, now, outcome, recovery, send, send_within};

/// Answers every connection; a command that begins like one of `refusals` gets that answer.
/// The mails it took are in the list.
fn server(refusals: &'static [(&str, &str)]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let taken = mails.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // The client may close whenever it likes.
            let _ = talk(&stream.unwrap(), refusals, &taken);
        }
    });
    (port, mails)
}

fn talk(
    mut stream: &TcpStream,
    refusals: &[(&str, &str)],
    taken: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let answer = |command: &str, usual: &str| {
        let refusal = refusals.iter().find(|(start, _)| command.starts_with(start));
        format!("{}\r\n", refusal.map_or(usual, |(_, answer)| answer))
    };
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(answer("GREETING", "220 fake ESMTP").as_bytes())?;
    while let Some(Ok(line)) = lines.next() {
        let usual = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-fake\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let said = answer(&line, usual);
        stream.write_all(said.as_bytes())?;
        if line == "DATA" && said.starts_with("354") {
            let mail: Vec<_> =
                lines.by_ref().map_while(Result::ok).take_while(|l| l != ".").collect();
            let said = answer("END", "250 queued");
            if said.starts_with("250") {
                taken.lock().unwrap().push(mail.join("\n"));
            }
            if said.starts_with("drop") {
                return Ok(());
            }
            stream.write_all(said.as_bytes())?;
        }
    }
    Ok(())
}

fn smtp(port: u16) -> Smtp {
    Smtp {
        server: String::from("127.0.0.1"),
        port,
        security: SmtpSecurity::None,
        user: None,
        password: None,
        from: String::from("nightkeep@web1.example"),
        to: vec![String::from("ann@example.org"), String::from("bob@example.org")],
    }
}

#[test]
fn replies_mean_what_rfc_5321_says() {
    for (refusals, expected) in [
        (&[][..], "ok"),
        (&[("GREETING", "421 too busy")], "later"),
        (&[("GREETING", "554 go away")], "never"),
        (&[("MAIL", "451 greylisted")], "later"),
        (&[("MAIL", "553 sender refused")], "never"),
        (&[("RCPT", "450 greylisted, come back in 5 minutes")], "later"),
        (&[("RCPT", "550 no such user")], "never"),
        (&[("DATA", "421 closing")], "later"),
        (&[("END", "452 disk full")], "later"),
        (&[("END", "552 too large")], "never"),
        (&[("END", "drop")], "later"),
    ] {
        let (port, mails) = server(refusals);
        let result = send(ChannelKind::Smtp(smtp(port)), &notice());
        assert_eq!(outcome(&result).0, expected, "{refusals:?}: {result:?}");
        assert_eq!(mails.lock().unwrap().len(), usize::from(expected == "ok"), "{refusals:?}");
    }
}

#[test]
fn one_recipient_that_is_no_more_does_not_keep_it_from_the_others() {
    let (port, mails) = server(&[("RCPT TO:<ann@", "550 no such user")]);
    send(ChannelKind::Smtp(smtp(port)), &notice()).unwrap();
    assert_eq!(mails.lock().unwrap().len(), 1);
}

#[test]
fn one_recipient_greylisted_holds_it_up_for_a_while_only() {
    let (port, mails) = server(&[("RCPT TO:<bob@", "451 greylisted")]);
    let kind = || ChannelKind::Smtp(smtp(port));
    assert_eq!(outcome(&send(kind(), &notice())).0, "later");
    assert!(mails.lock().unwrap().is_empty());
    let later = now() + SignedDuration::from_mins(11);
    send_within(kind(), &notice(), later, SignedDuration::from_secs(20)).unwrap();
    assert_eq!(mails.lock().unwrap().len(), 1);
}

#[test]
fn a_refused_password_is_tried_seldom_and_never_shown() {
    let (port, _mails) = server(&[("AUTH", "535 5.7.8 Error: authentication failed: s3cr3t")]);
    let password = Some(Secret::new("s3cr3t"));
    let smtp = Smtp { user: Some(String::from("ann")), password, ..smtp(port) };
    let Err(SendError::Later { why, after }) = send(ChannelKind::Smtp(smtp.clone()), &notice())
    else {
        panic!()
    };
    assert_eq!(after, Some(SignedDuration::from_mins(15)));
    assert!(why.contains("check the channel's `user` and `password`"), "{why}");
    assert!(!why.contains("s3cr3t"), "{why}");
    // 192.0.2.1 is nowhere (RFC 5737): it is not even tried.
    let open = Smtp { server: String::from("192.0.2.1"), ..smtp };
    let error = send(ChannelKind::Smtp(open), &notice()).unwrap_err().to_string();
    assert!(error.starts_with("the password is not sent over an open connection"), "{error}");
}

#[test]
fn a_recovery_is_threaded_under_its_alert() {
    let (port, mails) = server(&[]);
    send(ChannelKind::Smtp(smtp(port)), &notice()).unwrap();
    send(ChannelKind::Smtp(smtp(port)), &recovery()).unwrap();
    let mails = mails.lock().unwrap();
    let header = |mail: &str, name: &str| {
        let start = format!("{name}: ");
        mail.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned))
    };
    let id = header(&mails[0], "Message-ID").unwrap();
    assert!(id.starts_with("<nightkeep-") && id.ends_with("@web1>"), "{id}");
    assert_eq!(header(&mails[0], "In-Reply-To"), None);
    assert_eq!(header(&mails[1], "In-Reply-To").as_ref(), Some(&id));
    assert_eq!(header(&mails[1], "References").as_ref(), Some(&id));
    assert_ne!(header(&mails[1], "Message-ID").unwrap(), id);
    assert_eq!(header(&mails[0], "Date").unwrap(), "Mon, 23 Nov 2026 01:15:00 +0000");
    assert_eq!(header(&mails[0], "Auto-Submitted").unwrap(), "auto-generated");
    assert!(mails.iter().all(|mail| mail.is_ascii() && mail.lines().all(|line| line.len() < 998)));
}
