//! The rules by which window scores become a verdict. They are tuned with the network, so they
//! travel with it.

use serde::{Deserialize, Serialize};

use super::check::{finite, in_range, refuse};
use crate::Result;

/// Most scales at which a model looks for its worst stretch: each is one more pass over the
/// windows.
pub const MAX_STRETCH_SCALES: usize = 8;
/// Longest stretch or neighbourhood that a rule may name, seconds: an hour of speech.
const MAX_RULE_S: f64 = 3_600.0;

/// How window scores become a verdict; a part of the model's metadata, every field of it required.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DecisionRules {
    /// Less speech than this carries no verdict, seconds, 0 to 3600.
    pub min_speech_s: f64,
    /// Less speech than this is not scored at all, seconds, 0 to `min_speech_s`: a window made of
    /// so short a sound, repeated, is nothing the model was made for.
    pub min_scored_speech_s: f64,
    /// A channel with a larger share of its samples clipped carries no verdict, 0 to 1.
    pub max_clipped_share: f64,
    /// A channel with less bandwidth carries no verdict, Hz, 0 to 8000. The telephone band ends at
    /// 3400 Hz (ITU-T G.712).
    pub min_bandwidth_hz: u32,
    /// A channel with a smaller share of its windows in domain carries no verdict, 0 to 1: what is
    /// left would speak for the lesser part of it.
    pub min_in_domain_share: f64,
    /// Seconds of speech over which the logit `domain` is averaged, 0 to 3600: of a window and as
    /// many neighbours on either side as fit. Music, noise and voices come and go within seconds,
    /// but a single second of speech misleads a network.
    pub domain_s: f64,
    /// Of a channel's windows beyond `lowest_left_out_beyond`, the share, 0 to below 1, whose
    /// scores are the lowest and do not count for the channel's mean. A human voice has bad
    /// seconds, a line more of them; a machine is one throughout.
    pub lowest_left_out: f64,
    /// Windows that always count: of so few the lowest says too much.
    pub lowest_left_out_beyond: usize,
    /// Scales at which windows in a row can make a channel synthetic on their own, 0 to
    /// [`MAX_STRETCH_SCALES`] of them.
    pub stretches: Vec<StretchRule>,
    /// How a clone that speaks in a part of a channel is told from the rest of it. Absent: no part
    /// is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartRule>,
}

/// How window scores of one voice scatter, for the search for a clone in a part of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PartRule {
    /// Shortest part that is looked for, seconds of speech, above 0 up to 3600.
    pub least_s: f64,
    /// Where the scores of human voices lie.
    pub bona_fide: Level,
    /// Where those of synthetic voices lie.
    pub spoof: Level,
    /// Variance of the window scores of one voice, above 0.
    pub window_variance: f64,
    /// By how much a window counts, above 0 up to 1: neighbours are alike, so that they say less
    /// than independent ones.
    pub independence: f64,
}

/// Over voices, the distribution of a voice's mean window score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Level {
    /// Mean, uncalibrated.
    pub mean: f64,
    /// Variance, 0 or more.
    pub variance: f64,
}

impl PartRule {
    fn check(&self) -> Result<()> {
        let field = |name: &str| format!("decision_rules.part.{name}");
        let above_0 = f64::MIN_POSITIVE;
        in_range(&field("least_s"), self.least_s, above_0, MAX_RULE_S)?;
        for (name, level) in [("bona_fide", self.bona_fide), ("spoof", self.spoof)] {
            finite(&field(&format!("{name}.mean")), level.mean)?;
            in_range(
                &field(&format!("{name}.variance")),
                level.variance,
                0.0,
                f64::MAX,
            )?;
        }
        in_range(
            &field("window_variance"),
            self.window_variance,
            above_0,
            f64::MAX,
        )?;
        in_range(&field("independence"), self.independence, above_0, 1.0)
    }
}

/// One scale of the search for a clone in a part of a call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StretchRule {
    /// Seconds of speech in a row, above 0 up to 3600. A single window is noise too often, and a
    /// clone that matters speaks for longer.
    pub seconds: f64,
    /// Seconds of counted speech up to which the threshold for stretches applies as it stands,
    /// above 0; see [`StretchRule::allowance`].
    pub reference_s: f64,
}

impl StretchRule {
    /// By how much more speech lowers the threshold for its worst stretch, natural log.
    ///
    /// The longer a call, the more stretches there are to be the worst of, and the more extreme the
    /// worst is by chance. Bona fide speech gives a log-likelihood ratio below -t with a
    /// probability of at most exp(-t), so that moving the threshold by the logarithm of the number
    /// of tries keeps the chance of a false alarm per call where it was (Bonferroni).
    #[must_use]
    pub fn allowance(&self, counted_speech_s: f64) -> f64 {
        (counted_speech_s / self.reference_s).max(1.0).ln()
    }
}

impl DecisionRules {
    pub(super) fn check(&self) -> Result<()> {
        let field = |name: &str| format!("decision_rules.{name}");
        for (name, value, low, high) in [
            ("min_speech_s", self.min_speech_s, 0.0, MAX_RULE_S),
            (
                "min_scored_speech_s",
                self.min_scored_speech_s,
                0.0,
                self.min_speech_s,
            ),
            ("max_clipped_share", self.max_clipped_share, 0.0, 1.0),
            (
                "min_bandwidth_hz",
                f64::from(self.min_bandwidth_hz),
                0.0,
                f64::from(super::MODEL_SAMPLE_RATE_HZ / 2),
            ),
            ("min_in_domain_share", self.min_in_domain_share, 0.0, 1.0),
            ("domain_s", self.domain_s, 0.0, MAX_RULE_S),
            (
                "lowest_left_out",
                self.lowest_left_out,
                0.0,
                1.0 - f64::EPSILON,
            ),
        ] {
            in_range(&field(name), value, low, high)?;
        }
        let scales = self.stretches.len();
        if scales > MAX_STRETCH_SCALES {
            return Err(refuse(
                &field("stretches"),
                format!("has {scales}; accepted: 0 to {MAX_STRETCH_SCALES}"),
            ));
        }
        for (i, stretch) in self.stretches.iter().enumerate() {
            let field = |name: &str| format!("decision_rules.stretches[{i}].{name}");
            let above_0 = f64::MIN_POSITIVE;
            in_range(&field("seconds"), stretch.seconds, above_0, MAX_RULE_S)?;
            in_range(
                &field("reference_s"),
                stretch.reference_s,
                above_0,
                f64::MAX,
            )?;
        }
        self.part.map_or(Ok(()), |part| part.check())
    }
}
