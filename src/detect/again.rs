//! A result at another operating point, without its recording.

use super::detector::Detector;
use super::result::{ChannelReport, RecordingReport};
use crate::verdict::{decide_again, decide_by_turns, decide_by_voice};
use crate::{Error, Result};

impl Detector {
    /// The report that a scan with this detector would give, from the [window
    /// scores](ChannelReport::windows) of a report of the same model: verdicts at another threshold
    /// or operating point, without the recording. Scores are kept by
    /// [`Examination::report_with_windows`](crate::Examination::report_with_windows).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if the report comes from another model, or keeps no window
    /// scores.
    pub fn decide_again(&self, report: &RecordingReport) -> Result<RecordingReport> {
        let model = self.model();
        if report.model.sha256 != model.sha256() {
            return Err(Error::InvalidArgument {
                name: "model of the result",
                value: report.model.sha256.clone(),
                accepted: format!("{}, the model at hand", model.sha256()),
            });
        }
        let point = &self.settings.thresholds;
        let own = report.channels.iter().filter(|c| c.same_as.is_none());
        let is_only = own.count() == 1;
        let mut channels: Vec<ChannelReport> = Vec::with_capacity(report.channels.len());
        for channel in &report.channels {
            // One whose samples are another's has its scores.
            let other = channel
                .same_as
                .and_then(|index| report.channels.iter().find(|c| c.index == index));
            let scored = other.unwrap_or(channel);
            let windows = scored.windows.as_deref().ok_or(Error::InvalidArgument {
                name: "number of window scores kept",
                value: "0".into(),
                accepted: "all of them".into(),
            })?;
            let whole = decide_again(
                scored.speech_s,
                scored.reason,
                windows,
                model.metadata(),
                point,
            );
            let spans: Vec<_> = scored
                .voices
                .iter()
                .map(|v| v.speech_spans.clone())
                .collect();
            let metadata = model.metadata();
            let decision = match &spans[..] {
                _ if !self.keep.traits => whole,
                [] if is_only && metadata.voices.is_some() => {
                    decide_by_turns(whole, windows, metadata, point)
                }
                spans => decide_by_voice(whole, spans, windows, metadata, point),
            };
            let mut channel = channel.clone();
            channel.decide(decision);
            channels.push(channel);
        }
        Ok(RecordingReport {
            operating_point: self.settings.operating_point.clone(),
            threshold_llr: point.threshold_llr,
            stretch_threshold_llr: point.stretch_threshold_llr,
            spoof_prior: Some(point.spoof_prior),
            channels,
            ..report.clone()
        })
    }
}
