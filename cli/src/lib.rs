//! The command `voxhumana`; `--help` teaches the rest.
//!
//! The command line is the interface of this package, not its Rust API.
//!
//! | where | what it does |
//! |---|---|
//! | `command/` | the command line as a whole: verbs, the bare path, flags from a file, help |
//! | `scan/` | `voxhumana scan`: recordings to results, pages, labels, evidence |
//! | `watch/` | `voxhumana watch`: the same of a folder that recordings arrive in |
//! | `report/` | `voxhumana report`: results rendered again, at another threshold |
//! | `compare/` | `voxhumana compare`: the results of two scans side by side |
//! | `results/` | results written and read, for every verb |
//! | `evidence/` | `voxhumana verify` and `keygen`: records that others can check |
//! | `bench/` | `voxhumana bench`: how much this machine scans, and what a contact centre needs |
//! | `evaluate/` | `voxhumana evaluate`: error rates on labelled recordings |
//! | `serve/` | `voxhumana serve`: live calls |
//! | `marks.rs` | `voxhumana marks`: the declarations of files, without a scan |
//! | `sample.rs` | the call that comes with the program |
//! | `model.rs` | `voxhumana model`, and loading a model for every verb |
//! | `workers.rs` | many recordings at once |
//! | `interrupt.rs` | Ctrl-C |
//! | `progress.rs` | how far it is, on a terminal |
//! | `place.rs` | where results may go, and what they never write over |
//! | `contents.rs` | whether a file holds a recording |
//! | `atomic_file.rs` | files that are whole or not there at all |
//! | `digest.rs` | the SHA-256 of a file |
//! | `advice.rs` | what to do about an error |
//! | `say.rs` | words for people on standard error |
//! | `telemetry.rs` | the command started again with ONNX Runtime's telemetry off |
//!
//! Nothing imports `command/` but this file, the verbs import `results/`, and what stands beside
//! the rooms imports none of them. `watch/` and `bench/` scan by the parts of `scan/`.

mod advice;
mod atomic_file;
mod bench;
mod command;
mod compare;
mod contents;
mod digest;
mod evaluate;
mod evidence;
mod interrupt;
mod marks;
mod model;
mod place;
mod progress;
mod report;
mod results;
mod sample;
mod say;
mod scan;
#[cfg(feature = "serve")]
mod serve;
mod telemetry;
mod watch;
mod workers;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::say::say;

/// Runs the command line of this process, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    main_of(env::args_os().collect())
}

/// Runs a command line, the name of the program first, and says how it ended.
#[must_use]
pub fn main_of(line: Vec<OsString>) -> ExitCode {
    workers::silence_their_panics();
    run(line).unwrap_or_else(|error| {
        say!("error: {}", advice::explain_any(&error));
        ExitCode::from(2)
    })
}

fn run(line: Vec<OsString>) -> Result<ExitCode> {
    let verb = command::parse(line)?;
    if let Some(runtime) = verb.runtime()
        && let Some(ended) = telemetry::start_again_without(runtime)?
    {
        return Ok(ended);
    }
    verb.run()
}
