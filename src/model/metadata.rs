//! The metadata of an ONNX file: one JSON object under the metadata key `voxhumana`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::{finite, in_range, refuse};
use super::rules::DecisionRules;
use super::voice_rule::VoiceRule;
use crate::Result;
use crate::features::FrontEnd;

/// The metadata format this build reads.
pub const FORMAT_VERSION: u32 = 2;
/// The sample rate every model works at, Hz: wide-band speech (ITU-T G.722, G.711.1), and the rate
/// of speech detection.
pub const MODEL_SAMPLE_RATE_HZ: u32 = 16_000;
/// The operating point that applies when none is named; every model has it.
pub const DEFAULT_OPERATING_POINT: &str = "balanced";
/// Most front ends of one model: every window goes through all of them.
pub const MAX_FRONT_ENDS: usize = 4;
/// Longest window a model may ask for, seconds. Windows are held in memory in batches.
pub const MAX_WINDOW_S: u64 = 60;

/// Everything that must agree between training and scoring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelMetadata {
    /// Always [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Model name.
    pub name: String,
    /// Model version.
    pub version: String,
    /// The features the network takes, 1 to [`MAX_FRONT_ENDS`] views of one window: inputs
    /// `features`, `features_2`, `features_3` and so on, in this order, each f32 `(batch, frames,
    /// bins)`, frames fixed by `window_samples`. Frames of different lengths show different traces.
    /// Output `score`, f32 `(batch,)`, uncalibrated, higher = more bona fide; optional output
    /// `domain`, f32 `(batch,)`, a logit that the window holds one voice speaking, read where
    /// `domain_threshold` is given; optional output `embedding`, f32 `(batch, n)`, the pooled
    /// vector before the last layer.
    pub front_ends: Vec<FrontEnd>,
    /// Samples of (packed) speech in one window. Shorter speech is repeated from its start until it
    /// fills the window.
    pub window_samples: usize,
    /// Samples between the starts of two windows.
    pub hop_samples: usize,
    /// Window score to natural-log likelihood ratio.
    pub calibration: Calibration,
    /// Mean window score of a channel, less its [lowest](DecisionRules::lowest_left_out), to
    /// natural-log likelihood ratio, by seconds of speech.
    pub channel_calibration: Vec<ChannelCalibration>,
    /// How window scores become a verdict.
    pub decision_rules: DecisionRules,
    /// Named thresholds with their measured error rates.
    pub operating_points: BTreeMap<String, OperatingPoint>,
    /// Lowest and highest mean window score of a channel seen in calibration. A channel outside is
    /// `out_of_domain`: the calibration says nothing about it. Absent: no such check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_range: Option<[f64; 2]>,
    /// The mean logit `domain` of a window and its neighbours over [`DecisionRules::domain_s`]
    /// below which the window is out of domain: music, noise, several voices at once. Such windows
    /// do not count, and a channel that has mostly such is `out_of_domain`. Given only if the
    /// network has that output. Absent: no such check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_threshold: Option<f64>,
    /// How the two voices of a call that was mixed to one channel are told apart. Absent: they are
    /// not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voices: Option<VoiceRule>,
    /// SHA-256 over the sorted manifest of the training data.
    pub training_digest: String,
}

/// `llr = scale * score + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Calibration {
    /// Factor, > 0.
    pub scale: f64,
    /// Offset, natural log.
    pub offset: f64,
}

/// A calibration for channels with at least `min_speech_s` of speech; the entry with the largest
/// such value applies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelCalibration {
    /// Lower end of the range of speech seconds.
    pub min_speech_s: f64,
    /// Factor and offset on the mean window score.
    #[serde(flatten)]
    pub calibration: Calibration,
}

/// A named threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OperatingPoint {
    /// Prior probability of spoof behind `synthetic_probability`.
    pub spoof_prior: f64,
    /// A channel whose LLR is below this is synthetic.
    pub threshold_llr: f64,
    /// A stretch whose LLR is below this makes the channel synthetic, whatever the rest says; for
    /// long speech less the [allowance](super::StretchRule::allowance).
    pub stretch_threshold_llr: f64,
    /// A channel whose log-likelihood ratio, no part synthetic over a part synthetic, is below this
    /// is synthetic in part. Absent: no part is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_threshold_llr: Option<f64>,
    /// Measured share of bona fide speech called synthetic.
    pub false_alarm_rate: f64,
    /// Measured share of spoofs called bona fide.
    pub miss_rate: f64,
    /// The recordings that the rates were measured on.
    pub measured_on: String,
}

impl Calibration {
    /// The natural-log likelihood ratio, bona fide over spoof, of an uncalibrated score.
    #[must_use]
    pub fn llr(&self, score: f64) -> f64 {
        self.scale * score + self.offset
    }
}

impl OperatingPoint {
    /// The posterior probability of spoof, 0 to 1, of a log-likelihood ratio under this prior.
    #[must_use]
    pub fn synthetic_probability(&self, llr: f64) -> f64 {
        let prior_log_odds = (self.spoof_prior / (1.0 - self.spoof_prior)).ln();
        1.0 / (1.0 + (llr - prior_log_odds).exp())
    }
}

impl ModelMetadata {
    /// Seconds of speech in one window.
    #[must_use]
    pub fn window_s(&self) -> f64 {
        seconds(self.window_samples)
    }

    /// Seconds of speech between the starts of two windows.
    #[must_use]
    pub fn hop_s(&self) -> f64 {
        seconds(self.hop_samples)
    }

