//! Analysis windows.

use realfft::num_traits::{AsPrimitive, Float, FloatConst};

use super::WindowShape;

/// The `length` weights of an analysis window, dimensionless, between 0 and 1.
///
/// The windows are periodic (the DFT-even form of Harris 1978, "On the use of windows for harmonic
/// analysis with the discrete Fourier transform"; `scipy.signal.get_window` with `fftbins=True`):
/// the weight after the last would be the first again. [`WindowShape::Povey`] is symmetric.
#[must_use]
pub fn window(shape: WindowShape, length: usize) -> Vec<f64> {
    match shape {
        WindowShape::Hann => hann(length),
        WindowShape::Hamming => raised_cosine(0.54, length),
        WindowShape::Povey => povey(length),
    }
}

/// The periodic Hann window, computed in the precision of its weights.
pub(crate) fn hann<F: Float + FloatConst + 'static>(length: usize) -> Vec<F>
where
    usize: AsPrimitive<F>,
{
    raised_cosine(F::one() / (F::one() + F::one()), length)
}

/// The symmetric Hann window to the power of 0.85 (Kaldi's `feature-window.cc`): its ends are zero,
/// and it is wider than Hann's.
fn povey(length: usize) -> Vec<f64> {
    let turn = |i: usize| std::f64::consts::TAU * i as f64 / (length as f64 - 1.0);
    (0..length)
        .map(|i| (0.5 - 0.5 * turn(i).cos()).powf(0.85))
        .collect()
}

/// `a0 - (1 - a0) cos`.
fn raised_cosine<F: Float + FloatConst + 'static>(a0: F, length: usize) -> Vec<F>
where
    usize: AsPrimitive<F>,
{
    let turn = |i: usize| F::TAU() * i.as_() / length.as_();
    (0..length)
        .map(|i| a0 - (F::one() - a0) * turn(i).cos())
        .collect()
}
