//! Bundles the page's scripts from pinned npm packages. The binary embeds them.
//!
//! Nothing is written beside the sources. Without npm the build goes on: the page works without
//! scripts, and its charts stay pictures.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is bundled, and what becomes of it.
const BUNDLES: [(&str, &str); 3] = [
    ("page/src/page.ts", "page.js"),
    ("page/src/chart.ts", "chart.js"),
    ("page/src/chart.css", "chart.css"),
];
const ESBUILD: &str = "node_modules/esbuild/bin/esbuild";
const LICENCE: &str = "node_modules/uplot/LICENSE";

/// Puts the bundles in this folder.
pub(crate) fn build(out: &Path) {
    for place in ["page/package.json", "page/package-lock.json", "page/src"] {
        println!("cargo:rerun-if-changed={place}");
    }
    println!("cargo:rerun-if-env-changed=NIGHTKEEP_PAGE");
    let Err(error) = packages(out).and_then(|npm| bundle(&npm, out)) else { return };
    let asked = env::var("NIGHTKEEP_PAGE").unwrap_or_default();
    assert!(asked != "required", "the page's scripts cannot be built: {error}");
    println!(
        "cargo:warning=nightkeep is built without its page's scripts (the page works, its charts \
         stay pictures): {error}"
    );
    for (_, name) in BUNDLES {
        fs::write(out.join(name), "").expect("OUT_DIR can be written");
    }
    // Cargo runs this again as soon as something is installed.
    for place in path().filter(|place| place.is_dir()) {
        println!("cargo:rerun-if-changed={}", place.display());
    }
}

/// Where the packages of the lock file are, installed once for each content it has.
fn packages(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let place = out.join("npm");
    let (lock, stamp) = (fs::read("page/package-lock.json")?, place.join("installed"));
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(place);
    }
    for tool in ["node", "npm"] {
        if !path().any(|folder| folder.join(tool).is_file()) {
            return Err(format!("{tool} is missing; install nodejs (18 or newer) and npm").into());
        }
    }
    fs::create_dir_all(&place)?;
    for file in ["package.json", "package-lock.json"] {
        fs::write(place.join(file), fs::read(Path::new("page").join(file))?)?;
    }
    // Without install scripts nothing of others runs here but the bundler.
    let quiet = ["--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"];
    run(Command::new("npm").arg("ci").args(quiet).current_dir(&place))?;
    fs::write(stamp, lock)?;
    Ok(place)
}

fn bundle(npm: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let licence = fs::read_to_string(npm.join(LICENCE))?;
    for (source, name) in BUNDLES {
        let mut command = Command::new("node");
        command.arg(npm.join(ESBUILD)).arg(source);
        command.args(["--bundle", "--minify", "--charset=utf8", "--log-level=error"]);
        command.args(["--target=es2022", "--legal-comments=inline"]);
        command.arg(format!("--outfile={}", out.join(name).display()));
        if source.contains("chart") {
            // Its comment is not marked as a licence, and the licence asks for all of its text.
            let kind = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
            command.arg(format!("--banner:{kind}=/*! uPlot. {} */", licence.trim()));
        }
        run(command.env("NODE_PATH", npm.join("node_modules")))?;
    }
    Ok(())
}

fn path() -> impl Iterator<Item = PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>().into_iter()
}

/// Runs a program. Its last words are the error.
fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|error| format!("{name} cannot be started: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = [&done.stderr[..], &done.stdout[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(format!("{name}: {}", said[..said.len().min(6)].join(" | ")).into())
}
