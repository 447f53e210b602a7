//! The command line of ausearch.

use std::path::PathBuf;

use crate::assemble::Compat;
use crate::errno;
use crate::kind::Kind;
use crate::log::Range;
use crate::syscall::Arch;
use crate::time::{self, Bound, Now};
use crate::users::Names;

/// How events are printed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The lines as they are, so that another ausearch can read them.
    Raw,
    /// The lines, last first, without what auditd added.
    #[default]
    Default,
    /// With words for numbers.
    Interpreted,
    /// A line with columns for each event.
    Csv,
    /// A sentence for each event.
    Text,
}

/// How control characters are printed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As they are.
    Raw,
    /// In octal.
    #[default]
    Tty,
    /// And with a backslash before what a shell takes for its own.
    Shell,
    /// As [`Escape::Shell`], and more characters.
    ShellQuote,
}

/// What is searched for; all of it must hold.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Search {
    /// `-a`: the serial number.
    pub serial: Option<u64>,
    /// `-p`
    pub pid: Option<i32>,
    /// `-pp`
    pub ppid: Option<i32>,
    /// `-ui`
    pub uid: Option<u32>,
    /// `-ue`
    pub euid: Option<u32>,
    /// `-ul`
    pub loginuid: Option<u32>,
    /// `-ui NAME`
    pub uid_name: Option<String>,
    /// `-ue NAME`
    pub euid_name: Option<String>,
    /// `-ul NAME`
    pub loginuid_name: Option<String>,
    /// `-ua`: any of the three.
    pub any_user: bool,
    /// `-gi`
    pub gid: Option<u32>,
    /// `-ge`
    pub egid: Option<u32>,
    /// `-ga`: any of the two.
    pub any_group: bool,
    /// `--session`
    pub session: Option<u32>,
    /// `-sc`
    pub syscall: Option<i32>,
    /// `--arch`
    pub arch: Option<Arch>,
    /// `-e`
    pub exit: Option<i64>,
    /// `-sv`
    pub success: Option<bool>,
    /// `-m`
    pub kinds: Vec<Kind>,
    /// `-n`: any of them.
    pub nodes: Vec<String>,
    /// `-f`
    pub file: Option<String>,
    /// `-hn`
    pub host: Option<String>,
    /// `-tm`
    pub terminal: Option<String>,
    /// `-x`
    pub exe: Option<String>,
    /// `-c`
    pub comm: Option<String>,
    /// `-k`
    pub key: Option<String>,
    /// `-vm`
    pub vm: Option<String>,
    /// `-uu`
    pub uuid: Option<String>,
    /// `-su`
    pub subject: Option<String>,
    /// `-o`
    pub object: Option<String>,
    /// `-se`: any of the two.
    pub any_context: bool,
    /// `-w`: texts must be equal, not only contained.
    pub is_exact: bool,
}

/// More columns for [`Format::Csv`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Extra {
    /// `--extra-keys`
    pub keys: bool,
    /// `--extra-labels`
    pub labels: bool,
    /// `--extra-obj2`
    pub second_object: bool,
    /// `--extra-time`
    pub time: bool,
}

/// What the command line says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Options {
    /// What is searched for.
    pub search: Search,
    /// `-ts`, `-te`
    pub range: Range,
    /// How it is printed.
    pub format: Format,
    /// `--escape`
    pub escape: Escape,
    /// More columns.
    pub extra: Extra,
    /// `-if`
    pub input: Option<PathBuf>,
    /// `--input-logs`
    pub is_logs: bool,
    /// `--checkpoint`
    pub checkpoint: Option<PathBuf>,
    /// `-ts checkpoint`
    pub is_checkpoint_time_only: bool,
    /// `--just-one`
    pub is_just_one: bool,
    /// `-l`
    pub is_line_buffered: bool,
    /// `--debug`
    pub is_debug: bool,
    /// `--eoe-timeout`, in seconds.
    pub timeout: Option<u64>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Search.
    Search(Box<Options>),
    /// Say how it is used.
    Help,
    /// Say which version it is.
    Version,
}

