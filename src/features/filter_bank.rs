//! Triangular filter banks.

use ndarray::{Array2, ArrayView2};

use super::limits::{MAX_BANDS, MAX_FFT_LENGTH, band, in_range, invalid};
use crate::audio::MAX_SAMPLE_RATE_HZ;
use crate::error::Result;

/// The frequency axis on which the edges of the filters are equally spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrequencyScale {
    /// Hertz. Keeps the high bands, where synthesis leaves most of its traces, as fine as the low
    /// ones.
    Linear,
    /// Mel by the HTK formula, see [`hz_to_mel`].
    Mel,
    /// Mel of the Auditory Toolbox (Slaney 1998): linear below 1 kHz, logarithmic above.
    SlaneyMel,
}

/// Hz on the linear part of Slaney's axis for a unit of it.
const SLANEY_LINEAR_HZ: f64 = 200.0 / 3.0;
/// Where it becomes logarithmic, in Hz and in its own unit.
const SLANEY_KNEE_HZ: f64 = 1000.0;
const SLANEY_KNEE: f64 = SLANEY_KNEE_HZ / SLANEY_LINEAR_HZ;

/// Natural log of the ratio of two frequencies that are a unit apart on the logarithmic part.
fn slaney_step() -> f64 {
    6.4_f64.ln() / 27.0
}

impl FrequencyScale {
    fn of_hz(self, hz: f64) -> f64 {
        match self {
            Self::Linear => hz,
            Self::Mel => hz_to_mel(hz),
            Self::SlaneyMel if hz < SLANEY_KNEE_HZ => hz / SLANEY_LINEAR_HZ,
            Self::SlaneyMel => SLANEY_KNEE + (hz / SLANEY_KNEE_HZ).ln() / slaney_step(),
        }
    }

    fn to_hz(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Mel => mel_to_hz(place),
            Self::SlaneyMel if place < SLANEY_KNEE => place * SLANEY_LINEAR_HZ,
            Self::SlaneyMel => SLANEY_KNEE_HZ * (slaney_step() * (place - SLANEY_KNEE)).exp(),
        }
    }
}

/// The shape of the filters of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Triangles {
    /// Straight in Hz, 1 at the peak.
    Peak,
    /// Straight in Hz, an area of 1 over the axis in Hz.
    Area,
    /// Straight on the scale of the bank, 1 at the peak.
    OnScale,
}

/// Mel of a frequency in Hz: `2595 log10(1 + hz / 700)` (O'Shaughnessy 1987; the HTK book, section
/// 5.4).
#[must_use]
pub fn hz_to_mel(hz: f64) -> f64 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

/// Frequency in Hz of a mel value, the inverse of [`hz_to_mel`].
#[must_use]
pub fn mel_to_hz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

/// A bank of overlapping triangular filters over the bins of a power spectrum.
///
/// The `bands + 2` edges are equally spaced on the bank's scale between `low_hz` and `high_hz`;
/// filter `m` rises linearly in Hz from edge `m` to its peak of 1 at edge `m + 1` and falls to edge
/// `m + 2`. It is sampled at the bin centres, so that a narrow filter may peak below 1; one that
/// touches no bin is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterBank {
    /// Per filter: first bin with weight, and the weights from there on. Most weights of the full
    /// matrix are zero.
    filters: Vec<(usize, Vec<f64>)>,
    bins: usize,
}

impl FilterBank {
    /// Builds a bank of `bands` filters for spectra of `fft_length / 2 + 1` bins at
    /// `sample_rate_hz`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless `1 <= bands <= 4096`, `0 <=
    /// low_hz < high_hz <= sample_rate_hz / 2`, `1 <= sample_rate_hz <= 384000`, `1 <= fft_length
    /// <= 65536`, and every filter covers a bin (a longer FFT or fewer bands helps).
    pub fn new(
        scale: FrequencyScale,
        bands: usize,
        low_hz: f32,
        high_hz: f32,
        fft_length: usize,
        sample_rate_hz: u32,
    ) -> Result<Self> {
        let rate = sample_rate_hz;
        Self::shaped(
            scale,
            Triangles::Peak,
            bands,
            [low_hz, high_hz],
            fft_length,
            rate,
        )
    }

