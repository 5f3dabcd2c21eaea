//! The planned path from a waveform to its spectral matrix.

use std::fmt;

use ndarray::{Array2, ArrayViewMut1, ArrayViewMut2, Axis};

use super::cepstrum::dct_matrix;
use super::deltas::deltas_into;
use super::filter_bank::{FilterBank, FrequencyScale};
use super::framing::{emphasised, frame_count};
use super::level::gain;
use super::limits::in_range;
use super::normalise::normalise;
use super::spectrum::PowerSpectrum;
use super::window::window;
use super::{FrontEnd, FrontEndKind};
use crate::error::{Error, Result};

/// Turns waveforms into the spectral matrices of one [`FrontEnd`]; plans and buffers are made once
/// and reused.
///
/// It holds scratch memory, hence `&mut self`; a clone is cheap (the FFT plan is shared), so give
/// each thread its own.
#[derive(Clone)]
pub struct FeatureExtractor {
    front_end: FrontEnd,
    spectrum: PowerSpectrum,
    bank: Option<FilterBank>,
    dct: Option<Array2<f64>>,
    power: Vec<f64>,
    energies: Vec<f64>,
}

impl fmt::Debug for FeatureExtractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FeatureExtractor")
            .field(&self.front_end)
            .finish()
    }
}

impl FeatureExtractor {
    /// Plans the transforms of `front_end`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when [`FrontEnd::validate`] refuses it, or a filter would cover
    /// no spectral bin.
    pub fn new(front_end: FrontEnd) -> Result<Self> {
        front_end.validate()?;
        let f = &front_end;
        let spectrum = PowerSpectrum::new(window(f.window, f.frame_length), f.fft_length)?;
        let scale = match f.kind {
            FrontEndKind::LogLinear | FrontEndKind::Lfcc => Some(FrequencyScale::Linear),
            FrontEndKind::LogMel | FrontEndKind::Mfcc => Some(FrequencyScale::Mel),
            FrontEndKind::LogSpectrum => None,
        };
        let bank = scale
            .map(|scale| {
                FilterBank::new(
                    scale,
                    f.bands,
                    f.low_hz,
                    f.high_hz,
                    f.fft_length,
                    f.sample_rate_hz,
                )
            })
            .transpose()?;
        let dct = match f.kind {
            FrontEndKind::Lfcc | FrontEndKind::Mfcc => Some(dct_matrix(f.coefficients, f.bands)?),
            _ => None,
        };
        let power = vec![0.0; spectrum.bins()];
        let energies = vec![0.0; bank.as_ref().map_or(0, FilterBank::bands)];
        Ok(Self {
            front_end,
            spectrum,
            bank,
            dct,
            power,
            energies,
        })
    }

    /// The front end this extractor computes.
    #[must_use]
    pub fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// Frames that `n_samples` give, see [`frame_count`](super::frame_count).
    #[must_use]
    pub fn frames(&self, n_samples: usize) -> usize {
        frame_count(
            n_samples,
            self.front_end.frame_length,
            self.front_end.frame_shift,
        )
    }

    /// Features per frame, deltas included.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.static_bins() * (1 + usize::from(self.front_end.delta_order))
    }

    /// The spectral matrix `(frames, bins)` of `samples` (full scale 1.0, at the front end's sample
    /// rate).
    ///
    /// # Errors
    /// As [`extract_into`](Self::extract_into).
    pub fn extract(&mut self, samples: &[f32]) -> Result<Array2<f32>> {
        let mut out = Array2::zeros((self.frames(samples.len()), self.bins()));
        self.extract_into(samples, out.view_mut())?;
        Ok(out)
    }

    /// Writes the spectral matrix of `samples` into `out`, shape `(frames(samples.len()), bins())`;
    /// allocates nothing per frame.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for fewer samples than one frame or an `out` of another shape;
    /// [`Error::NonFiniteSample`] for NaN or infinity. `out` is then untouched.
    pub fn extract_into(&mut self, samples: &[f32], mut out: ArrayViewMut2<'_, f32>) -> Result<()> {
        in_range(
            "number of samples",
            samples.len(),
            self.front_end.frame_length,
            usize::MAX,
        )?;
        let (frames, bins) = (self.frames(samples.len()), self.bins());
        in_range("rows of the output", out.nrows(), frames, frames)?;
        in_range("columns of the output", out.ncols(), bins, bins)?;
        if let Some(index) = samples.iter().position(|x| !x.is_finite()) {
            return Err(Error::NonFiniteSample {
                index,
                value: samples[index],
            });
        }
        let n = self.static_bins();
        let (mut statics, _) = out.view_mut().split_at(Axis(1), n);
        let level = self.front_end.level_rms;
        let gain = level.map_or(1.0, |level_rms| gain(samples, level_rms));
        for (t, row) in statics.outer_iter_mut().enumerate() {
            self.static_features(samples, gain, t, row)?;
        }
        for order in 1..=usize::from(self.front_end.delta_order) {
            let (done, rest) = out.view_mut().split_at(Axis(1), order * n);
            let (_, previous) = done.split_at(Axis(1), (order - 1) * n);
            let (slopes, _) = rest.split_at(Axis(1), n);
            deltas_into(previous.view(), slopes);
        }
        normalise(out, self.front_end.normalisation);
        Ok(())
    }

    /// Frame `t` without deltas.
    fn static_features(
        &mut self,
        samples: &[f32],
        gain: f64,
        t: usize,
        mut out: ArrayViewMut1<'_, f32>,
    ) -> Result<()> {
        let start = t * self.front_end.frame_shift;
        let coefficient = f64::from(self.front_end.pre_emphasis);
        self.spectrum.process(
            |i| gain * emphasised(samples, start + i, coefficient),
            &mut self.power,
        )?;
        let log = match &self.bank {
            Some(bank) => {
                bank.apply_into(&self.power, &mut self.energies);
                &mut self.energies
            }
            None => &mut self.power,
        };
        let floor = f64::from(self.front_end.log_floor);
        for e in log.iter_mut() {
            *e = (*e + floor).ln();
        }
        match &self.dct {
            Some(dct) => {
                for (slot, row) in out.iter_mut().zip(dct.outer_iter()) {
                    *slot = row.iter().zip(&*log).map(|(w, e)| w * e).sum::<f64>() as f32;
                }
            }
            None => {
                for (slot, e) in out.iter_mut().zip(&*log) {
                    *slot = *e as f32;
                }
            }
        }
        Ok(())
    }

    fn static_bins(&self) -> usize {
        match (&self.dct, &self.bank) {
            (Some(dct), _) => dct.nrows(),
            (None, Some(bank)) => bank.bands(),
            (None, None) => self.spectrum.bins(),
        }
    }
}
