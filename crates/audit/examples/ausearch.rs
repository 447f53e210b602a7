//! ausearch: `AUDIT_COMPAT=3 ausearch …` is that of 3.0.9, else that of 4.0.2.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _, stderr, stdin, stdout};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::ExitCode;

use nightkeep_audit::ausearch::{Ground, run};
use nightkeep_audit::time::Now;
use nightkeep_audit::{Compat, Names};

fn main() -> std::io::Result<ExitCode> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let is_3 = std::env::var("AUDIT_COMPAT").is_ok_and(|version| version == "3");
    #[allow(clippy::disallowed_methods)]
    let now = jiff::Timestamp::now().as_second().unsigned_abs();
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let uptime = uptime.split(' ').next().and_then(|uptime| uptime.parse::<f64>().ok());
    let ground = Ground {
        now: Now {
            sec: now,
            zone: jiff::tz::TimeZone::system(),
            boot: uptime.map(|uptime| now.saturating_sub(uptime.round() as u64)),
        },
        root: "/".into(),
        users: Names::users(Path::new("/")),
        groups: Names::groups(Path::new("/")),
        compat: if is_3 { Compat::V3 } else { Compat::V4 },
    };
    let stdin = File::from(stdin().as_fd().try_clone_to_owned()?);
    let is_pipe = stdin.metadata().is_ok_and(|found| found.file_type().is_fifo());
    let pipe = is_pipe.then_some(stdin);
    let mut out = BufWriter::new(stdout().lock());
    let code = run(&args, &ground, pipe, &mut out, &mut stderr().lock())?;
    out.flush()?;
    Ok(ExitCode::from(code))
}
