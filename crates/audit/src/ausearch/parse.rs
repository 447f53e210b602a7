//! The command line of ausearch.

use super::options::{Command, Extra, Format, Ground, Options};
use super::value::{arch, exit, identity, kind_names, kinds, login, process, serial, session};
use crate::args::Args;
use crate::time::Bound;

/// Reads arguments (without the name of the program). The error is what ausearch writes to its
/// standard error.
pub fn parse(args: &[String], ground: &Ground) -> Result<Command, String> {
    let mut options = Options::default();
    let mut args = Args::new(args);
    let mut wrong = None;
    while let (Some(option), None) = (args.option(), &wrong) {
        match option {
            "-h" | "--help" => return Ok(Command::Help),
            "-v" | "--version" => return Ok(Command::Version),
            option => wrong = options.take(option, &mut args, ground).err(),
        }
        args.advance();
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

impl Options {
    fn take(&mut self, option: &str, args: &mut Args<'_>, ground: &Ground) -> Result<(), String> {
        let search = &mut self.search;
        let owned = |text: &str| Some(text.to_owned());
        match option {
            "-a" | "--event" => search.serial = Some(serial(args.text()?)?),
            "--eoe-timeout" => self.timeout = Some(args.timeout()?),
            "--extra-keys" => {
                self.extra.keys = true;
                args.none()?;
            }
            "--extra-labels" => {
                self.extra.labels = true;
                args.none()?;
            }
            "--extra-obj2" => {
                self.extra.second_object = true;
                args.none()?;
            }
            "--extra-time" => {
                self.extra.time = true;
                args.none()?;
            }
            "-c" | "--comm" => search.comm = owned(args.text()?),
            "-f" | "--file" => search.file = owned(args.text()?),
            "-k" | "--key" => search.key = owned(args.text()?),
            "-hn" | "--host" => search.host = owned(args.text()?),
            "-tm" | "--terminal" => search.terminal = owned(args.text()?),
            "-x" | "--executable" => search.exe = owned(args.text()?),
            "-uu" | "--uuid" => search.uuid = owned(args.text()?),
            "-vm" | "--vm-name" => search.vm = owned(args.text()?),
            "-su" | "--subject" => search.subject = owned(args.text()?),
            "-o" | "--object" => search.object = owned(args.text()?),
            "-se" | "--context" => {
                search.subject = owned(args.text()?);
                search.object.clone_from(&search.subject);
                search.any_context = true;
            }
            "-n" | "--node" => search.nodes.push(args.text()?.to_owned()),
            "-ga" | "--gid-all" => {
                let (gid, _) = identity(args.text()?, "Group", &ground.groups)?;
                (search.gid, search.egid, search.any_group) = (Some(gid), Some(gid), true);
            }
            "-ge" | "--gid-effective" => {
                search.egid = Some(identity(args.text()?, "Effective group", &ground.groups)?.0);
            }
            "-gi" | "--gid" => {
                search.gid = Some(identity(args.text()?, "Group", &ground.groups)?.0);
            }
            // These two messages are the wrong way round in ausearch as well.
            "-ui" | "--uid" => {
                let (uid, name) = identity(args.text()?, "Effective user", &ground.users)?;
                search.uid = Some(uid);
                search.uid_name = name.or(search.uid_name.take());
            }
            "-ue" | "--uid-effective" => {
                let (uid, name) = identity(args.text()?, "User", &ground.users)?;
                search.euid = Some(uid);
                search.euid_name = name.or(search.euid_name.take());
            }
            "-ua" | "--uid-all" => {
                let (uid, name) = identity(args.text()?, "User", &ground.users)?;
                (search.uid, search.euid, search.loginuid) = (Some(uid), Some(uid), Some(uid));
                if name.is_some() {
                    search.uid_name.clone_from(&name);
                    search.euid_name.clone_from(&name);
                    search.loginuid_name = name;
                }
                search.any_user = true;
            }
            "-ul" | "--loginuid" => {
                let (uid, name) = login(args.any_text()?, &ground.users)?;
                search.loginuid = Some(uid);
                search.loginuid_name = name.or(search.loginuid_name.take());
            }
            "-i" | "--interpret" => {
                self.only_format(Format::Interpreted, option)?;
                args.none()?;
            }
            "-r" | "--raw" => {
                self.only_format(Format::Raw, "--raw")?;
                args.none().map_err(|_| "Argument is NOT required for --raw\n")?;
            }
            "--format" => self.format(args)?,
            "--escape" => self.escape = args.escape()?,
            "-if" | "--input" => self.input = Some(args.text()?.into()),
            "--input-logs" => self.is_logs = true,
            "--just-one" => self.is_just_one = true,
            "-l" | "--line-buffered" => self.is_line_buffered = true,
            "--debug" => self.is_debug = true,
            "-w" | "--word" => search.is_exact = true,
            "--checkpoint" => self.checkpoint = Some(args.text()?.into()),
            "-m" | "--message" => {
                let list = args.text();
                list.and_then(|list| kinds(list, &mut search.kinds)).map_err(|why| {
                    format!("{why}Valid message types are: ALL {}\n", kind_names(ground.compat))
                })?;
            }
            "-p" | "--pid" => search.pid = Some(process(args.text()?, "Process")?),
            "-pp" | "--ppid" => search.ppid = Some(process(args.text()?, "Parent process")?),
            "-sc" | "--syscall" => search.syscall(args.text()?)?,
            "--arch" => {
                let text = args.text()?;
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
                let text = args.text()?;
                if !text.contains("yes") && !text.contains("no") {
                    return Err("Success must be 'yes' or 'no'.\n".into());
                }
                search.success = Some(text == "yes");
            }
            "--session" => search.session = Some(session(args.any_text()?)?),
            "-e" | "--exit" => search.exit = Some(exit(args.any_text()?)?),
            "-ts" | "--start"
                if args.following(1) == Some("checkpoint") && args.argument(2).is_none() =>
            {
                args.advance();
                self.is_checkpoint_time_only = true;
            }
            "-ts" | "--start" => self.range.start = args.moment(Bound::Start, ground)?,
            "-te" | "--end" => self.range.end = args.moment(Bound::End, ground)?,
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

    fn format(&mut self, args: &mut Args<'_>) -> Result<(), String> {
        if self.format != Format::Default {
            return Err("Multiple output formats, use only 1\n".into());
        }
        self.format = match args.text()? {
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
