//! What a wrong config is answered: each `tests/data/config/errors/NAME.toml` beside the message
//! it gives, `NAME.txt`. `NIGHTKEEP_WRITE=1 cargo test --test config_errors` writes the messages
//! anew; read the difference before committing it.

use std::fs;
use std::path::Path;

use jiff::tz::TimeZone;
use nightkeep::config::{Environment, Secrets, load};

#[test]
fn each_wrong_config_gets_its_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config/errors");
    let env = Environment {
        variables: [(String::from("EMPTY"), String::new())].into_iter().collect(),
        hostname: String::from("web1"),
        timezone: TimeZone::UTC,
        secrets: Secrets::Needed,
    };
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    assert!(files.len() > 20, "the folder is there");
    let mut differ = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let message = match load(&file, &env) {
            Ok(_) => panic!("{name} is taken for a good config"),
            Err(error) => {
                format!("{error}\n").replace(&*folder.to_string_lossy(), "/etc/nightkeep")
            }
        };
        let expected = file.with_extension("txt");
        if std::env::var_os("NIGHTKEEP_WRITE").is_some() {
            fs::write(&expected, &message).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != message {
            differ.push(format!("--- {name}\n{message}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
