//! The command `voxhumana`. All of it is in the library beside this file, so that an example of the
//! crate can be the same command.

use std::process::ExitCode;

fn main() -> ExitCode {
    voxhumana_cli::main()
}
