//! Sentences of records as they were written on Debian 12 and 13.

use super::*;
use crate::event::Event;
use crate::record::Record;
use crate::users::Names;

fn told(lines: &[&str]) -> Action {
    let mut event = Event::default();
    let first = Record::parse(lines[0].as_bytes()).unwrap();
    event.begin(first.id, first.kind(), None);
    for line in lines {
        // What auditd adds begins with a byte that is hard to read.
        event.push(line.replace('|', "\u{1d}").as_bytes());
    }
    read(&event, &Names::default())
}

fn sentence(lines: &[&str]) -> String {
    told(lines).to_string()
}

const CALL: &str = "success=yes exit=0 a0=ffffff9c a1=2 a2=0 a3=0 items=2 ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=4 comm=\"x\" exe=\"/usr/sbin/usermod\" key=\"identity\"";
const NAMES: &str = "|ARCH=x86_64 SYSCALL=%s AUID=\"ann\" UID=\"root\" EUID=\"root\"";

fn call(name: &str) -> String {
    let names = NAMES.replace("%s", name);
    format!("type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=1 {CALL}{names}")
}

fn path(name: &str, nametype: &str) -> String {
    format!(
        "type=PATH msg=audit(1700000000.123:45): item=0 name={name} inode=1 nametype={nametype}"
    )
}

