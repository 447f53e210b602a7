//! Events of one record.

use std::borrow::Cow;

use super::{Normalized, Place, What, words};
use crate::assemble::Compat;
use crate::kind::Kind;

impl Normalized<'_, '_, '_> {
    /// Takes an event of one record apart.
    pub(super) fn simple(&mut self) -> bool {
        let kind = self.cursor.kind();
        if kind == Kind::SYSCALL {
            return self.compound();
        }
        self.area = Some(words::area(kind, self.by.compat));
        match kind {
            Kind::CONFIG_CHANGE
            | Kind::FEATURE_CHANGE
            | Kind::SECCOMP
            | Kind::ANOM_ABEND
            | Kind::ANOM_PROMISCUOUS => self.kernel(kind),
            Kind::LOGIN => self.login(),
            Kind::NETFILTER_CFG => self.firewall(),
            Kind::AVC => self.decision(),
            Kind(1200..1299) => self.daemon(kind),
            Kind::BPF => {
                self.subject_kind = Some("system");
                self.bpf();
            }
            Kind::EVENT_LISTENER => self.listening(),
            Kind(1406..=1499) => self.network_label(kind),
            _ => self.program(kind),
        }
        true
    }

    /// Of the kernel: who is the login user.
    fn kernel(&mut self, kind: Kind) {
        self.find_subject(0, b"auid");
        self.find_session(0);
        self.record_attributes();
        if kind == Kind::CONFIG_CHANGE {
            self.config_change();
        } else {
            self.act_by_kind(kind);
            self.cursor.first_record();
        }
        if matches!(kind, Kind::FEATURE_CHANGE | Kind::SECCOMP | Kind::ANOM_ABEND) {
            self.cursor.first_field();
            if !self.find_acting_as(0, b"uid") {
                self.cursor.first_record();
            }
        }
        match kind {
            Kind::FEATURE_CHANGE => {
                self.how = self.find_said(b"exe");
                self.find_object(0, b"feature");
                self.object_kind = What::System;
            }
            Kind::SECCOMP => {
                self.how = self.find_said(b"exe");
                self.object_or_first(b"syscall");
                self.object_kind = What::Process;
                self.result = self.find_in(0, b"code");
                return;
            }
            Kind::ANOM_ABEND => {
                self.object_or_first(b"exe");
                self.object_kind = What::Process;
                self.how = self.find_said(b"sig");
            }
            Kind::ANOM_PROMISCUOUS => {
                self.cursor.first_field();
                self.find_object(0, b"dev");
                self.find_acting_as(0, b"uid");
                self.object_kind = What::Socket;
            }
            _ => {}
        }
        self.find_result();
    }

    /// The rules or settings of the audit trail.
    fn config_change(&mut self) {
        self.cursor.first_field();
        let said = self.find_said(b"op").unwrap_or_default();
        let op = said.strip_prefix(b"\"").unwrap_or(&said);
        let is_rule = op.starts_with(b"add_rule") || op.starts_with(b"remove_rule");
        if is_rule {
            let is_added = op.starts_with(b"add");
            self.act(if is_added { "added-audit-rule" } else { "deleted-audit-rule" });
        } else {
            self.act_by_kind(Kind::CONFIG_CHANGE);
        }
        self.object = self.simple_object(Kind::CONFIG_CHANGE);
        if !is_rule {
            self.cursor.first_record();
        }
    }

    fn login(&mut self) {
        if !self.find_acting_as(0, b"uid") {
            self.cursor.first_record();
        }
        self.record_attributes();
        if !self.find_subject(0, b"old-auid") {
            self.cursor.first_record();
        }
        self.object_or_first(b"auid");
        self.object_kind = What::Session;
        self.find_session(0);
        self.find_result();
        self.act_by_kind(Kind::LOGIN);
    }

    fn firewall(&mut self) {
        self.record_attributes();
        self.how = self.find_said(b"comm");
        self.act("loaded-firewall-rule-to");
        self.object = self.find_first(b"table");
        self.subject_kind = Some("system");
        self.object_kind = What::Firewall;
    }

    /// Of SELinux or AppArmor, where the call itself is not told.
    fn decision(&mut self) {
        self.how = self.find_said(b"comm");
        if self.how.is_none() {
            self.cursor.first_record();
        }
        self.find_subject(0, b"scontext");
        self.subject_kind = Some("unknown-acct");
        if self.by.is_labels {
            self.cursor.first_record();
            self.find_object(0, b"tcontext");
        }
        self.act_by_kind(Kind::AVC);
        self.result = self.find_first(b"seresult").map(|_| self.place_in(0));
    }

    /// What auditd says of itself.
    fn daemon(&mut self, kind: Kind) {
        self.find_subject(0, b"auid");
        if !self.find_acting_as(0, b"uid") {
            self.cursor.first_record();
        }
        self.find_session(0);
        self.record_attributes();
        self.subject_kind = Some("auditd");
        self.act_by_kind(kind);
        self.object_kind = What::Service;
        if kind == Kind::DAEMON_START {
            self.how = Some(b"init".to_vec());
        } else if kind < Kind::DAEMON_ACCEPT && kind != Kind::DAEMON_ABORT {
            self.how = Some(b"signal".to_vec());
        }
        self.find_result();
    }

    fn listening(&mut self) {
        self.find_subject(0, b"auid");
        self.cursor.first_record();
        self.find_acting_as(0, b"uid");
        self.cursor.first_record();
        self.find_session(0);
        self.record_attributes();
        self.listener();
        self.program_object();
        self.object_kind = What::Socket;
        self.cursor.first_record();
        self.how = self.find_said(b"exe");
        self.cursor.first_record();
        self.find_result();
    }

    /// Labels for the network.
    fn network_label(&mut self, kind: Kind) {
        self.find_subject(0, b"auid");
        self.set_subject_kind();
        self.find_session(0);
        self.subject_attribute(0, b"subj");
        if kind != Kind::MAC_UNLBL_ALLOW {
            self.act_by_kind(kind);
        } else if self.cursor.find(b"unlbl_accept") {
            self.act(if self.int() == Some(1) {
                "is-allowing-unlabeled-network-traffic"
            } else {
                "is-disallowing-unlabeled-network-traffic"
            });
        } else {
            self.cursor.first_record();
        }
        if kind == Kind::MAC_MAP_ADD || kind == Kind::MAC_MAP_DEL {
            self.object_or_first(b"nlbl_domain");
        }
        self.object_kind = What::SecurityPolicy;
        self.find_result();
    }

    /// What a program says.
    fn program(&mut self, kind: Kind) {
        if kind == Kind::USER_LOGIN {
            // Who fails to log in is no login user.
            if self.find_subject(0, b"id") {
                self.set_subject_kind();
            } else {
                self.cursor.first_record();
                if self.find_subject(0, b"acct") {
                    self.set_subject_kind();
                }
            }
            self.cursor.first_record();
        } else {
            if !self.find_acting_as(0, b"uid") {
                self.cursor.first_record();
            }
            self.find_subject(0, b"auid");
        }
        self.find_session(0);
        self.record_attributes();
        if matches!(kind, Kind(1100..1199 | 2100..2999)) && self.by.is_labels {
            self.subject_attribute(0, b"hostname");
            self.subject_attribute(0, b"addr");
            if !matches!(kind, Kind::USER_START | Kind::USER_END | Kind::USER_ERR) {
                self.subject_attribute(0, b"terminal");
            }
        }
        if kind == Kind::USER_AVC {
            self.result = self.find_first(b"seresult").map(|_| self.place_in(0));
            self.cursor.first_record();
            self.find_subject(0, b"scontext");
            if self.by.is_labels {
                self.cursor.first_record();
                self.find_object(0, b"tcontext");
            }
        } else {
            self.find_result();
        }
        self.act_by_kind(kind);
        if kind == Kind::USER_DEVICE
            && self.find_first(b"op").is_some()
            && let Some(op) = self.cursor.value()
        {
            self.action = Some(Cow::Owned(op.to_vec()));
        }
        if kind != Kind::USER_AVC {
            self.cursor.first_record();
            self.object = self.simple_object(kind);
            self.object_part = self.find_in_record(match kind {
                Kind::CRYPTO_SESSION => b"rport",
                Kind::SOFTWARE_UPDATE => b"sw_type",
                _ => b"",
            });
            self.second_object = self.find_in_record(match kind {
                Kind::VIRT_CONTROL | Kind::VIRT_RESOURCE => b"vm",
                Kind::SOFTWARE_UPDATE => b"root_dir",
                _ => b"",
            });
        }
        self.program_how(kind);
    }

    fn program_how(&mut self, kind: Kind) {
        match kind {
            Kind::SYSTEM_BOOT | Kind::SYSTEM_SHUTDOWN => {
                let is_boot = kind == Kind::SYSTEM_BOOT;
                self.object_kind = if is_boot { What::System } else { What::Service };
                self.how = self.find_said(b"exe");
                return;
            }
            _ => self.cursor.first_record(),
        }
        match kind {
            Kind::ANOM_EXEC => self.how = self.find_said(b"terminal"),
            Kind::TTY => self.how = self.find_said(b"comm"),
            _ if self.cursor.find(b"exe") => self.set_how(),
            _ => {}
        }
    }

    /// What an event of one record was about.
    pub(super) fn simple_object(&mut self, kind: Kind) -> Option<Place> {
        self.cursor.first_field();
        let (what, name): (What, &[u8]) = match kind {
            Kind::SERVICE_START | Kind::SERVICE_STOP => (What::Service, b"unit"),
            Kind::SYSTEM_RUNLEVEL => (What::System, b"new-level"),
            Kind::USER_ROLE_CHANGE => (What::Session, b"selected-context"),
            Kind::ROLE_ASSIGN
            | Kind::ROLE_REMOVE
            | Kind::USER_MGMT
            | Kind::GRP_MGMT
            | Kind::ACCT_LOCK
            | Kind::ACCT_UNLOCK
            | Kind(1114..=1117) => {
                self.object_kind = What::Account;
                if self.cursor.find(b"id") {
                    return Some(self.place_in(0));
                }
                self.cursor.first_record();
                (What::Account, b"acct")
            }
            Kind::USER_START
            | Kind::USER_END
            | Kind::USER_ERR
            | Kind::USER_LOGIN
            | Kind::USER_LOGOUT => (What::Session, b"terminal"),
            Kind::USER_AUTH
            | Kind::USER_ACCT
            | Kind::CRED_ACQ
            | Kind::CRED_REFR
            | Kind::CRED_DISP
            | Kind::USER_CHAUTHTOK
            | Kind::GRP_CHAUTHTOK
            | Kind::ANOM_LOGIN_FAILURES
            | Kind::ANOM_LOGIN_TIME
            | Kind::ANOM_LOGIN_SESSIONS
            | Kind::ANOM_LOGIN_LOCATION => (What::Session, b"acct"),
            Kind::ANOM_EXEC | Kind::USER_CMD => (What::Process, b"cmd"),
            Kind::TTY | Kind::USER_TTY => (What::Keystrokes, b"data"),
            // So it is called.
            Kind::USER_DEVICE => (What::Keystrokes, b"device"),
            Kind::SOFTWARE_UPDATE => (What::Software, b"sw"),
            Kind::VIRT_MACHINE_ID => (What::VirtualMachine, b"vm"),
            Kind::VIRT_RESOURCE => (What::VirtualMachine, b"resrc"),
            Kind::VIRT_CONTROL => (What::VirtualMachine, b"op"),
            Kind::LABEL_LEVEL_CHANGE => (What::Printer, b"printer"),
            Kind::CONFIG_CHANGE => {
                self.object_kind = What::AuditConfig;
                return self.config_object();
            }
            Kind::MAC_CONFIG_CHANGE => (What::SecurityPolicy, b"bool"),
            Kind::MAC_STATUS => (What::SecurityPolicy, b"enforcing"),
            Kind::MAC_POLICY_LOAD | Kind::LABEL_OVERRIDE | Kind(2307..=2312) => {
                (What::SecurityPolicy, b"")
            }
            Kind::USER => (self.object_kind, b"addr"),
            Kind::USYS_CONFIG => {
                if let Some(said) = self.find_said(b"op") {
                    self.action = Some(Cow::Owned(said));
                }
                (What::System, b"")
            }
            Kind::CRYPTO_KEY_USER => (What::Session, b"fp"),
            Kind::CRYPTO_SESSION => (What::Session, b"addr"),
            Kind::ANOM_RBAC_INTEGRITY_FAIL => (What::FileSystem, b"hostname"),
            _ => return None,
        };
        self.object_kind = what;
        if name.is_empty() { None } else { self.find_in(0, name) }
    }

    /// The key of a rule, or the setting that was changed.
    fn config_object(&mut self) -> Option<Place> {
        if self.find_first(b"key").is_some() && self.cursor.value() != Some(b"(null)") {
            return Some(self.place_in(0));
        }
        let settings: [&[u8]; 6] = [
            b"audit_enabled",
            b"audit_pid",
            b"audit_backlog_limit",
            b"audit_failure",
            b"actions",
            b"list",
        ];
        let known = if self.by.compat == Compat::V3 { 5 } else { 6 };
        settings[..known]
            .iter()
            .any(|setting| self.find_first(setting).is_some())
            .then(|| self.place_in(0))
    }

    fn find_in_record(&mut self, name: &[u8]) -> Option<Place> {
        self.cursor.first_field();
        if name.is_empty() { None } else { self.find_in(0, name) }
    }

    fn object_or_first(&mut self, name: &[u8]) {
        if !self.find_object(0, name) {
            self.cursor.first_record();
        }
    }

    /// More of who acts, from the record itself.
    fn record_attributes(&mut self) {
        if self.by.is_labels {
            self.cursor.first_record();
            self.subject_attribute(0, b"pid");
            self.subject_attribute(0, b"subj");
        }
    }
}
