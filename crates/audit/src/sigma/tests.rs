//! Rules and events of our own.

mod property;
mod real;

use std::path::Path;

use super::*;
use crate::action;

/// An event of these records, without their heads.
fn event(records: &[&str]) -> Event {
    let mut event = Event::default();
    for (n, record) in records.iter().enumerate() {
        let (kind, body) = record.split_once(' ').unwrap();
        let line = format!("type={kind} msg=audit(1700000000.123:45): {body}");
        let record = crate::Record::parse(line.as_bytes()).unwrap();
        if n == 0 {
            event.begin(record.id, record.kind(), None);
        }
        event.push(line.as_bytes());
    }
    event
}

const SYSCALL: &str = "SYSCALL arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=66 ppid=6 pid=7 auid=1000 uid=0 euid=0 ses=3 tty=pts0";

/// A program start.
fn started(exe: &str, arguments: &[&str]) -> Event {
    let hex =
        |text: &&str| text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let all: Vec<String> =
        arguments.iter().enumerate().map(|(n, text)| format!("a{n}={}", hex(text))).collect();
    event(&[
        &format!("{SYSCALL} comm=\"x\" exe=\"{exe}\" key=\"exec\""),
        &format!("EXECVE argc={} {}", arguments.len(), all.join(" ")),
        "CWD cwd=\"/root\"",
        &format!("PATH item=0 name=\"{exe}\" inode=1 nametype=NORMAL"),
        "PATH item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=2 nametype=NORMAL",
    ])
}

/// Something done to a file by openat.
fn opened(path: &str, created: bool) -> Event {
    let nametype = if created { "CREATE" } else { "NORMAL" };
    event(&[
        "SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ff a2=241 a3=1b6 ppid=6 pid=7 auid=1000 uid=0 euid=0 ses=3 comm=\"tee\" exe=\"/usr/bin/tee\" key=\"files\"",
        "CWD cwd=\"/etc\"",
        "PATH item=0 name=\"/etc/\" inode=1 nametype=PARENT",
        &format!("PATH item=1 name=\"{path}\" inode=2 nametype={nametype}"),
        "PROCTITLE proctitle=746565002D61",
    ])
}

fn load(text: &str) -> (Detector, Vec<Left>) {
    let mut loader = Loader::new(Level::Informational);
    loader.add(Path::new("x.yml"), text);
    let (detector, left, _) = loader.finish();
    (detector, left)
}

/// A rule with this logsource and detection.
fn rule(source: &str, detection: &str) -> String {
    let detection = detection.trim().replace('\n', "\n    ");
    format!("title: t\nlogsource: {{product: linux, {source}}}\ndetection:\n    {detection}\n")
}

fn does_hit(text: &str, event: &Event) -> bool {
    let (mut detector, left) = load(text);
    assert_eq!(left, [], "{text}");
    let names = Names::parse(b"root:x:0:\nann:x:1000:\n");
    let action = action::read(event, &names);
    let hits = detector.hits(event, &action, &names).len();
    detector.look(event, &action, &names, true);
    assert_eq!(hits, detector.hits.len(), "the index and all rules agree on {text}");
    hits > 0
}

/// Does one field of a program start say this?
fn says(item: &str, exe: &str, arguments: &[&str]) -> bool {
    let text = rule("category: process_creation", &format!("s:\n  {item}\ncondition: s"));
    does_hit(&text, &started(exe, arguments))
}

fn line_says(item: &str, line: &str) -> bool {
    says(item, "/usr/bin/x", &[line])
}

#[test]
fn texts_with_and_without_modifiers() {
    assert!(line_says("CommandLine: A B", "a b") && !line_says("CommandLine: a", "a b"));
    assert!(line_says("CommandLine: 'a*'", "A b") && !line_says(r"CommandLine: 'a\*'", "a b"));
    assert!(line_says("CommandLine|contains: 'EL'", "hello"));
    assert!(
        line_says("CommandLine|startswith: he", "HELLO")
            && !line_says("CommandLine|startswith: el", "hello")
    );
    assert!(
        line_says("CommandLine|endswith: lo", "hello")
            && !line_says("CommandLine|endswith: l", "hello")
    );
    assert!(line_says("CommandLine|contains: [x, ll]", "hello"));
    assert!(line_says("CommandLine|contains|all: [he, lo]", "hello"));
    assert!(!line_says("CommandLine|contains|all: [he, x]", "hello"));
    assert!(
        line_says("CommandLine|contains|cased: EL", "hEL")
            && !line_says("CommandLine|contains|cased: EL", "hello")
    );
    assert!(line_says("CommandLine|contains: 'ÄÖ'", "xäöx"));
    assert!(line_says("CommandLine: 777", "777"));
    assert!(line_says("CommandLine|contains: 'a?c*e'", "xxabcdexx"));
}

