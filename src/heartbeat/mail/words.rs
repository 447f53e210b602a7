//! The words in a mail, where checks look for theirs.

use mail_parser::{MessageParser, PartType};

use super::html;

/// The words in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Its subject.
    pub subject: String,
    /// Its text: what is plain, and what is HTML without its tags. No attachments.
    pub text: String,
}

impl Words {
    /// Those of a message, however broken it is.
    pub fn read(message: &[u8]) -> Self {
        let parsed = has_headers(message).then(|| MessageParser::default().parse(message));
        let Some(mail) = parsed.flatten() else {
            let text = String::from_utf8_lossy(message).into_owned();
            return Self { subject: String::new(), text };
        };
        let first = |ids: &[u32], read: fn(&PartType<'_>) -> Option<String>| {
            ids.iter().find_map(|id| read(&mail.part(*id)?.body))
        };
        let plain = first(&mail.text_body, |part| match part {
            PartType::Text(text) => Some(text.to_string()),
            _ => None,
        });
        let html = first(&mail.html_body, |part| match part {
            PartType::Html(html) => Some(html::text(html)),
            _ => None,
        });
        let text: Vec<String> = plain.into_iter().chain(html).collect();
        Self { subject: mail.subject().unwrap_or_default().to_owned(), text: text.join("\n") }
    }
}

/// Does it begin with a header's name? The parser takes any line for a header.
fn has_headers(message: &[u8]) -> bool {
    let end = message.iter().position(|byte| *byte == b':' || !byte.is_ascii_graphic());
    end.is_some_and(|end| message[end] == b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(message: &str) -> (String, String) {
        let Words { subject, text } = Words::read(message.as_bytes());
        (subject, text.trim().to_owned())
    }

    #[test]
    fn words_of_all_kinds_of_mails() {
        for (message, subject, text) in [
            ("Subject: a\r\n\r\nfine\r\n", "a", "fine"),
            ("Subject: =?utf-8?q?f=C3=A9?=\r\n =?utf-8?b?aGxlcg==?=\r\n\r\n", "féhler", ""),
            (
                "Subject: a\r\nContent-Type: text/html\r\n\r\n<p>it <b>went</b>\r\nwell",
                "a",
                "it went well",
            ),
            (
                "Content-Type: text/plain; charset=iso-8859-1\r\n\
                 Content-Transfer-Encoding: quoted-printable\r\n\r\nf=E9hler=\r\nhaft\r\n",
                "",
                "féhlerhaft",
            ),
            (
                "Subject: a\r\nContent-Type: multipart/mixed; boundary=1\r\n\r\n\
                 --1\r\nContent-Type: multipart/alternative; boundary=2\r\n\r\n\
                 --2\r\nContent-Type: text/plain\r\n\r\nplain\r\n\
                 --2\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+YTwvYj5i\r\n\
                 --2--\r\n\
                 --1\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nlog\r\n\
                 --1--\r\n",
                "a",
                "plain\nab",
            ),
            ("no header at all", "", "no header at all"),
            ("", "", ""),
        ] {
            let (subject, text) = (subject.to_owned(), text.to_owned());
            assert_eq!(words(message), (subject, text), "{message}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_too_broken(
            parts in prop::collection::vec(
                prop_oneof![
                    "[ -~]{0,12}",
                    "\\PC{0,6}",
                    Just(String::from("\r\n")),
                    Just(String::from("\r\n\r\n")),
                    Just(String::from("Subject: =?utf-8?q?")),
                    Just(String::from("Content-Type: multipart/mixed; boundary=b\r\n\r\n")),
                    Just(String::from("Content-Type: message/rfc822\r\n\r\n")),
                    Just(String::from("Content-Type: text/html; charset=utf-7\r\n")),
                    Just(String::from("Content-Transfer-Encoding: base64\r\n\r\n")),
                    Just(String::from("Content-Transfer-Encoding: quoted-printable\r\n\r\n")),
                    Just(String::from("--b\r\n")),
                    Just(String::from("--b--\r\n")),
                    Just(String::from("<style>&#x1F600;<!--&auml")),
                ],
                0..20,
            ),
            bytes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut message = parts.concat().into_bytes();
            message.extend(bytes);
            Words::read(&message);
            let half = message.len() / 2;
            message.rotate_left(half);
            Words::read(&message);
        }
    }
}
