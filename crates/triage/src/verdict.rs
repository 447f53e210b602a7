//! The verdict: named rules over findings. Pure, and monotone: more findings never make it milder.

use serde::{Deserialize, Serialize};

use crate::finding::{Certainty, Finding, Meaning};
use crate::scene::{Scene, Unseen};
use crate::severity::Severity;

/// What the owner should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing speaks for somebody having been in.
    NothingSeen,
    /// Somebody may have been in, and what was seen does not decide it.
    CannotTell,
    /// Somebody was in and did not become root: close the way in, and clean up after him.
    Patch,
    /// Nobody can say any more what this machine does: build it anew.
    Rebuild,
}

/// How far the answer can be relied upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Much could not be seen, or what was seen may be innocent.
    Low,
    /// Something could not be seen.
    Medium,
    /// All that is looked at was seen.
    High,
}

/// A rule that decided, or that limits the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// `R1` to `R8`.
    pub rule: String,
    /// What it says, in a sentence.
    pub criterion: String,
    /// The findings behind it, by detector and subject: `D7 pid:812`.
    pub findings: Vec<String>,
    /// What would change it.
    pub otherwise: String,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What to do.
    pub answer: Answer,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why, the rule that decided first.
    pub reasons: Vec<Reason>,
    /// What was not seen, and so is not in it.
    pub unseen: Vec<String>,
}

impl Answer {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingSeen => "no compromise seen",
            Self::CannotTell => "cannot tell",
            Self::Patch => "patch in place",
            Self::Rebuild => "rebuild from scratch",
        }
    }
}

