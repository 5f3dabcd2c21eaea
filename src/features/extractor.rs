//! The planned path from a waveform to its spectral matrix.

use std::fmt;

use ndarray::{Array2, ArrayViewMut1, ArrayViewMut2, Axis};

use super::cepstrum::dct_matrix;
use super::deltas::deltas_into;
use super::filter_bank::FilterBank;
use super::frame::Frames;
use super::framing::frame_count;
use super::level::gain;
use super::limits::in_range;
use super::normalise::normalise;
use super::phase::PhaseMoves;
use super::spectrum::PowerSpectrum;
use super::window::window;
use super::{Convention, FrontEnd, FrontEndKind};
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
    phase: Option<PhaseMoves>,
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
        let scaled = PowerSpectrum::new(window(f.window, f.frame_length), f.fft_length)?;
        let spectrum = match f.convention {
            Convention::Plain => scaled,
            _ => scaled.unscaled(),
        };
        let bank = |scale| {
            let (triangles, band) = (f.convention.triangles(), [f.low_hz, f.high_hz]);
            FilterBank::shaped(
                scale,
                triangles,
                f.bands,
                band,
                f.fft_length,
                f.sample_rate_hz,
            )
        };
        let bank = f.scale().map(bank).transpose()?;
        let dct = match f.kind {
            FrontEndKind::Lfcc | FrontEndKind::Mfcc => Some(dct_matrix(f.coefficients, f.bands)?),
            _ => None,
        };
        let phase = (f.kind == FrontEndKind::Phase).then(|| PhaseMoves::new(f));
        let power = vec![0.0; spectrum.bins()];
        let energies = vec![0.0; bank.as_ref().map_or(0, FilterBank::bands)];
        Ok(Self {
            front_end,
            spectrum,
            bank,
            dct,
            phase,
            power,
            energies,
        })
    }

    /// The front end this extractor computes.
    #[must_use]
    pub fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// Rows that `n_samples` give: as many as frames, see [`frame_count`](super::frame_count); of
    /// [`Convention::Librosa`] and [`Convention::Torchaudio`] with half an `fft_length` more on
    /// either side, of [`FrontEndKind::Phase`] one less.
    #[must_use]
    pub fn frames(&self, n_samples: usize) -> usize {
        let f = &self.front_end;
        match f.convention.padding(f.fft_length) {
            0 => frame_count(n_samples, self.least_samples(), f.frame_shift),
            _ if n_samples < self.least_samples() => 0,
            more => frame_count(n_samples + 2 * more, f.fft_length, f.frame_shift),
        }
    }

    /// Fewest samples that give a frame.
    fn least_samples(&self) -> usize {
        match self.front_end.convention {
            Convention::Librosa => 1,
            // What is mirrored must be there.
            Convention::Torchaudio => self.front_end.fft_length / 2 + 1,
            _ => self.front_end.row_samples(),
        }
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
            self.least_samples(),
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
        let frames_of = Frames::new(&self.front_end, samples, gain);
        if let Some(phase) = &mut self.phase {
            phase.fill(&mut self.spectrum, &frames_of, statics)?;
        } else {
            for (t, row) in statics.outer_iter_mut().enumerate() {
                self.static_features(frames_of.frame(t), row)?;
            }
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

    /// A frame without deltas.
    fn static_features(
        &mut self,
        frame: impl Fn(usize) -> f64,
        mut out: ArrayViewMut1<'_, f32>,
    ) -> Result<()> {
        self.spectrum.process(frame, &mut self.power)?;
        let log = match &self.bank {
            Some(bank) => {
                bank.apply_into(&self.power, &mut self.energies);
                &mut self.energies
            }
            None => &mut self.power,
        };
        let floor = f64::from(self.front_end.log_floor);
        for e in log.iter_mut() {
            *e = self.front_end.convention.log(*e, floor);
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
        match (&self.phase, &self.dct, &self.bank) {
            (Some(phase), ..) => phase.bins(),
            (_, Some(dct), _) => dct.nrows(),
            (_, _, Some(bank)) => bank.bands(),
            _ => self.spectrum.bins(),
        }
    }
}
