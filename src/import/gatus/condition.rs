//! Gatus' conditions, one of them as a test.

use super::tree::milliseconds;
use crate::import::condition::{self, PathStep, json_path, quoted};

/// Gatus looks for these in this order.
const OPERATORS: [&str; 6] = ["==", "!=", "<=", ">=", ">", "<"];

/// What a condition becomes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// A test of ours.
    Line(String),
    /// The domain's registration has to last for so many milliseconds more.
    Domain(i64),
}

/// One condition as a test. The error says why it has no equal. `dns`: what Gatus calls the body are
/// records of this type.
pub(super) fn test(text: &str, dns: Option<&str>) -> Result<Test, String> {
    let found = OPERATORS.into_iter().find_map(|operator| {
        let (left, right) = text.split_once(&format!(" {operator} "))?;
        Some((left.trim(), operator, right.trim()))
    });
    let (left, operator, right) = found.ok_or("it has no comparison")?;
    // What is looked at may stand on either side.
    match (is_fact(left), is_fact(right)) {
        (true, false) => compare(left, operator, right, dns),
        (false, true) => compare(right, turned(operator), left, dns),
        (true, true) => Err(String::from("it compares two things that were found")),
        (false, false) => Err(String::from("it looks at nothing that is known here")),
    }
}

fn is_fact(text: &str) -> bool {
    inner(text).1.starts_with('[')
}

/// The function around something, and the thing.
fn inner(text: &str) -> (&str, &str) {
    for function in ["len", "has"] {
        let rest = text.strip_prefix(function).and_then(|rest| rest.strip_prefix('('));
        if let Some(thing) = rest.and_then(|rest| rest.strip_suffix(')')) {
            return (function, thing.trim());
        }
    }
    ("", text)
}

fn turned(operator: &str) -> &str {
    match operator {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        other => other,
    }
}

fn compare(fact: &str, operator: &str, value: &str, dns: Option<&str>) -> Result<Test, String> {
    let (function, thing) = inner(fact);
    let end = thing.find(']').ok_or("a bracket has no end")? + 1;
    let (name, path) = thing.split_at(end);
    let name = name.to_ascii_uppercase();
    if !path.is_empty() && name != "[BODY]" {
        return Err(format!("{name} has no parts"));
    }
    let sign = if operator == "==" { "=" } else { operator };
    if !function.is_empty() && name != "[BODY]" {
        return Err(format!("{function}() is taken of the body only"));
    }
    let line = match name.as_str() {
        "[STATUS]" => number("status", sign, value)?,
        "[CONNECTED]" => match (operator, value) {
            ("==", "true") | ("!=", "false") => String::from("up"),
            ("==", "false") | ("!=", "true") => String::from("not up"),
            _ => return Err(String::from("it is neither true nor false")),
        },
        "[RESPONSE_TIME]" => time("latency", sign, value)?,
        "[CERTIFICATE_EXPIRATION]" => time("certificate", sign, value)?,
        "[DOMAIN_EXPIRATION]" => {
            let least = length(value).ok_or("it is compared with no length of time")?;
            return match operator {
                ">" | ">=" => Ok(Test::Domain(least)),
                _ => {
                    Err(String::from("a domain's end is only looked at for being far enough away"))
                }
            };
        }
        "[IP]" => word("address", operator, value)?,
        "[DNS_RCODE]" => word("rcode", operator, value)?,
        "[BODY]" if dns.is_some() => match (function, path, dns) {
            ("len", "", _) => number("len(records)", sign, value)?,
            ("", "", Some(kind)) => record(kind, operator, value)?,
            _ => return Err(String::from("records of DNS have no parts")),
        },
        "[BODY]" if path.is_empty() && function.is_empty() => word("body", operator, value)?,
        "[BODY]" => body(function, path, operator, sign, value)?,
        "[CONTEXT]" => return Err(String::from("there are no suites, so there is no context")),
        other => return Err(format!("{other} is not known here")),
    };
    Ok(Test::Line(line))
}

/// A number, or one of several.
fn number(fact: &str, sign: &str, value: &str) -> Result<String, String> {
    if let Some(options) = call("any", value) {
        let all: Option<Vec<i64>> = options.split(',').map(|one| one.trim().parse().ok()).collect();
        let all = all.ok_or("any() holds something that is no number")?;
        let list = all.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        return match sign {
            "=" => Ok(format!("{fact} in ({list})")),
            "!=" => Ok(format!("{fact} not in ({list})")),
            _ => Err(String::from("any() goes with == and != only")),
        };
    }
    if call("pat", value).is_some() {
        return Err(String::from(
            "a number is compared with numbers: write a span such as `in (200..299)`",
        ));
    }
    let value: i64 = value.parse().map_err(|_| "it is compared with no whole number")?;
    Ok(format!("{fact} {sign} {value}"))
}

