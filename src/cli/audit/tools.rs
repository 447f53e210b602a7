//! auditd's own tools under their own names: `nightkeep audit search --compat` and `audit report`, and
//! links called `ausearch` and `aureport`. Their command line is theirs, so ours is not asked.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::ExitCode;

use nightkeep_audit::Compat;
use nightkeep_audit::aureport;
use nightkeep_audit::ausearch;

use crate::trail::ask::ground;

/// A tool to be, and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Called {
    tool: Tool,
    compat: Compat,
    args: Vec<OsString>,
    /// By a command of nightkeep, not by its own name.
    is_ours: bool,
}

/// What `nightkeep audit report --help` says before aureport's own help.
const REPORT: &str = "\
nightkeep audit report takes aureport's options and prints its tables (aureport(8)): of audit 4.0.2, or
with --compat 3 of 3.0.9. Its logins and authentications leave out what came by ssh with a key. To ask
who did what, in sentences:
  nightkeep audit search -k KEY --since 2h
  nightkeep audit search -m USER_LOGIN --since yesterday
  nightkeep audit who /etc/passwd

";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Ausearch,
    Aureport,
}

impl Tool {
    fn named(name: &OsStr) -> Option<Self> {
        match name.to_str()? {
            "ausearch" => Some(Self::Ausearch),
            "aureport" => Some(Self::Aureport),
            _ => None,
        }
    }
}

impl Called {
    /// Are we called as one of these tools? `args` has the name of the program first.
    pub(in crate::cli) fn of(args: &[OsString]) -> Option<Self> {
        let (program, rest) = args.split_first()?;
        if let Some(tool) = Path::new(program).file_name().and_then(Tool::named) {
            let args = rest.to_vec();
            return Some(Self { tool, compat: Compat::default(), args, is_ours: false });
        }
        let (tool, rest) = match rest {
            [audit, search, rest @ ..] if audit == "audit" && search == "search" => {
                (Tool::Ausearch, rest)
            }
            [audit, report, rest @ ..] if audit == "audit" && report == "report" => {
                (Tool::Aureport, rest)
            }
            _ => return None,
        };
        let mut args = rest.to_vec();
        let is_flag = |arg: &OsString| arg.to_str().is_some_and(|arg| arg.starts_with("--compat"));
        let Some(place) = args.iter().position(is_flag) else {
            // Reports are only aureport's.
            let compat = Compat::default();
            return (tool == Tool::Aureport).then_some(Self { tool, compat, args, is_ours: true });
        };
        let flag = args.remove(place);
        let version = match flag.to_str()?.strip_prefix("--compat")? {
            "" if place < args.len() => args.remove(place),
            version => OsString::from(version.strip_prefix('=')?),
        };
        let compat = match version.to_str()? {
            "3" => Compat::V3,
            "4" => Compat::V4,
            _ => return None,
        };
        Some(Self { tool, compat, args, is_ours: true })
    }

    /// Runs it.
    pub(in crate::cli) fn run(&self) -> ExitCode {
        match self.print() {
            Ok(code) => ExitCode::from(code),
            // Nobody reads on.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                super::super::output::complain(&error.into());
                ExitCode::FAILURE
            }
        }
    }

    fn print(&self) -> io::Result<u8> {
        if self.tool == Tool::Aureport
            && self.is_ours
            && self.args.iter().any(|arg| arg == "--help")
        {
            io::stdout().write_all(REPORT.as_bytes())?;
        }
        let args = self.args.iter().map(|arg| arg.to_string_lossy().into_owned());
        let args: Vec<_> = args.collect();
        let ground = ground(self.compat);
        let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let is_pipe = stdin.metadata().is_ok_and(|found| found.file_type().is_fifo());
        let pipe = is_pipe.then_some(stdin);
        let mut out = BufWriter::new(io::stdout().lock());
        let mut err = io::stderr().lock();
        let code = match self.tool {
            Tool::Ausearch => ausearch::run(&args, &ground, pipe, &mut out, &mut err)?,
            Tool::Aureport => {
                let pipe = pipe.map(|pipe| Box::new(pipe) as Box<dyn Read>);
                aureport::run(&args, &ground, pipe, &mut out, &mut err)?
            }
        };
        out.flush()?;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(line: &str) -> Option<(Tool, Compat, usize)> {
        let args: Vec<_> = line.split(' ').map(OsString::from).collect();
        Called::of(&args).map(|called| (called.tool, called.compat, called.args.len()))
    }

    #[test]
    fn a_tool_is_known_by_its_name_or_by_compat() {
        assert_eq!(called("/usr/sbin/ausearch -c sshd"), Some((Tool::Ausearch, Compat::V4, 2)));
        let by_compat = called("nightkeep audit search --compat 3 -k key");
        assert_eq!(by_compat, Some((Tool::Ausearch, Compat::V3, 2)));
        assert_eq!(
            called("nightkeep audit search --compat=4"),
            Some((Tool::Ausearch, Compat::V4, 0))
        );
        assert_eq!(called("aureport --auth"), Some((Tool::Aureport, Compat::V4, 1)));
        let by_compat = called("nightkeep audit report -l --compat 3 -i");
        assert_eq!(by_compat, Some((Tool::Aureport, Compat::V3, 2)));
        assert_eq!(called("nightkeep audit report -l"), Some((Tool::Aureport, Compat::V4, 1)));
        for other in [
            "nightkeep",
            "nightkeep audit search -k key",
            "nightkeep audit search --compat 5",
            "nightkeep status",
        ] {
            assert_eq!(called(other), None);
        }
    }
}
