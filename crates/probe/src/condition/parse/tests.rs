//! How conditions are read, and what is said of those that can't be.

use crate::condition::Condition;

#[test]
fn says_what_was_meant() {
    for (text, at, why, help) in [
        (
            "body contain \"x\"",
            "contain",
            "there is no operator contain",
            "did you mean `contains`?",
        ),
        (
            "body contians x",
            "contians",
            "there is no operator contians",
            "did you mean `contains`?",
        ),
        ("statsu = 200", "statsu", "there is no fact statsu", "did you mean `status`?"),
        (
            "response_time < 1s",
            "response_time",
            "there is no fact response_time",
            "did you mean `latency`?",
        ),
        (
            "status = 200 300",
            "200 300",
            "one value was expected here",
            "for any of several write `in (200, 300)`",
        ),
        ("status = 2s", "2s", "status is a number, 2s is a time", "for example: status = 200"),
        (
            "latency < 800",
            "800",
            "latency is a time, 800 is a number",
            "a time needs its unit: 800ms or 800s",
        ),
        (
            "certificate > 14",
            "14",
            "certificate is a time, 14 is a number",
            "a time needs its unit: 14d",
        ),
        (
            "body contains all is ok and up",
            "all is ok",
            "a text of several words needs quotes",
            "write \"all is ok\"",
        ),
        (
            "record = v=spf1 or up",
            "v=spf1",
            "a text with such a sign needs quotes",
            "write \"v=spf1\"",
        ),
        ("status = 200 body exists", "body", "before this `and` or `or` is missing", ""),
        ("status = 200 && up", "&&", "&& fits nothing here", "did you mean `and`?"),
        (
            "status = 200-299",
            "200-299",
            "status is a number, 200-299 is a word",
            "a span is written as `status in (200..299)`",
        ),
        (
            "status 200",
            "200",
            "between status and this an operator is missing",
            "write `status = 200`",
        ),
        ("status is 200", "is", "there is no operator is", "did you mean `=`?"),
        ("status contains 2", "contains", "status is no text", "for example: status = 200"),
        ("status", "", "status by itself says nothing", "for example: status = 200"),
        (
            "json.ok and up",
            "and",
            "json.ok by itself says nothing",
            "for example: json.ok = \"ok\", or json.ok exists",
        ),
        ("body contains \"x", "\"x", "this quote has no end", "close it with \""),
        ("(up or status = 200", "(", "this parenthesis has no end", "close it with )"),
        ("up)", ")", "this parenthesis was never opened", ""),
        (
            "body < abc",
            "abc",
            "texts are not more or less than each other",
            "compare with a number",
        ),
        ("up = true", "=", "up stands alone", "write `up` or `not up`"),
        ("!up", "!", "here a fact is missing", "did you mean `not`?"),
        ("200 = status", "200", "here a fact is missing", "the fact comes first: status = 200"),
        ("header = x", "header", "a header is written as header.content-type", ""),
        (
            "json.n < 20%",
            "20%",
            "json.n is a text or a number, 20% is a percent",
            "JSON knows no such unit; compare with a number, or with the text \"20%\"",
        ),
        ("[STATUS] == 200", "[STATUS]", "there is no fact [STATUS]", "did you mean `status`?"),
        ("len(body) > 5", "body", "the length of the body is size", "write `size`"),
        ("", "", "here a fact is missing", "for example: status = 200"),
    ] {
        let invalid = Condition::parse(text).expect_err(text);
        assert_eq!((&text[invalid.at.clone()], invalid.why.as_str()), (at, why), "{text}");
        assert_eq!(invalid.help.as_deref().unwrap_or_default(), help, "{text}");
    }
    for text in [
        "body matches \"(\"",
        "status in ()",
        "status in 200",
        "status in (200 300)",
        "json. = 1",
        "json[x] = 1",
        "body contains and",
        "status not < 5",
        "not",
        "up up",
        "status = 1 or",
        "x",
        "len(up) = 1",
        "len = 5",
        "status =",
        "body matches \"((((a{99}){99}){99}){99})\"",
        &"(".repeat(9999),
        &"not ".repeat(99),
    ] {
        let invalid = Condition::parse(text).expect_err(text);
        assert!(text.get(invalid.at.clone()).is_some(), "{text}: {invalid:?}");
    }
}

#[test]
fn writes_the_normal_form() {
    for (text, normal) in [
        (
            "STATUS==200 AND (up) Or not ( latency<1.50s )",
            "status = 200 and up or not latency < 1.5s",
        ),
        ("up and (up and (not up or up))", "up and up and (not up or up)"),
        ("not (up and up)", "not (up and up)"),
        ("not not up", "not not up"),
        ("body not contains x", "body lacks \"x\""),
        ("body not lacks 007", "body contains \"007\""),
        ("body not missing", "body exists"),
        ("status not != 5", "status = 5"),
        (
            "json[\"a\"]['b c'][0] not in (1..2,\"x\",y)",
            "json.a[\"b c\"][0] not in (1..2, \"x\", y)",
        ),
        ("len(record)>0", "len(records) > 0"),
        ("certificate > 48h", "certificate > 48h"),
        ("body matches \"\\d \\\"\"", "body matches '\\d \"'"),
        ("body = 5s", "body = \"5s\""),
    ] {
        let read = Condition::parse(text).unwrap();
        assert_eq!(read.to_string(), normal, "{text}");
        assert_eq!(Condition::parse(normal).unwrap(), read, "{text}");
    }
}
