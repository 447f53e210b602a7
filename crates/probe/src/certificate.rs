//! TLS certificates: what they say, and whether anybody should believe them.

mod chain;
pub mod handshake;
mod x509;

use std::fmt;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};

pub use chain::{flaws, weakness};
pub use x509::{Leaf, read};

use crate::text::{distance, time};
use handshake::Shown;

/// What is wrong with a certificate, apart from its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flaw", rename_all = "kebab-case")]
pub enum Flaw {
    /// It signed itself, and this machine does not trust it.
    SelfSigned,
    /// The server does not send the intermediate certificate it was signed by.
    IncompleteChain {
        /// The name of the missing one.
        missing: String,
    },
    /// Its chain ends at an authority this machine does not know.
    UnknownAuthority {
        /// The authority's name.
        authority: String,
    },
    /// A certificate above it in the chain has ended.
    ChainExpired {
        /// The name of that one.
        authority: String,
    },
    /// It is not for the name it was asked by.
    WrongName {
        /// That name.
        wanted: String,
    },
    /// Its key or signature, or one above it, is too weak for clients.
    Weak {
        /// How.
        what: String,
    },
    /// The verifier refuses it for another reason.
    Refused {
        /// The verifier's words.
        why: String,
    },
}

/// Why nobody should trust a certificate at a time. Its text goes on after "the certificate" or
/// "it".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// It has ended.
    Expired {
        /// When.
        ended: Timestamp,
        /// The time of the look.
        now: Timestamp,
    },
    /// It is for later.
    NotYetValid {
        /// From when it is valid.
        begins: Timestamp,
        /// The time of the look.
        now: Timestamp,
    },
    /// It is for other names.
    WrongName {
        /// The name it was asked by.
        wanted: String,
        /// Those it is for.
        names: Vec<String>,
    },
    /// Anything else.
    Flaw(Flaw),
    /// The server did not prove that it holds the key.
    Unproven,
}

/// Names shown of a certificate.
const SHOWN_NAMES: usize = 3;

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { ended, now } => {
                write!(f, "expired on {}, {} ago", time(*ended), distance(*ended, *now))
            }
            Self::NotYetValid { begins, now } => write!(
                f,
                "is not valid before {}, in {} (or this machine's clock is wrong)",
                time(*begins),
                distance(*now, *begins)
            ),
            Self::WrongName { wanted, names } if names.is_empty() => {
                write!(f, "is not for {wanted}, and for no other name")
            }
            Self::WrongName { wanted, names } => {
                write!(f, "is not for {wanted}, but for {}", listed(names))
            }
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::Unproven => f.write_str("does not belong to the server's key"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfSigned => f.write_str("is self-signed: no authority vouches for it"),
            Self::IncompleteChain { missing } => {
                write!(
                    f,
                    "comes without the intermediate certificate \"{missing}\" (incomplete chain)"
                )
            }
            Self::UnknownAuthority { authority } => {
                write!(f, "was issued by \"{authority}\", which this machine does not trust")
            }
            Self::ChainExpired { authority } => {
                write!(f, "stands below \"{authority}\", whose own certificate has expired")
            }
            Self::WrongName { wanted } => write!(f, "is not for {wanted}"),
            Self::Weak { what } => write!(f, "is too weak: {what}"),
            Self::Refused { why } => write!(f, "is not accepted: {why}"),
        }
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What a look at a chain comes to.
pub(crate) struct Verdict {
    /// The end of the one that ends first, on the way from the leaf up to a known root.
    pub(crate) ends: Option<Timestamp>,
    /// Empty: it can be trusted.
    pub(crate) why: Vec<Distrust>,
}

/// Judges what a server showed, at a time.
pub(crate) fn judge(
    shown: &Shown,
    wanted: &ServerName<'_>,
    roots: &RootCertStore,
    now: Timestamp,
) -> Verdict {
    let chain = &shown.chain;
    let ends = chain::ends(chain, roots);
    let mut why = Vec::new();
    let leaf = chain.first().and_then(read);
    if let Some(leaf) = &leaf {
        if leaf.not_after < now {
            why.push(Distrust::Expired { ended: leaf.not_after, now });
        } else if now < leaf.not_before {
            why.push(Distrust::NotYetValid { begins: leaf.not_before, now });
        }
    }
    for flaw in flaws(chain, wanted, roots, now) {
        why.push(match flaw {
            Flaw::WrongName { wanted } => Distrust::WrongName {
                wanted,
                names: leaf.as_ref().map_or_else(Vec::new, |leaf| leaf.names.clone()),
            },
            flaw => Distrust::Flaw(flaw),
        });
    }
    // With a weak key the proof cannot be checked here.
    if why.is_empty() && !shown.proven {
        why.push(Distrust::Unproven);
    }
    Verdict { ends, why }
}
