//! Words of a shell: which commands are one plain program, and how a text becomes one word.

/// Shells that read quotes as POSIX says.
const SHELLS: [&str; 8] = ["sh", "dash", "bash", "ksh", "mksh", "zsh", "ash", "rbash"];

/// Words that are no program, or another one within a shell.
const OWN: &str = " ! . : [ [[ { } alias bg bind break builtin caller case cd chdir command compgen \
    complete continue coproc declare dirs disown do done echo elif else enable end esac eval exec \
    exit export false fc fg fi for function getopts hash help history if in jobs kill let local \
    logout mapfile nocorrect noglob popd print printf pushd pwd read readarray readonly repeat \
    return select set shift shopt source suspend test then time times trap true type typeset ulimit \
    umask unalias unset until wait whence which while ";

/// Whether quotes mean to it what they mean here.
pub(super) fn is_shell(program: &str) -> bool {
    program.starts_with('/') && SHELLS.contains(&base(program)) && program.chars().all(is_plain)
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// One word, whatever is in it.
pub(super) fn quote(text: &str) -> String {
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What [`quote`] made, if there is nothing else.
pub(super) fn unquote(word: &str) -> Option<String> {
    if !word.is_empty() && word.chars().all(is_plain) {
        return Some(word.to_owned());
    }
    let inner = word.strip_prefix('\'')?.strip_suffix('\'')?;
    let parts: Vec<&str> = inner.split(r"'\''").collect();
    parts.iter().all(|part| !part.contains('\'')).then(|| parts.join("'"))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_./:@,+-".contains(c)
}

/// Whether the text is one program with its arguments, so that a shell does the same when other
/// words come before it. What is not understood is not plain.
pub(super) fn is_one_program(text: &str) -> bool {
    let text = text.trim();
    let first = text.split([' ', '\t']).next().unwrap_or_default();
    let is_own = OWN.contains(&format!(" {first} "));
    let is_word = !first.is_empty() && first.chars().all(is_plain);
    is_word && !is_own && !calls_a_shell(text) && has_only_words(text)
}

/// Looks like what we make ourselves of what is no plain program.
fn calls_a_shell(text: &str) -> bool {
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    words.next().is_some_and(|program| SHELLS.contains(&base(program)))
        && words.next() == Some("-c")
}

/// No operator, no redirection, no comment, no substitution of a command; quotes are closed.
fn has_only_words(text: &str) -> bool {
    let mut chars = text.chars();
    let mut begins = true;
    while let Some(c) = chars.next() {
        match c {
            ';' | '&' | '|' | '<' | '>' | '(' | ')' | '`' | '\n' | '\r' | '{' | '}' | '!' | '^' => {
                return false;
            }
            // To some shells `=` begins the path of a program.
            '=' | '#' if begins => return false,
            '\\' if chars.next().is_none() => return false,
            '\'' if !chars.any(|c| c == '\'') => return false,
            '"' if !closes(&mut chars) => return false,
            '$' if matches!(chars.clone().next(), Some('(' | '{' | '\'' | '"' | '[')) => {
                return false;
            }
            _ => {}
        }
        begins = matches!(c, ' ' | '\t');
    }
    true
}

/// Passes what is between double quotes. False if something is run within, or they stay open.
fn closes(chars: &mut std::str::Chars<'_>) -> bool {
    while let Some(c) = chars.next() {
        match c {
            '"' => return true,
            '`' | '!' => return false,
            '$' if matches!(chars.clone().next(), Some('(' | '{' | '[')) => return false,
            '\\' if chars.next().is_none() => return false,
            _ => {}
        }
    }
    false
}
