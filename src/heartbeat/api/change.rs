//! What a request makes of a check.

use super::Channel;
use super::spec::{Spec, Unique};
use crate::heartbeat::book::{Book, Id};
use crate::heartbeat::check::Check;
use crate::heartbeat::definition::{Definition, Filter};
use crate::heartbeat::schedule::{NotWhen, When, Written};

/// The oldest check that is the same in everything `unique` names. A field that is named and not
/// there is the same in none.
pub(super) fn same(book: &Book, spec: &Spec) -> Option<Id> {
    if spec.unique.is_empty() {
        return None;
    }
    let is_same = |check: &Check| {
        let check = &check.definition;
        spec.unique.iter().all(|field| match field {
            Unique::Name => spec.name.as_ref() == Some(&check.name),
            Unique::Slug => spec.slug.as_ref() == Some(&check.slug),
            Unique::Tags => spec.tags.as_ref() == Some(&check.tags),
            Unique::Grace => spec.grace == Some(check.grace),
            Unique::Timeout => match check.when.written() {
                Written::Every { period } => spec.timeout == Some(*period),
                Written::Cron { .. } | Written::Calendar { .. } => false,
            },
        })
    };
    book.checks().find(|(_, check)| is_same(check)).map(|(id, _)| id)
}

/// The definition as the request wants it.
///
/// # Errors
/// What is wrong, as Healthchecks says it.
pub(super) fn changed(
    old: Definition,
    spec: &Spec,
    version: u8,
    known: &[Channel],
) -> Result<Definition, String> {
    let channels = match &spec.channels {
        None => old.channels.clone(),
        Some(text) => chosen(text, known)?,
    };
    let when = when(&old.when, spec)
        .map_err(|_| String::from("json validation error: tz is not a valid timezone"))?;
    let mut new = Definition {
        channels,
        when,
        filter: filter(&old.filter, spec),
        grace: spec.grace.unwrap_or(old.grace),
        only_post: spec.only_post.unwrap_or(old.only_post),
        manual_resume: spec.manual_resume.unwrap_or(old.manual_resume),
        ..old
    };
    if let Some(name) = spec.name.as_ref().filter(|name| **name != new.name) {
        new.name.clone_from(name);
        if version < 3 {
            new.slug = slugified(name);
        }
    }
    for (field, said) in
        [(&mut new.slug, &spec.slug), (&mut new.tags, &spec.tags), (&mut new.desc, &spec.desc)]
    {
        if let Some(said) = said {
            field.clone_from(said);
        }
    }
    Ok(new)
}

/// The names of the channels that are meant.
fn chosen(text: &str, known: &[Channel]) -> Result<Vec<String>, String> {
    if text == "*" {
        return Ok(known.iter().map(|channel| channel.name.clone()).collect());
    }
    let mut names = Vec::new();
    for one in text.split(',').filter(|_| !text.is_empty()) {
        if one.is_empty() {
            return Err(String::from("empty channel identifier"));
        }
        let is_meant = |channel: &&Channel| channel.name == one || channel.id.to_string() == one;
        let Some(channel) = known.iter().find(is_meant) else {
            return Err(format!("invalid channel identifier: {one}"));
        };
        if !names.contains(&channel.name) {
            names.push(channel.name.clone());
        }
    }
    Ok(names)
}

/// A schedule wins over a period. A zone alone is that of the schedule there is.
fn when(old: &When, spec: &Spec) -> Result<When, NotWhen> {
    let zone = |old: &str| spec.tz.clone().unwrap_or_else(|| old.to_owned());
    match (&spec.schedule, spec.timeout, old.written()) {
        (Some(text), _, Written::Cron { zone: old, .. } | Written::Calendar { zone: old, .. }) => {
            When::guess(text, &zone(old))
        }
        (Some(text), _, Written::Every { .. }) => When::guess(text, &zone("UTC")),
        (None, Some(period), _) => Ok(When::every(period)),
        (None, None, Written::Cron { expression, zone: old }) if spec.tz.is_some() => {
            When::cron(expression, &zone(old))
        }
        (None, None, Written::Calendar { lines, zone: old }) if spec.tz.is_some() => {
            When::calendar(lines, &zone(old))
        }
        (None, None, _) => Ok(old.clone()),
    }
}

/// The old names of words come first, so that the new ones win.
fn filter(old: &Filter, spec: &Spec) -> Filter {
    let mut filter = old.clone();
    for (field, said) in
        [(&mut filter.success, &spec.subject), (&mut filter.failure, &spec.subject_fail)]
    {
        if let Some(said) = said {
            field.clone_from(said);
        }
    }
    if spec.subject.is_some() || spec.subject_fail.is_some() {
        filter.subject = !filter.success.is_empty() || !filter.failure.is_empty();
    }
    for (field, said) in [
        (&mut filter.start, &spec.start_kw),
        (&mut filter.success, &spec.success_kw),
        (&mut filter.failure, &spec.failure_kw),
    ] {
        if let Some(said) = said {
            field.clone_from(said);
        }
    }
    for (field, said) in [
        (&mut filter.subject, spec.filter_subject),
        (&mut filter.body, spec.filter_body),
        (&mut filter.http_body, spec.filter_http_body),
        (&mut filter.default_fail, spec.filter_default_fail),
    ] {
        if let Some(said) = said {
            *field = said;
        }
    }
    filter
}

/// A name as it stands in addresses: small letters, digits and `_`, and for what is between them
/// one `-`. Letters that are not ASCII are left out.
fn slugified(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_ascii_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' | '_' => slug.push(letter),
            '-' => slug.push('-'),
            letter if letter.is_whitespace() => slug.push('-'),
            _ => {}
        }
    }
    while slug.contains("--") {
        slug = slug.replace("--", "-");
    }
    slug.trim_matches(['-', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_of_names() {
        for (name, slug) in [
            ("Nightly Backup", "nightly-backup"),
            (" _a -- b!? c_", "a-b-c"),
            ("ünder", "nder"),
            ("", ""),
        ] {
            assert_eq!(slugified(name), slug, "{name}");
        }
    }
}