fn file(name: &str, paths: &[(&str, &str)]) -> String {
    let cwd = String::from("type=CWD msg=audit(1700000000.123:45): cwd=\"/etc\"");
    let mut lines = vec![call(name), cwd];
    lines.extend(paths.iter().map(|(name, nametype)| path(name, nametype)));
    sentence(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn what_is_done_to_files() {
    let renamed = [
        ("\"/etc/\"", "PARENT"),
        ("\"/etc/\"", "PARENT"),
        ("\"/etc/passwd+\"", "DELETE"),
        ("\"/etc/passwd\"", "DELETE"),
        ("\"/etc/passwd\"", "CREATE"),
    ];
    assert_eq!(
        file("rename", &renamed),
        "ann as root replaced /etc/passwd by /etc/passwd+ with usermod [identity]"
    );
    assert_eq!(
        file("openat", &[("\"/etc/\"", "PARENT"), ("\"../root/.ssh/authorized_keys\"", "CREATE")]),
        "ann as root created /root/.ssh/authorized_keys with usermod [identity]"
    );
    // A name with a line end, as the kernel writes it.
    assert_eq!(
        file("unlink", &[("2F746D702F610A62", "DELETE")]),
        "ann as root deleted /tmp/a\\nb with usermod [identity]"
    );
}

#[test]
fn a_folder_that_was_not_recorded_is_not_made_up() {
    let call = call("unlinkat").replace("a0=ffffff9c", "a0=c");
    let lines = [
        &*call,
        "type=CWD msg=audit(1700000000.123:45): cwd=\"/root\"",
        "type=PATH msg=audit(1700000000.123:45): item=0 name=\"/root\" nametype=PARENT",
        "type=PATH msg=audit(1700000000.123:45): item=1 name=\".bashrc\" nametype=DELETE",
    ];
    assert_eq!(sentence(&lines), "ann as root deleted …/.bashrc with usermod [identity]");
}

#[test]
fn what_was_run() {
    let execve = call("execve").replace("usermod", "dash");
    let lines = [
        &*execve,
        "type=EXECVE msg=audit(1700000000.123:45): argc=3 a0=\"sh\" a1=\"-c\" a2=6563686F206869",
        "type=CWD msg=audit(1700000000.123:45): cwd=\"/tmp\"",
    ];
    assert_eq!(
        sentence(&lines),
        "ann as root ran sh -c echo hi (the program is /usr/sbin/dash) [identity]"
    );
    let long = "type=EXECVE msg=audit(1700000000.123:45): argc=2 a0=\"x\" a1_len=4 a1[0]=\"ab\" a1[1]=\"cd\"";
    let What::Ran { command, .. } = told(&[&execve, long]).what else { panic!() };
    assert_eq!(command, ["x", "abcd"]);
}

#[test]
fn sudo_and_its_refusal() {
    let line = "type=USER_CMD msg=audit(1795439671.604:460): pid=710 uid=1000 auid=1000 ses=6 msg='cwd=\"/home/ann\" cmd=636174202F6574632F736861646F77 exe=\"/usr/bin/sudo\" terminal=? res=success'|UID=\"ann\" AUID=\"ann\"";
    assert_eq!(sentence(&[line]), "ann ran by sudo: cat /etc/shadow in /home/ann");
    let refused = line.replace("res=success", "res=failed");
    assert_eq!(sentence(&[&refused]), "ann was refused sudo: cat /etc/shadow in /home/ann");
}

#[test]
fn logins_and_where_they_came_from() {
    let start = "type=USER_START msg=audit(1795439669.404:234): pid=702 uid=0 auid=1000 ses=6 msg='op=PAM:session_open grantors=pam_unix acct=\"ann\" exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh res=success'|UID=\"root\" AUID=\"ann\"";
    let mut sessions = Sessions::default();
    let mut login = told(&[start]);
    sessions.place(&mut login);
    assert_eq!(login.to_string(), "ann began a session from 192.0.2.7 with sshd");
    let became = "type=USER_START msg=audit(1795439670.888:379): pid=714 uid=1000 auid=1000 ses=6 msg='op=PAM:session_open acct=\"root\" exe=\"/usr/bin/sudo\" hostname=? addr=? terminal=? res=success'|UID=\"ann\" AUID=\"ann\"";
    let mut became = told(&[became]);
    sessions.place(&mut became);
    assert_eq!(became.to_string(), "ann became root with sudo, from 192.0.2.7");
    assert_eq!(sessions.get(6).unwrap().user, "ann");
    let failed = "type=USER_LOGIN msg=audit(1.428:858): pid=761 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=28696E76616C6964207573657229 exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.9 terminal=sshd res=failed'|UID=\"root\" AUID=\"unset\"";
    assert_eq!(
        sentence(&[failed]),
        "somebody failed to log in as (invalid user) from 192.0.2.9 with sshd"
    );
}

#[test]
fn a_rule_the_kernel_drops_is_told_from_one_that_was_removed() {
    let config = "type=CONFIG_CHANGE msg=audit(1700000000.123:45): auid=0 ses=4294967295op=remove_rule path=\"/root/.ssh/authorized_keys\" key=\"ssh_keys\" list=4 res=1";
    let call = call("rename").replace("usermod", "mv").replace("key=\"identity\"", "key=(null)");
    let gone = told(&[config, &call, &path("\"/root/.ssh\"", "DELETE")]);
    assert!(!gone.is_rule_loading());
    assert_eq!(
        gone.to_string(),
        "the kernel dropped the audit rule on /root/.ssh/authorized_keys: ann as root took away what it watched with mv [ssh_keys]"
    );
    let removed = told(&[config, &call.replace("SYSCALL=rename", "SYSCALL=sendto")]);
    assert!(removed.is_rule_loading());
    assert!(removed.to_string().starts_with("ann as root removed an audit rule on /root/.ssh"));
}

#[test]
fn raw_records_take_names_from_the_machine() {
    let users = Names::parse(
        b"root:x:0:0::/root:/bin/sh
ann:x:1000:1000::/home/ann:/bin/sh
",
    );
    let mut event = Event::default();
    let line =
        format!("type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=87 {CALL} ");
    let first = Record::parse(line.as_bytes()).unwrap();
    event.begin(first.id, first.kind(), None);
    event.push(line.as_bytes());
    event.push(path("\"/etc/x\"", "DELETE").as_bytes());
    assert_eq!(
        read(&event, &users).to_string(),
        "ann as root deleted /etc/x with usermod [identity]"
    );
}

proptest::proptest! {
    #[test]
    fn whatever_is_recorded_is_told_on_one_line(body in "\\PC{0,80}", kind in 1000..1400i32) {
        let line = format!("type={kind} msg=audit(1.0:1): {body} key=\"a\u{1b}[2J\"");
        if let Ok(record) = Record::parse(line.as_bytes()) {
            let mut event = Event::default();
            event.begin(record.id, record.kind(), None);
            event.push(line.as_bytes());
            let text = read(&event, &Names::default()).to_string();
            proptest::prop_assert!(!text.chars().any(char::is_control), "{}", text);
        }
    }
}

#[test]
fn the_other_side_is_named_whether_auditd_added_it_or_not() {
    let bytes =
        "type=SOCKADDR msg=audit(1700000000.123:45): saddr=0200115CC63364070000000000000000";
    let added = format!("{bytes}|SADDR={{ saddr_fam=inet laddr=198.51.100.7 lport=4444 }}");
    for address in [bytes, &added] {
        let said = sentence(&[&call("connect"), address]);
        assert!(said.contains("called connect 198.51.100.7:4444 with"), "{said}");
    }
}