/// What options are read against.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Now and here.
    pub now: Now,
    /// Where the files of the machine are that say what numbers mean: usually `/`.
    pub root: PathBuf,
    /// Users.
    pub users: Names,
    /// Groups.
    pub groups: Names,
    /// Whose rules are followed.
    pub compat: Compat,
}

/// Reads arguments (without the name of the program). The error is what ausearch writes to its
/// standard error.
pub fn parse(args: &[String], ground: &Ground) -> Result<Command, String> {
    let mut options = Options::default();
    let mut at = 0;
    let mut wrong = None;
    while let (Some(option), None) = (args.get(at), &wrong) {
        match option.as_str() {
            "-h" | "--help" => return Ok(Command::Help),
            "-v" | "--version" => return Ok(Command::Version),
            _ => {}
        }
        let mut words = Words { args, at, ground };
        wrong = options.take(&mut words).err();
        at = words.at + 1;
    }
    let Extra { keys, labels, time, .. } = options.extra;
    if (keys || labels || time) && options.format != Format::Csv {
        wrong.get_or_insert_default().push_str("--extra options requires format to be csv\n");
    }
    match wrong {
        Some(wrong) => Err(wrong),
        None => Ok(Command::Search(Box::new(options))),
    }
}

/// An option and what follows it.
struct Words<'a> {
    args: &'a [String],
    at: usize,
    ground: &'a Ground,
}

impl<'a> Words<'a> {
    fn option(&self) -> &'a str {
        &self.args[self.at]
    }

    fn following(&self, ahead: usize) -> Option<&'a str> {
        self.args.get(self.at + ahead).map(String::as_str)
    }

    /// The argument, if one follows.
    fn peek(&self) -> Option<&'a str> {
        self.following(1).filter(|word| !word.starts_with('-'))
    }

    fn missing(&self) -> String {
        format!("Argument is required for {}\n", self.option())
    }

    /// The argument, which must follow.
    fn text(&mut self) -> Result<&'a str, String> {
        let text = self.peek().ok_or_else(|| self.missing())?;
        self.at += 1;
        Ok(text)
    }

    /// The argument, which must follow and may begin with a minus.
    fn any_text(&mut self) -> Result<&'a str, String> {
        let text = self.following(1).ok_or_else(|| self.missing())?;
        self.at += 1;
        Ok(text)
    }

    /// Nothing may follow.
    fn none(&self) -> Result<(), String> {
        match self.peek() {
            Some(_) => Err(format!("Argument is NOT required for {}\n", self.option())),
            None => Ok(()),
        }
    }

    /// A user or group, by number or name; the name is returned too.
    fn identity(&mut self, what: &str, names: &Names) -> Result<(u32, Option<String>), String> {
        let text = self.text()?;
        identity(text, what, names)
    }

    /// A date, a time, or both in any order.
    fn moment(&mut self, bound: Bound) -> Result<Option<u64>, String> {
        let needed = format!("{} requires either date and/or time\n", self.option());
        let first = self.peek().ok_or(needed)?;
        self.at += 1;
        let Ground { now, compat, .. } = self.ground;
        let second = self.peek();
        self.at += usize::from(second.is_some());
        time::moment(bound, first, second, now, *compat)
    }
}

