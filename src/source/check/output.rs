//! What a check wrote, by the guidelines of the Monitoring Plugins:
//! `TEXT | 'label'=value[unit];warn;crit;min;max …`, first line first.

use crate::model::{Metric, Observation, Subject};
use crate::source::shown::shown;

/// The longest first line kept, the longest label, and numbers kept of one run.
const LINE: usize = 200;
const LABEL: usize = 40;
const NUMBERS: usize = 16;

/// The first line that says something, without the numbers behind `|`.
pub(super) fn first_line(output: &[u8]) -> Option<String> {
    output
        .split(|byte| *byte == b'\n')
        .map(|line| line.split(|byte| *byte == b'|').next().unwrap_or_default().trim_ascii())
        .find(|line| !line.is_empty())
        .map(|line| shown(line, LINE))
}

/// The numbers of the first line, each as a series of its own: `check:NAME/LABEL`.
pub(super) fn numbers(check: &str, output: &[u8]) -> Vec<Observation> {
    let line = output.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let Some((_, mut rest)) = line.split_once('|') else { return Vec::new() };
    let mut numbers: Vec<Observation> = Vec::new();
    while let Some((label, value, after)) = number(rest) {
        rest = after;
        let subject = Subject::Check(format!("{check}/{}", shown(label.as_bytes(), LABEL)));
        let known = |one: &Observation| matches!(one, Observation::Sample { subject: known, .. } if *known == subject);
        if let Some(value) = value
            && numbers.len() < NUMBERS
            && !numbers.iter().any(known)
        {
            numbers.push(Observation::Sample { subject, metric: Metric::CheckValue, value });
        }
    }
    numbers
}

/// The next `label=value;…`, the value in base units, and what follows. A value of `U` is unknown.
fn number(text: &str) -> Option<(&str, Option<f32>, &str)> {
    let text = text.trim_start();
    let (label, rest) = match text.strip_prefix('\'') {
        Some(quoted) => quoted.split_once("'=")?,
        None => text.split_once('=')?,
    };
    let (value, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let value = value.split(';').next().unwrap_or_default();
    let end =
        value.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(value.len());
    let scale = match &value[end..] {
        "ms" => 1e-3,
        "us" => 1e-6,
        "%" => 1e-2,
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        "TB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => 1.0,
    };
    let value = value[..end].parse::<f64>().ok().map(|value| (value * scale) as f32);
    Some((label, value.filter(|value| value.is_finite()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_numbers_are_taken_apart() {
        let check = |output: &str| {
            let numbers: Vec<String> = numbers("web", output.as_bytes())
                .iter()
                .map(|one| match one {
                    Observation::Sample { subject, value, .. } => format!("{subject} {value}"),
                    other => format!("{other:?}"),
                })
                .collect();
            (first_line(output.as_bytes()).unwrap_or_default(), numbers.join(", "))
        };
        for (output, said, numbers) in [
            ("OK - all fine\n", "OK - all fine", ""),
            (
                "HTTP OK: 200 | time=12ms;100;200;0 size=4KB;;;0\nmore\n",
                "HTTP OK: 200",
                "check:web/time 0.012, check:web/size 4096",
            ),
            (
                "DISK OK | '/my disk'=86%;85;95 /=U time=1e-3s",
                "DISK OK",
                "check:web//my disk 0.86, check:web/time 0.001",
            ),
            ("\n\n  late \x1b[2J\n", r"late \x1b[2J", ""),
            ("| a=1 a=2 b= c=nan ===", "", "check:web/a 1"),
            ("", "", ""),
            ("x | 'open=1", "x", ""),
        ] {
            assert_eq!(check(output), (said.to_owned(), numbers.to_owned()), "{output}");
        }
    }
}
