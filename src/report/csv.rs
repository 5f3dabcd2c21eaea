//! One row per channel.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::failure::ErrorCode;
use super::record::{Outcome, Recording};
use crate::detect::{ChannelReport, RecordingReport, Unread};
use crate::marks::{Declared, DeclaredState, Scheme};
use crate::verdict::{DecidedBy, Reason, Verdict};

/// A row of the CSV: the facts of a recording and of one of its channels. A recording that failed
/// has one row, of `path`, `status` and `error`.
///
/// Names and meanings are those of [`Recording`] and [`RecordingReport`], but for what is said
/// below. The Python package's `to_pandas()` has the same columns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CsvRow {
    /// The recording.
    pub path: String,
    /// `ok` or `error`; `left_out` in the rows at the end that count what was passed over in
    /// folders.
    pub status: String,
    /// The error, in words.
    pub error: Option<String>,
    /// State of what the file itself declares.
    pub declared: Option<DeclaredState>,
    /// Schemes of its marks, each once, parted by spaces.
    pub declared_by: Option<String>,
    /// Seconds of audio.
    pub duration_s: Option<f64>,
    /// `true` or `false`.
    pub truncated: Option<bool>,
    /// Parts that were not read: each with its bytes and the reason, parted by `; `.
    pub unread: Option<String>,
    /// Container.
    pub container: Option<String>,
    /// Codec.
    pub codec: Option<String>,
    /// Sample rate, Hz.
    pub sample_rate_hz: Option<u32>,
    /// Number of channels of the recording.
    pub channels: Option<usize>,
    /// Highest frequency the recording carries, Hz.
    pub bandwidth_hz: Option<u32>,
    /// Share of samples at full scale, 0 to 1.
    pub clipped_share: Option<f64>,
    /// Name of the model.
    pub model_name: Option<String>,
    /// Version of the model.
    pub model_version: Option<String>,
    /// SHA-256 of the model's ONNX file.
    pub model_sha256: Option<String>,
    /// `tract` or `onnxruntime`.
    pub runtime: Option<String>,
    /// Operating point.
    pub operating_point: Option<String>,
    /// Threshold for the channel.
    pub threshold_llr: Option<f64>,
    /// Threshold for a stretch of it.
    pub stretch_threshold_llr: Option<f64>,
    /// Index of the channel, from 0.
    pub channel_index: Option<usize>,
    /// Name of the channel.
    pub channel_name: Option<String>,
    /// Index of an earlier channel with identical samples.
    pub same_as: Option<usize>,
    /// Verdict on the channel.
    pub verdict: Option<Verdict>,
    /// Why it is inconclusive.
    pub reason: Option<Reason>,
    /// Log-likelihood ratio of the channel.
    pub llr: Option<f64>,
    /// `channel` or `stretch`.
    pub decided_by: Option<DecidedBy>,
    /// Log-likelihood ratio that the verdict rests on.
    pub decision_llr: Option<f64>,
    /// Posterior probability of spoof.
    pub synthetic_probability: Option<f64>,
    /// Seconds of speech.
    pub speech_s: Option<f64>,
    /// Share of the windows that are out of domain, 0 to 1.
    pub out_of_domain_share: Option<f64>,
    /// Number of segments of the timeline.
    pub segments: Option<usize>,
    /// Start of the segment with the lowest log-likelihood ratio, seconds.
    pub lowest_start_s: Option<f64>,
    /// Its end, seconds.
    pub lowest_end_s: Option<f64>,
    /// Its log-likelihood ratio.
    pub lowest_llr: Option<f64>,
    /// Seconds of another channel's speech that leaks into this one.
    pub crosstalk_s: Option<f64>,
    /// `true` where a part of the channel is synthetic, and not the whole.
    pub partly_synthetic: Option<bool>,
    /// Start of the first such part, seconds.
    pub synthetic_start_s: Option<f64>,
    /// End of the last, seconds.
    pub synthetic_end_s: Option<f64>,
    /// The kind of the error.
    pub error_code: Option<ErrorCode>,
    /// The remedy, where one is known.
    pub error_hint: Option<String>,
    /// The value of full scale that samples were divided by, where it is not 1.
    pub full_scale: Option<f64>,
    /// Seconds from midnight to the first sample, where the recording says so.
    pub time_reference_s: Option<f64>,
    /// `true` where codec and rate are guessed.
    pub guessed: Option<bool>,
    /// The program that decoded it, where this one could not.
    pub decoded_by: Option<String>,
    /// Prior of spoof that `synthetic_probability` rests on.
    pub spoof_prior: Option<f64>,
    /// SHA-256 of the recording's file.
    pub sha256: Option<String>,
}

