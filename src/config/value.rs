//! The values a key can have, as text: each is read in one place, which also says what it is
//! called and how one looks. Reading, the JSON schema, the reference and `config show` share it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

mod endpoint;
mod monitor;
mod name;
mod page;
mod place;
mod quantity;
mod schedule;
mod time;
mod web;

pub(super) use endpoint::{EndpointText, host_and_port};
pub(super) use monitor::{AddressText, ConditionText, MonitorName};
pub(super) use name::{
    CertificateName, ChannelName, CheckName, HostName, RuleGlob, RuleKey, SourceKey, SubjectGlob,
    UnitGlob, UnitName,
};
pub(super) use page::{DomainText, PagePath, ShowText};
pub(super) use place::{
    DirPath, FilePath, HeaderName, InterfaceGlob, Mail, MountGlob, MountPath, ServerUrl, Words,
};
pub(super) use quantity::{Number, Rate, Share, Size, Times};
pub(super) use schedule::{CalendarText, CronText, Slug, UuidText};
pub(super) use time::{Cron, Duration, HoursText, Moment, Weekly, Zone};
pub(super) use web::{ForwarderText, ListenText, NetworkText};

/// A length of time as the config and the command line take it: `10s`, `5m`, `30d`.
///
/// # Errors
/// Says what is wrong and what to write.
pub fn parse_duration(text: &str) -> Result<jiff::SignedDuration, String> {
    Duration::read(text).map_err(|Wrong { why, help }| match help {
        Some(help) => format!("{why}; {help}"),
        None => why,
    })
}

/// Why a text is no such value, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong, to stand beside the caret.
    pub(super) why: String,
    /// What to write, if that is known.
    pub(super) help: Option<String>,
}

impl Wrong {
    /// Wrong, and nothing better known than the kind's own example.
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), help: None }
    }

    /// Wrong, and this is what to write.
    pub(super) fn with_help(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { why: why.into(), help: Some(help.into()) }
    }
}

/// A kind of value.
pub(super) trait Kind {
    /// What it is read into.
    type Value;
    /// Its name in the JSON schema's `format`.
    const FORMAT: &'static str;
    /// What it is, for messages: "a duration".
    const WHAT: &'static str;
    /// One as written in the file, quotes included.
    const EXAMPLE: &'static str;
    /// Written as a TOML number instead of a text.
    const NUMBER: bool = false;
    /// Reads one.
    fn read(text: &str) -> Result<Self::Value, Wrong>;
}

/// A value of a kind, read.
pub(super) struct Text<K: Kind>(pub(super) K::Value);

/// One value of a kind or a list of them.
pub(super) struct List<K: Kind>(pub(super) Vec<K::Value>);

/// A table whose keys are of a kind.
pub(super) struct Named<K: Kind, T>(pub(super) BTreeMap<K::Value, T>);

impl<K: Kind, T> Default for Named<K, T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

struct TextVisitor<K>(PhantomData<K>);

impl<K: Kind> Visitor<'_> for TextVisitor<K> {
    type Value = Text<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} such as {}", K::WHAT, K::EXAMPLE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<K>, E> {
        K::read(text).map(Text).map_err(|wrong| E::custom(wrong.why))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text<K>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text<K>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text<K>, E> {
        self.visit_str(&number.to_string())
    }
}

impl<'de, K: Kind> Deserialize<'de> for Text<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

impl<'de, K: Kind> Deserialize<'de> for List<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, bound = "")]
        enum OneOrMany<K: Kind> {
            One(Text<K>),
            Many(Vec<Text<K>>),
        }
        Ok(match OneOrMany::<K>::deserialize(deserializer)? {
            OneOrMany::One(one) => Self(vec![one.0]),
            OneOrMany::Many(many) => Self(many.into_iter().map(|text| text.0).collect()),
        })
    }
}

impl<'de, K: Kind<Value: Ord>, T: Deserialize<'de>> Deserialize<'de> for Named<K, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::<String, T>::deserialize(deserializer)?
            .into_iter()
            .map(|(key, value)| {
                let key = K::read(&key).map_err(|wrong| D::Error::custom(wrong.why))?;
                Ok((key, value))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// The schema of one value of a kind.
fn schema_of<K: Kind>() -> Schema {
    let kind = if K::NUMBER { "number" } else { "string" };
    json_schema!({ "type": kind, "format": K::FORMAT })
}

impl<K: Kind> JsonSchema for Text<K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        K::FORMAT.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of::<K>()
    }
}

