//! `logsource`: which events a rule is about.

use super::fault::Fault;
use super::yaml::Node;

/// Where a rule looks, as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logsource {
    /// `linux`.
    pub product: Option<String>,
    /// `process_creation`.
    pub category: Option<String>,
    /// `auditd`.
    pub service: Option<String>,
}

/// The view of events a rule is asked over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Records with their own fields.
    Records,
    /// Programs that were started.
    Process,
    /// Files that something was done to.
    File(FileKind),
    /// Connections.
    Network,
    /// What was run by sudo, as sudo says.
    Sudo,
}

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Made or written anew, by whatever way it came to its name.
    Event,
    Delete,
    Rename,
    Change,
    Access,
}

impl Logsource {
    pub(super) fn read(node: &Node) -> Result<Self, Fault> {
        if node.map().is_none() {
            return Err(Fault::new(
                node.line,
                "`logsource` must be a map of product, category, service",
            ));
        }
        let word = |name| node.get(name).and_then(Node::text).map(str::to_ascii_lowercase);
        let source =
            Self { product: word("product"), category: word("category"), service: word("service") };
        if source == Self::default() {
            return Err(Fault::new(node.line, "`logsource` names no product, category or service"));
        }
        Ok(source)
    }

    /// The view it is about, or why there is none.
    pub(super) fn route(&self) -> Result<Route, String> {
        if let Some(product) = self.product.as_deref().filter(|product| *product != "linux") {
            return Err(format!("it is about {product}, not Linux"));
        }
        if let Some(category) = &self.category {
            return Ok(match category.as_str() {
                "process_creation" => Route::Process,
                "file_event" => Route::File(FileKind::Event),
                "file_delete" => Route::File(FileKind::Delete),
                "file_rename" => Route::File(FileKind::Rename),
                "file_change" => Route::File(FileKind::Change),
                "file_access" => Route::File(FileKind::Access),
                "network_connection" => Route::Network,
                other => return Err(format!("the audit trail has no events of category {other}")),
            });
        }
        Ok(match self.service.as_deref() {
            // Linux as such: words looked for wherever they may be.
            Some("auditd") | None => Route::Records,
            Some("sudo") => Route::Sudo,
            Some(service @ ("sshd" | "auth" | "authpriv" | "cron" | "syslog")) => {
                return Err(format!(
                    "the messages of {service} are in the journal, not in the audit trail"
                ));
            }
            Some(service) => return Err(format!("the log of {service} is not the audit trail")),
        })
    }

    /// `process_creation`, `auditd` or `linux`.
    pub fn name(&self) -> &str {
        self.category
            .as_ref()
            .or(self.service.as_ref())
            .or(self.product.as_ref())
            .map_or("", String::as_str)
    }
}

impl Route {
    /// The fields an event may have in this view; none where it is whatever its records have.
    pub(super) fn fields(self) -> Option<&'static [&'static str]> {
        Some(match self {
            Self::Records => return None,
            Self::Process => &[
                "Image",
                "CommandLine",
                "CurrentDirectory",
                "User",
                "LogonId",
                "ProcessId",
                "ParentProcessId",
                "ParentImage",
                "ParentCommandLine",
                "TerminalSessionId",
            ],
            Self::File(_) => &["TargetFilename", "SourceFilename", "Image", "User", "ProcessId"],
            Self::Network => &[
                "Image",
                "User",
                "ProcessId",
                "Initiated",
                "DestinationIp",
                "DestinationPort",
                "DestinationIsIpv6",
                "SourceIp",
                "SourcePort",
                "SourceIsIpv6",
            ],
            Self::Sudo => &["COMMAND", "PWD", "TTY"],
        })
    }
}
