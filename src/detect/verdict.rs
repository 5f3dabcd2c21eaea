//! From the scores of a channel to its verdict. Every rule and constant of the decision is here.

use super::domain::in_domain;
use super::result::{Reason, Segment, Verdict, WindowScore};
use crate::model::{MODEL_SAMPLE_RATE_HZ, ModelMetadata, OperatingPoint};

/// Less speech than this carries no verdict, seconds: four or five syllables.
pub const MIN_SPEECH_S: f64 = 1.0;
/// Less speech than this is not scored at all, seconds: a window made of so short a sound, repeated, is
/// nothing the model was made for.
pub const MIN_SCORED_SPEECH_S: f64 = 0.5;
/// A channel with a larger share of its samples clipped carries no verdict. Speech has a crest factor
/// of about 12 dB; for 5 % of all samples, pauses included, to sit at full scale, most of the vowels
/// must be squared off.
pub const MAX_CLIPPED_SHARE: f64 = 0.05;
/// A channel with less bandwidth carries no verdict, Hz. The telephone band ends at 3400 Hz (ITU-T
/// G.712); what has lost more than that has been through something worse than a telephone.
pub const MIN_BANDWIDTH_HZ: u32 = 3_000;
/// A channel with a smaller share of its windows in domain carries no verdict: what is left would speak for the
/// lesser part of it, and speech in the gaps of music or among other voices is seldom free of them.
pub const MIN_IN_DOMAIN_SHARE: f64 = 0.5;
/// Seconds of speech in a row that can make a channel synthetic on their own. One window alone is noise too often, and
/// a clone that matters speaks for about as long: of stretches of 3 to 12 s, 8 to 10 told 10 s of clone in a minute of human
/// speech best (dev set of the model card).
pub const STRETCH_S: f64 = 8.0;
/// Of a channel's windows beyond [`LOWEST_LEFT_OUT_BEYOND`], the share whose scores are the lowest and does not count. A
/// human voice has bad seconds, a line more of them; a machine is one throughout, and one that speaks for a part of the
/// call is found by its stretch. On the dev set 20 s through mu-law went from 18.6 to 17.0 % EER, and no other set of
/// calls of 16 s and more got worse.
pub const LOWEST_LEFT_OUT: f64 = 0.15;
/// Windows that always count: of so few the lowest says too much.
pub const LOWEST_LEFT_OUT_BEYOND: usize = 4;
/// Seconds of speech up to which `segment_threshold_llr` applies as it stands; see [`stretch_allowance`].
pub const STRETCH_REFERENCE_S: f64 = 60.0;

/// What longer speech takes from the log-likelihood ratio of its worst stretch, natural log.
///
/// The longer a call, the more stretches there are to be the worst of, and the more extreme the worst
/// is by chance. Bona fide speech gives a log-likelihood ratio below -t with a probability of at most
/// exp(-t), so that moving the threshold by the logarithm of the number of tries keeps the chance of a
/// false alarm per call where it was (Bonferroni); it is also what the likelihood ratio becomes when the
/// question is not whether this stretch is synthetic but whether any one of so many is.
#[must_use]
pub fn stretch_allowance(speech_s: f64) -> f64 {
    (speech_s / STRETCH_REFERENCE_S).max(1.0).ln()
}

/// What is known about a channel once it has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) speech_s: f64,
    pub(super) bandwidth_hz: u32,
    pub(super) clipped_share: f64,
    pub(super) windows: &'a [WindowScore],
}

/// A channel's verdict and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    pub(super) reason: Option<Reason>,
    pub(super) llr: Option<f64>,
    pub(super) synthetic_probability: Option<f64>,
    pub(super) out_of_domain_share: Option<f64>,
    pub(super) worst_stretch: Option<Segment>,
}

/// Decides about one channel.
///
/// Windows out of domain ([`DOMAIN_S`](super::DOMAIN_S)) do not count: the model has not learnt what their scores
/// mean. The channel's log-likelihood ratio is the calibrated mean of the scores that count, less the lowest
/// ([`LOWEST_LEFT_OUT`]). It is synthetic if that lies under the threshold, or if the mean over the windows of
/// [`STRETCH_S`] in a row lies under the threshold for stretches: a clone that speaks for ten seconds of a long call
/// moves the mean little. Windows are in a row in the speech; a pause, or the other side speaking, does not part them,
/// a window out of domain does.
pub(super) fn decide(
    evidence: Evidence<'_>,
    metadata: &ModelMetadata,
    point: &OperatingPoint,
) -> Decision {
    let in_domain = in_domain(evidence.windows, metadata);
    let counted = Counted::of(evidence, &in_domain, metadata);
    let llr = counted
        .mean
        .map(|mean| metadata.channel_calibration_for(counted.speech_s).llr(mean));
    let worst_stretch = worst_stretch(evidence.windows, &in_domain, metadata);
    let stretch_llr = worst_stretch.map(|s| s.llr + stretch_allowance(counted.speech_s));

    let by_stretch = stretch_llr.is_some_and(|s| s < point.segment_threshold_llr);
    let by_channel = llr.is_some_and(|llr| llr < point.threshold_llr);
    let reason = reason(evidence, &counted, metadata);
    let verdict = match (reason, by_channel || by_stretch) {
        (Some(_), _) => Verdict::Inconclusive,
        (None, true) => Verdict::Synthetic,
        (None, false) => Verdict::BonaFide,
    };
    // A verdict that rests on a stretch is as probable as that stretch, not as the rest of the call.
    let decisive = match (llr, stretch_llr) {
        (Some(llr), Some(stretch)) if by_stretch => Some(llr.min(stretch)),
        _ => llr,
    };
    Decision {
        verdict,
        reason,
        llr,
        synthetic_probability: decisive.map(|llr| point.synthetic_probability(llr)),
        out_of_domain_share: counted.out_of_domain_share,
        worst_stretch,
    }
}

