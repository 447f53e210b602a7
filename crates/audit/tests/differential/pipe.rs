//! A pipe that falls silent.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::reference::{Reference, difference};

/// Longer than ausearch waits.
const SILENCE: Duration = Duration::from_secs(4);

const CALL: &str = "type=SYSCALL msg=audit(1795439784.468:2661): arch=c000003e syscall=44 success=yes exit=60 a0=3 a1=0 a2=3c a3=0 items=0 ppid=1 pid=2 auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm=\"x\" exe=\"/x\" key=(null)\n";
const TITLE: &str = "type=PROCTITLE msg=audit(1795439784.468:2661): proctitle=\"x\"\n";
const COMMAND: &str = "type=USER_CMD msg=audit(1795439785.001:7): pid=1 uid=0 auid=0 ses=1 msg='cwd=\"/\" cmd=6C73 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'\n";

/// What is written, with a silence between each and the next.
const FEEDS: [&[&str]; 5] = [
    &[CALL, TITLE, COMMAND],
    &[COMMAND, CALL],
    &["no record\n", COMMAND],
    &["", CALL],
    &[CALL, "", COMMAND],
];

fn feed(parts: &[&str], pipe: &mut dyn Write) -> io::Result<()> {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            thread::sleep(SILENCE);
        }
        pipe.write_all(part.as_bytes())?;
        pipe.flush()?;
    }
    Ok(())
}

#[test]
fn a_pipe_that_falls_silent_cuts_an_event_short() {
    let args = |style: &str| style.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let styles = ["--raw", "--format csv", "-l -i -m ALL"];
    // They wait side by side.
    let wrong: Vec<String> = thread::scope(|scope| {
        let references = Reference::all();
        let mut runs = Vec::new();
        for reference in references {
            for parts in FEEDS {
                let args = args(styles[runs.len() % styles.len()]);
                let reference = reference.clone();
                runs.push(scope.spawn(move || {
                    let theirs =
                        reference.theirs_fed("ausearch", &args, move |pipe| feed(parts, pipe));
                    let (read, mut write) = io::pipe().unwrap();
                    // Ours may be over before all is written.
                    let writer = thread::spawn(move || feed(parts, &mut write));
                    let pipe = Some(File::from(OwnedFd::from(read)));
                    let ours = reference.ours_on(Path::new("/"), "ausearch", &args, pipe);
                    drop(writer.join());
                    assert_eq!(theirs.out.is_empty(), parts[0] == "no record\n");
                    difference(&theirs, &ours)
                        .map(|why| format!("{:?} {parts:?} {args:?}\n  {why}", reference.compat))
                }));
            }
        }
        runs.into_iter().filter_map(|run| run.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
