//! `--format csv`: a line with columns for each event. Commas in values are not quoted.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::options::Extra;
use crate::kind::Kind;
use crate::normalize::Normalized;
use crate::time;

/// Prints events as lines of a table, its head before the first.
#[derive(Debug)]
pub(super) struct Csv {
    extra: Extra,
    has_head: bool,
}

impl Csv {
    pub(super) fn new(extra: Extra) -> Self {
        Self { extra, has_head: false }
    }

    fn head(&self) -> String {
        let Extra { keys, labels, second_object, time } = self.extra;
        let columns = [
            (true, "NODE,EVENT,DATE,TIME"),
            (time, "YEAR,MONTH,DAY,WEEKDAY,HOUR,MILLI,GMT_OFFSET"),
            (true, "SERIAL_NUM,EVENT_KIND,SESSION,SUBJ_PRIME,SUBJ_SEC,SUBJ_KIND"),
            (labels, "SUBJ_LABEL"),
            (true, "ACTION,RESULT,OBJ_PRIME,OBJ_SEC"),
            (second_object, "OBJ2"),
            (labels, "OBJ_LABEL"),
            (true, "OBJ_KIND,HOW"),
            (keys, "KEY"),
        ];
        let shown = columns.iter().filter(|(is_shown, _)| *is_shown);
        shown.map(|(_, names)| *names).collect::<Vec<_>>().join(",")
    }

    /// Prints an event; that there are no words for it is said on `err`.
    pub(super) fn print(
        &mut self,
        out: &mut dyn Write,
        err: &mut dyn Write,
        mut event: Normalized<'_, '_, '_>,
        zone: &TimeZone,
    ) -> io::Result<()> {
        if !self.has_head {
            self.has_head = true;
            writeln!(out, "{}", self.head())?;
        }
        let Extra { keys, labels, second_object, time } = self.extra;
        let kind = event.kind().name();
        let mut line = Line(Vec::new());
        line.said(event.node_said());
        line.word(kind);
        line.moment(event.id.sec, zone);
        if time {
            line.more_time(&event, zone);
        }
        line.word(Some(&event.id.serial.to_string()));
        if !event.is_normal {
            writeln!(err, "error normalizing {}", kind.unwrap_or("(null)"))?;
            let columns = 9 + 2 * usize::from(labels) + usize::from(keys);
            line.0.resize(line.0.len() + columns, b',');
            line.0.push(b'\n');
            return out.write_all(&line.0);
        }
        line.word(event.area);
        line.said(event.said(event.session));
        line.said(event.said(event.subject).map(someone));
        line.said(event.said(event.acting_as));
        line.word(event.subject_kind);
        if labels {
            line.said(event.subject_label());
        }
        line.said(Some(event.action().to_vec()));
        line.word(event.is_success().map(|well| if well { "success" } else { "failed" }));
        let is_config = event.kind_at(event.object) == Kind::CONFIG_CHANGE;
        line.said(event.object_said(event.object, is_config && event.is_setting()));
        line.said(event.said(event.object_part));
        if second_object {
            line.said(event.object_said(event.second_object, false));
        }
        if labels {
            line.said(event.object_label());
        }
        line.word(Some(event.object_kind()));
        line.0.extend(event.how.take().unwrap_or_default());
        if keys {
            line.0.push(b',');
            line.0.extend(event.said(event.key).unwrap_or_default());
        }
        line.0.push(b'\n');
        out.write_all(&line.0)
    }
}

/// No one is the system.
pub(super) fn someone(said: Vec<u8>) -> Vec<u8> {
    if said == b"unset" { b"system".to_vec() } else { said }
}

struct Line(Vec<u8>);

impl Line {
    fn said(&mut self, said: Option<Vec<u8>>) {
        self.0.extend(said.unwrap_or_default());
        self.0.push(b',');
    }

    fn word(&mut self, word: Option<&str>) {
        self.0.extend_from_slice(word.unwrap_or_default().as_bytes());
        self.0.push(b',');
    }

    /// The date and the time of day.
    fn moment(&mut self, sec: u64, zone: &TimeZone) {
        let moment = time::local(sec, zone).map(|_| time::short(sec, zone));
        let (date, time) = moment.as_deref().and_then(|at| at.split_once(' ')).unzip();
        self.word(date);
        self.word(time);
    }

    /// Parts of the time, for those who count by them.
    fn more_time(&mut self, event: &Normalized<'_, '_, '_>, zone: &TimeZone) {
        let Some(time) = time::local(event.id.sec, zone) else {
            return self.0.extend(format!(",,,,,{},,", event.id.ms).into_bytes());
        };
        let (year, month, day) = (time.year(), time.month(), time.day());
        let (weekday, hour) = (time.weekday().to_monday_one_offset(), time.hour());
        let offset = time.offset().seconds();
        let (sign, offset) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
        // What is over a full hour is counted in seconds of a minute.
        let (hours, minutes) = (offset / 3600, offset % 3600 % 60);
        let text = format!(
            "{year},{month:02},{day:02},{weekday},{hour:2},{},{sign}{hours:02}:{minutes:02},",
            event.id.ms
        );
        self.0.extend(text.into_bytes());
    }
}
