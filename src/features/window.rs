//! Analysis windows.

use std::f64::consts::TAU;

use super::WindowShape;

/// The `length` weights of an analysis window, dimensionless, between 0 and 1.
///
/// The windows are periodic (the DFT-even form of Harris 1978, "On the use of windows for harmonic analysis with the
/// discrete Fourier transform"; `scipy.signal.get_window` with `fftbins=True`): the weight after the last would be the first again.
#[must_use]
pub fn window(shape: WindowShape, length: usize) -> Vec<f64> {
    // a0 - (1 - a0) cos: Hann has a0 = 0.5, Hamming 0.54.
    let a0 = match shape {
        WindowShape::Hann => 0.5,
        WindowShape::Hamming => 0.54,
    };
    (0..length)
        .map(|i| a0 - (1.0 - a0) * (TAU * i as f64 / length as f64).cos())
        .collect()
}
