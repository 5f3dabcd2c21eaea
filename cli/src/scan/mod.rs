//! `voxhumana scan`: recordings to results.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs`, `help.rs` | the command line of a scan |
//! | `inputs.rs`, `globs.rs` | files and folders to the list of recordings |
//! | `detector.rs` | the command line to a detector |
//! | `job.rs` | one recording to its result |
//! | `resume.rs` | what an earlier run has done |
//! | `all.rs` | all recordings to results, as they finish |
//! | `output.rs`, `output_format.rs`, `table.rs`, `summary.rs` | results and their sum |
//! | `pages.rs`, `page_media.rs` | HTML pages: which, and what is on them |
//! | `labels.rs`, `sidecars.rs` | a file for each recording |
//! | `evidence.rs` | what the scan rests on, for others to check |
//! | `plan.rs` | what is about to be done |

mod all;
mod args;
mod detector;
mod evidence;
mod globs;
mod help;
mod inputs;
mod job;
mod labels;
mod output;
mod output_format;
mod page_media;
mod pages;
mod plan;
mod resume;
mod sidecars;
mod summary;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use voxhumana::report::Summary;

pub use args::Args;
use args::FailOn;

/// Scans what `args` name, and says how that ended.
pub fn run(args: &Args) -> Result<ExitCode> {
    Ok(exit_code(&all::scan(args)?, &args.fail_on))
}

/// The exit codes of the help.
fn exit_code(summary: &Summary, fail_on: &[FailOn]) -> ExitCode {
    let found = |verdict: &FailOn| match verdict {
        FailOn::Synthetic => summary.synthetic > 0,
        FailOn::Inconclusive => summary.inconclusive > 0,
        FailOn::DeclaredSynthetic => declared_synthetic(summary),
        FailOn::None => false,
    };
    ExitCode::from(match summary.errors {
        0 => u8::from(fail_on.iter().any(found)),
        _ => 2,
    })
}

/// Whether a file says itself that AI made it, or a part of it.
fn declared_synthetic(summary: &Summary) -> bool {
    summary.declared.keys().any(|state| state.is_synthetic())
}
