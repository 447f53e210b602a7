//! Rules and logs of the world, where they are at hand.

use super::*;

/// Rules of SigmaHQ (`SIGMA_RULES`: its rules/linux), and logs of servers where nothing bad happened
/// (`SIGMA_LOGS`: files with a colon between them).
#[test]
fn the_rules_people_use() {
    let Some(folder) = std::env::var_os("SIGMA_RULES") else {
        let skipped = "skipped: set SIGMA_RULES to rules/linux of SigmaHQ's repository\n";
        return std::io::Write::write_all(&mut std::io::stderr(), skipped.as_bytes()).unwrap();
    };
    let mut loader = Loader::new(Level::Informational);
    let files = files(Path::new(&folder)).unwrap();
    assert!(files.len() > 100, "these are few rules");
    for file in &files {
        loader.add(file, &text(file).unwrap());
    }
    let (mut detector, left, _) = loader.finish();
    assert_eq!(detector.len() + left.len(), files.len(), "each rule is loaded or named");
    let broken: Vec<&Left> =
        left.iter().filter(|left| matches!(left.why, Why::Broken(_))).collect();
    assert_eq!(broken, Vec::<&Left>::new());
    assert!(left.len() < files.len() / 8, "{left:#?}");

    let names = Names::default();
    let (mut events, mut alarms) = (0, 0);
    let logs = std::env::var("SIGMA_LOGS").unwrap_or_default();
    for log in logs.split(':').filter(|log| !log.is_empty()) {
        let input = crate::log::Input::File(log.into());
        let mut log = crate::log::Events::new([input], crate::Compat::V4, crate::TIMEOUT);
        while let Some(event) = log.next().unwrap() {
            let action = action::read(event, &names);
            let mut hits = detector.hits(event, &action, &names).to_vec();
            hits.sort_unstable();
            alarms += hits.iter().filter(|hit| detector.rule(**hit).0.level >= Level::High).count();
            detector.look(event, &action, &names, true);
            assert_eq!(hits, detector.hits, "the index leaves out only what does not hold");
            events += 1;
        }
    }
    assert!(alarms <= events / 1000, "{alarms} alarms in {events} events where nothing happened");
}
