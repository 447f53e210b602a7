//! Text in another language, out of a folder of the owner's. What is not there, or wrong, stays
//! English.

use std::fs;
use std::path::Path;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Message as Written};
use unic_langid::LanguageIdentifier;

use super::variables::variables;
use super::{Bundle, ENGLISH, MESSAGES, bundle};

/// What a folder says.
pub(super) struct Translation {
    pub(super) language: String,
    /// For each file of the English text.
    pub(super) bundles: Vec<Option<Bundle>>,
}

/// Reads a folder that is called as its language is, such as `de`: files as in `locale/en`. What
/// cannot be used of it is said, a line each.
///
/// # Errors
/// Without a language and a folder there is no translation.
pub(super) fn read(folder: &Path) -> Result<(Translation, Vec<String>), String> {
    let shown = folder.display();
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let language: LanguageIdentifier = name
        .parse()
        .map_err(|_| format!("{shown}: call the folder as its language, such as de"))?;
    let mend = || format!("sudo nightkeep config locale {shown} writes what there is to translate");
    let entries = fs::read_dir(folder).map_err(|error| format!("{shown}: {error}; {}", mend()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let (mut bundles, mut faults) = (Vec::new(), Vec::new());
    bundles.resize_with(ENGLISH.len(), || None);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ftl")) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let Some(file) = ENGLISH.iter().position(|(name, _)| *name == stem) else {
            faults.push(format!("{}: there is no such file of English text", path.display()));
            continue;
        };
        match fs::read_to_string(path)
            .map_err(|error| vec![error.to_string()])
            .and_then(|text| parsed(file, text))
        {
            Ok(resource) => bundles[file] = Some(bundle(language.clone(), resource)),
            Err(wrong) => {
                let wrong = wrong
                    .into_iter()
                    .map(|wrong| format!("{} stays English: {wrong}", path.display()));
                faults.extend(wrong);
            }
        }
    }
    Ok((Translation { language: language.to_string(), bundles }, faults))
}

/// The messages of a file, if all of them fit.
fn parsed(file: usize, text: String) -> Result<FluentResource, Vec<String>> {
    let resource = FluentResource::try_new(text).map_err(|(resource, errors)| {
        let line = |at: usize| resource.source()[..at].matches('\n').count() + 1;
        let said = errors.iter().map(|error| format!("line {}: {error}", line(error.pos.start)));
        said.collect::<Vec<_>>()
    })?;
    let wrong: Vec<_> = resource.entries().filter_map(|entry| misfit(file, entry)).collect();
    if wrong.is_empty() { Ok(resource) } else { Err(wrong) }
}

/// What is wrong with a message, beside the English one.
fn misfit(file: usize, entry: &Entry<&str>) -> Option<String> {
    let Entry::Message(Written { id, value, .. }) = entry else { return None };
    let id = id.name;
    let Some(english) = MESSAGES.iter().find(|one| one.file == file && one.id == id) else {
        return Some(format!("there is no message {id} any more; leave it out"));
    };
    let unknown = variables(value.as_ref()?)
        .into_iter()
        .map(|variable| variable.name)
        .find(|variable| !english.variables.contains(variable))?;
    let known: Vec<_> = english.variables.iter().map(|name| format!("${name}")).collect();
    Some(if known.is_empty() {
        format!("nothing is put into {id}: write it without ${unknown}")
    } else {
        format!("{id} has no ${unknown}; there is {}", known.join(", "))
    })
}
