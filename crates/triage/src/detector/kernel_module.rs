//! D20: code in the kernel that does not belong there.

use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::Scene;
use crate::scene::kernel::Module;
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D20",
    title: "a module of the kernel that hides or comes from nowhere, or programs of BPF that watch",
    logic: "A module that only one of /proc/modules, /sys/module and the kernel's symbols shows; a module from \
            outside of the kernel's tree (taint O) without a file for the running kernel; a tainted kernel \
            without the module that tainted it; programs of BPF that trace or probe, held by a program that no \
            package owns.",
    innocent: "Drivers built by dkms (zfs, nvidia, virtualbox, wireguard) are from outside of the tree as well; \
               their files lie below updates/dkms.",
    attack: &["T1547.006", "T1014"],
};

/// Bits of the kernel's taint (Documentation/admin-guide/tainted-kernels.rst): out of tree.
const OUT_OF_TREE: u64 = 1 << 12;
/// Kinds of BPF programs that see what others do (`enum bpf_prog_type` of `linux/bpf.h`): kprobe,
/// tracepoint, perf event, raw tracepoint, writable raw tracepoint, tracing, LSM.
const WATCHING: [u32; 7] = [2, 5, 7, 17, 24, 26, 29];

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let kernel = &scene.kernel;
    let mut found: Vec<Finding> = kernel.modules.iter().filter_map(module).collect();
    let has_outsider = kernel.modules.iter().any(|module| module.taint.contains('O'));
    if kernel.taint & OUT_OF_TREE != 0 && !has_outsider {
        let sentence =
            "a module from outside of the kernel's tree was loaded, and none is to be seen";
        let subject = Subject::Host;
        found.push(
            Finding::new(&ABOUT, Severity::Warning, Certainty::Hint, subject, sentence)
                .seen(format!("/proc/sys/kernel/tainted is {}", kernel.taint))
                .next("sudo dmesg | grep -i 'taint'; cat /proc/modules"),
        );
    }
    for holder in &kernel.bpf {
        let Some(process) = scene.process(holder.pid) else { continue };
        let is_watching = holder.kinds.iter().any(|kind| WATCHING.contains(kind));
        if !is_watching || process.is_owned() || process.is_contained {
            continue;
        }
        let sentence = format!(
            "{} watches the kernel with programs of its own and comes from no package: {}",
            process.label(),
            process.path()
        );
        let (severity, certainty) = if process.is_fleeting() {
            (Severity::Critical, Certainty::Likely)
        } else {
            (Severity::Warning, Certainty::Hint)
        };
        let one = Finding::of_process(&ABOUT, severity, certainty, process, &sentence)
            .seen(format!("kinds of BPF programs it holds: {:?}", holder.kinds));
        found.push(if process.is_fleeting() { one.means_foreign(process) } else { one });
    }
    found
}

fn module(module: &Module) -> Option<Finding> {
    let name = &module.name;
    let subject = Subject::Module(name.clone());
    let has_symbols = module.has_symbols.unwrap_or(module.is_listed);
    if module.is_odd() {
        let sentence = format!("the kernel has a module {name} that hides");
        return Some(
            Finding::new(&ABOUT, Severity::Critical, Certainty::Sure, subject, &sentence)
                .seen(format!(
                    "in /proc/modules: {}; in /sys/module: {}; in /proc/kallsyms: {has_symbols}",
                    module.is_listed, module.is_in_sys
                ))
                .next(format!("sudo grep -w {name} /proc/modules /proc/kallsyms | head"))
                .means(Meaning::IntegrityLost),
        );
    }
    if module.taint.contains('O') && module.file.is_none() {
        let sentence = format!("module {name} is in the kernel, and no file of it is on the disk");
        return Some(
            Finding::new(&ABOUT, Severity::Critical, Certainty::Likely, subject, &sentence)
                .seen(format!("/proc/modules: {name} ({})", module.taint))
                .next(format!("sudo modinfo {name}; sudo dmesg | grep -w {name}"))
                .means(Meaning::IntegrityLost),
        );
    }
    if module.taint.contains('O') {
        let file = module.file.as_deref().unwrap_or_default();
        let is_built = file.contains("/updates/") || module.package.is_some();
        let severity = if is_built { Severity::Info } else { Severity::Warning };
        let sentence = format!("module {name} comes from outside of the kernel's tree: {file}");
        return Some(
            Finding::new(&ABOUT, severity, Certainty::Hint, subject, &sentence)
                .next(format!("modinfo {name}")),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_modules_are_found_and_dkms_is_only_named() {
        let module =
            |name: &str, listed, in_sys, symbols, taint: &str, file: Option<&str>| Module {
                name: name.to_owned(),
                is_listed: listed,
                is_in_sys: in_sys,
                has_symbols: symbols,
                taint: taint.to_owned(),
                file: file.map(str::to_owned),
                package: None,
            };
        let modules = vec![
            module("ext4", true, true, Some(true), "", Some("/lib/modules/6/kernel/fs/ext4.ko")),
            module("tiny", true, true, Some(false), "", Some("/lib/modules/6/kernel/tiny.ko")),
            module("diamorphine", false, false, Some(true), "", None),
            module("half", false, true, None, "", None),
            module(
                "zfs",
                true,
                true,
                Some(true),
                "POE",
                Some("/lib/modules/6/updates/dkms/zfs.ko"),
            ),
            module("loose", true, true, Some(true), "OE", None),
        ];
        let mut scene = Scene::default();
        scene.kernel.modules = modules;
        scene.kernel.taint = OUT_OF_TREE;
        let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
        let found: Vec<_> = detect(&scene).iter().map(told).collect();
        let hidden = ["critical module:diamorphine", "critical module:half"];
        assert_eq!(found, [&hidden[..], &["info module:zfs", "critical module:loose"]].concat());
        scene.kernel.modules.truncate(2);
        assert_eq!(detect(&scene).len(), 1);
    }
}
