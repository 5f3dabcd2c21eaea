//! Whose conventions the steps between waveform and matrix follow.

use serde::{Deserialize, Serialize};

use super::filter_bank::{FrequencyScale, Triangles};

/// Whose conventions a front end follows where libraries differ. Those of the field's libraries
/// are here so that a network that was trained on their features scores on the same ones.
///
/// | | `Plain` | `Librosa` | `Kaldi` |
/// |---|---|---|---|
/// | frames | whole ones | centred, zeros beyond the ends | whole ones (`snip_edges`) |
/// | offset of a frame | kept | kept | taken out |
/// | pre-emphasis | of the waveform | of the waveform | within each frame |
/// | power | over the energy of the window | as it is | as it is |
/// | mel axis | HTK | Slaney (Auditory Toolbox 1998) | HTK |
/// | filters | triangles in Hz, peak 1 | triangles in Hz, area 1 | triangles in mel, peak 1 |
/// | log | `ln(e + log_floor)` | `10 log10(max(e, log_floor))` | `ln(max(e, log_floor))` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Convention {
    /// This crate's.
    #[default]
    Plain,
    /// `power_to_db(feature.melspectrogram(...), top_db=None)` of librosa 0.10 and later.
    Librosa,
    /// `compute-fbank-feats` of Kaldi, and kaldi-native-fbank, without dither.
    Kaldi,
}

impl Convention {
    /// Whether this is the crate's own: what is left out of a model's metadata.
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::Plain
    }

    /// The mel axis.
    pub(super) fn mel(self) -> FrequencyScale {
        match self {
            Self::Librosa => FrequencyScale::SlaneyMel,
            Self::Plain | Self::Kaldi => FrequencyScale::Mel,
        }
    }

    /// The shape of its filters.
    pub(super) fn triangles(self) -> Triangles {
        match self {
            Self::Plain => Triangles::Peak,
            Self::Librosa => Triangles::Area,
            Self::Kaldi => Triangles::OnScale,
        }
    }

    /// Zeros before the first sample, and after the last.
    pub(super) fn padding(self, fft_length: usize) -> usize {
        match self {
            Self::Librosa => fft_length / 2,
            _ => 0,
        }
    }

    /// The log of a power.
    pub(super) fn log(self, power: f64, floor: f64) -> f64 {
        match self {
            Self::Plain => (power + floor).ln(),
            Self::Librosa => 10.0 * power.max(floor).log10(),
            Self::Kaldi => power.max(floor).ln(),
        }
    }
}
