//! The language as a whole: golden lines, and that every form of a rule means the same rule.

use proptest::prelude::*;

use super::*;

const PASSWD: &str = "root:x:0:0::/root:/bin/bash\nwww-data:x:33:33::/var/www:/bin/false\n";

fn here() -> Accounts {
    Accounts::new(Arch::X86_64, PASSWD, "root:x:0:\nadm:x:4:\n")
}

fn read(text: &str) -> Result<Vec<Command>, Error> {
    parse("test.rules", text.as_bytes(), &here()).remove(0).said
}

fn rule(text: &str) -> Rule {
    match read(text).as_deref() {
        Ok([Command::Add(rule, _)]) => rule.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

fn listing(rule: &Rule) -> String {
    String::from_utf8(write::listing(rule, Arch::X86_64)).unwrap()
}

/// What is written, and what `auditctl -l` shows of it; the same where there is no second line.
/// tests/kernel.rs holds both against the installed auditctl.
const GOLDEN: &str = include_str!("golden.rules");

#[test]
fn rules_are_shown_as_auditctl_shows_them() {
    let mut lines = GOLDEN.lines().filter(|line| !line.is_empty()).peekable();
    let mut count = 0;
    while let Some(written) = lines.next() {
        let shown =
            lines.next_if(|line| line.starts_with("    ")).map_or(written, |line| &line[4..]);
        let parsed = rule(written);
        assert_eq!(listing(&parsed), shown, "{written}");
        let bytes = parsed.encode().unwrap();
        let again = Rule::decode(&bytes).unwrap();
        assert!(again.is_same(&parsed), "{written}");
        let source = String::from_utf8(write::source(&parsed, Arch::X86_64)).unwrap();
        assert_eq!(rule(&source).sorted(), parsed.sorted(), "{source}");
        count += 1;
    }
    assert!(count > 80, "{count}");
}

#[test]
fn wrong_lines_say_where_and_what_instead() {
    let said = |text: &str| {
        let error = read(text).unwrap_err();
        let instead = error.instead.map(|instead| format!(" -> {instead}")).unwrap_or_default();
        format!("{}: {}{instead}", error.column, error.what)
    };
    for (text, expected) in [
        ("-w etc/passwd -p wa", "4: `etc/passwd` is not an absolute path"),
        (
            "-w \"/etc/passwd\"",
            "4: quotes mean nothing here: they are taken for part of the path -> leave them out, and write `\\ ` for a space",
        ),
        ("-w /etc/passwd -p wq", "19: there is no permission `q` -> r, w, x and a"),
        (
            "-w /etc/my file",
            "12: `file` belongs to no option -> write `\\ ` for a space within a value, and a comment on a line of its own",
        ),
        (
            "-w /etc/passwd # users",
            "16: `#` belongs to no option -> write `\\ ` for a space within a value, and a comment on a line of its own",
        ),
        ("-F auid>=1000", "4: -F comes before the list -> begin the line with -a always,exit"),
        (
            "-a always,exit -S execve -F arch=b64",
            "29: arch comes after -S, which was read by the machine's own numbers -> put -F arch=… before -S",
        ),
        (
            "-a always,exit -F arch=b64 -S exceve",
            "31: x86_64 has no system call `exceve` -> did you mean execve?",
        ),
        (
            "-a always,exit -F arch=b64 -S stime",
            "31: x86_64 has no system call `stime` -> i386 has it: leave it out of this rule",
        ),
        (
            "-a always,exit -F arch=b64 -S pread64",
            "31: x86_64 has no system call `pread64` -> audit's tools call it pread",
        ),
        ("-a always,exit -F uidd=0", "19: there is no field `uidd` -> did you mean uid?"),
        (
            "-a always,exit -F auid=alice -S all",
            "19: there is no user `alice` -> write the number, or make the user first",
        ),
        ("-a always,exit -F path!=/etc", "19: path cannot be held by `!=` -> path=…"),
        (
            "-a always,exit -F uid&1",
            "19: the kernel refuses `&` for uid -> bits can be asked of a0 to a3, pers and devminor",
        ),
        (
            "-a exit,sometimes -S all",
            "4: -a takes a list and an action, not `exit,sometimes` -> always or never, and exit, exclude, user, task, filesystem or io_uring: -a always,exit",
        ),
        (
            "-a exit,always -F auid>=1000 -k x",
            "1: a key needs system calls, a path or a program -> add -S all (or the calls it is about) before the key",
        ),
        (
            "-a always,exit -F path=/a/ -F perm=wa",
            "1: the kernel refuses a path that ends in / -> leave the / out, or write dir= for a directory",
        ),
        (
            "-a always,exclude -F path=/a",
            "1: path cannot be asked in the list exclude -> path goes with exit",
        ),
        (
            "-a always,exit -F path=/a -F dir=/b",
            "1: a rule can watch one path, directory or inode -> write a rule for each",
        ),
        (
            "-a always,task -S fork",
            "19: the list task knows no system calls -> leave -S out, or use the list exit",
        ),
        (
            "-a always,exit -C uid!=egid -S all",
            "19: uid cannot be held against egid -> compare two of auid uid euid suid fsuid obj_uid, or two of gid egid sgid fsgid obj_gid",
        ),
        ("-b lots", "4: -b takes a number, not `lots`"),
        ("-e 3", "4: -e is 0, 1 or 2, not `3`"),
        (
            "--loginuid-imutable",
            "1: there is no option --loginuid-imutable -> did you mean --loginuid-immutable?",
        ),
        ("-z", "2: there is no option -z"),
        ("-D -b 1", "2: -D stands alone or with one -k -> -D, or -D -k KEY, on a line of its own"),
        (
            "-D\r",
            "3: the line ends as on Windows, and auditctl takes that for an option -> dos2unix FILE",
        ),
        ("-w\t/etc/passwd", "3: `\\t/etc/passwd` is not an absolute path"),
        (
            "\t# a comment",
            "1: `\\t#` belongs to no option -> auditctl takes tabs for letters: write spaces",
        ),
        ("-k", "2: -k has no value"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn everything_but_rules() {
    use Command as C;
    for (text, expected) in [
        ("-D", C::DeleteAll(None)),
        ("-D -k users", C::DeleteAll(Some(b"users".to_vec()))),
        ("-b 8192", C::Backlog(8192)),
        ("-b0x10", C::Backlog(16)),
        ("-f 2", C::Failure(2)),
        ("-r 0", C::Rate(0)),
        ("-e 2", C::Enable(Lock::Locked)),
        ("-c", C::Continue),
        ("-i", C::Ignore),
        ("-t", C::Trim),
        ("-q /mnt,/srv", C::Equivalent(b"/mnt".to_vec(), b"/srv".to_vec())),
        ("--backlog_wait_time 60000", C::BacklogWait(60000)),
        ("--backlog_wait_time=1", C::BacklogWait(1)),
        ("--reset-lost", C::ResetLost),
        ("--reset_backlog", C::ResetWaited),
        ("--loginuid-immutable", C::LoginuidImmutable),
        ("-s", C::Other),
        ("-m some-text", C::Other),
    ] {
        assert_eq!(read(text), Ok(vec![expected]), "{text}");
    }
    assert_eq!(read("-b 1 -f 2"), Ok(vec![C::Backlog(1), C::Failure(2)]));
    assert!(matches!(read("-W /etc/passwd -p wa -k x").as_deref(), Ok([C::Delete(_)])));
    assert!(matches!(read("-d exit,always -S all").as_deref(), Ok([C::Delete(_)])));
}

#[test]
fn augenrules_moves_what_is_of_the_whole() {
    let files = [
        ("10-base.rules", "-D\n-b 100\n-e 2\n-f 0\n"),
        ("20-own.rules", "-w /etc/passwd -p wa\n-D\n-b 8192\n-c\n--loginuid-immutable\n-D -k x\n"),
    ];
    let lines = files.iter().flat_map(|(name, text)| parse(name, text.as_bytes(), &here()));
    let ordered = augenrules(lines.collect());
    let texts: Vec<_> = ordered.iter().map(|line| String::from_utf8_lossy(&line.text)).collect();
    let expected = [
        "-D",
        "-b 8192",
        "-f 0",
        "-w /etc/passwd -p wa",
        "-c",
        "--loginuid-immutable",
        "-D -k x",
        "-e 2",
    ];
    assert_eq!(texts, expected);
    let mut names = ["100-z.rules", "20-a.rules", "audit.rules", "9-b.rules", "10-a.rules"];
    names.sort_by(|one, other| compare_names(one, other));
    assert_eq!(names, ["9-b.rules", "10-a.rules", "20-a.rules", "100-z.rules", "audit.rules"]);
}

#[test]
fn bytes_of_the_kernel_never_panic() {
    let good =
        rule("-a always,exit -F arch=b64 -S openat -F exit=-EACCES -F key=a").encode().unwrap();
    for end in 0..good.len() {
        assert!(Rule::decode(good.get(..end).unwrap()).is_err());
    }
}

fn operators() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="])
}

/// One condition of a rule of the list exit.
fn conditions() -> impl Strategy<Value = String> {
    let path = "/[ -~]{0,20}[a-z]";
    let ids = prop::sample::select(vec!["auid", "uid", "euid", "gid", "pid", "exit", "success"]);
    let texts = prop::sample::select(vec!["exe", "subj_user", "obj_type"]);
    prop_oneof![
        (ids, operators(), any::<u32>())
            .prop_map(|(name, operator, value)| format!(" -F {name}{operator}{value}")),
        (
            prop::sample::select(vec!["a0", "a3"]),
            prop::sample::select(vec!["&", "&=", "="]),
            any::<u32>()
        )
            .prop_map(|(name, operator, value)| format!(" -F {name}{operator}0x{value:x}")),
        (1u32..=25, any::<bool>()).prop_map(|(number, equal)| {
            let (one, other) = compare::pair(number).unwrap();
            let operator = if equal { "=" } else { "!=" };
            format!(" -C {}{operator}{}", one.name().unwrap(), other.name().unwrap())
        }),
        (texts, path).prop_map(|(name, path)| {
            let mut escaped = Vec::new();
            line::escape(path.as_bytes(), &mut escaped);
            format!(" -F {name}={}", String::from_utf8(escaped).unwrap())
        }),
        Just(String::from(" -F perm=wa")),
    ]
}

proptest! {
    #[test]
    fn every_form_means_the_same_rule(
        first in any::<bool>(),
        never in any::<bool>(),
        arch in prop::sample::select(vec!["", " -F arch=b64", " -F arch=b32", " -F arch!=b32"]),
        calls in prop::collection::vec(0u32..2032, 0..6),
        conditions in prop::collection::vec(conditions(), 0..8),
        path in prop::option::of(prop::sample::select(vec!["path", "dir"])),
        keys in prop::collection::vec("[!-~]{1,30}", 0..4),
    ) {
        let option = if first { "-A" } else { "-a" };
        let action = if never { "never" } else { "always" };
        let mut text = format!("{option} {action},exit{arch} -S all");
        if !calls.is_empty() {
            let calls: Vec<String> = calls.iter().map(u32::to_string).collect();
            text = text.replace("all", &calls.join(","));
        }
        text.extend(conditions);
        if let Some(path) = path {
            text += &format!(r" -F {path}=/srv/a\ b");
        }
        for key in keys {
            let mut escaped = Vec::new();
            line::escape(key.as_bytes(), &mut escaped);
            text += &format!(" -F key={}", String::from_utf8(escaped).unwrap());
        }
        // Two programs in a rule, and the like, are refused.
        if let Ok([Command::Add(rule, _)]) = read(&text).as_deref() {
            let bytes = rule.encode().unwrap();
            let decoded = Rule::decode(&bytes).unwrap();
            prop_assert_eq!(&decoded, rule);
            let source = String::from_utf8(write::source(&decoded, Arch::X86_64)).unwrap();
            let again = read(&source);
            prop_assert!(matches!(again.as_deref(), Ok([Command::Add(again, _)]) if again == rule), "{} {:?}", source, again);
        }
    }

    #[test]
    fn no_text_panics(text in prop::collection::vec(any::<u8>(), 0..200)) {
        parse("x", &text, &here());
    }

    #[test]
    fn no_option_panics(text in "(-[a-zA-Z]|--[a-z]{0,9}|[a-z,=!&<>/0-9]{0,12}| ){0,30}") {
        parse("x", text.as_bytes(), &here());
    }
}
