//! A log of events nobody has seen: every kind of record, every system call, fields in every order.

use nightkeep_audit::Kind;

/// Numbers that look random and are the same every time: each below what it is given.
pub(crate) fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    }
}

/// What records say of who acts.
const WHO: [&str; 30] = [
    "pid=812",
    "ppid=1",
    "uid=0",
    "uid=1000",
    "uid=33",
    "uid=4294967295",
    "uid=65534",
    "auid=1000",
    "auid=0",
    "auid=4294967295",
    "auid=70000",
    "old-auid=4294967295",
    "gid=0",
    "euid=0",
    "fsgid=0",
    "tty=pts0",
    "ses=3",
    "ses=4294967295",
    "subj=unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023",
    "subj=unconfined",
    "id=1000",
    "id=unknown",
    "acct=\"ann\"",
    "acct=\"root\"",
    "acct=28696E76616C6964207573657229",
    "acct=?",
    "hostname=host.example",
    "addr=192.0.2.7",
    "terminal=ssh",
    "terminal=/dev/pts/1",
];

/// What they say of what was done, to what and how.
const WHAT: [&str; 92] = [
    "comm=\"bash\"",
    "comm=6120620A",
    "exe=\"/usr/bin/bash\"",
    "exe=\"/usr/bin/python3.11\"",
    "exe=\"/usr/bin/shred\"",
    "exe=\"/usr/sbin/sshd\"",
    "exe=2F746D702F61206201",
    "cmd=6C73202D6C",
    "cwd=\"/root\"",
    "success=yes",
    "success=no",
    "res=success",
    "res=failed",
    "res=1",
    "res=0",
    "result=yes",
    "seresult=denied",
    "op=add_rule",
    "op=\"remove_rule\"",
    "op=set",
    "op=seccomp-logging",
    "op=LOAD",
    "op=UNLOAD",
    "op=connect",
    "op=disconnect",
    "op=PAM:session_open",
    "op=updated_rules",
    "key=\"identity\"",
    "key=(null)",
    "key=6964656E746974790165786563",
    "key=x",
    "list=4",
    "audit_enabled=1",
    "audit_pid=77",
    "audit_backlog_limit=8192",
    "audit_failure=1",
    "actions=kill_process",
    "old=0",
    "unit=cron",
    "new-level=5",
    "selected-context=staff_u:sysadm_r:sysadm_t:s0",
    "data=6C730D",
    "device=\"usb1\"",
    "uuid=1234",
    "sw=\"bash-5.2\"",
    "sw_type=deb",
    "root_dir=\"/\"",
    "key_enforce=0",
    "gpg_res=1",
    "vm=\"guest\"",
    "resrc=disk",
    "printer=lp0",
    "bool=httpd_enable",
    "val=1",
    "enforcing=1",
    "lsm=selinux",
    "fp=SHA256:aa:bb",
    "rport=22",
    "table=filter",
    "family=2",
    "dev=eth0",
    "prom=256",
    "prom=0",
    "feature=loginuid_immutable",
    "prog-id=12",
    "nl-mcgrp=1",
    "unlbl_accept=1",
    "unlbl_accept=0",
    "nlbl_domain=httpd_t",
    "scontext=system_u:system_r:init_t:s0",
    "tcontext=system_u:object_r:etc_t:s0",
    "tclass=file",
    "obj=system_u:object_r:etc_t:s0",
    "sig=11",
    "sig=9",
    "code=0x7ffc0000",
    "code=0x0",
    "arch=c000003e",
    "syscall=59",
    "uring_op=18",
    "resp=2",
    "reason=\"memory violation\"",
    "saddr=02000035C00002070000000000000000",
    "saddr=01002F72756E2F782E736F636B00",
    "saddr=10000000000000000000000000",
    "inode=12",
    "mode=0100644",
    "name=\"/etc/passwd\"",
    "name=66696C65206F6E65",
    "nametype=NORMAL",
    "empty=",
    "(odd=1)",
];

const PATHS: [&str; 12] = [
    "name=\"/etc/passwd\" inode=10 dev=fe:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 obj=system_u:object_r:etc_t:s0 nametype=NORMAL",
    "name=\"/etc\" inode=2 dev=fe:01 mode=040755 ouid=0 ogid=0 rdev=00:00 nametype=PARENT",
    "name=\"notes\" inode=11 dev=fe:01 mode=0100600 ouid=1000 ogid=1000 rdev=00:00 nametype=CREATE",
    "name=\"./a//b\" inode=12 dev=fe:01 mode=0120777 ouid=0 ogid=0 rdev=00:00 nametype=DELETE",
    "name=\"../bob/x\" inode=13 dev=fe:01 mode=0140755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
    "name=\"/srv/www/../etc/./hosts\" inode=14 dev=fe:01 mode=010600 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
    "name=\"/dev/sda\" inode=15 dev=00:05 mode=060660 ouid=0 ogid=6 rdev=08:00 nametype=NORMAL",
    "name=\"/dev/null\" inode=16 dev=00:05 mode=020666 ouid=0 ogid=0 rdev=01:03 nametype=NORMAL",
    "name=\"/nowhere\" nametype=UNKNOWN",
    "name=(null) inode=17 dev=00:07 mode=0100600 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
    "name=612062 inode=18 dev=fe:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
    "name=\"usr/share/doc\" inode=19 dev=fe:01 mode=040755 ouid=0 ogid=0 rdev=00:00 nametype=PARENT",
];

