//! A copy of the signal at a low rate, on which pitch and lines are measured.

use super::limits::invalid;
use super::window::hann;
use crate::error::Result;

/// Rate of the copy: it holds the first harmonics of every voice also when a telephone line has cut
/// off the fundamental below 300 Hz.
pub(crate) const LOW_RATE_HZ: usize = 4_000;

/// `sample_rate_hz`, if a copy is made of signals at that rate.
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless it is a multiple of 4000 from
/// 8000 to 48000.
pub(crate) fn with_low_rate(sample_rate_hz: u32) -> Result<usize> {
    let rate = sample_rate_hz as usize;
    if !(8_000..=48_000).contains(&rate) || !rate.is_multiple_of(LOW_RATE_HZ) {
        let accepted = "multiples of 4000 from 8000 to 48000";
        return Err(invalid("sample_rate_hz", sample_rate_hz, accepted));
    }
    Ok(rate)
}

/// Makes the copy, frame by frame, and keeps its end.
#[derive(Debug, Clone)]
pub(crate) struct Decimator {
    /// Decimation factor to the low rate.
    factor: usize,
    /// Low-pass, symmetric.
    taps: Vec<f32>,
    /// The last `taps.len()` samples, then those of the frame at hand.
    history: Vec<f32>,
    /// The end of the copy.
    low: Vec<f32>,
}

impl Decimator {
    /// `sample_rate_hz` must be a multiple of `LOW_RATE_HZ`; `kept` samples of the copy are kept.
    pub(crate) fn new(sample_rate_hz: usize, kept: usize) -> Self {
        let factor = sample_rate_hz / LOW_RATE_HZ;
        let taps = low_pass(factor);
        Self {
            factor,
            history: vec![0.0; taps.len()],
            taps,
            low: vec![0.0; kept],
        }
    }

    /// Takes the next sample of the frame at hand.
    pub(crate) fn push(&mut self, sample: f32) {
        self.history.push(sample);
    }

    /// Ends the frame, whose length is a multiple of the factor.
    pub(crate) fn end_frame(&mut self) {
        let frame = (self.history.len() - self.taps.len()) / self.factor;
        self.low.drain(..frame);
        for i in 1..=frame {
            let end = self.history.len() - (frame - i) * self.factor;
            let window = &self.history[end - self.taps.len()..end];
            self.low.push(dot(window, &self.taps));
        }
        self.history.drain(..frame * self.factor);
    }

    /// The last samples of the copy, as many as are kept.
    pub(crate) fn low(&self) -> &[f32] {
        &self.low
    }
}

/// Windowed-sinc low-pass (Hann, ten samples of the low rate a side) at 1.7 kHz, for the
/// decimation.
fn low_pass(factor: usize) -> Vec<f32> {
    use std::f64::consts::PI;
    let cutoff = 1_700.0 / (LOW_RATE_HZ * factor) as f64;
    let half = 10 * factor;
    // The taps lie half a sample off the centre: at the odd samples of a window twice as fine.
    let weights = hann::<f64>(4 * half).into_iter().skip(1).step_by(2);
    let mut taps: Vec<f64> = weights
        .enumerate()
        .map(|(i, weight)| {
            let t = i as f64 + 0.5 - half as f64;
            (2.0 * PI * cutoff * t).sin() / (PI * t) * weight
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps.into_iter().map(|tap| tap as f32).collect()
}

/// Dot product in eight partial sums, which the compiler can keep in vector registers.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + rest
}