/// Milliseconds, or Go's lengths.
fn length(value: &str) -> Option<i64> {
    value.parse::<i64>().ok().or_else(|| milliseconds(value)).filter(|length| *length >= 0)
}

fn time(fact: &str, sign: &str, value: &str) -> Result<String, String> {
    let length = length(value).ok_or("it is compared with no length of time")?;
    Ok(format!("{fact} {sign} {}", written(length)))
}

/// Milliseconds in their largest whole unit.
pub(super) fn written(milliseconds: i64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    // 48h stays 48h: days are for what is longer.
    let fits = |(length, unit): &(i64, &str)| {
        milliseconds > 0
            && milliseconds % length == 0
            && (*unit != "d" || milliseconds >= 7 * length)
    };
    match units.into_iter().find(fits) {
        Some((length, unit)) => format!("{}{unit}", milliseconds / length),
        None => format!("{milliseconds}ms"),
    }
}

/// A text, a pattern, or one of several texts.
fn word(fact: &str, operator: &str, value: &str) -> Result<String, String> {
    let not = match operator {
        "==" => false,
        "!=" => true,
        _ => return Err(String::from("texts are not more or less than each other")),
    };
    if let Some(pattern) = call("pat", value) {
        return Ok(pattern_test(fact, not, pattern));
    }
    if let Some(options) = call("any", value) {
        let list: Vec<String> =
            options.split(',').map(|one| condition::value(one.trim())).collect();
        return Ok(format!("{fact} {}in ({})", if not { "not " } else { "" }, list.join(", ")));
    }
    Ok(format!("{fact} {} {}", if not { "!=" } else { "=" }, condition::value(value)))
}

/// A record as Gatus shows it: names may end with their dot or not, of mail servers only the name.
fn record(kind: &str, operator: &str, value: &str) -> Result<String, String> {
    let (before, is_name) = match kind {
        "CNAME" | "NS" | "PTR" => ("^", true),
        "MX" => (r"^\d+ ", true),
        "SRV" => return Err(String::from("a service is written otherwise there (host:port)")),
        _ => ("", false),
    };
    let is_plain = call("pat", value).is_none() && call("any", value).is_none();
    if !is_name || !is_plain {
        return word("record", operator, value);
    }
    let pattern = format!("{before}{}\\.?$", condition::literal(value.trim_end_matches('.')));
    match operator {
        "==" => Ok(format!("record matches {}", quoted(&pattern))),
        "!=" => Ok(format!("record not matches {}", quoted(&pattern))),
        _ => word("record", operator, value),
    }
}

/// A value in a body of JSON.
fn body(
    function: &str,
    path: &str,
    operator: &str,
    sign: &str,
    value: &str,
) -> Result<String, String> {
    let json = json_path(&steps(path).ok_or("its path does not read as one")?);
    match function {
        "len" => number(&format!("len({json})"), sign, value),
        "has" => match (operator, value) {
            ("==", "true") | ("!=", "false") => Ok(format!("{json} exists")),
            ("==", "false") | ("!=", "true") => Ok(format!("{json} missing")),
            _ => Err(String::from("has() is either true or false")),
        },
        _ if ["==", "!="].contains(&operator) => word(&json, operator, value),
        _ => {
            let number: f64 = value.parse().map_err(|_| "it is compared with no number")?;
            if number.is_finite() {
                Ok(format!("{json} {sign} {value}"))
            } else {
                Err(String::from("it is compared with no number"))
            }
        }
    }
}

/// `.a.b[0].c` and `[0].a`.
fn steps(path: &str) -> Option<Vec<PathStep>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if steps.len() > 64 {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            steps.push(PathStep::Index(index.parse().ok()?));
            rest = after;
        } else {
            let inner = rest.strip_prefix('.')?;
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            if end == 0 {
                return None;
            }
            steps.push(PathStep::Key(inner[..end].to_owned()));
            rest = &inner[end..];
        }
    }
    Some(steps)
}

/// What a call of a function holds.
fn call<'a>(function: &str, text: &'a str) -> Option<&'a str> {
    text.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')
}

