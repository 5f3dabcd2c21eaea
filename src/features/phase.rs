//! How phases move, from frame to frame and from bin to bin.

use ndarray::{ArrayViewMut1, ArrayViewMut2};
use realfft::num_complex::Complex;

use super::FrontEnd;
use super::frame::Frames;
use super::spectrum::PowerSpectrum;
use crate::error::Result;

/// Blocks of bins in a row: cosine and sine over time, cosine and sine over frequency.
pub(super) const PLANES: usize = 4;

/// The spectra of two frames that follow each other, and what a steady sound would do between them.
#[derive(Clone)]
pub(super) struct PhaseMoves {
    before: Vec<Complex<f64>>,
    now: Vec<Complex<f64>>,
    /// Takes out what the frequency of each bin turns its phase by from one frame to the next.
    advance: Vec<Complex<f64>>,
    /// Takes out what a click in the middle of a frame turns the phase by from one bin to the next.
    centre: Complex<f64>,
    floor: f64,
}

impl PhaseMoves {
    pub(super) fn new(front_end: &FrontEnd) -> Self {
        let bins = front_end.fft_length / 2 + 1;
        // Reduced first: the sine of a large angle would lose digits, and a shift has no limit.
        let shift = front_end.frame_shift % front_end.fft_length;
        let advance = |k: usize| {
            let cycles = (shift * k % front_end.fft_length) as f64 / front_end.fft_length as f64;
            Complex::cis(-std::f64::consts::TAU * cycles)
        };
        Self {
            before: vec![Complex::ZERO; bins],
            now: vec![Complex::ZERO; bins],
            advance: (0..bins).map(advance).collect(),
            centre: Complex::cis(
                std::f64::consts::PI * front_end.frame_length as f64 / front_end.fft_length as f64,
            ),
            floor: f64::from(front_end.log_floor),
        }
    }

    /// Bins of a row: those above 0 Hz, in each of the planes.
    pub(super) fn bins(&self) -> usize {
        PLANES * (self.now.len() - 1)
    }

    /// A row for every two frames that follow each other.
    pub(super) fn fill(
        &mut self,
        spectrum: &mut PowerSpectrum,
        frames: &Frames<'_>,
        mut out: ArrayViewMut2<'_, f32>,
    ) -> Result<()> {
        let scale = spectrum.scale();
        spectrum.transform(frames.frame(0), &mut self.before)?;
        for (t, row) in out.outer_iter_mut().enumerate() {
            spectrum.transform(frames.frame(t + 1), &mut self.now)?;
            self.row(scale, row);
            std::mem::swap(&mut self.before, &mut self.now);
        }
        Ok(())
    }

    fn row(&self, scale: f64, mut row: ArrayViewMut1<'_, f32>) {
        let bins = self.now.len() - 1;
        for (i, two) in self.now.windows(2).enumerate() {
            let [below, here] = [two[0], two[1]];
            let over_time = here * self.before[i + 1].conj() * self.advance[i + 1];
            let over_frequency = here * below.conj() * self.centre;
            for (plane, product) in [over_time, over_frequency].into_iter().enumerate() {
                let product = product * scale;
                // `norm` minds an overflow that squares of f32 samples cannot reach, and is slow.
                let faded = product / (product.norm_sqr().sqrt() + self.floor);
                row[2 * plane * bins + i] = faded.re as f32;
                row[(2 * plane + 1) * bins + i] = faded.im as f32;
            }
        }
    }
}

#[cfg(test)]
#[path = "phase_tests.rs"]
mod tests;
