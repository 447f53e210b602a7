//! The part of the config file that an import writes: between two marks, replaced by the next one.

/// The mark at its begin.
fn begin(source: &str) -> String {
    format!("# >>> nightkeep import {source}: a further import writes this anew, down to <<<")
}

/// The mark at its end.
fn end(source: &str) -> String {
    format!("# <<< nightkeep import {source}")
}

/// The file without the part.
pub fn without(text: &str, source: &str) -> String {
    let (begin, end) = (begin(source), end(source));
    let mut out = String::with_capacity(text.len());
    let mut within = false;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end();
        if plain == begin {
            within = true;
        } else if within && plain == end {
            within = false;
        } else if !within {
            out.push_str(line);
        }
    }
    // A begin without an end is somebody's own text.
    if within { text.to_owned() } else { out }
}

/// The file with the part at its end; without it if there is nothing to write.
pub fn with(text: &str, source: &str, part: &str) -> String {
    let mut out = without(text, source);
    if part.is_empty() {
        return out;
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    if !out.is_empty() {
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.push('\n');
    }
    out + &begin(source) + "\n\n" + part + &end(source) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_import_replaces_the_first() {
        let own = "host = \"a\"\n\n[disk]\nenabled = true\n";
        let once = with(own, "gatus", "[channel.a]\ntype = \"syslog\"\n");
        assert!(once.starts_with(own));
        let twice = with(&once, "gatus", "[channel.b]\ntype = \"syslog\"\n");
        assert!(!twice.contains("channel.a") && twice.contains("channel.b"));
        assert_eq!(twice.matches(">>>").count(), 1);
        let both = with(&twice, "uptime-kuma", "x = 1\n");
        assert!(both.contains("channel.b") && both.contains("x = 1"));
        assert_eq!(with(&once, "gatus", "").trim_end(), own.trim_end());
        assert_eq!(with("", "gatus", "a = 1\n").lines().count(), 4);
    }

    #[test]
    fn a_mark_without_an_end_takes_nothing() {
        let text = format!("{}\nhost = \"a\"\n", begin("gatus"));
        assert_eq!(without(&text, "gatus"), text);
    }
}