const CWDS: [&str; 4] =
    ["cwd=\"/home/ann\"", "cwd=\"/\"", "cwd=2F746D702F6120", "cwd=\"/a\" cwd=\"/b\""];

/// Makes a log, one for each seed.
pub(crate) fn log(seed: u64) -> Vec<u8> {
    let mut random = random(seed);
    let mut kinds: Vec<String> = Kind::named().map(|(_, name)| name.to_owned()).collect();
    kinds.extend(["UNKNOWN[1204]", "UNKNOWN[1340]", "UNKNOWN[1699]", "NOSUCH"].map(str::to_owned));
    // These are of version 4 only.
    kinds.retain(|name| !name.starts_with("DM_"));
    let mut log = Vec::new();
    for serial in 0..2500_usize {
        let mut records: Vec<(String, String)> = Vec::new();
        if random(2) == 0 {
            records.push((kinds[random(kinds.len())].clone(), said(&mut random)));
        }
        if records.is_empty() || random(2) == 0 {
            // Each call comes several times.
            records.push(("SYSCALL".to_owned(), call(serial % 470, &mut random)));
            if random(6) == 0 {
                records.push((kinds[random(kinds.len())].clone(), said(&mut random)));
            }
            if random(3) > 0 {
                records.push(("CWD".to_owned(), CWDS[random(CWDS.len())].to_owned()));
            }
            if random(6) == 0 {
                records.push(("SOCKADDR".to_owned(), WHAT[82 + random(3)].to_owned()));
            }
            for item in 0..random(6) {
                let path = PATHS[random(PATHS.len())];
                records.push(("PATH".to_owned(), format!("item={item} {path}")));
            }
            if random(3) > 0 {
                records.push(("PROCTITLE".to_owned(), "proctitle=6C73002D6C".to_owned()));
            }
        }
        let node = ["", "", "node=web ", "node=a,b "][random(4)];
        let head =
            format!("msg=audit({}.{:03}:{serial}):", 1_795_439_000 + serial / 4, serial % 1000);
        let is_enriched = random(2) == 0;
        for (kind, said) in records {
            log.extend_from_slice(format!("{node}type={kind} {head} {said}").as_bytes());
            if is_enriched && random(5) > 0 {
                log.extend_from_slice(
                    b"\x1dARCH=x86_64 SYSCALL=openat AUID=\"ann\" UID=\"bob\" ID=\"eve\"",
                );
            }
            log.push(b'\n');
        }
    }
    log
}

/// Some fields in some order, perhaps partly said by a program.
fn said(random: &mut impl FnMut(usize) -> usize) -> String {
    if random(12) == 0 {
        let what = [
            "avc:  denied  { read open } for  pid=1 comm=\"x\" scontext=a:b:c tcontext=d:e:f tclass=file permissive=0",
            "apparmor=\"DENIED\" operation=\"open\" class=\"file\" profile=\"/usr/bin/man\" name=\"/etc/shadow\" pid=9 comm=\"man\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0",
        ];
        return what[random(2)].to_owned();
    }
    let mut fields = Vec::new();
    for _ in 0..2 + random(6) {
        fields.push(WHO[random(WHO.len())]);
    }
    let said = fields.len();
    for _ in 0..random(12) {
        fields.push(WHAT[random(WHAT.len())]);
    }
    if random(2) == 0 {
        let at = random(fields.len());
        let field = fields.remove(at);
        fields.push(field);
    }
    if random(2) == 0 {
        return fields.join(" ");
    }
    format!("{} msg='{}'", fields[..said].join(" "), fields[said..].join(" "))
}

fn call(number: usize, random: &mut impl FnMut(usize) -> usize) -> String {
    let arch = ["c000003e", "c000003e", "c00000b7", "40000003", "7"][random(5)];
    let result =
        ["success=yes exit=0", "success=no exit=-13", "exit=0", "per=400000 success=yes exit=3"];
    let (uid, auid) =
        (["0", "33", "1000", "4294967295"][random(4)], ["0", "1000", "4294967295"][random(3)]);
    let arguments = ["0", "1", "ffffffff", "ffffff9c", "1ed", "3e8", "7ffc00001000"];
    let mut line = format!("arch={arch} syscall={number} {}", result[random(4)]);
    for at in 0..4 {
        line += &format!(" a{at}={}", arguments[random(arguments.len())]);
    }
    line += &format!(" items=2 ppid=1 pid={}", 100 + number);
    if random(10) > 0 {
        line += &format!(" auid={auid}");
    }
    if random(10) > 0 {
        line += &format!(" uid={uid}");
    }
    line += &format!(" gid=0 euid=0 suid={uid} fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0");
    if random(8) > 0 {
        line += " ses=4";
    }
    for field in 0..4 {
        let pick = random(8);
        line += match field {
            0 if pick > 0 => [" comm=\"ls\"", " comm=6C73206C"][random(2)],
            1 if pick > 0 => {
                [" exe=\"/usr/bin/ls\"", " exe=\"/usr/bin/bash\"", " exe=\"/usr/bin/python3\""]
                    [random(3)]
            }
            2 if pick > 2 => " subj=unconfined_u:unconfined_r:unconfined_t:s0",
            3 if pick > 1 => [" key=\"watched\"", " key=(null)", " key=6F6E650174776F"][random(3)],
            _ => "",
        };
    }
    line
}
