//! What the kernel says of itself.

use std::collections::BTreeSet;

use crate::baseline::{Facts, Topic};

use super::Scene;

/// The kernel's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kernel {
    /// Modules that are loaded, in any view.
    pub modules: Vec<Module>,
    /// Why it does not trust itself: bits of `/proc/sys/kernel/tainted`.
    pub taint: u64,
    /// Where it hands memory dumps to: a pattern, or a program after `|`.
    pub core_pattern: String,
    /// The helper it starts for new devices; none any more on systems with udev.
    pub uevent_helper: String,
    /// Programs it starts for kinds of files (`binfmt_misc`): name and interpreter.
    pub interpreters: Vec<(String, String)>,
    /// Ports it chooses for those who ask for none.
    pub chosen_ports: (u16, u16),
    /// Programs of BPF that are pinned: paths in `/sys/fs/bpf`.
    pub pinned: Vec<String>,
    /// Processes with programs of BPF, and of what kinds.
    pub bpf: Vec<BpfHolder>,
    /// Interfaces that take every frame (`IFF_PROMISC`), with the bridge they belong to.
    pub promiscuous: Vec<Interface>,
}

/// A module of the kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Is it in `/proc/modules`?
    pub is_listed: bool,
    /// Is it in `/sys/module`, as a loaded one?
    pub is_in_sys: bool,
    /// Has the kernel symbols of it (`/proc/kallsyms`)? None if they may not be read.
    pub has_symbols: Option<bool>,
    /// Its own taint: `O` out of tree, `E` unsigned, `P` proprietary, `F` forced.
    pub taint: String,
    /// The file it was loaded from, where there is one for the running kernel.
    pub file: Option<String>,
    /// The package that owns that file.
    pub package: Option<String>,
}

impl Module {
    /// Does one view of the kernel show it and another not? It may have no symbols of its own; the other
    /// way round there is no honest way.
    pub fn is_odd(&self) -> bool {
        let is_in_all = self.is_listed && self.is_in_sys;
        !is_in_all && (self.is_listed || self.is_in_sys || self.has_symbols == Some(true))
    }
}

/// A process with programs of BPF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BpfHolder {
    /// The process.
    pub pid: u32,
    /// Numbers of kinds, of `enum bpf_prog_type` in `linux/bpf.h`.
    pub kinds: BTreeSet<u32>,
}

/// An interface of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// It belongs to a bridge, which switches it so.
    pub is_bridged: bool,
}

/// Modules by name: file and package.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for module in &scene.kernel.modules {
        facts.add(Topic::Module, &module.name, module.package.as_deref().unwrap_or_default());
    }
}
