//! Certificates on disk: files that were named, and the stores of caddy and certbot.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nightkeep_probe::certificate;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::x509;
use crate::config::CertificatesConfig;
use crate::model::text::clean;
use crate::model::{Certificate, CertificateState, Over, Renewer, Unseen};

/// A file with certificates is never longer than this for us.
const LIMIT_BYTES: u64 = 256 * 1024;
/// Files of all stores together.
const MOST_FILES: usize = 500;

/// Where Debian's caddy keeps what it got, by issuer and name
/// (`Caddyfile` global option `storage`, home of the user caddy).
const CADDY: &str = "var/lib/caddy/.local/share/caddy/certificates";
/// Where certbot keeps the newest of each certificate ("Where are my certificates?" in its guide).
const CERTBOT: &str = "etc/letsencrypt/live";

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its path, from the root that is looked at.
    pub(super) path: PathBuf,
    /// Who renews it.
    pub(super) renewer: Option<Renewer>,
    /// The store it was found in; none if it was named.
    pub(super) store: Option<&'static str>,
}

impl Place {
    /// Its name as a subject.
    pub(super) fn subject(&self) -> String {
        clean(&self.path.to_string_lossy(), 200)
    }
}

/// The files that were named, then those that are in stores; and stores that cannot be seen.
pub(super) fn places(config: &CertificatesConfig, root: &Path) -> (Vec<Place>, Vec<&'static str>) {
    let named = |path: &PathBuf| Place { path: path.clone(), renewer: None, store: None };
    let mut places: Vec<Place> = config.files.iter().map(named).collect();
    let mut closed = Vec::new();
    if config.find {
        for (store, find) in [(CADDY, caddy as fn(&Path) -> _), (CERTBOT, certbot)] {
            match find(&root.join(store)) {
                Ok(found) => {
                    let found = found.into_iter().filter_map(|(path, renewer)| {
                        let path = Path::new("/").join(path.strip_prefix(root).ok()?);
                        Some(Place { path, renewer: Some(renewer), store: Some(store) })
                    });
                    places.extend(found);
                }
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    closed.push(store);
                }
                // There is none.
                Err(_) => {}
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|place| seen.insert(place.path.clone()));
    places.truncate(MOST_FILES);
    (places, closed)
}

type Listed = io::Result<Vec<(PathBuf, Renewer)>>;

/// `ISSUER/NAME/NAME.crt`.
fn caddy(store: &Path) -> Listed {
    let mut found = Vec::new();
    for issuer in directories(store)? {
        for name in directories(&issuer)? {
            let Some(stem) = name.file_name() else { continue };
            let mut file = stem.to_owned();
            file.push(".crt");
            let path = name.join(file);
            if path.try_exists()? {
                found.push((path, Renewer::Caddy));
            }
        }
    }
    Ok(found)
}

/// `NAME/fullchain.pem`, a link into the archive.
fn certbot(store: &Path) -> Listed {
    let mut found = Vec::new();
    for directory in directories(store)? {
        let path = directory.join("fullchain.pem");
        if path.try_exists()? {
            let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push((path, Renewer::Certbot { name }));
        }
    }
    Ok(found)
}

fn directories(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)?.take(MOST_FILES) {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Why nothing is seen where a permission is missing.
pub(super) const CLOSED: &str = "it is closed for nightkeep";

/// That a store may not be seen, and what mends it. Keys stay closed: certbot's are for root alone
/// whatever their directory, caddy closes each file.
pub(super) fn closed(store: &str) -> Unseen {
    let mend = if store == CADDY {
        "caddy keeps them for itself: list its sites under `endpoints` and set `find = false`, or \
         systemctl edit nightkeep: under [Service] CapabilityBoundingSet=CAP_DAC_READ_SEARCH and \
         AmbientCapabilities=CAP_DAC_READ_SEARCH"
    } else {
        "cd /etc/letsencrypt && chgrp nightkeep live archive && chmod 750 live archive"
    };
    Unseen { part: String::new(), why: String::from(CLOSED), mend: String::from(mend), found: true }
}

/// When the file was written last, if it can be seen; a link counts as what it leads to.
pub(super) fn written(place: &Place, root: &Path) -> Option<Timestamp> {
    let modified = fs::metadata(on_disk(place, root)).ok()?.modified().ok()?;
    Timestamp::try_from(modified).ok()
}

fn on_disk(place: &Place, root: &Path) -> PathBuf {
    root.join(place.path.strip_prefix("/").unwrap_or(&place.path))
}

/// The first certificate in a file, without what is served in its stead.
pub(super) fn read(place: &Place, root: &Path) -> Result<CertificateState, Unseen> {
    let path = on_disk(place, root);
    let shown = place.path.display();
    let unseen =
        |why: String, mend: String| Unseen { part: String::new(), why, mend, found: false };
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => {
            unseen(String::from("there is no such file"), format!("ls -l {shown}"))
        }
        ErrorKind::PermissionDenied => unseen(
            String::from(CLOSED),
            format!("namei -l {shown}    # user nightkeep must get through and read it"),
        ),
        _ => unseen(clean(&error.to_string(), 100), format!("ls -l {shown}")),
    };
    let written = written(place, root);
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(failed)?;
    file.take(LIMIT_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    let chain = certificates(bytes);
    let Some(leaf) = chain.first().and_then(|leaf| x509::read(leaf, Over::File)) else {
        let mend = format!("openssl x509 -noout -text -in {shown}");
        return Err(unseen(String::from("there is no certificate in it"), mend));
    };
    let flaws = certificate::weakness(&chain).into_iter().collect();
    let state = CertificateState {
        seen: vec![Certificate { flaws, ..leaf }],
        renewer: place.renewer.clone(),
        written,
        ..CertificateState::default()
    };
    Ok(state)
}

/// PEM, or a single one as it is.
fn certificates(bytes: Vec<u8>) -> Vec<CertificateDer<'static>> {
    let pem: Vec<_> =
        CertificateDer::pem_slice_iter(&bytes).map_while(Result::ok).take(10).collect();
    if pem.is_empty() { vec![CertificateDer::from(bytes)] } else { pem }
}
