//! Which request goes where: the addresses below `/api/v1/`, `/api/v2/` and `/api/v3/`.

use uuid::Uuid;

use crate::heartbeat::contract;

/// What an address is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All checks.
    Checks,
    /// One check.
    Check(Which),
    /// To pause it.
    Pause(Uuid),
    /// To resume it.
    Resume(Uuid),
    /// Its log.
    Pings(Uuid),
    /// What was sent with the call of this number.
    Body(Uuid, u64),
    /// Its changes of status.
    Flips(Which),
    /// Whom it can tell.
    Channels,
    /// Badges of all tags.
    Badges,
    /// Is the server well?
    Status,
    /// Numbers about the server, for which Healthchecks has a key of its own.
    Metrics,
}

/// A check, by one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Its own address.
    Uuid(Uuid),
    /// The name that whoever may only read knows it by.
    Key(String),
}

/// The version of the API and the place in it that a path names. None: there is none.
pub fn read(path: &str) -> Option<(u8, Place)> {
    let (version, rest) = path.strip_prefix("/api/v")?.split_once('/')?;
    let version = match version {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        _ => return None,
    };
    let steps: Vec<&str> = rest.splitn(6, '/').collect();
    let place = match steps[..] {
        ["checks", ""] => Place::Checks,
        ["checks", check] => Place::Check(which(check)?),
        ["checks", check, "pause"] => Place::Pause(contract::uuid(check)?),
        ["checks", check, "resume"] => Place::Resume(contract::uuid(check)?),
        ["checks", check, "pings", ""] => Place::Pings(contract::uuid(check)?),
        ["checks", check, "pings", n, "body"] => {
            let digits = !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit());
            // A number too large for anything is the number of no call.
            let n = digits.then(|| n.parse().unwrap_or(u64::MAX))?;
            Place::Body(contract::uuid(check)?, n)
        }
        ["checks", check, "flips", ""] => Place::Flips(which(check)?),
        ["channels", ""] => Place::Channels,
        ["badges", ""] => Place::Badges,
        ["status", ""] => Place::Status,
        ["metrics", ""] => Place::Metrics,
        _ => return None,
    };
    Some((version, place))
}

impl Place {
    /// The methods it knows, beside OPTIONS.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Checks => &["GET", "POST"],
            Self::Check(Which::Uuid(_)) => &["POST", "DELETE", "GET"],
            Self::Pause(_) | Self::Resume(_) => &["POST"],
            _ => &["GET"],
        }
    }

    /// Does it show or do what whoever may only read must not?
    pub fn needs_write(&self, method: &str) -> bool {
        match self {
            Self::Checks | Self::Check(_) => method != "GET",
            Self::Flips(_) | Self::Badges => false,
            _ => true,
        }
    }
}

fn which(text: &str) -> Option<Which> {
    if let Some(uuid) = contract::uuid(text) {
        return Some(Which::Uuid(uuid));
    }
    let is_key = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_key.then(|| Which::Key(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let uuid = Uuid::from_u128(7);
        let key = "a".repeat(40);
        for (path, place) in [
            (String::from("/api/v3/checks/"), Some((3, Place::Checks))),
            (String::from("/api/v1/checks/"), Some((1, Place::Checks))),
            (String::from("/api/v4/checks/"), None),
            (String::from("/api/v3/checks"), None),
            (format!("/api/v3/checks/{uuid}"), Some((3, Place::Check(Which::Uuid(uuid))))),
            (format!("/api/v3/checks/{uuid}/"), None),
            (format!("/api/v3/checks/{key}"), Some((3, Place::Check(Which::Key(key.clone()))))),
            (format!("/api/v2/checks/{uuid}/pings/"), Some((2, Place::Pings(uuid)))),
            (format!("/api/v2/checks/{uuid}/pings/12/body"), Some((2, Place::Body(uuid, 12)))),
            (format!("/api/v2/checks/{uuid}/pings/-1/body"), None),
            (format!("/api/v2/checks/{uuid}/pings/1/body/"), None),
            (format!("/api/v3/checks/{key}/flips/"), Some((3, Place::Flips(Which::Key(key))))),
            (String::from("/api/v3/status/"), Some((3, Place::Status))),
            (String::from("/api/v3/"), None),
            (String::from("/api/v3"), None),
        ] {
            assert_eq!(read(&path), place, "{path}");
        }
    }
}
