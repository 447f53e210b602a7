use proptest::prelude::*;

use super::*;

const UUID: &str = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
const KEY: &str = "fqor8sjyrquoqcsxnlnt3w";

fn asked(path: &str, query: &str) -> Option<Asked> {
    read(path, (!query.is_empty()).then_some(query))
}

fn slug(key: &str, slug: &str) -> Whom {
    Whom::Slug { key: key.to_owned(), slug: slug.to_owned() }
}

#[test]
fn the_forms() {
    let own = || Whom::Uuid(UUID.parse().unwrap());
    let named = || slug(KEY, "db-backup");
    for (rest, kind, exit) in [
        ("", Kind::Success, None),
        ("/start", Kind::Start, None),
        ("/fail", Kind::Fail, None),
        ("/log", Kind::Log, None),
        ("/0", Kind::Success, Some(0)),
        ("/00", Kind::Success, Some(0)),
        ("/1", Kind::Fail, Some(1)),
        ("/255", Kind::Fail, Some(255)),
        ("/256", Kind::Fail, Some(256)),
        ("/99999999999999999999999", Kind::Fail, Some(u64::MAX)),
    ] {
        for (place, whom) in [(UUID.to_owned(), own()), (format!("{KEY}/db-backup"), named())] {
            let expected =
                Asked { whom, kind, exit, rid: Rid::None, create: false, moment: Moment::Now };
            assert_eq!(asked(&format!("/ping/{place}{rest}"), ""), Some(expected), "{rest}");
        }
    }
    assert_eq!(asked(&format!("/ping/{UUID}/"), "").unwrap().whom, own());
    assert_eq!(asked(&format!("/ping/{UUID}/%73tart"), "").unwrap().kind, Kind::Start);
}

#[test]
fn what_is_no_action_is_a_slug() {
    for step in ["bogus", "-1", "START", "0x1", "1.", "starts"] {
        let read = asked(&format!("/ping/{UUID}/{step}"), "").map(|asked| asked.whom);
        assert_eq!(read, (step != "1.").then(|| slug(UUID, step)), "{step}");
    }
    // Only with its hyphens and in lower case is it a UUID.
    let upper = UUID.to_uppercase();
    assert_eq!(asked(&format!("/ping/{upper}/start"), "").unwrap().whom, slug(&upper, "start"));
    let read = asked(&format!("/ping/{UUID}/start/fail"), "").unwrap();
    assert_eq!((read.whom, read.kind), (slug(UUID, "start"), Kind::Fail));
}

#[test]
fn no_such_page() {
    for path in [
        "/ping/",
        "/ping/notauuid",
        "/ping/notauuid/",
        "/ping/key/slug/",
        "/ping/key/slug/bogus",
        "/ping/key/slug/start/",
        "/ping/key//start",
        "/ping//slug",
        "/ping/key/sl.ug",
        "/ping/key/%ff",
        "/ping/key/gr%C3%BCn",
        &format!("/ping/{}", UUID.replace('-', "")),
        &format!("/ping/{UUID}//"),
        &format!("/ping/{UUID}/start/"),
        &format!("/ping/{{{UUID}}}"),
    ] {
        assert_eq!(asked(path, ""), None, "{path}");
    }
}

#[test]
fn the_query() {
    let rid = |query: &str| asked(&format!("/ping/{UUID}"), query).unwrap().rid;
    let run = Rid::Run("04603d8b-edf4-4e85-8f61-24bedbcaab59".parse().unwrap());
    assert_eq!(rid("rid=04603d8b-edf4-4e85-8f61-24bedbcaab59"), run);
    assert_eq!(rid("rid=04603D8B-EDF4-4E85-8F61-24BEDBCAAB59"), run);
    assert_eq!(rid("create=1&rid=x&rid=04603d8b%2Dedf4-4e85-8f61-24bedbcaab59"), run);
    assert_eq!(rid("RID=x"), Rid::None);
    for bad in [
        "rid=",
        "rid",
        "rid=12345",
        "rid=684e2e73-017e-465f-8149-d70b7c5aaa490",
        "rid=04603d8bedf44e858f6124bedbcaab59",
        "rid={04603d8b-edf4-4e85-8f61-24bedbcaab59}",
        "rid=%ff",
    ] {
        assert_eq!(rid(bad), Rid::Bad, "{bad}");
    }
    let create = |path: &str, query| asked(path, query).unwrap().create;
    assert!(create("/ping/key/slug", "create=1"));
    assert!(create("/ping/key/slug/start", "rid=x&create=1"));
    for query in ["create=0", "create=true", "create", "create=1&create=0"] {
        assert!(!create("/ping/key/slug", query), "{query}");
    }
    assert!(!create(&format!("/ping/{UUID}"), "create=1"));
}

#[test]
fn refused_in_this_order() {
    let ask = |path: &str, query| asked(path, query).unwrap();
    assert_eq!(ask("/ping/key/FOO", "").refused_at_once(), Some(Reply::BadUrl));
    assert_eq!(ask("/ping/KEY/foo", "").refused_at_once(), None);
    assert_eq!(ask("/ping/key/foo/256", "rid=x").refused(), Some(Reply::BadUrl));
    assert_eq!(ask("/ping/key/foo/255", "rid=x").refused(), Some(Reply::BadRid));
    assert_eq!(ask("/ping/key/foo/255", "").refused(), None);
}

#[test]
fn callers() {
    let peer = Some("::ffff:3.3.3.3".parse().unwrap());
    let remote = |forwarded: Option<&str>| {
        let forwarded = forwarded.map(str::as_bytes);
        let caller = Caller::http("GET", b"", peer, (forwarded, None));
        caller.remote.map(|address| address.to_string())
    };
    for (forwarded, expected) in [
        (None, Some("3.3.3.3")),
        (Some("1.1.1.1"), Some("1.1.1.1")),
        (Some("2001::1"), Some("2001::1")),
        (Some("1.1.1.1, 2.2.2.2"), Some("1.1.1.1")),
        (Some("1.1.1.1:1234"), Some("1.1.1.1")),
        (Some("::ffff:1.1.1.1"), Some("::ffff:1.1.1.1")),
        (Some("<b>"), None),
        (Some(""), None),
    ] {
        assert_eq!(remote(forwarded).as_deref(), expected, "{forwarded:?}");
    }
    let long = [b'\xe9'; 300];
    let caller = Caller::http(&"X".repeat(50), &long, None, (None, Some(b"https")));
    assert_eq!(caller.agent, "\u{e9}".repeat(200));
    assert_eq!(caller.method.len(), METHOD_LIMIT);
    assert_eq!(caller.scheme, "https");
    assert_eq!(Caller::http("GET", b"", None, (None, Some(b"gopher"))).scheme, "http");
}

proptest! {
    #[test]
    fn never_panics(path in "\\PC*", query in "\\PC*") {
        let _ = read(&path, Some(&query));
        let _ = read(&format!("/ping/{path}"), Some(&query));
    }
}
