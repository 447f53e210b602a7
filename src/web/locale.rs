//! What the pages say, out of `locale/`. Each file there is a module here, each message a
//! function: `tonight::all_well()`. A translation is said instead where it has the message.

mod translation;
mod variables;
pub(crate) mod when;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

pub(crate) use askama::filters::Safe as Html;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use self::translation::Translation;
use super::xml::Escaped;

include!(concat!(env!("OUT_DIR"), "/locale.rs"));

/// The messages of a file.
type Bundle = fluent_bundle::concurrent::FluentBundle<FluentResource>;

/// A message of the English text.
struct Message {
    /// Its file, by its place among them.
    file: usize,
    id: &'static str,
    /// What is put into it.
    variables: &'static [&'static str],
}

/// What is put into a message.
pub(crate) trait Value {
    /// As it is.
    fn value(&self) -> FluentValue<'_>;

    /// Within markup. Text of others stays text.
    fn html(&self) -> FluentValue<'_> {
        match self.value() {
            FluentValue::String(text) => Escaped(&text).to_string().into(),
            value => value,
        }
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }

    fn html(&self) -> FluentValue<'_> {
        (**self).html()
    }
}

impl Value for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().into()
    }
}

impl Value for Cow<'_, str> {
    fn value(&self) -> FluentValue<'_> {
        self.as_ref().into()
    }
}

/// Markup of ours, such as another message's.
impl<T: fmt::Display> Value for Html<T> {
    fn value(&self) -> FluentValue<'_> {
        self.0.to_string().into()
    }

    fn html(&self) -> FluentValue<'_> {
        self.value()
    }
}

/// What may be counted in a message.
pub(crate) trait Number: Value {}

impl<T: Number + ?Sized> Number for &T {}

macro_rules! numbers {
    ($($kind:ty),+) => {$(
        impl Value for $kind {
            fn value(&self) -> FluentValue<'_> {
                (*self).into()
            }
        }

        impl Number for $kind {}
    )+};
}

numbers!(i8, i32, i64, u8, u16, u32, u64, usize);

/// All that is said, in one language.
struct Catalogue {
    english: Vec<Bundle>,
    translation: Option<Translation>,
    /// For each message without variables, what it says.
    plain: Vec<String>,
}

static SPOKEN: OnceLock<Catalogue> = OnceLock::new();

fn spoken() -> &'static Catalogue {
    SPOKEN.get_or_init(|| Catalogue::new(None))
}

/// Says everything as this folder does from now on; once, before anything was said. What of it
/// cannot be used is answered.
pub(crate) fn speak(folder: &Path) -> Vec<String> {
    match translation::read(folder) {
        Ok((translation, faults)) => {
            SPOKEN.get_or_init(|| Catalogue::new(Some(translation)));
            faults
        }
        Err(fault) => vec![fault],
    }
}

/// What of this folder cannot be used.
pub(crate) fn check(folder: &Path) -> Vec<String> {
    translation::read(folder).map_or_else(|fault| vec![fault], |(_, faults)| faults)
}

/// The language it is in, as HTML names it.
pub(crate) fn language() -> &'static str {
    spoken().translation.as_ref().map_or("en", |translation| &translation.language)
}

/// What scripts say, as JSON: by name, with what they put in as `{name}`.
pub(crate) fn script() -> String {
    let messages = MESSAGES.iter().filter(|message| ENGLISH[message.file].0 == "script");
    let said = messages.map(|message| {
        let braced = |name: &&'static str| (*name, FluentValue::from(format!("{{{name}}}")));
        let values: FluentArgs = message.variables.iter().map(braced).collect();
        (message.id.to_owned(), spoken().say(message, Some(&values)).into())
    });
    serde_json::Value::Object(said.collect()).to_string()
}

