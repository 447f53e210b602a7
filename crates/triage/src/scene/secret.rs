//! Files with secrets in them: what somebody who could read them has to be assumed to have.

use serde::{Deserialize, Serialize};

/// A file with a secret in it. What it holds is never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Where it is.
    pub path: String,
    /// What is in it.
    pub kind: SecretKind,
    /// Permissions.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// What is in a file with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// Settings of an application, with passwords and tokens.
    Environment,
    /// The password of a database.
    Database,
    /// Access to a cloud, a hoster, backups or what describes them.
    Cloud,
    /// Access to code, packages, images, or what builds them.
    Code,
    /// A private key of a person for ssh.
    SshKey,
    /// A private key of TLS, or another one in PEM.
    TlsKey,
    /// A private key of a VPN.
    Vpn,
    /// A private key of GnuPG.
    Gpg,
    /// Passwords of people here, as hashes.
    Passwords,
    /// The private key this server is known by for ssh.
    HostKey,
    /// Passwords kept by or for programs.
    Stored,
}

impl SecretKind {
    /// What it is, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "settings of an application",
            Self::Database => "password of a database",
            Self::Cloud => "access to a cloud or to backups",
            Self::Code => "access to code, packages or images",
            Self::SshKey => "private ssh key",
            Self::TlsKey => "private key (TLS)",
            Self::Vpn => "private key of a VPN",
            Self::Gpg => "private key of GnuPG",
            Self::Passwords => "hashes of passwords",
            Self::HostKey => "ssh key of this server",
            Self::Stored => "stored passwords",
        }
    }

    /// How it is renewed.
    pub fn renewal(self) -> &'static str {
        match self {
            Self::Environment => {
                "new passwords and tokens where each was issued; new signing keys, which end all sessions"
            }
            Self::Database => {
                "a new password in the database; look whether it was reached from outside"
            }
            Self::Cloud => {
                "revoke it at the provider, make a new one with fewer rights; read the provider's access log"
            }
            Self::Code => {
                "revoke it where it was issued; look for pushes, builds and packages you did not make"
            }
            Self::SshKey => {
                "a new key; take the old one out of authorized_keys and deploy keys everywhere"
            }
            Self::TlsKey => "a new key and certificate; revoke the old certificate",
            Self::Vpn => "a new key pair here and in every peer",
            Self::Gpg => "revoke the key, publish that, make a new one",
            Self::Passwords => {
                "new passwords for everybody, here and wherever they use the same one"
            }
            Self::HostKey => {
                "new host keys (a new server has its own); the old ones out of known_hosts"
            }
            Self::Stored => "new passwords wherever they were for",
        }
    }
}

/// Names that say it all, by their end.
const NAMES: &[(&str, SecretKind)] = &[
    ("/etc/shadow", SecretKind::Passwords),
    ("/etc/gshadow", SecretKind::Passwords),
    ("/.pgpass", SecretKind::Database),
    ("/.my.cnf", SecretKind::Database),
    ("/.mylogin.cnf", SecretKind::Database),
    ("/etc/mysql/debian.cnf", SecretKind::Database),
    ("/wp-config.php", SecretKind::Database),
    ("/config/database.yml", SecretKind::Database),
    ("/.aws/credentials", SecretKind::Cloud),
    ("/application_default_credentials.json", SecretKind::Cloud),
    ("/gcloud/credentials.db", SecretKind::Cloud),
    ("/.azure/msal_token_cache.json", SecretKind::Cloud),
    ("/.azure/accessTokens.json", SecretKind::Cloud),
    ("/.kube/config", SecretKind::Cloud),
    ("/etc/rancher/k3s/k3s.yaml", SecretKind::Cloud),
    ("/.config/hcloud/cli.toml", SecretKind::Cloud),
    ("/.config/doctl/config.yaml", SecretKind::Cloud),
    ("/rclone/rclone.conf", SecretKind::Cloud),
    ("/.vault-token", SecretKind::Cloud),
    ("/terraform.tfstate", SecretKind::Cloud),
    ("/.s3cfg", SecretKind::Cloud),
    ("/.docker/config.json", SecretKind::Code),
    ("/.git-credentials", SecretKind::Code),
    ("/.netrc", SecretKind::Code),
    ("/.npmrc", SecretKind::Code),
    ("/.pypirc", SecretKind::Code),
    ("/.cargo/credentials.toml", SecretKind::Code),
    ("/.cargo/credentials", SecretKind::Code),
    ("/.composer/auth.json", SecretKind::Code),
    ("/.gem/credentials", SecretKind::Code),
    ("/gh/hosts.yml", SecretKind::Code),
    ("/gitlab-runner/config.toml", SecretKind::Code),
    ("/.credentials_rsaparams", SecretKind::Code),
    ("/.config/master.key", SecretKind::Environment),
    ("/config/master.key", SecretKind::Environment),
    ("/.htpasswd", SecretKind::Stored),
    ("/etc/postfix/sasl_passwd", SecretKind::Stored),
    ("/etc/msmtprc", SecretKind::Stored),
    ("/.msmtprc", SecretKind::Stored),
    ("/etc/openvpn/server.key", SecretKind::Vpn),
];

/// Files that look like settings and only show how they look.
const SAMPLES: [&str; 5] = ["example", "sample", "dist", "template", "test"];

/// What a file has in it, going by its name; true if the file itself must say that it is a private key.
pub fn of_name(path: &str) -> Option<(SecretKind, bool)> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if let Some((_, kind)) = NAMES.iter().find(|(end, _)| path.ends_with(end)) {
        return Some((*kind, false));
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_sample = || SAMPLES.iter().any(|sample| name.ends_with(sample));
    if (ending == "env" || name.starts_with(".env.")) && !is_sample() {
        return Some((SecretKind::Environment, false));
    }
    if name.starts_with("ssh_host_") && name.ends_with("_key") {
        return Some((SecretKind::HostKey, true));
    }
    let is_ssh = path.contains("/.ssh/") && ending != "pub";
    if is_ssh || name.starts_with("id_") && !name.contains('.') {
        return Some((SecretKind::SshKey, true));
    }
    if path.starts_with("/etc/wireguard/") && ending == "conf" {
        return Some((SecretKind::Vpn, false));
    }
    if path.contains("/private-keys-v1.d/") {
        return Some((SecretKind::Gpg, false));
    }
    match ending {
        "pem" | "key" => Some((SecretKind::TlsKey, true)),
        "p12" | "pfx" | "jks" => Some((SecretKind::TlsKey, false)),
        "kdbx" => Some((SecretKind::Stored, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_is_in_a_file() {
        for (path, kind) in [
            ("/srv/app/.env", SecretKind::Environment),
            ("/srv/app/.env.production", SecretKind::Environment),
            ("/home/ann/.ssh/deploy", SecretKind::SshKey),
            ("/etc/letsencrypt/live/x/privkey.pem", SecretKind::TlsKey),
            ("/etc/ssh/ssh_host_ed25519_key", SecretKind::HostKey),
            ("/root/.aws/credentials", SecretKind::Cloud),
            ("/etc/shadow", SecretKind::Passwords),
        ] {
            assert_eq!(of_name(path).map(|it| it.0), Some(kind), "{path}");
        }
        for path in
            ["/srv/app/.env.example", "/home/ann/.ssh/id_rsa.pub", "/srv/environment", "/a.txt"]
        {
            assert_eq!(of_name(path), None, "{path}");
        }
    }
}
