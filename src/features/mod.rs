//! Waveform to spectral matrices: the steps one by one, and [`FeatureExtractor`], which runs them
//! planned and without allocations.
//!
//! Waveforms are f32 with full scale 1.0. Matrices have one row per frame and one column per bin.

mod bandwidth;
mod cepstrum;
mod convention;
mod deltas;
mod extractor;
mod fft;
mod filter_bank;
mod frame;
mod framing;
mod front_end;
mod level;
mod limits;
mod low_rate;
mod meter;
mod normalise;
mod periodicity;
mod phase;
mod pictures;
mod pitch;
mod presets;
#[cfg(test)]
mod reference;
mod spectrogram;
mod spectrum;
#[cfg(test)]
mod tests;
mod traits;
mod window;

pub use cepstrum::{cepstra, dct_matrix};
pub use convention::Convention;
pub use deltas::deltas;
pub use extractor::FeatureExtractor;
pub(crate) use fft::RealFftPlan;
pub use filter_bank::{FilterBank, FrequencyScale, hz_to_mel, mel_to_hz};
pub use framing::{frame_count, frames, pre_emphasis};
pub use front_end::{FrontEnd, FrontEndKind, Normalisation, WindowShape};
pub use level::to_level;
pub(crate) use low_rate::{Decimator, LOW_RATE_HZ, with_low_rate};
pub use meter::InputMeter;
pub use normalise::normalise;
pub(crate) use periodicity::{PERIODICITY_WINDOW, correlations, flattened};
pub use pictures::spectrograms;
pub use pitch::PitchMeter;
pub use spectrogram::{Spectrogram, SpectrogramBuilder};
pub use spectrum::{log_energies, power_spectrum};
pub(crate) use traits::VoiceTraits;
pub(crate) use window::hann;
pub use window::window;