/// `*` stands for any text, `?` for one letter.
fn pattern_test(fact: &str, not: bool, pattern: &str) -> String {
    let words =
        |positive: &'static str, negative: &'static str| if not { negative } else { positive };
    let plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if plain(pattern) => format!("{fact} {} {}", words("=", "!="), quoted(pattern)),
        (Some(inner), Some(_)) if inner.strip_suffix('*').is_some_and(plain) => {
            let inner = inner.trim_end_matches('*');
            format!("{fact} {} {}", words("contains", "lacks"), quoted(inner))
        }
        (Some(end), None) if plain(end) => {
            format!("{fact} {} {}", words("ends with", "not ends with"), quoted(end))
        }
        (None, Some(begin)) if plain(begin) => {
            format!("{fact} {} {}", words("starts with", "not starts with"), quoted(begin))
        }
        _ => {
            let mut regex = String::from("(?s)^");
            for c in pattern.chars() {
                match c {
                    '*' => regex.push_str(".*"),
                    '?' => regex.push('.'),
                    c => regex.push_str(&condition::literal(&c.to_string())),
                }
            }
            regex.push('$');
            format!("{fact} {} {}", words("matches", "not matches"), quoted(&regex))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        match test(text, None) {
            Ok(Test::Line(line)) => line,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn conditions_of_the_readme_have_their_equals() {
        for (theirs, ours) in [
            ("[STATUS] == 200", "status = 200"),
            ("[STATUS] < 300", "status < 300"),
            ("[STATUS] <= 299", "status <= 299"),
            ("[STATUS] > 400", "status > 400"),
            ("[STATUS] == any(200, 429)", "status in (200, 429)"),
            ("300 > [STATUS]", "status < 300"),
            ("[CONNECTED] == true", "up"),
            ("[RESPONSE_TIME] < 500", "latency < 500ms"),
            ("[RESPONSE_TIME] < 2s", "latency < 2s"),
            ("[IP] == 127.0.0.1", "address = \"127.0.0.1\""),
            ("[IP] == pat(10.0.*)", "address starts with \"10.0.\""),
            ("[BODY] == 1", "body = 1"),
            ("[BODY].user.name == john", "json.user.name = \"john\""),
            ("[BODY].data[0].id == 1", "json.data[0].id = 1"),
            ("[BODY][0].id == 1", "json[0].id = 1"),
            ("[BODY].age == [BODY].id", "Err(\"it compares two things that were found\")"),
            ("len([BODY].data) < 5", "len(json.data) < 5"),
            ("len([BODY].name) == 8", "len(json.name) = 8"),
            ("len([BODY]) == 2", "len(json) = 2"),
            ("has([BODY].errors) == false", "json.errors missing"),
            ("has([BODY].users) == true", "json.users exists"),
            ("[BODY].name == pat(john*)", "json.name starts with \"john\""),
            ("[BODY].id == any(1, 2)", "json.id in (1, 2)"),
            ("[BODY] == pat(*<h1>ok</h1>*)", "body contains \"<h1>ok</h1>\""),
            ("[BODY] != pat(*error*)", "body lacks \"error\""),
            ("[BODY].temperature >= 21.5", "json.temperature >= 21.5"),
            ("[CERTIFICATE_EXPIRATION] > 48h", "certificate > 48h"),
            ("[CERTIFICATE_EXPIRATION] >= 336h0m", "certificate >= 14d"),
            ("[DNS_RCODE] == NOERROR", "rcode = \"NOERROR\""),
        ] {
            assert_eq!(line(theirs), ours, "{theirs}");
        }
        assert_eq!(test("[DOMAIN_EXPIRATION] > 720h", None), Ok(Test::Domain(2_592_000_000)));
        let dns = |kind: &str, text: &str| match test(text, Some(kind)) {
            Ok(Test::Line(line)) => line,
            other => format!("{other:?}"),
        };
        for (kind, theirs, ours) in [
            ("NS", "[BODY] == ns1.a.org.", r#"record matches "^ns1\\.a\\.org\\.?$""#),
            ("MX", "[BODY] != mx.a.org", r#"record not matches "^\\d+ mx\\.a\\.org\\.?$""#),
            ("A", "[BODY] == pat(*.*.*.*)", r#"record matches "(?s)^.*\\..*\\..*\\..*$""#),
            ("A", "[BODY] == 93.184.215.14", r#"record = "93.184.215.14""#),
            ("A", "len([BODY]) == 1", "len(records) = 1"),
        ] {
            assert_eq!(dns(kind, theirs), ours, "{theirs}");
        }
    }

    #[test]
    fn what_has_no_equal_says_why() {
        for text in [
            "",
            "[STATUS]",
            "[STATUS] == ok",
            "1 == 1",
            "[CONTEXT].id == 1",
            "[STATUS == 1",
            "[STATUS].a == 1",
            "len([STATUS]) == 1",
            "[BODY].. == 1",
            "[BODY].a < b",
            "[RESPONSE_TIME] < soon",
            "[DOMAIN_EXPIRATION] < 5h",
        ] {
            assert!(test(text, None).is_err(), "{text}");
        }
    }
}
