use nightkeep_probe::{Database, Fault, Redis, Target};

use crate::fake::Fake;
use crate::{ask, database, redis, said};

#[tokio::test]
async fn redis_is_not_well() {
    for (line, words) in [
        (
            "-LOADING Redis is loading the dataset in memory",
            "Redis is still loading its data: LOADING",
        ),
        ("-MASTERDOWN Link with MASTER is down", "this replica of Redis has lost its master"),
        ("-DENIED Redis is running in protected mode", "Redis runs in protected mode"),
        ("-ERR max number of clients reached", "Redis answers with an error: ERR max number"),
    ] {
        let fake = Fake::says(format!("{line}\r\n").as_bytes()).await;
        let said = said(Target::Redis(redis(fake.port))).await;
        assert!(said.starts_with(words), "{said}");
    }
    let fake = Fake::says(b"-NOAUTH Authentication required.\r\n").await;
    let answer = ask(Target::Redis(redis(fake.port))).await.unwrap();
    assert_eq!(answer.body, b"NOAUTH Authentication required.");
    let fake = Fake::talks(&[b"", b"-WRONGPASS invalid \x1b[31m pair\r\n"]).await;
    let wrong = Redis { password: Some(String::from("x")), ..redis(fake.port) };
    let said = said(Target::Redis(wrong)).await;
    assert_eq!(said, "Redis refuses the password: WRONGPASS invalid ?[31m pair");
}

/// A message of PostgreSQL.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

fn error(code: &str, message_: &str) -> Vec<u8> {
    message(b'E', format!("SFATAL\0VFATAL\0C{code}\0M{message_}\0\0").as_bytes())
}

#[tokio::test]
async fn postgres_is_not_well() {
    for (code, words) in [
        ("57P03", "PostgreSQL takes no connections yet: the words (57P03)"),
        ("53300", "PostgreSQL has no connection left: the words (53300)"),
        ("XX000", "PostgreSQL answers with an error: the words (XX000)"),
    ] {
        let fake = Fake::talks(&[b"", &error(code, "the words")]).await;
        assert_eq!(said(Target::Postgres(database(fake.port))).await, words);
    }
    let fake = Fake::talks(&[b"", &error("28000", "no entry for host")]).await;
    let answer = ask(Target::Postgres(database(fake.port))).await.unwrap();
    assert_eq!(answer.body, b"no entry for host (28000)");
    let user = |port| Database {
        user: Some(String::from("me")),
        password: Some(String::from("secret")),
        ..database(port)
    };
    let said_to_user = said(Target::Postgres(user(fake.port))).await;
    assert_eq!(said_to_user, "PostgreSQL refuses the login: no entry for host (28000)");
    let fake = Fake::talks(&[b"", b"N"]).await;
    let with_tls = Database { tls: true, ..database(fake.port) };
    assert_eq!(said(Target::Postgres(with_tls)).await, "PostgreSQL offers no TLS");
}

#[tokio::test]
async fn postgres_cannot_pretend_to_know_the_password() {
    let user = |port| Database {
        user: Some(String::from("me")),
        password: Some(String::from("secret")),
        ..database(port)
    };
    let scram = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
    let ok = message(b'R', &[0; 4]);
    let fake = Fake::talks(&[b"", &scram, &[ok, message(b'Z', b"I")].concat()]).await;
    let said = said(Target::Postgres(user(fake.port))).await;
    assert!(said.contains("did not prove that it knows the password"), "{said}");
}

#[tokio::test]
async fn more_in_clear_before_tls_is_no_answer() {
    let fake = Fake::talks(&[b"", b"SR\0\0\0\x08\0\0\0\0"]).await;
    let with_tls = Database { tls: true, ..database(fake.port) };
    let fault = ask(Target::Postgres(with_tls)).await.unwrap_err();
    assert!(matches!(fault, Fault::Malformed { .. }), "{fault}");
}

fn packet(payload: &[u8]) -> Vec<u8> {
    [&[payload.len() as u8, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn mysql_is_not_well() {
    for (code, words) in [
        (1040u16, "MySQL has no connection left: Too many (1040)"),
        (
            1129,
            "MySQL has blocked this host after failed handshakes (FLUSH HOSTS lifts it): Too many (1129)",
        ),
        (1053, "MySQL is shutting down: Too many (1053)"),
    ] {
        let fake =
            Fake::says(&packet(&[&[0xff][..], &code.to_le_bytes(), b"#08004Too many"].concat()))
                .await;
        assert_eq!(said(Target::Mysql(database(fake.port))).await, words);
    }
    let fake = Fake::says(&packet(
        &[&[0xff][..], &1130u16.to_le_bytes(), b"Host 'x' is not allowed"].concat(),
    ))
    .await;
    let answer = ask(Target::Mysql(database(fake.port))).await.unwrap();
    assert_eq!(answer.body, b"Host 'x' is not allowed (1130)");
}

/// A greeting of MySQL 8 for this plugin.
fn greeting(plugin: &str) -> Vec<u8> {
    let mut greeting = b"\x0a8.4.3\0\x01\0\0\0saltsalt\0".to_vec();
    greeting.extend_from_slice(&[0xff, 0xff, 0xff, 2, 0, 0xff, 0xdf, 21]);
    greeting.extend_from_slice(&[0; 10]);
    greeting.extend_from_slice(b"moresaltmore\0");
    greeting.extend_from_slice(plugin.as_bytes());
    greeting.push(0);
    packet(&greeting)
}

#[tokio::test]
async fn mysql_gets_no_password_in_clear() {
    let user = |port| Database {
        user: Some(String::from("me")),
        password: Some(String::from("secret")),
        ..database(port)
    };
    let greeting = greeting("caching_sha2_password");
    let fake = Fake::talks(&[&greeting, &packet(&[1, 4])]).await;
    let said_full = said(Target::Mysql(user(fake.port))).await;
    assert!(said_full.ends_with(": sent only over TLS"), "{said_full}");
    let fake = Fake::talks(&[&greeting, &packet(b"\xfemysql_clear_password\0")]).await;
    let said_clear = said(Target::Mysql(user(fake.port))).await;
    assert_eq!(said_clear, "MySQL wants a login by mysql_clear_password, which is not known here");
    let fake = Fake::talks(&[&greeting, &[packet(&[1, 3]), packet(&[0, 0, 0])].concat()]).await;
    assert_eq!(ask(Target::Mysql(user(fake.port))).await.unwrap().body, b"8.4.3");
    for cut in 5..greeting.len() {
        let mut short = greeting[..cut].to_vec();
        short[0] = (cut - 4) as u8;
        let fake = Fake::says(&short).await;
        assert!(ask(Target::Mysql(user(fake.port))).await.is_err());
    }
}