/// What of a channel counts.
struct Counted {
    /// Mean score of the windows that count, less the lowest; `None` without a window.
    mean: Option<f64>,
    /// The part of the channel's speech that they stand for, seconds.
    speech_s: f64,
    /// Share of windows out of domain; `None` without a window, or without this check.
    out_of_domain_share: Option<f64>,
    /// Whether too few windows are in domain for a verdict. All count then, so that the channel still shows how it
    /// scored.
    out_of_domain: bool,
}

impl Counted {
    fn of(evidence: Evidence<'_>, in_domain: &[bool], metadata: &ModelMetadata) -> Self {
        let windows = evidence.windows;
        let share = |n: usize| n as f64 / windows.len().max(1) as f64;
        let inside = in_domain.iter().filter(|&&inside| inside).count();
        let out_of_domain = !windows.is_empty() && share(inside) < MIN_IN_DOMAIN_SHARE;
        let mut counted: Vec<f64> = windows
            .iter()
            .zip(in_domain)
            .filter(|&(_, &inside)| out_of_domain || inside)
            .map(|(w, _)| w.score)
            .collect();
        let checked = !windows.is_empty() && metadata.domain_threshold.is_some();
        Self {
            mean: mean_less_lowest(&mut counted),
            speech_s: evidence.speech_s * share(counted.len()),
            out_of_domain_share: checked.then(|| share(windows.len() - inside)),
            out_of_domain,
        }
    }
}

/// The mean without the lowest [`LOWEST_LEFT_OUT`] of the scores beyond [`LOWEST_LEFT_OUT_BEYOND`]; `None` of nothing.
fn mean_less_lowest(scores: &mut [f64]) -> Option<f64> {
    scores.sort_by(f64::total_cmp);
    let beyond = scores.len().saturating_sub(LOWEST_LEFT_OUT_BEYOND);
    let kept = &scores[(LOWEST_LEFT_OUT * beyond as f64) as usize..];
    (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64)
}

fn reason(evidence: Evidence<'_>, counted: &Counted, metadata: &ModelMetadata) -> Option<Reason> {
    let outside = |mean: f64| {
        metadata
            .score_range
            .is_some_and(|[low, high]| mean < low || mean > high)
    };
    if evidence.speech_s <= 0.0 {
        Some(Reason::NoSpeech)
    } else if evidence.speech_s < MIN_SPEECH_S {
        Some(Reason::TooLittleSpeech)
    } else if evidence.clipped_share > MAX_CLIPPED_SHARE {
        Some(Reason::Clipped)
    } else if evidence.bandwidth_hz < MIN_BANDWIDTH_HZ {
        Some(Reason::NarrowBand)
    } else if counted.out_of_domain || counted.mean.is_none_or(outside) {
        Some(Reason::OutOfDomain)
    } else {
        None
    }
}

/// Windows, one hop apart, that span [`STRETCH_S`], one at least.
fn stretch_windows(metadata: &ModelMetadata) -> usize {
    let seconds = |samples: usize| samples as f64 / f64::from(MODEL_SAMPLE_RATE_HZ);
    let beyond_first = STRETCH_S - seconds(metadata.window_samples);
    1 + (beyond_first / seconds(metadata.hop_samples))
        .round()
        .max(0.0) as usize
}

/// The windows in a row, all in domain, with the lowest mean, as one segment with the log-likelihood ratio of that mean.
fn worst_stretch(
    windows: &[WindowScore],
    in_domain: &[bool],
    metadata: &ModelMetadata,
) -> Option<Segment> {
    let length = stretch_windows(metadata);
    windows
        .windows(length)
        .zip(in_domain.windows(length))
        .filter(|(_, inside)| inside.iter().all(|&inside| inside))
        .filter_map(|(row, _)| {
            let sum: f64 = row.iter().map(|w| w.score).sum();
            Some(Segment {
                start_s: row.first()?.start_s,
                end_s: row.last()?.end_s,
                llr: metadata.calibration.llr(sum / row.len() as f64),
            })
        })
        .min_by(|a, b| a.llr.total_cmp(&b.llr))
}

#[cfg(test)]
mod tests;
