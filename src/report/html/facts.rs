//! The tables of a call's page: what is known about the input and the model.

use std::borrow::Cow;

use serde::Serialize;

use super::format::{fill, score};
use super::texts::Texts;
use crate::detect::{InputSummary, RecordingReport};
use crate::model::{DecisionRules, ModelMetadata, OperatingPoint};
use crate::report::Recording;
use crate::report::clock::clock;

/// A row of a table of facts.
#[derive(Serialize)]
pub(super) struct Fact {
    pub(super) name: Cow<'static, str>,
    pub(super) value: String,
    /// Whether it is for machines to compare rather than for people to read.
    pub(super) is_code: bool,
}

impl Fact {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            is_code: false,
        }
    }

    fn code(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            is_code: true,
            ..Self::new(name, value)
        }
    }
}

/// Of the input.
pub(super) fn of_input(
    recording: &Recording,
    report: &RecordingReport,
    rules: &DecisionRules,
    texts: &'static Texts,
) -> Vec<Fact> {
    let input = &report.input;
    let t = texts;
    let mut facts = vec![Fact::code(t.path, &recording.path)];
    if let Some(sha256) = &recording.sha256 {
        facts.push(Fact::code("SHA-256", sha256));
    }
    let metadata = recording.metadata.iter().flatten();
    facts.extend(metadata.map(|(name, value)| Fact::new(name.clone(), value)));
    let band = format!("{} Hz", input.bandwidth_hz);
    facts.extend([
        Fact::new(t.duration, clock(report.duration_s)),
        Fact::new(t.complete, complete(report, t)),
        Fact::new(t.container, &input.container),
        Fact::new(t.codec, codec(input, t)),
        Fact::new(t.sample_rate, format!("{} Hz", input.sample_rate_hz)),
        Fact::new(t.channels, input.channels.to_string()),
        Fact::new(t.bandwidth, fill(t.bandwidth_value, &[("hz", &band)])),
        Fact::new(
            t.clipping,
            fill(
                t.clipping_value,
                &[
                    ("share", &t.percent(input.clipped_share)),
                    ("limit", &t.percent(rules.max_clipped_share)),
                ],
            ),
        ),
    ]);
    let full_scale = input.full_scale.map(|value| value.to_string());
    let start = input.time_reference_s.map(clock);
    let told = [(t.full_scale, full_scale), (t.time_reference, start)];
    let told = told
        .into_iter()
        .filter_map(|(name, value)| Some(Fact::new(name, value?)));
    facts.extend(told);
    facts
}

/// The codec, and how it is known or decoded where that is not as ever.
fn codec(input: &InputSummary, t: &Texts) -> String {
    let codec = input.codec.as_str();
    match (&input.decoded_by, input.guessed) {
        (Some(program), _) => fill(t.decoded_by, &[("codec", codec), ("program", program)]),
        (None, Some(true)) => fill(t.guessed, &[("codec", codec)]),
        (None, _) => codec.to_owned(),
    }
}

/// The model's operating point, unless the threshold was the caller's own.
pub(super) fn point<'a>(
    report: &RecordingReport,
    model: &'a ModelMetadata,
) -> Option<&'a OperatingPoint> {
    model.operating_points.get(&report.operating_point)
}

/// Of the model and its calibration.
pub(super) fn of_model(
    report: &RecordingReport,
    model: &ModelMetadata,
    prior: Option<f64>,
    texts: &'static Texts,
) -> Vec<Fact> {
    let t = texts;
    let facts = &report.model;
    let version = fill(t.model_version, &[("version", &facts.version)]);
    let mut rows = vec![
        Fact::new(t.model_name, format!("{}, {version}", facts.name)),
        Fact::code(t.model_digest, &facts.sha256),
    ];
    rows.push(Fact::code(t.training_digest, &model.training_digest));
    rows.extend([
        Fact::new(t.runtime, &report.runtime),
        Fact::new(t.operating_point, &report.operating_point),
        Fact::new(
            t.threshold,
            fill(t.threshold_value, &[("llr", &score(report.threshold_llr))]),
        ),
    ]);
    rows.extend(model.decision_rules.stretches.iter().map(|stretch| {
        let values = [
            ("length", &*t.seconds(stretch.seconds)),
            ("llr", &score(report.stretch_threshold_llr)),
            ("seconds", &t.seconds(stretch.reference_s)),
        ];
        Fact::new(
            t.stretch_threshold,
            fill(t.stretch_threshold_value, &values),
        )
    }));
    if let Some(prior) = prior {
        rows.push(Fact::new(t.prior, t.percent(prior)));
    }
    let rate = |rate: f64| fill(t.measured, &[("rate", &t.percent(rate))]);
    match point(report, model) {
        Some(point) => rows.extend([
            Fact::new(t.false_alarms, rate(point.false_alarm_rate)),
            Fact::new(t.misses, rate(point.miss_rate)),
            Fact::new(t.measured_on, &point.measured_on),
        ]),
        None => rows.extend([
            Fact::new(t.false_alarms, t.not_measured),
            Fact::new(t.misses, t.not_measured),
        ]),
    }
    rows
}

/// Whether all of the recording was read; the parts that were not are named as in the JSON.
fn complete(report: &RecordingReport, t: &Texts) -> String {
    let mut text = if report.truncated { t.truncated } else { t.yes }.to_owned();
    for part in &report.unread {
        text += &format!("; {part}");
    }
    text
}
