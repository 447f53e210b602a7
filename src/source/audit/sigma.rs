//! Sigma rules from files, and what of their hits somebody should hear of.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use nightkeep_audit::action::Action;
use nightkeep_audit::sigma::{About, Detector, Left, Level, Loader, files, text};

use crate::model::text::visible;
use crate::model::{AuditAct, AuditActKind};

/// The rules below these paths, those that are not asked, and how many are below the level.
pub fn load(paths: &[PathBuf], least: Level) -> anyhow::Result<(Detector, Vec<Left>, usize)> {
    let mut loader = Loader::new(least);
    for path in paths {
        let cannot = || format!("the Sigma rules {} cannot be read", path.display());
        for file in files(path).with_context(cannot)? {
            let text = text(&file)
                .with_context(|| format!("the Sigma rule {} cannot be read", file.display()))?;
            loader.add(&file, &text);
        }
    }
    Ok(loader.finish())
}

/// Tells of the processes there are now: they may be parents.
pub fn parents(detector: &mut Detector) {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(image) = fs::read_link(entry.path().join("exe")) else { continue };
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).trim_end_matches('\0').replace('\0', " ");
        detector.process(pid, image.to_string_lossy().into_owned(), command);
    }
}

/// A hit, as it is told. Rules of the same title by the same person are one thing.
pub(super) fn act(about: &About, action: &Action) -> AuditAct {
    let who = action.actor.login.as_deref().unwrap_or_default();
    let techniques: Vec<String> = about.techniques().collect();
    let techniques =
        if techniques.is_empty() { String::new() } else { format!(" ({})", techniques.join(", ")) };
    // The license of the rules people share asks for who wrote them.
    let by =
        about.author.as_deref().map_or_else(String::new, |author| format!("; rule by {author}"));
    AuditAct {
        kind: AuditActKind::Sigma { critical: about.level == Level::Critical },
        who: visible(who, 64),
        object: visible(&about.title, 200),
        sentence: visible(&format!("{}{techniques}: {action}{by}", about.title), 600),
        session: action.actor.session,
    }
}