impl Options {
    fn take(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let ground = words.ground;
        let search = &mut self.search;
        let owned = |text: &str| Some(text.to_owned());
        match words.option() {
            "-a" | "--event" => search.serial = Some(serial(words.text()?)?),
            "--eoe-timeout" => self.timeout = Some(timeout(words.text()?)?),
            "--extra-keys" => {
                self.extra.keys = true;
                words.none()?;
            }
            "--extra-labels" => {
                self.extra.labels = true;
                words.none()?;
            }
            "--extra-obj2" => {
                self.extra.second_object = true;
                words.none()?;
            }
            "--extra-time" => {
                self.extra.time = true;
                words.none()?;
            }
            "-c" | "--comm" => search.comm = owned(words.text()?),
            "-f" | "--file" => search.file = owned(words.text()?),
            "-k" | "--key" => search.key = owned(words.text()?),
            "-hn" | "--host" => search.host = owned(words.text()?),
            "-tm" | "--terminal" => search.terminal = owned(words.text()?),
            "-x" | "--executable" => search.exe = owned(words.text()?),
            "-uu" | "--uuid" => search.uuid = owned(words.text()?),
            "-vm" | "--vm-name" => search.vm = owned(words.text()?),
            "-su" | "--subject" => search.subject = owned(words.text()?),
            "-o" | "--object" => search.object = owned(words.text()?),
            "-se" | "--context" => {
                search.subject = owned(words.text()?);
                search.object.clone_from(&search.subject);
                search.any_context = true;
            }
            "-n" | "--node" => search.nodes.push(words.text()?.to_owned()),
            "-ga" | "--gid-all" => {
                let (gid, _) = words.identity("Group", &ground.groups)?;
                (search.gid, search.egid, search.any_group) = (Some(gid), Some(gid), true);
            }
            "-ge" | "--gid-effective" => {
                search.egid = Some(words.identity("Effective group", &ground.groups)?.0);
            }
            "-gi" | "--gid" => search.gid = Some(words.identity("Group", &ground.groups)?.0),
            // These two messages are the wrong way round in ausearch as well.
            "-ui" | "--uid" => {
                let (uid, name) = words.identity("Effective user", &ground.users)?;
                search.uid = Some(uid);
                search.uid_name = name.or(search.uid_name.take());
            }
            "-ue" | "--uid-effective" => {
                let (uid, name) = words.identity("User", &ground.users)?;
                search.euid = Some(uid);
                search.euid_name = name.or(search.euid_name.take());
            }
            "-ua" | "--uid-all" => {
                let (uid, name) = words.identity("User", &ground.users)?;
                (search.uid, search.euid, search.loginuid) = (Some(uid), Some(uid), Some(uid));
                if name.is_some() {
                    search.uid_name.clone_from(&name);
                    search.euid_name.clone_from(&name);
                    search.loginuid_name = name;
                }
                search.any_user = true;
            }
            "-ul" | "--loginuid" => {
                let text = words.any_text()?;
                if is_negative(text) {
                    search.loginuid = Some(signed(text)? as u32);
                } else {
                    let (uid, name) = identity(text, "Login user", &ground.users)?;
                    search.loginuid = Some(uid);
                    search.loginuid_name = name.or(search.loginuid_name.take());
                }
            }
            "-i" | "--interpret" => {
                self.only_format(Format::Interpreted, words.option())?;
                words.none()?;
            }
            "-r" | "--raw" => {
                self.only_format(Format::Raw, "--raw")?;
                words.none().map_err(|_| "Argument is NOT required for --raw\n")?;
            }
            "--format" => self.format(words)?,
            "--escape" => self.escape = escape(words.text()?)?,
            "-if" | "--input" => self.input = Some(words.text()?.into()),
            "--input-logs" => self.is_logs = true,
            "--just-one" => self.is_just_one = true,
            "-l" | "--line-buffered" => self.is_line_buffered = true,
            "--debug" => self.is_debug = true,
            "-w" | "--word" => search.is_exact = true,
            "--checkpoint" => self.checkpoint = Some(words.text()?.into()),
            "-m" | "--message" => {
                let list = words.text();
                list.and_then(|list| kinds(list, &mut search.kinds)).map_err(|why| {
                    format!("{why}Valid message types are: ALL {}\n", kind_names(ground.compat))
                })?;
            }
            "-p" | "--pid" => search.pid = Some(process(words.text()?, "Process")?),
            "-pp" | "--ppid" => search.ppid = Some(process(words.text()?, "Parent process")?),
            "-sc" | "--syscall" => search.syscall(words.text()?)?,
            "--arch" => {
                let text = words.text()?;
                if search.arch.is_some() {
                    return Err(if search.syscall.is_some() {
                        "Arch needs to be defined before the syscall\n".into()
                    } else {
                        "Arch is already defined\n".into()
                    });
                }
                let arch = arch(text).ok_or_else(|| format!("Unknown arch {text}\n"))?;
                search.arch = Some(arch);
            }
            "-sv" | "--success" => {
                let text = words.text()?;
                if !text.contains("yes") && !text.contains("no") {
                    return Err("Success must be 'yes' or 'no'.\n".into());
                }
                search.success = Some(text == "yes");
            }
            "--session" => search.session = Some(session(words.any_text()?, ground.compat)?),
            "-e" | "--exit" => search.exit = Some(exit(words.any_text()?)?),
            "-ts" | "--start" if words.following(1) == Some("checkpoint") && !has_second(words) => {
                words.at += 1;
                self.is_checkpoint_time_only = true;
            }
            "-ts" | "--start" => self.range.start = words.moment(Bound::Start)?,
            "-te" | "--end" => self.range.end = words.moment(Bound::End)?,
            unknown => return Err(format!("{unknown} is an unsupported option\n")),
        }
        Ok(())
    }

