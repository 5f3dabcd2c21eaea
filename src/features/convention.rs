//! Whose conventions the steps between waveform and matrix follow.

use serde::{Deserialize, Serialize};

use super::filter_bank::{FrequencyScale, Triangles};

/// Whose conventions a front end follows where libraries differ. Those of the field's libraries
/// are here so that a network that was trained on their features scores on the same ones.
///
/// | | `Plain` | `Librosa` | `Kaldi` | `Torchaudio` |
/// |---|---|---|---|---|
/// | frames | whole ones | centred | whole ones (`snip_edges`) | centred |
/// | beyond the ends | nothing | zeros | nothing | the waveform, mirrored |
/// | offset of a frame | kept | kept | taken out | kept |
/// | pre-emphasis | of the waveform | of the waveform | within each frame | of the waveform |
/// | power | over the energy of the window | as it is | as it is | as it is |
/// | mel axis | HTK | Slaney (Auditory Toolbox 1998) | HTK | HTK |
/// | filters | triangles in Hz, peak 1 | in Hz, area 1 | in mel, peak 1 | in Hz, peak 1 |
/// | log | `ln(e + log_floor)` | decibels | `ln(max(e, log_floor))` | decibels |
///
/// Decibels are `10 log10(max(e, log_floor))`.
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
    /// `AmplitudeToDB()` of `MelSpectrogram(...)` of torchaudio 2.
    Torchaudio,
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
            Self::Plain | Self::Kaldi | Self::Torchaudio => FrequencyScale::Mel,
        }
    }

    /// The shape of its filters.
    pub(super) fn triangles(self) -> Triangles {
        match self {
            Self::Plain | Self::Torchaudio => Triangles::Peak,
            Self::Librosa => Triangles::Area,
            Self::Kaldi => Triangles::OnScale,
        }
    }

    /// Whether the middle of a frame, and not its start, lies on a multiple of the shift.
    pub(crate) fn is_centred(self) -> bool {
        matches!(self, Self::Librosa | Self::Torchaudio)
    }

    /// Samples before the first one of the waveform, and after the last.
    pub(super) fn padding(self, fft_length: usize) -> usize {
        if self.is_centred() { fft_length / 2 } else { 0 }
    }

    /// The sample of `n` that stands at a place counted from the start of the padding.
    pub(super) fn sample_at(self, place: usize, padding: usize, n: usize) -> Option<usize> {
        let at = match (self, place.checked_sub(padding)) {
            (_, Some(at)) if at < n => at,
            (Self::Torchaudio, Some(behind)) => (2 * n).checked_sub(behind + 2)?,
            (Self::Torchaudio, None) => padding - place,
            _ => return None,
        };
        (at < n).then_some(at)
    }

    /// The log of a power.
    pub(super) fn log(self, power: f64, floor: f64) -> f64 {
        match self {
            Self::Plain => (power + floor).ln(),
            Self::Librosa | Self::Torchaudio => 10.0 * power.max(floor).log10(),
            Self::Kaldi => power.max(floor).ln(),
        }
    }
}
