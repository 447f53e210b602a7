//! What is gone first: processes, sockets, the kernel, who is logged in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{Bundle, read};

/// What is taken of each process, from `/proc/PID`.
const OF_PROCESS: [&str; 9] =
    ["status", "stat", "cmdline", "cgroup", "loginuid", "sessionid", "limits", "io", "maps"];
/// What is taken of the machine: the network first, for it changes most.
const OF_MACHINE: [&str; 23] = [
    "/proc/net/tcp",
    "/proc/net/tcp6",
    "/proc/net/udp",
    "/proc/net/udp6",
    "/proc/net/raw",
    "/proc/net/raw6",
    "/proc/net/packet",
    "/proc/net/unix",
    "/proc/net/arp",
    "/proc/net/route",
    "/proc/net/ipv6_route",
    "/proc/net/dev",
    "/proc/net/netstat",
    "/proc/modules",
    "/proc/mounts",
    "/proc/self/mountinfo",
    "/proc/swaps",
    "/proc/meminfo",
    "/proc/loadavg",
    "/proc/uptime",
    "/proc/version",
    "/proc/cmdline",
    "/proc/sys/kernel/tainted",
];
/// Folders of small files about who is logged in.
const SESSIONS: [&str; 3] = ["/run/systemd/sessions", "/run/systemd/users", "/run/systemd/seats"];
/// No such file is read further, in bytes.
const MOST: u64 = 4 << 20;
/// Descriptors of a process that are listed.
const DESCRIPTORS: usize = 4096;
/// Deleted files that are recovered, and their largest size in bytes.
const RECOVERED: usize = 100;
const LARGEST: u64 = 128 << 20;

pub(super) fn take(bundle: &mut Bundle, with_secrets: bool) -> io::Result<()> {
    about(bundle)?;
    let mut recovered = Recovered::default();
    for pid in pids() {
        process(bundle, pid, with_secrets)?;
        recovered.take(bundle, pid)?;
    }
    for path in OF_MACHINE {
        if let Ok(bytes) = read(Path::new(path), MOST) {
            bundle.add(&format!("volatile{path}"), path, &bytes)?;
        }
    }
    for folder in SESSIONS {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in listed.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
            let path = entry.path();
            let Ok(bytes) = read(&path, MOST) else { continue };
            let path = path.to_string_lossy();
            bundle.add(&format!("volatile{path}"), &path, &bytes)?;
        }
    }
    if !with_secrets {
        bundle.note("environments of processes: --with-secrets takes them");
    }
    Ok(())
}

/// Who looked, with what, and by which clock.
fn about(bundle: &mut Bundle) -> io::Result<()> {
    let text = |path: &str| {
        String::from_utf8_lossy(&read(Path::new(path), MOST).unwrap_or_default()).trim().to_owned()
    };
    let own = read(Path::new("/proc/self/exe"), super::LARGEST).unwrap_or_default();
    let about = serde_json::json!({
        "made_by": format!("nightkeep {}", env!("CARGO_PKG_VERSION")),
        "program_sha256": crate::model::text::hex(&<sha2::Sha256 as sha2::Digest>::digest(own)),
        "arguments": std::env::args().collect::<Vec<_>>(),
        "process": std::process::id(),
        "user": rustix::process::geteuid().as_raw(),
        "clock": crate::clock::now(),
        "zone": jiff::tz::TimeZone::system().iana_name(),
        "uptime": text("/proc/uptime"),
        "boot": text("/proc/sys/kernel/random/boot_id"),
        "kernel": text("/proc/version"),
    });
    bundle.add("about.json", "nightkeep", &serde_json::to_vec_pretty(&about)?)
}

fn pids() -> Vec<u32> {
    let listed = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<u32> =
        listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// A process in one file: what `/proc` says of it, and where its links lead.
fn process(bundle: &mut Bundle, pid: u32, with_secrets: bool) -> io::Result<()> {
    let folder = format!("/proc/{pid}");
    let mut text = Vec::new();
    let environment = with_secrets.then_some("environ");
    for name in OF_PROCESS.into_iter().chain(environment) {
        let Ok(bytes) = read(Path::new(&format!("{folder}/{name}")), MOST) else { continue };
        text.extend_from_slice(format!("== {name}\n").as_bytes());
        text.extend(bytes.iter().map(|&byte| if byte == 0 { b'\n' } else { byte }));
        text.push(b'\n');
    }
    if text.is_empty() {
        // It ended in the meantime.
        return Ok(());
    }
    let mut links = String::from("== links\n");
    let mut link = |name: &str| {
        if let Ok(target) = fs::read_link(format!("{folder}/{name}")) {
            let _ = writeln!(links, "{name} -> {}", target.to_string_lossy().escape_debug());
        }
    };
    for name in ["exe", "cwd", "root"] {
        link(name);
    }
    for entry in
        fs::read_dir(format!("{folder}/fd")).into_iter().flatten().flatten().take(DESCRIPTORS)
    {
        link(&format!("fd/{}", entry.file_name().to_string_lossy()));
    }
    text.extend_from_slice(links.as_bytes());
    bundle.add(&format!("volatile/processes/{pid}.txt"), &folder, &text)
}

/// Programs and files that have no name any more but are still open.
#[derive(Default)]
struct Recovered {
    seen: BTreeSet<(u64, u64)>,
}

impl Recovered {
    fn take(&mut self, bundle: &mut Bundle, pid: u32) -> io::Result<()> {
        let folder = format!("/proc/{pid}");
        let mut links = vec![String::from("exe")];
        let open = fs::read_dir(format!("{folder}/fd")).into_iter().flatten().flatten();
        links.extend(
            open.take(DESCRIPTORS)
                .map(|entry| format!("fd/{}", entry.file_name().to_string_lossy())),
        );
        for link in links {
            let path = format!("{folder}/{link}");
            let Ok(target) = fs::read_link(&path) else { continue };
            let target = target.to_string_lossy().into_owned();
            let is_lost = target.ends_with(" (deleted)") || target.starts_with("/memfd:");
            // Through the link, to what has no name: what it is must be known before it is opened.
            let Some(found) = fs::metadata(&path).ok().filter(|found| is_lost && found.is_file())
            else {
                continue;
            };
            if found.len() == 0 || !self.seen.insert((found.dev(), found.ino())) {
                continue;
            }
            if self.seen.len() > RECOVERED || found.len() > LARGEST {
                bundle.note(&format!(
                    "{path}, {target}: not recovered, it is too large or one too many"
                ));
                continue;
            }
            let Ok(file) = fs::File::open(&path) else { continue };
            let name = link.replace('/', "-");
            bundle.add_file(
                &format!("recovered/{pid}-{name}"),
                &format!("{path}, {target}"),
                file,
            )?;
        }
        Ok(())
    }
}
