//! Heartbeats as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::value::{
    CalendarText, CronText, Duration, List, Slug, Text, UuidText, Words, Zone,
};
use crate::model::Severity;

/// What has to call in: cron jobs, timers, backups. Each is called at `URL/ping/PING_KEY/SLUG`,
/// as Healthchecks is; `nightkeep heartbeats` shows the addresses. Needs `[web]`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Heartbeat {
    /// Its name, as you read it.
    #[schemars(example = &"\"Nightly backup\"")]
    pub(in crate::config) name: Text<Words>,
    /// Its name in addresses and alerts. Default: made of `name`.
    #[schemars(example = &"\"backup\"")]
    pub(in crate::config) slug: Option<Text<Slug>>,
    /// The UUID of its own address, `URL/ping/UUID`: where it was called before, at Healthchecks.
    /// Whoever knows it can call. Default: one that nobody knows yet.
    #[schemars(example = &"\"5f3a1c9e-7d42-4b0e-9a86-21c4e0f7b3d8\"")]
    pub(in crate::config) uuid: Option<Text<UuidText>>,
    /// How long after one call the next has to come. Default: `"1d"`, without `cron` and
    /// `calendar`.
    #[schemars(example = &"\"1d\"")]
    pub(in crate::config) every: Option<Text<Duration>>,
    /// ... or at the times of this cron expression ...
    #[schemars(example = &"\"30 2 * * *\"")]
    pub(in crate::config) cron: Option<Text<CronText>>,
    /// ... or at those of systemd's OnCalendar.
    #[schemars(example = &"[\"Mon..Fri 02:30\", \"Sun 04:00\"]")]
    pub(in crate::config) calendar: Option<List<CalendarText>>,
    /// The time zone of `cron` and `calendar`. Default: as at the top of the file.
    #[schemars(example = &"\"Europe/Vienna\"")]
    pub(in crate::config) timezone: Option<Text<Zone>>,
    /// How late a call may be. Default: `"1h"`.
    #[schemars(example = &"\"1h\"")]
    pub(in crate::config) grace: Option<Text<Duration>>,
    /// How long a run may take after it called `/start`; until then it is not late. Default: as
    /// `grace`.
    #[schemars(example = &"\"6h\"")]
    pub(in crate::config) start_grace: Option<Text<Duration>>,
    /// A run that ends well but sooner than this did not do its work, which is told.
    #[schemars(example = &"\"10s\"")]
    pub(in crate::config) shortest_run: Option<Text<Duration>>,
    /// It is down only after this many failed or missed calls in a row. Default: 1.
    #[schemars(example = &"1", range(min = 1))]
    pub(in crate::config) failures: Option<u32>,
    /// So many of the last failures stay in the log, whatever comes after them. Default: 20.
    #[schemars(example = &"20")]
    pub(in crate::config) keep_failures: Option<u32>,
    /// How bad it is when it is down. Default: `"warning"`.
    #[schemars(example = &"\"warning\"")]
    pub(in crate::config) severity: Option<Severity>,
    /// The channels that hear of it. Default: as the routes say.
    #[schemars(example = &"[\"phone\"]")]
    pub(in crate::config) channels: Option<List<Words>>,
    /// Words to find it by.
    #[schemars(example = &"[\"backup\", \"db\"]")]
    pub(in crate::config) tags: Option<List<Words>>,
    /// What it is, and what to do when it is down.
    #[schemars(example = &"\"pg_dump to the other server\"")]
    pub(in crate::config) note: Option<Text<Words>>,
    /// Only calls of this method count, so that no preview of a link is one. Default: `""`, any.
    #[schemars(example = &"\"POST\"")]
    pub(in crate::config) methods: Option<Methods>,
    /// A call with one of these words in what it sends says that it failed ...
    #[schemars(example = &"\"error\"")]
    pub(in crate::config) failure_words: Option<List<Words>>,
    /// ... else with one of these, that all went well ...
    #[schemars(example = &"\"backup done\"")]
    pub(in crate::config) success_words: Option<List<Words>>,
    /// ... else with one of these, that it begins ...
    #[schemars(example = &"\"backup begins\"")]
    pub(in crate::config) start_words: Option<List<Words>>,
    /// ... and without any it counts as this. Default: `"ignored"`.
    #[schemars(example = &"\"failure\"")]
    pub(in crate::config) without_words: Option<Without>,
    /// Pause it, or resume it. Left out it stays as it is.
    #[schemars(example = &"false")]
    pub(in crate::config) paused: Option<bool>,
    /// While it is paused no call wakes it. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) manual_resume: Option<bool>,
}

/// The methods that count.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(in crate::config) enum Methods {
    #[serde(rename = "")]
    Any,
    #[serde(rename = "POST")]
    Post,
}

/// What a call without any of the words counts as.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum Without {
    Ignored,
    Failure,
}
