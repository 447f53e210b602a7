//! The page in a real browser: this starts the built binary with a store of its own and runs the
//! specs in `page/e2e`. `page/e2e/README.md` says how to write one and how to run one alone.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "page/marked.rs"]
mod marked;
#[path = "seed/mod.rs"]
mod seed;

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;

/// Debian's name for the browser first.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A watch with a year behind it.
struct Watch {
    directory: tempfile::TempDir,
    port: u16,
    process: Child,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Watch {
    /// Of a config, on a store that is filled before.
    fn start(config: &str, fill: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = directory.path().join("store");
        fill(&store);
        let text = config
            .replace("STORE", &store.display().to_string())
            .replace("PORT", &port.to_string());
        fs::write(directory.path().join("nightkeep.toml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.arg("--config").arg(directory.path().join("nightkeep.toml"));
        command.arg("--socket").arg(directory.path().join("socket")).arg("run");
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let process = command.stderr(Stdio::from(log)).spawn().unwrap();
        let watch = Self { directory, port, process };
        let listens = (0..600).any(|_| {
            thread::sleep(Duration::from_millis(50));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(listens, "it does not listen: {}", watch.log());
        watch
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

/// A program on the path.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path);
    places.find_map(|place| names.iter().map(|name| place.join(name)).find(|file| file.is_file()))
}

/// What the specs need beside Node itself, installed once for each lock file.
fn packages(target: &Path) -> PathBuf {
    let place = target.join("page-e2e");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("page/e2e");
    let lock = fs::read(source.join("package-lock.json")).unwrap();
    let stamp = place.join("installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return place;
    }
    fs::create_dir_all(&place).unwrap();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), place.join(file)).unwrap();
    }
    let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    let done = Command::new("npm").arg("ci").args(quiet).current_dir(&place).status().unwrap();
    assert!(done.success(), "npm ci failed in {}", place.display());
    fs::write(stamp, lock).unwrap();
    place
}

const CONFIG: &str = include_str!("page/nightkeep.toml");

#[test]
fn in_a_browser() {
    let seeded = |store: &Path| seed::fill(store, "testhost", &seed::Size::SMALL);
    run("specs", CONFIG, seeded);
}

/// Whoever has no account sees nothing.
#[test]
fn logging_in_in_a_browser() {
    run("login", &CONFIG.replace("login = \"off-loopback\"", ""), |_| {});
}

/// Nothing that others wrote does anything on any page.
#[test]
fn hostile_text_in_a_browser() {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut config = CONFIG.to_owned();
    for (n, text) in seed::hostile::TEXTS.iter().enumerate() {
        let text = text.replace(|letter: char| letter.is_control(), "");
        let name = quote(&format!("{n} {text}"));
        config += &format!(
            "[[monitor]]\nname = {name}\ntype = \"tcp\"\ntarget = \"127.0.0.1:1\"\ngroup = {name}\n\
             tags = [{name}]\nnote = {name}\n[[heartbeat]]\nname = {name}\nslug = \"h{n}\"\n"
        );
    }
    run("hostile", &config, |store| {
        seed::fill_with(store, "testhost", async |store, now| {
            seed::hostile::fill(store, now).await;
        });
    });
}

/// Everything the pages say can be said in another language: here one that marks every letter.
#[test]
fn another_language_in_a_browser() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("fr");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("locale/en")).unwrap() {
        let path = entry.unwrap().path();
        let marked = marked::resource(&fs::read_to_string(&path).unwrap());
        fs::write(folder.join(path.file_name().unwrap()), marked).unwrap();
    }
    let locale = format!("[web]\nlocale = \"{}\"\n", folder.display());
    let seeded = |store: &Path| seed::fill(store, "testhost", &seed::Size::SMALL);
    run("translated", &CONFIG.replace("[web]\n", &locale), seeded);
}

/// Runs the specs of a folder against a watch of its own.
fn run(specs: &str, config: &str, fill: impl FnOnce(&Path)) {
    let browser = env::var_os("NIGHTKEEP_TEST_CHROMIUM").map(PathBuf::from);
    let tools = (program(&["node"]), program(&["npm"]), browser.or_else(|| program(&BROWSERS)));
    let (Some(node), Some(_), Some(chromium)) = tools else {
        let missing = "SKIPPED: the page in a browser needs nodejs (18 or newer), npm and chromium";
        assert!(env::var("NIGHTKEEP_PAGE").unwrap_or_default() != "required", "{missing}");
        println!("{missing}");
        return;
    };
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let packages = packages(target);
    let watch = Watch::start(config, fill);
    let given = json!({
        "specs": specs,
        "base": format!("http://127.0.0.1:{}", watch.port),
        "binary": env!("CARGO_BIN_EXE_nightkeep"),
        "config": watch.directory.path().join("nightkeep.toml"),
        "socket": watch.directory.path().join("socket"),
        "chromium": chromium,
        "packages": packages,
        "shots": target.join("page-shots"),
        "only": if specs == "specs" { env::var("PAGE").unwrap_or_default() } else { String::new() },
    });
    let mut run = Command::new(node);
    run.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("page/e2e/run.js"));
    let done = run.env("PAGE_TEST", given.to_string()).status().unwrap();
    assert!(done.success(), "the watch said:\n{}", watch.log());
}
