//! Verdicts at another threshold, from the window scores of a result.

use anyhow::{Result, bail};
use voxhumana::report::{Outcome, Recording};
use voxhumana::{Detector, RecordingReport};

/// The recording at the operating point of `detector`.
pub fn at(detector: &Detector, mut recording: Recording) -> Result<Recording> {
    if let Outcome::Ok { verdict, report } = &mut recording.outcome
        && !is_there(detector, report)
    {
        let again = detector.decide_again(report)?;
        *verdict = again.verdict();
        **report = again;
        // The key is of a scan at the other threshold.
        recording.scan_key = None;
    }
    Ok(recording)
}

/// Refuses what cannot be brought to the operating point of `detector`, or shown with its model.
pub fn check(detector: &Detector, recording: &Recording, threshold: bool) -> Result<()> {
    let Some(report) = recording.report() else {
        return Ok(());
    };
    let (name, model) = (&recording.path, &report.model);
    if model.sha256 != detector.model().sha256() {
        bail!(
            "{name}: its scores come from {} {} ({}), which this is not; give --model that ONNX \
             file",
            model.name,
            model.version,
            model.sha256
        );
    }
    let is_scored = report
        .channels
        .iter()
        .all(|c| c.same_as.is_some() || c.windows.is_some());
    if threshold && !is_scored && !is_there(detector, report) {
        bail!(
            "{name}: its result keeps no window scores, from which a verdict at another threshold \
             follows; scan it again with --windows, or leave out --threshold and --prior"
        );
    }
    Ok(())
}

/// Whether the verdicts are those of this operating point.
fn is_there(detector: &Detector, report: &RecordingReport) -> bool {
    let (name, point) = detector.operating_point();
    report.operating_point == name
        && report.threshold_llr == point.threshold_llr
        && report.stretch_threshold_llr == point.stretch_threshold_llr
        && report
            .spoof_prior
            .is_none_or(|prior| prior == point.spoof_prior)
}
