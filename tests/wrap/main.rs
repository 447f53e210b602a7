//! The built binary around real jobs: the job is as it would be without it, and a watch hears of it,
//! also one that was away.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod place;
mod real;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use self::place::{Mood, Place, Taken};

const BINARY: &str = env!("CARGO_BIN_EXE_nightkeep");

/// A machine with a spool, and a watch or none.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn watch(&self, mood: Mood) -> Place {
        Place::open(&self.path("ping.sock"), mood)
    }

    fn set(&self, command: &mut Command) {
        command
            .env("NIGHTKEEP_SPOOL", self.path("spool"))
            .env("NIGHTKEEP_PING_URL", format!("unix:{}", self.path("ping.sock").display()));
    }

    /// `nightkeep cron wrap job OPTIONS -- COMMAND`
    fn wrap(&self, options: &[&str], job: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(["cron", "wrap", "job"]).args(options).arg("--").args(job);
        self.set(&mut command);
        command
    }

    fn sh(&self, options: &[&str], script: &str) -> Output {
        self.wrap(options, &["/bin/sh", "-c", script]).output().unwrap()
    }

    /// Files that wait.
    fn waiting(&self) -> usize {
        let Ok(entries) = fs::read_dir(self.path("spool/job")) else { return 0 };
        entries
            .filter(|one| !one.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
            .count()
    }
}

impl Drop for Machine {
    /// Ends the process that goes on, if there is one: it has our directory in its environment.
    fn drop(&mut self) {
        for id in self.deliverers() {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        }
    }
}

impl Machine {
    fn deliverers(&self) -> Vec<u32> {
        let ours = format!("NIGHTKEEP_SPOOL={}", self.path("spool").display());
        let is_ours = |id: &u32| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            line.ends_with(b"cron\0deliver\0")
                && environment.split(|byte| *byte == 0).any(|one| one == ours.as_bytes())
        };
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.filter(is_ours).collect()
    }
}

fn paths(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|one| one.path.as_str()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn start_and_end_are_told_with_the_run_and_its_output() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let output = machine.sh(&[], "echo $NIGHTKEEP_RID; echo careful >&2; exit 3");
    assert_eq!(output.status.code(), Some(3));
    let taken = watch.wait(2);
    assert_eq!(paths(&taken), ["/ping/-/job/start", "/ping/-/job/3"]);
    assert_eq!(taken[0].rid, taken[1].rid);
    assert_eq!((&taken[0].at, &taken[1].at), (&None, &None));
    assert_eq!(text(&output.stdout).trim(), taken[1].rid);
    assert_eq!(text(&output.stderr), "careful\n");
    let mut told: Vec<String> = text(&taken[1].body).lines().map(str::to_owned).collect();
    told.sort_by_key(String::len);
    assert_eq!(told, ["careful", &taken[1].rid]);
    assert_eq!(machine.waiting(), 0);
}

#[test]
fn the_exit_code_is_the_jobs() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let no_program = machine.path("no-program");
    fs::write(&no_program, "echo never").unwrap();
    let mut expected = Vec::new();
    for (job, code) in [
        (vec!["true"], 0),
        (vec!["sh", "-c", "exit 255"], 255),
        (vec!["sh", "-c", "kill -TERM $$"], 143),
        (vec!["sh", "-c", "kill -KILL $$"], 137),
        (vec!["there-is-no-such-program"], 127),
        (vec![no_program.to_str().unwrap()], 126),
    ] {
        let output = machine.wrap(&[], &job).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{job:?}");
        expected.extend([String::from("/ping/-/job/start"), format!("/ping/-/job/{code}")]);
    }
    let taken = watch.wait(expected.len());
    assert_eq!(paths(&taken), expected);
    assert_eq!(
        text(&taken[9].body),
        "nightkeep: there-is-no-such-program cannot be run: No such file or directory (os error 2)\n"
    );
}

#[test]
fn output_passes_byte_by_byte_and_its_end_is_told() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let file = machine.path("bytes");
    let bytes: Vec<u8> =
        (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(&file, &bytes).unwrap();
    let script = format!("cat {}; cat {0} >&2", file.display());
    let output = machine.sh(&[], &script);
    assert!(output.stdout == bytes && output.stderr == bytes);
    let taken = watch.wait(2);
    assert!(taken[1].body == bytes[bytes.len() - 10_000..]);
}

#[test]
fn what_goes_to_one_place_keeps_its_order() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let script = "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done";
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = machine.wrap(&[], &["sh", "-c", script]);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    let lines: Vec<String> = (0..300).map(|i| format!("out {i}\nerr {i}\n")).collect();
    let expected = lines.concat();
    assert_eq!(said, expected);
    assert_eq!(text(&watch.wait(2)[1].body), expected);
}