    /// A bank with filters of another shape.
    pub(super) fn shaped(
        scale: FrequencyScale,
        triangles: Triangles,
        bands: usize,
        [low_hz, high_hz]: [f32; 2],
        fft_length: usize,
        sample_rate_hz: u32,
    ) -> Result<Self> {
        in_range("sample_rate_hz", sample_rate_hz, 1, MAX_SAMPLE_RATE_HZ)?;
        in_range("fft_length", fft_length, 1, MAX_FFT_LENGTH)?;
        in_range("bands", bands, 1, MAX_BANDS)?;
        band(low_hz, high_hz, sample_rate_hz)?;
        let edges = edges_hz(scale, bands, f64::from(low_hz), f64::from(high_hz));
        let bins = fft_length / 2 + 1;
        let bin_hz = f64::from(sample_rate_hz) / fft_length as f64;
        let mut filters = Vec::with_capacity(bands);
        for (m, edge) in edges.windows(3).enumerate() {
            let weight = |k: usize| {
                let (hz, [low, peak, high]) = (k as f64 * bin_hz, [edge[0], edge[1], edge[2]]);
                match triangles {
                    Triangles::Peak => triangle(hz, low, peak, high),
                    Triangles::Area => triangle(hz, low, peak, high) * 2.0 / (high - low),
                    Triangles::OnScale => {
                        let [x, low, peak, high] = [hz, low, peak, high].map(|hz| scale.of_hz(hz));
                        triangle(x, low, peak, high)
                    }
                }
            };
            // One bin of margin on both sides absorbs the rounding of the divisions.
            let first = ((edge[0] / bin_hz) as usize).saturating_sub(1);
            let end = ((edge[2] / bin_hz) as usize + 2).min(bins);
            let start = (first..end).find(|&k| weight(k) > 0.0);
            let last = (first..end).rev().find(|&k| weight(k) > 0.0);
            let (Some(start), Some(last)) = (start, last) else {
                return Err(invalid(
                    "bands",
                    bands,
                    format!(
                        "a number whose filters each cover a bin; filter {m} ({:.1} to {:.1} Hz) \
                         falls between bins {bin_hz:.1} Hz apart",
                        edge[0], edge[2]
                    ),
                ));
            };
            filters.push((start, (start..=last).map(weight).collect()));
        }
        Ok(Self { filters, bins })
    }

    /// Number of filters.
    #[must_use]
    pub fn bands(&self) -> usize {
        self.filters.len()
    }

    /// Number of spectral bins the bank takes, `fft_length / 2 + 1`.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The weights as a dense matrix `(bands, bins)`.
    #[must_use]
    pub fn to_matrix(&self) -> Array2<f64> {
        let mut matrix = Array2::zeros((self.bands(), self.bins));
        for (mut row, (start, weights)) in matrix.outer_iter_mut().zip(&self.filters) {
            for (i, w) in weights.iter().enumerate() {
                row[start + i] = *w;
            }
        }
        matrix
    }

    /// Filter energies of power spectra: `(frames, bins)` to `(frames, bands)`, same unit as the
    /// powers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) when the spectra have another
    /// number of bins.
    pub fn apply(&self, power: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        in_range(
            "number of spectral bins",
            power.ncols(),
            self.bins,
            self.bins,
        )?;
        let mut spectrum = vec![0.0; self.bins];
        let mut energies = vec![0.0; self.bands()];
        let mut out = Array2::zeros((power.nrows(), self.bands()));
        for (row, mut result) in power.outer_iter().zip(out.outer_iter_mut()) {
            for (slot, p) in spectrum.iter_mut().zip(row) {
                *slot = f64::from(*p);
            }
            self.apply_into(&spectrum, &mut energies);
            for (slot, e) in result.iter_mut().zip(&energies) {
                *slot = *e as f32;
            }
        }
        Ok(out)
    }

    /// Filter energies of one power spectrum.
    pub(super) fn apply_into(&self, power: &[f64], energies: &mut [f64]) {
        for (slot, (start, weights)) in energies.iter_mut().zip(&self.filters) {
            *slot = weights
                .iter()
                .zip(&power[*start..])
                .map(|(w, p)| w * p)
                .sum();
        }
    }
}

/// The `bands + 2` edges of the filters of a bank, Hz: filter `m` peaks at edge `m + 1`.
pub(super) fn edges_hz(scale: FrequencyScale, bands: usize, low_hz: f64, high_hz: f64) -> Vec<f64> {
    let (low, high) = (scale.of_hz(low_hz), scale.of_hz(high_hz));
    let place = |i: usize| low + (high - low) * i as f64 / (bands + 1) as f64;
    (0..bands + 2).map(|i| scale.to_hz(place(i))).collect()
}

fn triangle(hz: f64, low: f64, peak: f64, high: f64) -> f64 {
    // Edges of a very narrow band round to the same value: no triangle, and no division by zero.
    if !(low < peak && peak < high) {
        return 0.0;
    }
    ((hz - low) / (peak - low))
        .min((high - hz) / (high - peak))
        .max(0.0)
}
