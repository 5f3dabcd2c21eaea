//! `voxhumana serve`: live calls. All of it but the flags is in `voxhumana-serve`.

mod args;
mod limits;

use std::process::ExitCode;

use anyhow::Result;
use voxhumana::Detector;

pub use args::Args;

use crate::model;

/// Serves until the process is asked to stop.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut builder = Detector::builder()
        .model(model::load(args.model.as_deref(), args.runtime)?)
        // Each call is scored on one thread; there are as many calls as there are threads.
        .threads(1);
    builder = match args.threshold.parse() {
        Ok(llr) => builder.threshold_llr(llr),
        Err(_) => builder.operating_point(&args.threshold),
    };
    voxhumana_serve::run(builder.build()?, args.options(), args.log_format.into())?;
    Ok(ExitCode::SUCCESS)
}
