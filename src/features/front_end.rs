//! What a spectral front end is made of; travels with a model as metadata.

use serde::{Deserialize, Serialize};

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
    /// Number of filters (ignored by `LogSpectrum`).
    pub bands: usize,
    /// Lower edge of the filter bank, Hz.
    pub low_hz: f32,
    /// Upper edge of the filter bank, Hz.
    pub high_hz: f32,
    /// Number of cepstral coefficients, c0 included (ignored by log spectra).
    pub coefficients: usize,
    /// 0: static only; 1: with deltas; 2: with deltas and delta-deltas, stacked along the bins.
    pub delta_order: u8,
    /// Added to each power before the log, relative to full scale 1.0 (keeps digital silence finite).
    pub log_floor: f32,
    /// Normalisation over time, last step.
    pub normalisation: Normalisation,
}
