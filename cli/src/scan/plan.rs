//! `--verbose`: what is about to be done.

use std::path::PathBuf;

use voxhumana::Detector;

use super::args::Args;
use super::inputs::Found;
use crate::model;
use crate::say::say;

/// Says it on standard error.
pub fn print(args: &Args, found: &Found, jobs: usize, detector: &Detector) {
    let shown = |path: &Option<PathBuf>, otherwise: &str| {
        path.as_ref()
            .map_or_else(|| otherwise.to_owned(), |path| path.display().to_string())
    };
    let (name, point) = detector.operating_point();
    let metadata = detector.model().metadata();
    say!("config      {}", shown(&args.config, "none"));
    say!(
        "model       {} {}, {}, on {}",
        metadata.name,
        metadata.version,
        shown(&args.detector.model, "inside the program"),
        detector.model().runtime()
    );
    say!("sha256      {}", detector.model().sha256());
    say!(
        "threshold   {name}: synthetic below llr {:+.2}, or a stretch of it below {:+.2}",
        point.threshold_llr,
        point.stretch_threshold_llr
    );
    // Nobody measured a threshold of the user's own.
    if let Some(point) = metadata.operating_points.get(name) {
        say!("            {}", model::rates(point));
    }
    say!("recordings  {}, {jobs} at once", found.inputs.len());
    say!("results     {}", shown(&args.output, "standard output"));
    say!("");
}