impl Confidence {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What each rule says, and what would change it.
const RULES: [(&str, &str, &str); 8] = [
    (
        "R1",
        "somebody was root here, or ran code of his own as root",
        "each finding behind it turns out to be yours (nightkeep baseline accept)",
    ),
    (
        "R2",
        "programs, libraries, the kernel or the checking of passwords were changed",
        "the changed files turn out to be yours; the sums alone cannot show it",
    ),
    (
        "R3",
        "traces were removed together with a way in, so nobody can say how far it went",
        "logs kept elsewhere show what is missing here",
    ),
    (
        "R4",
        "it was made to stay, in more than one place",
        "all places but one turn out to be yours",
    ),
    (
        "R5",
        "somebody was in as an ordinary user, and nothing shows that he became root",
        "a sign of root, a changed program, or a gap in the logs: then rebuild",
    ),
    (
        "R6",
        "there were attempts only, and nobody got in",
        "a login you do not know, or anything new on the machine",
    ),
    ("R7", "something broke, and nothing shows an intruder", "any finding of an intruder"),
    (
        "R8",
        "something could not be seen, which is not the same as being well",
        "run it as root, with the logs and a baseline it asks for",
    ),
];

/// Detectors without which there is no saying that nobody was in.
const NEEDED: [&str; 12] =
    ["D1", "D3", "D5", "D7", "D10", "D11", "D13", "D14", "D15", "D26", "D27", "D24"];

/// Judges the findings of a scene.
pub fn judge(scene: &Scene, findings: &[Finding]) -> Verdict {
    let with = |meaning: Meaning| -> Vec<&Finding> {
        findings.iter().filter(|found| found.meaning.contains(&meaning)).collect()
    };
    // A hint alone decides nothing.
    let sure = |found: &[&Finding]| found.iter().any(|found| found.certainty > Certainty::Hint);
    let (root, lost) = (with(Meaning::ForeignRoot), with(Meaning::IntegrityLost));
    let (destroyed, stays) = (with(Meaning::EvidenceDestroyed), with(Meaning::Persistence));
    let (user, attempts) = (with(Meaning::ForeignUser), with(Meaning::AttemptOnly));
    let faults = with(Meaning::Fault);
    let mut reasons = Vec::new();
    let mut answer = Answer::NothingSeen;
    let mut decide = |is_so: bool, rule: usize, found: &[&Finding], says: Answer| {
        if is_so {
            answer = answer.max(says);
            reasons.push(reason(rule, found));
        }
    };
    let places: std::collections::BTreeSet<String> =
        stays.iter().map(|found| found.subject.to_string()).collect();
    let is_in = sure(&root) || sure(&user) || sure(&lost) || sure(&stays);
    decide(sure(&root), 1, &root, Answer::Rebuild);
    decide(sure(&lost), 2, &lost, Answer::Rebuild);
    decide(sure(&destroyed) && is_in, 3, &destroyed, Answer::Rebuild);
    decide(places.len() >= 2 && sure(&stays), 4, &stays, Answer::Rebuild);
    decide(sure(&user), 5, &user, Answer::Patch);
    // One place where it stays, or hints of an intruder, and nothing that decides.
    let is_doubtful = |found: &&Finding| {
        found.severity >= Severity::Warning
            && (found
                .meaning
                .iter()
                .any(|meaning| !matches!(meaning, Meaning::AttemptOnly | Meaning::Fault)))
    };
    let doubts: Vec<&Finding> = findings.iter().filter(is_doubtful).collect();
    let is_open = !doubts.is_empty();
    decide(!attempts.is_empty(), 6, &attempts, Answer::NothingSeen);
    decide(!faults.is_empty(), 7, &faults, Answer::NothingSeen);
    let is_blind = |unseen: &Unseen| unseen.detectors.iter().any(|one| NEEDED.contains(one));
    let blind: Vec<&Unseen> = scene.unseen.iter().filter(|unseen| is_blind(unseen)).collect();
    if is_open && answer == Answer::NothingSeen {
        answer = Answer::CannotTell;
        let mut open = reason(8, &doubts);
        open.criterion =
            String::from("there are signs of somebody, and what was seen does not decide it");
        open.otherwise =
            String::from("say of each finding whether it is yours (nightkeep baseline accept)");
        reasons.push(open);
    }
    if !blind.is_empty() {
        // Never clean by not having looked.
        if answer == Answer::NothingSeen && blind.iter().any(|unseen| is_grave(unseen)) {
            answer = Answer::CannotTell;
        }
        reasons.push(reason(8, &[]));
    }
    let confidence = match answer {
        Answer::Rebuild | Answer::Patch => {
            let all = [&root[..], &lost[..], &destroyed[..], &stays[..], &user[..]].concat();
            if all.iter().any(|found| found.certainty == Certainty::Sure) {
                Confidence::High
            } else {
                Confidence::Medium
            }
        }
        Answer::CannotTell => Confidence::Low,
        Answer::NothingSeen if blind.is_empty() && scene.baseline.is_some() => Confidence::High,
        Answer::NothingSeen => Confidence::Medium,
    };
    let unseen = scene.unseen.iter().map(|unseen| format!("{}: {}", unseen.what, unseen.why));
    let mut unseen: Vec<String> = unseen.collect();
    if scene.baseline.is_none() {
        unseen.push(String::from(
            "what is new on this machine: nobody took down what is normal (nightkeep baseline take)",
        ));
    }
    Verdict { answer, confidence, reasons, unseen }
}

/// Without these there is no saying anything: who runs here, who may get in, what was changed.
fn is_grave(unseen: &Unseen) -> bool {
    let is_all = |wanted: &[&str]| wanted.iter().all(|one| unseen.detectors.contains(one));
    is_all(&["D1", "D7"]) || is_all(&["D15"]) || is_all(&["D26", "D27"])
}

fn reason(rule: usize, found: &[&Finding]) -> Reason {
    let (id, criterion, otherwise) = RULES[rule - 1];
    Reason {
        rule: id.to_owned(),
        criterion: criterion.to_owned(),
        findings: found.iter().map(|found| format!("{} {}", found.id, found.subject)).collect(),
        otherwise: otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finding::Subject;

    fn finding(
        meaning: Meaning,
        certainty: Certainty,
        severity: Severity,
        subject: &str,
    ) -> Finding {
        Finding {
            id: String::from("D1"),
            severity,
            certainty,
            subject: Subject::Path(subject.to_owned()),
            sentence: String::new(),
            evidence: Vec::new(),
            innocent: String::new(),
            next: String::new(),
            meaning: vec![meaning],
            attack: Vec::new(),
        }
    }

    fn answer(found: &[Finding]) -> (Answer, Vec<String>) {
        let verdict = judge(&Scene::default(), found);
        (verdict.answer, verdict.reasons.into_iter().map(|reason| reason.rule).collect())
    }

    #[test]
    fn each_rule_decides() {
        use Certainty::{Hint, Likely, Sure};
        use Meaning::{
            AttemptOnly, EvidenceDestroyed, Fault, ForeignRoot, ForeignUser, IntegrityLost,
            Persistence,
        };
        let one = |meaning, certainty| finding(meaning, certainty, Severity::Critical, "a");
        let cases = [
            (vec![], Answer::NothingSeen, &[][..]),
            (vec![one(ForeignRoot, Sure)], Answer::Rebuild, &["R1"]),
            (vec![one(IntegrityLost, Likely)], Answer::Rebuild, &["R2"]),
            (vec![one(EvidenceDestroyed, Likely)], Answer::CannotTell, &["R8"]),
            (
                vec![one(EvidenceDestroyed, Likely), one(ForeignUser, Likely)],
                Answer::Rebuild,
                &["R3", "R5"],
            ),
            (vec![one(Persistence, Likely)], Answer::CannotTell, &["R8"]),
            (
                vec![one(Persistence, Likely), finding(Persistence, Hint, Severity::Critical, "b")],
                Answer::Rebuild,
                &["R4"],
            ),
            (vec![one(ForeignUser, Likely)], Answer::Patch, &["R5"]),
            (vec![one(AttemptOnly, Sure)], Answer::NothingSeen, &["R6"]),
            (vec![one(Fault, Sure)], Answer::NothingSeen, &["R7"]),
            (vec![one(ForeignRoot, Hint)], Answer::CannotTell, &["R8"]),
        ];
        for (found, expected, rules) in cases {
            assert_eq!(answer(&found), (expected, rules.iter().map(|&rule| rule.into()).collect()));
        }
    }

    #[test]
    fn what_was_not_looked_at_is_not_clean() {
        let unseen = |detectors: Vec<&'static str>| Unseen {
            what: String::from("x"),
            why: String::from("y"),
            mend: String::new(),
            detectors,
        };
        let judged = |detectors| {
            let scene = Scene { unseen: vec![unseen(detectors)], ..Scene::default() };
            let verdict = judge(&scene, &[]);
            (verdict.answer, verdict.confidence)
        };
        assert_eq!(judged(vec!["D18"]), (Answer::NothingSeen, Confidence::Medium));
        assert_eq!(judged(vec!["D11"]), (Answer::NothingSeen, Confidence::Medium));
        assert_eq!(judged(vec!["D1", "D7"]), (Answer::CannotTell, Confidence::Low));
    }

    proptest! {
        #[test]
        fn more_findings_never_make_it_milder(
            found in proptest::collection::vec((0..7_usize, 0..3_usize, 0..3_usize, "[ab]"), 0..8),
            more in (0..7_usize, 0..3_usize, 0..3_usize, "[ab]"),
        ) {
            use Meaning as M;
            let make = |(meaning, certainty, severity, subject): (usize, usize, usize, String)| {
                let meanings = [
                    M::ForeignRoot, M::ForeignUser, M::IntegrityLost, M::EvidenceDestroyed,
                    M::Persistence, M::AttemptOnly, M::Fault,
                ];
                let certainties = [Certainty::Hint, Certainty::Likely, Certainty::Sure];
                let severities = [Severity::Info, Severity::Warning, Severity::Critical];
                finding(meanings[meaning], certainties[certainty], severities[severity], &subject)
            };
            let mut found: Vec<Finding> = found.into_iter().map(make).collect();
            let before = answer(&found).0;
            found.push(make(more));
            prop_assert!(answer(&found).0 >= before);
        }
    }
}
