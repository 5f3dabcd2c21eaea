//! The description of a spectral front end, which travels with a model as metadata.

use serde::{Deserialize, Serialize};

use super::Convention;
use super::filter_bank::{FrequencyScale, edges_hz};
use super::limits::{MAX_BANDS, MAX_FFT_LENGTH, band, in_range, invalid};
use super::phase::PLANES;
use crate::audio::MAX_SAMPLE_RATE_HZ;
use crate::error::Result;

/// The kind of spectral matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FrontEndKind {
    /// Natural log of the energies of a triangular filter bank on a linear frequency axis.
    LogLinear,
    /// Natural log of the energies of a triangular filter bank on the mel axis (HTK formula).
    LogMel,
    /// Linear-frequency cepstral coefficients: orthonormal DCT-II of `LogLinear`.
    Lfcc,
    /// Mel-frequency cepstral coefficients: orthonormal DCT-II of `LogMel`.
    Mfcc,
    /// Natural log of the power spectrum, bin by bin.
    LogSpectrum,
    /// How phases move: of every bin above 0 Hz the cosine and the sine of what its phase turns by
    /// from one frame to the next, less what its frequency turns it by (the deviation of the
    /// instantaneous frequency), and the cosine and the sine of what it turns by from the bin
    /// below, less what a click in the middle of the frame would give (the group delay, Murthy and
    /// Yegnanarayana 2011). Four blocks along the bins, a row for every two frames that follow each
    /// other. Each pair is divided by `1 + log_floor / p`, where `p` is the root of the product of
    /// the two powers: what is quiet fades.
    Phase,
}

/// Analysis window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WindowShape {
    /// Periodic Hann window.
    Hann,
    /// Periodic Hamming window (0.54 - 0.46 cos).
    Hamming,
    /// Kaldi's: the symmetric Hann window to the power of 0.85.
    Povey,
}

/// Normalisation of each feature dimension over the frames of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Normalisation {
    /// As computed.
    None,
    /// Subtract the mean: takes out a fixed channel and the recording level.
    Mean,
    /// Subtract the mean, divide by the standard deviation (floored at 1e-5).
    MeanVariance,
}

/// A complete, serialisable description of a front end: two equal values give equal features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontEnd {
    /// Kind of matrix.
    pub kind: FrontEndKind,
    /// Sample rate of the waveform it takes, Hz.
    pub sample_rate_hz: u32,
    /// Root mean square (full scale 1.0) that the waveform is brought to before all else, so that
    /// its level says nothing where `log_floor` would let it. A waveform below 1e-5 (-100 dB) is
    /// raised as if it were at 1e-5. `None`: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_rms: Option<f32>,
    /// Frame length in samples.
    pub frame_length: usize,
    /// Frame shift in samples.
    pub frame_shift: usize,
    /// FFT length in samples, at least `frame_length` (zero-padded at the end).
    pub fft_length: usize,
    /// Analysis window.
    pub window: WindowShape,
    /// Pre-emphasis coefficient `a` of `y[n] = x[n] - a x[n-1]`; 0 for none.
    pub pre_emphasis: f32,
    /// Number of filters (ignored by `LogSpectrum` and `Phase`).
    pub bands: usize,
    /// Lower edge of the filter bank, Hz.
    pub low_hz: f32,
    /// Upper edge of the filter bank, Hz.
    pub high_hz: f32,
    /// Number of cepstral coefficients, c0 included (ignored by all others).
    pub coefficients: usize,
    /// 0: static only; 1: with deltas; 2: with deltas and delta-deltas, stacked along the bins.
    pub delta_order: u8,
    /// Added to each power before the log, full scale (after `level_rms`) being 1.0. Keeps digital
    /// silence finite, and hides what is quieter: the noise floor of a room, and what a codec
    /// leaves of it.
    pub log_floor: f32,
    /// Normalisation over time, last step.
    pub normalisation: Normalisation,
    /// Whose conventions the steps follow.
    #[serde(default, skip_serializing_if = "Convention::is_plain")]
    pub convention: Convention,
}

