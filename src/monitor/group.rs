//! Several monitors taken together. Pure.

use crate::model::{MonitorState, MonitorStatus};

/// The state of a group of which at least `needs` members have to be up (none: all). Members that
/// are paused or under maintenance are left out by the caller; `None` is one of which nothing is
/// known yet. No state while that decides.
pub fn state(
    members: &[(&str, Option<MonitorStatus>)],
    needs: Option<usize>,
) -> Option<MonitorState> {
    let names = |wanted: fn(Option<MonitorStatus>) -> bool| -> Vec<&str> {
        members.iter().filter(|(_, status)| wanted(*status)).map(|(name, _)| *name).collect()
    };
    // A degraded member answers all the same.
    let up = names(|status| matches!(status, Some(MonitorStatus::Up | MonitorStatus::Degraded)));
    let down = names(|status| status == Some(MonitorStatus::Down));
    let open = names(|status| status.is_none());
    let needs = needs.unwrap_or(members.len()).min(members.len());
    let (status, lacking) = if up.len() >= needs {
        (MonitorStatus::Up, &down)
    } else if members.len() - down.len() < needs {
        (MonitorStatus::Down, &down)
    } else if !open.is_empty() {
        return None;
    } else {
        (MonitorStatus::Unknown, &down)
    };
    let mut said = format!("{} of {} up", up.len(), members.len());
    if needs < members.len() {
        said += &format!(", {needs} needed");
    }
    if !lacking.is_empty() {
        let shown: Vec<&str> = lacking.iter().take(5).copied().collect();
        let more = lacking.len() - shown.len();
        said += &format!("; down: {}", shown.join(", "));
        if more > 0 {
            said += &format!(" and {more} more");
        }
    }
    Some(MonitorState { status, said, unasked: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_needed() {
        use MonitorStatus::{Degraded, Down, Unknown, Up};
        let told = |statuses: &[Option<MonitorStatus>], needs| {
            let names = ["a", "b", "c"];
            let members: Vec<_> = names.iter().copied().zip(statuses.iter().copied()).collect();
            state(&members, needs).map(|state| format!("{:?} {}", state.status, state.said))
        };
        let said = |text: &str| Some(text.to_owned());
        let all = [Some(Up), Some(Degraded), Some(Up)];
        assert_eq!(told(&all, None), said("Up 3 of 3 up"));
        let two = [Some(Up), Some(Down), Some(Up)];
        assert_eq!(told(&two, None), said("Down 2 of 3 up; down: b"));
        assert_eq!(told(&two, Some(2)), said("Up 2 of 3 up, 2 needed; down: b"));
        assert_eq!(
            told(&[Some(Down), Some(Unknown), Some(Up)], Some(2)),
            said("Unknown 1 of 3 up, 2 needed; down: a")
        );
        assert_eq!(told(&[Some(Up), None, Some(Up)], None), None);
        assert_eq!(told(&[Some(Down), None, Some(Up)], None), said("Down 1 of 3 up; down: a"));
        assert_eq!(told(&[], None), said("Up 0 of 0 up"));
    }
}
