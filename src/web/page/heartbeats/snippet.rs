//! How a job calls, in the languages jobs are written in. Pure.

use crate::heartbeat::{When, Written};
use crate::web::locale::heartbeats as t;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snippet {
    /// For the element.
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) code: String,
}

const CURL: &str = "curl -fsS -m 10 --retry 5 -o /dev/null";

/// All of them, for an address.
pub(super) fn snippets(url: &str, slug: &str, when: &When) -> Vec<Snippet> {
    let snippet = |id, name, about, code| Snippet { id, name, about, code };
    let cron = match when.written() {
        Written::Cron { expression, .. } => expression.as_str(),
        _ => "30 2 * * *",
    };
    let mut all = vec![snippet(
        "sh",
        t::shell(),
        t::shell_about(),
        format!(
            "rid=$(cat /proc/sys/kernel/random/uuid)\n\
             {CURL} \"{url}/start?rid=$rid\"\n\
             output=$(/path/to/job 2>&1)\n\
             code=$?\n\
             {CURL} --data-raw \"$output\" \"{url}/$code?rid=$rid\"\n\
             exit $code\n"
        ),
    )];
    if !slug.is_empty() {
        all.push(snippet(
            "wrap",
            "nightkeep cron wrap",
            t::wrap_about(),
            format!("{cron} nightkeep cron wrap {slug} -- /path/to/job\n"),
        ));
    }
    all.extend([
        snippet(
            "cron",
            "crontab",
            t::crontab_about(),
            format!("{cron} /path/to/job && {CURL} {url}\n"),
        ),
        snippet(
            "systemd",
            "systemd",
            t::systemd_about(),
            format!(
                "[Service]\n\
                 ExecStartPre=-/usr/bin/{CURL} {url}/start\n\
                 ExecStopPost=-/bin/sh -c 'test \"$$EXIT_CODE\" = exited && end=$$EXIT_STATUS || end=fail; \
                 {CURL} {url}/$$end'\n"
            ),
        ),
        snippet(
            "python",
            "Python",
            "",
            format!(
                "import urllib.request\n\n\
                 urllib.request.urlopen(\"{url}\", timeout=10)\n"
            ),
        ),
        snippet(
            "node",
            "Node.js",
            "",
            format!("await fetch(\"{url}\", {{ signal: AbortSignal.timeout(10_000) }});\n"),
        ),
        snippet("php", "PHP", "", format!("file_get_contents(\"{url}\");\n")),
        snippet(
            "powershell",
            "PowerShell",
            "",
            format!("Invoke-RestMethod -TimeoutSec 10 {url}\n"),
        ),
    ]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crontab_has_the_schedule() {
        let when = When::cron("5 4 * * 0", "UTC").unwrap();
        let all = snippets("https://a.example/ping/k/dump", "dump", &when);
        let code = |id| all.iter().find(|one| one.id == id).map(|one| one.code.as_str());
        assert_eq!(code("wrap"), Some("5 4 * * 0 nightkeep cron wrap dump -- /path/to/job\n"));
        assert!(
            code("cron").is_some_and(|code| code.starts_with("5 4 * * 0 /path/to/job && curl "))
        );
        assert!(
            all.iter()
                .all(|one| one.id == "wrap" || one.code.contains("https://a.example/ping/k/dump"))
        );
        let bare = snippets("https://a.example/ping/u", "", &when);
        assert!(bare.iter().all(|one| one.id != "wrap"));
    }
}
