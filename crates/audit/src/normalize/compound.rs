//! Events of a system call: several records, of which one tells of the call itself.

use std::borrow::Cow;

use super::words::{self, Call};
use super::{Normalized, What};
use crate::kind::Kind;

/// A record that says more of what a call did than the call itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    PolicyError,
    Firewall,
    Promiscuous,
    Module,
    PolicyLoad,
    Enforcement,
    Boolean,
    Time,
    Bpf,
    Listener,
}

impl Purpose {
    fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::SELINUX_ERR => Self::PolicyError,
            Kind::NETFILTER_CFG => Self::Firewall,
            Kind::ANOM_PROMISCUOUS => Self::Promiscuous,
            Kind::KERN_MODULE => Self::Module,
            Kind::MAC_POLICY_LOAD => Self::PolicyLoad,
            Kind::MAC_STATUS => Self::Enforcement,
            Kind::MAC_CONFIG_CHANGE => Self::Boolean,
            Kind::TIME_INJOFFSET | Kind::TIME_ADJNTPVAL => Self::Time,
            Kind::BPF => Self::Bpf,
            Kind::EVENT_LISTENER => Self::Listener,
            _ => return None,
        })
    }
}

impl Normalized<'_, '_, '_> {
    /// Takes an event of a system call apart. False if there is no call in it.
    pub(super) fn compound(&mut self) -> bool {
        let kind = self.cursor.kind();
        while self.cursor.kind() != Kind::SYSCALL {
            // A record of an unknown kind is the end as well.
            if !self.cursor.next_record() || self.cursor.kind() == Kind(0) {
                return false;
            }
        }
        self.area = Some(words::area(kind, self.by.compat));
        let record = self.cursor.number();
        let call = self.find_said(b"syscall");
        self.outcome(record);
        if !self.find_subject(record, b"auid") {
            self.cursor.go(record);
        }
        if !self.find_acting_as(record, b"uid") {
            self.cursor.go(record);
        }
        self.caller();
        self.cursor.first_field();
        if self.cursor.find(b"exe") {
            self.set_how();
        } else {
            self.cursor.go(record);
        }
        if let Some(place) = self.find_in(record, b"key")
            && self.cursor.value() != Some(b"(null)")
        {
            self.key = Some(place);
        }
        match kind {
            Kind::ANOM_LINK => self.act_by_kind(kind),
            Kind::CONFIG_CHANGE => {
                self.cursor.first_record();
                if let Some(said) = self.find_said(b"op") {
                    self.action = Some(Cow::Owned(said));
                    self.object = self.simple_object(kind);
                }
            }
            kind => {
                self.call(&call.unwrap_or_default());
                if kind == Kind::MAC_POLICY_LOAD && self.by.compat >= crate::Compat::V4 {
                    self.program_object();
                }
            }
        }
        true
    }

    /// How the call went.
    fn outcome(&mut self, record: usize) {
        match self.find_in(record, b"success") {
            Some(place) => {
                self.went_well = Some(self.cursor.value() != Some(b"no"));
                self.result = Some(place);
            }
            None => {
                self.cursor.go(record);
            }
        }
    }

    /// More of who called.
    fn caller(&mut self) {
        self.cursor.first_record();
        while self.cursor.kind() != Kind::SYSCALL {
            if !self.cursor.next_record() {
                return;
            }
        }
        let record = self.cursor.number();
        if !self.by.is_labels {
            self.find_session(record);
            return;
        }
        // As they stand in the record.
        for name in ["ppid", "pid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid", "tty"]
        {
            self.subject_attribute(record, name.as_bytes());
        }
        self.find_session(record);
        self.subject_attribute(record, b"subj");
    }

    /// What a call did to what.
    fn call(&mut self, name: &[u8]) {
        let (mut purpose, mut decided) = (None, None);
        self.cursor.first_record();
        loop {
            match self.cursor.kind() {
                // What it was about is taken from the call all the same.
                Kind::AVC => decided = Some("accessed-mac-policy-controlled-object"),
                Kind::FANOTIFY => decided = Some("accessed-policy-controlled-file"),
                kind => purpose = Purpose::of(kind),
            }
            if purpose.is_some() || decided.is_some() || !self.cursor.next_record() {
                break;
            }
        }
        match (purpose, Call::of(name, self.by.compat)) {
            (Some(purpose), _) => self.purpose(purpose),
            (None, Some(call)) => self.known_call(call, name),
            (None, None) => self.rule(),
        }
        if let Some(decided) = decided {
            self.act(decided);
        }
    }

    fn purpose(&mut self, purpose: Purpose) {
        let kind = self.cursor.kind();
        match purpose {
            Purpose::PolicyError => {
                self.act("caused-mac-policy-error");
                self.object_kind = What::System;
            }
            Purpose::Firewall => {
                self.act("loaded-firewall-rule-to");
                self.object = self.find_first(b"table").or(self.object);
                self.object_kind = What::Firewall;
            }
            Purpose::Promiscuous => {
                self.object = self.find_first(b"dev").or(self.object);
                if self.cursor.find(b"prom") {
                    self.act(if self.int() == Some(0) {
                        "left-promiscuous-mode-on-device"
                    } else {
                        "entered-promiscuous-mode-on-device"
                    });
                }
                self.object_kind = What::Socket;
            }
            Purpose::Module => self.load_module(),
            Purpose::PolicyLoad => {
                self.act_by_kind(kind);
                self.object_kind = What::SecurityPolicy;
            }
            Purpose::Enforcement | Purpose::Boolean => {
                let is_boolean = purpose == Purpose::Boolean;
                let name: &[u8] = if is_boolean { b"bool" } else { b"enforcing" };
                self.act_by_kind(kind);
                self.object = self.find(name).or(self.object);
                self.object_kind = What::SecurityPolicy;
            }
            Purpose::Time => {
                self.act("changed-system-time");
                self.object_kind = What::System;
            }
            Purpose::Bpf => self.bpf(),
            Purpose::Listener => {
                self.listener();
                self.object_kind = What::Socket;
                self.program_object();
            }
        }
    }

    /// A call that only a rule knows of.
    fn rule(&mut self) {
        self.object_kind = What::AuditRule;
        match self.find_first(b"key") {
            Some(place) if self.cursor.value() != Some(b"(null)") => {
                self.act("triggered-audit-rule");
                self.object = Some(place);
            }
            _ => self.act("triggered-unknown-audit-rule"),
        }
    }

    /// What a program for the kernel was loaded or taken out.
    pub(super) fn bpf(&mut self) {
        self.cursor.first_record();
        let is_known = self.cursor.find(b"op");
        self.act(match self.cursor.value() {
            _ if !is_known => "bpf-program",
            Some(b"LOAD") => "loaded-bpf-program",
            _ => "unloaded-bpf-program",
        });
        self.object_kind = What::Process;
        self.program_object();
    }

    /// Who listens to the audit trail.
    pub(super) fn listener(&mut self) {
        self.cursor.first_record();
        let is_known = self.cursor.find(b"op");
        self.act(match self.cursor.value() {
            _ if !is_known => "connected",
            Some(b"connect") => "connected-to",
            _ => "disconnected-from",
        });
    }

    /// The program, or what the first record is about.
    pub(super) fn program_object(&mut self) {
        self.cursor.first_record();
        let name: &[u8] = match self.cursor.kind() {
            Kind::BPF => b"prog-id",
            Kind::EVENT_LISTENER => b"nl-mcgrp",
            Kind::MAC_POLICY_LOAD if self.by.compat >= crate::Compat::V4 => b"lsm",
            _ => {
                if self.cursor.find(b"exe") {
                    if self.is_script() {
                        self.go_to_script_name();
                        self.cursor.find(b"comm");
                    }
                    self.object = Some(self.place_in(self.cursor.number()));
                }
                return;
            }
        };
        self.object = self.find(name).or(self.object);
    }
}