    fn only_format(&mut self, format: Format, option: &str) -> Result<(), String> {
        if self.format != Format::Default {
            return Err(format!("Conflicting output format {option}\n"));
        }
        self.format = format;
        Ok(())
    }

    fn format(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        if self.format != Format::Default {
            return Err("Multiple output formats, use only 1\n".into());
        }
        self.format = match words.text()? {
            "raw" => Format::Raw,
            "default" => Format::Default,
            text if text.starts_with("interp") => Format::Interpreted,
            "csv" => Format::Csv,
            "text" => Format::Text,
            unknown => return Err(format!("Unknown option ({unknown})\n")),
        };
        Ok(())
    }
}

impl Search {
    fn syscall(&mut self, text: &str) -> Result<(), String> {
        self.syscall = Some(if text.starts_with(|first: char| first.is_ascii_digit()) {
            let wrong = |why| format!("Syscall numeric conversion error ({why}) for {text}\n");
            digits(text).ok_or_else(|| wrong(OUT_OF_RANGE))? as i32
        } else {
            let arch = *self.arch.get_or_insert(Arch::NATIVE);
            let number = arch.number_of(&text.to_ascii_lowercase());
            number.ok_or_else(|| format!("Syscall {text} not found\n"))? as i32
        });
        Ok(())
    }
}

fn has_second(words: &Words<'_>) -> bool {
    words.following(2).is_some_and(|word| !word.starts_with('-'))
}

const OUT_OF_RANGE: &str = "Numerical result out of range";

