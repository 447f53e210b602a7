#![no_main]
//! Rule files, and rules in the kernel's bytes: nothing panics, and what is read is written so that
//! it means the same when it is read again.

use libfuzzer_sys::fuzz_target;
use nightkeep_audit::rules::check::{Found, Machine, Order, check};
use nightkeep_audit::rules::{Command, Names, Rule, parse, rewrite::rewrite, write};
use nightkeep_audit::syscall::Arch;

struct Nothing;

impl Names for Nothing {
    fn arch(&self) -> Arch {
        Arch::X86_64
    }
    fn user(&self, _: &str) -> Option<u32> {
        None
    }
    fn group(&self, _: &str) -> Option<u32> {
        None
    }
    fn is_directory(&self, path: &[u8]) -> bool {
        path.len() % 2 == 0
    }
}

impl Machine for Nothing {
    fn look(&self, path: &[u8]) -> Found {
        match path.len() % 5 {
            0 => Found::Missing,
            1 => Found::File,
            2 => Found::Directory { owner: 0 },
            3 => Found::Link(Some(b"/etc".to_vec())),
            _ => Found::Link(None),
        }
    }
    fn below(&self, _: &[u8], limit: usize) -> usize {
        limit
    }
    fn processes_a_day(&self) -> Option<u64> {
        Some(1_000_000)
    }
    fn log_room(&self) -> Option<u64> {
        None
    }
    fn runs_32_bit(&self) -> bool {
        true
    }
    fn homes(&self) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(rule) = Rule::decode(data) {
        let bytes = rule.encode().expect("what was decoded can be encoded");
        assert!(Rule::decode(&bytes).expect("and decoded again").is_same(&rule));
        write::listing(&rule, Arch::X86_64);
    }
    let lines = parse("fuzz", data, &Nothing);
    check(&lines, Order::AsWritten, &Nothing);
    rewrite("fuzz", data, &Nothing);
    for command in lines.iter().flat_map(|line| line.said.iter().flatten()) {
        let Command::Add(rule, _) = command else { continue };
        if rule.fields.iter().any(|field| matches!(&field.value, nightkeep_audit::rules::Value::Text(text) if text.iter().any(|byte| matches!(byte, 0 | b'\n')))) {
            continue;
        }
        let source = write::source(rule, Arch::X86_64);
        if source.len() > nightkeep_audit::rules::LONGEST_LINE {
            continue;
        }
        let again = parse("again", &source, &Nothing);
        let said = again.first().expect("a line").said.as_deref();
        let Ok([Command::Add(again, _)]) = said else {
            panic!("{}: {said:?}", String::from_utf8_lossy(&source));
        };
        assert_eq!(again.sorted(), rule.sorted(), "{}", String::from_utf8_lossy(&source));
    }
});
