//! The report of a recording. The field names are those of the machine-readable result,
//! `schema_version` 1: later versions may add fields, never rename these.

use serde::{Deserialize, Serialize};

use crate::audio::Unread;
use crate::verdict::{DecidedBy, Decision, Reason, Segment, Stretch, Verdict, Voice, WindowScore};

/// The report of one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelReport {
    /// Channel index, from 0.
    pub index: usize,
    /// Name given by the caller, else `left`/`right`, `mono`, or the index.
    pub name: String,
    /// The channel's verdict.
    pub verdict: Verdict,
    /// Why the verdict is inconclusive.
    pub reason: Option<Reason>,
    /// Calibrated natural-log likelihood ratio of the whole channel, bona fide over spoof: of its
    /// windows in domain, or of all where the reason is `out_of_domain`; of a longer channel less
    /// the [lowest](crate::model::DecisionRules::lowest_left_out).
    pub llr: Option<f64>,
    /// Which log-likelihood ratio the verdict and the probability rest on; null where `llr` is.
    #[serde(default)]
    pub decided_by: Option<DecidedBy>,
    /// That log-likelihood ratio: `llr`, that of the worse voice, or that of the worst stretch with
    /// the [allowance](crate::model::StretchRule::allowance) for long speech added; null where
    /// `llr` is.
    #[serde(default)]
    pub decision_llr: Option<f64>,
    /// Posterior probability of spoof that follows from `decision_llr` and the operating point's
    /// prior, 0 to 1.
    pub synthetic_probability: Option<f64>,
    /// Seconds of speech found, without crosstalk.
    pub speech_s: f64,
    /// Where the speech is: start and end, seconds from the start of the recording, ascending,
    /// apart.
    #[serde(default)]
    pub speech_spans: Vec<[f64; 2]>,
    /// Seconds of speech of another channel that leaks into this one (line echo, sidetone, a
    /// loudspeaker near the microphone). It is not scored, and no part of `speech_s`.
    #[serde(default)]
    pub crosstalk_s: f64,
    /// Share of the windows, 0 to 1, that are out of domain: music, noise or several voices at
    /// once. They do not count for the verdict; above one half, the reason is `out_of_domain`.
    /// Absent if the model has no such check, or nothing could be scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_domain_share: Option<f64>,
    /// Timeline of the speech and 0.2 s on either side of it: segments of about one hop of the
    /// model, ascending, apart, none over a long pause. A segment's LLR is that of the mean over
    /// the windows that contain it, also those out of domain.
    pub segments: Vec<Segment>,
    /// The windows in a row that speak most for synthesis, with the LLR of their mean and the
    /// threshold that it is held against, if there were enough. Where `decided_by` is `stretch`,
    /// this is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_stretch: Option<Stretch>,
    /// Whether a part of the channel, and not the whole of it, is another, synthetic voice. It
    /// stands beside the verdict, which it does not move; never where there is no verdict.
    #[serde(default)]
    pub partly_synthetic: bool,
    /// Those parts, ascending, apart, each with the LLR of the mean of its windows.
    #[serde(default)]
    pub synthetic_spans: Vec<Segment>,
    /// The voices, where two take turns in the only channel of a recording. The verdict is then
    /// that of the worse, and `decided_by` is `voice`; absent for one voice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voices: Vec<Voice>,
    /// Index of an earlier channel with identical samples, whose scores these are.
    pub same_as: Option<usize>,
    /// Every window in the order of time with its score, from which
    /// [`Detector::decide_again`](crate::Detector::decide_again) makes the verdict at another
    /// operating point. Absent unless it was asked for, by
    /// [`Examination::report_with_windows`](crate::Examination::report_with_windows), and where
    /// `same_as` names another channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowScore>>,
}