#[test]
fn regular_expressions() {
    assert!(
        line_says("CommandLine|re: 'h.l+o$'", "say hello")
            && !line_says("CommandLine|re: 'HELLO'", "hello")
    );
    assert!(line_says("CommandLine|re|i: 'HELLO'", "hello"));
    assert!(
        line_says("CommandLine|re|m: '^b$'", "a\nb\nc")
            && !line_says("CommandLine|re: '^b$'", "a\nb\nc")
    );
    assert!(
        line_says("CommandLine|re|s: 'a.b'", "a\nb") && !line_says("CommandLine|re: 'a.b'", "a\nb")
    );
    assert!(line_says("CommandLine|re: '(a+)+$'", &"a".repeat(3000)));
}

#[test]
fn encoded_and_dashed() {
    assert!(line_says("CommandLine|base64: foobar", "Zm9vYmFy"));
    assert!(line_says(
        "CommandLine|base64offset|contains: /bin/bash",
        "echo L2Jpbi9iYXNo | base64 -d"
    ));
    assert!(line_says(
        "CommandLine|base64offset|contains: /bin/bash",
        "echo eC9iaW4vYmFzaA== | base64 -d"
    ));
    assert!(line_says("CommandLine|wide|base64offset|contains: cm", "xx YwBtAA"));
    assert!(line_says("CommandLine|windash|contains: ' -f '", "x /f y"));
    assert!(!line_says("CommandLine|contains: ' -f '", "x /f y"));
}

#[test]
fn numbers_networks_and_fields() {
    assert!(line_says("ProcessId|gte: 7", "x") && line_says("ProcessId|lte: 7", "x"));
    assert!(!line_says("ProcessId|gt: 7", "x") && !line_says("ProcessId|lt: 7", "x"));
    assert!(line_says("ProcessId|lt: 7.5", "x") && !line_says("CommandLine|gt: 1", "x"));
    assert!(says("CommandLine|fieldref: Image", "/usr/bin/x", &["/usr/bin/x"]));
    assert!(says("CommandLine|fieldref|contains: Image", "/usr/bin/x", &["run /usr/bin/x now"]));
    assert!(!says("CommandLine|fieldref|startswith: Image", "/usr/bin/x", &["run /usr/bin/x"]));
    assert!(line_says("CommandLine|neq: x", "y") && !line_says("CommandLine|neq: x", "X"));
    assert!(!line_says("ParentImage|neq: x", "y"), "what is not known is not different");
    assert!(line_says("ParentImage|exists: false", "x") && line_says("Image|exists: true", "x"));
    assert!(line_says("ParentImage: null", "x") && !line_says("Image: null", "x"));
    assert!(line_says("CurrentDirectory: /root", "x") && line_says("User: root", "x"));
    assert!(says("Image: /bin/x", "/usr/bin/x", &["x"]), "/bin may be /usr/bin");
}

#[test]
fn words_without_a_field() {
    let words = |detection: &str, line: &str| {
        let source = if line.len().is_multiple_of(2) {
            "service: auditd"
        } else {
            "category: process_creation"
        };
        does_hit(&rule(source, detection), &started("/usr/bin/sh", &["sh", "-c", line]))
    };
    assert!(words("k: ['nothing', 'RM /var/log']\ncondition: k", "rm /var/log/syslog"));
    assert!(words("k: ['rm * /var/log']\ncondition: k", "rm -f /var/log/syslog"));
    assert!(words("k:\n  '|all': [rm, syslog]\ncondition: k", "rm /var/log/syslog"));
    assert!(!words("k:\n  '|all': [rm, messages]\ncondition: k", "rm /var/log/syslog"));
    assert!(words("k:\n  '|re': 'rm .*log$'\ncondition: k", "rm /var/log/syslog"));
    assert!(!words("k: ['ld-linux']\ncondition: k", "ls"), "only what was run is a word of it");
    assert!(words("k:\n  - rm\n  - CommandLine: x\ncondition: not k", "ls"));
}

