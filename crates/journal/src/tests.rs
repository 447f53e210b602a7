use std::fs;
use std::path::PathBuf;

use super::*;

/// A journal of Debian 12 (compact, keyed, zstd): 30 lines about a unit that failed, and others.
const DEBIAN12: &[u8] = include_bytes!("debian12.journal.zst");

fn journal() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let machine = folder.path().join("1dd6648b13f74639a1b5d704f845cb78");
    fs::create_dir(&machine).unwrap();
    let path = machine.join("system.journal");
    fs::write(&path, zstd::decode_all(DEBIAN12).unwrap()).unwrap();
    (folder, path)
}

fn open(folder: &tempfile::TempDir) -> Journal {
    Journal::open(&[folder.path().to_owned()]).unwrap()
}

#[test]
fn every_entry_in_both_directions() {
    let (folder, _) = journal();
    let mut journal = open(&folder);
    let query = Query::new(&["MESSAGE"]);
    let forward: Vec<_> = journal.since(&query, 0).collect();
    let mut backward: Vec<_> = journal.back_to(&query, 0).collect();
    backward.reverse();
    assert!(forward.len() > 40, "{}", forward.len());
    assert_eq!(forward, backward);
    assert!(forward.is_sorted_by_key(|entry| entry.seqnum));
    assert!(forward.iter().all(|entry| !entry.field(0).is_empty()));
}

#[test]
fn values_are_found_alone_together_and_by_choice() {
    let (folder, _) = journal();
    let mut journal = open(&folder);
    let fields = ["MESSAGE", "_SYSTEMD_UNIT", "_PID", "UNIT"];
    let every: Vec<_> = journal.since(&Query::new(&fields), 0).collect();
    let mut ask = |query: &Query| journal.since(query, 0).collect::<Vec<_>>();
    let unit = b"t-fail.service";

    let one = ask(&Query::new(&fields).having(&[("_SYSTEMD_UNIT", "t-fail.service")]));
    let expected: Vec<_> = every.iter().filter(|e| e.field(1) == unit).cloned().collect();
    assert_eq!((one.len() > 2, one), (true, expected));

    let both = Query::new(&fields).having(&[("UNIT", "t-fail.service"), ("_PID", "1")]);
    let about = |e: &&Entry| e.field(3) == unit && e.field(2) == b"1";
    let expected: Vec<_> = every.iter().filter(about).cloned().collect();
    assert_eq!(ask(&both), expected);

    let either = both.having(&[("_SYSTEMD_UNIT", "t-fail.service")]);
    let expected: Vec<_> =
        every.iter().filter(|e| about(e) || e.field(1) == unit).cloned().collect();
    assert_eq!(ask(&either), expected);

    assert_eq!(ask(&Query::new(&[]).having(&[("_SYSTEMD_UNIT", "nothing")])), []);
}

#[test]
fn a_time_to_begin_at_or_go_back_to() {
    let (folder, _) = journal();
    let mut journal = open(&folder);
    let query = Query::new(&["MESSAGE"]);
    let every: Vec<_> = journal.since(&query, 0).collect();
    for middle in [0, 1, every.len() / 2, every.len() - 1] {
        let since = every[middle].realtime;
        let expected: Vec<_> = every.iter().filter(|e| e.realtime >= since).cloned().collect();
        let from: Vec<_> = journal.since(&query, since).collect();
        assert_eq!(from, expected);
        let mut back: Vec<_> = journal.back_to(&query, since).collect();
        back.reverse();
        assert_eq!(back, expected);
        let expected: Vec<_> = every.iter().filter(|e| e.realtime <= since).cloned().collect();
        let mut back: Vec<_> = journal.back_from(&query, since).collect();
        back.reverse();
        assert_eq!(back, expected);
    }
}

#[test]
fn a_copy_of_the_same_file_does_not_change_the_order() {
    let (folder, path) = journal();
    fs::copy(&path, path.with_file_name("system@old.journal")).unwrap();
    let mut journal = open(&folder);
    let entries: Vec<_> = journal.since(&Query::new(&[]), 0).map(|entry| entry.realtime).collect();
    assert!(entries.is_sorted());
}

#[test]
fn follows_through_rotation() {
    let (_folder, path) = journal();
    let whole = fs::read(&path).unwrap();
    let query = Query::new(&["MESSAGE"]).having(&[("_SYSTEMD_UNIT", "t-fail.service")]);
    fs::remove_file(&path).unwrap();

    let mut follow = Follow::from_now(&path, query.clone());
    assert_eq!(follow.look().unwrap(), []);
    fs::write(&path, &whole).unwrap();
    let all = follow.look().unwrap();
    assert!(all.len() > 2);
    assert_eq!(follow.look().unwrap(), []);

    fs::rename(&path, path.with_file_name("system@1.journal")).unwrap();
    assert_eq!(follow.look().unwrap(), []);
    fs::write(&path, &whole).unwrap();
    assert_eq!(follow.look().unwrap(), all);
    assert_eq!(Follow::from_now(&path, query).look().unwrap(), []);
}

/// Whatever bytes are damaged, reading ends, and without a panic.
#[test]
fn damage_is_survived() {
    let (folder, path) = journal();
    let whole = fs::read(&path).unwrap();
    let query = Query::new(&["MESSAGE", "_PID"]).having(&[("_PID", "1")]);
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for round in 0..300 {
        let mut bytes = whole.clone();
        // The first pages hold the header, the index and the first objects.
        let region = if round % 2 == 0 { 4096 } else { bytes.len() };
        for _ in 0..=random(20) {
            let at = random(region);
            bytes[at] = random(256) as u8;
        }
        if round % 5 == 0 {
            bytes.truncate(random(whole.len()));
        }
        fs::write(&path, &bytes).unwrap();
        let Ok(mut journal) = Journal::open(&[folder.path().to_owned()]) else { continue };
        assert!(journal.since(&query, 0).count() <= 100_000);
        assert!(journal.back_to(&Query::new(&["MESSAGE"]), 0).count() <= 100_000);
    }
}