impl ChannelReport {
    /// Of a channel of which nothing is known yet.
    pub(super) fn new(index: usize, name: String) -> Self {
        Self {
            index,
            name,
            verdict: Verdict::Inconclusive,
            reason: None,
            llr: None,
            decided_by: None,
            decision_llr: None,
            synthetic_probability: None,
            speech_s: 0.0,
            speech_spans: Vec::new(),
            crosstalk_s: 0.0,
            out_of_domain_share: None,
            segments: Vec::new(),
            worst_stretch: None,
            partly_synthetic: false,
            synthetic_spans: Vec::new(),
            voices: Vec::new(),
            same_as: None,
            windows: None,
        }
    }

    /// Puts what a decision says of it in place of what an earlier one said.
    pub(super) fn decide(&mut self, decision: Decision) {
        // Each field by its name, so that none is forgotten.
        let Decision {
            verdict,
            reason,
            llr,
            decided_by,
            decision_llr,
            synthetic_probability,
            threshold_llr: _,
            counted_speech_s: _,
            out_of_domain_share,
            worst_stretch,
            partly_synthetic,
            part_llr: _,
            synthetic_spans,
            voices,
        } = decision;
        self.verdict = verdict;
        self.reason = reason;
        self.llr = llr;
        self.decided_by = decided_by;
        self.decision_llr = decision_llr;
        self.synthetic_probability = synthetic_probability;
        self.out_of_domain_share = out_of_domain_share;
        self.worst_stretch = worst_stretch;
        self.partly_synthetic = partly_synthetic;
        self.synthetic_spans = synthetic_spans;
        self.voices = voices;
    }
}

/// Format, band and clipping of the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputSummary {
    /// Container, e.g. `wav`, `ogg`, `raw`, `samples`.
    pub container: String,
    /// Codec, e.g. `pcm_s16le`, `pcm_mulaw`, `opus`.
    pub codec: String,
    /// Sample rate of the recording, Hz.
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub channels: usize,
    /// Highest frequency the recording carries, Hz.
    pub bandwidth_hz: u32,
    /// Share of samples in runs at full scale, 0 to 1.
    pub clipped_share: f64,
    /// The value of full scale that samples were divided by, where it is not 1: a power of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scale: Option<f64>,
    /// Seconds from midnight to the first sample, where broadcast WAV's `bext` chunk says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_reference_s: Option<f64>,
    /// Codec and rate were guessed from the bytes, which have no header. Absent where they were
    /// not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guessed: Option<bool>,
    /// The program that decoded it, where this one could not: `ffmpeg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded_by: Option<String>,
}

/// Which model gave the scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelId {
    /// Name from the metadata.
    pub name: String,
    /// Version from the metadata.
    pub version: String,
    /// SHA-256 of the ONNX file, lower-case hex.
    pub sha256: String,
}

/// The report of one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordingReport {
    /// Seconds of audio decoded.
    pub duration_s: f64,
    /// Whether the recording ended before its container said it would, or had unreadable parts.
    pub truncated: bool,
    /// Parts of the recording that were not read, and why; absent where there are none. With any,
    /// `truncated` is true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// Format, band and clipping of the input.
    pub input: InputSummary,
    /// Which model gave the scores.
    pub model: ModelId,
    /// `tract` or `onnxruntime`.
    pub runtime: String,
    /// Name of the operating point, or `custom`.
    pub operating_point: String,
    /// A channel whose LLR is below this is synthetic.
    pub threshold_llr: f64,
    /// A stretch whose LLR is below this makes its channel synthetic, whatever the rest says; for
    /// long speech, see the stretch's own `threshold_llr`.
    pub stretch_threshold_llr: f64,
    /// How likely a channel was taken to be synthetic beforehand, behind `synthetic_probability`.
    /// Absent in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoof_prior: Option<f64>,
    /// One entry per channel.
    pub channels: Vec<ChannelReport>,
}

impl RecordingReport {
    /// Whether a channel of it is [partly synthetic](ChannelReport::partly_synthetic).
    #[must_use]
    pub fn partly_synthetic(&self) -> bool {
        self.channels.iter().any(|c| c.partly_synthetic)
    }

    /// The worst of the channels' verdicts: synthetic before inconclusive before bona fide.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.channels
            .iter()
            .map(|c| c.verdict)
            .max()
            .unwrap_or(Verdict::Inconclusive)
    }
}
