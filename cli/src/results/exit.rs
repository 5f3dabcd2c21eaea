//! `--fail-on`, and the exit code of what gives verdicts.

use std::process::ExitCode;

use clap::ValueEnum;
use voxhumana::report::Summary;

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A recording was flagged, or a part of one
    Synthetic,
    /// A recording got no verdict
    Inconclusive,
    /// A file says itself that AI made it, or a part of it
    DeclaredSynthetic,
    /// No verdict does
    None,
}

/// The exit codes of the help. Where not every recording came to its result, since the reader of
/// the results left, there is no 0: nobody knows what the rest holds.
pub fn exit_code(summary: &Summary, fail_on: &[FailOn], complete: bool) -> ExitCode {
    let found = |verdict: &FailOn| match verdict {
        FailOn::Synthetic => summary.synthetic + summary.partly_synthetic > 0,
        FailOn::Inconclusive => summary.inconclusive > 0,
        FailOn::DeclaredSynthetic => declared_synthetic(summary),
        FailOn::None => false,
    };
    let found = fail_on.iter().any(found);
    ExitCode::from(match (summary.errors, found) {
        (0, true) => 1,
        (0, false) if complete => 0,
        _ => 2,
    })
}

/// Whether a file says itself that AI made it, or a part of it.
fn declared_synthetic(summary: &Summary) -> bool {
    summary.declared.keys().any(|state| state.is_synthetic())
}