#[test]
fn standard_input_is_the_jobs() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let mut command = machine.wrap(&[], &["cat"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"first\nsecond\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout), "first\nsecond\n");
    watch.wait(2);
}

#[test]
fn signals_reach_the_job_and_all_it_started() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    for (signal, code) in [("TERM", 3), ("INT", 4), ("HUP", 5), ("USR1", 6)] {
        // A shell lets what it starts with `&` ignore INT.
        let other = if signal == "INT" { "" } else { "sleep 60 & sleep 0.3;" };
        let script = format!(
            "trap 'echo TERM; exit 3' TERM; trap 'echo INT; exit 4' INT; \
             trap 'echo HUP; exit 5' HUP; trap 'echo USR1; exit 6' USR1; \
             {other} echo ready; while :; do sleep 0.1; done"
        );
        // Whoever runs the tests in the background ignores INT, and so would all they start.
        let mut command = Command::new("env");
        command.args([
            "--default-signal",
            BINARY,
            "cron",
            "wrap",
            "job",
            "--",
            "sh",
            "-c",
            &script,
        ]);
        machine.set(&mut command);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut ready = [0; 6];
        stdout.read_exact(&mut ready).unwrap();
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let begun = Instant::now();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(begun.elapsed() < Duration::from_secs(30));
        let mut said = String::new();
        // Ends only when the sleeping child is gone too.
        stdout.read_to_string(&mut said).unwrap();
        assert_eq!(said.trim(), signal);
    }
    watch.wait(8);
}

#[test]
fn what_is_ignored_stays_ignored() {
    let machine = Machine::new();
    let script = format!(
        "trap '' HUP; exec {BINARY} cron wrap job -- sh -c 'kill -HUP $$; kill -HUP $PPID; sleep 0.3; echo alive'"
    );
    let mut command = Command::new("sh");
    machine.set(command.args(["-c", &script]));
    let output = command.output().unwrap();
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("alive\n", Some(0)));
}

#[test]
fn a_watch_that_is_away_costs_the_job_nothing_and_hears_of_it_later_in_order() {
    let machine = Machine::new();
    let begun = Instant::now();
    for nth in 0..3 {
        let output = machine.sh(&[], &format!("echo {nth}; exit {nth}"));
        assert_eq!(
            (text(&output.stdout), text(&output.stderr)),
            (format!("{nth}\n"), String::new())
        );
        assert_eq!(output.status.code(), Some(nth));
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(machine.waiting(), 6);
    // Another may just find that there is one already.
    let begun = Instant::now();
    while machine.deliverers().len() != 1 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(3));
    let watch = machine.watch(Mood::Well);
    let taken = watch.wait(6);
    let expected =
        ["start", "0", "start", "1", "start", "2"].map(|end| format!("/ping/-/job/{end}"));
    assert_eq!(paths(&taken), expected);
    let times: Vec<_> = taken.iter().map(|one| one.at.clone().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(text(&taken[5].body), "2\n");
    // Nothing is left, also no process.
    let begun = Instant::now();
    while !machine.deliverers().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(machine.waiting(), 0);
}

#[test]
fn whatever_is_killed_the_next_run_tells_of_the_ones_before() {
    let machine = Machine::new();
    machine.sh(&[], "echo one");
    for id in machine.deliverers() {
        Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
    }
    // One that is killed itself never has an end; its start is not lost.
    let mut child = machine.wrap(&[], &["sleep", "1"]).spawn().unwrap();
    while machine.waiting() < 3 {
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let watch = machine.watch(Mood::Well);
    machine.sh(&[], "echo three");
    let taken = watch.wait(5);
    let expected = ["start", "0", "start", "start", "0"].map(|end| format!("/ping/-/job/{end}"));
    assert_eq!(paths(&taken), expected);
    assert_eq!(text(&taken[1].body), "one\n");
    assert_eq!(text(&taken[4].body), "three\n");
    assert_eq!(machine.waiting(), 0);
}

#[test]
fn a_watch_that_does_not_answer_is_not_waited_for() {
    for mood in [Mood::Silent, Mood::Busy] {
        let machine = Machine::new();
        let _watch = machine.watch(mood);
        let begun = Instant::now();
        let output = machine.sh(&[], "echo done");
        assert_eq!(text(&output.stdout), "done\n");
        assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
        assert_eq!(machine.waiting(), 2);
    }
}

#[test]
fn a_start_is_told_while_the_job_runs() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Busy);
    let mut child = machine.wrap(&[], &["sleep", "8"]).spawn().unwrap();
    thread::sleep(Duration::from_millis(1500));
    watch.set(Mood::Well);
    assert_eq!(paths(&watch.wait(1)), ["/ping/-/job/start"]);
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_heartbeat_nobody_knows_is_said_and_the_job_runs() {
    let machine = Machine::new();
    let _watch = machine.watch(Mood::Ignorant);
    let output = machine.sh(&[], "echo done");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("done\n", Some(0)));
    assert!(text(&output.stderr).contains("knows no heartbeat job"), "{}", text(&output.stderr));
    assert_eq!(machine.waiting(), 0);
    let mut command = machine.wrap(&["--url", "ftp://host/SECRET"], &["echo", "done"]);
    let output = command.output().unwrap();
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("done\n", Some(0)));
    assert!(!text(&output.stderr).contains("SECRET"));
}

