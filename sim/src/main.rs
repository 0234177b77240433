//! The `sim` command; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    sim::cli::main(std::env::args_os())
}
