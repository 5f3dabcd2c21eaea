//! `voxhumana scan`: recordings to results.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs`, `help.rs` | the command line of a scan |
//! | `inputs.rs`, `globs.rs` | files and folders to the list of recordings |
//! | `detector.rs` | the command line to a detector |
//! | `job.rs` | one recording to its result |
//! | `resume.rs`, `fate.rs`, `settings.rs` | what an earlier run has done |
//! | `all.rs` | all recordings to results, as they finish |
//! | `outputs.rs` | what must not be written over |
//! | `sink.rs`, `summary.rs` | where results come together, and their sum |
//! | `evidence.rs` | what the scan rests on, for others to check |
//! | `plan.rs` | what is about to be done |

mod all;
mod args;
mod detector;
mod evidence;
mod fate;
mod globs;
mod help;
mod inputs;
mod job;
mod outputs;
mod plan;
mod resume;
mod settings;
mod sink;
mod summary;

use std::process::ExitCode;

use anyhow::Result;

use crate::results::exit_code;

pub use args::Args;

/// Scans what `args` name, and says how that ended.
pub fn run(args: &Args) -> Result<ExitCode> {
    let ended = all::scan(args)?;
    Ok(exit_code(&ended.summary, &args.fail_on, ended.complete))
}
