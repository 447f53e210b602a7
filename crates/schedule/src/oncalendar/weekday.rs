//! The days of the week of an OnCalendar expression: `Mon`, `Mon,Fri`, `Mon..Fri`, `Mon-Fri`.

use crate::Invalid;
use crate::numbers::Numbers;
use crate::piece::Piece;

const NAME: &str = "day of the week";
const INSTEAD: &str = "write days such as `Mon`, `Sat,Sun` or `Mon..Fri`";
const DAYS: [&str; 7] =
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/// The days of the week, Monday as 0. systemd allows a comma at the end.
pub(super) fn weekdays(piece: Piece<'_>) -> Result<Numbers, Invalid> {
    let listed = piece.part(0, piece.text.trim_end_matches(',').len());
    let mut set = Numbers::default();
    for item in listed.split(',') {
        let ends = item.split_once("-").or_else(|| item.split_once(".."));
        let (first, last) = match ends {
            Some((first, last)) => (weekday(first)?, weekday(last)?),
            None => (weekday(item)?, weekday(item)?),
        };
        if first > last {
            return Err(backwards(item, first, last));
        }
        (first..=last).for_each(|day| set.insert(day));
    }
    Ok(set)
}

fn weekday(piece: Piece<'_>) -> Result<u16, Invalid> {
    let index = DAYS.iter().position(|day| piece.is(day) || piece.is(&day[..3]));
    index.map(|index| index as u16).ok_or_else(|| match piece.text {
        "" => piece.invalid(NAME, "a day of the week is missing", INSTEAD),
        text => piece.invalid(NAME, format!("`{text}` is no day of the week"), INSTEAD),
    })
}

fn backwards(item: Piece<'_>, first: u16, last: u16) -> Invalid {
    let short = |day: u16| {
        let name = DAYS[usize::from(day)];
        format!("{}{}", &name[..1], name[1..3].to_lowercase())
    };
    let span = |first: u16, last: u16| match last - first {
        0 => short(first),
        _ => format!("{}..{}", short(first), short(last)),
    };
    item.invalid(
        NAME,
        format!("`{}` runs backwards, a week begins on Monday", item.text),
        format!("write `{},{}`", span(0, last), span(first, 6)),
    )
}