#[test]
fn records_are_asked_with_the_rest_of_their_event() {
    let event = started("/usr/bin/chmod", &["chmod", "u+s", "/tmp/x"]);
    let hit = |detection: &str| does_hit(&rule("service: auditd", detection), &event);
    assert!(hit("s: {type: EXECVE, a0: chmod, a1: 'u+s'}\ncondition: s"));
    assert!(hit("s: {type: execve, exe|endswith: /chmod, key: exec}\ncondition: s"));
    assert!(hit("s: {type: SYSCALL, SYSCALL: execve, a0: 55}\ncondition: s"));
    assert!(!hit("s: {type: SYSCALL, a0: chmod}\ncondition: s"), "that is of another record");
    assert!(hit("s: {AUID: ann, uid: root, euid: 0}\ncondition: s"));
    assert!(hit("s: {type: SYSCALL, name: /usr/bin/chmod}\ncondition: s"));

    let written = opened("x.service", true);
    let detection =
        "p: {type: PATH, nametype: CREATE}\nn: {name|startswith: /etc/}\ncondition: p and n";
    assert!(does_hit(&rule("service: auditd", detection), &written), "below the working directory");
    let detection = "p: {type: PATH, nametype: CREATE, name: /etc/}\ncondition: p";
    assert!(!does_hit(&rule("service: auditd", detection), &written), "the folder was not created");
    let detection = "p: {type: PATH, name: '/etc/*'}\nf: {name: /etc/}\ncondition: p and not f";
    assert!(does_hit(&rule("service: auditd", detection), &written));
    let words = "k: ['tee -a']\ncondition: k";
    assert!(does_hit(&rule("service: auditd", words), &written));
}

#[test]
fn files_connections_and_sudo() {
    let file =
        |detection: &str, event: &Event| does_hit(&rule("category: file_event", detection), event);
    let cron = "s: {TargetFilename|startswith: /etc/cron.d/, Image|endswith: /tee}\ncondition: s";
    assert!(
        file(cron, &opened("/etc/cron.d/x", true)) && file(cron, &opened("/etc/cron.d/x", false))
    );
    assert!(!file(cron, &opened("/etc/hosts", true)));

    let connect = |saddr: &str| {
        let call = "SYSCALL arch=c000003e syscall=42 success=no exit=-115 a0=3 ppid=6 pid=7 auid=1000 uid=0 exe=\"/usr/bin/bash\" key=\"net\"";
        event(&[call, &format!("SOCKADDR saddr={saddr}{}", "0".repeat(16))])
    };
    let detection = "s: {Image|endswith: /bin/bash, Initiated: 'true', DestinationPort: 4444}\nf:\n  DestinationIp|cidr: [127.0.0.0/8, '::1/128']\ncondition: s and not f";
    let network = |event: &Event| does_hit(&rule("category: network_connection", detection), event);
    assert!(network(&connect("0200115CC6336407")));
    assert!(!network(&connect("0200115C7F000001")) && !network(&connect("02000050C6336407")));
    assert!(
        !network(&connect("01002F72756E2F7800")) && !network(&started("/usr/bin/bash", &["bash"]))
    );
    let loopback = "0A00115C0000000000000000000000000000000000000001";
    let other = "0A00115C0000000020010DB8000000000000000000000001";
    assert!(!network(&connect(loopback)) && network(&connect(other)));

    let sudo = event(&[
        "USER_CMD pid=7 uid=1000 auid=1000 ses=3 msg='cwd=\"/root\" cmd=6964 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'",
    ]);
    assert!(does_hit(&rule("service: sudo", "s: {COMMAND: id, PWD: /root}\ncondition: s"), &sudo));
}