impl<K: Kind> JsonSchema for List<K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}-list", K::FORMAT).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [schema_of::<K>(), { "type": "array", "items": schema_of::<K>() }] })
    }
}

impl<K: Kind, T: JsonSchema> JsonSchema for Named<K, T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}-table-of-{}", K::FORMAT, T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": schema_of::<K>(),
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

/// What is known of a kind by the name of its format.
pub(super) struct Known {
    /// What it is: "a duration".
    pub(super) what: &'static str,
    /// One as written in the file.
    pub(super) example: &'static str,
    /// Is this text one?
    pub(super) check: fn(&str) -> Result<(), Wrong>,
}

/// The kind whose `FORMAT` this is.
pub(super) fn known(format: &str) -> Option<Known> {
    fn of<K: Kind>() -> Known {
        Known { what: K::WHAT, example: K::EXAMPLE, check: |text| K::read(text).map(drop) }
    }
    Some(match format {
        AddressText::FORMAT => of::<AddressText>(),
        CalendarText::FORMAT => of::<CalendarText>(),
        CronText::FORMAT => of::<CronText>(),
        Slug::FORMAT => of::<Slug>(),
        UuidText::FORMAT => of::<UuidText>(),
        ChannelName::FORMAT => of::<ChannelName>(),
        CheckName::FORMAT => of::<CheckName>(),
        ConditionText::FORMAT => of::<ConditionText>(),
        Cron::FORMAT => of::<Cron>(),
        DirPath::FORMAT => of::<DirPath>(),
        DomainText::FORMAT => of::<DomainText>(),
        Duration::FORMAT => of::<Duration>(),
        EndpointText::FORMAT => of::<EndpointText>(),
        FilePath::FORMAT => of::<FilePath>(),
        HeaderName::FORMAT => of::<HeaderName>(),
        HostName::FORMAT => of::<HostName>(),
        HoursText::FORMAT => of::<HoursText>(),
        InterfaceGlob::FORMAT => of::<InterfaceGlob>(),
        ListenText::FORMAT => of::<ListenText>(),
        ForwarderText::FORMAT => of::<ForwarderText>(),
        Mail::FORMAT => of::<Mail>(),
        Moment::FORMAT => of::<Moment>(),
        MonitorName::FORMAT => of::<MonitorName>(),
        MountGlob::FORMAT => of::<MountGlob>(),
        MountPath::FORMAT => of::<MountPath>(),
        NetworkText::FORMAT => of::<NetworkText>(),
        Number::FORMAT => of::<Number>(),
        PagePath::FORMAT => of::<PagePath>(),
        Rate::FORMAT => of::<Rate>(),
        RuleGlob::FORMAT => of::<RuleGlob>(),
        RuleKey::FORMAT => of::<RuleKey>(),
        ServerUrl::FORMAT => of::<ServerUrl>(),
        Share::FORMAT => of::<Share>(),
        ShowText::FORMAT => of::<ShowText>(),
        Size::FORMAT => of::<Size>(),
        SourceKey::FORMAT => of::<SourceKey>(),
        SubjectGlob::FORMAT => of::<SubjectGlob>(),
        CertificateName::FORMAT => of::<CertificateName>(),
        Times::FORMAT => of::<Times>(),
        UnitGlob::FORMAT => of::<UnitGlob>(),
        UnitName::FORMAT => of::<UnitName>(),
        Weekly::FORMAT => of::<Weekly>(),
        Words::FORMAT => of::<Words>(),
        Zone::FORMAT => of::<Zone>(),
        _ => return None,
    })
}

/// A text of the owner's for a message: quoted, escaped, at most 60 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// The word nearest to what was written, if one is near enough to be meant.
pub(super) fn nearest<'a>(
    written: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written = written.to_lowercase().replace('_', "-");
    words
        .into_iter()
        .map(|word| {
            let word_low = word.to_lowercase();
            // The first is good at endings that differ, the second at letters left out.
            let near = strsim::jaro_winkler(&written, &word_low)
                .max(strsim::normalized_damerau_levenshtein(&written, &word_low) + 0.2);
            let inside = written.len() > 2 && (word.contains(&written) || written.contains(word));
            (if inside { near.max(0.85) } else { near }, word)
        })
        .filter(|(near, _)| *near > 0.79)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// "a, b or c", each in backquotes.
pub(super) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