#[test]
fn a_gigabyte_passes_and_none_of_it_stays() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let script = "head -c 1073741824 /dev/zero; grep VmHWM /proc/$PPID/status >&2";
    let mut command = machine.wrap(&[], &["sh", "-c", script]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut part, mut count) = (child.stdout.take().unwrap(), vec![0; 1 << 20], 0);
    while let Ok(read @ 1..) = stdout.read(&mut part) {
        count += read;
    }
    assert_eq!(count, 1 << 30);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = text(&output.stderr);
    let peak: u64 = said.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 40_000, "{said}");
    assert!(watch.wait(2)[1].body.len() == 10_000);
}

#[test]
fn a_job_may_close_its_output() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let output = machine.sh(&[], "echo said; exec >&- 2>&-; sleep 0.5; exit 4");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("said\n", Some(4)));
    assert_eq!(watch.wait(2)[1].path, "/ping/-/job/4");
}

#[test]
fn what_outlives_the_job_holds_nobody_up_and_is_still_heard() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let script = "(sleep 2; echo later; sleep 0.2; echo end >&2) & echo now";
    let mut command = machine.wrap(&[], &["sh", "-c", script]);
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(begun.elapsed() < Duration::from_millis(1900), "{:?}", begun.elapsed());
    assert_eq!(text(&watch.wait(2)[1].body), "now\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout), "now\nlater\n");
    assert_eq!(text(&output.stderr), "end\n");
}

#[test]
fn a_reader_that_goes_away_ends_the_job_as_it_would() {
    let machine = Machine::new();
    let script = format!("{BINARY} cron wrap job -- yes | head -1");
    let mut command = Command::new("sh");
    machine.set(command.args(["-c", &script]));
    let output = command.output().unwrap();
    assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("y\n", ""));
}

#[test]
fn two_hundred_at_once_are_all_told() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let children: Vec<_> = (0..200)
        .map(|nth| {
            let mut command = Command::new(BINARY);
            let slug = format!("job-{}", nth % 50);
            command.args(["cron", "wrap", &slug, "--", "sh", "-c", &format!("exit {nth}")]);
            machine.set(&mut command);
            command.spawn().unwrap()
        })
        .collect();
    for (nth, mut child) in children.into_iter().enumerate() {
        assert_eq!(child.wait().unwrap().code(), i32::try_from(nth).ok());
    }
    let taken = watch.wait(400);
    for nth in 0..200 {
        let path = format!("/ping/-/job-{}/{nth}", nth % 50);
        let end = taken.iter().position(|one| one.path == path).unwrap();
        let begin = taken.iter().position(|one| one.rid == taken[end].rid).unwrap();
        assert!(begin < end && taken[begin].path.ends_with("/start"));
    }
}

#[test]
fn quiet_shows_only_what_failed() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let output = machine.sh(&["--quiet"], "echo out; echo err >&2");
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
    let output = machine.sh(&["--quiet"], "echo out; echo err >&2; exit 1");
    assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("out\n", "err\n"));
    let taken = watch.wait(4);
    assert!(text(&taken[1].body).contains("out\n") && text(&taken[3].body).contains("err\n"));
}

#[test]
fn no_output_leaves_it_alone() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let output = machine.sh(&["--no-output"], "echo out; readlink /proc/self/fd/2; exit 1");
    assert!(text(&output.stdout).starts_with("out\npipe:"));
    assert_eq!(watch.wait(2)[1].body, b"");
}

#[test]
fn a_job_whose_time_is_up_is_ended_with_all_it_started() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let output = machine.sh(&["--timeout", "1s"], "echo begun; sleep 61 & sleep 61; echo never");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("begun\n", Some(124)));
    assert_eq!(text(&output.stderr), "nightkeep: job took longer than 1 s and was ended\n");
    let taken = watch.wait(2);
    assert_eq!(taken[1].path, "/ping/-/job/124");
    assert_eq!(text(&taken[1].body), "begun\nnightkeep: job took longer than 1 s and was ended\n");
}

#[test]
fn a_lock_keeps_a_second_run_from_starting() {
    let machine = Machine::new();
    let watch = machine.watch(Mood::Well);
    let mut first = machine.wrap(&["--lock"], &["sleep", "30"]).spawn().unwrap();
    watch.wait(1);
    let output = machine.sh(&["--lock"], "echo never");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("", Some(75)));
    assert_eq!(
        text(&output.stderr),
        "nightkeep: job is not started: the run before still goes on\n"
    );
    assert_eq!(watch.wait(2)[1].path, "/ping/-/job/log");
    first.kill().unwrap();
    assert_eq!(first.wait().unwrap().signal(), Some(9));
    assert_eq!(text(&machine.sh(&["--lock"], "echo again").stdout), "again\n");
}

#[test]
fn a_full_disk_keeps_no_job_from_running() {
    let machine = Machine::new();
    // A file where the directory would be.
    fs::write(machine.path("spool"), "").unwrap();
    let watch = machine.watch(Mood::Well);
    let output = machine.sh(&[], "echo done");
    assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("done\n", ""));
    watch.wait(2);
    fs::remove_file(&watch.socket).unwrap();
    let output = machine.sh(&[], "echo done");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("done\n", Some(0)));
    assert!(text(&output.stderr).contains("what to tell it is lost"), "{}", text(&output.stderr));
}