#[test]
fn a_parent_is_who_started_it() {
    let text = rule(
        "category: process_creation",
        "s: {ParentImage|endswith: /nginx, Image: /usr/bin/id}\ncondition: s",
    );
    let (mut detector, _) = load(&text);
    let names = Names::default();
    let mut ask = |event: &Event| {
        let action = action::read(event, &names);
        detector.hits(event, &action, &names).len()
    };
    let child = |exe: &str, pid: u32, ppid: u32| {
        let call = SYSCALL.replace("ppid=6 pid=7", &format!("ppid={ppid} pid={pid}"));
        event(&[&format!("{call} exe=\"{exe}\""), "EXECVE argc=1 a0=\"x\""])
    };
    assert_eq!(ask(&child("/usr/bin/id", 8, 7)), 0);
    assert_eq!(ask(&child("/usr/sbin/nginx", 7, 1)), 0);
    assert_eq!(ask(&child("/usr/bin/id", 9, 7)), 1);
    // A program that ends in another one is that one.
    assert_eq!(ask(&child("/usr/bin/other", 7, 1)), 0);
    assert_eq!(ask(&child("/usr/bin/id", 10, 7)), 0);
}

#[test]
fn failed_starts_are_no_processes() {
    let text = rule("category: process_creation", "s: {Image: /usr/bin/x}\ncondition: s");
    let failed = |error: i32| {
        let call = SYSCALL.replace("success=yes exit=0", &format!("success=no exit={error}"));
        event(&[&format!("{call} exe=\"/usr/bin/x\""), "EXECVE argc=1 a0=\"x\""])
    };
    assert!(!does_hit(&text, &failed(-13)) && !does_hit(&text, &failed(-2)));
    let text = rule("service: auditd", "s: {type: EXECVE, a0: x}\ncondition: s");
    assert!(does_hit(&text, &failed(-13)), "it was tried");
    assert!(!does_hit(&text, &failed(-2)), "it was only looked for");
}

#[test]
fn a_long_command_hides_nothing() {
    let mut arguments = vec!["x"; 2000];
    arguments.push("needle");
    assert!(says("CommandLine|contains: needle", "/usr/bin/x", &arguments));
    let long = format!("{} needle", "y".repeat(5000));
    assert!(line_says("CommandLine|endswith: needle", &long));
    let parts =
        event(&[SYSCALL, "EXECVE argc=2 a0=\"x\" a1_len=12 a1[0]=\"nee\"", "EXECVE a1[1]=\"dle\""]);
    let text = rule("service: auditd", "s: {type: EXECVE, a1: needle}\ncondition: s");
    assert!(does_hit(&text, &parts));
}

