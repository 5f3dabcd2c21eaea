//! What tells the two voices of a call that was mixed to one channel apart.

use serde::{Deserialize, Serialize};

use super::check::{finite, in_range, refuse};
use crate::Result;
use crate::features::{FrontEnd, FrontEndKind, Normalisation, PitchMeter};

/// Most numbers that describe the voice in a window.
const MAX_TRAITS: usize = 64;
/// Longest stretch of speech that a voice may be asked for, seconds.
const MAX_LEAST_S: f64 = 3_600.0;

/// How two voices are told apart, by the mean of a window's log spectrum and its spread over time,
/// both as cepstra, and by its pitch: on axes (of a linear discriminant analysis) along which
/// voices differ most and the windows of one voice least.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VoiceRule {
    /// Cepstra of the mean that are used, from c1 on: c0 is the level.
    pub mean_cepstra: usize,
    /// Cepstra of the standard deviation that are used, from c0 on.
    pub spread_cepstra: usize,
    /// Whether the natural logarithm of the window's median pitch in Hz
    /// ([`PitchMeter`](crate::features::PitchMeter)) is used too; then the first front end's rate
    /// is one that the meter takes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pitch: bool,
    /// The axes, 1 to 64 of them, each with `mean_cepstra + spread_cepstra` weights and, with
    /// `pitch`, one more for it, scaled so that windows of one voice have a variance of 1 on each.
    pub axes: Vec<Vec<f64>>,
    /// Squared distance of the means of two voices on these axes, above 0: nearer ones are one
    /// voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_distance: Option<f64>,
    /// Variance between two voices as a multiple of that of the windows of one, both along the line
    /// through their means, above 0: what differs by less is one voice. At least one of this and
    /// `min_distance` must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_ratio: Option<f64>,
    /// What a change of voice costs against the windows that it explains better, nat, 0 or more:
    /// turns last for seconds.
    pub turn_cost: f64,
    /// Less speech than this is no voice of its own, seconds, 0 to 3600.
    pub least_s: f64,
}

impl VoiceRule {
    /// The front end whose log spectrum is looked at: the model's first without its normalisation,
    /// which would take the mean away.
    #[must_use]
    pub fn front_end(&self, first: &FrontEnd) -> FrontEnd {
        FrontEnd {
            normalisation: Normalisation::None,
            delta_order: 0,
            ..first.clone()
        }
    }

    pub(super) fn check(&self, first: &FrontEnd) -> Result<()> {
        let field = |name: &str| format!("voices.{name}");
        if !matches!(first.kind, FrontEndKind::LogLinear | FrontEndKind::LogMel) {
            return Err(refuse(
                "voices",
                format!(
                    "needs log energies of bands, and front_ends[0].kind is {:?}",
                    first.kind
                ),
            ));
        }
        let bands = first.bands as f64;
        for (name, count, most) in [
            ("mean_cepstra", self.mean_cepstra, bands - 1.0),
            ("spread_cepstra", self.spread_cepstra, bands),
        ] {
            in_range(&field(name), count as f64, 1.0, most)?;
        }
        in_range(
            &field("axes.length"),
            self.axes.len() as f64,
            1.0,
            MAX_TRAITS as f64,
        )?;
        if self.pitch {
            PitchMeter::new(first.sample_rate_hz)
                .map_err(|e| refuse("voices.pitch", e.to_string()))?;
        }
        let wanted = self.mean_cepstra + self.spread_cepstra + usize::from(self.pitch);
        for (i, axis) in self.axes.iter().enumerate() {
            let name = field(&format!("axes[{i}]"));
            if axis.len() != wanted {
                return Err(refuse(
                    &name,
                    format!("has {} weights; accepted: {wanted}", axis.len()),
                ));
            }
            axis.iter().try_for_each(|&weight| finite(&name, weight))?;
        }
        let least = [
            ("min_distance", self.min_distance),
            ("min_ratio", self.min_ratio),
        ];
        if least.iter().all(|(_, value)| value.is_none()) {
            return Err(refuse("voices", "needs min_ratio or min_distance"));
        }
        for (name, value) in least {
            if let Some(value) = value {
                in_range(&field(name), value, f64::MIN_POSITIVE, f64::MAX)?;
            }
        }
        in_range(&field("turn_cost"), self.turn_cost, 0.0, f64::MAX)?;
        in_range(&field("least_s"), self.least_s, 0.0, MAX_LEAST_S)
    }
}