/// What a field of a form is called or for, if a translation says it. In English it is as the
/// schema of the config has it.
pub(crate) fn field(id: &str) -> Option<String> {
    let translation = spoken().translation.as_ref()?;
    let file = ENGLISH.iter().position(|(name, _)| *name == "field")?;
    let bundle = translation.bundles[file].as_ref()?;
    let pattern = bundle.get_message(id)?.value()?;
    Some(bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
}

fn bundle(language: LanguageIdentifier, resource: FluentResource) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Marks around what is put in are for texts of two directions, and hinder searching.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

impl Catalogue {
    fn new(translation: Option<Translation>) -> Self {
        let english = ENGLISH.iter().map(|(_, text)| {
            // The build has parsed it already.
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new((*text).to_owned());
            bundle("en".parse().unwrap_or_default(), resource)
        });
        let mut all = Self { english: english.collect(), translation, plain: Vec::new() };
        let say = |message: &Message| match message.variables {
            [] => all.say(message, None),
            _ => String::new(),
        };
        all.plain = MESSAGES.iter().map(say).collect();
        all
    }

    fn say(&self, message: &Message, values: Option<&FluentArgs>) -> String {
        let own = self.translation.as_ref().and_then(|own| own.bundles[message.file].as_ref());
        let said =
            [own, Some(&self.english[message.file])].into_iter().flatten().find_map(|bundle| {
                let pattern = bundle.get_message(message.id)?.value()?;
                // Every message and its variables was seen before: there is none that fails.
                Some(bundle.format_pattern(pattern, values, &mut Vec::new()).into_owned())
            });
        said.unwrap_or_default()
    }
}

/// A message without variables.
fn plain(number: usize) -> &'static str {
    &spoken().plain[number]
}

/// A message with something put into it.
fn filled<const N: usize>(number: usize, values: [(&str, FluentValue); N]) -> String {
    spoken().say(&MESSAGES[number], Some(&values.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        let (user, address) = ("<img src=x>", String::from("\" onload=\"x"));
        assert_eq!(
            tonight::login_html(user, &address).0,
            "<b><bdi>&lt;img src=x&gt;</bdi></b> from <bdi>&quot; onload=&quot;x</bdi>"
        );
        let when = Html("<time>22:14</time>");
        assert_eq!(
            alerts::since_html(when, "1 h & more").0,
            "since <time>22:14</time>, for 1 h &amp; more"
        );
        assert_eq!(tonight::how_many_well(1, 2_000_usize), "1 of 2000 well");
    }

    #[test]
    fn a_translation_is_said_where_it_fits() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("pl");
        std::fs::create_dir(&folder).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write(
            "tonight.ftl",
            "all-well = Wszystko dobrze.\ntroubles = { $n ->\n    [one] { $n } kłopot\n    [few] { $n } \
             kłopoty\n   *[other] { $n } kłopotów\n}\n",
        );
        write("word.ftl", "never = nigdy { $when }\nnew-word = x\n");
        write("time.ftl", "just-now = teraz\nago { $span } temu\n");
        write("other.ftl", "");
        let (translation, faults) = translation::read(&folder).unwrap();
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| fault.replace(&format!("{}/", folder.display()), ""))
            .collect();
        assert_eq!(
            faults,
            [
                "other.ftl: there is no such file of English text",
                "time.ftl stays English: line 2: Expected a token starting with \"=\"",
                "word.ftl stays English: nothing is put into never: write it without $when",
                "word.ftl stays English: there is no message new-word any more; leave it out",
            ]
        );
        let catalogue = Catalogue::new(Some(translation));
        let say = |file: &str, id: &str, n: usize| {
            let mut messages = MESSAGES.iter();
            let found = messages.find(|one| one.id == id && ENGLISH[one.file].0 == file).unwrap();
            catalogue.say(found, Some(&[("n", FluentValue::from(n))].into_iter().collect()))
        };
        assert_eq!(say("tonight", "all-well", 0), "Wszystko dobrze.");
        assert_eq!(say("tonight", "troubles", 3), "3 kłopoty");
        assert_eq!(say("tonight", "troubles", 5), "5 kłopotów");
        assert_eq!(
            (say("word", "never", 0), say("time", "just-now", 0)),
            ("never".into(), "just now".into())
        );
        assert!(
            translation::read(root.path()).is_err()
                && translation::read(&folder.join("de")).is_err()
        );
    }

    #[test]
    fn scripts_say_what_there_is() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/page/src");
        let sources = std::fs::read_dir(folder).unwrap();
        let sources: Vec<_> =
            sources.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
        let all = sources.concat();
        let said: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&script()).unwrap();
        for name in said.keys() {
            assert!(all.contains(&format!("\"{name}\"")), "no script says {name}");
        }
        for (at, call) in all.match_indices("t(\"") {
            let name = all[at + call.len()..].split('"').next().unwrap();
            let is_call = !all[..at].ends_with(|before: char| before.is_alphanumeric());
            assert!(!is_call || said.contains_key(name), "there is no message {name}");
        }
        assert_eq!(said["shown"], "{shown} of {all}");
    }
}