/// What is wrong with a rule of this detection.
fn fault(detection: &str) -> String {
    let text = rule("category: process_creation", detection);
    match &load(&text).1[..] {
        [Left { why: Why::Broken(fault), title, .. }] => {
            assert_eq!(title.as_deref(), Some("t"));
            fault.to_string()
        }
        left => panic!("{left:?}"),
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let unknown = fault("s:\n  a: 1\n  Image|contain: x\ncondition: s");
    assert!(
        unknown
            .starts_with("line 6: the modifier `contain` is not known; there are: all, contains,"),
        "{unknown}"
    );
    assert!(fault("s:\n  Image|expand: '%x%'\ncondition: s").contains("`expand` is not supported"));
    assert!(fault("s:\n  Image|re: '(?=x)'\ncondition: s").contains("look-around"));
    assert!(fault("s:\n  Image|re: 'a{1000}{1000}'\ncondition: s").contains("not supported"));
    assert!(fault("s:\n  Image|cidr: 10.0.0.0/99\ncondition: s").contains("is no network"));
    assert!(fault("s:\n  Image|gt: x\ncondition: s").contains("`x` is no number"));
    assert!(fault("s:\n  Image|re|contains: x\ncondition: s").contains("do not go together"));
    assert!(fault("s:\n  Image|wide: x\ncondition: s").contains("add `base64`"));
    assert!(fault("s:\n  Image|base64: 'x*'\ncondition: s").contains("wildcards"));
    assert!(fault("s:\n  Image|contains: ''\ncondition: s").contains("empty text"));
    assert!(fault("s:\n  Image: []\ncondition: s").contains("has no values"));
    assert!(fault("s:\n  Image: x\ncondition: s | count() > 3").contains("counting"));
    assert!(fault("s:\n  Image: x").contains("`condition` is missing"));
    assert!(fault("s:\n  Image|hour: 3\ncondition: s").contains("`hour` is not supported"));
}

#[test]
fn one_broken_rule_does_not_stop_the_others() {
    let good = rule("category: process_creation", "s: {Image: x}\ncondition: s");
    let text = format!(
        "{good}---\ntitle: bad\n---\n{good}---\ncorrelation: {{type: event_count}}\ntitle: c\n---\nb: [\n"
    );
    let (detector, left) = load(&text);
    assert_eq!(detector.len(), 2);
    let said: Vec<String> = left.iter().map(|left| format!("{:?}", left.why)).collect();
    assert!(
        said[0].contains("`logsource` is missing")
            && said[1].contains("correlation rules are not supported")
    );
    assert!(said[2].contains("no YAML"), "{said:?}");
}

#[test]
fn rules_of_other_logs_are_left_out_with_the_reason() {
    let why = |source: &str, detection: &str| match &load(&format!(
        "title: t\nlogsource: {{{source}}}\ndetection:\n  {detection}\n  condition: s\n"
    ))
    .1[..]
    {
        [Left { why: Why::Elsewhere(why), .. }] => why.clone(),
        left => panic!("{left:?}"),
    };
    assert!(
        why("product: windows, category: process_creation", "s: [x]").contains("about windows")
    );
    assert!(why("product: linux, service: sshd", "s: [x]").contains("in the journal"));
    assert!(why("product: linux, category: dns_query", "s: [x]").contains("category dns_query"));
    let needs = why(
        "product: linux, category: network_connection",
        "s: {DestinationHostname: x, Image: y}",
    );
    assert_eq!(needs, "it needs DestinationHostname, which audit events do not have");
    // What only rules things out is no need.
    let text = rule(
        "category: process_creation",
        "s: {Image: x}\nf: {Company: y}\ncondition: s and not f",
    );
    assert_eq!(load(&text).1, []);
}

#[test]
fn what_is_not_recorded_is_told() {
    let text = [
        rule("category: process_creation", "s: {Image: x}\ncondition: s"),
        rule(
            "category: file_event",
            "s: {TargetFilename|endswith: [/etc/doas.conf, .evil]}\nt: {TargetFilename|startswith: /etc/cron.d/}\ncondition: s or t",
        ),
        rule(
            "service: auditd",
            "s: {type: PATH, name: [/etc/shells, '/home/*/.bashrc']}\ncondition: s",
        ),
        rule("service: auditd", "s: {type: SYSCALL, SYSCALL: personality}\ncondition: s"),
        rule("service: auditd", "s: {type: SYSCALL, SYSCALL: execve, key: mine}\ncondition: s"),
    ];
    let (mut detector, left) = load(&text.join("---\n"));
    assert_eq!(left, []);
    let unmet = |detector: &Detector| -> Vec<String> {
        detector.unmet().map(|(need, _)| need.words()).collect()
    };
    assert_eq!(
        unmet(&detector),
        [
            "program starts (execve)",
            "changes to /etc/cron.d/",
            "changes to /etc/doas.conf",
            "changes to /etc/shells",
            "changes to /home/",
            "the system call personality",
            "events with the key mine"
        ]
    );
    let names = Names::default();
    for event in [started("/usr/bin/y", &["y"]), opened("/etc/cron.d/x", true)] {
        let action = action::read(&event, &names);
        detector.hits(&event, &action, &names);
    }
    assert_eq!(unmet(&detector).len(), 5);
    // Every rule we advise is one the kernel's language has, and meets the need.
    for (need, _) in detector.unmet() {
        let Some(text) = need.audit_rule(crate::syscall::Arch::X86_64) else { continue };
        let names = crate::rules::Accounts::new(crate::syscall::Arch::X86_64, "", "");
        let lines = crate::rules::parse("x", text.as_bytes(), &names);
        let rules = crate::rules::written(&lines);
        assert!(need.is_met(&rules, crate::syscall::Arch::X86_64), "{text}");
    }
}
