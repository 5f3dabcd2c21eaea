//! A waveform cut into overlapping frames.

use ndarray::Array2;

use super::limits::{at_least_one, in_range};
use crate::error::Result;

/// How many whole frames `n_samples` hold: `1 + (n_samples - frame_length) / frame_shift`, 0 when
/// shorter than a frame.
///
/// Nothing is padded: every frame holds real samples only. 0 also for a `frame_length` or
/// `frame_shift` of 0.
#[must_use]
pub fn frame_count(n_samples: usize, frame_length: usize, frame_shift: usize) -> usize {
    if frame_length == 0 || frame_shift == 0 || n_samples < frame_length {
        return 0;
    }
    1 + (n_samples - frame_length) / frame_shift
}

/// Cuts `samples` into frames of `frame_length` samples that start `frame_shift` samples apart.
///
/// Returns `(frames, frame_length)`; samples after the last whole frame are left out.
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a length or shift of 0, or fewer
/// samples than one frame.
pub fn frames(samples: &[f32], frame_length: usize, frame_shift: usize) -> Result<Array2<f32>> {
    at_least_one("frame_length", frame_length)?;
    at_least_one("frame_shift", frame_shift)?;
    in_range("number of samples", samples.len(), frame_length, usize::MAX)?;
    let count = frame_count(samples.len(), frame_length, frame_shift);
    Ok(Array2::from_shape_fn((count, frame_length), |(t, i)| {
        samples[t * frame_shift + i]
    }))
}

/// First-order high-pass `y[n] = x[n] - coefficient * x[n-1]`, with `y[0] = x[0]`.
///
/// It lifts the high frequencies of speech, which fall by about 6 dB per octave (Rabiner and
/// Schafer 1978); 0.97 is the value of the HTK book, 0 changes nothing.
#[must_use]
pub fn pre_emphasis(samples: &[f32], coefficient: f32) -> Vec<f32> {
    (0..samples.len())
        .map(|i| emphasised(samples, i, f64::from(coefficient)) as f32)
        .collect()
}

/// Sample `i` after pre-emphasis.
#[inline]
pub(super) fn emphasised(samples: &[f32], i: usize, coefficient: f64) -> f64 {
    let previous = if i == 0 {
        0.0
    } else {
        f64::from(samples[i - 1])
    };
    f64::from(samples[i]) - coefficient * previous
}