impl CsvRow {
    /// The rows of a recording.
    #[must_use]
    pub fn of(recording: &Recording) -> Vec<Self> {
        let path = recording.path.clone();
        let rows: Vec<Self> = match recording.report() {
            Some(report) => report
                .channels
                .iter()
                .map(|channel| Self::of_channel(path.clone(), report, channel))
                .collect(),
            None => vec![Self::of_failure(path, &recording.outcome)],
        };
        let declared = recording.declared.as_ref();
        rows.into_iter()
            .map(|row| Self {
                declared: declared.map(|declared| declared.state),
                declared_by: declared.and_then(schemes),
                sha256: recording.sha256.clone(),
                ..row
            })
            .collect()
    }

    /// A row for each extension of files that were passed over in folders: `left_out`, with their
    /// number in `error`.
    pub(super) fn left_out(counts: &BTreeMap<String, u64>) -> impl Iterator<Item = Self> + '_ {
        counts.iter().map(|(extension, n)| Self {
            path: match extension.as_str() {
                "" => "*".into(),
                extension => format!("*.{extension}"),
            },
            status: "left_out".into(),
            error: Some(format!("files of folders left out by extension: {n}")),
            ..Self::default()
        })
    }

    fn of_failure(path: String, outcome: &Outcome) -> Self {
        let row = Self {
            path,
            status: "error".into(),
            ..Self::default()
        };
        match outcome.clone() {
            Outcome::Ok { .. } => row,
            Outcome::Error {
                error,
                error_code,
                error_hint,
            } => Self {
                error: Some(error),
                error_code,
                error_hint,
                ..row
            },
        }
    }

    fn of_channel(path: String, report: &RecordingReport, channel: &ChannelReport) -> Self {
        let lowest = channel
            .segments
            .iter()
            .min_by(|a, b| a.llr.total_cmp(&b.llr));
        Self {
            path,
            status: "ok".into(),
            error: None,
            declared: None,
            declared_by: None,
            duration_s: Some(report.duration_s),
            truncated: Some(report.truncated),
            unread: unread(&report.unread),
            container: Some(report.input.container.clone()),
            codec: Some(report.input.codec.clone()),
            sample_rate_hz: Some(report.input.sample_rate_hz),
            channels: Some(report.input.channels),
            bandwidth_hz: Some(report.input.bandwidth_hz),
            clipped_share: Some(report.input.clipped_share),
            model_name: Some(report.model.name.clone()),
            model_version: Some(report.model.version.clone()),
            model_sha256: Some(report.model.sha256.clone()),
            runtime: Some(report.runtime.clone()),
            operating_point: Some(report.operating_point.clone()),
            threshold_llr: Some(report.threshold_llr),
            stretch_threshold_llr: Some(report.stretch_threshold_llr),
            channel_index: Some(channel.index),
            channel_name: Some(channel.name.clone()),
            same_as: channel.same_as,
            verdict: Some(channel.verdict),
            reason: channel.reason,
            llr: channel.llr,
            decided_by: channel.decided_by,
            decision_llr: channel.decision_llr,
            synthetic_probability: channel.synthetic_probability,
            speech_s: Some(channel.speech_s),
            out_of_domain_share: channel.out_of_domain_share,
            segments: Some(channel.segments.len()),
            lowest_start_s: lowest.map(|s| s.start_s),
            lowest_end_s: lowest.map(|s| s.end_s),
            lowest_llr: lowest.map(|s| s.llr),
            crosstalk_s: Some(channel.crosstalk_s),
            partly_synthetic: Some(channel.partly_synthetic),
            synthetic_start_s: channel.synthetic_spans.first().map(|s| s.start_s),
            synthetic_end_s: channel.synthetic_spans.last().map(|s| s.end_s),
            error_code: None,
            error_hint: None,
            full_scale: report.input.full_scale,
            time_reference_s: report.input.time_reference_s,
            guessed: report.input.guessed,
            decoded_by: report.input.decoded_by.clone(),
            spoof_prior: report.spoof_prior,
            sha256: None,
        }
    }
}

/// The parts that were not read, if there are any.
fn unread(parts: &[Unread]) -> Option<String> {
    let texts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// The schemes of the marks, if there are any.
fn schemes(declared: &Declared) -> Option<String> {
    let schemes: BTreeSet<_> = declared.marks.iter().map(|mark| mark.scheme).collect();
    let names: Vec<_> = schemes.into_iter().map(Scheme::as_str).collect();
    (!names.is_empty()).then(|| names.join(" "))
}
