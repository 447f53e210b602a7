//! Parses the command line, runs one command, exits with its code.

fn main() -> std::process::ExitCode {
    nightkeep::cli::main()
}