/// The number a text begins with; none if it has no room.
fn digits(text: &str) -> Option<u64> {
    let end = text.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 { Some(0) } else { text[..end].parse().ok() }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

fn is_negative(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(is_number)
}

/// A number with a sign, in any base C knows.
fn signed(text: &str) -> Result<i64, String> {
    let (sign, number) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let hex = number.strip_prefix("0x").or_else(|| number.strip_prefix("0X"));
    let (radix, number) = match hex {
        Some(hex) => (16, hex),
        None if number.starts_with('0') => (8, number),
        None => (10, number),
    };
    let end = number.find(|byte: char| !byte.is_digit(radix)).unwrap_or(number.len());
    let value = if end == 0 { Ok(0) } else { i64::from_str_radix(&number[..end], radix) };
    value.map(|value| sign * value).map_err(|_| format!("Error converting {text}\n"))
}

fn serial(text: &str) -> Result<u64, String> {
    if !is_number(text) {
        return Err(format!("Audit event id must be a numeric value, was {text}\n"));
    }
    let serial = digits(text).ok_or("Illegal value for audit event ID")?;
    // As it is kept by ausearch.
    Ok(u64::from(serial as u32))
}

fn timeout(text: &str) -> Result<u64, String> {
    if !is_number(text) {
        return Err(format!("End of Event Timeout must be a numeric value, was {text}\n"));
    }
    let timeout = digits(text).filter(|&timeout| timeout != 0);
    timeout.ok_or_else(|| format!("Illegal value for End of Event Timeout, was {text}\n"))
}

fn process(text: &str, what: &str) -> Result<i32, String> {
    if !is_number(text) {
        return Err(format!("{what} id must be a numeric value, was {text}\n"));
    }
    digits(text).map(|pid| pid as i32).ok_or_else(String::new)
}

fn session(text: &str, compat: Compat) -> Result<u32, String> {
    if is_number(text) {
        let session = digits(text).ok_or_else(String::new)?;
        if session > u64::from(u32::MAX) && compat == Compat::V4 {
            return Err(String::new());
        }
        return Ok(session as u32);
    }
    if is_negative(text) {
        let session = signed(text)?;
        if i32::try_from(session).is_err() && compat == Compat::V4 {
            return Err(format!("Error converting {text}\n"));
        }
        return Ok(session as u32);
    }
    Err(format!("Session id must be a numeric value, was {text}\n"))
}

fn exit(text: &str) -> Result<i64, String> {
    if is_number(text) || is_negative(text) {
        return signed(text);
    }
    let (sign, name) = text.strip_prefix('-').map_or((1, text), |name| (-1, name));
    let number = errno::number(&name.to_ascii_uppercase());
    let number = number.filter(|&number| number != 0).map(|number| sign * i64::from(number));
    number.ok_or_else(|| format!("Unknown errno, was {text}\n"))
}

/// `b64` and `b32` are those of this machine.
fn arch(text: &str) -> Option<Arch> {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "b64" => Some(Arch::NATIVE).filter(|arch| arch.is_64()),
        "b32" => Some(Arch::NATIVE.narrow()),
        "i386" | "i486" | "i586" | "i686" => Some(Arch::I386),
        "x86_64" => Some(Arch::X86_64),
        "aarch64" | "armv8l" => Some(Arch::Aarch64),
        "arm" | "armeb" | "armv5tejl" | "armv5tel" | "armv6l" | "armv7l" => Some(Arch::Arm),
        _ => Arch::from_number(u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()?),
    }
}

fn identity(text: &str, what: &str, names: &Names) -> Result<(u32, Option<String>), String> {
    if is_number(text) {
        let kind = if what.ends_with("roup") { "group" } else { "user" };
        let wrong = || format!("Numeric {kind} ID conversion error ({OUT_OF_RANGE}) for {text}\n");
        return Ok((digits(text).ok_or_else(wrong)? as u32, None));
    }
    match names.id(text) {
        Some(id) => Ok((id, Some(text.to_owned()))),
        None => Err(format!("{what} ID is non-numeric and unknown ({text})\n")),
    }
}

fn escape(text: &str) -> Result<Escape, String> {
    Ok(match text {
        "raw" => Escape::Raw,
        "tty" => Escape::Tty,
        "shell" => Escape::Shell,
        "shell_quote" => Escape::ShellQuote,
        unknown => return Err(format!("Unknown option ({unknown})\n")),
    })
}

fn kinds(list: &str, kinds: &mut Vec<Kind>) -> Result<(), String> {
    if list.eq_ignore_ascii_case("ALL") {
        return Ok(());
    }
    for name in list.split(',').filter(|name| !name.is_empty()) {
        let kind = if is_number(name) {
            let wrong =
                || format!("Numeric message type conversion error ({OUT_OF_RANGE}) for {name}\n");
            Kind(digits(name).ok_or_else(wrong)? as i32)
        } else {
            Kind::from_name(name.as_bytes())
        };
        if kind == Kind::UNKNOWN {
            return Err(String::new());
        }
        kinds.push(kind);
    }
    Ok(())
}

fn kind_names(compat: Compat) -> String {
    let is_known =
        |kind: Kind| compat >= Compat::V4 || kind != Kind::DM_CTRL && kind != Kind::DM_EVENT;
    let is_listed = |kind: Kind| kind <= Kind::LOGIN || kind >= Kind::USER_AUTH;
    let named = Kind::named().filter(|(kind, _)| is_known(*kind) && is_listed(*kind));
    named.fold(String::new(), |list, (_, name)| list + name + " ")
}
