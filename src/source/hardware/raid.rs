//! Software RAID: /proc/mdstat (md(4)).

use crate::model::RaidState;
use crate::source::kernel::{fields, lines, number};
use crate::source::shown::shown;

/// Arrays looked at, failed members named, and the longest name.
const MOST: usize = 32;
const MOST_FAILED: usize = 8;
const LONGEST: usize = 32;

/// The arrays of redundant levels, by their name.
///
/// ```text
/// md0 : active raid1 sdb1[1](F) sda1[0]
///       976630464 blocks super 1.2 [2/1] [U_]
///       [=>...................]  recovery =  8.5% (83392/976630464) finish=127.5min
/// ```
pub(super) fn arrays(mdstat: &[u8]) -> Vec<(String, RaidState)> {
    let mut arrays: Vec<(String, RaidState)> = Vec::new();
    for line in lines(mdstat) {
        if !line.starts_with(b" ") {
            let mut words = fields(line);
            let (name, colon) = (words.next().unwrap_or_default(), words.next());
            let is_array = name.starts_with(b"md") && colon == Some(b":");
            if is_array && arrays.len() < MOST {
                arrays.push((shown(name, LONGEST), head(words)));
            }
            continue;
        }
        let Some((_, array)) = arrays.last_mut() else { continue };
        if let Some((wanted, working)) = fields(line).find_map(counts) {
            (array.wanted, array.working) = (wanted, working);
        } else if let Some(progress) = progress(line) {
            array.progress = Some(progress);
        }
    }
    // Arrays without redundancy have no counts: their disks speak for them.
    arrays.retain(|(_, array)| array.wanted > 0 || !array.active);
    arrays
}

/// `active (auto-read-only) raid1 sdb1[1](F) sda1[0]`.
fn head<'a>(words: impl Iterator<Item = &'a [u8]>) -> RaidState {
    let mut array = RaidState::default();
    for word in words {
        if word == b"active" {
            array.active = true;
        } else if word.starts_with(b"(") {
        } else if let Some(bracket) = word.iter().position(|byte| *byte == b'[') {
            if word.ends_with(b"(F)") && array.failed.len() < MOST_FAILED {
                array.failed.push(shown(&word[..bracket], LONGEST));
            }
        } else if array.active && array.level.is_empty() {
            array.level = shown(word, LONGEST);
        }
    }
    array
}

/// `[2/1]`: wanted and working.
fn counts(word: &[u8]) -> Option<(u32, u32)> {
    let inner = word.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let slash = inner.iter().position(|byte| *byte == b'/')?;
    let count = |text| u32::try_from(number(text)?).ok();
    Some((count(&inner[..slash])?, count(&inner[slash + 1..])?))
}

/// `recovery =  8.5% (…)`, or `resync=DELAYED`, which is at its beginning.
fn progress(line: &[u8]) -> Option<(String, u16)> {
    const ACTIONS: [&str; 4] = ["recovery", "resync", "reshape", "check"];
    let line = String::from_utf8_lossy(line);
    let (before, after) = line.split_once('=').map(|_| {
        // The bar before it is drawn with `=` as well.
        let at = ACTIONS.iter().filter_map(|action| line.find(action)).min();
        at.map_or(("", ""), |at| line[at..].split_once('=').unwrap_or_default())
    })?;
    let action = ACTIONS.into_iter().find(|action| before.trim() == *action)?;
    let percent = after.trim_start().split('%').next().and_then(|text| text.parse::<f64>().ok());
    Some((action.to_owned(), (percent.unwrap_or(0.0).clamp(0.0, 100.0) * 10.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degraded_arrays_and_their_repair() {
        let mdstat = b"Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]\n\
            md0 : active raid1 sdb1[1](F) sda1[0]\n      976630464 blocks super 1.2 [2/1] [U_]\n\
            \x20     [=>...................]  recovery =  8.5% (83392/976630464) finish=127.5min speed=127K/sec\n\
            \x20     bitmap: 1/8 pages [4KB], 65536KB chunk\n\n\
            md1 : active (auto-read-only) raid5 sdc1[2] sdd1[1] sde1[0]\n\
            \x20     100 blocks level 5, 64k chunk, algorithm 2 [3/3] [UUU]\n      \tresync=DELAYED\n\n\
            md2 : active raid0 sdf1[0]\n      100 blocks 512k chunks\n\n\
            md127 : inactive sda2[0](S)\n      100 blocks super 1.2\n\n\
            unused devices: <none>\n";
        let arrays: Vec<String> = arrays(mdstat)
            .iter()
            .map(|(name, one)| {
                let RaidState { level, wanted, working, failed, progress, .. } = one;
                let ill = if one.is_degraded() { " ill" } else { "" };
                format!("{name} {level} {working}/{wanted} {failed:?} {progress:?}{ill}")
            })
            .collect();
        assert_eq!(
            arrays,
            [
                r#"md0 raid1 1/2 ["sdb1"] Some(("recovery", 85)) ill"#,
                r#"md1 raid5 3/3 [] Some(("resync", 0))"#,
                "md127  0/0 [] None ill",
            ]
        );
        assert!(super::arrays(b"unused devices: <none>\n").is_empty());
        assert!(super::arrays(b"\xff\n [/] \nmd0 :\n  [=>  ]\n").len() <= 1);
    }
}
