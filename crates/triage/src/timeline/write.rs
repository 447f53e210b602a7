//! The timeline in the forms that other tools read.
//!
//! Timesketch: one JSON object a line with `message`, `datetime` and `timestamp_desc`, or CSV with the same
//! columns (timesketch.org, "Import from JSON or CSV"). Bodyfile: `MD5|name|inode|mode_as_string|UID|GID|
//! size|atime|mtime|ctime|crtime` (The Sleuth Kit, "Body file"), for mactime.

use std::io::{self, Write};

use serde_json::json;

use super::Event;
use crate::scene::file::Recent;

/// Writes Timesketch's JSON lines. `datetime` is the machine's clock set right, where that is known.
pub fn json_lines(host: &str, events: &[Event], out: &mut dyn Write) -> io::Result<()> {
    for event in events {
        let at = corrected(event);
        let mut line = json!({
            "message": event.message,
            "datetime": at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "timestamp_desc": event.act.as_str(),
            "timestamp": at.as_microsecond(),
            "data_type": format!("nightkeep:{}", event.source.as_str()),
            "hostname": host,
        });
        let mut add = |name: &str, value: Option<serde_json::Value>| {
            if let (Some(value), Some(fields)) = (value, line.as_object_mut()) {
                fields.insert(name.to_owned(), value);
            }
        };
        add("username", event.user.clone().map(Into::into));
        add("source_ip", event.address.clone().map(Into::into));
        add("session", event.session.map(Into::into));
        add("pid", event.pid.map(Into::into));
        add("path", event.path.clone().map(Into::into));
        add("clock_correction", event.correction.map(Into::into));
        let findings = (!event.findings.is_empty()).then(|| event.findings.clone().into());
        add("evidence_id", findings);
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes Timesketch's CSV.
pub fn csv(host: &str, events: &[Event], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        b"message,datetime,timestamp_desc,data_type,hostname,username,source_ip,session,pid,path,\
          clock_correction,evidence_id\r\n",
    )?;
    for event in events {
        let number = |number: Option<u32>| number.map_or_else(String::new, |n| n.to_string());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = [
            event.message.clone(),
            corrected(event).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            event.act.as_str().to_owned(),
            format!("nightkeep:{}", event.source.as_str()),
            host.to_owned(),
            text(&event.user),
            text(&event.address),
            number(event.session),
            number(event.pid),
            text(&event.path),
            event.correction.map_or_else(String::new, |seconds| seconds.to_string()),
            event.findings.join(" "),
        ];
        let line: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        out.write_all(format!("{}\r\n", line.join(",")).as_bytes())?;
    }
    Ok(())
}

/// RFC 4180, and nothing that a spreadsheet would take for a formula.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t']) && field.parse::<f64>().is_err();
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}

/// Writes the files of the scene as mactime's bodyfile. MD5 and the time of access are left out (0).
pub fn bodyfile(files: &[Recent], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        // A bar would be another column.
        let name = crate::text::visible(&file.path, usize::MAX).replace('|', "\\u{7c}");
        writeln!(
            out,
            "0|{name}|{}|r/{}|{}|{}|{}|0|{}|{}|{}",
            file.inode,
            permissions(file.mode),
            file.uid,
            file.gid,
            file.size,
            file.modified.as_second(),
            file.changed.as_second(),
            file.born.map_or(0, jiff::Timestamp::as_second),
        )?;
    }
    Ok(())
}

/// As `ls -l` shows them: `rrwxr-sr-x`.
fn permissions(mode: u32) -> String {
    let mut text = String::from("r");
    for (shift, special, low, high) in
        [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')]
    {
        let bits = mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (bits & 1 == 0, mode & special == 0) {
            (true, true) => '-',
            (false, true) => 'x',
            (true, false) => high,
            (false, false) => low,
        });
    }
    text
}

fn corrected(event: &Event) -> jiff::Timestamp {
    let by = jiff::SignedDuration::from_secs(event.correction.unwrap_or(0));
    event.at.checked_add(by).unwrap_or(event.at)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::timeline::{Act, Source};

    fn event() -> Event {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let mut event = Event::new(at, Source::Journal, Act::CameIn, "ann, \"in\"\nforged")
            .by("=cmd|' /C calc'!A0")
            .from("198.51.100.7");
        event.correction = Some(-3600);
        event
    }

    #[test]
    fn timesketch_reads_it() {
        let mut out = Vec::new();
        json_lines("web1", &[event()], &mut out).unwrap();
        let expected = concat!(
            r#"{"message":"ann, \"in\"\\u{a}forged","datetime":"2023-11-14T21:13:20+00:00","#,
            r#""timestamp_desc":"Login","timestamp":1699996400000000,"data_type":"nightkeep:journal","#,
            r#""hostname":"web1","username":"=cmd|' /C calc'!A0","source_ip":"198.51.100.7","#,
            r#""clock_correction":-3600}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_spreadsheet_runs_nothing_of_it() {
        let mut out = Vec::new();
        csv("web1", &[event()], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text.lines().nth(1).unwrap(),
            "\"ann, \"\"in\"\"\\u{a}forged\",2023-11-14T21:13:20+00:00,Login,nightkeep:journal,web1,\
             '=cmd|' /C calc'!A0,198.51.100.7,,,,-3600,"
        );
    }

    #[test]
    fn mactime_reads_it() {
        let second = |second| Timestamp::from_second(second).unwrap();
        let file = Recent {
            path: String::from("/tmp/a|b\n"),
            mode: 0o4755,
            uid: 0,
            gid: 33,
            size: 7,
            inode: 12,
            modified: second(1),
            changed: second(2),
            born: Some(second(3)),
        };
        let mut out = Vec::new();
        bodyfile(&[file], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "0|/tmp/a\\u{7c}b\\u{a}|12|r/rrwsr-xr-x|0|33|7|0|1|2|3\n"
        );
    }
}
