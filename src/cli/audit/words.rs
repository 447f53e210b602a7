//! Options as ausearch writes them, of several letters behind one dash, in the form of this command
//! line; and times of two words as one.

use std::ffi::OsString;

/// ausearch's options of two letters, and what they are called at length.
const LONG: [(&str, &str); 16] = [
    ("-ga", "--gid-all"),
    ("-ge", "--gid-effective"),
    ("-gi", "--gid"),
    ("-hn", "--host"),
    ("-if", "--input"),
    ("-pp", "--ppid"),
    ("-sc", "--syscall"),
    ("-se", "--context"),
    ("-su", "--subject"),
    ("-sv", "--success"),
    ("-tm", "--terminal"),
    ("-ua", "--uid-all"),
    ("-ue", "--uid-effective"),
    ("-ui", "--uid"),
    ("-ul", "--loginuid"),
    ("-uu", "--uuid"),
];

/// The same for options with times and names of two letters.
const MORE: [(&str, &str); 3] = [("-ts", "--since"), ("-te", "--until"), ("-vm", "--vm-name")];

/// The names a time may follow.
const TIMES: [&str; 4] = ["--since", "--start", "--until", "--end"];

/// Puts the arguments of `audit search`, `who` and `session` in long form; others stay.
pub(in crate::cli) fn spelled_out(args: Vec<OsString>) -> Vec<OsString> {
    let is_audit = |pair: &[OsString]| {
        pair[0] == "audit" && (pair[1] == "search" || pair[1] == "who" || pair[1] == "session")
    };
    let Some(start) = args.windows(2).position(is_audit) else { return args };
    let mut args = args.into_iter();
    let mut out: Vec<OsString> = args.by_ref().take(start + 2).collect();
    let mut rest = args.peekable();
    while let Some(arg) = rest.next() {
        if arg == "--" {
            out.push(arg);
            break;
        }
        let known = LONG.iter().chain(&MORE).find(|(short, _)| arg == *short);
        let arg = known.map_or(arg, |(_, long)| OsString::from(long));
        let is_time = TIMES.iter().any(|name| arg == *name);
        out.push(arg);
        if !is_time {
            continue;
        }
        let Some(mut time) = rest.next() else { break };
        if let Some(more) = rest.next_if(|more| belong_together(&time, more)) {
            time.push(" ");
            time.push(more);
        }
        out.push(time);
    }
    out.extend(rest);
    out
}

/// Is one of them a time of day and the other a day?
fn belong_together(a: &OsString, b: &OsString) -> bool {
    let (Some(a), Some(b)) = (a.to_str(), b.to_str()) else { return false };
    let is_time = |text: &str| {
        text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
    };
    let is_day = |text: &str| {
        let is_word = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_date = text.bytes().all(|byte| byte.is_ascii_digit() || b"-/".contains(&byte));
        !text.starts_with(['-', '/']) && (is_word || is_date && text.contains(['-', '/']))
    };
    is_day(a) && is_time(b) || is_time(a) && is_day(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(line: &str) -> String {
        let args = spelled_out(line.split(' ').map(OsString::from).collect());
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
        args.join("|")
    }

    #[test]
    fn ausearchs_letters_and_times_of_two_words() {
        assert_eq!(
            spelled("nightkeep audit search -ui 0 -ts yesterday 14:00 -te 11/23/26 15:00 -k a"),
            "nightkeep|audit|search|--uid|0|--since|yesterday 14:00|--until|11/23/26 15:00|-k|a"
        );
        // A file is no second word of a time.
        assert_eq!(
            spelled("nightkeep audit search --since 2h /var/log/a:1 -sv no"),
            "nightkeep|audit|search|--since|2h|/var/log/a:1|--success|no"
        );
        assert_eq!(spelled("nightkeep audit search -- -ts"), "nightkeep|audit|search|--|-ts");
        assert_eq!(spelled("nightkeep audit rules -ts"), "nightkeep|audit|rules|-ts");
    }
}
