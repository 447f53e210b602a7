//! The kinds of records: what `type=` says.
//!
//! Numbers below 1100 and from 1300 are those of `linux/audit.h`; the kernel leaves 1100 to 1199 and
//! 2100 to 2999 to programs, whose names auditd writes.

use std::fmt;

/// The kind of a record by its number. A name nobody knows is [`Kind::UNKNOWN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub i32);

macro_rules! kinds {
    ($($number:literal $name:ident,)*) => {
        /// Kinds with a name in a log, by number.
        const NAMED: &[(i32, &str)] = &[$(($number, stringify!($name)),)*];

        #[allow(missing_docs)]
        impl Kind {
            $(pub const $name: Self = Self($number);)*
        }
    };
}

kinds! {
    1005 USER, 1006 LOGIN, 1100 USER_AUTH, 1101 USER_ACCT, 1102 USER_MGMT, 1103 CRED_ACQ,
    1104 CRED_DISP, 1105 USER_START, 1106 USER_END, 1107 USER_AVC, 1108 USER_CHAUTHTOK,
    1109 USER_ERR, 1110 CRED_REFR, 1111 USYS_CONFIG, 1112 USER_LOGIN, 1113 USER_LOGOUT,
    1114 ADD_USER, 1115 DEL_USER, 1116 ADD_GROUP, 1117 DEL_GROUP, 1118 DAC_CHECK, 1119 CHGRP_ID,
    1120 TEST, 1121 TRUSTED_APP, 1122 USER_SELINUX_ERR, 1123 USER_CMD, 1124 USER_TTY,
    1125 CHUSER_ID, 1126 GRP_AUTH, 1127 SYSTEM_BOOT, 1128 SYSTEM_SHUTDOWN, 1129 SYSTEM_RUNLEVEL,
    1130 SERVICE_START, 1131 SERVICE_STOP, 1132 GRP_MGMT, 1133 GRP_CHAUTHTOK, 1134 MAC_CHECK,
    1135 ACCT_LOCK, 1136 ACCT_UNLOCK, 1137 USER_DEVICE, 1138 SOFTWARE_UPDATE, 1200 DAEMON_START,
    1201 DAEMON_END, 1202 DAEMON_ABORT, 1203 DAEMON_CONFIG, 1205 DAEMON_ROTATE,
    1206 DAEMON_RESUME, 1207 DAEMON_ACCEPT, 1208 DAEMON_CLOSE, 1209 DAEMON_ERR, 1300 SYSCALL,
    1302 PATH, 1303 IPC, 1304 SOCKETCALL, 1305 CONFIG_CHANGE, 1306 SOCKADDR, 1307 CWD,
    1309 EXECVE, 1311 IPC_SET_PERM, 1312 MQ_OPEN, 1313 MQ_SENDRECV, 1314 MQ_NOTIFY,
    1315 MQ_GETSETATTR, 1316 KERNEL_OTHER, 1317 FD_PAIR, 1318 OBJ_PID, 1319 TTY, 1320 EOE,
    1321 BPRM_FCAPS, 1322 CAPSET, 1323 MMAP, 1324 NETFILTER_PKT, 1325 NETFILTER_CFG,
    1326 SECCOMP, 1327 PROCTITLE, 1328 FEATURE_CHANGE, 1330 KERN_MODULE, 1331 FANOTIFY,
    1332 TIME_INJOFFSET, 1333 TIME_ADJNTPVAL, 1334 BPF, 1335 EVENT_LISTENER, 1336 URINGOP,
    1337 OPENAT2, 1338 DM_CTRL, 1339 DM_EVENT, 1400 AVC, 1401 SELINUX_ERR, 1402 AVC_PATH,
    1403 MAC_POLICY_LOAD, 1404 MAC_STATUS, 1405 MAC_CONFIG_CHANGE, 1406 MAC_UNLBL_ALLOW,
    1407 MAC_CIPSOV4_ADD, 1408 MAC_CIPSOV4_DEL, 1409 MAC_MAP_ADD, 1410 MAC_MAP_DEL,
    1411 MAC_IPSEC_ADDSA, 1412 MAC_IPSEC_DELSA, 1413 MAC_IPSEC_ADDSPD, 1414 MAC_IPSEC_DELSPD,
    1415 MAC_IPSEC_EVENT, 1416 MAC_UNLBL_STCADD, 1417 MAC_UNLBL_STCDEL, 1418 MAC_CALIPSO_ADD,
    1419 MAC_CALIPSO_DEL, 1500 APPARMOR, 1501 APPARMOR_AUDIT, 1502 APPARMOR_ALLOWED,
    1503 APPARMOR_DENIED, 1504 APPARMOR_HINT, 1505 APPARMOR_STATUS, 1506 APPARMOR_ERROR,
    1507 APPARMOR_KILL, 1700 ANOM_PROMISCUOUS, 1701 ANOM_ABEND, 1702 ANOM_LINK, 1703 ANOM_CREAT,
    1800 INTEGRITY_DATA, 1801 INTEGRITY_METADATA, 1802 INTEGRITY_STATUS, 1803 INTEGRITY_HASH,
    1804 INTEGRITY_PCR, 1805 INTEGRITY_RULE, 1806 INTEGRITY_EVM_XATTR,
    1807 INTEGRITY_POLICY_RULE, 2000 KERNEL, 2100 ANOM_LOGIN_FAILURES, 2101 ANOM_LOGIN_TIME,
    2102 ANOM_LOGIN_SESSIONS, 2103 ANOM_LOGIN_ACCT, 2104 ANOM_LOGIN_LOCATION, 2105 ANOM_MAX_DAC,
    2106 ANOM_MAX_MAC, 2107 ANOM_AMTU_FAIL, 2108 ANOM_RBAC_FAIL, 2109 ANOM_RBAC_INTEGRITY_FAIL,
    2110 ANOM_CRYPTO_FAIL, 2111 ANOM_ACCESS_FS, 2112 ANOM_EXEC, 2113 ANOM_MK_EXEC,
    2114 ANOM_ADD_ACCT, 2115 ANOM_DEL_ACCT, 2116 ANOM_MOD_ACCT, 2117 ANOM_ROOT_TRANS,
    2118 ANOM_LOGIN_SERVICE, 2119 ANOM_LOGIN_ROOT, 2120 ANOM_ORIGIN_FAILURES, 2121 ANOM_SESSION,
    2200 RESP_ANOMALY, 2201 RESP_ALERT, 2202 RESP_KILL_PROC, 2203 RESP_TERM_ACCESS,
    2204 RESP_ACCT_REMOTE, 2205 RESP_ACCT_LOCK_TIMED, 2206 RESP_ACCT_UNLOCK_TIMED,
    2207 RESP_ACCT_LOCK, 2208 RESP_TERM_LOCK, 2209 RESP_SEBOOL, 2210 RESP_EXEC, 2211 RESP_SINGLE,
    2212 RESP_HALT, 2213 RESP_ORIGIN_BLOCK, 2214 RESP_ORIGIN_BLOCK_TIMED,
    2215 RESP_ORIGIN_UNBLOCK_TIMED, 2300 USER_ROLE_CHANGE, 2301 ROLE_ASSIGN, 2302 ROLE_REMOVE,
    2303 LABEL_OVERRIDE, 2304 LABEL_LEVEL_CHANGE, 2305 USER_LABELED_EXPORT,
    2306 USER_UNLABELED_EXPORT, 2307 DEV_ALLOC, 2308 DEV_DEALLOC, 2309 FS_RELABEL,
    2310 USER_MAC_POLICY_LOAD, 2311 ROLE_MODIFY, 2312 USER_MAC_CONFIG_CHANGE,
    2313 USER_MAC_STATUS, 2400 CRYPTO_TEST_USER, 2401 CRYPTO_PARAM_CHANGE_USER,
    2402 CRYPTO_LOGIN, 2403 CRYPTO_LOGOUT, 2404 CRYPTO_KEY_USER, 2405 CRYPTO_FAILURE_USER,
    2406 CRYPTO_REPLAY_USER, 2407 CRYPTO_SESSION, 2408 CRYPTO_IKE_SA, 2409 CRYPTO_IPSEC_SA,
    2500 VIRT_CONTROL, 2501 VIRT_RESOURCE, 2502 VIRT_MACHINE_ID, 2503 VIRT_INTEGRITY_CHECK,
    2504 VIRT_CREATE, 2505 VIRT_DESTROY, 2506 VIRT_MIGRATE_IN, 2507 VIRT_MIGRATE_OUT,
}

