//! Words and numbers as a frightened person reads them on a phone.

use crate::model::Subject;
pub(super) use crate::model::text::{bytes, clean, percent, span};

/// The subject as a person calls it.
pub(super) fn name(subject: &Subject) -> String {
    match subject {
        Subject::Host => String::from("this host"),
        Subject::Store => String::from("the store"),
        Subject::Mount(name)
        | Subject::Device(name)
        | Subject::Interface(name)
        | Subject::Unit(name)
        | Subject::Sensor(name)
        | Subject::Login(name)
        | Subject::Monitor(name) => clean(name, 100),
        Subject::Jail(name) => format!("fail2ban's {}", clean(name, 64)),
        Subject::Certificate(name) => {
            // The path of a file, or an endpoint.
            let word = if name.starts_with('/') { "in" } else { "of" };
            format!("certificate {word} {}", clean(name.strip_suffix(":443").unwrap_or(name), 200))
        }
        Subject::Container(name) => format!("container {}", clean(name, 100)),
        Subject::AuditAct(name) => clean(name, 120),
        Subject::AuditRule(name) => format!("the audit rule of {}", clean(name, 100)),
        Subject::Heartbeat(name) => format!("the job {}", clean(name, 100)),
        Subject::Check(name) => format!("check {}", clean(name, 100)),
        Subject::Source(name) => format!("the {name} source"),
        Subject::Channel(name) => format!("channel {}", clean(name, 100)),
    }
}

/// A word as a shell takes it literally.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.chars().any(char::is_control) {
        // bash and zsh: the only form that keeps a control character out of the message.
        let escaped = word
            .bytes()
            .map(|byte| match byte {
                b'\\' | b'\'' => format!("\\{}", byte as char),
                0..0x20 | 0x7f.. => format!("\\x{byte:02x}"),
                _ => (byte as char).to_string(),
            })
            .collect::<String>();
        return format!("$'{escaped}'");
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_neither_break_a_line_nor_run() {
        assert_eq!(quote("/var/log"), "/var/log");
        assert_eq!(quote("/mnt/my disk"), "'/mnt/my disk'");
        assert_eq!(quote("$(reboot)'"), r"'$(reboot)'\'''");
        assert_eq!(quote("a\n'b"), r"$'a\x0a\'b'");
        assert_eq!(quote(""), "''");
    }
}
