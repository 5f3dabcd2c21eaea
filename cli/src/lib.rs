//! The command `voxhumana`; `--help` teaches the rest.
//!
//! The command line is the interface of this package, not its Rust API.
//!
//! | where | what it does |
//! |---|---|
//! | `command/` | the command line as a whole: verbs, the bare path, flags from a file, help |
//! | `scan/` | `voxhumana scan`: recordings to results, pages, labels, evidence |
//! | `evidence/` | `voxhumana verify` and `keygen`: records that others can check |
//! | `evaluate/` | `voxhumana evaluate`: error rates on labelled recordings |
//! | `serve/` | `voxhumana serve`: live calls |
//! | `marks.rs` | `voxhumana marks`: the declarations of files, without a scan |
//! | `model.rs` | `voxhumana model`, and loading a model for every verb |
//! | `workers.rs` | many recordings at once |
//! | `progress.rs` | how far it is, on a terminal |
//! | `atomic_file.rs` | files that are whole or not there at all |
//! | `digest.rs` | the SHA-256 of a file |
//! | `advice.rs` | what to do about an error |
//! | `telemetry.rs` | the command started again with ONNX Runtime's telemetry off |
//!
//! Nothing imports `command/` but this file, and what stands beside the rooms imports none of them.

mod advice;
mod atomic_file;
mod command;
mod digest;
mod evaluate;
mod evidence;
mod marks;
mod model;
mod progress;
mod scan;
#[cfg(feature = "serve")]
mod serve;
mod telemetry;
mod workers;

use std::env;
use std::process::ExitCode;

use anyhow::Result;

/// Runs the command line of this process, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    workers::silence_their_panics();
    run().unwrap_or_else(|error| {
        anstream::eprintln!("error: {}", advice::explain_any(&error));
        ExitCode::from(2)
    })
}

fn run() -> Result<ExitCode> {
    let verb = command::parse(env::args_os().collect())?;
    if let Some(runtime) = verb.runtime()
        && let Some(ended) = telemetry::start_again_without(runtime)?
    {
        return Ok(ended);
    }
    verb.run()
}
