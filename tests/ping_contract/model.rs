//! What becomes of a check by the contract, in a few lines of its own.

use serde_json::Value;

use crate::server::Answer;

#[derive(Debug, Clone)]
pub(crate) struct Model {
    settings: &'static str,
    manual: bool,
    status: &'static str,
    pings: u64,
    run: Run,
}

/// A run that has begun, and under which name.
#[derive(Debug, Clone, PartialEq)]
enum Run {
    None,
    Begun(Option<String>),
}

impl Model {
    pub(crate) fn new(settings: &'static str) -> Self {
        let manual = settings.contains("manual_resume");
        Self { settings, manual, status: "new", pings: 0, run: Run::None }
    }

    pub(crate) fn apply(&mut self, effect: &str, method: &str, body: &str, rid: Option<&String>) {
        match effect {
            "none" | "made" => return,
            "pause" => {
                (self.status, self.run) = ("paused", Run::None);
                return;
            }
            "resume" => {
                if self.status == "paused" {
                    self.status = "new";
                }
                return;
            }
            "manual-" => {
                self.manual = false;
                return;
            }
            _ => {}
        }
        self.pings += 1;
        let mut kind = effect;
        if self.settings.contains("\"POST\"") && method != "POST" {
            kind = "ign";
        } else if self.settings.contains("filter_http_body") {
            let has = |word| self.settings.contains(word) && body.contains(word);
            kind = if has("failed") || has("error") {
                "fail"
            } else if has("good") {
                "success"
            } else if has("begin") {
                "start"
            } else if self.settings.contains("default_fail") {
                "fail"
            } else {
                "ign"
            };
        }
        if self.status == "paused" && self.manual {
            kind = "ign";
        }
        match kind {
            "start" => self.run = Run::Begun(rid.cloned()),
            "success" | "fail" => {
                let is_same = matches!(&self.run, Run::Begun(run) if run.as_ref() == rid);
                if is_same || kind == "fail" || rid.is_none() {
                    self.run = Run::None;
                }
                self.status = if kind == "fail" { "down" } else { "up" };
            }
            _ => {}
        }
    }

    /// How an answer differs from the table's; the check is as it was before.
    pub(crate) fn unlike(
        &self,
        status: &str,
        body: &str,
        method: &str,
        answer: &Answer,
    ) -> Option<String> {
        // Of `A // B` the first is for a check that is paused.
        let pick = |text: &str| match text.split_once(" // ") {
            Some((paused, _)) if self.status == "paused" => paused.to_owned(),
            Some((_, other)) => other.to_owned(),
            None => text.to_owned(),
        };
        let (status, body) = (pick(status), pick(body));
        let is_right = answer.status.to_string() == status
            && match body.as_str() {
                _ if method == "HEAD" => answer.body.is_empty(),
                "page" => answer.body.contains("<h1>Not Found</h1>"),
                "check" => answer.json()["name"].is_string(),
                "checks" | "pings" | "flips" => answer.json()[&body].is_array(),
                text => answer.body == text,
            };
        let told = format!("table: {status} {body}, answered: {} {}", answer.status, answer.body);
        (!is_right).then_some(told)
    }

    pub(crate) fn unlike_state(&self, answer: &Answer) -> Option<String> {
        let state = answer.json();
        let own = (Value::from(self.status), Value::from(self.pings), self.run != Run::None);
        let shown = (state["status"].clone(), state["n_pings"].clone(), state["started"] == true);
        (own != shown).then(|| format!("model: {own:?}, shown: {shown:?}"))
    }
}
