//! `voxhumana serve`: live calls. All of it but the flags is in `voxhumana-serve`.

mod args;
mod limits;
mod webhook;

use std::process::ExitCode;

use anyhow::Result;
use voxhumana::Detector;

pub use args::Args;

use crate::model;

/// Serves until the process is asked to stop.
pub fn run(args: &Args) -> Result<ExitCode> {
    // Each call is scored on one thread; there are as many calls as there are threads.
    let builder = Detector::builder()
        .model(model::load(args.model.as_deref(), args.runtime)?)
        .threads(1);
    let detector = model::at(builder, Some(&args.threshold), args.prior).build()?;
    voxhumana_serve::run(detector, args.options(), args.log_format.into())?;
    Ok(ExitCode::SUCCESS)
}
