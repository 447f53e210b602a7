//! What the kernel refuses though every word of the rule is right (`audit_field_valid` and what it
//! calls in the kernel's `auditfilter.c`).

use super::pair::{Wrong, wrong};
use super::rule::{FieldName, List, Operator, Rule, Value};

impl Rule {
    /// Why the kernel will answer `EINVAL`, whatever files there are.
    pub(super) fn refusal(&self) -> Option<Wrong> {
        let has = |name| self.field(name).is_some();
        let count = |name| self.fields.iter().filter(|field| field.name == name).count();
        let only = |name: FieldName, lists: &[List], said: &str| {
            (has(name) && !lists.contains(&self.list)).then(|| {
                let name = name.name().unwrap_or_default();
                wrong(
                    format!("{name} cannot be asked in the list {}", self.list.as_str()),
                    &format!("{name} goes with {said}"),
                )
            })
        };
        let exit = [List::Exit];
        let returns = [List::Exit, List::Uring];
        if self.list == List::Filesystem
            && self
                .fields
                .iter()
                .any(|field| field.name != FieldName::FSTYPE && field.name != FieldName::KEY)
        {
            return Some(wrong(
                String::from("the list filesystem takes nothing but a type of filesystem"),
                "-a never,filesystem -F fstype=…",
            ));
        }
        let perms = [List::Exit, List::Exclude];
        let sessions = [List::Exit, List::Exclude, List::User];
        let misplaced = [
            only(FieldName::MSGTYPE, &[List::Exclude, List::User], "exclude or user"),
            only(FieldName::FSTYPE, &[List::Filesystem], "filesystem"),
            only(FieldName::PERM, &perms, "exit"),
            only(FieldName::SESSIONID, &sessions, "exit, exclude or user"),
            only(FieldName::PATH, &returns, "exit"),
            only(FieldName::DIR, &returns, "exit"),
            only(FieldName::INODE, &returns, "exit"),
            only(FieldName::EXIT, &returns, "exit"),
            only(FieldName::SUCCESS, &returns, "exit"),
            only(FieldName::FILETYPE, &exit, "exit"),
            only(FieldName::PPID, &exit, "exit"),
            only(FieldName::DEVMAJOR, &returns, "exit"),
            only(FieldName::DEVMINOR, &returns, "exit"),
            only(FieldName::COMPARE, &exit, "exit"),
        ];
        if let Some(why) = misplaced.into_iter().flatten().next() {
            return Some(why);
        }
        let places = count(FieldName::PATH) + count(FieldName::DIR) + count(FieldName::INODE);
        if places > 1 {
            return Some(wrong(
                String::from("a rule can watch one path, directory or inode"),
                "write a rule for each",
            ));
        }
        if count(FieldName::EXE) > 1 {
            return Some(wrong(
                String::from("a rule can name one program"),
                "write a rule for each",
            ));
        }
        let ends_in_slash =
            |name| self.text_of(name).is_some_and(|path| path.len() > 1 && path.ends_with(b"/"));
        if ends_in_slash(FieldName::PATH) || ends_in_slash(FieldName::EXE) {
            return Some(wrong(
                String::from("the kernel refuses a path that ends in /"),
                "leave the / out, or write dir= for a directory",
            ));
        }
        if self.perm() == Some(0) {
            return Some(wrong(String::from("perm= names no permission"), "perm=wa"));
        }
        None
    }

    fn text_of(&self, name: FieldName) -> Option<&[u8]> {
        match self.field(name) {
            Some(field) if field.operator == Operator::Equal => match &field.value {
                Value::Text(text) => Some(text),
                Value::Number(_) => None,
            },
            _ => None,
        }
    }
}
