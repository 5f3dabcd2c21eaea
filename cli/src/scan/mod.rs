//! `voxhumana scan`: recordings to results.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs`, `detector_args.rs`, `folder_args.rs`, `help.rs` | the command line of a scan |
//! | `inputs.rs`, `globs.rs` | files and folders to the list of recordings |
//! | `detector.rs` | the command line to a detector |
//! | `job.rs`, `stamp.rs` | one recording to its result |
//! | `work.rs` | the same with its page and track; the verb `watch` does it as well |
//! | `resume.rs`, `fate.rs`, `moves.rs`, `settings.rs` | what an earlier run has done |
//! | `all.rs` | all recordings to results, as they finish |
//! | `outputs.rs` | what must not be written over |
//! | `sink.rs`, `summary.rs` | where results come together, and their sum |
//! | `evidence.rs` | what the scan rests on, for others to check |
//! | `plan.rs` | what is about to be done |

mod all;
mod args;
pub mod detector;
mod detector_args;
mod evidence;
mod fate;
mod folder_args;
mod globs;
mod help;
mod inputs;
mod job;
mod moves;
mod outputs;
mod plan;
mod resume;
mod settings;
mod sink;
mod stamp;
mod standard_input;
mod summary;
mod work;

use std::process::ExitCode;

use anyhow::Result;

use crate::results::exit_code;

pub use args::Args;
pub use detector_args::DetectorArgs;
pub use folder_args::FolderArgs;
pub use inputs::{Found, Input, Wanted, in_folders};
pub use job::Job;
pub use settings::Settings;
pub use stamp::{Stamp, nanoseconds};
pub use work::{Work, crashed};

/// Scans what `args` name, and says how that ended.
pub fn run(args: &Args) -> Result<ExitCode> {
    let ended = all::scan(args)?;
    Ok(exit_code(&ended.summary, &args.fail_on, ended.complete))
}