    /// The calibration for a channel with this much speech.
    #[must_use]
    pub fn channel_calibration_for(&self, speech_s: f64) -> Calibration {
        self.channel_calibration
            .iter()
            .rev()
            .find(|c| c.min_speech_s <= speech_s)
            .map_or(self.calibration, |c| c.calibration)
    }

    /// Reads and checks the JSON that travels with a model.
    ///
    /// # Errors
    ///
    /// [`Error::ModelMetadata`](crate::Error::ModelMetadata), naming the first field that does not
    /// fit.
    pub fn from_json(json: &str) -> Result<Self> {
        // The version comes first: a later format may differ in every other field.
        let value: serde_json::Value = serde_json::from_str(json)
            .map_err(|e| refuse("voxhumana", format!("not JSON ({e})")))?;
        match value
            .get("format_version")
            .and_then(serde_json::Value::as_u64)
        {
            Some(v) if v == u64::from(FORMAT_VERSION) => {}
            Some(v) => {
                return Err(refuse(
                    "format_version",
                    format!("is {v}; this build reads {FORMAT_VERSION}"),
                ));
            }
            None => return Err(refuse("format_version", "missing or not a number")),
        }
        let metadata: Self = serde_path_to_error::deserialize(value).map_err(|e| {
            let path = e.path().to_string();
            let problem = e.inner().to_string();
            // Of a field that is not there, serde gives the object's path and names the field in
            // words.
            let missing = problem
                .strip_prefix("missing field `")
                .and_then(|p| p.split_once('`'));
            match (missing, path.as_str()) {
                (Some((field, _)), ".") => refuse(field, "missing"),
                (Some((field, _)), _) => refuse(&format!("{path}.{field}"), "missing"),
                (None, _) => refuse(&path, problem),
            }
        })?;
        metadata.check()?;
        Ok(metadata)
    }

    fn check(&self) -> Result<()> {
        let views = self.front_ends.len();
        if !(1..=MAX_FRONT_ENDS).contains(&views) {
            return Err(refuse(
                "front_ends",
                format!("has {views}; accepted: 1 to {MAX_FRONT_ENDS}"),
            ));
        }
        for (i, front_end) in self.front_ends.iter().enumerate() {
            let rate = front_end.sample_rate_hz;
            if rate != MODEL_SAMPLE_RATE_HZ {
                return Err(refuse(
                    &format!("front_ends[{i}].sample_rate_hz"),
                    format!("is {rate}; accepted: {MODEL_SAMPLE_RATE_HZ}"),
                ));
            }
        }
        let longest_frame = self.front_ends.iter().map(|f| f.row_samples().max(1)).max();
        in_range(
            "window_samples",
            self.window_samples as f64,
            longest_frame.unwrap_or(1) as f64,
            (MAX_WINDOW_S * u64::from(MODEL_SAMPLE_RATE_HZ)) as f64,
        )?;
        in_range(
            "hop_samples",
            self.hop_samples as f64,
            MIN_HOP_SAMPLES,
            self.window_samples as f64,
        )?;
        check_calibration("calibration", &self.calibration)?;
        let mut above = 0.0;
        for (i, c) in self.channel_calibration.iter().enumerate() {
            let field = format!("channel_calibration[{i}]");
            check_calibration(&field, &c.calibration)?;
            let field = format!("{field}.min_speech_s");
            in_range(&field, c.min_speech_s, above, f64::MAX)?;
            above = c.min_speech_s;
        }
        self.decision_rules.check()?;
        if let Some(voices) = &self.voices {
            voices.check(&self.front_ends[0])?;
        }
        if !self.operating_points.contains_key(DEFAULT_OPERATING_POINT) {
            return Err(refuse(
                "operating_points",
                format!("has no `{DEFAULT_OPERATING_POINT}`, the default"),
            ));
        }
        for (name, point) in &self.operating_points {
            let field = |f: &str| format!("operating_points.{name}.{f}");
            in_range(
                &field("spoof_prior"),
                point.spoof_prior,
                f64::EPSILON,
                1.0 - f64::EPSILON,
            )?;
            finite(&field("threshold_llr"), point.threshold_llr)?;
            finite(&field("stretch_threshold_llr"), point.stretch_threshold_llr)?;
            if let Some(llr) = point.part_threshold_llr {
                finite(&field("part_threshold_llr"), llr)?;
            }
            in_range(&field("false_alarm_rate"), point.false_alarm_rate, 0.0, 1.0)?;
            in_range(&field("miss_rate"), point.miss_rate, 0.0, 1.0)?;
        }
        if let Some([low, high]) = self.score_range {
            finite("score_range[0]", low)?;
            in_range("score_range[1]", high, low, f64::MAX)?;
        }
        if let Some(logit) = self.domain_threshold {
            finite("domain_threshold", logit)?;
        }
        Ok(())
    }
}

/// 10 ms at 16 kHz, one frame of speech detection: a smaller hop only costs time.
const MIN_HOP_SAMPLES: f64 = 160.0;

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(MODEL_SAMPLE_RATE_HZ)
}

fn check_calibration(field: &str, c: &Calibration) -> Result<()> {
    in_range(
        &format!("{field}.scale"),
        c.scale,
        f64::MIN_POSITIVE,
        f64::MAX,
    )?;
    finite(&format!("{field}.offset"), c.offset)
}
