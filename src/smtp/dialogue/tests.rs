use proptest::prelude::*;

use super::*;

const UUID: &str = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";

fn said(dialogue: &mut Dialogue, line: &str) -> String {
    match dialogue.hear(line.as_bytes()) {
        Say::Line(said) => said,
        Say::End(said) => format!("{said} (end)"),
        other => format!("{other:?}"),
    }
}

/// A conversation that has come to this mail.
fn begun(mail: &str) -> Dialogue {
    let mut dialogue = Dialogue::new("a.example");
    assert_eq!(said(&mut dialogue, "HELO me"), "250 a.example");
    assert_eq!(said(&mut dialogue, mail), "250 OK");
    dialogue
}

#[test]
fn a_mail_from_hello_to_good_bye() {
    let mut dialogue = Dialogue::new("a.example");
    assert_eq!(said(&mut dialogue, "MAIL FROM:<a@b>"), "503 5.5.1 Error: send HELO first");
    assert_eq!(said(&mut dialogue, "ehlo"), "501 5.5.4 Syntax: EHLO hostname");
    let hello = said(&mut dialogue, "ehlo me");
    assert_eq!(hello, "250-a.example\r\n250-SIZE 33554432\r\n250 8BITMIME");
    for (line, answer) in [
        ("RCPT TO:<a@a.example>", "503 5.5.1 Error: need MAIL command"),
        ("MAIL TO:<a@b>", "501 5.5.4 Syntax: MAIL FROM: <address>"),
        ("MAIL FROM:<a@b", "501 5.5.4 Syntax: MAIL FROM: <address>"),
        ("mail from:<a@b> BODY=8BITMIME size=12", "250 OK"),
        ("MAIL FROM:<a@b>", "503 5.5.1 Error: nested MAIL command"),
        ("DATA", "503 5.5.1 Error: need RCPT command"),
        ("RCPT TO:<root@b.example>", "550 5.1.1 Recipient rejected"),
        ("RCPT TO:<root@a.example>", "550 5.1.1 Invalid mailbox"),
        (&format!("RCPT TO:<{UUID}@a.example>"), "250 OK"),
        (&format!("rcpt to: {UUID}@A.EXAMPLE"), "250 OK"),
        ("STARTTLS", "500 5.5.1 Error: command not recognized"),
        ("NOOP", "250 OK"),
        ("DATA", "354 End data with <CR><LF>.<CR><LF>"),
    ] {
        assert_eq!(said(&mut dialogue, line), answer, "{line}");
    }
    for line in ["Subject: x", "", "..dot", "QUIT"] {
        assert_eq!(dialogue.hear(line.as_bytes()), Say::Nothing);
    }
    let Say::Take(mail) = dialogue.hear(b".") else { panic!("no mail") };
    assert_eq!(mail.message, b"Subject: x\r\n\r\n.dot\r\nQUIT\r\n");
    assert_eq!((mail.from.as_str(), mail.to.len()), ("a@b", 2));
    // The next one begins anew.
    assert_eq!(said(&mut dialogue, "MAIL FROM:<>"), "250 OK");
    assert_eq!(said(&mut dialogue, "DATA"), "503 5.5.1 Error: need RCPT command");
    assert_eq!(said(&mut dialogue, "QUIT"), "221 Bye (end)");
}

#[test]
fn too_much_is_refused() {
    let mut dialogue = begun("MAIL FROM:<a@b> SIZE=33554432");
    said(&mut dialogue, "RSET");
    for size in ["33554433", "99999999999999999999999"] {
        assert_eq!(said(&mut dialogue, &format!("MAIL FROM:<a@b> SIZE={size}")), TOO_LARGE);
    }
    let mut dialogue = begun("MAIL FROM:<a@b>");
    for n in 0..=RECIPIENTS {
        let answer = said(&mut dialogue, &format!("RCPT TO:<{UUID}@a.example>"));
        assert_eq!(answer.starts_with("250"), n < RECIPIENTS, "{n}: {answer}");
    }
    let line = vec![b'x'; 60_000];
    said(&mut dialogue, "DATA");
    for _ in 0..=SIZE / line.len() {
        assert_eq!(dialogue.hear(&line), Say::Nothing);
    }
    assert_eq!(said(&mut dialogue, "."), TOO_LARGE);
    assert_eq!(said(&mut dialogue, &"x".repeat(1001)), "500 5.5.2 Error: line too long");
    for _ in 1..MISTAKES {
        assert!(said(&mut dialogue, "\u{7f}").starts_with("500"));
    }
    assert_eq!(said(&mut dialogue, "\u{7f}"), "421 4.7.0 Too many errors (end)");
}

#[test]
fn a_long_mail_is_taken_and_its_beginning_kept() {
    let mut dialogue = begun("MAIL FROM:<a@b>");
    said(&mut dialogue, &format!("RCPT TO:<{UUID}@a.example>"));
    said(&mut dialogue, "DATA");
    for _ in 0..=KEPT / 1000 {
        dialogue.hear(&[b'x'; 1000]);
    }
    let Say::Take(mail) = dialogue.hear(b".") else { panic!("no mail") };
    assert_eq!(mail.message.len(), KEPT);
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let spoken = prop_oneof![
        Just(String::from("EHLO me")),
        Just(String::from("DATA")),
        Just(String::from(".")),
        Just(String::from("RSET")),
        Just(format!("RCPT TO:<{UUID}@a.example>")),
        "MAIL FROM:?.{0,20}",
        "MAIL FROM:<a@b>( [A-Z]{0,4}=?[0-9]{0,30})?",
        "(RCPT|rcpt) TO ?: ?<?\\PC{0,20}>?",
        "[A-Z]{4} ?\\PC{0,9}",
    ];
    prop_oneof![
        4 => spoken.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..1100),
    ]
}

proptest! {
    #[test]
    fn nothing_that_is_said_upsets_it(lines in prop::collection::vec(line(), 0..60)) {
        let mut dialogue = Dialogue::new("a.example");
        for line in lines {
            match dialogue.hear(&line) {
                Say::Take(mail) => prop_assert!(!mail.to.is_empty() && mail.message.len() <= KEPT),
                // What somebody said is in no answer.
                Say::Line(said) | Say::End(said) => {
                    prop_assert!(said.starts_with(|first| "2345".contains(first)));
                    prop_assert!(said.bytes().all(|byte| byte != b'\n' || said.contains("SIZE")));
                }
                Say::Nothing => {}
            }
        }
    }
}