/// [`NAMED`] by name: places in it.
const BY_NAME: [u8; NAMED.len()] = by_name();

const fn by_name() -> [u8; NAMED.len()] {
    let mut order = [0; NAMED.len()];
    let mut next = 0;
    while next < NAMED.len() {
        let mut at = next;
        while at > 0 && is_after(NAMED[order[at - 1] as usize].1, NAMED[next].1) {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = next as u8;
        next += 1;
    }
    order
}

const fn is_after(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] > b[at];
        }
        at += 1;
    }
    a.len() > b.len()
}

impl Kind {
    /// What a kind is whose name is not known.
    pub const UNKNOWN: Self = Self(-1);

    /// The kind called `name` in a log, in any case; `UNKNOWN[1234]` and `1234` are kind 1234.
    pub fn from_name(name: &[u8]) -> Self {
        // These are nine of ten lines of a log.
        match name {
            b"SYSCALL" => return Self::SYSCALL,
            b"PATH" => return Self::PATH,
            b"PROCTITLE" => return Self::PROCTITLE,
            b"CWD" => return Self::CWD,
            b"EXECVE" => return Self::EXECVE,
            b"BPRM_FCAPS" => return Self::BPRM_FCAPS,
            _ => {}
        }
        if let Some(number) = named(name) {
            return Self(number);
        }
        let digits = match name.strip_prefix(b"UNKNOWN[") {
            Some(rest) => rest.iter().position(|&byte| byte == b']').map(|end| &rest[..end.min(7)]),
            None => name.first().is_some_and(u8::is_ascii_digit).then_some(name),
        };
        let Some(digits) = digits else { return Self::UNKNOWN };
        let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
        Self(digits.fold(0, |number: i32, digit| {
            number.saturating_mul(10).saturating_add(i32::from(digit - b'0'))
        }))
    }

