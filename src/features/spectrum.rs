//! Short-time power spectra.

use ndarray::{Array2, ArrayView2};
use realfft::num_complex::Complex;

use super::fft::RealFft;
use super::limits::{MAX_FFT_LENGTH, at_least_one, in_range, invalid};
use crate::error::Result;

/// A planned transform from one windowed frame to its power spectrum, with its buffers.
///
/// It works in f64: in f32 the bins near a spectral zero carry only rounding noise, whose logarithm
/// differs between processors by more than the 1e-4 that scores must agree to.
#[derive(Clone)]
pub(super) struct PowerSpectrum {
    fft: RealFft<f64>,
    window: Vec<f64>,
    scale: f64,
}

impl PowerSpectrum {
    pub(super) fn new(window: Vec<f64>, fft_length: usize) -> Result<Self> {
        at_least_one("frame_length", window.len())?;
        in_range("fft_length", fft_length, window.len(), MAX_FFT_LENGTH)?;
        let energy: f64 = window.iter().map(|w| w * w).sum();
        // A periodic Hann window of length 1 is the one shape that is all zeros.
        if !(energy.is_finite() && energy > 0.0) {
            return Err(invalid(
                "energy of the window",
                energy,
                "above 0 and finite",
            ));
        }
        Ok(Self {
            scale: energy.recip(),
            fft: RealFft::new(fft_length),
            window,
        })
    }

    /// Without the division by the energy of the window.
    pub(super) fn unscaled(self) -> Self {
        Self { scale: 1.0, ..self }
    }

    /// Bins of the spectrum: `fft_length / 2 + 1`.
    pub(super) fn bins(&self) -> usize {
        self.fft.bins()
    }

    /// `|rfft(window * frame)|^2 / sum(window^2)` into `power`; `sample(i)` gives sample `i` of the
    /// frame.
    pub(super) fn process(
        &mut self,
        sample: impl Fn(usize) -> f64,
        power: &mut [f64],
    ) -> Result<()> {
        let scale = self.scale;
        for (p, c) in power.iter_mut().zip(self.complex(sample)?) {
            *p = c.norm_sqr() * scale;
        }
        Ok(())
    }

    /// `rfft(window * frame)` into `spectrum`; the square of its size times `scale` is the power.
    pub(super) fn transform(
        &mut self,
        sample: impl Fn(usize) -> f64,
        spectrum: &mut [Complex<f64>],
    ) -> Result<()> {
        spectrum.copy_from_slice(self.complex(sample)?);
        Ok(())
    }

    /// What a squared size is multiplied by to be a power.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    fn complex(&mut self, sample: impl Fn(usize) -> f64) -> Result<&[Complex<f64>]> {
        let (head, padding) = self.fft.input().split_at_mut(self.window.len());
        for (i, (slot, weight)) in head.iter_mut().zip(&self.window).enumerate() {
            *slot = sample(i) * weight;
        }
        padding.fill(0.0);
        self.fft.transform()
    }
}

/// The power spectrum of each row of `frames`: `|rfft(window * frame)|^2 / sum(window^2)`.
///
/// `frames` is `(frames, frame_length)`, `window` has `frame_length` weights; frames are padded
/// with zeros to `fft_length`. Returns `(frames, fft_length / 2 + 1)`; bin `k` lies at `k *
/// sample_rate / fft_length` Hz. The scale makes white noise of variance 1 (full scale 1.0) come
/// out at 1 in every bin, whatever the window and the lengths.
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a window that does not fit the
/// frames or has no energy, or an `fft_length` outside `frame_length..=65536`.
pub fn power_spectrum(
    frames: ArrayView2<'_, f32>,
    window: &[f64],
    fft_length: usize,
) -> Result<Array2<f32>> {
    in_range(
        "length of the window",
        window.len(),
        frames.ncols(),
        frames.ncols(),
    )?;
    let mut plan = PowerSpectrum::new(window.to_vec(), fft_length)?;
    let mut power = vec![0.0; plan.bins()];
    let mut out = Array2::zeros((frames.nrows(), plan.bins()));
    for (frame, mut row) in frames.outer_iter().zip(out.outer_iter_mut()) {
        plan.process(|i| f64::from(frame[i]), &mut power)?;
        for (slot, p) in row.iter_mut().zip(&power) {
            *slot = *p as f32;
        }
    }
    Ok(out)
}

/// `ln(energies + floor)`, element by element: natural log, with a floor that keeps digital silence
/// finite.
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a floor that is not a normal
/// positive number.
pub fn log_energies(energies: ArrayView2<'_, f32>, floor: f32) -> Result<Array2<f32>> {
    in_range("log_floor", floor, f32::MIN_POSITIVE, f32::MAX)?;
    Ok(energies.mapv(|e| (f64::from(e) + f64::from(floor)).ln() as f32))
}
