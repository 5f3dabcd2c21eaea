//! Cepstra: the cosine transform of log energies.

use std::f64::consts::PI;

use ndarray::{Array2, ArrayView2};

use super::limits::{MAX_BANDS, in_range};
use crate::error::Result;

/// The first `coefficients` rows of the orthonormal DCT-II of size `bands`, as a matrix
/// `(coefficients, bands)` (`scipy.fft.dct(type=2, norm="ortho")`).
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless `1 <= coefficients <= bands <=
/// 4096`.
pub fn dct_matrix(coefficients: usize, bands: usize) -> Result<Array2<f64>> {
    in_range("bands", bands, 1, MAX_BANDS)?;
    in_range("coefficients", coefficients, 1, bands)?;
    let n = bands as f64;
    Ok(Array2::from_shape_fn((coefficients, bands), |(k, i)| {
        let scale = if k == 0 {
            (1.0 / n).sqrt()
        } else {
            (2.0 / n).sqrt()
        };
        scale * (PI * (i as f64 + 0.5) * k as f64 / n).cos()
    }))
}

/// Cepstra of log filter energies: the first `coefficients` of the orthonormal DCT-II of each row,
/// c0 included.
///
/// `(frames, bands)` to `(frames, coefficients)`. Over a linear bank these are LFCC, over a mel
/// bank MFCC.
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless `1 <= coefficients <= bands <=
/// 4096`.
pub fn cepstra(log_energies: ArrayView2<'_, f32>, coefficients: usize) -> Result<Array2<f32>> {
    let matrix = dct_matrix(coefficients, log_energies.ncols())?;
    let wide = log_energies.mapv(f64::from);
    Ok(wide.dot(&matrix.t()).mapv(|c| c as f32))
}
