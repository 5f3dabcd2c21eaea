//! The command `voxhumana`, started as an example of the crate:
//!
//! ```sh
//! cargo run --release --example scan -- examples/data/sample-call.wav
//! ```

use std::process::ExitCode;

fn main() -> ExitCode {
    voxhumana_cli::main()
}