    /// Its name in a log.
    pub fn name(self) -> Option<&'static str> {
        let place = NAMED.binary_search_by_key(&self.0, |(number, _)| *number).ok()?;
        Some(NAMED[place].1)
    }

    /// Every kind that has a name, by number.
    pub fn named() -> impl Iterator<Item = (Self, &'static str)> {
        NAMED.iter().map(|&(number, name)| (Self(number), name))
    }
}

fn named(name: &[u8]) -> Option<i32> {
    let upper = |byte: &u8| byte.to_ascii_uppercase();
    let found = BY_NAME
        .binary_search_by(|&place| NAMED[place as usize].1.bytes().cmp(name.iter().map(upper)));
    Some(NAMED[BY_NAME[found.ok()?] as usize].0)
}

impl Default for Kind {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "UNKNOWN[{}]", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_number_and_back() {
        for (kind, name) in Kind::named() {
            assert_eq!(Kind::from_name(name.as_bytes()), kind);
            assert_eq!(Kind::from_name(name.to_lowercase().as_bytes()), kind);
            assert_eq!(kind.name(), Some(name));
        }
    }

    #[test]
    fn a_number_stands_for_itself() {
        assert_eq!(Kind::from_name(b"UNKNOWN[1340]"), Kind(1340));
        assert_eq!(Kind::from_name(b"1300"), Kind::SYSCALL);
        assert_eq!(Kind(1340).to_string(), "UNKNOWN[1340]");
        for bad in [&b"UNKNOWN[1340"[..], b"", b"NO_SUCH", b"\xff"] {
            assert_eq!(Kind::from_name(bad), Kind::UNKNOWN);
        }
    }
}