impl FrontEnd {
    /// The frequency in Hz that each bin of a frame speaks of: the peak of its filter, or that of
    /// the spectrum; deltas repeat it. `None` for cepstra, of which each speaks of all frequencies.
    #[must_use]
    pub fn bin_hz(&self) -> Option<Vec<f64>> {
        let statics: Vec<f64> = match self.kind {
            FrontEndKind::Lfcc | FrontEndKind::Mfcc => return None,
            _ => match self.scale() {
                Some(scale) => {
                    let (low, high) = (f64::from(self.low_hz), f64::from(self.high_hz));
                    let edges = edges_hz(scale, self.bands, low, high);
                    edges[1..=self.bands].to_vec()
                }
                None => {
                    let bin_hz = f64::from(self.sample_rate_hz) / self.fft_length as f64;
                    (0..=self.fft_length / 2)
                        .map(|k| k as f64 * bin_hz)
                        .collect()
                }
            },
        };
        let statics = match self.kind {
            FrontEndKind::Phase => statics[1..].repeat(PLANES),
            _ => statics,
        };
        Some(statics.repeat(1 + usize::from(self.delta_order)))
    }

    /// Blocks of bins that repeat the frequencies, deltas apart: 4 of [`FrontEndKind::Phase`].
    pub(crate) fn planes(&self) -> usize {
        match self.kind {
            FrontEndKind::Phase => PLANES,
            _ => 1,
        }
    }

    /// Samples that a row is made of, where nothing is padded.
    pub(crate) fn row_samples(&self) -> usize {
        match self.kind {
            FrontEndKind::Phase => self.frame_length.saturating_add(self.frame_shift),
            _ => self.frame_length,
        }
    }

    /// The axis of the filter bank, where the kind has one.
    pub(super) fn scale(&self) -> Option<FrequencyScale> {
        match self.kind {
            FrontEndKind::LogLinear | FrontEndKind::Lfcc => Some(FrequencyScale::Linear),
            FrontEndKind::LogMel | FrontEndKind::Mfcc => Some(self.convention.mel()),
            FrontEndKind::LogSpectrum | FrontEndKind::Phase => None,
        }
    }

    /// Checks every number against its range, so that a front end from a model file cannot ask for
    /// absurd buffers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) naming the first field outside its
    /// range: rates up to 384 kHz, `1 <= frame_length <= fft_length <= 65536`, `frame_shift >= 1`,
    /// `0 <= pre_emphasis <= 1`, `1 <= coefficients <= bands <= 4096` and `0 <= low_hz < high_hz <=
    /// sample_rate_hz / 2` where the kind uses them, `delta_order <= 2`, a positive `log_floor`, a
    /// positive `level_rms`; of [`FrontEndKind::Phase`] an `fft_length` of at least 2 and
    /// [`Convention::Plain`].
    pub fn validate(&self) -> Result<()> {
        in_range("sample_rate_hz", self.sample_rate_hz, 1, MAX_SAMPLE_RATE_HZ)?;
        in_range("fft_length", self.fft_length, 1, MAX_FFT_LENGTH)?;
        in_range("frame_length", self.frame_length, 1, self.fft_length)?;
        in_range("frame_shift", self.frame_shift, 1, usize::MAX)?;
        in_range("pre_emphasis", self.pre_emphasis, 0.0, 1.0)?;
        in_range("delta_order", self.delta_order, 0, 2)?;
        in_range("log_floor", self.log_floor, f32::MIN_POSITIVE, f32::MAX)?;
        if let Some(level) = self.level_rms {
            in_range("level_rms", level, f32::MIN_POSITIVE, f32::MAX)?;
        }
        if self.kind == FrontEndKind::Phase {
            in_range("fft_length", self.fft_length, 2, MAX_FFT_LENGTH)?;
            if !self.convention.is_plain() {
                let convention = format!("{:?}", self.convention).to_lowercase();
                return Err(invalid("convention", convention, "plain, for phases"));
            }
        }
        if matches!(self.kind, FrontEndKind::LogSpectrum | FrontEndKind::Phase) {
            return Ok(());
        }
        in_range("bands", self.bands, 1, MAX_BANDS)?;
        band(self.low_hz, self.high_hz, self.sample_rate_hz)?;
        if matches!(self.kind, FrontEndKind::Lfcc | FrontEndKind::Mfcc) {
            in_range("coefficients", self.coefficients, 1, self.bands)?;
        }
        Ok(())
    }
}
