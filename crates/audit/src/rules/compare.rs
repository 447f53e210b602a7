//! Two fields of a rule held against one another (`-C`).

use super::rule::FieldName;

/// `AUDIT_COMPARE_*` of `linux/audit.h`, the first one being number 1.
static PAIRS: [(FieldName, FieldName); 25] = [
    (FieldName::UID, FieldName::OBJ_UID),
    (FieldName::GID, FieldName::OBJ_GID),
    (FieldName::EUID, FieldName::OBJ_UID),
    (FieldName::EGID, FieldName::OBJ_GID),
    (FieldName::AUID, FieldName::OBJ_UID),
    (FieldName::SUID, FieldName::OBJ_UID),
    (FieldName::SGID, FieldName::OBJ_GID),
    (FieldName::FSUID, FieldName::OBJ_UID),
    (FieldName::FSGID, FieldName::OBJ_GID),
    (FieldName::UID, FieldName::AUID),
    (FieldName::UID, FieldName::EUID),
    (FieldName::UID, FieldName::FSUID),
    (FieldName::UID, FieldName::SUID),
    (FieldName::AUID, FieldName::FSUID),
    (FieldName::AUID, FieldName::SUID),
    (FieldName::AUID, FieldName::EUID),
    (FieldName::EUID, FieldName::SUID),
    (FieldName::EUID, FieldName::FSUID),
    (FieldName::SUID, FieldName::FSUID),
    (FieldName::GID, FieldName::EGID),
    (FieldName::GID, FieldName::FSGID),
    (FieldName::GID, FieldName::SGID),
    (FieldName::EGID, FieldName::FSGID),
    (FieldName::EGID, FieldName::SGID),
    (FieldName::SGID, FieldName::FSGID),
];

/// The number of a pair, whichever of the two is written first.
pub(super) fn number(one: FieldName, other: FieldName) -> Option<u32> {
    let place = PAIRS.iter().position(|pair| *pair == (one, other) || *pair == (other, one))?;
    u32::try_from(place + 1).ok()
}

/// The pair of a number.
pub(super) fn pair(number: u32) -> Option<(FieldName, FieldName)> {
    let place = usize::try_from(number).ok()?.checked_sub(1)?;
    PAIRS.get(place).copied()
}
