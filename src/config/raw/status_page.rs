//! The status page as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::value::{
    DomainText, FilePath, List, Named, PagePath, ServerUrl, ShowText, Text, Words,
};

/// The public status page, for those who use what you watch: how it is, its last months, incidents
/// and planned work. Off unless it is said what is shown. It needs `[web]`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct StatusPage {
    /// What is shown, in this order: `tag:NAME`, `group:NAME`, `monitor:NAME` or `heartbeat:SLUG`; in
    /// the last two `*` stands for any text. Nothing else ever is. Monitors stand below the name of
    /// their `group`. `[]`: there is no page.
    #[schemars(example = &"[\"group:Web\", \"tag:public\"]")]
    pub(in crate::config) show: Option<List<ShowText>>,
    /// What it is called.
    pub(in crate::config) title: Option<Text<Words>>,
    /// What it is, in a sentence below its title.
    #[schemars(example = &"\"How our services are.\"")]
    pub(in crate::config) description: Option<Text<Words>>,
    /// Where it is, below `[web] url`.
    pub(in crate::config) path: Option<Text<PagePath>>,
    /// A name of its own, under which it is at `/` as well: the proxy sends what comes for it here.
    #[schemars(example = &"\"status.example.org\"")]
    pub(in crate::config) domain: Option<Text<DomainText>>,
    /// Links at its end.
    #[schemars(example = &"{ Shop = \"https://shop.example.org\" }")]
    pub(in crate::config) links: Option<Named<Words, Text<ServerUrl>>>,
    /// How many days back it goes, from 7 to 365.
    pub(in crate::config) days: Option<u16>,
    /// Show how long answers take.
    pub(in crate::config) latency: Option<bool>,
    /// A style sheet of your own that is applied after nightkeep's.
    #[schemars(example = &"\"/etc/nightkeep/status.css\"")]
    pub(in crate::config) css: Option<Text<FilePath>>,
}
