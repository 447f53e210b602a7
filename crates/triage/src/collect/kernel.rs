//! What the kernel says of itself, below `/proc` and `/sys`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::scene::kernel::{BpfHolder, Interface, Kernel, Module};
use crate::scene::{Packages, Process, Unseen};

/// `IFF_PROMISC` of `linux/if.h`.
const PROMISCUOUS: u32 = 0x100;
/// Files of one folder that are looked at.
const MOST: usize = 10_000;
/// Between looks at modules.
const PAUSE: Duration = Duration::from_millis(50);

/// The kernel's state, and what could not be seen of it.
pub fn kernel(processes: &[Process], packages: &Packages) -> (Kernel, Vec<Unseen>) {
    let mut unseen = Vec::new();
    let mut found = modules(packages, &mut unseen);
    // One that is just loaded or removed is in some views only: it counts if it stays so.
    for _ in 0..2 {
        if !found.iter().any(Module::is_odd) {
            break;
        }
        sleep(PAUSE);
        found = modules(packages, &mut Vec::new());
    }
    let kernel = Kernel {
        modules: found,
        taint: text("/proc/sys/kernel/tainted").parse().unwrap_or(0),
        core_pattern: text("/proc/sys/kernel/core_pattern"),
        uevent_helper: text("/sys/kernel/uevent_helper"),
        interpreters: interpreters(),
        chosen_ports: chosen_ports(&text("/proc/sys/net/ipv4/ip_local_port_range")),
        pinned: pinned(Path::new("/sys/fs/bpf"), 0),
        bpf: bpf(processes),
        promiscuous: promiscuous(),
    };
    (kernel, unseen)
}

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every module that any view shows.
fn modules(packages: &Packages, unseen: &mut Vec<Unseen>) -> Vec<Module> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for line in text("/proc/modules").lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let taint = line.rsplit_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
        let module = Module { is_listed: true, taint: taint.to_owned(), ..Module::default() };
        modules.insert(name.to_owned(), module);
    }
    for name in names("/sys/module") {
        let state = text(&format!("/sys/module/{name}/initstate"));
        // What is built in has none; one that is just coming or going is in neither view for long.
        if state == "live" {
            modules.entry(name).or_default().is_in_sys = true;
        }
    }
    let symbols = symbols(&fs::read_to_string("/proc/kallsyms").unwrap_or_default());
    match &symbols {
        Some(symbols) => {
            for name in symbols {
                modules.entry(name.clone()).or_default();
            }
        }
        None => unseen.push(Unseen {
            what: String::from("the kernel's symbols of modules"),
            why: String::from("/proc/kallsyms is not to be read"),
            mend: String::from("sudo nightkeep triage"),
            detectors: vec!["D20"],
        }),
    }
    let release = text("/proc/sys/kernel/osrelease");
    let mut files = BTreeMap::new();
    if !modules.is_empty() {
        for root in ["/usr/lib/modules", "/lib/modules"] {
            module_files(&Path::new(root).join(&release), 0, &mut files);
            if !files.is_empty() {
                break;
            }
        }
    }
    for (name, module) in &mut modules {
        module.name.clone_from(name);
        module.has_symbols = symbols.as_ref().map(|symbols| symbols.contains(name));
        module.file = files.get(name).cloned();
        module.package =
            module.file.as_deref().and_then(|file| packages.owner(file)).map(str::to_owned);
    }
    modules.into_values().collect()
}

/// Modules that have symbols; none if the kernel shows no symbols. Those of BPF programs and of
/// trampolines are in brackets as well, but are none.
fn symbols(text: &str) -> Option<BTreeSet<String>> {
    if text.is_empty() {
        return None;
    }
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let Some((_, rest)) = line.rsplit_once('[') else { continue };
        let name = rest.trim_end_matches(']');
        if !matches!(name, "bpf") && !name.starts_with("__builtin") {
            names.insert(name.to_owned());
        }
    }
    Some(names)
}

/// The files modules are loaded from, by name: `a-b.ko.xz` is module `a_b`.
fn module_files(folder: &Path, depth: usize, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(MOST) {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth < 12 {
            module_files(&entry.path(), depth + 1, files);
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some((stem, _)) = name.split_once(".ko") {
            files.insert(stem.replace('-', "_"), entry.path().to_string_lossy().into_owned());
        }
    }
}

fn chosen_ports(text: &str) -> (u16, u16) {
    let mut numbers = text.split_ascii_whitespace().map_while(|number| number.parse().ok());
    // The kernel's own default.
    (numbers.next().unwrap_or(32_768), numbers.next().unwrap_or(60_999))
}

fn interpreters() -> Vec<(String, String)> {
    let folder = "/proc/sys/fs/binfmt_misc";
    let is_entry = |name: &String| !matches!(name.as_str(), "register" | "status");
    let entry = |name: String| {
        let text = text(&format!("{folder}/{name}"));
        let program = text.lines().find_map(|line| line.strip_prefix("interpreter "))?.to_owned();
        Some((name, program))
    };
    names(folder).into_iter().filter(is_entry).filter_map(entry).collect()
}

fn pinned(folder: &Path, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(MOST) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < 8 => {
                found.extend(pinned(&entry.path(), depth + 1));
            }
            Ok(kind) if kind.is_file() => found.push(entry.path().to_string_lossy().into_owned()),
            _ => {}
        }
    }
    found.sort();
    found
}

/// Who holds programs of BPF: `/proc/PID/fdinfo` of such a descriptor says `prog_type:`.
fn bpf(processes: &[Process]) -> Vec<BpfHolder> {
    let mut holders = Vec::new();
    for process in processes.iter().filter(|process| !process.is_kernel_thread()) {
        let mut kinds = BTreeSet::new();
        for entry in fs::read_dir(format!("/proc/{}/fd", process.pid))
            .into_iter()
            .flatten()
            .flatten()
            .take(1024)
        {
            let is_bpf = fs::read_link(entry.path())
                .is_ok_and(|target| target.to_string_lossy().contains("bpf"));
            if !is_bpf {
                continue;
            }
            let number = entry.file_name().to_string_lossy().into_owned();
            let info = text(&format!("/proc/{}/fdinfo/{number}", process.pid));
            let kind = info.lines().find_map(|line| line.strip_prefix("prog_type:"));
            kinds.extend(kind.and_then(|kind| kind.trim().parse::<u32>().ok()));
        }
        if !kinds.is_empty() {
            holders.push(BpfHolder { pid: process.pid, kinds });
        }
    }
    holders
}

fn promiscuous() -> Vec<Interface> {
    let mut found = Vec::new();
    for name in names("/sys/class/net") {
        let folder = format!("/sys/class/net/{name}");
        let flags = text(&format!("{folder}/flags"));
        let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap_or(0);
        if flags & PROMISCUOUS != 0 {
            let is_bridged = ["brport", "bridge", "master"]
                .iter()
                .any(|kind| Path::new(&folder).join(kind).symlink_metadata().is_ok());
            found.push(Interface { name, is_bridged });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_symbols_and_bpf_has_none_of_its_own() {
        let text = "ffffffffc0000000 t a_b\t[nf_tables]\nffffffff81000000 T _stext\n\
                    ffffffffc0200000 t bpf_prog_6deef7357e7b4530\t[bpf]\n";
        assert_eq!(symbols(text), Some(BTreeSet::from([String::from("nf_tables")])));
        assert_eq!(symbols(""), None);
        assert_eq!(chosen_ports("1024\t65000"), (1024, 65000));
    }
}
