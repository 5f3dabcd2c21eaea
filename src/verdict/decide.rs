//! From the scores of a channel to its verdict.

use super::decision::{DecidedBy, Decision, Reason, Verdict};
use super::domain::in_domain;
use super::mean::trimmed_mean;
use super::part;
use super::stretch;
use super::window::WindowScore;
use crate::model::{ModelMetadata, OperatingPoint};

/// The facts about a channel that decide its verdict.
#[derive(Debug, Clone, Copy)]
pub struct ChannelScores<'a> {
    /// Seconds of speech found, without that of other channels.
    pub speech_s: f64,
    /// Seconds of speech found that another channel leaks into this one.
    pub crosstalk_s: f64,
    /// Highest frequency that it carries, Hz.
    pub bandwidth_hz: u32,
    /// Share of its samples in runs at full scale, 0 to 1.
    pub clipped_share: f64,
    /// Every window scored, in the order of time.
    pub windows: &'a [WindowScore],
}

/// Decides about one channel by the [rules](crate::model::DecisionRules) of its model.
///
/// Windows out of domain do not count: the model has not learnt what their scores mean. The
/// channel's log-likelihood ratio is the calibrated mean of the scores that count, less the lowest.
/// The channel is synthetic if that lies under the threshold of the operating point, or if a
/// stretch of it lies under the threshold for stretches: a clone that speaks for ten seconds of a
/// long call moves the mean little.
#[must_use]
pub fn decide(
    channel: &ChannelScores<'_>,
    metadata: &ModelMetadata,
    point: &OperatingPoint,
) -> Decision {
    let in_domain = in_domain(channel.windows, metadata);
    let counted = Counted::of(channel, &in_domain, metadata);
    let llr = counted
        .mean
        .map(|mean| metadata.channel_calibration_for(counted.speech_s).llr(mean));
    let worst = stretch::worst(
        channel.windows,
        &in_domain,
        counted.speech_s,
        metadata,
        point,
    );

    let by_channel = llr.is_some_and(|llr| llr < point.threshold_llr);
    let stretch_llr = worst.as_ref().map(|worst| worst.channel_llr);
    let decided_by_stretch =
        stretch_llr.filter(|&s| !by_channel && s < point.stretch_threshold_llr);
    let decision_llr = decided_by_stretch.or(llr);
    let reason = reason(channel, &counted, metadata);
    let parts = part::find(
        channel.windows,
        &in_domain,
        metadata,
        point.part_threshold_llr,
    );
    // Without a verdict on the whole there is none on a part.
    let synthetic_spans = if reason.is_none() {
        parts.spans
    } else {
        Vec::new()
    };
    Decision {
        verdict: match (reason, by_channel || decided_by_stretch.is_some()) {
            (Some(_), _) => Verdict::Inconclusive,
            (None, true) => Verdict::Synthetic,
            (None, false) => Verdict::BonaFide,
        },
        reason,
        llr,
        decided_by: llr.map(|_| match decided_by_stretch {
            Some(_) => DecidedBy::Stretch,
            None => DecidedBy::Channel,
        }),
        decision_llr,
        synthetic_probability: decision_llr.map(|llr| point.synthetic_probability(llr)),
        threshold_llr: point.threshold_llr,
        counted_speech_s: counted.speech_s,
        out_of_domain_share: counted.out_of_domain_share,
        worst_stretch: worst.map(|worst| worst.stretch),
        partly_synthetic: !synthetic_spans.is_empty(),
        part_llr: parts.llr,
        synthetic_spans,
        voices: Vec::new(),
    }
}

/// The part of a channel that counts.
struct Counted {
    /// Mean score of the windows that count, less the lowest; `None` without a window.
    mean: Option<f64>,
    /// The part of the channel's speech that they stand for, seconds.
    speech_s: f64,
    /// Share of windows out of domain; `None` without a window, or without this check.
    out_of_domain_share: Option<f64>,
    /// Whether too few windows are in domain for a verdict. All count then, so that the channel
    /// still shows how it scored.
    out_of_domain: bool,
}

impl Counted {
    fn of(channel: &ChannelScores<'_>, in_domain: &[bool], metadata: &ModelMetadata) -> Self {
        let rules = &metadata.decision_rules;
        let windows = channel.windows;
        let share = |n: usize| n as f64 / windows.len().max(1) as f64;
        let inside = in_domain.iter().filter(|&&inside| inside).count();
        let out_of_domain = !windows.is_empty() && share(inside) < rules.min_in_domain_share;
        let mut counted: Vec<f64> = windows
            .iter()
            .zip(in_domain)
            .filter(|&(_, &inside)| out_of_domain || inside)
            .map(|(w, _)| w.score)
            .collect();
        let checked = !windows.is_empty() && metadata.domain_threshold.is_some();
        Self {
            mean: trimmed_mean(&mut counted, rules),
            speech_s: channel.speech_s * share(counted.len()),
            out_of_domain_share: checked.then(|| share(windows.len() - inside)),
            out_of_domain,
        }
    }
}

fn reason(
    channel: &ChannelScores<'_>,
    counted: &Counted,
    metadata: &ModelMetadata,
) -> Option<Reason> {
    let rules = &metadata.decision_rules;
    let outside = |mean: f64| {
        metadata
            .score_range
            .is_some_and(|[low, high]| mean < low || mean > high)
    };
    let too_little = channel.speech_s < rules.min_speech_s;
    let with_leak_s = channel.speech_s + channel.crosstalk_s;
    if too_little && channel.crosstalk_s > 0.0 && with_leak_s >= rules.min_speech_s {
        Some(Reason::Crosstalk)
    } else if channel.speech_s <= 0.0 {
        Some(Reason::NoSpeech)
    } else if too_little {
        Some(Reason::TooLittleSpeech)
    } else if channel.clipped_share > rules.max_clipped_share {
        Some(Reason::Clipped)
    } else if channel.bandwidth_hz < rules.min_bandwidth_hz {
        Some(Reason::NarrowBand)
    } else if counted.out_of_domain || counted.mean.is_none_or(outside) {
        Some(Reason::OutOfDomain)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
