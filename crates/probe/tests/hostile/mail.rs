use nightkeep_probe::{Fault, Mail, MailProtocol, Target};

use crate::fake::Fake;
use crate::{ask, mail, said};

#[tokio::test]
async fn smtp_says_what_is_wrong() {
    let smtp = |port| Target::Mail(mail(port, MailProtocol::Smtp));
    let fake =
        Fake::talks(&[b"220-mx.example\r\n220 ESMTP\r\n", b"250-mx.example\r\n250 SIZE 1000\r\n"])
            .await;
    let answer = ask(smtp(fake.port)).await.unwrap();
    assert_eq!(answer.body, b"220-mx.example\n220 ESMTP\n250-mx.example\n250 SIZE 1000");
    assert_eq!(answer.status, Some(250));
    let starttls = |port| Target::Mail(Mail { starttls: true, ..mail(port, MailProtocol::Smtp) });
    assert_eq!(said(starttls(fake.port)).await, "the mail server offers no STARTTLS");
    for (lines, words) in [
        (&[&b"554 no service\r\n"[..]][..], "the mail server turns us away: 554 no service"),
        (&[b"220 hi\r\n", b"421 too busy\r\n"], "the mail server refuses EHLO: 421 too busy"),
        (
            &[b"220 hi\r\n", b"250-hi\r\n250 STARTTLS\r\n", b"454 not now\r\n"],
            "the mail server refuses STARTTLS: 454 not now",
        ),
    ] {
        let fake = Fake::talks(lines).await;
        assert_eq!(said(starttls(fake.port)).await, words);
    }
    for lines in ["220-a\r\n250 b\r\n", "22\r\n", "220x\r\n", "2\u{e9}0 \r\n"] {
        let fake = Fake::talks(&[lines.as_bytes()]).await;
        let fault = ask(smtp(fake.port)).await.unwrap_err();
        assert!(
            matches!(fault, Fault::NotSpoken { .. } | Fault::Malformed { .. }),
            "{lines}: {fault}"
        );
    }
}

#[tokio::test]
async fn an_answer_slipped_in_before_tls_is_none() {
    let lines =
        [&b"220 hi\r\n"[..], b"250-hi\r\n250 STARTTLS\r\n", b"220 go\r\n250 slipped in\r\n"];
    let fake = Fake::talks(&lines).await;
    let starttls = Mail { starttls: true, ..mail(fake.port, MailProtocol::Smtp) };
    let fault = ask(Target::Mail(starttls)).await.unwrap_err();
    assert!(matches!(fault, Fault::Malformed { .. }), "{fault}");
}

#[tokio::test]
async fn imap_says_what_is_wrong() {
    let starttls = |port| Target::Mail(Mail { starttls: true, ..mail(port, MailProtocol::Imap) });
    for (lines, words) in [
        (&[&b"* BYE too many\r\n"[..]][..], "the mail server turns us away: * BYE too many"),
        (
            &[b"* OK hi\r\n", b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n"],
            "the mail server offers no STARTTLS",
        ),
        (
            &[b"* OK hi\r\n", b"a1 BAD what?\r\n"],
            "the mail server refuses CAPABILITY: a1 BAD what?",
        ),
        (&[b"* OK hi\r\n", b"* BYE off\r\n"], "the mail server hangs up: * BYE off"),
    ] {
        let fake = Fake::talks(lines).await;
        assert_eq!(said(starttls(fake.port)).await, words);
    }
    let lines = [&b"* OK hi\r\n"[..], b"* CAPABILITY IMAP4rev1 STARTTLS\r\na3 OK done\r\n"];
    let fake = Fake::talks(&lines).await;
    let answer = ask(Target::Mail(mail(fake.port, MailProtocol::Imap))).await.unwrap();
    assert_eq!(answer.body, b"* OK hi\n* CAPABILITY IMAP4rev1 STARTTLS");
}
